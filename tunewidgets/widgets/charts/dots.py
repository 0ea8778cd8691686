"""Trials as dots: finished ones in grey, those that stand out in their colours on top."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tunewidgets.widgets.charts.card import OUTSIDE, dots, on_press
from tunewidgets.widgets.charts.growing import Growing
from tunewidgets.widgets.charts.outcomes import Outcome
from tunewidgets.widgets.sending import set_traits
from tunewidgets.widgets.theme import ACCENT, CALM

Place = Callable[[Outcome], tuple[float, float]]
"""Gives a trial's coordinates."""

Press = Callable[[int], None]
"""Called with the number of a trial whose dot is pressed."""


class Layer:
    """One mark of dots."""

    def __init__(self, press: Press, scales: dict[str, Any], **style: Any) -> None:
        self._press = press
        self._numbers: tuple[int, ...] = ()
        self._most = 0
        self.mark = dots(scales, **style)
        on_press(self.mark, self._hear)

    def show(self, outcomes: Sequence[Outcome], place: Place, **style: Any) -> None:
        """Draw these; dots that are no longer needed wait outside, see `strokes.Ends`."""
        self._numbers = tuple(outcome.number for outcome in outcomes)
        self._most = max(self._most, len(outcomes))
        n_idle = self._most - len(outcomes)
        at = np.array([place(o) for o in outcomes] + [(OUTSIDE, OUTSIDE)] * n_idle, np.float32)
        names = [outcome.name for outcome in outcomes] + [""] * n_idle
        x, y = at.reshape(-1, 2).T
        set_traits(self.mark, x=x, y=y, names=names, **style)

    def _hear(self, index: int) -> None:
        if index < len(self._numbers):
            self._press(self._numbers[index])


class Dots:
    """All trials of a chart.

    Parameters
    ----------
    press
        Called with the number of a trial whose dot is pressed.
    scales
        The chart's.
    style
        Of the grey dots.

    Attributes
    ----------
    marks
        To be put into the figure, in this order.
    """

    def __init__(self, press: Press, scales: dict[str, Any], **style: Any) -> None:
        calm = {"colors": [CALM], "default_size": 30, "opacities": [0.7], **style}
        self._growing: Growing[Outcome] = Growing()
        self._settled = Layer(press, scales, **calm)
        self._late = Layer(press, scales, **calm)
        self._bright = Layer(press, scales, colors=[ACCENT], default_size=76)
        self._view: Any = None
        self._drawn: Any = None
        self.marks = [self._settled.mark, self._late.mark, self._bright.mark]

    def show(
        self, outcomes: Sequence[Outcome], place: Place, colours: Mapping[int, str], view: Any
    ) -> None:
        """Draw these.

        Parameters
        ----------
        outcomes
            The trials that the chart shows.
        place
            Gives their coordinates.
        colours
            Of those that stand out, by number.
        view
            Tells whether the coordinates are others than before.
        """
        if view != self._view:
            self._growing = Growing()
        is_other, self._view = view != self._view, view
        settled, late = self._growing.update({o.number: o for o in outcomes})
        if settled or is_other:
            self._settled.show(list(self._growing.settled.values()), place)
        if late or is_other:
            self._late.show(list(self._growing.late.values()), place)
        bright = [outcome for outcome in outcomes if outcome.number in colours]
        shades = [colours[outcome.number] for outcome in bright]
        if (bright, shades, view) != self._drawn:
            self._drawn = (bright, shades, view)
            self._bright.show(bright, place, colors=shades or [ACCENT])
