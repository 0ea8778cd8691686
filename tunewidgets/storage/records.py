"""What goes into a study file and what comes out: frozen records, and the changes to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tunewidgets.events import EpochsEnded, ModelBuilt, PredictionMade, RunEnded, RunStarted
from tunewidgets.plan import SearchPlan
from tunewidgets.snapshot import Direction
from tunewidgets.trial import Run, RunKey, Trial


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """What a study is, apart from its trials.

    Attributes
    ----------
    name
        Tells the studies of one file apart.
    objective, direction
        The metric key that is minimised or maximised.
    space
        The search space of level 1, as ``SearchSpace.to_json`` writes it.
    settings
        Whatever else the study wants to find again: numbers, text, None, lists and dicts.
    """

    name: str
    objective: str
    direction: Direction
    space: Mapping[str, Any]
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LevelRecord:
    """A level: a search space inside another one.

    Attributes
    ----------
    number
        From 1, in the order in which levels were opened.
    parent
        Number of the level that it lies in; None for level 1.
    space
        As ``SearchSpace.to_json`` writes it.
    """

    number: int
    parent: int | None
    space: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SavedStudy:
    """A study as its file tells it.

    Tuples in spaces, settings and params come back as lists, since JSON has no tuples.

    Attributes
    ----------
    record
        What the study is.
    levels
        In order of number.
    searches
        In the order in which they were first saved.
    trials
        In order of number.
    level
        Number of the present level.
    """

    record: StudyRecord
    levels: tuple[LevelRecord, ...]
    searches: tuple[SearchPlan, ...]
    trials: tuple[Trial, ...]
    level: int = 1


@dataclass(frozen=True, slots=True)
class TrialAdded:
    """A trial is new, with all its runs."""

    trial: Trial


@dataclass(frozen=True, slots=True)
class SearchSaved:
    """A search is new, or stands where it did not stand before; told apart by name."""

    plan: SearchPlan


@dataclass(frozen=True, slots=True)
class LevelOpened:
    """A level is new; level 1 is there from the start."""

    level: LevelRecord


@dataclass(frozen=True, slots=True)
class LevelChosen:
    """Another level is the present one now."""

    number: int


@dataclass(frozen=True, slots=True)
class RunReset:
    """A run waits again: its outcome goes, its history stays to be seen until it starts.

    Attributes
    ----------
    key
        Which run.
    goal
        How many epochs it is to have in all from now on; None leaves that as it was.
    """

    key: RunKey
    goal: int | None = None


@dataclass(frozen=True, slots=True)
class WeightsKept:
    """These weights replace the ones that the study kept before.

    Attributes
    ----------
    key
        The run that ended with them.
    weights
        An ``.npz`` archive.
    """

    key: RunKey
    weights: bytes


Change = (
    TrialAdded
    | SearchSaved
    | LevelOpened
    | LevelChosen
    | RunReset
    | WeightsKept
    | RunStarted
    | ModelBuilt
    | EpochsEnded
    | PredictionMade
    | RunEnded
)


def ended_as(run: Run) -> RunEnded:
    """Give the outcome of a run as a worker would have told it."""
    return RunEnded(
        run.key,
        run.state,
        run.value,
        run.seconds,
        run.error,
        run.traceback,
        run.engine,
        run.first_epoch_seconds,
        run.epochs_seconds,
        run.scores,
        run.score_seconds,
        run.judge_seconds,
    )
