"""A heat map of two hyperparameters: the mean value of the trials in each cell.

The cells lie on axes that count them, so that choices, numbers and bins are drawn alike.
"""

from __future__ import annotations

from html import escape
from typing import Any

import bqplot
import ipywidgets
import numpy as np

from tunewidgets.exports.landscape import VIRIDIS
from tunewidgets.language import counted, later
from tunewidgets.language import translate as tr
from tunewidgets.snapshot import Snapshot
from tunewidgets.space import SearchSpace
from tunewidgets.widgets.charts.axes import show_ticks
from tunewidgets.widgets.charts.card import AXIS, PASSIVE, Card, figure
from tunewidgets.widgets.charts.cell_brush import CellBrush
from tunewidgets.widgets.charts.dots import Dots
from tunewidgets.widgets.charts.gauges import make_gauge
from tunewidgets.widgets.charts.heat_cells import Cells, fill, side, spread
from tunewidgets.widgets.charts.outcomes import (
    Outcome,
    OutcomeStore,
    robust_limits,
    valued,
    varied,
)
from tunewidgets.widgets.charts.table import Table
from tunewidgets.widgets.commands import Select, Send
from tunewidgets.widgets.highlights import Highlights
from tunewidgets.widgets.limits import Limits, even_ticks, tick_labels
from tunewidgets.widgets.markup import show
from tunewidgets.widgets.sending import set_traits
from tunewidgets.widgets.theme import SOFT

FIRST = later("With some finished trials, this shows where in two hyperparameters it was good.")
ONE_ALONE = later("A heat map needs two hyperparameters, but the trials have only one.")
MARGIN = {"top": 14, "bottom": 46, "left": 92, "right": 84}


