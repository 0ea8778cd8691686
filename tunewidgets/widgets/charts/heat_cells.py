"""From trials to the cells of a heat map: of a grid the values themselves, else bins and means."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunewidgets import format as fmt
from tunewidgets.language import translate as tr
from tunewidgets.values import is_number
from tunewidgets.widgets.charts.gauges import Gauge
from tunewidgets.widgets.charts.outcomes import Outcome
from tunewidgets.widgets.limits import Limits

MOST = 12
"""So many different values at most get a row or column each."""

BINS = 10


@dataclass(frozen=True, slots=True)
class Side:
    """How one side of the heat map is cut; its cells are numbered from 0.

    Attributes
    ----------
    gauge
        Of the hyperparameter.
    members
        Values with a cell each, as ``repr`` writes them, in order; empty for bins.
    words
        What the cells are called.
    """

    gauge: Gauge
    members: tuple[str, ...]
    words: tuple[str, ...]

    @property
    def n(self) -> int:
        """How many cells there are."""
        return len(self.words)

    def at(self, value: Any) -> float:
        """Give a value's place in cells, from 0 to `n`; NaN for none."""
        if self.members:
            return self.members.index(key) + 0.5 if (key := repr(value)) in self.members else np.nan
        return self.gauge.place(value) * self.n

    def ticks(self) -> list[tuple[float, str]]:
        """Give places to label, with their words: the cells', or round numbers between bins."""
        if self.members:
            return [(i + 0.5, word) for i, word in enumerate(self.words)]
        return [(place * self.n, word) for place, word in self.gauge.ticks()]


def side(gauge: Gauge, values: Sequence[Any]) -> Side:
    """Cut a side so that it suits the values tried."""
    known = {repr(value): value for value in values}
    if gauge.choices:
        return Side(gauge, tuple(gauge.choices), gauge.words)
    if len(known) <= MOST and all(map(is_number, known.values())):
        members = sorted(known, key=lambda key: known[key])
        return Side(gauge, tuple(members), tuple(fmt.labels(known[key] for key in members)))
    edges = [gauge.value(i / BINS) for i in range(BINS + 1)]
    words = [fmt.number(float(f"{edge:.3g}")) for edge in edges]
    return Side(gauge, (), tuple(tr("{low} to {high}", low=a, high=b) for a, b in pairwise(words)))


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """A filled heat map.

    Attributes
    ----------
    across, up
        Its sides.
    means
        Mean value of each cell's trials, NaN where there are none, shape (up, across).
    members
        Row and column to the cell's trials.
    """

    across: Side
    up: Side
    means: NDArray[np.float32]
    members: dict[tuple[int, int], list[Outcome]]

    @property
    def is_binned(self) -> bool:
        """Whether a cell stands for a range of values."""
        return not (self.across.members and self.up.members)


def fill(across: Side, up: Side, outcomes: Sequence[Outcome], limits: Limits) -> Cells:
    """Put trials that have a value into their cells.

    A trial that diverged counts as the end of the limits, lest it be all that its cell tells.
    """
    members: dict[tuple[int, int], list[Outcome]] = {}
    for outcome in outcomes:
        x, y = place(across, up, outcome)
        if not (math.isnan(x) or math.isnan(y)):
            cell = min(int(y), up.n - 1), min(int(x), across.n - 1)
            members.setdefault(cell, []).append(outcome)
    means = np.full((up.n, across.n), np.nan, np.float32)
    for cell, inside in members.items():
        values = [outcome.value for outcome in inside if outcome.value is not None]
        means[cell] = np.clip(values, *limits).mean()
    return Cells(across, up, means, members)


def place(across: Side, up: Side, outcome: Outcome) -> tuple[float, float]:
    """Give a trial's coordinates in cells; NaN where it lacks a hyperparameter."""
    return _at(across, outcome), _at(up, outcome)


def _at(one: Side, outcome: Outcome) -> float:
    name = one.gauge.name
    return one.at(outcome.params[name]) if name in outcome.params else math.nan


def spread(cells: Cells) -> dict[int, tuple[float, float]]:
    """Give every trial's dot a place of its own: those of one place stand around its middle."""
    taken: dict[tuple[float, float], int] = {}
    found = {}
    for inside in cells.members.values():
        for outcome in inside:
            x, y = place(cells.across, cells.up, outcome)
            turn = taken.get((x, y), 0)
            taken[x, y] = turn + 1
            # A sunflower's seeds: evenly spread, whatever their number.
            reach, angle = min(0.42, 0.07 * math.sqrt(turn)), 2.4 * turn
            found[outcome.number] = (x + reach * math.cos(angle), y + reach * math.sin(angle))
    return found
