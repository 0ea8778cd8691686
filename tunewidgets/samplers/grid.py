"""Every combination of a grid, in the order of scikit-learn's ``ParameterGrid`` or shuffled.

The grid is indexed, never listed: asking for the first of a billion combinations costs as much
as asking for the first of ten.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import chain
from typing import Any

from tunewidgets.errors import SpaceError
from tunewidgets.retelling import stated
from tunewidgets.samplers._base import MOST_COUNTED, ListSampler, unseen
from tunewidgets.space import SearchSpace

_MOST_SHUFFLED = 1_000_000


class GridSampler(ListSampler):
    """Proposes every combination once; the name that sorts last varies fastest.

    Parameters
    ----------
    space
        What to search.
    n_points
        How many values a continuous range takes.
    shuffle_seed
        Draws another order; None for the order of the grid.

    Raises
    ------
    SpaceError
        When there are more combinations than can be indexed.
    """

    def __init__(
        self, space: SearchSpace, n_points: int = 5, shuffle_seed: int | None = None
    ) -> None:
        size = space.grid_size(n_points)
        if size > MOST_COUNTED:
            raise SpaceError(
                stated(
                    "A grid must have at most {most} combinations, but got {size}: narrow the "
                    "space, or search it with 'random'.",
                    most=f"{MOST_COUNTED:,}",
                    size=f"{size:,}",
                )
            )
        super().__init__(unseen(space, _combinations(space, n_points, shuffle_seed), set()))


def _combinations(
    space: SearchSpace, n_points: int, shuffle_seed: int | None
) -> Iterator[dict[str, Any]]:
    from sklearn.model_selection import ParameterGrid

    grid = ParameterGrid({name: space[name].grid(n_points) for name in space})
    # Iterating over the grid itself would list every hyperparameter's values first.
    size = len(grid)
    order = range(size) if shuffle_seed is None else _shuffled(size, shuffle_seed)
    yield from (grid[index] for index in order)


def _shuffled(size: int, seed: int) -> Iterator[int]:
    """Give the indices in a random order; of more than can be listed, some of them twice."""
    drawn = random.Random(seed)  # noqa: S311 - an order, no secret
    if size <= _MOST_SHUFFLED:
        return iter(drawn.sample(range(size), size))
    return chain((drawn.randrange(size) for _ in range(size)), range(size))
