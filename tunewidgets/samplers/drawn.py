"""Candidates that follow from the seed alone.

Where scikit-learn draws them, it does so where it does no harm, in blocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from tunewidgets import aside
from tunewidgets.plan import SearchPlan
from tunewidgets.samplers._base import ListSampler, Sampler
from tunewidgets.samplers.catalog import check_sampler
from tunewidgets.samplers.grid import GridSampler
from tunewidgets.samplers.qmc import SobolSampler
from tunewidgets.samplers.random import RandomSampler, candidates, is_endless
from tunewidgets.space import SearchSpace

BY_CHANCE = ("random", "halving")

_SPARE = 64
_LARGEST_FIRST = 2048


class DrawnSampler(ListSampler):
    """Proposes what a sampler that learns nothing would, but leaves scikit-learn to `aside`.

    Parameters
    ----------
    plan
        The search: its sampler, space, seed and number of trials say what is drawn.
    """

    def __init__(self, plan: SearchPlan) -> None:
        space = SearchSpace.from_json(plan.space)
        draws_here = plan.sampler in BY_CHANCE and is_endless(space)
        super().__init__(
            candidates(space, plan.n_drawn, plan.seed) if draws_here else _in_blocks(plan, space)
        )


def _in_blocks(plan: SearchPlan, space: SearchSpace) -> Iterator[dict[str, Any]]:
    """Read no further than asked for: each block is as long as all before it."""
    begin, end = 0, min(plan.n_drawn + _SPARE, _LARGEST_FIRST)
    while True:
        block = aside.call(
            draw,
            {
                "sampler": plan.sampler, "space": plan.space, "n_trials": plan.n_drawn,
                "seed": plan.seed, "n_points": plan.n_points, "is_shuffled": plan.is_shuffled,
                "begin": begin, "end": end,
            },
        )  # fmt: skip
        yield from map(space.decode, block)
        if len(block) < end - begin:
            return
        begin, end = end, 2 * end


def draw(request: dict[str, Any]) -> list[dict[str, Any]]:
    """Draw the candidates from one position to another; fewer where the space ends before."""
    space = SearchSpace.from_json(request["space"])
    sampler = make_sampler(
        request["sampler"],
        space,
        request["n_trials"],
        request["seed"],
        request["n_points"],
        is_shuffled=request["is_shuffled"],
    )
    drawn = iter(lambda: sampler.ask(()), None)
    return list(islice(drawn, request["begin"], request["end"]))


def make_sampler(
    name: str,
    space: SearchSpace,
    n_trials: int,
    seed: int,
    n_points: int = 5,
    *,
    is_shuffled: bool = False,
) -> Sampler:
    """Make a sampler that learns nothing by its name: its candidates follow from the seed.

    Parameters
    ----------
    name
        ``"grid"``, ``"random"``, ``"halving"`` or ``"qmc"``.
    space
        What to search.
    n_trials
        How many are wanted. A sampler goes on beyond them, for those that have been tried.
    seed
        Gives the same candidates again.
    n_points, is_shuffled
        Of a grid: how many values a continuous range takes, and whether the seed draws the order.

    Raises
    ------
    SpaceError
        When there is no such sampler, or when it cannot search the space.
    """
    match name:
        case "grid":
            return GridSampler(space, n_points, seed if is_shuffled else None)
        case "qmc":
            return SobolSampler(space, seed)
    check_sampler(name)
    return RandomSampler(space, n_trials, seed)
