"""Pruners: what ends hopeless runs early."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tunewidgets.errors import SpaceError
from tunewidgets.language import later
from tunewidgets.plan import Goal, SearchPlan
from tunewidgets.pruners._base import Pruner
from tunewidgets.pruners.optuna import OptunaPruner
from tunewidgets.values import remedy_for

if TYPE_CHECKING:
    import optuna

__all__ = ["PRUNERS", "OptunaPruner", "Pruner", "check_pruner", "pruner_of"]

PRUNERS: Mapping[str, tuple[str, str]] = {
    "median": (
        later("median"),
        later(
            "Ends a run that is worse than half of the others were at the same epoch; the first "
            "five trials go on to their end"
        ),
    ),
    "halving": (
        later("halving (ASHA)"),
        later("Lets the best quarter of the runs pass epoch 2, 5, 17 and so on; quick, and strict"),
    ),
    "hyperband": (
        later("hyperband"),
        later("Halving with some trials that are given more epochs before they are judged"),
    ),
}
"""Name to what it is called in words, and what it does."""

_SYNONYMS = {"asha": "halving", "successive_halving": "halving"}


def check_pruner(name: str) -> str:
    """Give the name of a pruner as it is kept.

    Raises
    ------
    SpaceError
        Where there is none of that name.
    """
    known = _SYNONYMS.get(name, name)
    if known not in PRUNERS:
        names = ", ".join(map(repr, (*PRUNERS, *_SYNONYMS)))
        raise SpaceError(
            f"A pruner must be one of {names}, or an Optuna pruner, but got {name!r}: "
            f"{remedy_for(name, (*PRUNERS, *_SYNONYMS))}"
        )
    return known


def pruner_of(plan: SearchPlan, goal: Goal, given: Any = None) -> Pruner | None:
    """Make a plan's pruner.

    Parameters
    ----------
    plan
        The search.
    goal
        What trials are judged by.
    given
        The Optuna pruner that a person gave, if so.

    Returns
    -------
    Pruner or None
        None where the search has none, or had an object that no file keeps.
    """
    if given is None and plan.pruner not in PRUNERS:
        return None
    return OptunaPruner(plan, goal, given or _made(plan.pruner))


def _made(name: str | None) -> optuna.pruners.BasePruner:
    from optuna import pruners

    match name:
        case "halving":
            return pruners.SuccessiveHalvingPruner(min_resource=1)
        case "hyperband":
            return pruners.HyperbandPruner()
    return pruners.MedianPruner()
