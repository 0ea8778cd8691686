"""From a request to a plan, and from a plan to its sampler: the same when it is taken up again."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from tunewidgets.errors import SpaceError, StudyError
from tunewidgets.plan import SearchPlan
from tunewidgets.samplers import Sampler, Tried, Untried, make_sampler
from tunewidgets.snapshot import Direction
from tunewidgets.space import SearchSpace
from tunewidgets.trial import Params, Trial
from tunewidgets.values import is_integer

DEFAULT_N_TRIALS = 10

# Whole words of a metric's name, which may hold an output's name too; "io" is in mean_io_u.
_SCORE = re.compile(
    r"(^|_)(acc|accuracy|auc|precision|recall|sensitivity|specificity|f1|fbeta|r2|iou|io|dice|score"
    r"|similarity|correlation)(_|$)"
)
_ERROR = re.compile(r"(^|_)(loss|error|mae|mse|rmse|mape|msle)(_|$)")


def check_name(name: str) -> None:
    """Raise a `StudyError` for what cannot be a study's name."""
    if not isinstance(name, str) or not name or not name.isprintable():
        raise StudyError(
            f"name must be a word or a few that can be printed, but got {name!r}: choose another."
        )


def read_seed(seed: int | None) -> int:
    """Check a seed, or draw one.

    Raises
    ------
    StudyError
        When it is not a whole number from 0 to 2**32 - 1.
    """
    if seed is None:
        return secrets.randbits(32)
    if not is_integer(seed) or not 0 <= seed < 2**32:
        raise StudyError(
            f"seed must be a whole number from 0 to 2**32 - 1, but got {seed!r}: choose one, or "
            f"leave it out to have one drawn."
        )
    return int(seed)


def direction_of(objective: str, given: str | None) -> Direction:
    """Tell whether an objective is minimised, by its name where a person does not say.

    Raises
    ------
    StudyError
        For another word than ``"minimize"`` and ``"maximize"``, or an objective that is no name.
    """
    if not isinstance(objective, str):
        raise StudyError(
            f"objective must be a metric's name, as 'val_loss', but got {objective!r}: name one."
        )
    if given is None:
        name = objective.lower()
        is_score = _SCORE.search(name) and not _ERROR.search(name)
        return "maximize" if is_score else "minimize"
    if given not in ("minimize", "maximize"):
        raise StudyError(
            f"direction must be 'minimize' or 'maximize', but got {given!r}: leave it out to "
            f"tell by the objective's name."
        )
    return "minimize" if given == "minimize" else "maximize"


def read_training(space: SearchSpace, **training: Any) -> dict[str, Any]:
    """Check the training hyperparameters that every trial takes unless it says otherwise.

    Raises
    ------
    SpaceError
        For one that makes no training.
    """
    given = {key: value for key, value in training.items() if value is not None}
    return training | {k: v for k, v in space.check_params(given).items() if k in given}


def check_space(space: SearchSpace) -> SearchSpace:
    """Raise a `SpaceError` for what is no search space, as the dict that it may be read from."""
    if not isinstance(space, SearchSpace):
        raise SpaceError(
            f"space must be a search space, but got {type(space).__name__}: give "
            f"study.space.narrow(...), or leave it out."
        )
    return space


def free_name(sampler: str, plans: Iterable[SearchPlan]) -> str:
    """Name a search after its sampler, with the first number that is free."""
    taken = {plan.name for plan in plans}
    return next(name for n in range(1, len(taken) + 2) if (name := f"{sampler}-{n}") not in taken)


def plan_search(
    sampler: str,
    space: SearchSpace,
    *,
    name: str,
    level: int,
    n_trials: int | None,
    folds: int | None,
    seed: int | None,
    fixed: Params,
    n_points: int,
    trials: Sequence[Trial],
) -> SearchPlan:
    """Say what a search will do, counted exactly.

    Parameters
    ----------
    n_trials
        How many new trials are asked for; None for 10, or for a grid all of it.
    trials
        The study's, of which those that tried the same in the same way are not repeated.

    Raises
    ------
    SpaceError
        For an unknown sampler, or a number of trials or points below 1.
    """
    if not is_integer(n_points) or n_points < 1:
        raise SpaceError(
            f"n_points must be a whole number of at least 1, but got {n_points!r}: write 5."
        )
    make_sampler(sampler, space, n_trials=0, seed=0, n_points=n_points)  # a name it knows
    if n_trials is not None and (not is_integer(n_trials) or n_trials < 1):
        raise SpaceError(
            f"n_trials must be a whole number of at least 1, but got {n_trials!r}: leave it out "
            f"for {DEFAULT_N_TRIALS}, or for all of a grid."
        )
    bare = SearchPlan(
        name=name,
        sampler=sampler,
        n_trials=0,
        folds=folds,
        seed=read_seed(seed),
        level=level,
        space=space.to_json(),
        fixed=fixed,
        n_points=n_points,
    )
    size = space.grid_size(n_points) if sampler == "grid" else space.size
    if n_trials is not None:
        wanted = int(n_trials)
    else:
        wanted = size if sampler == "grid" and size is not None else DEFAULT_N_TRIALS
    n_done = Tried(bare, space).count(trials)
    n_left = wanted if size is None else min(wanted, size - n_done)
    note = _note(n_trials, size, n_done, n_left)
    return replace(bare, n_trials=n_left, note=note)


def sampler_of(plan: SearchPlan) -> Sampler:
    """Make a plan's sampler: the same candidates each time, but for what has been tried."""
    space = SearchSpace.from_json(plan.space)
    sampler = make_sampler(plan.sampler, space, plan.n_trials, plan.seed, plan.n_points)
    return Untried(sampler, Tried(plan, space))


def cut_short(plan: SearchPlan, n_made: int) -> SearchPlan:
    """Say that a search ends with fewer trials, since the space holds nothing new any more."""
    n_done = plan.n_trials - n_made
    was = "was" if n_done == 1 else "were"
    note = f"{n_done} of {plan.n_trials} {was} done already, and the space holds nothing else."
    return replace(plan, n_trials=n_made, note=note)


def _note(n_asked: int | None, size: int | None, n_done: int, n_left: int) -> str | None:
    if size is None or n_left + n_done < size or n_asked == n_left:  # as asked
        lie = "trial lies" if n_done == 1 else "trials lie"
        return f"{n_done} earlier {lie} in these ranges: none is repeated." if n_done else None
    if n_asked is None and not n_done:
        return None  # a whole grid
    if n_left == 0:
        return f"All {size} combinations have been tried already: widen a range."
    have = "has" if n_done == 1 else "have"
    told = f"{size} combinations" + (f", of which {n_done} {have} been tried" if n_done else "")
    left = "the one that is left is" if n_left == 1 else f"the {n_left} that are left are"
    return f"The space holds {told}: {left} run."
