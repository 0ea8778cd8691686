"""Parallel coordinates: every trial a line across all hyperparameters to its value.

bqplot has no such mark, so the axes are lines and labels of a figure from 0 to 1. A brush drawn
over an axis selects the trials that pass through it, and with them their curves and rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import bqplot
import numpy as np

from tunewidgets.language import later
from tunewidgets.language import translate as tr
from tunewidgets.snapshot import Snapshot
from tunewidgets.space import SearchSpace
from tunewidgets.widgets.charts.axis_brush import AxisBrush
from tunewidgets.widgets.charts.card import PASSIVE, Card, figure
from tunewidgets.widgets.charts.gauges import make_gauges
from tunewidgets.widgets.charts.growing import Growing
from tunewidgets.widgets.charts.outcomes import (
    Outcome,
    OutcomeStore,
    robust_limits,
    valued,
    varied,
)
from tunewidgets.widgets.charts.parallel_data import Frame, caught, joined
from tunewidgets.widgets.charts.table import Table
from tunewidgets.widgets.commands import Send
from tunewidgets.widgets.highlights import Highlights
from tunewidgets.widgets.limits import Limits
from tunewidgets.widgets.markup import show
from tunewidgets.widgets.sending import set_traits
from tunewidgets.widgets.theme import ACCENT, CALM, CROWD, SOFT

FIRST = later(
    "With some finished trials, each is a line here: draw over an axis to select some of them."
)
HINT = later("draw over an axis to select, click to let go")
MARGIN = {"top": 36, "bottom": 30, "left": 16, "right": 16}
EDGE = 0.06
BESIDE = 0.3
"""Room on both sides, so that a brush can begin beside the outer axes."""

STAGGER = 5
"""With more axes than this, their names stand on two lines."""


class Parallel:
    """The panel with the chart.

    Parameters
    ----------
    space
        Its hyperparameters come first.
    outcomes
        Gives the trials as points.
    highlights
        Which trials stand out, in which colour.
    send
        Raises commands.
    """

    def __init__(
        self, space: SearchSpace, outcomes: OutcomeStore, highlights: Highlights, send: Send
    ) -> None:
        self._space = space
        self._outcomes = outcomes
        self._highlights = highlights
        self._frame: Frame | None = None
        self._shown: list[Outcome] = []
        self._drawn: dict[str, Any] = {}
        self._growing: Growing[Outcome] = Growing()
        self._x = bqplot.LinearScale(min=0.0, max=1.0)
        self._y = bqplot.LinearScale(min=-EDGE, max=1 + EDGE)
        both: dict[str, Any] = {"scales": {"x": self._x, "y": self._y}}
        lines: dict[str, Any] = {**both, **PASSIVE, "x": [], "y": []}
        self._axes = bqplot.Lines(colors=[SOFT], stroke_width=1.2, opacities=[0.6], **lines)
        self._settled, self._late = (
            bqplot.Lines(colors=[CALM], opacities=[0.35], stroke_width=1.1, **lines)
            for _ in range(2)
        )
        self._crowd = bqplot.Lines(colors=[CROWD], opacities=[0.6], stroke_width=1.3, **lines)
        self._bright = bqplot.Lines(colors=[ACCENT], stroke_width=2.2, **lines)
        label: dict[str, Any] = {"colors": [SOFT], "text": [], "apply_clip": False, **lines}
        self._words = bqplot.Label(
            default_size=11, align="end", x_offset=-5, y_offset=0, font_weight="normal", **label
        )
        self._names = bqplot.Label(
            default_size=12, align="middle", y_offset=-8, font_weight="bold", **label
        )
        self._brush = AxisBrush((self._x, self._y), self._caught, send)
        chart = figure(
            [self._axes, self._settled, self._late, self._crowd, self._bright, self._words,
             self._names],
            [], MARGIN,
        )  # fmt: skip
        chart.interaction = self._brush.interaction
        self._fields = (self._brush.axis, self._brush.reach.widget)
        labels = (later("axis to select by"), "")  # the other one is named as the axis
        self._card = Card(
            later("Parameters"), chart, list(zip(labels, self._fields, strict=True)), send
        )
        self.widget = self._card.widget

    def render(self, snapshot: Snapshot) -> None:
        """Send the marks that changed."""
        outcomes = valued(self._outcomes.outcomes(snapshot))
        self._card.say("" if outcomes else tr(FIRST))
        hint = f'<span class="tw-quiet">{escape(tr(HINT))}</span>'
        self._card.note(hint if outcomes else "")
        if self._changed("outcomes", outcomes):
            self._shown = outcomes
            frame = self._frame_of(outcomes, snapshot)
            if not frame.gauges:
                self._shown = []  # a line needs two axes
            if frame != self._frame:
                self._frame, self._growing = frame, Growing()
                self._show_frame(frame)
            self._show_calm(frame)
        for field in self._fields:
            show(field, bool(self._shown))
        if self._frame is not None:
            self._show_bright(self._frame, snapshot.best)
        if self._frame is not None and self._shown:
            self._brush.sync(self._frame, self._highlights.selected)
        names = () if self._frame is None else self._frame.names
        self._card.twin.render(outcomes, lambda: _table(outcomes, names))

    def _frame_of(self, outcomes: Sequence[Outcome], snapshot: Snapshot) -> Frame:
        names = varied(outcomes, tuple(self._space))
        gauges = make_gauges(names, [outcome.params for outcome in outcomes], self._space)
        best = snapshot.trial(snapshot.best) if snapshot.best is not None else None
        values = [outcome.value for outcome in outcomes if outcome.value is not None]
        limits = robust_limits(values, None if best is None else best.value)
        return Frame(tuple(gauges), snapshot.objective, limits)

    def _show_frame(self, frame: Frame) -> None:
        n = len(frame.names)
        x = np.repeat(np.arange(n, dtype=np.float32), 3)
        y = np.tile(np.array([0, 1, np.nan], np.float32), n)
        ticks = frame.ticks()
        set_traits(self._x, min=-BESIDE, max=max(1, n - 1) + BESIDE)
        set_traits(self._axes, x=x[:-1], y=y[:-1])
        set_traits(
            self._words, text=[word for _, _, word in ticks],
            x=np.array([axis for axis, _, _ in ticks], np.float32),
            y=np.array([at for _, at, _ in ticks], np.float32),
        )  # fmt: skip
        raised = [1.0 + (0.09 if n > STAGGER and i % 2 else 0.0) for i in range(n)]
        set_traits(
            self._names, text=list(frame.names), x=np.arange(n, dtype=np.float32),
            y=np.array(raised, np.float32),
        )  # fmt: skip

    def _show_calm(self, frame: Frame) -> None:
        settled, late = self._growing.update({o.number: o for o in self._shown})
        for is_other, mark, part in (
            (settled, self._settled, self._growing.settled),
            (late, self._late, self._growing.late),
        ):
            if is_other:
                x, y = joined([frame.heights(outcome) for outcome in part.values()])
                set_traits(mark, x=x, y=y)

    def _show_bright(self, frame: Frame, best: int | None) -> None:
        crowd, colours = self._highlights.crowd, self._highlights.colours
        many = [outcome for outcome in self._shown if outcome.number in crowd]
        if self._changed("crowd", (many, frame)):
            x, y = joined([frame.heights(outcome) for outcome in many])
            set_traits(self._crowd, x=x, y=y)
        some = [o for o in self._shown if o.number in colours and o.number not in crowd]
        some.sort(key=lambda outcome: outcome.number == best)  # on top
        shades = [colours[outcome.number] for outcome in some]
        if self._changed("bright", (some, shades, frame)):
            rows = np.array([frame.heights(outcome) for outcome in some], np.float32)
            x = np.tile(np.arange(len(frame.names), dtype=np.float32), (len(some), 1))
            set_traits(self._bright, x=x if some else [], y=rows, colors=shades or [ACCENT])

    def _caught(self, x: Limits, y: Limits) -> tuple[int, ...]:
        return () if self._frame is None else caught(self._shown, self._frame, x, y)

    def _changed(self, what: str, state: Any) -> bool:
        is_new: bool = self._drawn.get(what) != state
        self._drawn[what] = state
        return is_new


def _table(outcomes: Sequence[Outcome], names: Sequence[str]) -> Table:
    rows = tuple(
        (outcome.number, *(outcome.params.get(name) for name in names[:-1]), outcome.value)
        for outcome in outcomes
    )
    return Table(tr("Hyperparameters and value of every trial"), (tr("trial"), *names), rows)
