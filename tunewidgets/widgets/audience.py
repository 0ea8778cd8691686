"""Whether a page looks on: what nobody sees is not drawn.

All that a kernel sends counts as activity, so a lab that went on drawing for a page that was
closed would keep its kernel from being culled. While it draws, the lab asks its pages now and
then whether they are there, and stops when none has answered for a while. A page that is loaded,
or comes back, says so by itself, and everything is drawn at once. Nothing is sent either way
while nothing changes.

A hidden page answers too: browsers slow its timers down, but not its messages. Before any page
spoke there is nobody to miss, and everything is drawn.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

ASK_S = 20.0
SILENCE_S = 60.0
"""Longer than a page takes to load anew; a few questions go unanswered in it."""


class Cells:
    """Tells whether a cell is running, when the kernel may be deaf to its pages.

    Parameters
    ----------
    events
        IPython's ``shell.events``; None outside IPython, where there are no cells.
    """

    def __init__(self, events: Any = None) -> None:
        self._events = events
        self.is_running = events is not None  # a lab is made in a cell, which has not ended
        if events is not None:
            events.register("pre_execute", self._begin)
            events.register("post_execute", self._end)

    def _begin(self) -> None:
        self.is_running = True

    def _end(self) -> None:
        self.is_running = False

    def close(self) -> None:
        """Listen no more; nothing runs then."""
        if self._events is not None:
            self._events.unregister("pre_execute", self._begin)
            self._events.unregister("post_execute", self._end)
            self._events, self.is_running = None, False


class Audience:
    """The pages that show a lab; owned by the UI thread.

    Parameters
    ----------
    ask
        Sends the pages a question, which each of them answers.
    cells
        While one runs, silence says nothing.
    """

    def __init__(self, ask: Callable[[], None], cells: Cells) -> None:
        self._ask = ask
        self._cells = cells
        self._has_come = False
        self._asked_at: float | None = None
        self._silent_since: float | None = None

    def heard(self) -> None:
        """Note that a page spoke."""
        self._has_come, self._silent_since = True, None

    def ask(self) -> None:
        """Ask whether a page is there, unless that was done just now."""
        now = time.monotonic()
        if self._asked_at is None or now - self._asked_at >= ASK_S:
            self._asked_at = now
            if self._silent_since is None:
                self._silent_since = now
            self._ask()

    def is_there(self) -> bool:
        """Whether a page has answered, or may still do so."""
        now = time.monotonic()
        if not self._has_come or self._silent_since is None:
            return True
        if self._cells.is_running:
            self._silent_since = now
        return now - self._silent_since < SILENCE_S

    def close(self) -> None:
        """Let go of the cells."""
        self._cells.close()


def cells() -> Cells:
    """Give the cells of the IPython that this runs in, if any."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    return Cells(None if shell is None else shell.events)
