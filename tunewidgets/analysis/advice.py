"""From what a rule wants changed to values that can be set: only names that the study knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tunewidgets import format as fmt
from tunewidgets.analysis.finding import Advice
from tunewidgets.distributions import Categorical
from tunewidgets.language import translate as tr
from tunewidgets.space import SearchSpace
from tunewidgets.trial import Params
from tunewidgets.values import is_integer, is_number

KERAS_BATCH = 32
"""Keras's own batch size, where none is given."""

_RATES = ("learning_rate", "lr", "eta", "eta0")
_LEAST_FACTOR = 1.5  # a change by less is not worth a button


@dataclass(frozen=True, slots=True)
class Adviser:
    """Knows what was set in a trial, and what could be set otherwise.

    Attributes
    ----------
    space
        What can be set, beside the training hyperparameters.
    values
        The trial's hyperparameters and the study's training settings.
    """

    space: SearchSpace
    values: Params

    @property
    def batch_size(self) -> int:
        """Samples a batch."""
        given: Any = self.values.get("batch_size")
        return int(given) if self._can_set("batch_size") and is_number(given) else KERAS_BATCH

    def training(self, name: str) -> int | None:
        """Look a training hyperparameter up; None where it is not set, or not the training's."""
        given: Any = self.values.get(name)
        return int(given) if self.space.is_training(name) and is_number(given) else None

    @property
    def rate_name(self) -> str | None:
        """The hyperparameter that is the learning rate, if there is one."""
        for name in self.space:
            low = name.lower()
            if low in _RATES or low.endswith(("_learning_rate", "_lr")):
                return name
        return None

    def other_rate(self, factor: float) -> Advice | None:
        """Advise a learning rate of so many times the present one."""
        name = self.rate_name
        return None if name is None else self._scaled(name, self.values.get(name), factor)

    def smaller_batch(self) -> Advice | None:
        """Advise a quarter of the batch."""
        if not self._can_set("batch_size"):
            return None
        return self._scaled("batch_size", self.batch_size, 0.25)

    def warm_up(self, n_epochs: int) -> Advice | None:
        """Advise a warm-up where there is none."""
        return None if self.values.get("warmup_epochs") else self._set("warmup_epochs", n_epochs)

    def stop_early(self, patience: int) -> Advice | None:
        """Advise early stopping where there is none."""
        if self.values.get("patience"):
            return None
        advice = self._set("patience", patience)
        return advice and Advice(
            advice.values, tr("Stop early ({values})", values=fmt.params(advice.values))
        )

    def more_epochs(self) -> Advice | None:
        """Advise half as many epochs again."""
        now = self.training("epochs") or 0
        advice = self._set("epochs", now + max(5, 5 * round(now / 10)))
        if advice is None or advice.values["epochs"] <= now:
            return None
        return Advice(advice.values, tr("{n} more epochs", n=advice.values["epochs"] - now))

    def _can_set(self, name: str) -> bool:
        return name in self.space or self.space.is_training(name)

    def _set(self, name: str, value: int) -> Advice | None:
        """Advise a value of a training hyperparameter, or what its range has nearest to it."""
        if not self.space.is_training(name):
            return None
        if name in self.space:
            value = self.space[name].nearest(value)
        return _use(name, value) if value else None

    def _scaled(self, name: str, now: Any, factor: float) -> Advice | None:
        """Advise a value of so many times the present one, or what comes nearest to that."""
        if not is_number(now) or now <= 0:
            return None
        aim = now * factor if is_integer(now) else float(f"{now * factor:.2g}")
        value = self._nearest(name, aim, now) if name in self.space else max(1, round(aim))
        is_far = value >= _LEAST_FACTOR * now if factor > 1 else 0 < value <= now / _LEAST_FACTOR
        return _use(name, value) if is_far else None

    def _nearest(self, name: str, aim: float, now: Any) -> Any:
        distribution = self.space[name]
        if not isinstance(distribution, Categorical):
            return distribution.nearest(aim)
        numbers = [choice for choice in distribution.choices if is_number(choice) and choice > 0]
        return min(numbers, key=lambda choice: max(choice / aim, aim / choice), default=now)


def _use(name: str, value: Any) -> Advice:
    values = {name: value}
    return Advice(values, tr("Use {values}", values=fmt.params(values)))
