"""The chart's fixed pool of bqplot marks: made once, then only given new arrays.

Arrays travel whole, so each mark holds what changes together: all finished runs are one grey
line that is sent only when a run ends; the few that stand out are a second one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import bqplot
import ipywidgets
import numpy as np

from tunewidgets.widgets import curve_data
from tunewidgets.widgets.curve_data import Curve, Floats
from tunewidgets.widgets.limits import (
    Limits,
    epoch_ticks,
    even_ticks,
    log_ticks,
    tick_labels,
)
from tunewidgets.widgets.theme import ACCENT, CALM, FAINT, TEXT

MARGIN = {"top": 14, "bottom": 42, "left": 62, "right": 22}
BAND = 0.16
OUTSIDE = -1e6
NO_HOVER = {"enable_hover": False, "interactions": {}}


class Chart:
    """A figure with named marks.

    Attributes
    ----------
    figure
        The widget.
    calm_ends, bright_ends
        Dots at the curves' ends, which can be clicked.
    """

    def __init__(self) -> None:
        self._epochs = bqplot.LinearScale(min=1.0, max=10.0)
        self._values = bqplot.LinearScale(min=0.0, max=1.0)
        self._is_log = False
        self._most: dict[str, int] = {}
        both: dict[str, Any] = {"scales": {"x": self._epochs, "y": self._values}}
        self._calm = bqplot.Lines(
            x=[], y=[], colors=[CALM], opacities=[0.45], stroke_width=1.2, **both, **NO_HOVER
        )
        self._bands = bqplot.Lines(
            x=[], y=[], fill="inside", opacities=[1.0], stroke_width=0, **both, **NO_HOVER
        )
        self._bright = bqplot.Lines(x=[], y=[], colors=[ACCENT], stroke_width=2, **both, **NO_HOVER)
        self.calm_ends = self._dots(both, colors=[CALM], default_size=26, opacities=[0.8])
        self.bright_ends = self._dots(both, colors=[ACCENT], default_size=46)
        self._star = self._label(both, default_size=19, align="middle", y_offset=0)
        self._best = self._label(
            both, default_size=12.5, align="end", x_offset=-9, y_offset=-9, font_weight="bold"
        )
        self._marks = [
            self._bands,
            self._calm,
            self._bright,
            self.calm_ends,
            self.bright_ends,
            self._star,
            self._best,
        ]
        style: dict[str, Any] = {"grid_color": FAINT, "color": TEXT, "label_color": TEXT}
        self._x_axis = bqplot.Axis(
            scale=self._epochs,
            label="epoch",
            grid_lines="none",
            tick_format="d",
            label_offset="34px",
            **style,
        )
        self._y_axis = bqplot.Axis(scale=self._values, side="left", label_offset="48px", **style)
        self.figure = bqplot.Figure(
            marks=self._marks,
            axes=[self._x_axis, self._y_axis],
            fig_margin=MARGIN,
            animation_duration=0,
            display_toolbar=False,
            padding_y=0,
            background_style={"fill": "transparent"},
        )
        self.figure.add_class("tw-figure")

    @staticmethod
    def _dots(both: dict[str, Any], **style: Any) -> bqplot.Scatter:
        tooltip = bqplot.Tooltip(fields=["name"], show_labels=False)
        tooltip.add_class("tw-tooltip")
        return bqplot.Scatter(
            x=[], y=[], names=[], display_names=False, tooltip=tooltip, stroke_width=0,
            tooltip_style={"opacity": 1}, interactions={"hover": "tooltip"}, **both, **style,
        )  # fmt: skip

    @staticmethod
    def _label(both: dict[str, Any], **style: Any) -> bqplot.Label:
        return bqplot.Label(x=[], y=[], text=[], colors=[ACCENT], **both, **style, **NO_HOVER)

    def show_calm(self, curves: Sequence[Curve]) -> None:
        """Draw the finished runs that nobody looks at."""
        x, y = curve_data.joined(curves)
        _send(self._calm, x=x, y=self._shown(y))
        self._send_ends(self.calm_ends, curves)

    def show_bright(self, curves: Sequence[Curve], colours: Sequence[str]) -> None:
        """Draw the runs that stand out, each in its colour."""
        x, y = curve_data.stacked(curves)
        _send(self._bright, x=x, y=self._shown(y), colors=list(colours) or [ACCENT])
        banded = [i for i, curve in enumerate(curves) if curve.low.size]
        x, y = curve_data.bands([curves[i] for i in banded])
        fills = [colours[i] for i in banded]
        _send(self._bands, x=x, y=self._shown(y), fill_colors=fills,
              fill_opacities=[BAND] * len(fills))  # fmt: skip
        self._send_ends(self.bright_ends, curves, colors=list(colours) or [ACCENT])

    def show_best(self, x: float, y: float, text: str) -> None:
        """Mark the best trial; an empty text for none."""
        at = _floats(x, math.log10(y) if self._is_log and y > 0 else y)
        on = bool(text)
        _send(self._star, x=at[0][:on], y=at[1][:on], text=["★"][:on])
        # Near the left edge the words would leave the chart: let them begin at the star.
        near = x < self._epochs.min + 0.25 * (self._epochs.max - self._epochs.min)
        _send(self._best, x=at[0][:on], y=at[1][:on], text=[text][:on],
              align="start" if near else "end", x_offset=9 if near else -9)  # fmt: skip

    def show_axes(self, epochs: Limits, values: Limits, is_log: bool, metric: str) -> None:
        """Set both axes; marks must be shown again after the kind of axis has changed.

        A mark cannot go from one scale to another, so the log axis is drawn on the same scale:
        the logarithms are taken here, and the ticks are told what to say.
        """
        self._is_log = is_log
        ticks = log_ticks(values) if is_log else even_ticks(*values)
        words = tick_labels(ticks)
        if is_log:
            values = math.log10(values[0]), math.log10(values[1])
            ticks = [math.log10(tick) for tick in ticks]
        labels = {_as_key(at): word for at, word in zip(ticks, words, strict=True)}
        _send(self._x_axis, tick_values=np.array(epoch_ticks(epochs), np.float64))
        _send(self._epochs, min=epochs[0], max=epochs[1])
        # In this order, and in messages of their own: bqplot labels ticks when they arrive.
        _send(self._y_axis, label=metric, tick_labels=labels)
        _send(self._y_axis, tick_values=np.array(ticks, np.float64))
        _send(self._values, min=values[0], max=values[1])

    def _send_ends(self, mark: bqplot.Scatter, curves: Sequence[Curve], **style: Any) -> None:
        x, y = curve_data.ends(curves)
        y, names = self._shown(y), [curve.name for curve in curves]
        # A dot that vanished under the pointer would leave its tooltip behind, so dots that are
        # no longer needed wait outside the chart.
        lasting = max(len(names), self._most.get(mark.model_id, 0))
        self._most[mark.model_id] = lasting
        out = np.full(lasting - len(names), OUTSIDE, np.float32)
        _send(
            mark, x=np.append(x, out), y=np.append(y, out), names=names + [""] * len(out), **style
        )

    def _shown(self, y: Floats) -> Floats:
        return curve_data.log10(y) if self._is_log else y


def _as_key(value: float) -> str:
    """Write a number as JavaScript does, which looks a tick's label up by it."""
    if value == 0 or 1e-6 <= abs(value) < 1e21:
        return str(np.format_float_positional(value, trim="-"))
    mantissa, _, exponent = f"{value!r}".partition("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent):+d}"


def _floats(*values: float) -> tuple[Floats, ...]:
    return tuple(np.array([value], np.float32) for value in values)


def _send(widget: ipywidgets.Widget, **traits: Any) -> None:
    """Set traits in one message."""
    with widget.hold_sync():
        for name, value in traits.items():
            setattr(widget, name, value)
