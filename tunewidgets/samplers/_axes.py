"""How Optuna sees a hyperparameter: which distribution, and what its values are called there.

Ranges are what they are. Values spread by quantiles become probabilities from 0 to 1, so that
what is drawn evenly there keeps the prior. Choices become their positions, since to Optuna 1, 1.0
and True are one; where they are rising numbers (16, 32, 64) the positions are integers, so
that neighbours are known as such.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tunewidgets.distributions import Categorical, Distribution, Float, Int
from tunewidgets.values import is_number

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution


@dataclass(frozen=True, slots=True)
class Axis:
    """One hyperparameter on Optuna's side.

    Attributes
    ----------
    scale
        Optuna's distribution.
    write, read
        From the hyperparameter's value to Optuna's, and back. What lies between two members
        is written as the nearest.
    """

    scale: BaseDistribution
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def axis_of(distribution: Distribution) -> Axis | None:
    """Make the axis of a hyperparameter; None where it has one value only."""
    if isinstance(distribution, Categorical):
        return _choices(distribution) if distribution.size > 1 else None
    return _probabilities(distribution) if distribution.quantiles else _numbers(distribution)


def _choices(distribution: Categorical) -> Axis:
    from optuna.distributions import CategoricalDistribution, IntDistribution

    choices = distribution.choices
    last = len(choices) - 1
    are_rising = all(map(is_number, choices)) and all(a < b for a, b in pairwise(choices))
    scale: BaseDistribution = (
        IntDistribution(0, last) if are_rising else CategoricalDistribution(range(last + 1))
    )
    return Axis(scale, distribution.position, choices.__getitem__)


def _numbers(distribution: Float | Int) -> Axis:
    from optuna.distributions import FloatDistribution, IntDistribution

    low, high, log = distribution.low, distribution.nearest(distribution.high), distribution.log
    scale: BaseDistribution
    if isinstance(distribution, Int):
        scale = IntDistribution(int(low), int(high), log=log, step=distribution.step)
    else:
        scale = FloatDistribution(low, high, log=log, step=distribution.step)
    return Axis(scale, distribution.nearest, distribution.nearest)


def _probabilities(distribution: Float | Int) -> Axis:
    from optuna.distributions import FloatDistribution

    half = (distribution.step or 0) / 2
    table = distribution.quantiles

    def share_below(value: Any) -> float:
        """Give the middle of what `at` reads as this value."""
        least = _inverse(table, value - half, bisect_left)
        return (least + _inverse(table, value + half, bisect_right)) / 2

    return Axis(FloatDistribution(0, 1), share_below, distribution.at)


def _inverse(
    table: Sequence[float], value: float, side: Callable[[Sequence[float], float], int]
) -> float:
    """Find a value in a quantile function: on a flat stretch, the end on the side asked for."""
    entry, last = side(table, value), len(table) - 1
    if entry == 0 or entry > last:
        return float(entry > 0)
    below, above = table[entry - 1], table[entry]
    return (entry - 1 + (value - below) / (above - below)) / last
