"""How far searches have come, from the records of their trials."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tunewidgets.plan import SearchPlan
from tunewidgets.snapshot import SearchProgress, SearchState
from tunewidgets.trial import IMPORTED, State, Trial


@dataclass(frozen=True, slots=True)
class Times:
    """What the complete runs have taken.

    Attributes
    ----------
    mean, deviation
        Of their wall time, in seconds; the deviation is None for a single run.
    n_runs
        How many there are.
    """

    mean: float
    deviation: float | None
    n_runs: int

    def error_of(self, n_runs: float) -> float | None:
        """Say how far the sum of more runs may be from what is expected: a standard deviation.

        Runs differ from each other, and the mean itself is known from a few of them only.
        """
        if self.deviation is None:
            return None
        return self.deviation * math.sqrt(n_runs + n_runs**2 / self.n_runs)


def times_of(trials: Sequence[Trial], n_read: int = 0) -> Times | None:
    """Time the complete runs of this session; None where no run was ever timed.

    Before the first one is complete, those tell that were read from a file, perhaps another
    machine's: so many trials as `n_read`, the first ones.
    """
    return _times_of(trials[n_read:]) or _times_of(trials)


def _times_of(trials: Iterable[Trial]) -> Times | None:
    seconds = [
        run.seconds
        for trial in trials
        if trial.origin != IMPORTED
        for run in trial.runs
        if run.state is State.COMPLETE
    ]
    if not seconds:
        return None
    n = len(seconds)
    mean = math.fsum(seconds) / n
    squares = math.fsum((one - mean) ** 2 for one in seconds)
    return Times(mean, math.sqrt(squares / (n - 1)) if n > 1 else None, n)


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
    is_over = plan.state in (SearchState.COMPLETE, SearchState.STOPPED)
    n_trials = len(trials) if plan.n_trials is None else plan.n_trials
    n_runs = n_trials * (plan.folds or 1)
    n_finished = sum(run.state.is_finished for trial in trials for run in trial.runs)
    lefts = []
    if plan.rungs:
        n_runs, n_finished = _fits(plan, trials)
        left_s = _left_on_rungs(plan, trials)
        lefts += [] if left_s is None else [left_s / n_workers]
    elif seconds_per_run is not None and plan.n_trials is not None:
        lefts.append((n_runs - n_finished) * seconds_per_run / n_workers)
    if plan.budget_s is not None:
        lefts.append(max(0.0, plan.budget_s - plan.spent_s))
    return SearchProgress(
        name=plan.name,
        sampler=plan.sampler,
        n_trials=n_trials,
        folds=plan.folds,
        level=plan.level,
        state=plan.state,
        n_waiting=states.count(State.WAITING) + (0 if is_over else n_trials - len(trials)),
        n_running=states.count(State.RUNNING),
        n_complete=states.count(State.COMPLETE),
        n_pruned=states.count(State.PRUNED),
        n_failed=states.count(State.FAILED),
        n_stopped=states.count(State.STOPPED),
        n_runs=n_runs,
        n_runs_finished=n_finished,
        seconds_left=0.0 if is_over else min(lefts, default=None),
        note=plan.note,
        pruner=plan.pruner,
        budget_s=plan.budget_s,
        spent_s=plan.spent_s,
    )


def _fits(plan: SearchPlan, trials: Sequence[Trial]) -> tuple[int, int]:
    """Count the fits of a halving, one for each rung that a run reaches, and those that ended."""
    lengths = [epochs for _, epochs in plan.rungs]
    n_fits = sum(n for n, _ in plan.rungs) * (plan.folds or 1)
    n_ended = sum(
        run.state.is_finished + (lengths.index(run.goal) if run.goal in lengths else 0)
        for trial in trials
        for run in trial.runs
    )
    return n_fits, n_ended


def _left_on_rungs(plan: SearchPlan, trials: Sequence[Trial]) -> float | None:
    """Estimate what the epochs take that a halving has still to train, one after the other."""
    timed = [run for trial in trials for run in trial.runs if run.seconds and run.epochs]
    if not timed:
        return None
    per_epoch = math.fsum(run.seconds for run in timed) / sum(run.epochs for run in timed)
    n_trained = sum(run.epochs for trial in trials for run in trial.runs)
    return max(0, plan.n_epochs * (plan.folds or 1) - n_trained) * per_epoch
