"""From a snapshot to the arrays that the chart draws; nothing here knows of widgets.

A finished run's curve never changes, so it is made once and kept. What the chart sends is
float32, with NaN where a line is broken and where an axis cannot show a value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tunewidgets.snapshot import Snapshot
from tunewidgets.trial import Run, Trial
from tunewidgets.widgets import format as fmt

Floats = NDArray[np.float32]
EMPTY: Floats = np.zeros(0, np.float32)


def _empty() -> Floats:
    return EMPTY


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One line of the chart.

    Attributes
    ----------
    trial
        Number of the trial.
    fold
        Which fold, or None for a whole trial.
    y
        The metric at epochs 1, 2, ..., shape (epochs,).
    low, high
        The folds' smallest and largest at each epoch, where they are drawn as a band.
    name
        What the tooltip says.
    is_finished
        Whether nothing more will come.
    """

    trial: int
    fold: int | None
    y: Floats
    name: str
    is_finished: bool
    low: Floats = field(default_factory=_empty)
    high: Floats = field(default_factory=_empty)

    @property
    def mark(self) -> tuple[int, int | None, int]:
        """Tells whether a curve that was drawn has grown since."""
        return (self.trial, self.fold, len(self.y))


class CurveStore:
    """Makes curves from snapshots, and keeps those of finished runs."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, str, bool], list[Curve]] = {}

    def curves(self, snapshot: Snapshot, metric: str, as_band: bool) -> list[Curve]:
        """Make every curve of a metric: one a run, or, as bands, one a trial."""
        found: list[Curve] = []
        for trial in snapshot.trials:
            key = (trial.number, metric, as_band)
            kept = self._kept.get(key)
            if kept is None:
                kept = _curves(trial, metric, as_band, snapshot.objective)
                if trial.state.is_finished:
                    self._kept[key] = kept
            found.extend(kept)
        return found


def metrics(snapshot: Snapshot) -> list[str]:
    """List the metric keys that any run has reported, the objective first."""
    keys = dict.fromkeys(key for run in snapshot.runs for key in run.history)
    return [snapshot.objective, *sorted(key for key in keys if key != snapshot.objective)]


def _curves(trial: Trial, metric: str, as_band: bool, objective: str) -> list[Curve]:
    runs = [run for run in trial.runs if run.history.get(metric)]
    if not runs:
        return []
    if as_band and trial.folds:
        return [_band(trial, runs, metric, objective)]
    return [
        Curve(
            trial.number,
            run.fold,
            np.asarray(run.history[metric], np.float32),
            _name(trial, run, objective),
            run.state.is_finished,
        )
        for run in runs
    ]


def _band(trial: Trial, runs: Sequence[Run], metric: str, objective: str) -> Curve:
    """Mean, least and largest over the folds that have reached each epoch."""
    table = np.full((len(runs), max(len(run.history[metric]) for run in runs)), np.nan)
    for row, run in zip(table, runs, strict=True):
        row[: len(run.history[metric])] = run.history[metric]
    reached = np.isfinite(table)
    count = reached.sum(axis=0)
    mean = np.full(table.shape[1], np.nan)
    np.divide(np.where(reached, table, 0).sum(axis=0), count, out=mean, where=count > 0)
    low = np.where(count > 0, np.where(reached, table, np.inf).min(axis=0), np.nan)
    high = np.where(count > 0, np.where(reached, table, -np.inf).max(axis=0), np.nan)
    return Curve(
        trial.number,
        None,
        mean.astype(np.float32),
        _name(trial, None, objective),
        trial.state.is_finished,
        low.astype(np.float32),
        high.astype(np.float32),
    )


def _name(trial: Trial, run: Run | None, objective: str) -> str:
    fold = "" if run is None or run.fold is None else f" fold {run.fold + 1}"
    value = trial.value if run is None else run.value
    outcome = trial.state if run is None else run.state
    told = f"{objective} {fmt.number(value)}" if value is not None else str(outcome)
    return " · ".join([f"#{trial.number}{fold}", fmt.params(trial.params), told])


def joined(curves: Sequence[Curve]) -> tuple[Floats, Floats]:
    """Put many curves into one line, broken by NaN.

    Returns
    -------
    x, y
        Each of shape (sum of epochs + curves - 1,).
    """
    if not curves:
        return EMPTY, EMPTY
    gap = np.full(1, np.nan, np.float32)
    xs = [part for curve in curves for part in (epochs(curve), gap)]
    ys = [part for curve in curves for part in (curve.y, gap)]
    return np.concatenate(xs[:-1]), np.concatenate(ys[:-1])


def stacked(curves: Sequence[Curve]) -> tuple[Floats, Floats]:
    """Put curves into the rows of a table.

    Returns
    -------
    x, y
        Each of shape (curves, longest), two columns at least.
    """
    return _filled([(epochs(curve), curve.y) for curve in curves])


def bands(curves: Sequence[Curve]) -> tuple[Floats, Floats]:
    """Outline each curve's band: along its top, back along its bottom, one band a row."""
    outlines = []
    for curve in curves:
        known = np.isfinite(curve.low) & np.isfinite(curve.high)
        if known.any():
            x = epochs(curve)[known]
            around = np.concatenate([curve.high[known], curve.low[known][::-1]])
            outlines.append((np.concatenate([x, x[::-1]]), around))
    return _filled(outlines)


def _filled(lines: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """Bring lines to one length: standing still at the last point draws nothing more.

    NaN would do too, but bqplot complains of a line that ends with it. Two points at least,
    for it takes a table of one column for a single line.
    """
    if not lines:
        return EMPTY, EMPTY
    width = max(2, *(len(x) for x, _ in lines))
    xs = [np.pad(x, (0, width - len(x)), mode="edge") for x, _ in lines]
    ys = [np.pad(y, (0, width - len(y)), mode="edge") for _, y in lines]
    return np.stack(xs), np.stack(ys)


def ends(curves: Sequence[Curve]) -> tuple[Floats, Floats]:
    """Give the last point of each curve."""
    x = np.array([len(curve.y) for curve in curves], np.float32)
    return x, np.array([curve.y[-1] for curve in curves], np.float32)


def epochs(curve: Curve) -> Floats:
    """Give a curve's abscissas: 1, 2, ..."""
    return np.arange(1, len(curve.y) + 1, dtype=np.float32)


def log10(y: Floats) -> Floats:
    """Take logarithms, and break lines where there is none."""
    logs = np.full(y.shape, np.nan, np.float32)
    np.log10(y, out=logs, where=y > 0)
    return logs
