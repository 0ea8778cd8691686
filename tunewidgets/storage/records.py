"""What goes into a study file and what comes out: frozen records, and the changes to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tunewidgets.events import EpochsEnded, RunEnded, RunStarted
from tunewidgets.plan import SearchPlan
from tunewidgets.snapshot import Direction
from tunewidgets.trial import RunKey, Trial


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
class SavedStudy:
    """A study as its file tells it.

    Tuples in spaces, settings and params come back as lists, since JSON has no tuples.

    Attributes
    ----------
    record
        What the study is.
    levels
        The space of level 1, 2, and so on, as ``SearchSpace.to_json`` wrote it.
    searches
        In the order in which they were first saved.
    trials
        In order of number.
    """

    record: StudyRecord
    levels: tuple[Mapping[str, Any], ...]
    searches: tuple[SearchPlan, ...]
    trials: tuple[Trial, ...]


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
    """A level of the study has this space; level 1 is there from the start."""

    number: int
    space: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RunReset:
    """A run waits again: its outcome goes, its history stays to be seen until it starts."""

    key: RunKey


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
    | RunReset
    | WeightsKept
    | RunStarted
    | EpochsEnded
    | RunEnded
)
