"""What a person asks for: small frozen records, put on the queue by any thread.

A widget callback may run on whichever thread the front end's message arrives on, so it never
acts: it sends one of these, and the desk's one UI thread carries it out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tunewidgets.trial import Params

Bounds = tuple[Any, ...]
"""``(low, high)`` of a number, or the choices that take part."""


@dataclass(frozen=True, slots=True)
class Touched:
    """A control moved: nothing to carry out, but what is shown may depend on it."""


@dataclass(frozen=True, slots=True)
class PageHere:
    """A page has the lab: it was just loaded, or was asked whether it is still there."""


@dataclass(frozen=True, slots=True)
class Missed:
    """A page has not heard of every drawing."""


@dataclass(frozen=True, slots=True)
class Train:
    """Train these values once, as soon as a worker is free."""

    params: Params


@dataclass(frozen=True, slots=True)
class StartSearch:
    """Ask a sampler for trials in the ranges shown.

    Attributes
    ----------
    sampler
        Its name.
    n_trials
        How many trials; None for as many as there is time for.
    folds
        Folds a trial, or None.
    seed
        Gives the same candidates again.
    bounds
        Hyperparameter name to the part of its range that is searched; absent names keep all.
    pins
        Hyperparameter name to the one value that every trial has.
    fixed
        Training settings that every trial shares.
    budget_s
        Seconds after which no more trials are begun, or None.
    pruner
        Its name, or None.
    order
        Of a grid: ``"listed"`` or ``"shuffled"``.
    """

    sampler: str
    n_trials: int | None
    folds: int | None = None
    seed: int | None = None
    bounds: Mapping[str, Bounds] = field(default_factory=dict)
    pins: Params = field(default_factory=dict)
    fixed: Params = field(default_factory=dict)
    budget_s: float | None = None
    pruner: str | None = None
    order: str = "listed"


@dataclass(frozen=True, slots=True)
class Zoom:
    """Open the next level in these ranges, and search it as the search box is set."""

    bounds: Mapping[str, Bounds]


@dataclass(frozen=True, slots=True)
class GoTo:
    """Make another level the present one."""

    level: int


@dataclass(frozen=True, slots=True)
class Suggest:
    """Show ranges around the best trials; nothing else."""


@dataclass(frozen=True, slots=True)
class PauseSearch:
    """Propose nothing more for now."""

    name: str


@dataclass(frozen=True, slots=True)
class ResumeSearch:
    """Go on with a paused search."""

    name: str


@dataclass(frozen=True, slots=True)
class ResizeSearch:
    """Have a search make another number of trials in all."""

    name: str
    n_trials: int


@dataclass(frozen=True, slots=True)
class StopSearch:
    """End a search and its runs."""

    name: str


@dataclass(frozen=True, slots=True)
class StopTrial:
    """End one trial's runs."""

    number: int


@dataclass(frozen=True, slots=True)
class MoreEpochs:
    """Have a trial that has ended train on."""

    number: int
    epochs: int


@dataclass(frozen=True, slots=True)
class StopAll:
    """End every search and every run."""


@dataclass(frozen=True, slots=True)
class ContinueUnfinished:
    """Go on with what an earlier session of the study's file left unfinished."""


@dataclass(frozen=True, slots=True)
class StartSweep:
    """Grow one hyperparameter over its search range, with the others as they are set.

    Attributes
    ----------
    name
        The hyperparameter's.
    n_values
        How many values it takes.
    repeats
        Trials of each value.
    """

    name: str
    n_values: int
    repeats: int


@dataclass(frozen=True, slots=True)
class Select:
    """Make these trials, and no others, the selected ones."""

    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class UseValues:
    """Load a trial's values into the controls."""

    number: int


@dataclass(frozen=True, slots=True)
class TryValues:
    """Load a trial's values into the controls, but for some that a finding suggests to change."""

    number: int
    changes: Params


@dataclass(frozen=True, slots=True)
class Export:
    """Make something to take away.

    Attributes
    ----------
    kind
        ``"model"``, ``"retrained"``, ``"code"``, ``"csv"`` or ``"report"``.
    token
        Of the page that asked.
    """

    kind: str
    token: str


@dataclass(frozen=True, slots=True)
class Exported:
    """Something was made to take away, or could not be."""

    asked: Export
    name: str = ""
    mime: str = ""
    data: bytes = b""
    error: str | None = None


@dataclass(frozen=True, slots=True)
class FindRate:
    """Make a learning-rate range test of the model that the controls describe."""


@dataclass(frozen=True, slots=True)
class SetValue:
    """Show this value of a hyperparameter in its control."""

    name: str
    value: Any


Command = (
    Touched
    | PageHere
    | Missed
    | Train
    | StartSearch
    | StartSweep
    | Zoom
    | GoTo
    | Suggest
    | PauseSearch
    | ResumeSearch
    | ResizeSearch
    | StopSearch
    | StopTrial
    | MoreEpochs
    | StopAll
    | ContinueUnfinished
    | Select
    | UseValues
    | TryValues
    | FindRate
    | SetValue
    | Export
    | Exported
)

BY_ITSELF = PageHere, Missed, Exported
"""Commands that come without a person's doing anything."""

Send = Callable[[Command], None]
"""How a panel raises a command; quick, and safe on any thread."""
