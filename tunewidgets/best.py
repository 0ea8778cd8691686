"""Which trial is the best, known without looking through all of them whenever one ends."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence

from tunewidgets.trial import Trial


class Best:
    """The best of a study's trials, or of some kind of them.

    Parameters
    ----------
    trials
        The study's, by number; the study changes it.
    is_least
        Whether the smaller value is the better.
    lock
        Held while the trials change.
    counts
        Which trials count.
    """

    def __init__(
        self,
        trials: Sequence[Trial],
        is_least: bool,
        lock: threading.Condition,
        counts: Callable[[Trial], bool] = lambda _: True,
    ) -> None:
        self._trials = trials
        self._sign = 1 if is_least else -1
        self._lock = lock
        self._counts = counts
        self._place: tuple[float, int | None] = (math.inf, None)
        self._is_known = False

    @property
    def number(self) -> int | None:
        """The best trial's number, of equal ones the first's; None where none has a value."""
        return self._found()[1]

    @property
    def value(self) -> float:
        """Its value, or the worst that there can be."""
        return self._sign * self._found()[0]

    def is_beaten_by(self, value: float) -> bool:
        """Whether a value is better than the best trial's."""
        return self._sign * value < self._found()[0]

    def take(self, trial: Trial) -> None:
        """Hear of a trial that is new, or that has changed."""
        if trial.number == self._place[1]:
            self._is_known = False  # it may have become worse, as one that trains on
        elif self._is_known:
            self._compare(trial)

    def _found(self) -> tuple[float, int | None]:
        with self._lock:
            if not self._is_known:
                self._place, self._is_known = (math.inf, None), True
                for trial in self._trials:
                    self._compare(trial)
            return self._place

    def _compare(self, trial: Trial) -> None:
        value = trial.value
        if value is not None and self._counts(trial):
            own = self._sign * value
            best, number = self._place
            if number is None or (own, trial.number) < (best, number):
                self._place = own, trial.number