class HeatMap:
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
        self._send = send
        self._known: list[Outcome] | None = None
        self._names: list[str] = []
        self._drawn: Any = None
        self._cells: Cells | None = None
        self._places: dict[int, tuple[float, float]] = {}
        self._x = bqplot.LinearScale(min=0.0, max=1.0)
        self._y = bqplot.LinearScale(min=0.0, max=1.0)
        self._colour = bqplot.ColorScale(colors=list(VIRIDIS), min=0.0, max=1.0)
        self._map = bqplot.GridHeatMap(
            color=np.full((2, 2), np.nan, np.float32),
            row=np.array([0, 1, 2], np.float32), column=np.array([0, 1, 2], np.float32),
            scales={"row": self._y, "column": self._x, "color": self._colour},
            stroke=None, null_color=None, opacity=1.0, enable_hover=False,
        )  # fmt: skip
        self._brush = CellBrush({"x": self._x, "y": self._y}, send)
        self._map.on_element_click(
            lambda _, content: self._brush.press(
                int(content["data"]["rowNum"]), int(content["data"]["columnNum"])
            )
        )
        self._dots = Dots(
            self._press, {"x": self._x, "y": self._y}, default_size=14, stroke_width=0.8
        )
        self._x_axis = bqplot.Axis(scale=self._x, grid_lines="none", label_offset="34px", **AXIS)
        self._y_axis = bqplot.Axis(
            scale=self._y, side="left", grid_lines="none", label_offset="78px", **AXIS
        )
        legend = self._make_legend()
        chart = figure(
            [self._map, self._brush.mark, *self._dots.marks, *legend],
            [self._x_axis, self._y_axis],
            MARGIN,
        )
        chart.add_class("tw-heat")
        self._across, self._up = (ipywidgets.Dropdown(options=[""]) for _ in range(2))
        self._fields = (self._across, self._brush.across.widget, self._up, self._brush.up.widget)
        labels = (later("across"), "", later("up"), "")  # the other two are named as their axes
        fields = list(zip(labels, self._fields, strict=True))
        self._card = Card(later("Heat map"), chart, fields, send)
        self.widget = self._card.widget

    def _make_legend(self) -> list[bqplot.Mark]:
        """Make the bar of colours to the right of the map; bqplot's own is too small to read."""
        unit = {"x": bqplot.LinearScale(min=0.0, max=1.0), "y": bqplot.LinearScale(min=0, max=1)}
        beside: dict[str, Any] = {"scales": unit, "apply_clip": False, **PASSIVE}
        edges = np.linspace(0, 1, len(VIRIDIS) + 1, dtype=np.float32)
        self._bar = bqplot.Lines(
            x=np.full((len(VIRIDIS), 2), 1.035, np.float32), y=np.stack([edges[:-1], edges[1:]], 1),
            colors=list(VIRIDIS), stroke_width=12, **beside,
        )  # fmt: skip
        self._words = bqplot.Label(
            x=[], y=[], text=[], colors=[SOFT], default_size=11, font_weight="normal",
            align="start", x_offset=11, y_offset=0, **beside,
        )  # fmt: skip
        return [self._bar, self._words]

    def render(self, snapshot: Snapshot) -> None:
        """Send the marks that changed."""
        outcomes = valued(self._outcomes.outcomes(snapshot))
        if outcomes != self._known:
            self._known = outcomes
            self._names = varied(outcomes, tuple(self._space))
            self._card.say("" if len(self._names) > 1 else tr(ONE_ALONE if outcomes else FIRST))
            for field in self._fields:
                show(field, len(self._names) > 1)
        if len(self._names) < 2:
            outcomes = []
        else:
            self._offer(self._names)
        state = (outcomes, self._across.value, self._up.value, snapshot.direction)
        if state != self._drawn:
            self._drawn = state
            self._draw(outcomes, snapshot)
        places = self._places
        self._dots.show(
            [o for o in outcomes if o.number in places],
            lambda outcome: places[outcome.number],
            self._highlights.colours,
            places,
        )
        if self._cells is not None:
            self._brush.sync(self._cells, self._highlights.selected)
        self._card.twin.render(self._drawn, lambda: _table(self._cells, snapshot.objective))

    def _offer(self, names: list[str]) -> None:
        """List the hyperparameters on both sides, never the same one chosen on both."""
        for field, other, first in (
            (self._across, self._up, names[0]),
            (self._up, self._across, names[1]),
        ):
            if list(field.options) != names:
                chosen = field.value
                field.options = names
                field.value = chosen if chosen in names else first
            if field.value == other.value and other.value in names:
                field.value = next(name for name in names if name != other.value)

    def _draw(self, outcomes: list[Outcome], snapshot: Snapshot) -> None:
        if not outcomes:
            self._cells, self._places = None, {}
            set_traits(self._map, color=np.full((2, 2), np.nan, np.float32))
            return
        sides = []
        for name in (self._across.value, self._up.value):
            values = [o.params[name] for o in outcomes if name in o.params]
            sides.append(side(make_gauge(name, values, self._space.get(name)), values))
        across, up = sides
        is_low_better = snapshot.direction == "minimize"
        values = [outcome.value for outcome in outcomes if outcome.value is not None]
        limits = robust_limits(values, min(values) if is_low_better else max(values))
        self._cells = cells = fill(across, up, outcomes, limits)
        self._places = spread(cells)
        self._show_colours(limits, is_low_better)
        # A row and a column more, outside the axes: bqplot takes a single one for a plain list.
        padded = np.pad(cells.means, ((0, 1), (0, 1)), constant_values=np.nan)
        columns, rows = (np.arange(n + 2, dtype=np.float32) for n in (across.n, up.n))
        set_traits(self._map, color=padded, row=rows, column=columns)
        for axis, scale, one in (
            (self._x_axis, self._x, across),
            (self._y_axis, self._y, up),
        ):
            ticks = one.ticks()
            set_traits(axis, label=one.gauge.name)
            show_ticks(axis, [at for at, _ in ticks], [word for _, word in ticks])
            set_traits(scale, min=0.0, max=float(one.n))
        binned = tr("mean of the trials in each range, darker is better")
        words = binned if cells.is_binned else tr("mean of the trials, darker is better")
        self._card.note(f'<span class="tw-quiet">{escape(words)}</span>')

    def _show_colours(self, limits: Limits, is_low_better: bool) -> None:
        colours = list(VIRIDIS if is_low_better else VIRIDIS[::-1])
        set_traits(self._colour, min=limits[0], max=limits[1], colors=colours)
        set_traits(self._bar, colors=colours)
        ticks = even_ticks(*limits)
        at = (np.array(ticks) - limits[0]) / (limits[1] - limits[0])
        set_traits(self._words, x=np.full(len(ticks), 1.035, np.float32),
                    y=at.astype(np.float32), text=tick_labels(ticks))  # fmt: skip

    def _press(self, number: int) -> None:
        self._send(Select(self._highlights.toggled(number)))


def _table(cells: Cells | None, objective: str) -> Table:
    if cells is None:
        return Table(tr("No trials yet"), (), ())
    across, up = cells.across, cells.up
    rows = tuple(
        (across.words[column], up.words[row], float(cells.means[row, column]), len(inside),
         ", ".join(f"#{outcome.number}" for outcome in inside[:8]) + (" …" if inside[8:] else ""))
        for (row, column), inside in sorted(cells.members.items())
    )  # fmt: skip
    names = across.gauge.name, up.gauge.name
    heads = (*names, tr("mean {metric}", metric=objective), tr("number of trials"), tr("trials"))
    caption = counted(
        len(rows),
        "{metric} by {across} and {up}, {n} cell",
        "{metric} by {across} and {up}, {n} cells",
        metric=objective,
        across=names[0],
        up=names[1],
    )
    return Table(caption, heads, rows)
