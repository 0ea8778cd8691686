"""A place for a lab whose study is still to come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets

from tunewidgets.widgets.closing import close_tree
from tunewidgets.widgets.lab import Lab
from tunewidgets.widgets.markup import line

if TYPE_CHECKING:
    from tunewidgets.study import Study


class LabFrame(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """Shows a sentence until there is a study, and from then on its lab.

    Parameters
    ----------
    sentence
        What to show before.

    Attributes
    ----------
    lab
        The `Lab` that it shows; None before.
    """

    children: tuple[ipywidgets.Widget, ...]

    def __init__(self, sentence: str) -> None:
        self.lab: Lab | None = None
        super().__init__([ipywidgets.HTML(line(sentence, "notice"))])

    def show(self, study: Study) -> None:
        """Show the lab of a study, in place of what was there."""
        if self.comm is None:  # closed
            return
        old = self.children
        self.lab = Lab(study)
        self.children = (self.lab,)
        _close(old)

    def close(self) -> None:
        """Close it, and the lab in it; the study goes on."""
        old = self.children
        self.children = ()
        layout = self.layout
        super().close()
        close_tree(layout)
        _close(old)


def _close(widgets: tuple[ipywidgets.Widget, ...]) -> None:
    for widget in widgets:
        if isinstance(widget, Lab):
            widget.close()
        else:
            close_tree(widget)
