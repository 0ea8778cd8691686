"""The curves as tables: a row a run for reading, a row an epoch for saving."""

from __future__ import annotations

import math

from tunewidgets.language import translate as tr
from tunewidgets.snapshot import Snapshot
from tunewidgets.trial import Run
from tunewidgets.widgets.charts.table import Table
from tunewidgets.widgets.curve_data import divergence
from tunewidgets.widgets.state_words import state_word


def runs_table(snapshot: Snapshot, metric: str) -> Table:
    """Tell of each run where its curve began, was lowest and highest, and ended."""
    heads = (
        tr("trial"), tr("fold"), tr("state"), tr("epochs"), tr("first"), tr("lowest"),
        tr("highest"), tr("last"), tr("diverged"),
    )  # fmt: skip
    runs = [run for run in snapshot.runs if run.history.get(metric)]
    caption = tr("{metric}, a row a run", metric=metric)
    return Table(caption, heads, tuple(_row(run, metric) for run in runs))


def _row(run: Run, metric: str) -> tuple[object, ...]:
    values = run.history[metric]
    known = [value for value in values if math.isfinite(value)]
    gone = divergence(values)
    return (
        run.trial,
        _fold(run),
        state_word(run.state),
        len(values),
        values[0],
        min(known, default=None),
        max(known, default=None),
        values[-1],
        None if gone is None else tr("at epoch {epoch}", epoch=gone),
    )


def epochs_table(snapshot: Snapshot) -> Table:
    """Give every metric of every run at every epoch."""
    keys = sorted({key for run in snapshot.runs for key in run.history})
    rows = tuple(
        (run.trial, _fold(run), epoch + 1, *(_at(run, key, epoch) for key in keys))
        for run in snapshot.runs
        for epoch in range(run.epochs)
    )
    return Table(tr("Every epoch"), (tr("trial"), tr("fold"), tr("epoch"), *keys), rows)


def _at(run: Run, key: str, epoch: int) -> float | None:
    values = run.history.get(key, ())
    return values[epoch] if epoch < len(values) else None


def _fold(run: Run) -> int | None:
    return None if run.fold is None else run.fold + 1
