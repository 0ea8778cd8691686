"""From a study's data to its scene: whether there is one, and what is in it."""

from __future__ import annotations

from typing import Any

import numpy as np

from tunewidgets.scene import FLOAT, Grid, Scene
from tunewidgets.training.data import Data
from tunewidgets.training.folds import class_labels

MOST_POINTS = 500
"""More points than these would hide what lies behind them."""

MOST_CLASSES = 20
"""With more classes than these, colours would tell nothing."""

MARGIN = 0.06
"""The grid reaches so much of the data's range beyond it, on either side."""


def scene_of(x: Any, y: Any, data: Data) -> Scene | None:
    """Make the scene of a study's training data.

    Parameters
    ----------
    x, y
        As a person gave them, for the names of their columns.
    data
        What was read from them.

    Returns
    -------
    Scene or None
        None unless x is one array of one or two columns of numbers and y one target a sample.
    """
    columns = _columns(data.train.x)
    targets, classes = _targets(data.train.y)
    if columns is None or targets is None:
        return None
    rows = np.column_stack([columns, targets])
    rows = rows[np.isfinite(rows).all(axis=1)]
    if not len(rows):
        return None
    spans = tuple(_span(column) for column in rows[:, :-1].T)
    if len(rows) > MOST_POINTS:
        # A generator of its own, so that the sample is always the same and disturbs no other.
        chosen = np.random.default_rng(0).choice(len(rows), MOST_POINTS, replace=False)
        rows = rows[np.sort(chosen)]
    names = _names(x, len(spans))
    target = getattr(y, "name", None)  # a Series
    sample = rows.astype(FLOAT).tobytes()
    return Scene(names, "y" if target is None else str(target), classes, Grid(spans), sample)


def _columns(x: Any) -> np.ndarray | None:
    """Give x as a table of one or two columns, if it is one."""
    if not isinstance(x, np.ndarray) or x.dtype.kind not in "biuf" or x.ndim > 2:
        return None
    table = x.reshape(len(x), -1)
    return table.astype(np.float64) if table.shape[1] in (1, 2) else None


def _targets(y: Any) -> tuple[np.ndarray | None, tuple[float, ...]]:
    """Give one number a sample, and which of them stand for classes."""
    if not isinstance(y, np.ndarray) or y.dtype.kind not in "biuf" or y.ndim > 2:
        return None, ()
    labels = class_labels(y)
    if labels is None:
        table = y.reshape(len(y), -1)
        return (table[:, 0].astype(np.float64) if table.shape[1] == 1 else None), ()
    found = np.unique(labels)
    n_outputs = y.shape[1] if y.ndim == 2 and y.shape[1] > 1 else int(found.max()) + 1
    if found.min() >= 0 and n_outputs <= MOST_CLASSES:
        found = np.arange(max(n_outputs, 2))  # an output each, also those that have no sample
    classes = tuple(float(label) for label in found) if len(found) <= MOST_CLASSES else ()
    return labels.astype(np.float64), classes


def _span(column: np.ndarray) -> tuple[float, float]:
    low, high = float(column.min()), float(column.max())
    pad = MARGIN * (high - low) or 0.5 * max(1.0, abs(low))
    return low - pad, high + pad


def _names(x: Any, n_columns: int) -> tuple[str, ...]:
    """Name the columns as a DataFrame or a Series does, else x, or x1 and x2."""
    given = getattr(x, "columns", None)
    if given is not None and len(given) == n_columns:
        return tuple(str(name) for name in given)
    name = getattr(x, "name", None)
    if n_columns == 1:
        return ("x" if name is None else str(name),)
    return ("x1", "x2")
