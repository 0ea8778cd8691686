"""Leave out the points of a curve that nobody could see.

A curve of n points is halved again and again. The point in the middle of a stretch matters by
how far it is from the straight line between the stretch's ends, or by what matters most within
the stretch: so a point that is kept has its stretch's ends kept too. This is worked out once a
curve; how much is drawn of it is then a single comparison, whatever the axis and the screen.
Curves of one length are worked out together, as a thousand of them one by one take a while.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def detail(y: Floats) -> Floats:
    """Tell how much each point matters.

    Parameters
    ----------
    y
        At even distances, NaN where the curve is broken, shape (..., points).

    Returns
    -------
    array
        In the unit of `y`; infinite at both ends and around a break, shape (..., points).
    """
    last = y.shape[-1] - 1
    if last < 2:
        return np.full(y.shape, np.inf, np.float32)
    size = 1 << (last - 1).bit_length()
    found = np.zeros((*y.shape[:-1], size + 1), np.float32)
    step = 1
    while step < size:
        middle = np.arange(step, size, 2 * step)
        left, right = middle - step, np.minimum(middle + step, last)
        inside = middle < last
        at, start, end = middle[inside], left[inside], right[inside]
        first, rise = y[..., start], y[..., end] - y[..., start]
        error = np.abs(y[..., at] - (first + rise * (step / (end - start)).astype(np.float32)))
        found[..., at] = np.where(np.isnan(error), np.inf, error)
        if step > 1:
            half = step // 2
            within = np.maximum(found[..., middle - half], found[..., middle + half])
            found[..., middle] = np.maximum(found[..., middle], within)
        step *= 2
    found[..., [0, last]] = np.inf
    return found[..., : last + 1]


def details(ys: Sequence[Floats]) -> list[Floats]:
    """Tell how much each point of several curves matters, see `detail`."""
    found: list[Floats] = [np.zeros(0, np.float32)] * len(ys)
    by_length: dict[int, list[int]] = {}
    for i, y in enumerate(ys):
        by_length.setdefault(len(y), []).append(i)
    for among in by_length.values():
        for i, row in zip(among, detail(np.stack([ys[i] for i in among])), strict=True):
            found[i] = row
    return found


def worth(details: Floats, pixel: float, most: int) -> NDArray[np.bool_]:
    """Choose the points that are drawn.

    Parameters
    ----------
    details
        Of the points of all curves, shape (points,).
    pixel
        Height of a pixel in the same unit; half of it is not seen.
    most
        About so many points are chosen at most, those that matter more first.
    """
    chosen = details > pixel / 2
    if most < np.count_nonzero(chosen):
        least = np.partition(details, len(details) - most)[len(details) - most]
        chosen = details > least if np.isfinite(least) else np.isinf(details)
    return chosen
