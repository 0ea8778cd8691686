"""The chart of curves: a fixed pool of bqplot marks, made once, then only given new arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import bqplot
import numpy as np

from tunewidgets.language import translate as tr
from tunewidgets.widgets.charts.axes import show_ticks
from tunewidgets.widgets.charts.card import AXIS, PASSIVE, figure
from tunewidgets.widgets.curve_data import Curve, View
from tunewidgets.widgets.limits import (
    Limits,
    epoch_ticks,
    even_ticks,
    log_ticks,
    tick_labels,
)
from tunewidgets.widgets.sending import set_traits
from tunewidgets.widgets.strokes import Bundle, Ends, Press, Strokes
from tunewidgets.widgets.theme import ACCENT, CALM, CROWD

MARGIN = {"top": 14, "bottom": 42, "left": 62, "right": 22}
HEIGHT = 500
"""Pixels that a chart is taken to be high."""


class Chart:
    """A figure with named marks.

    Parameters
    ----------
    press
        Called with the number of a trial whose curve is pressed.

    Attributes
    ----------
    figure
        The widget.
    settled, late
        Finished runs, in grey.
    crowd
        Selected runs that are too many for a colour each.
    chosen, live
        Finished runs that stand out, and those that go on.
    """

    def __init__(self, press: Press) -> None:
        self._x = bqplot.LinearScale(min=1.0, max=10.0)
        self._values = bqplot.LinearScale(min=0.0, max=1.0)
        self._along: Limits = (1.0, 10.0)
        self._limits: Limits = (0.0, 1.0)
        both: dict[str, Any] = {"x": self._x, "y": self._values}
        self.settled = Bundle(press, both, CALM, 0.45, 1.2)
        self.late = Bundle(press, both, CALM, 0.45, 1.2)
        self.crowd = Bundle(press, both, CROWD, 0.7, 1.4)
        self.chosen = Strokes(press, both)
        self.live = Strokes(press, both)
        self._gone = Ends(press, both, marker="triangle-up", default_size=60, colors=[CALM])
        self._star = self._label(both, default_size=19, align="middle", y_offset=0)
        self._best = self._label(
            both, default_size=12.5, align="end", x_offset=-9, y_offset=-9, font_weight="bold"
        )
        self._x_axis = bqplot.Axis(
            scale=self._x, label=tr("epoch"), grid_lines="none", label_offset="34px", **AXIS
        )
        self._y_axis = bqplot.Axis(scale=self._values, side="left", label_offset="48px", **AXIS)
        layers = (self.settled, self.late, self.crowd, self.chosen, self.live)
        marks = [mark for layer in layers for mark in layer.marks]
        self.figure = figure(
            [*marks, self._gone.mark, self._star, self._best], [self._x_axis, self._y_axis], MARGIN
        )

    @staticmethod
    def _label(both: dict[str, Any], **style: Any) -> bqplot.Label:
        return bqplot.Label(x=[], y=[], text=[], colors=[ACCENT], scales=both, **style, **PASSIVE)

    @property
    def pixel(self) -> float:
        """Height of a pixel in the unit of the curves, to a power of two."""
        return 2.0 ** math.floor(math.log2((self._limits[1] - self._limits[0]) / HEIGHT))

    def show_axes(self, x: Limits, values: Limits, view: View) -> None:
        """Set both axes.

        A mark cannot go from one scale to another, so a log axis is drawn on the same scale:
        the curves hold logarithms, and the ticks are told what to say.
        """
        self._along, self._limits = x, values
        ends = (10 ** values[0], 10 ** values[1]) if view.is_log else values
        ticks = log_ticks(ends) if view.is_log else even_ticks(*ends)
        at = [math.log10(tick) for tick in ticks] if view.is_log else ticks
        set_traits(self._y_axis, label=view.metric)
        show_ticks(self._y_axis, at, tick_labels(ticks))
        set_traits(self._values, min=values[0], max=values[1])
        along = even_ticks(*x) if view.by_time else epoch_ticks(x)
        set_traits(self._x_axis, label=tr("seconds") if view.by_time else tr("epoch"))
        show_ticks(self._x_axis, along, tick_labels(along))
        set_traits(self._x, min=x[0], max=x[1])

    def show_best(self, x: float, y: float, text: str) -> None:
        """Mark the best trial; an empty text for none."""
        on = bool(text) and math.isfinite(y)
        at = np.array([[x], [y]], np.float32)[:, :on]
        set_traits(self._star, x=at[0], y=at[1], text=["★"][:on])
        # Near the left edge the words would leave the chart: let them begin at the star.
        near = x < self._along[0] + 0.25 * (self._along[1] - self._along[0])
        set_traits(self._best, x=at[0], y=at[1], text=[text][:on],
                    align="start" if near else "end", x_offset=9 if near else -9)  # fmt: skip

    def show_diverged(self, curves: Sequence[Curve], colours: Sequence[str]) -> None:
        """Mark where curves left the chart for good, at its upper edge."""
        edge = self._limits[1] - 0.02 * (self._limits[1] - self._limits[0])
        self._gone.show([_pinned(curve, edge) for curve in curves], colors=list(colours) or [CALM])


def _pinned(curve: Curve, y: float) -> Curve:
    """Give a curve that ends at the epoch at which another diverged, at a height."""
    at = min((curve.diverged or 1) - 1, len(curve.x) - 1)
    end = np.array([[curve.x[at]], [y]], np.float32)
    return Curve(curve.trial, curve.fold, end[0], end[1], curve.name, curve.is_finished)
