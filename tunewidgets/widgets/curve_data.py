"""From a snapshot to the curves that the chart draws; nothing here knows of widgets.

A finished run's curve never changes, so it is made once and kept. Numbers are float32, with NaN
where a line is broken and where there is nothing to show.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from tunewidgets import format as fmt
from tunewidgets.language import translate as tr
from tunewidgets.snapshot import Snapshot
from tunewidgets.trial import Run, RunKey, State, Trial
from tunewidgets.widgets.state_words import state_word

Floats = NDArray[np.float32]
EMPTY: Floats = np.zeros(0, np.float32)

SPIKE = 8.0
"""How many times a curve's usual spread an epoch must be off to count as a spike."""

BLOWN_UP = 10.0
"""How many times its first value a curve must end at to count as diverged."""


def _empty() -> Floats:
    return EMPTY


@dataclass(frozen=True, slots=True)
class View:
    """What the curves show.

    Attributes
    ----------
    metric
        Its key.
    partner
        The same metric on the other data (training or validation), drawn dashed; None for none.
    by_time
        Against the run's seconds, rather than epochs.
    is_log
        Values on a logarithmic axis: curves hold the logarithms.
    as_band
        One curve a trial, with the span of its folds, rather than one a run.
    smoothing
        Weight of the past in a running mean, 0 for none, below 1.
    """

    metric: str
    partner: str | None = None
    by_time: bool = False
    is_log: bool = False
    as_band: bool = False
    smoothing: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One line of the chart.

    Attributes
    ----------
    trial
        Number of the trial.
    fold
        Which fold, or None for a whole trial.
    x
        Epochs 1, 2, ..., or seconds, shape (epochs,).
    y
        The metric at them, as drawn, shape (epochs,).
    name
        What the tooltip says.
    is_finished
        Whether nothing more will come.
    low, high
        The folds' smallest and largest at each epoch, where they are drawn as a band.
    raw
        Before smoothing, where there is any.
    partner
        The metric on the other data.
    diverged
        The epoch at which it did, or None.
    span
        Least and greatest of its usual values, without a spike; None without any.
    """

    trial: int
    fold: int | None
    x: Floats
    y: Floats
    name: str
    is_finished: bool
    low: Floats = field(default_factory=_empty)
    high: Floats = field(default_factory=_empty)
    raw: Floats = field(default_factory=_empty)
    partner: Floats = field(default_factory=_empty)
    diverged: int | None = None
    span: tuple[float, float] | None = None

    @property
    def key(self) -> tuple[int, int | None]:
        """Tells the curves of one view apart."""
        return (self.trial, self.fold)


class CurveStore:
    """Makes curves from snapshots, and keeps those of finished trials."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[Trial, list[Curve]]] = {}
        self._view: tuple[View, str] | None = None
        self._since: dict[RunKey, float] = {}

    def curves(self, snapshot: Snapshot, view: View) -> list[Curve]:
        """Make every curve of a view: one a run, or, as bands, one a trial."""
        if self._view != (view, snapshot.objective):
            self._kept, self._view = {}, (view, snapshot.objective)
        found: list[Curve] = []
        for trial in snapshot.trials:
            known, kept = self._kept.get(trial.number, (None, []))
            # The study replaces a record when it changes. Time goes on without that.
            if known is not trial or (view.by_time and not trial.state.is_finished):
                kept = self._curves(trial, view, snapshot.objective)
                self._kept[trial.number] = (trial, kept)
            found.extend(kept)
        return found

    def _curves(self, trial: Trial, view: View, objective: str) -> list[Curve]:
        runs = [run for run in trial.runs if run.history.get(view.metric)]
        seconds = {run.key: self._seconds(run) for run in runs}
        if view.by_time:
            runs = [run for run in runs if seconds[run.key]]
        if not runs:
            return []
        if view.as_band and trial.folds:
            return [_band(trial, runs, view, objective, max(seconds.values()))]
        return [_curve(trial, run, view, objective, seconds[run.key]) for run in runs]

    def _seconds(self, run: Run) -> float:
        """Give the run's time; of one that goes on, since it was first seen."""
        if run.state is not State.RUNNING:
            return run.seconds
        now = time.monotonic()
        return now - self._since.setdefault(run.key, now)


class MetricKeys:
    """Lists the metric keys that any run has reported; looks only at what is new."""

    def __init__(self) -> None:
        self._keys: dict[str, None] = {}
        self._seen = 0

    def list(self, snapshot: Snapshot) -> list[str]:
        """Give the keys, the objective first."""
        trials = snapshot.trials
        for trial in trials[self._seen :]:
            for run in trial.runs:
                self._keys.update(dict.fromkeys(run.history))
        while self._seen < len(trials) and trials[self._seen].state.is_finished:
            self._seen += 1
        rest = sorted(key for key in self._keys if key != snapshot.objective)
        return [snapshot.objective, *rest]


def partner_of(metric: str, keys: Sequence[str]) -> str | None:
    """Give the key of the same metric on the other data, if it is among the keys."""
    other = metric.removeprefix("val_") if metric.startswith("val_") else f"val_{metric}"
    return other if other in keys else None


