"""What a search was asked to do: a frozen record, kept in the file so that it can go on later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tunewidgets.snapshot import SearchState
from tunewidgets.trial import Params


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """One request to a sampler.

    Attributes
    ----------
    name
        Unique in the study; the origin of its trials.
    sampler
        ``"grid"`` or ``"random"``.
    n_trials
        How many trials to make, already cut to what the space holds.
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
    state
        Where it stands.
    note
        A sentence for the person, or None.
    rungs
        Of successive halving: how many trials reach each rung, and their epochs there.
    """

    name: str
    sampler: str
    n_trials: int
    folds: int | None
    seed: int
    level: int
    space: Mapping[str, Any]
    fixed: Params = field(default_factory=dict)
    n_points: int = 5
    state: SearchState = SearchState.RUNNING
    note: str | None = None
    rungs: tuple[tuple[int, int], ...] = ()
