"""Where a hyperparameter's values lie on its strip's chart, and which of them a brush covers.

The chart shares its axis with the range control beneath it, so brush and handles stand on one
line. Both move over *stops*, which are counted from 0: the members of a range with a step, round
numbers of a continuous one, the columns of choices. A place between two stops is a fraction.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunewidgets.distributions import Categorical, Float, Int
from tunewidgets.values import is_number
from tunewidgets.widgets.commands import Bounds
from tunewidgets.widgets.inputs import is_log, nice_step

Places = NDArray[np.float64]
Span = tuple[float, float]

GRID = 61
SLACK = 1e-6
"""How far, in stops, rounding may carry a place off."""


class NumberAxis:
    """The axis of a number.

    Parameters
    ----------
    distribution
        Its stops lie evenly between the ends, or geometrically where that suits it.

    Attributes
    ----------
    stops
        The values at the stops of a geometric axis; None for even ones.
    ends
        The places at which the chart begins and ends.
    """

    def __init__(self, distribution: Float | Int) -> None:
        self._low, self._high = distribution.low, distribution.high
        self._is_int = isinstance(distribution, Int)
        # Between the members of a range there is nothing to be brushed.
        self._has_members = distribution.step is not None
        self._step = distribution.step or nice_step(self._low, self._high)
        self.stops = geometric_grid(distribution) if is_log(distribution) else None
        self.ends: Span = (0.0, float(self.places([self._high])[0]))

    def places(self, values: Sequence[Any]) -> Places:
        """Give the place of each value; NaN for what is no number or lies outside."""
        found = np.array([v if is_number(v) else np.nan for v in values], np.float64)
        is_inside = (found >= self._low) & (found <= self._high)
        found[~is_inside] = np.nan
        if self.stops is None:
            return (found - self._low) / self._step
        at = np.log(np.array(self.stops, np.float64))
        return np.interp(np.log(found), at, np.arange(len(at)))

    def at(self, stop: int) -> Any:
        """Give the value at a stop; beyond the last one, the upper end."""
        if self.stops is not None:
            return self.stops[stop]
        value = min(self._low + stop * self._step, self._high)
        return int(value) if self._is_int else float(f"{value:.12g}")

    def outward(self, bounds: Bounds | None) -> tuple[int, int]:
        """Give the stops that hold a range, the nearest ones at or beyond its ends."""
        if bounds is None:
            return 0, math.ceil(self.ends[1] - SLACK)
        clipped = [min(max(value, self._low), self._high) for value in bounds]
        first, last = self.places([clipped[0], clipped[-1]])
        return math.floor(first + SLACK), math.ceil(last - SLACK)

    def span(self, bounds: Bounds | None) -> Span | None:
        """Give what a brush covers for a range: members as a whole, half a step on each side."""
        if bounds is None:
            return None
        first, last = self.places([bounds[0], bounds[-1]])
        half = 0.5 if self._has_members or first == last else 0.0
        return max(first - half, 0.0), min(last + half, self.ends[1])

    def bounds(self, span: Span | None) -> Bounds | None:
        """Give the range that a brush chooses: the members that it covers, or the nearest stops.

        A brush narrower than that gets one member, or the stops around it.
        """
        if span is None:
            return None
        if self._has_members:  # the upper end need not be one
            top = math.floor(self.ends[1] + SLACK)
            first, last = math.ceil(span[0] - SLACK), math.floor(span[1] + SLACK)
            if first > last:
                first = last = round((span[0] + span[1]) / 2)
            first, last = max(first, 0), min(last, top)
        else:
            top = math.ceil(self.ends[1] - SLACK)
            first = min(round(span[0]), top - 1)
            last = top if span[1] >= self.ends[1] - SLACK else min(round(span[1]), top)
            if first >= last:
                first = min(math.floor(span[0]), top - 1)
                last = first + 1
        if (first, last) == (0, top):
            return None
        low, high = self.at(first), self.at(last)
        return (low,) if low == high else (low, high)


class ChoiceAxis:
    """The axis of choices: a column each, a stop wide.

    Attributes
    ----------
    ends
        The places at which the chart begins and ends.
    """

    def __init__(self, distribution: Categorical) -> None:
        self._distribution = distribution
        self._position = {repr(choice): i for i, choice in enumerate(distribution.choices)}
        self._column: dict[str, float] = {}  # of every value asked for so far
        self.ends: Span = (-0.5, len(distribution.choices) - 0.5)

    def places(self, values: Sequence[Any]) -> Places:
        """Give the column of each value; NaN for what is no choice."""
        among, keys = self._distribution, list(map(repr, values))
        for key, value in zip(keys, values, strict=True):
            if key not in self._column:
                name = repr(among.nearest(value)) if among.contains(value) else ""
                self._column[key] = self._position.get(name, np.nan)
        return np.array([self._column[key] for key in keys], np.float64)

    def span(self, bounds: Bounds | None) -> Span | None:
        """Give what a brush covers for some of the choices; None unless they are neighbours."""
        if bounds is None:
            return None
        columns = sorted(int(place) for place in self.places(bounds))
        if columns[-1] - columns[0] >= len(columns):
            return None
        return columns[0] - 0.5, columns[-1] + 0.5

    def bounds(self, span: Span | None) -> Bounds | None:
        """Give the choices that a brush touches; None for all of them."""
        choices = self._distribution.choices
        if span is None:
            return None
        first = max(0, round(span[0] + SLACK))
        last = min(len(choices) - 1, round(span[1] - SLACK))
        return None if last - first == len(choices) - 1 else choices[first : last + 1]


Axis = NumberAxis | ChoiceAxis


def geometric_grid(distribution: Float | Int) -> list[float] | list[int]:
    """Give the stops of a log range: geometric, two digits in the middle, exact at the ends."""
    low, high = distribution.low, distribution.high
    ratio = math.log(high / low)
    inner = [low * math.exp(ratio * i / (GRID - 1)) for i in range(1, GRID - 1)]
    if isinstance(distribution, Int):
        offsets = {round((point - low) / distribution.step) for point in inner}
        members = {low + offset * distribution.step for offset in offsets}
        return sorted({low, high} | {m for m in members if low < m < high})
    rounded = {float(f"{point:.1e}") for point in inner}
    if len(rounded) < len(inner) // 2:
        rounded = set(inner)
    return sorted({low, high} | {point for point in rounded if low < point < high})
