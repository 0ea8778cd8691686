"""Where values lie on the scale of a hyperparameter: by magnitude where its range spans several."""

from __future__ import annotations

import math
from collections.abc import Iterable

from tunewidgets.distributions import Float, Int, lies_in
from tunewidgets.space import SearchSpace
from tunewidgets.trial import State, Trial

LOG_LIKE = 1000
"""A continuous range whose ends differ by this factor is read by magnitude too."""


def by_magnitude(distribution: Float | Int) -> bool:
    """Whether equal factors, not equal distances, are equal steps for a hyperparameter."""
    return distribution.log or (
        isinstance(distribution, Float)
        and not distribution.step
        and distribution.low > 0
        and distribution.high / distribution.low >= LOG_LIKE
    )


def position(distribution: Float | Int, value: float) -> float:
    """Give the place of a value of the range, from 0 at its low end to 1 at its high end."""
    low, high, at = float(distribution.low), float(distribution.high), float(value)
    if by_magnitude(distribution):
        low, high, at = math.log(low), math.log(high), math.log(at)
    return min(max((at - low) / (high - low), 0.0), 1.0)


def halfway(distribution: Float | Int, one: float, other: float) -> float:
    """Give what lies in the middle of two values of the range."""
    if by_magnitude(distribution):
        return math.sqrt(one) * math.sqrt(other)
    return one / 2 + other / 2


def complete_within(trials: Iterable[Trial], space: SearchSpace) -> list[Trial]:
    """Give the complete trials with a finite value that lie in a space."""
    return [
        trial
        for trial in trials
        if trial.state is State.COMPLETE
        and trial.value is not None
        and math.isfinite(trial.value)
        and all(
            name in trial.params and lies_in(d, trial.params[name]) for name, d in space.items()
        )
    ]


def best_first(trials: Iterable[Trial], direction: str) -> list[Trial]:
    """Sort complete trials, the best first, and of equals the older first."""
    sign = 1 if direction == "minimize" else -1
    return sorted(trials, key=lambda trial: (sign * (trial.value or 0.0), trial.number))
