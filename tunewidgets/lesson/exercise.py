"""An exercise below a lab: it recognises by itself when it has been done."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from string import Template
from typing import TYPE_CHECKING

import ipywidgets

from tunewidgets.lesson.page import STYLE
from tunewidgets.lesson.words import Words

if TYPE_CHECKING:
    from tunewidgets.snapshot import Snapshot
    from tunewidgets.widgets.lab import Lab

OPEN = Words(en="Not yet", ko="아직")
DONE = Words(en="Done", ko="완료")

_PAGE = Template("""\
$style
<div class="tw-exercise $done" role="status"><b>$state</b><span>$task</span></div>""")


class Exercise(ipywidgets.HTML):  # type: ignore[misc]  # ipywidgets ships no types
    """Says what to do, and sees in the study when it is done; it then stays done.

    Parameters
    ----------
    lab
        The lab to do it in.
    task
        What to do, in plain text.
    check
        Tells from a snapshot of the study (its ``trials`` have all there is) whether it is done.

    Examples
    --------
    >>> lesson.exercise(  # doctest: +SKIP
    ...     lab,
    ...     lesson.say(en="Get below 0.35."),
    ...     check=lambda seen: any((t.value or 1) < 0.35 for t in seen.trials),
    ... )
    """

    def __init__(self, lab: Lab, task: Words, check: Callable[[Snapshot], bool]) -> None:
        self._task = task
        self._check = check
        self._is_done = False
        super().__init__()
        self._draw()
        lab.add(self)

    def render(self, snapshot: Snapshot) -> None:
        """Look whether it has been done."""
        if not self._is_done and self._check(snapshot):
            self._is_done = True
            self._draw()

    def _draw(self) -> None:
        done = self._is_done
        self.value = _PAGE.substitute(
            state=("✓ " if done else "○ ") + escape(str(DONE if done else OPEN)),
            task=escape(str(self._task)),
            style=STYLE,
            done="tw-done" if done else "",
        )
