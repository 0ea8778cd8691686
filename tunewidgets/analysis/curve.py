"""A learning curve as the rules read it: what is noise in it, what is a trend, and from when.

Noise is taken from second differences, which a smooth trend hardly touches, and by their median,
which the steep first epochs hardly touch. A trend is a straight line through a part of the curve,
with the error of its slope; a rule believes a slope that is several of its errors from nothing.
The error is widened where the part is short, and where what the line leaves over hangs together
from epoch to epoch, as in a curve that wanders.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MAD = 1.4826
"""Standard deviations a median absolute deviation, of normal noise."""


@dataclass(frozen=True, slots=True)
class Trend:
    """A straight line through a part of a curve.

    Attributes
    ----------
    slope
        Change an epoch.
    error
        Standard error of the slope.
    n_epochs
        Length of the part.
    """

    slope: float
    error: float
    n_epochs: int

    @property
    def change(self) -> float:
        """From the first epoch of the part to the last."""
        return self.slope * (self.n_epochs - 1)

    @property
    def doubt(self) -> float:
        """Standard error of the change."""
        return self.error * (self.n_epochs - 1)

    def falls(self, n_errors: float) -> bool:
        """Whether the slope is below nothing by so many of its errors."""
        return self.slope < 0 and -self.slope >= n_errors * self.error

    def rises(self, n_errors: float) -> bool:
        """Whether the slope is above nothing by so many of its errors."""
        return self.slope > 0 and self.slope >= n_errors * self.error


@dataclass(frozen=True, slots=True)
class Curve:
    """The finite values of one metric, and their epochs.

    Attributes
    ----------
    name
        The metric's key.
    epochs
        From 1, rising; an epoch that lacks the metric is left out. Shape (n,).
    values
        Lower is better. Shape (n,).
    sign
        -1 where the metric was turned round for that, else 1.
    """

    name: str
    epochs: NDArray[np.int64]
    values: NDArray[np.float64]
    sign: int = 1

    @classmethod
    def read(cls, name: str, history: Iterable[float], sign: int = 1) -> Curve:
        """Read a metric's history, one value an epoch."""
        values = np.array(list(history), dtype=np.float64)
        is_there = np.isfinite(values)
        return cls(name, np.flatnonzero(is_there) + 1, sign * values[is_there], sign)

    def __len__(self) -> int:
        return len(self.values)

    def after(self, n_epochs: int) -> Curve:
        """Leave the first epochs out."""
        kept = self.epochs > n_epochs
        return Curve(self.name, self.epochs[kept], self.values[kept], self.sign)

    def told(self, index: int) -> float:
        """Give a value as the model reported it."""
        return float(self.sign * self.values[index])

    @property
    def noise(self) -> float:
        """Standard deviation of the noise."""
        if len(self) < 3:
            return 0.0
        second = np.diff(self.values, 2)
        return float(_MAD * np.median(np.abs(second)) / math.sqrt(6))

    @property
    def smoothed(self) -> NDArray[np.float64]:
        """The running median over a tenth of the epochs: three at least, nine at most."""
        half = min(max(len(self) // 20, 1), 4)
        padded = np.pad(self.values, half, mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)
        return np.asarray(np.median(windows, axis=1))

    def trend(self, first: int, last: int | None = None) -> Trend:
        """Lay a line through the values from one index to another (left out), three at least."""
        part = self.values[first:last]
        at = self.epochs[first:last].astype(np.float64)
        at -= at.mean()
        spread = float(at @ at)
        slope = float(at @ part) / spread
        rest = part - part.mean() - slope * at
        squares, freedom = float(rest @ rest), max(1, len(part) - 2)
        together = float(rest[1:] @ rest[:-1]) / squares if squares > 0 else 0.0
        together = min(max(together, 0.0), 0.95)
        wider = (1 + 2 / freedom) * math.sqrt((1 + together) / (1 - together))
        error = wider * math.sqrt(squares / freedom / spread)
        return Trend(slope, error, int(self.epochs[first:last][-1] - self.epochs[first] + 1))
