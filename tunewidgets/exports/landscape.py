"""Pictures over several hyperparameters: importance, a heat map of two, all side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tunewidgets import format as fmt
from tunewidgets.distributions import Categorical, Distribution
from tunewidgets.exports.axes import Axis, axis_of, spreads
from tunewidgets.exports.drawing import ACCENT, CALM, GRID, TEXT, framed, line, words
from tunewidgets.snapshot import Snapshot
from tunewidgets.space import SearchSpace
from tunewidgets.trial import Trial
from tunewidgets.values import is_number

VIRIDIS = ("#46327e", "#365c8d", "#277f8e", "#1fa187", "#4ac16d", "#a0da39", "#fde725")
"""Even steps in lightness, also to those who see colours otherwise; dark is better."""

MOST_CELLS = 10
"""So many different values at most get a row or column each; others are cut into `BINS`."""

BINS = 8
LETTER = 6.6
"""About the width of a letter, in pixels."""


def importance_bars(shares: Mapping[str, float]) -> str:
    """Draw a bar a hyperparameter, as long as its share."""
    left = 20 + LETTER * max(map(len, shares))
    width, height, row = left + 330, 26 * len(shares) + 8, 26
    parts = []
    for i, (name, share) in enumerate(shares.items()):
        y, long = i * row + 4, max(1.0, 270 * share)
        parts.append(words(left - 8, y + 15, name, "end"))
        box = f'x="{left:.0f}" y="{y + 3}" width="{long:.1f}" height="16"'
        parts.append(f'<rect {box} rx="2" style="fill:{CALM}"/>')
        parts.append(words(left + long + 7, y + 15, f"{100 * share:.0f} %", "start"))
    return framed("Importance of each hyperparameter", width, height, "".join(parts))


def varied(seen: Snapshot, names: Sequence[str]) -> list[str]:
    """Name the hyperparameters of which complete trials have different values."""
    trials = _valued(seen)
    return [n for n in names if len({repr(t.params[n]) for t in trials if n in t.params}) > 1]


def heat_map(seen: Snapshot, pair: tuple[str, str], space: SearchSpace) -> str:
    """Draw the mean value of the trials in each cell of two hyperparameters."""
    trials = [t for t in _valued(seen) if all(name in t.params for name in pair)]
    place = _Scale.of(trials, pair[1], space, 0, 1)
    left = 36 + LETTER * max((len(word) for _, word in place.axis.ticks), default=0)
    right, top, bottom = left + 380, 10, 250
    across = _Scale.of(trials, pair[0], space, left, right)
    up = _Scale.of(trials, pair[1], space, bottom, top)
    cells: dict[tuple[int, int], list[float]] = {}
    for trial in trials:
        cells.setdefault((across.cell(trial), up.cell(trial)), []).append(_value(trial))
    limits = _colours(seen, trials)
    w, h = (right - left) / across.n, (bottom - top) / up.n
    parts = []
    for (i, j), values in sorted(cells.items()):
        mean = math.fsum(_within(v, limits) for v in values) / len(values)
        box = f'x="{left + i * w:.1f}" y="{bottom - (j + 1) * h:.1f}" width="{w - 1:.1f}"'
        told = f"<title>{mean:.4g}, {fmt.count(len(values), 'trial')}</title>"
        fill = _colour(mean, limits, seen)
        parts.append(f'<rect {box} height="{h - 1:.1f}" fill="{fill}">{told}</rect>')
    parts += [words(at, bottom + 17, word, "middle") for at, word in apart(across.axis.ticks)]
    parts += [words(left - 7, at + 4, word, "end") for at, word in up.axis.ticks]
    parts.append(words((left + right) / 2, bottom + 36, pair[0], "middle"))
    middle = f"translate(12 {(top + bottom) / 2:.0f}) rotate(-90)"
    parts.append(f'<g transform="{middle}">{words(0, 0, pair[1], "middle")}</g>')
    parts.append(_legend(right + 22, top, bottom, limits, seen))
    title = f"Mean {seen.objective} by {pair[0]} and {pair[1]}"
    return framed(title, right + 100, bottom + 44, "".join(parts))


def apart(ticks: Sequence[tuple[float, str]]) -> list[tuple[float, str]]:
    """Leave out the labels across that would lie on the one before."""
    kept: list[tuple[float, str]] = []
    free = -math.inf
    for at, word in ticks:
        half = LETTER * len(word) / 2
        if at - half >= free:
            kept.append((at, word))
            free = at + half + LETTER
    return kept


def parallel(seen: Snapshot, names: Sequence[str], space: SearchSpace) -> str:
    """Draw each trial as a line across its hyperparameters and its value; the best in colour."""
    trials = [t for t in _valued(seen) if all(name in t.params for name in names)]
    top, bottom, gap = 34, 250, max(120, min(230, 900 // max(1, len(names))))
    ys = [_value(trial) for trial in trials]
    last = axis_of(ys, bottom, top, log=spreads(ys), robust=True)
    scales = [_Scale.of(trials, name, space, bottom, top) for name in names]
    left = 70
    xs = [left + i * gap for i in range(len(names) + 1)]
    best = [trial for trial in trials if trial.number == seen.best]
    parts = []
    for trial in [t for t in trials if t.number != seen.best] + best:
        heights = [scale.at(trial) for scale in scales]
        heights.append(max(top - 6.0, last.place(_value(trial))))
        points = " ".join(f"{x},{y:.1f}" for x, y in zip(xs, heights, strict=True))
        stroke = (ACCENT, 2.2, 1.0) if trial.number == seen.best else (CALM, 1.0, 0.45)
        parts.append(
            f'<polyline points="{points}" fill="none" stroke-width="{stroke[1]}" '
            f'stroke-opacity="{stroke[2]}" style="stroke:{stroke[0]}"/>'
        )
    axes = [*zip(names, (scale.axis for scale in scales), strict=True), (seen.objective, last)]
    for x, (name, axis) in zip(xs, axes, strict=True):
        parts.append(line(x, top, x, bottom, TEXT))
        parts.append(words(x, top - 16, name, "middle"))
        for at, word in axis.ticks:
            parts.append(line(x - 4, at, x, at, GRID))
            parts.append(words(x - 7, at + 4, word, "end"))
    title = f"Each trial across its hyperparameters and {seen.objective}"
    return framed(title, xs[-1] + 70, bottom + 14, "".join(parts))


@dataclass(frozen=True, slots=True)
class _Scale:
    """From a trial to the place of one of its hyperparameters; `members` have a cell each."""

    name: str
    axis: Axis
    members: tuple[str, ...]
    is_counted: bool

    @classmethod
    def of(
        cls, trials: Sequence[Trial], name: str, space: SearchSpace, start: float, end: float
    ) -> _Scale:
        raw = [trial.params[name] for trial in trials]
        distribution: Distribution | None = space.get(name)
        is_choice = isinstance(distribution, Categorical) or not all(map(is_number, raw))
        different = {repr(v): v for v in raw}
        if is_choice:
            first = distribution.choices if isinstance(distribution, Categorical) else ()
            different = {repr(v): v for v in (*first, *raw)}
        elif len(different) <= MOST_CELLS:
            different = dict(sorted(different.items(), key=lambda item: float(item[1])))
        else:
            values = [float(v) for v in raw]
            log = bool(getattr(distribution, "log", False)) or spreads(values)
            axis = axis_of(values, start, end, log=log and min(values) > 0)
            return cls(name, axis, (), False)
        labels = tuple(fmt.labels(different.values()))
        axis = Axis(-0.5, len(labels) - 0.5, start, end, names=labels)
        return cls(name, axis, tuple(different), True)

    @property
    def n(self) -> int:
        return len(self.members) if self.is_counted else BINS

    def at(self, trial: Trial) -> float:
        value = trial.params[self.name]
        return self.axis.place(self.members.index(repr(value)) if self.is_counted else value)

    def cell(self, trial: Trial) -> int:
        share = (self.at(trial) - self.axis.start) / (self.axis.end - self.axis.start)
        return min(self.n - 1, int(share * self.n))


def _valued(seen: Snapshot) -> list[Trial]:
    return [t for t in seen.trials if t.value is not None and math.isfinite(t.value)]


def _value(trial: Trial) -> float:
    return math.nan if trial.value is None else trial.value


def _colours(seen: Snapshot, trials: Sequence[Trial]) -> tuple[float, float]:
    """Give the values at the ends of the colours; a diverged trial does not stretch them."""
    sign = 1 if seen.direction == "minimize" else -1
    axis = axis_of([sign * _value(trial) for trial in trials], 0, 1, robust=True)
    low, high = sorted((sign * axis.low, sign * axis.high))
    return low, high


def _within(value: float, limits: tuple[float, float]) -> float:
    return min(max(value, limits[0]), limits[1])


def _colour(value: float, limits: tuple[float, float], seen: Snapshot) -> str:
    share = (value - limits[0]) / (limits[1] - limits[0])
    share = share if seen.direction == "minimize" else 1 - share
    return VIRIDIS[min(len(VIRIDIS) - 1, int(share * len(VIRIDIS)))]


def _legend(
    x: float, top: float, bottom: float, limits: tuple[float, float], seen: Snapshot
) -> str:
    axis = Axis(*limits, bottom, top)
    step = (bottom - top) / len(VIRIDIS)
    colours = VIRIDIS if seen.direction == "minimize" else VIRIDIS[::-1]
    bars = [
        f'<rect x="{x:.0f}" y="{bottom - (i + 1) * step:.1f}" width="12" '
        f'height="{step + 0.5:.1f}" fill="{colour}"/>'
        for i, colour in enumerate(colours)
    ]
    return "".join([*bars, *(words(x + 18, at + 4, word, "start") for at, word in axis.ticks)])
