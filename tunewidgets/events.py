"""What a worker tells the study about a run, in order: started, built, epochs ended, ended.

Among the epochs, where the data have one or two columns, it tells what the model predicts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tunewidgets.scene import Thought
from tunewidgets.trial import RunKey, State


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A worker took the run up; whatever an earlier attempt at it reported is void."""

    key: RunKey


@dataclass(frozen=True, slots=True)
class ModelBuilt:
    """The run has its model; told again where the model had to be built again.

    Attributes
    ----------
    key
        Which run.
    n_weights
        How many numbers the model has; None where only the first epoch tells.
    summary
        Its layers, one a line.
    seconds
        Wall time of building.
    warning
        What is doubtful about its output, loss and targets, as a sentence; None for nothing.
    """

    key: RunKey
    n_weights: int | None
    summary: str | None
    seconds: float
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class EpochsEnded:
    """One or more consecutive epochs of a run ended.

    Attributes
    ----------
    key
        Which run.
    metrics
        Metric key to the values of the new epochs, oldest first; all of one length.
    """

    key: RunKey
    metrics: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class PredictionMade:
    """A model was asked what it predicts; the last time is when its run's fit has ended."""

    key: RunKey
    thought: Thought


@dataclass(frozen=True, slots=True)
class RatesTried:
    """A range test has tried its learning rates: the loss of each batch, in order."""

    key: RunKey
    losses: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class RunEnded:
    """Nothing more will come from the run.

    Attributes
    ----------
    key
        Which run.
    state
        COMPLETE, STOPPED, FAILED, or PRUNED where the scheduler ended it for a pruner.
    value
        The objective of the weights that it ended with; None unless complete.
    seconds
        Wall time of building and fitting.
    error, traceback
        Why and where it failed.
    engine
        Which path trained it.
    first_epoch_seconds, epochs_seconds
        Wall time of the first epoch, with what was traced and compiled for it, and of all epochs.
    scores, score_seconds, judge_seconds
        What the study's judge says of the model, and how long that took (see `Run`).
    weights
        The model's weights as an uncompressed ``.npz`` archive, where the study asked for them.
    """

    key: RunKey
    state: State
    value: float | None = None
    seconds: float = 0.0
    error: str | None = None
    traceback: str | None = None
    engine: str | None = None
    first_epoch_seconds: float = 0.0
    epochs_seconds: float = 0.0
    scores: Mapping[str, float] = field(default_factory=dict)
    score_seconds: float = 0.0
    judge_seconds: float = 0.0
    weights: bytes | None = None


Event = RunStarted | ModelBuilt | EpochsEnded | PredictionMade | RatesTried | RunEnded
