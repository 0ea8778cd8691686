"""Let presses be heard while a cell is busy.

JupyterLab sends what a page says to widgets to a shell beside the main one, so that it is heard
at any time. ipykernel 7.4 overrules that: it hands a message to the shell that last wrote to the
same widget. For what a cell has made, that is the main shell, which hears nothing until the cell
ends. Forgetting who wrote last leaves the page's choice standing. Other versions keep no such
note, and then there is nothing to forget.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ipywidgets

NOTE = "_reply_subshell_id"


Notes = list[dict[str, Any]]
"""Where the comms of some widgets keep who wrote to them last."""


def notes(widgets: Iterable[ipywidgets.Widget]) -> Notes:
    """Find the notes of widgets, once: a lab has hundreds, and draws some times a second."""
    return [vars(widget.comm) for widget in widgets if widget.comm is not None]


def free(notes: Notes) -> None:
    """Let messages to the widgets go where the page sends them."""
    for note in notes:
        note.pop(NOTE, None)
