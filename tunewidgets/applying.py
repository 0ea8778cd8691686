"""What becomes of a run's record as it is told of events: records are frozen, and replaced."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from tunewidgets.events import (
    EpochsEnded,
    Event,
    ModelBuilt,
    PredictionMade,
    RatesTried,
    RunEnded,
    RunStarted,
)
from tunewidgets.trial import History, Run, State


def reopened(run: Run, goal: int) -> Run:
    """Let a finished run wait, with its history to be seen, to have so many epochs in all."""
    again = Run(run.trial, run.index, run.seed, run.fold, history=run.history, goal=goal)
    return replace(again, n_weights=run.n_weights, summary=run.summary)


def after(run: Run, event: Event) -> Run:
    """Give a run as it is once it was told of an event."""
    match event:
        case RunStarted():
            again = Run(run.trial, run.index, run.seed, run.fold, goal=run.goal)
            return replace(again, state=State.RUNNING)
        case ModelBuilt(_, n_weights, summary, seconds, warning):
            return replace(
                run, n_weights=n_weights, summary=summary, build_seconds=seconds, warning=warning
            )
        case EpochsEnded(metrics=metrics):
            return replace(run, history=extended(run.history, metrics))
        case RatesTried():  # of a range test, which is no run
            return run
        case PredictionMade(thought=thought):
            return replace(run, thought=thought)
        case RunEnded():
            return replace(
                run,
                state=event.state,
                value=event.value,
                seconds=event.seconds,
                error=event.error,
                traceback=event.traceback,
                engine=event.engine,
                first_epoch_seconds=event.first_epoch_seconds,
                epochs_seconds=event.epochs_seconds,
                scores=event.scores,
                score_seconds=event.score_seconds,
                judge_seconds=event.judge_seconds,
            )


def extended(history: History, metrics: Mapping[str, Iterable[float]]) -> History:
    """Append epochs to a history; a metric that an epoch lacks is NaN there."""
    new = {key: tuple(values) for key, values in metrics.items()}
    n_old = max(map(len, history.values()), default=0)
    n_new = max(map(len, new.values()), default=0)
    gap_before, gap_after = (math.nan,) * n_old, (math.nan,) * n_new
    keys = dict.fromkeys(itertools.chain(history, new))
    return {key: history.get(key, gap_before) + new.get(key, gap_after) for key in keys}
