"""Random combinations, as scikit-learn's ``ParameterSampler`` draws them.

A seed gives the candidates that ``RandomizedSearchCV`` would try with the same space, to rounding,
and then more, until the space is exhausted. Where every hyperparameter is a list they are drawn
without replacement, by scikit-learn. Elsewhere they are drawn with replacement and repeats are
dropped; should a finite space give nothing but repeats, what is left of it is drawn without
replacement. What is drawn with replacement is drawn here: most searches need no more, and
scikit-learn is 100 MB (`aside`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
    countable = not is_endless(space)
    draws = {name: space[name].to_sklearn() for name in space}
    seen: set[str] = set()
    if not countable or any(hasattr(draw, "rvs") for draw in draws.values()):
        yield from unseen(space, _with_replacement(draws, seed), seen, _PATIENCE)
    if countable:
        for n_draws in _doubled(n_trials, space.size or 0):
            yield from unseen(space, _without_replacement(space, n_draws, seed), seen)


def is_endless(space: SearchSpace) -> bool:
    """Whether there are more combinations than can be counted, so that they never run out."""
    return space.size is None or space.size > MOST_COUNTED


def _doubled(n_trials: int, size: int) -> Iterator[int]:
    """Say how many to draw at once: what is wanted first, and all there is in the end."""
    n_draws = min(max(1, n_trials), size)
    while n_draws < size:
        yield n_draws
        n_draws = min(2 * n_draws, size)
    yield size


def _with_replacement(draws: dict[str, Any], seed: int) -> Iterator[dict[str, Any]]:
    from numpy.random import RandomState

    random = RandomState(seed)
    names = sorted(draws)  # scikit-learn's order
    while True:
        yield {name: _drawn(draws[name], random) for name in names}


def _drawn(source: Any, random: Any) -> Any:
    if hasattr(source, "rvs"):
        return source.rvs(random_state=random)
    return source[random.randint(len(source))]


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
