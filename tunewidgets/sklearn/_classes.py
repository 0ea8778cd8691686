"""Labels as class numbers, and a model's outputs as probabilities of classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from tunewidgets.errors import DataError


def learnt(y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Tell the classes of labels, and the number of each label's class.

    Raises
    ------
    DataError
        Where there are fewer than two.
    """
    classes, numbers = np.unique(y, return_inverse=True)
    if len(classes) < 2:
        raise DataError(
            f"A classifier needs at least two classes, but y has {len(classes)} class: give "
            f"samples of another."
        )
    return classes, numbers


def numbered(y: Any, classes: np.ndarray) -> np.ndarray:
    """Give the number of each label's class.

    Raises
    ------
    DataError
        For a label that is none of the classes.
    """
    labels = np.asarray(y).reshape(len(y))
    unknown = np.setdiff1d(labels, classes)
    if unknown.size:
        raise DataError(
            f"Labels to validate on must be of the classes in y, but "
            f"{unknown.tolist()[0]!r} is not: leave those samples out, or train on some like them."
        )
    return np.searchsorted(classes, labels)


def probabilities(told: np.ndarray, n_classes: int | None, *, are_logits: bool) -> np.ndarray:
    """Turn a model's outputs into probabilities.

    Outputs that no class has are left out; what does not sum to 1 over the classes is scaled to.

    Parameters
    ----------
    told
        Shape (n_samples, n_outputs).
    n_classes
        Of classes that exclude each other; None for labels that do not.
    are_logits
        Whether the outputs are logits.

    Returns
    -------
    array of floats, shape (n_samples, n_classes)
    """
    told = told.reshape(len(told), -1)
    if n_classes is None or told.shape[1] == 1:
        share = _sigmoid(told) if are_logits else np.clip(told, 0, 1)
        return share if n_classes is None else np.hstack([1 - share, share])
    told = told[:, :n_classes]
    if are_logits:
        told = np.exp(told - told.max(axis=1, keepdims=True))
    told = np.maximum(told, 0)
    sums = told.sum(axis=1, keepdims=True)
    scaled: np.ndarray = np.divide(
        told, sums, out=np.full_like(told, 1 / n_classes), where=sums > 0
    )
    return scaled


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(0.5 * logits))
