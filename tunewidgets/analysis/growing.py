"""Growing one hyperparameter: what training and validation do, and where overfitting starts.

The lecture's rule is to grow a network until it overfits, and to take one step back. Seen in the
figures, that is where validation is worse than at its best by more than chance, while the training
data is fitted at least as well as there.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tunewidgets.snapshot import Direction
from tunewidgets.trial import State, Trial

SPREADS = 2.0
"""Standard errors of a difference that chance is given."""


@dataclass(frozen=True, slots=True)
class Point:
    """What came of one value of the hyperparameter that grows.

    Attributes
    ----------
    value
        The hyperparameter's.
    valid, train
        The objective of each trial there, over validation and over training data; of training
        those that report it.
    n_diverged
        Trials there that failed.
    """

    value: Any
    valid: tuple[float, ...]
    train: tuple[float, ...]
    n_diverged: int = 0

    @property
    def mean_valid(self) -> float:
        """Mean over the trials; NaN where none has a value."""
        return _mean(self.valid)

    @property
    def mean_train(self) -> float:
        """Mean over the trials; NaN where none has a value."""
        return _mean(self.train)


def grown(trials: Sequence[Trial], name: str, objective: str) -> tuple[Point, ...]:
    """Gather trials by the value of one hyperparameter, in the order of the values.

    Parameters
    ----------
    trials
        Those that differ in this alone.
    name
        The hyperparameter's.
    objective
        The metric key over validation data; that over training data is the same without
        ``val_``.
    """
    groups: dict[Any, list[Trial]] = {}
    for trial in trials:
        if name in trial.params:
            groups.setdefault(trial.params[name], []).append(trial)
    is_ordered = all(isinstance(value, int | float) for value in groups)
    order = sorted(groups) if is_ordered else list(groups)
    return tuple(_point(value, groups[value], objective) for value in order)


def overfitting_from(points: Sequence[Point], direction: Direction) -> Any | None:
    """Give the first value from which on the model overfits, or None where none does.

    Validation must be worse than at its best by more than `SPREADS` standard errors of the
    difference (over both values' repeats), and training at least as good.
    """
    sign = 1 if direction == "minimize" else -1
    known = [point for point in points if len(point.valid) > 1 and point.train]
    if not known:
        return None
    best = min(known, key=lambda point: sign * point.mean_valid)
    for point in known[known.index(best) + 1 :]:
        chance = SPREADS * math.hypot(_standard_error(best.valid), _standard_error(point.valid))
        is_worse = sign * (point.mean_valid - best.mean_valid) > chance
        if is_worse and sign * (point.mean_train - best.mean_train) <= 0:
            return point.value
    return None


def _point(value: Any, trials: Sequence[Trial], objective: str) -> Point:
    complete = [trial for trial in trials if trial.value is not None]
    over_training = objective.removeprefix("val_")
    ends = [
        [run.history[over_training][-1] for run in trial.runs if run.history.get(over_training)]
        for trial in complete
    ]
    return Point(
        value,
        tuple(trial.value for trial in complete if trial.value is not None),
        tuple(math.fsum(end) / len(end) for end in ends if end),
        sum(trial.state is State.FAILED for trial in trials),
    )


def _mean(values: Sequence[float]) -> float:
    return statistics.fmean(values) if values else math.nan


def _standard_error(values: Sequence[float]) -> float:
    return statistics.stdev(values) / math.sqrt(len(values))
