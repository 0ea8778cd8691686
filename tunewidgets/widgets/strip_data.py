"""What the strips' charts draw of the trials: for each one that has a value, how high it stands.

All strips share it, so it is made once for a snapshot, and only anew once another trial has come
to a value. Heights go from 0 to 1. The worst values, as of runs that diverged, would press the
others flat: they stand at the edge.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunewidgets.snapshot import Snapshot
from tunewidgets.trial import Params

REACH = 4.0
"""How many times as far from the best as the middle trial a value may be to stand inside."""


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """The trials that have a value.

    Attributes
    ----------
    numbers
        Of the trials, ascending.
    params
        Their hyperparameters.
    heights
        Where their values stand, 0 the lowest and 1 the highest, shape (trials,).
    """

    numbers: tuple[int, ...]
    params: tuple[Params, ...]
    heights: NDArray[np.float64]


class PointStore:
    """Makes points from snapshots, and keeps them while no other trial has a value."""

    def __init__(self) -> None:
        self._values: dict[int, float | None] = {}  # of finished trials, which do not change
        self._points = Points((), (), np.zeros(0))

    def points(self, snapshot: Snapshot) -> Points:
        """Make the points; the same ones again while they have not changed."""
        n_before = len(self._values)
        for trial in snapshot.trials:
            if trial.number not in self._values and trial.state.is_finished:
                self._values[trial.number] = trial.value
        if len(self._values) > n_before:
            valued = {n: v for n, v in sorted(self._values.items()) if v is not None}
            if len(valued) > len(self._points.numbers):
                values = np.array(list(valued.values()))
                params = tuple(snapshot.trials[number].params for number in valued)
                is_better_low = snapshot.direction == "minimize"
                self._points = Points(tuple(valued), params, heights(values, is_better_low))
        return self._points


def heights(values: NDArray[np.float64], is_better_low: bool) -> NDArray[np.float64]:
    """Give where values stand between the lowest, 0, and the highest, 1.

    Parameters
    ----------
    values
        Finite or not, shape (trials,).
    is_better_low
        Outliers are cut off on the other side.
    """
    goodness = np.where(np.isfinite(values), -values if is_better_low else values, -np.inf)
    finite = goodness[np.isfinite(goodness)]
    if not finite.size:
        return np.full(values.shape, 1.0 if is_better_low else 0.0)
    best, worst = finite.max(), finite.min()
    middle = np.quantile(finite, 0.5, method="higher")
    least = max(worst, best - REACH * (best - middle)) if middle < best else worst
    span = best - least
    part = np.clip((goodness - least) / span, 0.0, 1.0) if span > 0 else np.full(values.shape, 0.5)
    return 1.0 - part if is_better_low else part
