"""Axis limits that show what matters and seldom move.

A run that diverged must not press all others flat, so the limits follow what is typical of the
others and let outliers leave the chart, though never the best. They hold still while the data stay
inside and fill a fair part.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tunewidgets.widgets.curve_data import Curve

Limits = tuple[float, float]

REACH = 3.0
"""How many times the middle half's span the axis may reach beyond it."""

FILL = 0.6
"""The part of an axis that the data must fill for it to stay as it is."""

MOST_TICKS = 8
STOPS = (5, 10, 15, 20, 25, 30, 40, 50, 60, 80)


def epoch_limits(curves: Sequence[Curve], before: Limits | None) -> Limits:
    """Give the epoch axis: from 1 to a round number that holds every curve."""
    longest = max((len(curve.y) for curve in curves), default=1)
    if before is not None and longest <= before[1] and longest > FILL / 2 * before[1]:
        return before
    return 1.0, max(float(STOPS[0]), _round_up(longest))


def time_limits(curves: Sequence[Curve], before: Limits | None) -> Limits:
    """Give the time axis: from 0 to a round number of seconds that holds every curve."""
    longest = max((float(curve.x[-1]) for curve in curves), default=1.0)
    if before is not None and longest <= before[1] and longest > FILL / 2 * before[1]:
        return before
    return 0.0, _round_up(longest)


def _round_up(longest: float) -> float:
    longest, scale = max(longest, 1e-3), 1.0
    while STOPS[-1] * scale < longest:
        scale *= 10
    while STOPS[0] * scale > longest:
        scale /= 10
    return float(f"{next(stop * scale for stop in STOPS if stop * scale >= longest):.12g}")


def epoch_ticks(limits: Limits) -> list[float]:
    """Give whole epochs to label, some eight of them."""
    last = int(limits[1])
    steps = (digit * 10**power for power in range(12) for digit in (1, 2, 5))
    step = next(step for step in steps if step * MOST_TICKS >= last)
    return [float(tick) for tick in ([1] if step > 2 else []) + list(range(step, last + 1, step))]


def log_ticks(limits: Limits) -> list[float]:
    """Give round values to label on a log axis: the densest row of at most eight."""
    low, high = limits
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    stride = math.ceil(len(decades) / MOST_TICKS)
    ways = [range(1, 10), (1, 2, 3, 5), (1, 2, 5), (1, 3), (1,)]
    rows = [[float(f"{m}e{k}") for k in decades for m in way] for way in ways]
    rows.append([float(f"1e{k}") for k in decades[::stride]])
    inside = [[tick for tick in row if low <= tick <= high] for row in rows]
    found = next((row for row in inside if len(row) <= MOST_TICKS), inside[-1])
    return found if len(found) > 1 else even_ticks(low, high)


def even_ticks(low: float, high: float) -> list[float]:
    """Give round values at even distances, some six of them."""
    power = 10.0 ** math.floor(math.log10(high - low)) / 10
    steps = (digit * power for digit in (1, 2, 5, 10, 20, 50))
    step = next(step for step in steps if (high - low) / step <= MOST_TICKS + 1)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [float(f"{i * step:.12g}") for i in range(first, last + 1)]


def tick_labels(ticks: Sequence[float]) -> list[str]:
    """Write ticks in one way, with as many digits as tell them apart."""
    sizes = [abs(tick) for tick in ticks if tick]
    if sizes and (max(sizes) >= 1e6 or min(sizes) < 1e-4):
        return [f"{tick:.3g}".replace("e-0", "e-").replace("e+0", "e") for tick in ticks]
    plain = [f"{tick:.8g}" for tick in ticks]
    if len(ticks) > 1 and max(sizes) / min(sizes) >= 100:
        return plain
    decimals = max((len(words.partition(".")[2]) for words in plain), default=0)
    return [f"{tick:.{decimals}f}" for tick in ticks]


def value_limits(
    curves: Sequence[Curve], log: bool, before: Limits | None, best: int | None = None
) -> Limits:
    """Give the value axis, in the unit of the curves: logarithms on a logarithmic axis.

    Parameters
    ----------
    curves
        What is drawn.
    log
        Whether the axis is logarithmic.
    before
        Kept where it still serves.
    best
        Number of the trial that is always in view.
    """
    calm = [curve for curve in curves if curve.diverged is None]
    spans = [curve.span for curve in calm or curves if curve.span is not None]
    if not spans:
        return before or ((-1.0, 0.0) if log else (0.0, 1.0))
    low, high = typical(spans)
    for curve in curves:
        if curve.trial == best and curve.span is not None:
            low, high = min(low, curve.span[0]), max(high, curve.span[1])
    if before is not None and _serves(before, low, high):
        return before
    return padded(low, high, log)


def padded(low: float, high: float, log: bool) -> Limits:
    """Leave some room at both ends, but none below a zero that nothing crosses."""
    pad = 0.06 * (high - low) or 0.05 * max(abs(high), 1e-3)
    lower = low - pad
    return (max(lower, 0.0) if low >= 0 and not log else lower), high + pad


def typical(spans: Sequence[Limits]) -> Limits:
    """Give the span of all but the outliers, as a box plot does for its whiskers."""
    if len(spans) == 1:
        return spans[0]
    ends = np.sort(np.ravel(spans))
    # Of two curves, the lower one is typical: curves diverge upwards.
    first, middle, third = np.quantile(ends, (0.25, 0.5, 0.75), method="lower")
    reach = max(REACH * (third - first), 0.5 * abs(middle))
    return float(max(ends[0], first - reach)), float(min(ends[-1], third + reach))


def _serves(limits: Limits, low: float, high: float) -> bool:
    inside = limits[0] <= low and high <= limits[1]
    return inside and high - low >= FILL * (limits[1] - limits[0])
