"""Let presses be heard while a cell is busy.

JupyterLab sends what a page says to widgets to a shell beside the main one, so that it is heard
at any time. ipykernel 7.4 overrules that: it hands a message to the shell that last wrote to the
same widget. For what a cell has made, that is the main shell, which hears nothing until the cell
ends. Forgetting who wrote last leaves the page's choice standing. Other versions keep no such
note, and then there is nothing to forget.
"""

from __future__ import annotations

from collections.abc import Iterable

import ipywidgets

NOTE = "_reply_subshell_id"


def free(widgets: Iterable[ipywidgets.Widget]) -> None:
    """Let messages to these widgets go where the page sends them."""
    for widget in widgets:
        if widget.comm is not None:
            vars(widget.comm).pop(NOTE, None)
