"""What a sweep shows: training and validation against one hyperparameter that grows.

Every repeat is a dot, the lines follow their means. Values stand at equal distances, in order, so
that numbers on any scale and choices are drawn alike.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any

import bqplot
import ipywidgets
import numpy as np

from tunewidgets import format as fmt
from tunewidgets.analysis.growing import Point, grown, overfitting_from
from tunewidgets.language import in_context, later
from tunewidgets.language import translate as tr
from tunewidgets.snapshot import Snapshot
from tunewidgets.space import SearchSpace
from tunewidgets.sweeping import SAMPLER, hyperparameter_of
from tunewidgets.trial import Trial
from tunewidgets.widgets.charts.axes import show_ticks
from tunewidgets.widgets.charts.card import AXIS, PASSIVE, Card, figure
from tunewidgets.widgets.charts.outcomes import robust_limits
from tunewidgets.widgets.charts.table import Table
from tunewidgets.widgets.commands import Send, StartSweep
from tunewidgets.widgets.limits import even_ticks, tick_labels
from tunewidgets.widgets.markup import field
from tunewidgets.widgets.sending import set_traits
from tunewidgets.widgets.theme import ACCENT, CALM, TEXT

FIRST = later(
    "Choose a hyperparameter and press Grow it: the others stay as they are set on the left."
)
START_TOOLTIP = later("Train each value of it, some times")
APART = 0.07
"""Of the axis, that two names need."""

MARGIN = {"top": 14, "bottom": 42, "left": 62, "right": 92}
STEPS = (3, 5, 7, 9, 12)
REPEATS = (1, 2, 3, 5)


class Growth:
    """The panel with the chart, and with what starts a sweep.

    Parameters
    ----------
    space
        Of the hyperparameters.
    send
        Raises commands.
    """

    def __init__(self, space: SearchSpace, send: Send) -> None:
        self._drawn: Any = None
        self._x = bqplot.LinearScale(min=-0.5, max=4.5)
        self._y = bqplot.LinearScale(min=0.0, max=1.0)
        both: dict[str, Any] = {"x": self._x, "y": self._y}
        self._lines = bqplot.Lines(
            x=[], y=[], colors=[ACCENT, CALM], stroke_width=2, scales=both, **PASSIVE
        )
        self._dots = bqplot.Scatter(
            x=[], y=[], colors=[ACCENT], default_size=26, opacities=[0.5], stroke_width=0,
            scales=both, **PASSIVE,
        )  # fmt: skip
        self._limit = bqplot.Lines(
            x=[], y=[], colors=[TEXT], stroke_width=1, line_style="dashed", opacities=[0.6],
            scales=both, **PASSIVE,
        )  # fmt: skip
        self._words = bqplot.Label(
            x=[], y=[], text=[], colors=[ACCENT, CALM], default_size=12, x_offset=8, y_offset=0,
            font_weight="normal", apply_clip=False, scales=both, **PASSIVE,
        )  # fmt: skip
        self._x_axis = bqplot.Axis(scale=self._x, grid_lines="none", label_offset="34px", **AXIS)
        self._y_axis = bqplot.Axis(scale=self._y, side="left", label_offset="48px", **AXIS)
        marks = [self._limit, self._dots, self._lines, self._words]
        self._card = Card(
            later("Growth"), figure(marks, [self._x_axis, self._y_axis], MARGIN), [], send
        )
        self._name = ipywidgets.Dropdown(options=list(space))
        self._steps = ipywidgets.Dropdown(options=STEPS, value=5)
        self._repeats = ipywidgets.Dropdown(options=REPEATS, value=3)
        self._start = ipywidgets.Button(description=tr("Grow it"), tooltip=tr(START_TOOLTIP))
        self._start.add_class("tw-second")
        self._start.on_click(
            lambda _: send(
                StartSweep(self._name.value, int(self._steps.value), int(self._repeats.value))
            )
        )
        fields = ipywidgets.Box(
            [
                field(tr("hyperparameter"), self._name, tr("The one that takes several values")),
                field(tr("values"), self._steps, tr("How many values of its search range")),
                field(
                    tr("repeats"),
                    self._repeats,
                    tr("Runs of each value, with other random weights"),
                ),
            ]
        )
        fields.add_class("tw-fields")
        buttons = ipywidgets.Box([self._start])
        buttons.add_class("tw-buttons")
        asked = ipywidgets.Box([fields, buttons])
        asked.add_class("tw-growth-asked")
        self._trouble = ipywidgets.HTML()
        self.widget = self._card.widget
        head, *rest = self.widget.children
        self.widget.children = (head, asked, self._trouble, *rest)

    def say(self, html: str) -> None:
        """Show why a sweep could not be started; written by `markup.line`."""
        self._trouble.value = html

    def render(self, snapshot: Snapshot) -> None:
        """Draw the latest sweep."""
        self._start.disabled = snapshot.cannot_train is not None
        self._start.tooltip = tr(snapshot.cannot_train or START_TOOLTIP)
        latest = [search.name for search in snapshot.searches if search.sampler == SAMPLER]
        trials = [trial for trial in snapshot.trials if latest and trial.origin == latest[-1]]
        ended = [trial for trial in trials if trial.state.is_finished]
        if self._drawn != (latest, ended):
            self._drawn = (latest, ended)
            self._draw(trials, snapshot)
        self._card.say("" if ended else tr(FIRST))

    def _draw(self, trials: Sequence[Trial], snapshot: Snapshot) -> None:
        name = hyperparameter_of(trials)
        points = grown(trials, name, snapshot.objective) if name else ()
        limit = overfitting_from(points, snapshot.direction)
        self._card.twin.render((name, points), lambda: _table(name, points, snapshot.objective))
        self._card.note(_said(name, limit))
        every = [value for p in points for value in (*p.valid, *p.train)]
        low, high = robust_limits(every, None)
        ticks = even_ticks(low, high)
        set_traits(self._y_axis, label=snapshot.objective.removeprefix("val_"))
        show_ticks(self._y_axis, ticks, tick_labels(ticks))
        set_traits(self._y, min=low, max=high)
        set_traits(self._x_axis, label=name)
        set_traits(self._x, min=-0.5, max=max(len(points), 2) - 0.5)
        show_ticks(self._x_axis, range(len(points)), fmt.labels(p.value for p in points))
        at = np.arange(len(points), dtype=np.float32)
        means = np.array(
            [[p.mean_valid for p in points], [p.mean_train for p in points]], np.float32
        )
        set_traits(self._lines, x=at, y=means)
        dots = [(i, v, c) for i, p in enumerate(points) for v, c in _dots(p)]
        set_traits(
            self._dots,
            x=np.array([i for i, _, _ in dots], np.float32),
            y=np.array([value for _, value, _ in dots], np.float32),
            colors=[colour for _, _, colour in dots] or [ACCENT],
        )
        self._label(points, APART * (high - low))
        where = [i for i, p in enumerate(points) if limit is not None and p.value == limit]
        set_traits(
            self._limit,
            x=np.array([i for i in where for _ in range(2)], np.float32),
            y=np.array([low, high][: 2 * len(where)], np.float32),
        )

    def _label(self, points: Sequence[Point], apart: float) -> None:
        """Name the lines at their ends, at least so far apart."""
        lines = [
            (in_context("data", "validation"), ACCENT, [p.mean_valid for p in points]),
            (in_context("data", "training"), CALM, [p.mean_train for p in points]),
        ]
        ends = [(word, colour, _end(means)) for word, colour, means in lines]
        known = sorted(
            ((*end, word, colour) for word, colour, end in ends if end is not None),
            key=lambda end: end[1],
        )
        heights = [height for _, height, _, _ in known]
        if len(heights) == 2 and heights[1] - heights[0] < apart:
            middle = sum(heights) / 2
            heights = [middle - apart / 2, middle + apart / 2]
        set_traits(
            self._words,
            x=np.array([i for i, *_ in known], np.float32),
            y=np.array(heights, np.float32),
            text=[word for _, _, word, _ in known],
            colors=[colour for *_, colour in known] or [ACCENT],
        )


def _end(means: Sequence[float]) -> tuple[int, float] | None:
    known = [(i, mean) for i, mean in enumerate(means) if math.isfinite(mean)]
    return known[-1] if known else None


def _dots(point: Point) -> list[tuple[float, str]]:
    pairs = [*((v, ACCENT) for v in point.valid), *((v, CALM) for v in point.train)]
    return [(value, colour) for value, colour in pairs if math.isfinite(value)]


def _said(name: str, limit: Any) -> str:
    if limit is None:
        return ""
    words = tr(
        "Overfits from {name} = {value}: take the step before.", name=name, value=fmt.text(limit)
    )
    return f'<span class="tw-quiet">{escape(words)}</span>'


def _table(name: str, points: Sequence[Point], objective: str) -> Table:
    rows = tuple((p.value, p.mean_train, p.mean_valid, len(p.valid), p.n_diverged) for p in points)
    over_training = objective.removeprefix("val_")
    heads = (
        name or tr("value"),
        tr("{metric}, mean", metric=over_training),
        tr("{metric}, mean", metric=objective),
        tr("runs"),
        tr("failed"),
    )
    grows = name or tr("a hyperparameter")
    return Table(tr("{metric} as {name} grows", metric=objective, name=grows), heads, rows)
