"""What a learning-rate range test shows: the loss of each batch as the rate grows, and a proposal.

Every batch is a dot, the line follows their mean, and a dashed line marks the rate that is
suggested. Rates are drawn by their decimal logarithm.
"""

from __future__ import annotations

import math
from typing import Any

import bqplot
import ipywidgets
import numpy as np

from tunewidgets import format as fmt
from tunewidgets.language import later
from tunewidgets.language import translate as tr
from tunewidgets.rates import NAMES, RangeRecord
from tunewidgets.retelling import retold
from tunewidgets.snapshot import Snapshot
from tunewidgets.space import SearchSpace
from tunewidgets.trial import State
from tunewidgets.widgets.charts.axes import show_ticks
from tunewidgets.widgets.charts.card import AXIS, PASSIVE, Card, figure
from tunewidgets.widgets.charts.outcomes import robust_limits
from tunewidgets.widgets.charts.table import Table
from tunewidgets.widgets.commands import FindRate, Send, SetValue
from tunewidgets.widgets.limits import even_ticks, tick_labels
from tunewidgets.widgets.markup import line, show
from tunewidgets.widgets.sending import set_traits
from tunewidgets.widgets.theme import ACCENT, TEXT

FIRST = later(
    "Press Find a rate: a fresh model with the values on the left is trained batch by batch while "
    "the learning rate grows, until the loss explodes."
)
MARGIN = {"top": 14, "bottom": 42, "left": 62, "right": 22}
START_TOOLTIP = later("Try learning rates from 1e-5 to 1")


def rate_name(space: SearchSpace) -> str | None:
    """Name the hyperparameter that is a learning rate, if there is one."""
    return next((name for name in NAMES if name in space), None)


class RangeChart:
    """The panel with the chart, and with what starts a test and takes over its rate.

    Parameters
    ----------
    space
        Of the hyperparameters.
    name
        The one that is the learning rate.
    send
        Raises commands.
    """

    def __init__(self, space: SearchSpace, name: str, send: Send) -> None:
        self._space = space
        self._name = name
        self._send = send
        self._drawn: tuple[RangeRecord | None, SearchSpace] = (None, space)
        self._value: Any = None
        self._x = bqplot.LinearScale(min=-5.0, max=0.0)
        self._y = bqplot.LinearScale(min=0.0, max=1.0)
        both: dict[str, Any] = {"x": self._x, "y": self._y}
        self._line = bqplot.Lines(
            x=[], y=[], colors=[ACCENT], stroke_width=2, scales=both, **PASSIVE
        )
        self._dots = bqplot.Scatter(
            x=[], y=[], colors=[ACCENT], default_size=18, opacities=[0.4], stroke_width=0,
            scales=both, **PASSIVE,
        )  # fmt: skip
        self._mark = bqplot.Lines(
            x=[], y=[], colors=[TEXT], stroke_width=1, line_style="dashed", opacities=[0.6],
            scales=both, **PASSIVE,
        )  # fmt: skip
        self._x_axis = bqplot.Axis(
            scale=self._x, label=name, grid_lines="none", label_offset="34px", **AXIS
        )
        self._y_axis = bqplot.Axis(
            scale=self._y, side="left", label=tr("loss of a batch"), label_offset="48px", **AXIS
        )
        marks = [self._mark, self._dots, self._line]
        chart = figure(marks, [self._x_axis, self._y_axis], MARGIN)
        self._card = Card(later("Learning rate"), chart, [], send)
        self._start = ipywidgets.Button(description=tr("Find a rate"), tooltip=tr(START_TOOLTIP))
        self._start.on_click(lambda _: send(FindRate()))
        self._use = ipywidgets.Button(tooltip=tr("Set the control so; nothing is trained yet"))
        self._use.on_click(lambda _: send(SetValue(self._name, self._value)))
        show(self._use, False)
        for button in (self._start, self._use):
            button.add_class("tw-second")
        asked = ipywidgets.Box([self._start, self._use])
        asked.add_class("tw-buttons")
        asked.add_class("tw-range-asked")
        self._told = ipywidgets.HTML()
        self.widget = self._card.widget
        head, *rest = self.widget.children
        self.widget.children = (head, asked, self._told, *rest)

    def say(self, sentence: str) -> None:
        """Show why a test could not be started."""
        self._told.value = line(sentence, "error")

    def render(self, snapshot: Snapshot) -> None:
        """Draw the latest test."""
        test = snapshot.range_test
        is_busy = test is not None and not test.state.is_finished
        self._start.disabled = is_busy or snapshot.cannot_train is not None
        self._start.tooltip = retold(snapshot.cannot_train or "") or tr(START_TOOLTIP)
        levels = snapshot.levels
        space = levels[snapshot.level - 1].space if levels else self._space
        if test is not None and (test is not self._drawn[0] or space is not self._drawn[1]):
            self._drawn = (test, space)
            self._draw(test, space)
        self._card.say("" if test is not None and test.rates else tr(FIRST))

    def _draw(self, test: RangeRecord, space: SearchSpace) -> None:
        self._told.value = _told(test)
        known = space[self._name]
        rate = test.suggested if test.state is State.COMPLETE else None
        show(self._use, rate is not None)
        if rate is not None:
            self._value = rate if known.contains(rate) else known.nearest(rate)
            self._use.description = tr("Set {name} to {value}").format(
                name=self._name, value=fmt.text(self._value)
            )
        at = np.log10(np.array(test.rates, np.float64)).astype(np.float32)
        low, high = robust_limits(test.losses, None)
        ticks = even_ticks(low, high)
        show_ticks(self._y_axis, ticks, tick_labels(ticks))
        set_traits(self._y, min=low, max=high)
        first, last = math.log10(test.planned[0]), math.log10(test.planned[-1])
        set_traits(self._x, min=first, max=last)
        decades = range(math.ceil(first - 1e-9), math.floor(last + 1e-9) + 1)
        show_ticks(self._x_axis, decades, [fmt.text(float(f"1e{k}")) for k in decades])
        set_traits(self._dots, x=at, y=np.array(test.losses, np.float32))
        set_traits(self._line, x=at, y=np.array(test.smoothed, np.float32))
        where = [] if rate is None else [math.log10(rate)] * 2
        set_traits(
            self._mark,
            x=np.array(where, np.float32),
            y=np.array([low, high][: len(where)], np.float32),
        )
        self._card.twin.render(test, lambda: _table(self._name, test))


def _told(test: RangeRecord) -> str:
    match test.state:
        case State.WAITING | State.RUNNING:
            return line(tr("Trying learning rates"), "busy")
        case State.FAILED:
            return line(tr("The test failed: {why}").format(why=retold(test.error or "")), "error")
        case State.STOPPED:
            return line(tr("The test was stopped."))
    return line(retold(test.words))


def _table(name: str, test: RangeRecord) -> Table:
    rows = tuple(zip(test.rates, test.losses, test.smoothed, strict=True))
    return Table(
        tr("Loss as the learning rate grows"), (name, tr("loss"), tr("loss, smoothed")), rows
    )
