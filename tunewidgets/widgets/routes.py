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

NOTE = "_reply_subshell_id"


def free(comms: Iterable[Any]) -> None:
    """Let messages to the widgets of these comms go where the page sends them."""
    for comm in comms:
        vars(comm).pop(NOTE, None)
