"""Folds for cross-validation: which samples each run leaves out, as scikit-learn splits them."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from tunewidgets import aside
from tunewidgets.errors import DataError
from tunewidgets.language import counted
from tunewidgets.retelling import stated
from tunewidgets.training.arrays import Nest, leaves
from tunewidgets.values import is_integer

Fold = tuple[np.ndarray, np.ndarray]
"""Which samples a run fits on, and which it is scored on."""


def fold_of(y: Nest, n_samples: int, n_folds: int) -> np.ndarray:
    """Say for each sample which fold leaves it out.

    Class targets (see `class_labels`) are split in proportion by ``StratifiedKFold``, others in
    order by ``KFold``. A class rarer than the folds is missing from some of them. Where every
    class is, there is no proportion to keep, and the samples are split in order too.

    Parameters
    ----------
    y
        The targets.
    n_samples
        Their number; from `check_folds` it is known to be enough.
    n_folds
        Number of folds.

    Returns
    -------
    array of int16, shape (n_samples,)
        0 to ``n_folds - 1``.

    References
    ----------
    https://scikit-learn.org/stable/modules/cross_validation.html
    """
    classes = strata(y, n_folds)
    if classes is None:  # simple enough to do without scikit-learn, which is 100 MB
        sizes = map(len, np.array_split(np.arange(n_samples), n_folds))
        return np.repeat(np.arange(n_folds, dtype=np.int16), list(sizes))
    # As numbers, since labels may be what JSON does not know.
    numbers = np.unique(classes, return_inverse=True)[1].tolist()
    return np.array(aside.call(_split, [n_folds, numbers]), np.int16)


def _split(request: tuple[int, list[int]]) -> list[int]:
    from sklearn.model_selection import StratifiedKFold

    n_folds, classes = request
    folds = np.zeros(len(classes), int)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class")  # `rarity` tells of it
        split = StratifiedKFold(n_folds).split(folds, classes)
        for fold, (_, left_out) in enumerate(split):
            folds[left_out] = fold
    numbered: list[int] = folds.tolist()
    return numbered


def strata(y: Nest, n_folds: int) -> np.ndarray | None:
    """Give each sample's class where folds keep them in proportion, and None where in order."""
    classes = class_labels(y)
    if classes is None or np.unique(classes, return_counts=True)[1].max() < n_folds:
        return None
    return classes


def rows_of(fold_of: np.ndarray, n_folds: int) -> list[Fold]:
    """Give the rows of each fold, in order, from the fold of each sample."""
    numbers = range(n_folds)
    return [
        ((fold_of != fold).nonzero()[0].astype(np.int32), (fold_of == fold).nonzero()[0])
        for fold in numbers
    ]


def read_folds(written: Iterable[tuple[Any, Any]], n_samples: int | None) -> tuple[Fold, ...]:
    """Read folds that a person gives.

    Parameters
    ----------
    written
        A pair of index arrays a fold: the samples to fit on, in that order, and those to score
        on. A sample may be in several, or in none.
    n_samples
        How many training samples there are; None where only the worker knows.

    Raises
    ------
    DataError
        For indices that the samples do not have, an empty side, or data made in the worker.
    """
    if n_samples is None:
        check_folds(None, 2)  # raises, and says why
    try:
        folds = tuple((np.asarray(fit), np.asarray(score)) for fit, score in written)
    except (TypeError, ValueError):
        raise DataError(
            f"folds must be pairs of index arrays, but got {written!r:.80}: give a list of what "
            f"a splitter's split(x, y) gives, or a number of folds as cv."
        ) from None
    for fit, score in folds:
        for rows in (fit, score):
            is_index = rows.ndim == 1 and rows.dtype.kind in "iu" and rows.size > 0
            if not is_index or rows.min() < 0 or rows.max() >= (n_samples or 0):
                raise DataError(
                    f"A fold must be a pair of arrays of row numbers from 0 to "
                    f"{(n_samples or 0) - 1}, neither empty, but got {rows!r:.100}: give what a "
                    f"splitter's split(x, y) gives."
                )
    return tuple((fit.astype(np.int32), score.astype(np.int32)) for fit, score in folds)


def check_folds(n_samples: int | None, n_folds: int) -> None:
    """Raise a `DataError` unless so many samples (None: unknown) can be split so."""
    if not is_integer(n_folds) or n_folds < 2:
        raise DataError(
            stated(
                "cv must be a whole number of folds, at least 2, but got {n_folds}: leave it out "
                "to train without cross-validation.",
                n_folds=repr(n_folds),
            )
        )
    if n_samples is None:
        raise DataError(
            stated(
                "cv needs the training data as arrays, but it is made by a function in the "
                "worker: give arrays, or leave cv out."
            )
        )
    if n_folds > n_samples:
        raise DataError(
            stated(
                "cv must be at most the number of samples, but got cv={n_folds} for {n_samples} "
                "samples: take fewer folds.",
                n_folds=n_folds,
                n_samples=n_samples,
            )
        )


def rarity(y: Nest, n_folds: int) -> str | None:
    """Tell of classes that some folds will be scored without, in a sentence, or None."""
    classes = class_labels(y)
    if classes is None:
        return None
    values, counts = np.unique(classes, return_counts=True)
    n_rare = int((counts < n_folds).sum())
    if not n_rare or n_rare == len(values):
        return None
    rarest = counts.argmin()
    return counted(
        n_rare,
        "Every class should have a sample in each of the {n_folds} folds, but {n} of the "
        "{n_classes} classes has fewer (class {label} has {n_samples}): take fewer folds, or read "
        "the scores with care.",
        "Every class should have a sample in each of the {n_folds} folds, but {n} of the "
        "{n_classes} classes have fewer (class {label} has {n_samples}): take fewer folds, or read "
        "the scores with care.",
        n_folds=n_folds,
        n_classes=len(values),
        label=values[rarest],
        n_samples=counts[rarest],
    )


def class_labels(y: Nest) -> np.ndarray | None:
    """Give each sample's class where the targets are classes, and None where they are numbers.

    The targets of one output are classes when they are bools, real numbers that are all 0 or 1,
    one-hot rows, or integers of which some recur: with more different ones than half of the
    samples they are a quantity, as scikit-learn takes it too. Other real numbers are a quantity,
    however few different ones there are.
    """
    arrays = [array for _, array in leaves(y, "y")]
    if len(arrays) != 1 or not arrays[0].size:
        return None
    array = np.asarray(arrays[0])
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim > 2:
        return None
    is_binary = bool(np.isin(array, (0, 1)).all())
    if array.ndim == 2:
        is_one_hot = is_binary and bool((array.sum(axis=1) == 1).all())
        return np.asarray(array.argmax(axis=1)) if is_one_hot else None
    if is_binary:
        return array.astype(np.int8)
    is_whole = array.dtype.kind in "iu"
    return array if is_whole and len(np.unique(array)) <= len(array) / 2 else None
