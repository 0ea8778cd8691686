"""Random combinations, drawn by scikit-learn's ``ParameterSampler``.

A seed gives the candidates that ``RandomizedSearchCV`` would try with the same space. Where every
hyperparameter is a list they are drawn without replacement. Elsewhere they are drawn with
replacement and repeats are dropped; should a finite space give nothing but repeats, what is left
of it is drawn without replacement, so that every combination comes in the end.
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
        How many to propose at most.
    seed
        From 0 to 2**32 - 1; gives the same candidates again.
    seen
        ``space.key`` texts of params that must not be proposed.
    """

    def __init__(
        self, space: SearchSpace, n_trials: int, seed: int, seen: Iterable[str] = ()
    ) -> None:
        super().__init__(_candidates(space, n_trials, seed, set(seen)), n_trials)


def _candidates(
    space: SearchSpace, n_trials: int, seed: int, seen: set[str]
) -> Iterator[dict[str, Any]]:
    countable = space.size is not None and space.size <= MOST_COUNTED
    draws = {name: space[name].to_sklearn() for name in space}
    if not countable or any(hasattr(draw, "rvs") for draw in draws.values()):
        patience = len(seen) + _PATIENCE  # a search taken up again begins with what it has tried
        yield from unseen(space, _with_replacement(draws, seed), seen, patience)
    if countable:
        # Seen ones may be drawn again: with as many more, enough are left when they are skipped.
        n_draws = n_trials + len(seen)
        yield from unseen(space, _without_replacement(space, n_draws, seed), seen)


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
