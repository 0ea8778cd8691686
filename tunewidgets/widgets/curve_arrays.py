"""From curves to the arrays that marks hold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tunewidgets.widgets.curve_data import EMPTY, Curve, Floats
from tunewidgets.widgets.thinning import detail, details, worth

MOST = 30_000
"""Points of all finished curves together that a page draws without being slow."""


def joined(curves: Sequence[Curve], pixel: float = 0.0, most: int = MOST) -> tuple[Floats, Floats]:
    """Put many curves into one line, broken by NaN, without what could not be seen.

    Parameters
    ----------
    curves
        Finished ones.
    pixel
        Height of a pixel in the unit of the curves.
    most
        About so many points at most.

    Returns
    -------
    x, y
        Each of shape (points + curves - 1,).
    """
    if not curves:
        return EMPTY, EMPTY
    gap, keep = np.full(1, np.nan, np.float32), np.full(1, np.inf, np.float32)
    xs = np.concatenate([part for c in curves for part in (c.x, gap)][:-1])
    ys = np.concatenate([part for c in curves for part in (c.y, gap)][:-1])
    matter = [part for row in details([c.y for c in curves]) for part in (row, keep)][:-1]
    chosen = worth(np.concatenate(matter), pixel, most)
    return xs[chosen], ys[chosen]


def thinned(x: Floats, y: Floats, pixel: float) -> tuple[Floats, Floats]:
    """Leave out the points of one curve that could not be seen.

    Parameters
    ----------
    x, y
        Each of shape (points,).
    pixel
        Height of a pixel in the unit of `y`.

    Returns
    -------
    x, y
        Each of shape (points that are left,).
    """
    chosen = worth(detail(y), pixel, len(y))
    return x[chosen], y[chosen]


def stacked(xs: Sequence[Floats], ys: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Bring lines to one length, one a row: standing still at the last point draws nothing more.

    NaN would do too, but bqplot complains of a line that ends with it. Two points at least,
    for it takes a table of one column for a single line.

    Returns
    -------
    x, y
        Each of shape (lines, longest), two columns at least.
    """
    lines = [(x, y) for x, y in zip(xs, ys, strict=True) if len(y)]
    if not lines:
        return EMPTY, EMPTY
    width = max(2, *(len(y) for _, y in lines))
    rows = [[np.pad(part, (0, width - len(y)), mode="edge") for part in (x[: len(y)], y)]
            for x, y in lines]  # fmt: skip
    return np.stack([x for x, _ in rows]), np.stack([y for _, y in rows])


def bands(curves: Sequence[Curve]) -> tuple[Floats, Floats]:
    """Outline each curve's band: along its top, back along its bottom, one band a row."""
    xs, ys = [], []
    for curve in curves:
        known = np.isfinite(curve.low) & np.isfinite(curve.high)
        if known.any():
            x = curve.x[known]
            xs.append(np.concatenate([x, x[::-1]]))
            ys.append(np.concatenate([curve.high[known], curve.low[known][::-1]]))
    return stacked(xs, ys)


def ends(curves: Sequence[Curve]) -> tuple[Floats, Floats]:
    """Give the last point of each curve."""
    x = np.array([curve.x[-1] for curve in curves], np.float32)
    return x, np.array([curve.y[-1] for curve in curves], np.float32)


def apart(curves: Sequence[Curve], height: float) -> list[Curve]:
    """Leave out curves whose ends lie under that of a later one: a page draws each dot by itself.

    Parameters
    ----------
    curves
        The last one on top.
    height
        Of a dot, in the unit of the curves.
    """
    x, y = ends(curves)
    steps = zip(x.tolist(), np.round(y / height).tolist(), strict=True)
    last = {at: i for i, at in enumerate(steps)}
    return [curves[i] for i in sorted(last.values())]
