"""From what a person asks a search for to its plan, counted exactly before it starts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tunewidgets.errors import SpaceError
from tunewidgets.halving import Halving
from tunewidgets.language import counted
from tunewidgets.language import translate as tr
from tunewidgets.plan import SearchPlan
from tunewidgets.progress import Times
from tunewidgets.pruners import check_pruner
from tunewidgets.retelling import stated
from tunewidgets.samplers import Tried, check_sampler, make_sampler
from tunewidgets.space import SearchSpace
from tunewidgets.study_settings import read_seed
from tunewidgets.trial import Params, Trial
from tunewidgets.values import is_integer, is_number

DEFAULT_N_TRIALS = 10


@dataclass(frozen=True, slots=True)
class Request:
    """A search as it was asked for; `read_request` makes it.

    Attributes
    ----------
    sampler, given_sampler
        A name, and the object that it is the class of, if one was given.
    pruner, given_pruner
        Likewise; None for no pruner.
    space, level, folds, seed, fixed, n_points, is_shuffled, budget_s
        As `SearchPlan` has them.
    n_trials
        How many new trials; None for what is usual.
    halving
        How it halves, if it does.
    """

    sampler: str
    space: SearchSpace
    level: int = 1
    n_trials: int | None = None
    folds: int | None = None
    seed: int = 0
    fixed: Params = field(default_factory=dict)
    n_points: int = 5
    is_shuffled: bool = False
    pruner: str | None = None
    budget_s: float | None = None
    given_sampler: Any = None
    given_pruner: Any = None
    halving: Halving | None = None

    @property
    def size(self) -> int | None:
        """How many combinations there are; None where there is no end of them."""
        is_grid = self.sampler == "grid"
        return self.space.grid_size(self.n_points) if is_grid else self.space.size

    @property
    def n_wanted(self) -> int | None:
        """How many trials it makes where the space has enough; None for all there is time for."""
        if self.n_trials is not None or self.budget_s is not None:
            return self.n_trials
        return self.size if self.sampler == "grid" else DEFAULT_N_TRIALS

    def plan(self, name: str) -> SearchPlan:
        """Make the plan, before anything is counted."""
        return SearchPlan(
            name=name,
            sampler=self.sampler,
            n_trials=self.n_trials,
            folds=self.folds,
            seed=self.seed,
            level=self.level,
            space=self.space.to_json(),
            fixed=self.fixed,
            n_points=self.n_points,
            is_shuffled=self.is_shuffled,
            pruner=self.pruner,
            budget_s=self.budget_s,
        )


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a search would do if it were started now.

    Attributes
    ----------
    size
        How many different combinations there are, or None for no end of them.
    n_done
        How many of these need no trial any more.
    n_trials
        How many it would make; None for as many as there is time for.
    n_runs
        The fits of these.
    seconds, error_s
        How long that takes, and how far off that may be (a standard deviation); None until
        runs have been timed.
    """

    size: int | None
    n_done: int
    n_trials: int | None
    n_runs: int | None = None
    seconds: float | None = None
    error_s: float | None = None


def read_request(
    sampler: Any,
    space: SearchSpace,
    *,
    n_trials: int | None,
    seed: int | None,
    n_points: int,
    pruner: Any,
    budget_s: float | None,
    order: str,
    halving: Halving | None = None,
    **rest: Any,
) -> Request:
    """Check what was asked for.

    Raises
    ------
    SpaceError
        For an unknown sampler, pruner or order, a missing package, or numbers that cannot be.
    """
    given_sampler = None if isinstance(sampler, str) else _object(sampler, "sampler")
    given_pruner = None if pruner is None or isinstance(pruner, str) else _object(pruner, "pruner")
    if given_sampler is None:
        check_sampler(sampler)
    _check_count("n_points", n_points, "write 5")
    if n_trials is not None:
        _check_count(
            "n_trials", n_trials, f"leave it out for {DEFAULT_N_TRIALS}, or for all of a grid"
        )
    if order not in ("listed", "shuffled"):
        raise SpaceError(f"order must be 'listed' or 'shuffled', but got {order!r}: choose one.")
    if budget_s is not None and not (is_number(budget_s) and 0 < budget_s < math.inf):
        raise SpaceError(
            f"budget_s must be a number of seconds above 0, but got {budget_s!r}: write 120 for "
            f"two minutes, or leave it out."
        )
    if sampler == "grid":
        make_sampler("grid", space, 0, 0, n_points)  # is it too large?
    if halving is not None:
        _check_halving(n_trials, pruner, budget_s)
    return Request(
        sampler=sampler if given_sampler is None else type(sampler).__name__,
        space=space,
        n_trials=None if n_trials is None else int(n_trials),
        seed=read_seed(seed),
        n_points=int(n_points),
        is_shuffled=order == "shuffled",
        pruner=_pruner_name(pruner, given_pruner),
        budget_s=None if budget_s is None else float(budget_s),
        given_sampler=given_sampler,
        given_pruner=given_pruner,
        halving=halving,
        **rest,
    )


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


