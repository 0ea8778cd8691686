"""What a search was asked to do: a frozen record, kept in the file so that it can go on later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tunewidgets.snapshot import Direction, SearchState
from tunewidgets.trial import Params

Rungs = tuple[tuple[int, int], ...]
"""For each rung, how many trials reach it and how many epochs they have in all by its end."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What the trials of a study are judged by.

    Attributes
    ----------
    objective, direction
        The metric key that is minimised or maximised.
    """

    objective: str = "val_loss"
    direction: Direction = "minimize"


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """One request to a sampler.

    Attributes
    ----------
    name
        Unique in the study; the origin of its trials.
    sampler
        A sampler's name; that of its class for an object, which no file keeps.
    n_trials
        How many trials to make, already cut to what the space holds; None for as many as there
        is time for.
    folds
        Folds a trial, or None.
    seed
        Gives the same candidates again.
    level
        Number of the level it searches.
    space
        The space searched, as ``SearchSpace.to_json`` writes it.
    fixed
        Hyperparameters that every trial of the search shares.
    n_points
        How many values of a continuous hyperparameter a grid takes.
    is_shuffled
        Whether a grid comes in an order drawn by the seed.
    pruner
        A pruner's name, likewise; None where every run goes on to its end.
    budget_s, spent_s
        Seconds after which no more trials are begun, or None; and how many have passed while
        the search went on.
    n_drawn
        How many trials were planned at first: a sample without replacement depends on it, so
        it stays when the number of trials is changed.
    state
        Where it stands.
    note
        A sentence for the person, or None.
    rungs
        Of successive halving: how many trials reach each rung, and their epochs there.
    """

    name: str
    sampler: str
    n_trials: int | None
    folds: int | None
    seed: int
    level: int
    space: Mapping[str, Any]
    fixed: Params = field(default_factory=dict)
    n_points: int = 5
    is_shuffled: bool = False
    pruner: str | None = None
    budget_s: float | None = None
    spent_s: float = 0.0
    n_drawn: int = 0
    state: SearchState = SearchState.RUNNING
    note: str | None = None
    rungs: Rungs = ()

    @property
    def n_epochs(self) -> int:
        """How many epochs all the rungs come to, of one fold; 0 for a search without them."""
        starts = (0, *(epochs for _, epochs in self.rungs))
        return sum(n * (end - start) for (n, end), start in zip(self.rungs, starts, strict=False))
