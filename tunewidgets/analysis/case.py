"""One run as the rules look at it: its curves turned so that lower is better, and what was set."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from tunewidgets import format as fmt
from tunewidgets.analysis.advice import Adviser
from tunewidgets.analysis.curve import Curve
from tunewidgets.analysis.finding import Advice, Evidence, Finding, Kind
from tunewidgets.language import translate as tr
from tunewidgets.space import SearchSpace
from tunewidgets.trial import Params, Run, State, Trial

LOSS = "loss"


@dataclass(frozen=True, slots=True)
class Case:
    """What a rule may look at.

    Attributes
    ----------
    run
        The run.
    params
        The trial's hyperparameters, as they were given.
    loss
        What was minimised on the training data.
    objective
        What the study is about.
    train
        The objective on the training data; empty where it is not measured there too.
    adviser
        Knows what could be set otherwise.
    """

    run: Run
    params: Params
    loss: Curve
    objective: Curve
    train: Curve
    adviser: Adviser

    @classmethod
    def of(
        cls,
        run: Run,
        trial: Trial,
        space: SearchSpace,
        settings: Params,
        objective: str,
        direction: str,
    ) -> Case:
        """Read a run of a trial; arguments as `diagnose` takes them."""
        sign = 1 if direction == "minimize" else -1
        twin = objective.removeprefix("val_")
        return cls(
            run=run,
            params=trial.params,
            loss=Curve.read(LOSS, run.history.get(LOSS, ())),
            objective=Curve.read(objective, run.history.get(objective, ()), sign),
            train=Curve.read(twin, run.history.get(twin, ()) if twin != objective else (), sign),
            adviser=Adviser(space, {**settings, **trial.params}),
        )

    @property
    def went_through(self) -> bool:
        """Whether it trained all the epochs it was to."""
        asked = self.adviser.training("epochs")
        return self.run.state is State.COMPLETE and asked is not None and self.run.epochs >= asked

    @property
    def warmup_epochs(self) -> int:
        """How many epochs the learning rate was still rising."""
        return self.adviser.training("warmup_epochs") or 0

    @property
    def broke_at(self) -> int | None:
        """The epoch, from 1, in which the run's last figures were no numbers any more."""
        names = [LOSS, self.objective.name] if self.run.state is State.FAILED else [LOSS]
        last = [self.run.history[name][-1] for name in names if self.run.history.get(name)]
        return None if all(map(math.isfinite, last)) else self.run.epochs

    def finding(
        self,
        kind: Kind,
        words: str,
        epochs: tuple[int, int],
        figures: Mapping[str, float],
        advice: Advice | None,
    ) -> Finding:
        """Put a finding together; the evidence's sentence lists the figures."""
        listed = ", ".join(f"{name} {fmt.number(value)}" for name, value in figures.items())
        first, last = epochs
        several = tr("epochs {first} to {last}", first=first, last=last)
        part = tr("epoch {epoch}", epoch=first) if first == last else several
        evidence = Evidence(epochs, dict(figures), f"{part}: {listed}.")
        if advice is None:
            return Finding(kind, words, evidence)
        return Finding(kind, words, evidence, dict(advice.values), advice.button)


def at(curve: Curve, index: int) -> str:
    """Name a value of a curve, as ``val_loss at epoch 12``."""
    return tr("{metric} at epoch {epoch}", metric=curve.name, epoch=curve.epochs[index])