def plan_search(request: Request, name: str, trials: Sequence[Trial]) -> SearchPlan:
    """Say what a search will do, counted exactly.

    Parameters
    ----------
    request
        What was asked for.
    name
        Of the search, free.
    trials
        The study's, of which those that tried the same in the same way are not repeated.
    """
    bare = request.plan(name)
    seen = _counted(request, Tried(bare, request.space), trials)
    note = _note(request.n_trials, seen)
    plan = replace(bare, n_trials=seen.n_trials, n_drawn=seen.n_trials or 0, note=note)
    return plan if request.halving is None else request.halving.planned(plan)


def forecast(
    request: Request,
    tried: Tried,
    trials: Sequence[Trial],
    times: Times | None = None,
    n_workers: int = 1,
) -> Forecast:
    """Count what a search would do, and estimate how long it takes.

    Parameters
    ----------
    request
        What is asked for.
    tried
        Of the request's plan; kept from one forecast to the next, it reads only new trials.
    trials
        The study's.
    times
        What runs have taken so far.
    n_workers
        How many runs go on at once.
    """
    seen = _counted(request, tried, trials)
    if seen.n_runs is not None and times is not None:
        at_once = max(1, min(n_workers, seen.n_runs))
        n_whole = _whole_runs(request, seen)
        seconds, error = times.mean * n_whole / at_once, times.error_of(n_whole)
        error_s = None if error is None else error / at_once
        seen = replace(seen, seconds=seconds, error_s=error_s)
    if request.budget_s is not None and (seen.seconds is None or seen.seconds > request.budget_s):
        return replace(seen, n_trials=None, n_runs=None, seconds=request.budget_s, error_s=None)
    return seen


def _counted(request: Request, tried: Tried, trials: Sequence[Trial]) -> Forecast:
    size, wanted = request.size, request.n_wanted
    n_done = tried.count(trials)
    left = [n for n in (wanted, None if size is None else size - n_done) if n is not None]
    n_trials = min(left, default=None)
    n_fits = n_trials
    if n_trials and request.halving is not None:
        n_fits = sum(n for n, _ in request.halving.rungs(n_trials))
    n_runs = None if n_fits is None else n_fits * (request.folds or 1)
    return Forecast(size, n_done, n_trials, n_runs)


def _whole_runs(request: Request, seen: Forecast) -> float:
    """Say how many runs of all epochs take as long; those of a halving have fewer."""
    if request.halving is None or not seen.n_trials:
        return seen.n_runs or 0
    plan = request.halving.planned(replace(request.plan(""), n_trials=seen.n_trials))
    return plan.n_epochs * (request.folds or 1) / request.halving.epochs


def cut_short(plan: SearchPlan, n_made: int) -> SearchPlan:
    """Say that a search ends with fewer trials, since the space holds nothing new any more."""
    if plan.n_trials is None:
        return replace(plan, n_trials=n_made, note=tr("The space holds nothing else."))
    n_done = plan.n_trials - n_made
    note = counted(
        n_done,
        "{n} of {total} was done already, and the space holds nothing else.",
        "{n} of {total} were done already, and the space holds nothing else.",
        total=plan.n_trials,
    )
    return replace(plan, n_trials=n_made, note=note)


def _note(n_asked: int | None, seen: Forecast) -> str | None:
    size, n_done, n_left = seen.size, seen.n_done, seen.n_trials
    if size is None or n_left is None or n_left + n_done < size or n_asked == n_left:  # as asked
        if not n_done:
            return None
        return counted(
            n_done,
            "{n} earlier trial lies in these ranges: none is repeated.",
            "{n} earlier trials lie in these ranges: none is repeated.",
        )
    if n_asked is None and not n_done:
        return None  # a whole grid
    if n_left == 0:
        return tr("All {n} combinations have been tried already: widen a range.", n=size)
    told = tr("The space holds {n} combinations", n=size)
    if n_done:
        tried = counted(n_done, "of which {n} has been tried", "of which {n} have been tried")
        told = f"{told}, {tried}"
    left = counted(n_left, "the one that is left is run.", "the {n} that are left are run.")
    return f"{told}: {left}"


def _check_count(name: str, value: Any, remedy: str) -> None:
    if not is_integer(value) or value < 1:
        raise SpaceError(
            f"{name} must be a whole number of at least 1, but got {value!r}: {remedy}."
        )


def _check_halving(n_trials: int | None, pruner: Any, budget_s: float | None) -> None:
    if pruner is not None:
        raise SpaceError(
            stated(
                "Successive halving prunes by itself, but got the pruner {pruner}: leave it out.",
                pruner=repr(pruner),
            )
        )
    if n_trials is None and budget_s is not None:
        raise SpaceError(
            stated(
                "Successive halving must know how many trials begin, but got a time only: give "
                "n_trials too."
            )
        )


def _object(given: Any, kind: str) -> Any:
    """See that an object is one of Optuna's samplers or pruners."""
    from optuna import pruners, samplers

    base = samplers.BaseSampler if kind == "sampler" else pruners.BasePruner
    if not isinstance(given, base):
        raise SpaceError(
            f"A {kind} must be a name or an Optuna {kind}, but got {type(given).__name__}: make "
            f"the object first, or give a name."
        )
    return given


def _pruner_name(pruner: Any, given: Any) -> str | None:
    if given is not None:
        return type(given).__name__
    return None if pruner is None else check_pruner(pruner)
