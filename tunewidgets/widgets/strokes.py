"""Two ways to draw curves: many as one line of one colour, or each in its own.

Arrays travel whole, so each mark holds what changes together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import bqplot
import numpy as np

from tunewidgets.widgets.charts.card import OUTSIDE, PASSIVE, dots, on_press
from tunewidgets.widgets.curve_arrays import apart, bands, ends, joined, stacked, thinned
from tunewidgets.widgets.curve_data import Curve
from tunewidgets.widgets.sending import set_traits
from tunewidgets.widgets.theme import ACCENT

BAND = 0.16
RAW = 0.35
DOT = 3
"""Pixels between dots that can be told apart, and pressed."""

Press = Callable[[int], None]
"""Called with the number of a trial whose curve is pressed."""


class Ends:
    """Dots at the ends of curves.

    Parameters
    ----------
    press
        Called with the trial's number.
    scales, style
        Of the dots.

    Attributes
    ----------
    mark
        The dots.
    """

    def __init__(self, press: Press, scales: dict[str, Any], **style: Any) -> None:
        self._press = press
        self._curves: tuple[Curve, ...] = ()
        self._most = 0
        self.mark = dots(scales, **style)
        on_press(self.mark, self._hear)

    def show(self, curves: Sequence[Curve], **style: Any) -> None:
        """Put a dot at each curve's end."""
        self._curves = tuple(curves)
        x, y = ends(curves)
        # A dot that vanished under the pointer would leave its tooltip behind, so dots that are
        # no longer needed wait outside the chart.
        self._most = max(self._most, len(curves))
        n_idle = self._most - len(curves)
        idle, names = np.full(n_idle, OUTSIDE, np.float32), [curve.name for curve in curves]
        set_traits(
            self.mark, x=np.append(x, idle), y=np.append(y, idle), names=names + [""] * n_idle,
            **style,
        )  # fmt: skip

    def _hear(self, index: int) -> None:
        if index < len(self._curves):
            self._press(self._curves[index].trial)


class Bundle:
    """Finished curves as one line, broken between them, with dots at their ends."""

    def __init__(
        self, press: Press, scales: dict[str, Any], colour: str, opacity: float, width: float
    ) -> None:
        self._line = bqplot.Lines(
            x=[], y=[], colors=[colour], opacities=[opacity], stroke_width=width, scales=scales,
            **PASSIVE,
        )  # fmt: skip
        self._ends = Ends(press, scales, colors=[colour], default_size=26, opacities=[0.8])
        self.marks = [self._line, self._ends.mark]

    def show(self, curves: Sequence[Curve], pixel: float) -> None:
        """Draw these, as finely as a pixel of this height shows."""
        x, y = joined(curves, pixel)
        set_traits(self._line, x=x, y=y)
        self._ends.show(apart(curves, pixel * DOT))


class Strokes:
    """Curves each in its colour: band, raw and smoothed line, the dashed partner, and a dot."""

    def __init__(self, press: Press, scales: dict[str, Any]) -> None:
        def lines(**style: Any) -> bqplot.Lines:
            return bqplot.Lines(x=[], y=[], colors=[ACCENT], scales=scales, **style, **PASSIVE)

        self._bands = lines(fill="inside", stroke_width=0, opacities=[1.0])
        self._raw = lines(stroke_width=1.2, opacities=[RAW])
        self._partners = lines(stroke_width=1.5, line_style="dashed")
        self._lines = lines(stroke_width=2)
        self._ends = Ends(press, scales, colors=[ACCENT], default_size=46)
        self.marks = [self._bands, self._raw, self._partners, self._lines, self._ends.mark]

    def show(self, curves: Sequence[Curve], colours: Sequence[str], pixel: float) -> None:
        """Draw these, the last one on top, as finely as a pixel of this height shows."""
        shades = list(colours) or [ACCENT]
        banded = [i for i, curve in enumerate(curves) if np.isfinite(curve.low).any()]
        x, y = bands([curves[i] for i in banded])
        fills = [colours[i] for i in banded]
        set_traits(self._bands, x=x, y=y, fill_colors=fills, fill_opacities=[BAND] * len(fills))
        for mark, opacity, ys in (
            (self._raw, RAW, [curve.raw for curve in curves]),
            (self._partners, 1.0, [curve.partner for curve in curves]),
            (self._lines, 1.0, [curve.y for curve in curves]),
        ):
            lines = [
                (*thinned(curve.x[: len(y)], y, pixel), colour)
                for curve, y, colour in zip(curves, ys, colours, strict=True)
                if len(y)
            ]
            self._send(mark, lines, opacity)
        self._ends.show(curves, colors=shades)

    @staticmethod
    def _send(mark: bqplot.Lines, lines: Sequence[tuple[Any, Any, str]], opacity: float) -> None:
        x, y = stacked([x for x, _, _ in lines], [y for _, y, _ in lines])
        if len(y) or len(mark.y):
            drawn = [colour for _, _, colour in lines] or [ACCENT]
            set_traits(mark, x=x, y=y, colors=drawn, opacities=[opacity] * len(drawn))
