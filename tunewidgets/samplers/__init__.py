"""Samplers: what proposes the trials of a search."""

from __future__ import annotations

from collections.abc import Iterable

from tunewidgets.errors import SpaceError
from tunewidgets.samplers._base import Sampler
from tunewidgets.samplers.grid import GridSampler
from tunewidgets.samplers.random import RandomSampler
from tunewidgets.space import SearchSpace

__all__ = ["GridSampler", "RandomSampler", "Sampler", "make_sampler"]


def make_sampler(
    name: str,
    space: SearchSpace,
    n_trials: int,
    seed: int,
    n_points: int = 5,
    seen: Iterable[str] = (),
) -> Sampler:
    """Make a sampler by its name.

    Parameters
    ----------
    name
        ``"grid"`` or ``"random"``.
    space
        What to search.
    n_trials
        How many a random search proposes at most; a grid proposes all its combinations.
    seed
        Of a random search: gives the same candidates again.
    n_points
        Of a grid: how many values a continuous range takes.
    seen
        ``space.key`` texts of params that must not be proposed.

    Raises
    ------
    SpaceError
        When there is no such sampler, or when it cannot search the space.
    """
    match name:
        case "grid":
            return GridSampler(space, n_points, seen)
        case "random":
            return RandomSampler(space, n_trials, seed, seen)
    raise SpaceError(f"A sampler must be 'grid' or 'random', but got {name!r}: choose one.")
