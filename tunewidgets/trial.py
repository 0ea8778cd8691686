"""Trials and runs: frozen records of what was tried and what came of it.

A trial is one choice of hyperparameters. It has one run, or, under k-fold cross-validation,
k of them; a run is one Keras fit. Nothing here changes in place: the study replaces a record
by a newer one, so whoever holds a record can read it from any thread.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from tunewidgets.scene import Thought

Params = Mapping[str, Any]
"""Hyperparameter name to value."""

History = Mapping[str, tuple[float, ...]]
"""Metric key to one float per epoch, as in ``keras.callbacks.History.history``."""

RunKey = tuple[int, int]
"""What identifies a run in a study: the trial's number and the run's index in the trial."""

PERSON = "person"
"""The origin of a trial that a person asked for; a search's trials carry the search's name."""

IMPORTED = "imported"
"""The origin of a trial that was made elsewhere, and is known here by what came of it."""

NOTHING: History = MappingProxyType({})


class State(StrEnum):
    """Where a run or a trial stands."""

    WAITING = "waiting"
    RUNNING = "running"
    COMPLETE = "complete"
    PRUNED = "pruned"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will come."""
        return self not in (State.WAITING, State.RUNNING)


@dataclass(frozen=True, slots=True)
class Run:
    """One Keras fit of a trial.

    Attributes
    ----------
    trial
        Number of the trial it belongs to.
    index
        0 to k - 1 within the trial.
    fold
        The fold left out of training and scored on, or None without cross-validation.
    seed
        ``keras.utils.set_random_seed(seed)``, then the builder and the fit, gives this run again.
    history
        Metric key to one float per epoch.
    seconds
        Wall time of building and fitting.
    value
        The objective of the weights that the run ended with; None until it is complete.
    error, traceback
        Why it failed, as a sentence, and where, as text.
    engine
        Which path trained it.
    n_weights, summary
        How many numbers its model has, and the layers, one a line; None until it is built.
    goal
        How many epochs it was last asked to have in all; None for what its trial says.
    warning
        What is doubtful about how its model's output, loss and targets go together; None for
        nothing.
    build_seconds, first_epoch_seconds, epochs_seconds
        Wall time of building; of the first epoch, with tracing and compiling; of all epochs.
    thought
        What its model predicted last, for data of one or two columns.
    scores
        What a study's judge says of the model: ``test_<name>`` on the fold left out, and perhaps
        ``train_<name>``; empty without a judge. `error` then tells also of a single score that
        could not be had.
    score_seconds, judge_seconds
        Wall time of the test scores, and of all that the judge did; `seconds` counts both.
    """

    trial: int
    index: int
    seed: int
    fold: int | None = None
    state: State = State.WAITING
    history: History = field(default_factory=lambda: NOTHING)
    seconds: float = 0.0
    value: float | None = None
    error: str | None = None
    traceback: str | None = None
    engine: str | None = None
    n_weights: int | None = None
    summary: str | None = None
    warning: str | None = None
    build_seconds: float = 0.0
    first_epoch_seconds: float = 0.0
    epochs_seconds: float = 0.0
    thought: Thought | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    score_seconds: float = 0.0
    judge_seconds: float = 0.0
    goal: int | None = None

    @property
    def key(self) -> RunKey:
        """The trial's number and the run's index in it."""
        return (self.trial, self.index)

    @property
    def epochs(self) -> int:
        """Number of epochs trained so far."""
        return max(map(len, self.history.values()), default=0)


@dataclass(frozen=True, slots=True)
class Trial:
    """One choice of hyperparameters and its runs.

    Attributes
    ----------
    number
        Position in the study, from 0.
    params
        Hyperparameter name to value.
    origin
        ``"person"``, the name of the search that proposed it, or ``"imported"``.
    level
        Number of the level (search space) it was made in, from 1.
    runs
        One run, or one a fold.
    """

    number: int
    params: Params
    origin: str = PERSON
    level: int = 1
    runs: tuple[Run, ...] = field(default=())

    @property
    def folds(self) -> int | None:
        """Number of folds, or None without cross-validation."""
        return len(self.runs) if self.runs and self.runs[0].fold is not None else None

    @property
    def state(self) -> State:
        """FAILED or STOPPED or PRUNED when any finished run is, else the least advanced one's."""
        if len(self.runs) == 1:  # as what follows, but asked a thousand times a drawing
            return self.runs[0].state
        states = {run.state for run in self.runs}
        if all(state.is_finished for state in states):
            for state in (State.FAILED, State.STOPPED, State.PRUNED):
                if state in states:
                    return state
            return State.COMPLETE
        return State.WAITING if states == {State.WAITING} else State.RUNNING

    @property
    def value(self) -> float | None:
        """Mean objective over the runs, once all are complete; None before and otherwise."""
        if len(self.runs) == 1:
            return self.runs[0].value if self.runs[0].state is State.COMPLETE else None
        values = [run.value for run in self.runs if run.value is not None]
        if not values or len(values) < len(self.runs) or self.state is not State.COMPLETE:
            return None
        return math.fsum(values) / len(values)

    @property
    def epochs(self) -> int:
        """Number of epochs trained so far, over all runs."""
        return sum(run.epochs for run in self.runs)

    @property
    def seconds(self) -> float:
        """Wall time spent in all runs."""
        return math.fsum(run.seconds for run in self.runs)

    @property
    def error(self) -> str | None:
        """The first failed run's reason."""
        return next((run.error for run in self.runs if run.error), None)


def seed_of(study_seed: int, key: RunKey) -> int:
    """Derive a run's seed from its study's, so that runs differ and can be had again."""
    import numpy as np

    return int(np.random.SeedSequence(study_seed, spawn_key=key).generate_state(1)[0])
