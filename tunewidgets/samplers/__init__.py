"""Samplers: what proposes the trials of a search."""

from __future__ import annotations

from functools import partial
from typing import Any

from tunewidgets.errors import SpaceError
from tunewidgets.plan import Goal, SearchPlan
from tunewidgets.samplers._base import Sampler
from tunewidgets.samplers.catalog import LEARNING, SAMPLERS, Kind, check_sampler, make_optuna
from tunewidgets.samplers.drawn import DrawnSampler, make_sampler
from tunewidgets.samplers.grid import GridSampler
from tunewidgets.samplers.optuna import OptunaSampler
from tunewidgets.samplers.qmc import SobolSampler
from tunewidgets.samplers.random import RandomSampler
from tunewidgets.samplers.untried import Tried, Untried
from tunewidgets.space import SearchSpace

__all__ = [
    "SAMPLERS",
    "DrawnSampler",
    "GridSampler",
    "Kind",
    "OptunaSampler",
    "RandomSampler",
    "Sampler",
    "SobolSampler",
    "Tried",
    "Untried",
    "cannot_go_on",
    "check_sampler",
    "make_sampler",
    "sampler_of",
]


def sampler_of(plan: SearchPlan, goal: Goal | None = None, given: Any = None) -> Sampler:
    """Make a plan's sampler: the same candidates each time, but for what has been tried.

    Parameters
    ----------
    plan
        The search.
    goal
        What trials are judged by.
    given
        The Optuna sampler that a person gave, if so.

    Raises
    ------
    SpaceError
        Where the plan's sampler was an object, which no file keeps, or misses a package.
    """
    space = SearchSpace.from_json(plan.space)
    if given is not None:
        return OptunaSampler(plan, space, goal or Goal(), lambda *_: given)
    if (reason := cannot_go_on(plan)) is not None:
        raise SpaceError(reason)
    check_sampler(plan.sampler)
    if plan.sampler in LEARNING:
        make = partial(make_optuna, plan.sampler)
        return OptunaSampler(plan, space, goal or Goal(), make)
    return Untried(DrawnSampler(plan), Tried(plan, space))


def cannot_go_on(plan: SearchPlan) -> str | None:
    """Say why a search from a file cannot propose any more; None where it can."""
    if plan.sampler in SAMPLERS:
        return None
    return (
        f"Its sampler was an object ({plan.sampler}), which no file keeps, so it cannot go on by "
        f"itself: start another with study.search(sampler, ...), which learns from its trials."
    )
