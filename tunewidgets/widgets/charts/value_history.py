"""Every trial's value in the order of the trials, and the best so far."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import bqplot
import numpy as np

from tunewidgets.language import counted, later
from tunewidgets.language import translate as tr
from tunewidgets.snapshot import Direction, Snapshot
from tunewidgets.widgets.charts.axes import show_ticks
from tunewidgets.widgets.charts.card import AXIS, PASSIVE, Card, figure
from tunewidgets.widgets.charts.dots import Dots, Layer
from tunewidgets.widgets.charts.outcomes import Outcome, OutcomeStore, robust_limits, valued
from tunewidgets.widgets.charts.table import Table
from tunewidgets.widgets.commands import Select, Send
from tunewidgets.widgets.highlights import Highlights
from tunewidgets.widgets.limits import Limits, even_ticks, tick_labels
from tunewidgets.widgets.sending import set_traits
from tunewidgets.widgets.state_words import state_word
from tunewidgets.widgets.theme import ACCENT, CALM

FIRST = later("Every finished trial is a dot here, and the line follows the best so far.")
MARGIN = {"top": 14, "bottom": 42, "left": 62, "right": 22}


class ValueHistory:
    """The panel with the chart.

    Parameters
    ----------
    outcomes
        Gives the trials as points.
    highlights
        Which trials stand out, in which colour.
    send
        Raises commands.
    """

    def __init__(self, outcomes: OutcomeStore, highlights: Highlights, send: Send) -> None:
        self._outcomes = outcomes
        self._highlights = highlights
        self._send = send
        self._drawn: dict[str, Any] = {}
        self._x = bqplot.LinearScale(min=-0.5, max=9.5)
        self._y = bqplot.LinearScale(min=0.0, max=1.0)
        both: dict[str, Any] = {"x": self._x, "y": self._y}
        self._line = bqplot.Lines(
            x=[], y=[], colors=[ACCENT], stroke_width=1.8, opacities=[0.8], scales=both, **PASSIVE
        )
        self._failed = Layer(
            self._press, both, colors=[CALM], marker="cross", default_size=34, opacities=[0.9]
        )
        self._dots = Dots(self._press, both)
        self._x_axis = bqplot.Axis(
            scale=self._x, label=tr("trial"), grid_lines="none", label_offset="34px", **AXIS
        )
        self._y_axis = bqplot.Axis(scale=self._y, side="left", label_offset="48px", **AXIS)
        chart = figure(
            [self._line, self._failed.mark, *self._dots.marks], [self._x_axis, self._y_axis], MARGIN
        )
        self._card = Card(later("Values"), chart, [], send)
        self.widget = self._card.widget

    def render(self, snapshot: Snapshot) -> None:
        """Send the marks that changed."""
        outcomes = self._outcomes.outcomes(snapshot)
        known = valued(outcomes)
        failed = [outcome for outcome in outcomes if outcome.has_failed]
        best = None if snapshot.best is None else outcomes[snapshot.best].value
        limits = robust_limits([o.value for o in known if o.value is not None], best)
        width = _width(len(outcomes))
        steps = best_so_far(known, snapshot.direction)
        if self._changed("axes", (limits, width, snapshot.objective)):
            self._show_axes(limits, width, snapshot.objective)
        if self._changed("steps", (steps, len(outcomes))):
            self._show_steps(steps, len(outcomes) - 1)
        colours = self._highlights.colours
        low, high = limits
        worst = high if snapshot.direction == "minimize" else low

        def place(outcome: Outcome) -> tuple[float, float]:
            # What is off the axis stands at its edge, on the side of the worse.
            value = worst if outcome.value is None else outcome.value
            inset = 0.03 * (high - low)
            seen = value if low <= value < high else min(max(value, low + inset), high - inset)
            return outcome.number, seen

        self._dots.show(known, place, colours, limits)
        shades = [colours.get(outcome.number, CALM) for outcome in failed]
        if self._changed("failed", (failed, shades, limits)):
            self._failed.show(failed, place, colors=shades or [CALM])
        self._card.say("" if known or failed else tr(FIRST))
        self._card.twin.render(
            (known, failed), lambda: _table(known, failed, snapshot.objective, snapshot.direction)
        )

    def _show_axes(self, limits: Limits, width: int, objective: str) -> None:
        ticks = even_ticks(*limits)
        set_traits(self._y_axis, label=objective)
        show_ticks(self._y_axis, ticks, tick_labels(ticks))
        set_traits(self._y, min=limits[0], max=limits[1])
        along = [tick for tick in even_ticks(0, width) if tick == round(tick)]
        show_ticks(self._x_axis, along, [f"{tick:.0f}" for tick in along])
        set_traits(self._x, min=-0.02 * width - 0.4, max=width)

    def _show_steps(self, steps: Sequence[tuple[int, float]], last: int) -> None:
        """Draw the steps: along to the next best, then to it."""
        xs = [number for number, _ in steps for _ in range(2)]
        ys = [value for _, value in steps for _ in range(2)]
        x, y = [*xs[1:], last][: len(xs)], ys
        set_traits(self._line, x=np.array(x, np.float32), y=np.array(y, np.float32))

    def _changed(self, what: str, state: Any) -> bool:
        is_new: bool = self._drawn.get(what) != state
        self._drawn[what] = state
        return is_new

    def _press(self, number: int) -> None:
        self._send(Select(self._highlights.toggled(number)))


def best_so_far(outcomes: Sequence[Outcome], direction: Direction) -> list[tuple[int, float]]:
    """Give the trials that were the best when they came, with their values."""
    sign = 1 if direction == "minimize" else -1
    steps: list[tuple[int, float]] = []
    least = math.inf
    for outcome in outcomes:
        if outcome.value is not None and sign * outcome.value < least:
            least = sign * outcome.value
            steps.append((outcome.number, outcome.value))
    return steps


def _width(n: int) -> int:
    """Give a round number that holds all trials, ten at least."""
    scale = int("1" + "0" * (len(str(max(n - 1, 1))) - 1))
    return max(10, next(stop * scale for stop in (1, 2, 3, 4, 5, 6, 8, 10) if stop * scale >= n))


def _table(
    known: Sequence[Outcome], failed: Sequence[Outcome], objective: str, direction: Direction
) -> Table:
    bests = dict(best_so_far(known, direction))
    best: float | None = None
    rows = []
    for outcome in sorted([*known, *failed], key=lambda outcome: outcome.number):
        best = bests.get(outcome.number, best)
        rows.append((outcome.number, state_word(outcome.state), outcome.value, best))
    caption = counted(
        len(rows),
        "{metric} of every trial, {n} trial",
        "{metric} of every trial, {n} trials",
        metric=objective,
    )
    heads = (tr("trial"), tr("state"), objective, tr("best so far"))
    return Table(caption, heads, tuple(rows))
