"""How far searches have come, from the records of their trials."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from tunewidgets.plan import SearchPlan
from tunewidgets.snapshot import SearchProgress, SearchState
from tunewidgets.trial import State, Trial


def mean_seconds(trials: Iterable[Trial]) -> float | None:
    """Give the mean wall time of the complete runs, or None before the first."""
    seconds = [run.seconds for trial in trials for run in trial.runs if run.state is State.COMPLETE]
    return math.fsum(seconds) / len(seconds) if seconds else None


def progress_of(
    plans: Iterable[SearchPlan],
    trials: Iterable[Trial],
    seconds_per_run: float | None,
    n_workers: int,
) -> tuple[SearchProgress, ...]:
    """Say for each search how far it has come.

    Parameters
    ----------
    plans
        The searches.
    trials
        The study's.
    seconds_per_run
        What a run takes, or None where that is not known.
    n_workers
        How many runs go on at once.
    """
    by_origin: dict[str, list[Trial]] = {}
    for trial in trials:
        by_origin.setdefault(trial.origin, []).append(trial)
    return tuple(
        _progress(plan, by_origin.get(plan.name, ()), seconds_per_run, max(1, n_workers))
        for plan in plans
    )


def _progress(
    plan: SearchPlan, trials: Sequence[Trial], seconds_per_run: float | None, n_workers: int
) -> SearchProgress:
    states = [trial.state for trial in trials]
    n_runs = plan.n_trials * (plan.folds or 1)
    n_finished = sum(run.state.is_finished for trial in trials for run in trial.runs)
    is_over = plan.state in (SearchState.COMPLETE, SearchState.STOPPED)
    left = 0.0 if is_over else None
    if not is_over and seconds_per_run is not None:
        left = (n_runs - n_finished) * seconds_per_run / n_workers
    return SearchProgress(
        name=plan.name,
        sampler=plan.sampler,
        n_trials=plan.n_trials,
        folds=plan.folds,
        level=plan.level,
        state=plan.state,
        n_waiting=states.count(State.WAITING) + (0 if is_over else plan.n_trials - len(trials)),
        n_running=states.count(State.RUNNING),
        n_complete=states.count(State.COMPLETE) + states.count(State.PRUNED),
        n_failed=states.count(State.FAILED),
        n_stopped=states.count(State.STOPPED),
        n_runs=n_runs,
        n_runs_finished=n_finished,
        seconds_left=left,
        note=plan.note,
    )
