"""Samplers: what proposes the trials of a search."""

from __future__ import annotations

from tunewidgets.errors import SpaceError
from tunewidgets.samplers._base import Sampler
from tunewidgets.samplers.grid import GridSampler
from tunewidgets.samplers.random import RandomSampler
from tunewidgets.samplers.untried import Tried, Untried
from tunewidgets.space import SearchSpace

__all__ = ["GridSampler", "RandomSampler", "Sampler", "Tried", "Untried", "make_sampler"]


def make_sampler(
    name: str,
    space: SearchSpace,
    n_trials: int,
    seed: int,
    n_points: int = 5,
) -> Sampler:
    """Make a sampler by its name.

    Parameters
    ----------
    name
        ``"grid"``, ``"random"`` or ``"halving"``.
    space
        What to search.
    n_trials
        How many are wanted. A sampler goes on beyond them, for those that have been tried.
    seed
        Of a random search: gives the same candidates again.
    n_points
        Of a grid: how many values a continuous range takes.

    Raises
    ------
    SpaceError
        When there is no such sampler, or when it cannot search the space.
    """
    match name:
        case "grid":
            return GridSampler(space, n_points)
        case "random" | "halving":  # which draws as random does, and stops most early
            return RandomSampler(space, n_trials, seed)
    raise SpaceError(
        f"A sampler must be 'grid', 'random' or 'halving', but got {name!r}: choose one."
    )
