"""The rules of a diagnosis: each looks at one run, and finds something or stays silent.

They are made to miss rather than to cry wolf: a change counts when it is several times the noise
of its curve and worth a share of its value, and short runs tell nothing but that they diverged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tunewidgets import format as fmt
from tunewidgets.analysis.case import Case, at
from tunewidgets.analysis.curve import Curve
from tunewidgets.analysis.finding import Finding, Kind
from tunewidgets.language import translate as tr

LARGE_BATCH = 256
"""Samples; from here on a batch is called large."""

SHORT = 8
"""Runs of fewer epochs show no trend."""

SURE = 4.0
"""So many standard errors make a slope a trend."""


def diverged(case: Case) -> Finding | None:
    """Find a loss that became infinite or NaN, or ten times what it began with."""
    loss, broke_at = case.loss, case.broke_at
    if broke_at is None and not _exploded(loss):
        return None
    epoch = broke_at or int(loss.epochs[int(np.argmax(loss.values > 10 * loss.values[0]))])
    figures = {at(loss, index): loss.told(index) for index in (0, -1)} if len(loss) else {}
    return case.finding(
        Kind.DIVERGED,
        tr(
            "Diverged at epoch {epoch} with {values}. A smaller learning rate may hold it.",
            epoch=epoch,
            values=fmt.params(case.params),
        ),
        (epoch, case.run.epochs),
        figures,
        case.adviser.other_rate(0.1),
    )


def large_batch(case: Case) -> Finding | None:
    """Find a large batch in a run that jumps, rises at first, or diverged."""
    batch = case.adviser.batch_size
    if batch < LARGE_BATCH:
        return None
    shown = diverged(case) or rate_too_large(case) or unstable(case)
    if shown is None:
        return None
    warm_up = case.adviser.warm_up(max(3, round(0.05 * (case.adviser.training("epochs") or 0))))
    told = (
        tr("Unstable with a large batch of {n}: try a smaller batch.", n=f"{batch:,}")
        if case.warmup_epochs
        else tr(
            "Unstable with a large batch of {n}: try warm-up, then a smaller batch.",
            n=f"{batch:,}",
        )
    )
    return case.finding(
        Kind.LARGE_BATCH,
        told,
        shown.evidence.epochs,
        shown.evidence.figures,
        warm_up or case.adviser.smaller_batch(),
    )


def rate_too_large(case: Case) -> Finding | None:
    """Find a loss that rises by a third in the first epochs."""
    loss = case.loss
    if len(loss) < SHORT or loss.values[0] <= 0:
        return None
    early = loss.values[: max(5, len(loss) // 10)]
    peak = int(np.argmax(early))
    rise = early[peak] - early[0]
    if early[peak] < 4 / 3 * early[0] or rise < 6 * loss.noise:
        return None
    return case.finding(
        Kind.RATE_TOO_LARGE,
        tr(
            "The loss rose until epoch {epoch} before it fell: the learning rate may be too large. "
            "Try a smaller one.",
            epoch=loss.epochs[peak],
        ),
        (int(loss.epochs[0]), int(loss.epochs[peak])),
        {at(loss, index): loss.told(index) for index in (0, peak, -1)},
        case.adviser.other_rate(0.3),
    )


def unstable(case: Case) -> Finding | None:
    """Find jumps: epochs, one in four or more, that lose a tenth of what was reached."""
    for curve in (case.loss, case.objective):
        jumps = _jumps(curve)
        if len(jumps) >= max(5, len(curve) / 4) and len(curve) >= SHORT + 2:
            rises = curve.values[jumps] - curve.values[jumps - 1]
            worst = int(jumps[int(np.argmax(rises))])
            return case.finding(
                Kind.UNSTABLE,
                tr(
                    "Unstable: {metric} jumps up {n_jumps} times in {n_epochs} epochs. A smaller "
                    "learning rate may calm it.",
                    metric=curve.name,
                    n_jumps=len(jumps),
                    n_epochs=len(curve),
                ),
                (int(curve.epochs[jumps[0]]), int(curve.epochs[jumps[-1]])),
                {at(curve, worst - 1): curve.told(worst - 1), at(curve, worst): curve.told(worst)},
                case.adviser.other_rate(0.3),
            )
    return None


def overfitting(case: Case) -> Finding | None:
    """Find an objective that was best some time ago and rises, while it falls in training."""
    curve, train = case.objective, case.train
    if len(curve) < SHORT or len(train) < SHORT:
        return None
    smoothed = curve.smoothed
    best = int(np.argmin(smoothed))
    n_after = len(curve) - 1 - best
    if n_after < max(4, len(curve) / 10):
        return None
    level, last = smoothed[best], float(np.median(curve.values[-min(5, n_after) :]))
    rise = last - level
    in_training = train.after(int(curve.epochs[best]) - 1)
    is_real = rise > 3 * curve.noise and rise > 0.03 * abs(level)
    if not is_real or not curve.trend(best).rises(SURE) or len(in_training) < 4:
        return None
    falls = in_training.trend(0)
    if not falls.falls(SURE) or -falls.change < in_training.noise:
        return None
    epoch = int(curve.epochs[best])
    return case.finding(
        Kind.OVERFITTING,
        tr(
            "Overfitting from epoch {epoch}: {valid} was best there and got worse, while {train} "
            "went on improving. Stopping early, a smaller model or regularisation may help.",
            epoch=epoch,
            valid=curve.name,
            train=train.name,
        ),
        (epoch, int(curve.epochs[-1])),
        {at(c, i): c.told(i) for c in (curve, in_training) for i in (_index(c, epoch), -1)},
        case.adviser.stop_early(max(5, min(20, round(len(curve) / 10)))),
    )


def rate_too_small(case: Case) -> Finding | None:
    """Find a loss that falls by small and equal steps, and has not come far."""
    loss = case.loss.after(case.warmup_epochs)
    if not case.went_through or len(loss) < SHORT or loss.values.min() <= 0:
        return None
    smoothed, middle = loss.smoothed, len(loss) // 2
    start, half, end = smoothed[0], smoothed[middle], smoothed[-1]
    gains = start - half, half - end
    is_real = min(gains) > 5 * loss.noise
    is_slow = end > 0.5 * start and gains[1] > 0.75 * gains[0]
    is_steady = np.mean(np.diff(loss.values) < 0) >= 0.9
    if not (is_real and is_slow and is_steady):
        return None
    return case.finding(
        Kind.RATE_TOO_SMALL,
        tr(
            "The loss falls slowly and steadily, and has not come far: the learning rate may be "
            "too small. Try a larger one."
        ),
        (int(loss.epochs[0]), int(loss.epochs[-1])),
        {at(loss, index): loss.told(index) for index in (0, middle, -1)},
        case.adviser.other_rate(3),
    )


def still_improving(case: Case) -> Finding | None:
    """Find an objective that was falling when the last epoch ended."""
    curve = case.objective
    if not case.went_through or len(curve) < SHORT:
        return None
    n_last = max(5, len(curve) // 2)
    first = len(curve) - n_last
    trend, end = curve.trend(first), curve.trend(len(curve) - max(4, n_last // 2))
    level = abs(float(np.median(curve.values[-3:])))
    gain = -end.change
    is_worth_it = gain > 0.02 * level and gain > curve.noise
    is_at_rest = np.ptp(curve.values[-3:]) == 0  # as an accuracy of 1 is
    if is_at_rest or not (trend.falls(SURE) and end.falls(SURE / 4) and is_worth_it):
        return None
    return case.finding(
        Kind.STILL_IMPROVING,
        tr(
            "Still improving when it ended: {metric} got better to the last. More epochs may "
            "bring more.",
            metric=curve.name,
        ),
        (int(curve.epochs[first]), int(curve.epochs[-1])),
        {at(curve, index): curve.told(index) for index in (first, -1)},
        case.adviser.more_epochs(),
    )


def plateau(case: Case) -> Finding | None:
    """Find an objective that has stayed where it is for two fifths of the epochs or more."""
    curve = case.objective
    if not case.run.state.is_finished or len(curve) < 2 * SHORT:
        return None
    smoothed = curve.smoothed
    gain = float(smoothed[0] - smoothed.min())
    if gain < 5 * curve.noise or gain < 0.1 * abs(smoothed.min()):
        return None  # it never improved, which is another thing
    for first in range(0, int(0.6 * len(curve)), max(1, len(curve) // 25)):
        trend = curve.trend(first)
        level = abs(float(np.median(curve.values[first:])))
        if abs(trend.change) + 2 * trend.doubt < min(0.02 * level, 0.05 * gain):
            break
    else:
        return None
    epoch = int(curve.epochs[first])
    return case.finding(
        Kind.PLATEAU,
        tr(
            "A plateau since epoch {epoch}: {metric} hardly changed in the epochs after it. "
            "Stopping early would save them; other hyperparameters may bring more than epochs do.",
            epoch=epoch,
            metric=curve.name,
        ),
        (epoch, int(curve.epochs[-1])),
        {at(curve, index): curve.told(index) for index in (0, first, -1)},
        case.adviser.stop_early(max(5, min(20, round(len(curve) / 10)))),
    )


@dataclass(frozen=True, slots=True)
class Rule:
    """What looks at a run.

    Attributes
    ----------
    find
        Finds something or gives None.
    unless
        What, once found, makes it superfluous.
    """

    find: Callable[[Case], Finding | None]
    unless: frozenset[Kind] = frozenset()


_UPSET = frozenset({Kind.DIVERGED, Kind.RATE_TOO_LARGE, Kind.UNSTABLE, Kind.LARGE_BATCH})

RULES = (
    Rule(diverged),
    Rule(large_batch),
    Rule(rate_too_large, _UPSET),
    Rule(unstable, _UPSET),
    Rule(overfitting, frozenset({Kind.DIVERGED})),
    Rule(rate_too_small, _UPSET | {Kind.OVERFITTING}),
    Rule(still_improving, frozenset({Kind.DIVERGED, Kind.OVERFITTING, Kind.RATE_TOO_SMALL})),
    Rule(plateau, _UPSET | {Kind.OVERFITTING, Kind.RATE_TOO_SMALL, Kind.STILL_IMPROVING}),
)
"""All of them, the most pressing first."""


def _exploded(loss: Curve) -> bool:
    """Whether the last epochs have ten times the loss of the first one."""
    if len(loss) < SHORT or loss.values[0] <= 0:
        return False
    return bool(np.median(loss.values[-3:]) > 10 * loss.values[0])


def _jumps(curve: Curve) -> np.ndarray:
    """Give the indices at which a curve has risen by a tenth, and by what matters of its gain."""
    if len(curve) < 2:
        return np.array([], dtype=np.int64)
    rises = np.diff(curve.values)
    gain = float(curve.values[0] - curve.values.min())
    return np.flatnonzero((rises > 0.1 * np.abs(curve.values[:-1])) & (rises > 0.02 * gain)) + 1


def _index(curve: Curve, epoch: int) -> int:
    """Find the first index from an epoch on."""
    return int(np.searchsorted(curve.epochs, epoch))
