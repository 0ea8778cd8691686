"""Axes of the pictures: from a value to a place, and round numbers to label."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from tunewidgets import format as fmt

REACH = 3.0
"""Values beyond so many times the range of the lower three quarters do not stretch an axis."""

TYPICAL = 0.75
SPREAD = 50.0
"""Positive values that span at least this factor are drawn by magnitude, unless told otherwise."""

MOST_TICKS = 7


@dataclass(frozen=True, slots=True)
class Axis:
    """Where values lie on a line.

    Attributes
    ----------
    low, high
        The values at its ends; positive where `log`.
    start, end
        Their places, in pixels.
    log
        Whether equal factors take equal room.
    whole
        Whether only whole numbers are labelled.
    names
        What the places 0, 1, ... are called, where the values are positions of choices.
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False
    whole: bool = False
    names: tuple[str, ...] = ()

    def place(self, value: float) -> float:
        """Say where a value lies; NaN where it lies nowhere."""
        if not math.isfinite(value) or (self.log and value <= 0):
            return math.nan
        low, high, value = (_scaled(v, self.log) for v in (self.low, self.high, value))
        return self.start + (value - low) / (high - low) * (self.end - self.start)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Places to label, and the labels."""
        if self.names:
            return [(self.place(i), name) for i, name in enumerate(self.names)]
        values = _log_ticks(self.low, self.high) if self.log else self._even_ticks
        return [(self.place(value), fmt.number(value)) for value in values]

    @property
    def _even_ticks(self) -> list[float]:
        return _even_ticks(self.low, self.high, 1.0 if self.whole else 0.0)


def axis_of(
    values: Iterable[float],
    start: float,
    end: float,
    *,
    log: bool = False,
    robust: bool = False,
    whole: bool = False,
) -> Axis:
    """Make an axis that shows some values.

    Parameters
    ----------
    values
        NaN and infinite ones do not count, nor, where `log`, do those below zero.
    start, end
        Places of its ends, in pixels.
    log
        Whether equal factors take equal room.
    robust
        Let what lies far above the others fall off the axis.
    whole
        Begin and end with the values themselves, and label whole numbers, as for epochs.
    """
    seen = sorted(v for v in values if math.isfinite(v) and (v > 0 or not log))
    if not seen:
        seen = [1.0, 10.0] if log else [0.0, 1.0]
    low, high = seen[0], seen[-1]
    if robust:
        typical = seen[math.ceil(TYPICAL * (len(seen) - 1))]
        least, usual = _scaled(low, log), _scaled(typical, log)
        if usual > least:
            high = max(v for v in seen if _scaled(v, log) <= least + REACH * (usual - least))
    if low == high:
        low, high = (
            (low / 2, high * 2) if log else (low - (abs(low) or 1) / 2, low + (abs(low) or 1) / 2)
        )
    elif not whole:
        low, high = _padded(low, high, log)
    return Axis(low, high, start, end, log, whole)


def spreads(values: Iterable[float]) -> bool:
    """Tell whether values are read better by magnitude."""
    seen = [v for v in values if math.isfinite(v)]
    return bool(seen) and min(seen) > 0 and max(seen) / min(seen) >= SPREAD


def _padded(low: float, high: float, log: bool) -> tuple[float, float]:
    margin = 0.05 * (_scaled(high, log) - _scaled(low, log))
    if log:
        return low / 10**margin, high * 10**margin
    return low - margin, high + margin


def _scaled(value: float, log: bool) -> float:
    return math.log10(value) if log else value


def _even_ticks(low: float, high: float, least: float = 0.0) -> list[float]:
    rough = max(least, (high - low) / (MOST_TICKS - 1))
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * stop for stop in (1, 2, 5, 10) if power * stop >= rough)
    first, last = math.ceil(low / step), math.floor(high / step)
    digits = max(0, -math.floor(math.log10(step)))
    return [round(n * step, digits) for n in range(first, last + 1)]


def _log_ticks(low: float, high: float) -> list[float]:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for stops in ((1,), (1, 3), (1, 2, 5)):
        ticks = [n * 10.0**power for power in powers for n in stops]
        shown = [float(f"{tick:.6g}") for tick in ticks if low <= tick <= high]
        if len(shown) >= 3:
            break
    if len(shown) < 2:
        return _even_ticks(low, high)
    return shown[:: math.ceil(len(shown) / MOST_TICKS)]
