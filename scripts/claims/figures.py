"""Numbers of the claims' runs, and how they stand in a sentence."""

from __future__ import annotations

import statistics
from collections.abc import Iterable

from tunewidgets.trial import Trial


def values(trials: Iterable[Trial]) -> list[float]:
    """Give the objective of those trials that have one."""
    return [trial.value for trial in trials if trial.value is not None]


def told(numbers: Iterable[float], form: str = ".3f") -> str:
    """Write numbers as their mean and standard deviation: "0.412 ± 0.008"."""
    found = list(numbers)
    if len(found) < 2:
        return f"{found[0]:{form}}" if found else "none"
    return f"{statistics.fmean(found):{form}} ± {statistics.stdev(found):{form}}"