def _curve(trial: Trial, run: Run, view: View, objective: str, seconds: float) -> Curve:
    values = run.history[view.metric]
    others = run.history.get(view.partner, ()) if view.partner else ()
    diverged = divergence(values)
    made = Curve(
        trial.number,
        run.fold,
        _abscissas(len(values), run, seconds, view),
        _drawn(values, view),
        _name(trial, run, objective, diverged),
        run.state.is_finished,
        partner=_drawn(others, view)[: len(values)],
        diverged=diverged,
    )
    return _completed(made, view.smoothing)


def _band(trial: Trial, runs: Sequence[Run], view: View, objective: str, seconds: float) -> Curve:
    """Mean, least and largest over the folds that have reached each epoch."""
    mean, low, high = _span([run.history[view.metric] for run in runs])
    others = [run.history[key] for run in runs if (key := view.partner) in run.history and key]
    ends = [at for run in runs if (at := divergence(run.history[view.metric])) is not None]
    diverged = min(ends, default=None)
    made = Curve(
        trial.number,
        None,
        _abscissas(len(mean), max(runs, key=lambda run: run.epochs), seconds, view),
        _drawn(mean, view),
        _name(trial, None, objective, diverged),
        trial.state.is_finished,
        low=_drawn(low, view),
        high=_drawn(high, view),
        partner=_drawn(_span(others)[0][: len(mean)], view) if others else EMPTY,
        diverged=diverged,
    )
    return _completed(made, view.smoothing)


def _completed(curve: Curve, smoothing: float) -> Curve:
    """Smooth a curve, and work out what the chart asks of it at every drawing."""
    y = smoothed(curve.y, smoothing)
    return replace(
        curve,
        y=y,
        raw=curve.y if smoothing else EMPTY,
        span=usual(y),
    )


def _span(
    rows: Sequence[Sequence[float]],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    table = np.full((len(rows), max(map(len, rows))), np.nan)
    for into, row in zip(table, rows, strict=True):
        into[: len(row)] = row
    reached = np.isfinite(table)
    count = reached.sum(axis=0)
    mean = np.full(table.shape[1], np.nan)
    np.divide(np.where(reached, table, 0).sum(axis=0), count, out=mean, where=count > 0)
    low = np.where(count > 0, np.where(reached, table, np.inf).min(axis=0), np.nan)
    high = np.where(count > 0, np.where(reached, table, -np.inf).max(axis=0), np.nan)
    return mean, low, high


def _abscissas(n: int, run: Run, seconds: float, view: View) -> Floats:
    """Give epochs, or seconds: the first epoch has its own, later ones are equally long."""
    epochs = np.arange(1, n + 1, dtype=np.float32)
    if not view.by_time:
        return epochs
    if not run.epochs_seconds or n < 2:
        return epochs * np.float32(seconds / n)
    first = run.build_seconds + run.first_epoch_seconds
    last = run.build_seconds + run.epochs_seconds
    return np.linspace(first, last, n, dtype=np.float32)


def _drawn(values: Sequence[float] | NDArray[np.float64], view: View) -> Floats:
    """Bring values to the axis, with NaN for what it cannot show."""
    y = np.asarray(values, np.float64)
    y = np.where(np.isfinite(y) & (np.abs(y) < np.finfo(np.float32).max), y, np.nan)
    return log10(y) if view.is_log else y.astype(np.float32)


def divergence(values: Sequence[float]) -> int | None:
    """Give the epoch at which values diverged: the first that is no number, or far off for good."""
    y = np.asarray(values, np.float64)
    wild = ~np.isfinite(y)
    if not wild.any():
        limit = max(1.0, BLOWN_UP * abs(y[0]))
        if not abs(y[-1]) > limit:
            return None
        wild = np.abs(y) > limit
    return int(np.argmax(wild)) + 1


def smoothed(y: Floats, weight: float) -> Floats:
    """Take a running mean in which the past fades, without a bias towards the first value."""
    if not weight:
        return y
    out = np.full(y.shape, np.nan, np.float32)
    total = mass = 0.0
    for i, value in enumerate(y.tolist()):
        if value == value:  # not NaN
            total, mass = weight * total + value, weight * mass + 1.0
            out[i] = total / mass
    return out


def usual(y: Floats) -> tuple[float, float] | None:
    """Give the span of a curve's values; a first epoch that is far off, or a spike, may leave it.

    Parameters
    ----------
    y
        NaN where there is none, shape (epochs,).
    """
    known = np.sort(y[np.isfinite(y)].astype(np.float64))
    if not known.size:
        return None
    early, middle, late = known[(np.array([0.1, 0.5, 0.9]) * (known.size - 1)).round().astype(int)]
    low = max(known[0], middle - SPIKE * (middle - early))
    high = min(known[-1], middle + SPIKE * (late - middle))
    return float(low), float(high)


def _name(trial: Trial, run: Run | None, objective: str, diverged: int | None) -> str:
    fold = "" if run is None or run.fold is None else " " + tr("fold {n}", n=run.fold + 1)
    value = trial.value if run is None else run.value
    outcome = trial.state if run is None else run.state
    told = f"{objective} {fmt.number(value)}" if value is not None else state_word(outcome)
    parts = [f"#{trial.number}{fold}", fmt.params(trial.params), told]
    if diverged is not None:
        parts.append(tr("diverged at epoch {epoch}", epoch=diverged))
    return " · ".join(parts)


def log10(y: NDArray[np.float64]) -> Floats:
    """Take logarithms, and break lines where there is none."""
    logs = np.full(y.shape, np.nan)
    np.log10(y, out=logs, where=y > 0)
    return logs.astype(np.float32)
