"""A sequence that fills the space evenly: scrambled Sobol points, as SciPy gives them.

The points lie in a unit cube and are read through the quantile function of each hyperparameter,
so they are spread as the space says. Like a random search the sequence depends on the seed
alone; what is left of a finite space in the end is drawn at random.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from tunewidgets.distributions import Categorical, Distribution
from tunewidgets.samplers._base import MOST_COUNTED, ListSampler, unseen
from tunewidgets.samplers.random import candidates
from tunewidgets.space import SearchSpace

_BLOCK = 64  # a power of two, which keeps the points balanced
_N_BLOCKS = 2**24  # of 2**30 points that a sequence has
_PATIENCE = 1000


class SobolSampler(ListSampler):
    """Proposes points of a Sobol sequence, none of them twice.

    Parameters
    ----------
    space
        What to search.
    seed
        Scrambles the sequence.
    """

    def __init__(self, space: SearchSpace, seed: int) -> None:
        seen: set[str] = set()
        found: Iterator[dict[str, Any]] = unseen(space, _points(space, seed), seen, _PATIENCE)
        if space.size is not None and space.size <= MOST_COUNTED:
            found = chain(found, unseen(space, candidates(space, 0, seed), seen))
        super().__init__(found)


def _points(space: SearchSpace, seed: int) -> Iterator[dict[str, Any]]:
    from scipy.stats import qmc

    sequence = qmc.Sobol(len(space), seed=seed)
    for _ in range(_N_BLOCKS):
        for point in sequence.random(_BLOCK).tolist():
            yield {name: _at(space[name], x) for name, x in zip(space, point, strict=True)}


def _at(distribution: Distribution, fraction: float) -> Any:
    if isinstance(distribution, Categorical):
        return distribution.choices[int(fraction * distribution.size)]
    return distribution.at(fraction)
