"""The pictures of a study: its curves, its values one after the other and against each parameter.

Finished trials are calm, and the best one has the accent, as in the lab.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from tunewidgets import format as fmt
from tunewidgets.distributions import Categorical, Distribution
from tunewidgets.exports.axes import spreads
from tunewidgets.exports.drawing import ACCENT, CALM, Curve, Dots, Picture
from tunewidgets.language import translate as tr
from tunewidgets.snapshot import Snapshot
from tunewidgets.trial import Run, Trial
from tunewidgets.values import is_number

SIZE = {"width": 500, "height": 270}
SMALL = {"width": 340, "height": 220}


def learning_curves(seen: Snapshot) -> str:
    """Draw the objective of every run, epoch by epoch."""
    key = seen.objective
    runs = [(run.history[key], run.trial == seen.best) for run in seen.runs if run.history.get(key)]
    curves = [Curve(ys, colour=CALM) for ys, is_best in runs if not is_best]
    curves += [Curve(ys, colour=ACCENT, width=2.2) for ys, is_best in runs if is_best]
    log = spreads(y for ys, _ in runs for y in ys)
    return Picture(f"{key} of every run by epoch", "epoch", key, **SIZE, log_y=log).drawn(curves)


def values_over_trials(seen: Snapshot) -> str:
    """Draw each trial's value, and the best so far as a step line."""
    trials = [trial for trial in seen.trials if trial.value is not None]
    better = min if seen.direction == "minimize" else max
    best: list[float] = []
    for trial in trials:
        best.append(better([*best[-1:], _value(trial)]))
    xs = [float(trial.number) for trial in trials]
    steps = Curve(best, xs, ACCENT, 2.0, stepped=True)
    picture = Picture(
        f"{seen.objective} of each trial, and the best so far", "trial", seen.objective, **SIZE,
        log_y=spreads(map(_value, trials)),
    )  # fmt: skip
    dots = Dots(xs, [_value(trial) for trial in trials])
    return picture.drawn([steps], [dots], picture.across(xs, whole=True))


def value_against(seen: Snapshot, name: str, distribution: Distribution | None) -> str:
    """Draw each trial's value against one of its hyperparameters."""
    trials = [t for t in seen.trials if t.value is not None and name in t.params]
    picture = Picture(
        f"{seen.objective} against {name}", name, seen.objective, **SMALL,
        log_y=spreads(map(_value, trials)),
    )  # fmt: skip
    raw = [trial.params[name] for trial in trials]
    if isinstance(distribution, Categorical) or not all(map(is_number, raw)):
        names = _choices(raw, distribution)
        xs = [float(names.index(repr(value))) for value in raw]
        axis = picture.choices([fmt.text(_unquoted(label)) for label in names])
    else:
        xs = [float(value) for value in raw]
        log = getattr(distribution, "log", False) or spreads(xs)
        axis = picture.across(xs, log=log and all(x > 0 for x in xs))
    best = [t.number == seen.best for t in trials]
    ys = [_value(trial) for trial in trials]
    dots = [
        Dots(*_where(xs, ys, best, False)),
        Dots(*_where(xs, ys, best, True), colour=ACCENT, radius=4.5),
    ]
    return picture.drawn(dots=dots, x=axis)


def train_against_validation(runs: Sequence[Run], key: str, colour: str, **size: int) -> str | None:
    """Draw a metric on the training data (dashed) and on the validation data; None without both."""
    pair = metric_pair(runs, key)
    if pair is None:
        return None
    train, valid = pair
    curves = [Curve(run.history[train], colour=colour, width=1.3, dashed=True) for run in runs]
    curves += [Curve(run.history[valid], colour=colour, width=1.8) for run in runs]
    log = spreads(y for curve in curves for y in curve.ys)
    title = tr("{train} (dashed) and {valid} by epoch", train=train, valid=valid)
    return Picture(title, tr("epoch"), train, **(size or SMALL), log_y=log).drawn(curves)


def learning_rates(runs: Sequence[Run], colour: str, **size: int) -> str | None:
    """Draw the learning rate by epoch, where it was logged and changed; else None."""
    key = next((k for k in ("learning_rate", "lr") if any(k in run.history for run in runs)), None)
    if key is None:
        return None
    logged = [run.history[key] for run in runs if key in run.history]
    curves = [Curve(rates, colour=colour, width=1.6) for rates in logged]
    if all(len(set(curve.ys)) < 2 for curve in curves):
        return None
    log = spreads(y for curve in curves for y in curve.ys)
    title = tr("learning rate by epoch")
    return Picture(title, tr("epoch"), key, **(size or SMALL), log_y=log).drawn(curves)


def metric_pair(runs: Sequence[Run], key: str) -> tuple[str, str] | None:
    """Name a metric on the training and on the validation data, where every run has both."""
    train = key.removeprefix("val_")
    valid = f"val_{train}"
    has_both = runs and all(run.history.get(train) and run.history.get(valid) for run in runs)
    return (train, valid) if has_both else None


def _value(trial: Trial) -> float:
    return math.nan if trial.value is None else trial.value


def _choices(raw: Sequence[object], distribution: Distribution | None) -> list[str]:
    first = distribution.choices if isinstance(distribution, Categorical) else ()
    return list(dict.fromkeys(repr(value) for value in (*first, *raw))) or ["None"]


def _unquoted(label: str) -> str:
    is_text = len(label) > 1 and label[0] == label[-1] and label[0] in "'\""
    return label[1:-1] if is_text else label


def _where(
    xs: Sequence[float], ys: Sequence[float], flags: Sequence[bool], wanted: bool
) -> tuple[list[float], list[float]]:
    pairs = [(x, y) for x, y, flag in zip(xs, ys, flags, strict=True) if flag is wanted]
    return [x for x, _ in pairs], [y for _, y in pairs]
