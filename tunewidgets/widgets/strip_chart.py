"""A strip's chart: the value of every trial against one hyperparameter, and the brush on it.

All dots of one look are one line: NaN breaks it after every point, and its round caps are the
dots. So a thousand trials are three paths: those outside of what is brushed, those inside, and
those that are selected together. The few that stand out, each in its colour, are a mark above
them. Nothing here is an axis: the range control beneath the chart is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bqplot
import numpy as np
from bqplot.interacts import BrushIntervalSelector
from numpy.typing import NDArray

from tunewidgets.widgets.charts.card import PASSIVE
from tunewidgets.widgets.commands import Send, Touched
from tunewidgets.widgets.sending import set_traits
from tunewidgets.widgets.strip_axis import Axis, ChoiceAxis, Places, Span
from tunewidgets.widgets.theme import ACCENT, CALM, CROWD

MARGIN = {"top": 3, "bottom": 9, "left": 8, "right": 8}
ROOM = 0.08
"""How far the chart goes on above and below the dots, of their height."""

DOT = 4.5
"""Width of a calm dot, in pixels."""

JITTER = 0.6
"""How much of a column's width its dots take."""

GOLDEN = 0.618034

Mask = NDArray[np.bool_]


class StripChart:
    """One small figure.

    Parameters
    ----------
    axis
        Where the hyperparameter's values lie.
    has_brush
        Whether it can be brushed.
    send
        Raises commands.

    Attributes
    ----------
    figure
        The widget.
    """

    def __init__(self, axis: Axis, has_brush: bool, send: Send) -> None:
        self._has_jitter = isinstance(axis, ChoiceAxis)
        x = bqplot.LinearScale(min=axis.ends[0], max=axis.ends[1], allow_padding=False)
        y = bqplot.LinearScale(min=-ROOM, max=1 + ROOM, allow_padding=False)
        # A dot at the edge is drawn whole; none lies beyond it.
        both: dict[str, Any] = {"scales": {"x": x, "y": y}, "apply_clip": False, **PASSIVE}
        dots: dict[str, Any] = {"x": [], "y": [], "colors": [CALM], "stroke_width": DOT, **both}
        self._outer = bqplot.Lines(opacities=[0.25], **dots)
        self._inner = bqplot.Lines(opacities=[0.9], **dots)
        self._crowd = bqplot.Lines(opacities=[0.9], **dots | {"colors": [CROWD]})
        self._bright = bqplot.Scatter(
            x=[], y=[], colors=[ACCENT], default_size=42, stroke_width=0, **both
        )
        self._brush = BrushIntervalSelector(scale=x) if has_brush else None
        if self._brush is not None:
            self._brush.observe(lambda _: send(Touched()), names=["selected", "brushing"])
        self.figure = bqplot.Figure(
            marks=[self._outer, self._inner, self._crowd, self._bright],
            axes=[],
            interaction=self._brush,
            fig_margin=MARGIN,
            animation_duration=0,
            display_toolbar=False,
            padding_y=0,
            background_style={"fill": "transparent"},
        )
        self.figure.add_class("tw-strip-chart")

    @property
    def has_brush(self) -> bool:
        """Whether it can be brushed."""
        return self._brush is not None

    @property
    def is_brushing(self) -> bool:
        """Whether a person is drawing the brush right now."""
        return self._brush is not None and bool(self._brush.brushing)

    @property
    def brushed(self) -> Span | None:
        """What the brush covers, or None without one."""
        selected = None if self._brush is None else self._brush.selected
        if selected is None or len(selected) != 2:
            return None
        return float(min(selected)), float(max(selected))

    def brush(self, span: Span | None) -> None:
        """Draw the brush, or take it away."""
        if self._brush is not None:
            self._brush.selected = None if span is None else np.array(span, np.float64)

    def show(
        self,
        numbers: Sequence[int],
        places: Places,
        heights: NDArray[np.float64],
        inside: Mask,
        crowd: Mask,
        colours: Sequence[str | None],
    ) -> None:
        """Draw the dots.

        Parameters
        ----------
        numbers
            Of the trials; they tell where in a column a dot stands.
        places, heights
            Of each trial; a place of NaN is not drawn.
        inside
            Whether a trial is in what is brushed, on this chart and on the others.
        crowd
            Whether a trial is one of many that are selected.
        colours
            Of the other trials that stand out, else None. The accent is drawn on top.
        """
        x = places
        if self._has_jitter:
            x = places + JITTER * ((np.array(numbers) * GOLDEN) % 1 - 0.5)
        is_drawn = np.isfinite(x)
        is_bright = np.array([colour is not None for colour in colours], bool)
        is_calm = ~(crowd | is_bright)
        looks = (
            (self._outer, is_calm & ~inside),
            (self._inner, is_calm & inside),
            (self._crowd, crowd),
        )
        for mark, among in looks:
            set_traits(mark, x=_dots(x[is_drawn & among]), y=_dots(heights[is_drawn & among]))
        bright: list[int] = np.flatnonzero(is_drawn & is_bright).tolist()
        bright.sort(key=lambda i: colours[i] == ACCENT)
        set_traits(
            self._bright,
            x=x[bright].astype(np.float32),
            y=heights[bright].astype(np.float32),
            colors=[colours[i] for i in bright] or [ACCENT],
        )


def _dots(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """Put NaN between values, so that each is a piece of its own."""
    broken = np.full(max(0, 2 * len(values) - 1), np.nan, np.float32)
    broken[::2] = values
    return broken
