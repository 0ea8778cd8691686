"""From trials to the lines of a parallel-coordinates chart: one axis each, from 0 to 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunewidgets.widgets.charts.gauges import Gauge
from tunewidgets.widgets.charts.outcomes import Outcome
from tunewidgets.widgets.limits import Limits, even_ticks, tick_labels

LETTERS = 100
"""So many stand side by side at all axes on a page of usual width; long choices are shortened."""

LEAST_LETTERS = 6

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Frame:
    """The axes, from left to right: the hyperparameters, and last the value.

    Attributes
    ----------
    gauges
        Of the hyperparameters.
    objective
        Name of the value.
    limits
        Ends of the value's axis; what lies beyond stands at its end.
    """

    gauges: tuple[Gauge, ...]
    objective: str
    limits: Limits

    @property
    def names(self) -> tuple[str, ...]:
        """What the axes are called."""
        return (*(gauge.name for gauge in self.gauges), self.objective)

    @property
    def rulers(self) -> tuple[Gauge, ...]:
        """What the axes measure, the value's too."""
        return (*self.gauges, Gauge(self.objective, {}, (), *self.limits))

    def heights(self, outcome: Outcome) -> Floats:
        """Give where a trial crosses each axis, NaN for nowhere."""
        low, high = self.limits
        value = math.nan if outcome.value is None else (outcome.value - low) / (high - low)
        places = [
            gauge.place(outcome.params[gauge.name]) if gauge.name in outcome.params else math.nan
            for gauge in self.gauges
        ]
        return np.array([*places, min(max(value, 0.0), 1.0)], np.float32)

    def ticks(self) -> list[tuple[int, float, str]]:
        """Give what is written at the axes: which axis, height, words."""
        room = max(LEAST_LETTERS, LETTERS // len(self.names))
        found = [
            (i, at, word if len(word) <= room else f"{word[: room - 1]}…")
            for i, gauge in enumerate(self.gauges)
            for at, word in gauge.ticks()
        ]
        low, high = self.limits
        ticks = even_ticks(low, high)[::2]
        last = len(self.gauges)
        words = zip(ticks, tick_labels(ticks), strict=True)
        return [*found, *((last, (tick - low) / (high - low), word) for tick, word in words)]


def joined(rows: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Put lines into one, broken by NaN between them and where an axis is not crossed."""
    if not rows:
        empty = np.zeros(0, np.float32)
        return empty, empty
    n = len(rows[0])
    y = np.full((len(rows), n + 1), np.nan, np.float32)
    y[:, :n] = rows
    x = np.tile(np.arange(n + 1, dtype=np.float32), len(rows))
    return x[:-1], y.ravel()[:-1]


def crossed(frame: Frame, x: Limits) -> range:
    """Give the axes between the left and right end of a brush, or else the nearest one."""
    first, last = math.ceil(min(x)), math.floor(max(x))
    if first > last:
        first = last = round(sum(x) / 2)
    return range(max(first, 0), min(last, len(frame.names) - 1) + 1)


def caught(outcomes: Sequence[Outcome], frame: Frame, x: Limits, y: Limits) -> tuple[int, ...]:
    """Give the trials whose lines cross an axis inside a brush.

    Parameters
    ----------
    outcomes
        The trials drawn.
    frame
        The axes.
    x
        The brush's left and right ends, see `crossed`.
    y
        Its lower and upper ends.
    """
    axes = crossed(frame, x)
    low, high = min(y), max(y)
    inside = []
    for outcome in outcomes:
        heights = frame.heights(outcome)
        if axes and all(low <= heights[axis] <= high for axis in axes):
            inside.append(outcome.number)
    return tuple(inside)
