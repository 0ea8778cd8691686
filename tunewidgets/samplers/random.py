"""Random combinations, drawn by scikit-learn's ``ParameterSampler``.

A seed gives the candidates that ``RandomizedSearchCV`` would try with the same space, and then
more, until the space is exhausted. Where every hyperparameter is a list they are drawn without
replacement. Elsewhere they are drawn with replacement and repeats are dropped; should a finite
space give nothing but repeats, what is left of it is drawn without replacement.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tunewidgets.samplers._base import MOST_COUNTED, ListSampler, unseen
from tunewidgets.space import SearchSpace

_PATIENCE = 1000


class RandomSampler(ListSampler):
    """Proposes random combinations, none of them twice.

    Parameters
    ----------
    space
        What to search.
    n_trials
        How many ``RandomizedSearchCV`` would draw; others follow them.
    seed
        From 0 to 2**32 - 1; gives the same candidates again.
    """

    def __init__(self, space: SearchSpace, n_trials: int, seed: int) -> None:
        super().__init__(candidates(space, n_trials, seed))


def candidates(space: SearchSpace, n_trials: int, seed: int) -> Iterator[dict[str, Any]]:
    """Draw combinations, none of them twice, until a finite space is exhausted."""
    countable = space.size is not None and space.size <= MOST_COUNTED
    draws = {name: space[name].to_sklearn() for name in space}
    seen: set[str] = set()
    if not countable or any(hasattr(draw, "rvs") for draw in draws.values()):
        yield from unseen(space, _with_replacement(draws, seed), seen, _PATIENCE)
    if countable:
        for n_draws in _doubled(n_trials, space.size or 0):
            yield from unseen(space, _without_replacement(space, n_draws, seed), seen)


def _doubled(n_trials: int, size: int) -> Iterator[int]:
    """Say how many to draw at once: what is wanted first, and all there is in the end."""
    n_draws = min(max(1, n_trials), size)
    while n_draws < size:
        yield n_draws
        n_draws = min(2 * n_draws, size)
    yield size


def _with_replacement(draws: dict[str, Any], seed: int) -> Iterable[dict[str, Any]]:
    from sklearn.model_selection import ParameterSampler

    if not any(hasattr(draw, "rvs") for draw in draws.values()):
        draws = {name: _Pick(values) for name, values in draws.items()}
    drawn: Iterable[dict[str, Any]] = ParameterSampler(draws, sys.maxsize, random_state=seed)
    return drawn


def _without_replacement(space: SearchSpace, n_draws: int, seed: int) -> Iterable[dict[str, Any]]:
    from numpy.random import RandomState
    from sklearn.model_selection import ParameterGrid, ParameterSampler

    lists = {name: space[name].grid() for name in space}
    size = space.size or 0
    if n_draws > 0.98 * size:
        # Nearly everything is drawn, and scikit-learn would leave that in the order of the grid.
        grid = ParameterGrid(lists)
        return (grid[index] for index in RandomState(seed).permutation(size))
    drawn: Iterable[dict[str, Any]] = ParameterSampler(lists, n_draws, random_state=seed)
    return drawn


@dataclass(frozen=True, slots=True)
class _Pick:
    """A list that is drawn from with replacement: scikit-learn would count the combinations."""

    values: Sequence[Any]

    def rvs(self, random_state: Any) -> Any:
        return self.values[random_state.randint(len(self.values))]
