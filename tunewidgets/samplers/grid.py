"""Every combination of a grid, in the order of scikit-learn's ``ParameterGrid``.

The grid is indexed, never listed: asking for the first of a billion combinations costs as much
as asking for the first of ten.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tunewidgets.errors import SpaceError
from tunewidgets.samplers._base import MOST_COUNTED, ListSampler, unseen
from tunewidgets.space import SearchSpace


class GridSampler(ListSampler):
    """Proposes every combination once; the name that sorts last varies fastest.

    Parameters
    ----------
    space
        What to search.
    n_points
        How many values a continuous range takes.

    Raises
    ------
    SpaceError
        When there are more combinations than can be indexed.
    """

    def __init__(self, space: SearchSpace, n_points: int = 5) -> None:
        size = space.grid_size(n_points)
        if size > MOST_COUNTED:
            raise SpaceError(
                f"A grid must have at most {MOST_COUNTED:,} combinations, but got {size:,}: "
                "narrow the space, or search it with 'random'."
            )
        super().__init__(unseen(space, _combinations(space, n_points), set()))


def _combinations(space: SearchSpace, n_points: int) -> Iterator[dict[str, Any]]:
    from sklearn.model_selection import ParameterGrid

    grid = ParameterGrid({name: space[name].grid(n_points) for name in space})
    # Iterating over the grid itself would list every hyperparameter's values first.
    yield from (grid[index] for index in range(len(grid)))
