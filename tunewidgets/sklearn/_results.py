"""From a study's trials to what scikit-learn makes its results of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tunewidgets.trial import Run, State, Trial


def outcomes(
    trials: Sequence[Trial],
    n_test: Sequence[int],
    metrics: Sequence[str] | None,
    error_score: Any,
    *,
    with_train: bool,
) -> list[dict[str, Any]]:
    """Tell of every run what scikit-learn's ``_fit_and_score`` tells of a fit.

    Parameters
    ----------
    trials
        One a candidate, in their order.
    n_test
        Number of samples left out, a fold each.
    metrics
        Names of several metrics; None for a single one, or where only the scorer knows them.
    error_score
        The score of a fit that failed.
    with_train
        Whether there are scores on the samples that were fitted on.
    """
    return [
        _outcome(run, n_test[run.index], metrics, error_score, with_train=with_train)
        for trial in trials
        for run in trial.runs
    ]


def _outcome(
    run: Run, n_test: int, metrics: Sequence[str] | None, error_score: Any, *, with_train: bool
) -> dict[str, Any]:
    parts = ("test", "train") if with_train else ("test",)
    told: dict[str, Any] = {
        f"{part}_scores": _scores(run, part, metrics, error_score) for part in parts
    }
    return told | {
        "n_test_samples": n_test,
        "fit_time": run.seconds - run.judge_seconds,
        "score_time": run.score_seconds,
        "fit_error": None if run.scores else _why(run),
    }


def _scores(run: Run, part: str, metrics: Sequence[str] | None, error_score: Any) -> Any:
    if not run.scores:
        return error_score if metrics is None else dict.fromkeys(metrics, error_score)
    if part in run.scores:
        return run.scores[part]
    prefix = f"{part}_"
    return {
        name.removeprefix(prefix): score
        for name, score in run.scores.items()
        if name.startswith(prefix)
    }


def _why(run: Run) -> str:
    if run.state is State.STOPPED:
        return "The run was stopped."
    error = run.error or f"The run is {run.state}."
    return f"{run.traceback.rstrip()}\n{error}\n" if run.traceback else f"{error}\n"
