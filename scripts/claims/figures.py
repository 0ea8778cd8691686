"""Numbers of the claims' runs, and how they stand in a sentence."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable

from tunewidgets.trial import Trial

HUGE = 1e5
"""Losses above this have all but diverged: their digits say nothing."""


def values(trials: Iterable[Trial]) -> list[float]:
    """Give the objective of those trials that have one."""
    return [trial.value for trial in trials if trial.value is not None]


def mean(numbers: Iterable[float]) -> float:
    """Average losses; infinite where there are none, as every run diverged."""
    found = list(numbers)
    return statistics.fmean(found) if found else math.inf


def spread(numbers: Iterable[float]) -> float:
    """Give the standard deviation; 0 for fewer than two, which show none."""
    found = list(numbers)
    return statistics.stdev(found) if len(found) > 1 else 0.0


def is_lower(some: Iterable[float], others: Iterable[float]) -> bool:
    """Whether some numbers are lower on average, by twice the error of the means' difference."""
    ours, theirs = list(some), list(others)
    error = math.hypot(*(spread(side) / math.sqrt(len(side)) for side in (ours, theirs)))
    return mean(theirs) - mean(ours) > 2 * error


def told(numbers: Iterable[float], form: str = ".3f") -> str:
    """Write numbers as their mean and standard deviation: "0.412 ± 0.008"."""
    found = list(numbers)
    if max(found, default=0.0) > HUGE:
        form = ".1e"
    if len(found) < 2:
        return f"{found[0]:{form}}" if found else "none"
    return f"{statistics.fmean(found):{form}} ± {statistics.stdev(found):{form}}"
