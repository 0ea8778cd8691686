"""Where a hyperparameter's values lie between 0 and 1, and which of them an axis labels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tunewidgets import format as fmt
from tunewidgets.distributions import Categorical, Distribution
from tunewidgets.values import is_number
from tunewidgets.widgets.inputs import is_log
from tunewidgets.widgets.limits import even_ticks, log_ticks, tick_labels

FEW = 5
"""So many ticks at most label an axis of numbers."""

MOST = 12
"""So many labels at most an axis of choices."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """The axis of one hyperparameter.

    Attributes
    ----------
    name
        Of the hyperparameter.
    choices
        Choices, as ``repr`` writes them, to their places; empty for a number.
    words
        How the choices are labelled.
    low, high
        Ends of a number's axis: logarithms on a logarithmic one.
    is_log
        Whether the axis is logarithmic.
    is_int
        Whether only whole numbers lie on it.
    """

    name: str
    choices: Mapping[str, float]
    words: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    is_log: bool = False
    is_int: bool = False

    def place(self, value: Any) -> float:
        """Give a value's place from 0 to 1; NaN where it has none."""
        if self.choices:
            return self.choices.get(repr(value), math.nan)
        if not is_number(value) or (self.is_log and value <= 0):
            return math.nan
        at = math.log10(value) if self.is_log else float(value)
        return (at - self.low) / (self.high - self.low)

    def value(self, place: float) -> float:
        """Give the number at a place."""
        at = self.low + place * (self.high - self.low)
        return float(10**at) if self.is_log else at

    def ticks(self) -> list[tuple[float, str]]:
        """Give places to label, with their words."""
        if self.choices:
            pairs = list(zip(self.choices.values(), self.words, strict=True))
            return pairs[:: max(1, math.ceil(len(pairs) / MOST))]
        ends = self.value(0.0), self.value(1.0)
        found = log_ticks(ends) if self.is_log else even_ticks(*ends)
        found = found[:: max(1, math.ceil(len(found) / FEW))]
        return [(self.place(tick), word) for tick, word in zip(found, tick_labels(found),
                                                             strict=True)]  # fmt: skip


def make_gauge(name: str, values: Sequence[Any], distribution: Distribution | None) -> Gauge:
    """Make the axis that suits the values tried.

    Parameters
    ----------
    name
        Of the hyperparameter.
    values
        All that trials had, one at least.
    distribution
        What the space says of it; None where it is not in the space.
    """
    numbers = [float(value) for value in values if is_number(value)]
    declared = distribution.choices if isinstance(distribution, Categorical) else ()
    if isinstance(distribution, Categorical) or len(numbers) < len(values):
        known = {repr(choice): choice for choice in (*declared, *values)}
        places = {text: (i + 0.5) / len(known) for i, text in enumerate(known)}
        return Gauge(name, places, tuple(fmt.labels(known.values())))
    low, high = min(numbers), max(numbers)
    is_geometric = distribution is not None and is_log(distribution) and low > 0
    if is_geometric:
        low, high = math.log10(low), math.log10(high)
    if low == high:
        half = 0.5 if is_geometric else 0.5 * abs(low) or 0.5
        low, high = low - half, high + half
    is_int = all(isinstance(value, int) for value in values)
    return Gauge(name, {}, (), low, high, is_geometric, is_int)


def make_gauges(
    names: Sequence[str], rows: Sequence[Mapping[str, Any]], space: Mapping[str, Distribution]
) -> list[Gauge]:
    """Make the axes of several hyperparameters, of those that any row has."""
    columns = {name: [row[name] for row in rows if name in row] for name in names}
    return [make_gauge(name, values, space.get(name)) for name, values in columns.items() if values]
