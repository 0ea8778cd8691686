"""Keras callbacks of our own: report each epoch, and stop when asked."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tunewidgets.errors import ObjectiveError
from tunewidgets.retelling import stated

Report = Callable[[Mapping[str, float]], None]

MOST = 20
"""What a metric reports in more numbers than these is no curve."""


class Watch:
    """Follows one fit: what it reported, and why it was ended early, if it was.

    Parameters
    ----------
    report
        Receives each epoch's metrics.
    should_stop
        Asked at the end of each epoch.
    objective
        The metric key that must be reported, or None where the value comes from elsewhere.
    """

    def __init__(
        self, report: Report, should_stop: Callable[[], bool], objective: str | None
    ) -> None:
        self._report = report
        self._should_stop = should_stop
        self._objective = objective
        self.last: dict[str, float] = {}
        self.history: dict[str, list[float]] = {}
        self.n_trained = 0
        self.n_epochs = 0
        self.first_at: float | None = None
        self.last_at: float | None = None
        self.was_stopped = False
        self.diverged: str | None = None

    def replay(self, history: Mapping[str, Sequence[float]], *, is_told: bool) -> None:
        """Report the epochs of an earlier attempt, unless they were told of already."""
        n_epochs = max(map(len, history.values()), default=0)
        for epoch in range(n_epochs):
            values = {name: its[epoch] for name, its in history.items()}
            self.last = {key: value for key, value in values.items() if not math.isnan(value)}
            self._remember()
            if not is_told:
                self._report(values)

    def _remember(self) -> None:
        blank = [math.nan] * self.n_epochs
        for name in self.last.keys() - self.history.keys():
            self.history[name] = list(blank)
        for name, values in self.history.items():
            values.append(self.last.get(name, math.nan))
        self.n_epochs += 1

    def epoch_ended(self, model: Any, logs: Mapping[str, Any]) -> None:
        """Report an epoch, and end the fit where going on makes no sense."""
        self.last = numbers_of(logs)
        self._remember()
        self.n_trained += 1
        self.last_at = time.perf_counter()
        self.first_at = self.first_at or self.last_at
        self._report(self.last)
        if self._objective is not None and self.n_trained == 1:
            check_objective(self._objective, self.last)
        if not math.isfinite(self.last.get("loss", 0.0)):
            self.diverged = stated(
                "The loss became {loss} in epoch {epoch}: the training diverged. Try a smaller "
                "learning rate, or look for NaN in the data.",
                loss=self.last["loss"],
                epoch=self.n_epochs,
            )
            model.stop_training = True
        elif self._should_stop():
            self.was_stopped = True
            model.stop_training = True


def check_objective(objective: str, reported: Mapping[str, float]) -> None:
    """Raise an `ObjectiveError` that lists what the model does report."""
    if objective not in reported:
        raise ObjectiveError(
            stated(
                "The objective must be a metric that the model reports, but it does not report "
                "'{objective}': choose one of {names}.",
                objective=objective,
                names=", ".join(reported),
            )
        )


def reporting(watch: Watch) -> Any:
    """Make the callback that tells a watch; it must stand behind those whose logs it is to see."""
    import keras

    class Reporting(keras.callbacks.Callback):  # type: ignore[misc]
        only_listens = True  # so that epochs may end together before it is told of them

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
            watch.epoch_ended(self.model, logs or {})

    return Reporting()


def taking_apart() -> Any:
    """Make a callback that adds `numbers_of` the logs to them, for those that stand behind it."""
    import keras

    class TakingApart(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
            logs.update(numbers_of(logs))

    return TakingApart()


def numbers_of(logs: Mapping[str, Any]) -> dict[str, float]:
    """Give the numbers that metrics report.

    What is an array of a few, as ``keras.metrics.F1Score`` without an average reports one for each
    class, is told of by its numbers: ``f1_score[0]``, ``f1_score[1]``.
    """
    told: dict[str, float] = {}
    for name, value in logs.items():
        try:
            array = np.asarray([] if value is None else value, np.float64)
        except (TypeError, ValueError):
            continue
        if array.size > MOST:
            continue
        for index, number in np.ndenumerate(array):
            place = "" if array.size == 1 else f"[{', '.join(map(str, index))}]"
            told[name + place] = float(number)
    return told
