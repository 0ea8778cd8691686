"""Whether a model's output, its loss and the targets fit together, before anything is trained.

Only what can never work is an error here, and only where it is sure: models of Keras's own kind
with one output of shape (samples, units), and Keras's own losses by name. All else is let through.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from tunewidgets.errors import BuilderError
from tunewidgets.retelling import stated
from tunewidgets.training.data import Part

REGRESSION = (
    "mse",
    "mean_squared_error",
    "mae",
    "mean_absolute_error",
    "huber",
    "log_cosh",
    "logcosh",
)
"""Losses of a quantity, which compare each output with a column of the targets."""

LOSSES = {
    "sparse_categorical_crossentropy": "sparse",
    "categorical_crossentropy": "categorical",
    "binary_crossentropy": "binary",
    "bce": "binary",
}
_OWN_STEPS = ("train_step", "compute_loss")


def check_pairing(model: Any, part: Part) -> None:
    """Raise a `BuilderError` where output, loss and targets cannot go together.

    Parameters
    ----------
    model
        Compiled.
    part
        What it is to be trained on.
    """
    y, n_units = part.y, n_units_of(model)
    if y is None and isinstance(part.x, np.ndarray) and model.loss and not _has_own_steps(model):
        raise BuilderError(
            "A loss needs targets, but y is None: give y, or a model with a train_step of its own."
        )
    if n_units is None or not is_plain(model, y):
        return
    if n_units == 1 and _is_softmax(model):
        raise BuilderError(
            stated(
                "Softmax needs two outputs or more, but the model has one, which is always 1: take "
                "Dense(1, activation='sigmoid') with 'binary_crossentropy' for two classes, or "
                "Dense(1) for a quantity."
            )
        )
    loss = loss_name_of(model.loss)
    n_columns = 1 if y.ndim == 1 else y.shape[1]
    rule = {
        "sparse": _of_sparse,
        "categorical": _of_categorical,
        "binary": _of_binary,
    }.get(LOSSES.get(loss, ""), _of_quantity if loss in REGRESSION else _nothing)
    told = rule(y, n_columns, n_units)
    if told:
        raise BuilderError(told)


def is_plain(model: Any, y: Any) -> bool:
    """Whether a model trains in Keras's own way, on one array of numbers with a row a sample."""
    is_flat = isinstance(y, np.ndarray) and y.ndim <= 2 and y.dtype.kind in "biuf" and y.size > 0
    return is_flat and not _has_own_steps(model)


def _has_own_steps(model: Any) -> bool:
    import keras

    return any(getattr(type(model), name) is not getattr(keras.Model, name) for name in _OWN_STEPS)


def _nothing(*_: Any) -> None:
    return None


def _of_quantity(_: np.ndarray, n_columns: int, n_units: int) -> str | None:
    if n_columns == n_units:
        return None
    # Where one of them is 1, Keras compares each with each, and says nothing.
    return (
        f"The loss needs an output for each column of y, but the model has "
        f"{_counted(n_units, 'output')} and y {_counted(n_columns, 'column')}: make the last layer "
        f"Dense({n_columns}), or take columns out of y."
    )


def _counted(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def _of_sparse(y: np.ndarray, n_columns: int, n_units: int) -> str | None:
    if n_columns > 1:
        return stated(
            "'sparse_categorical_crossentropy' needs one whole number a sample, but y has "
            "{n_columns} columns: take 'categorical_crossentropy'.",
            n_columns=n_columns,
        )
    low, high = y.min(), y.max()
    if n_units == 1:
        return stated(
            "'sparse_categorical_crossentropy' needs an output for each class, but the model has "
            "one: take Dense(1, activation='sigmoid') with 'binary_crossentropy' for two classes."
        )
    if low < 0 or high >= n_units:
        return stated(
            "'sparse_categorical_crossentropy' needs labels from 0 to {last} with "
            "{n_units} outputs, but y goes from {low} to {high}: number the classes from 0, "
            "and give the output as many units.",
            last=n_units - 1,
            n_units=n_units,
            low=f"{low:g}",
            high=f"{high:g}",
        )
    return None


def _of_categorical(_: np.ndarray, n_columns: int, n_units: int) -> str | None:
    if n_units == 1:
        return stated(
            "'categorical_crossentropy' needs two outputs or more, but the model has one: take "
            "Dense(1, activation='sigmoid') with 'binary_crossentropy' for two classes, or 'mse' "
            "for a quantity."
        )
    if n_columns == 1:
        return stated(
            "'categorical_crossentropy' needs one-hot rows, but y has one number a sample: take "
            "'sparse_categorical_crossentropy', or keras.utils.to_categorical(y)."
        )
    if n_columns != n_units:
        return stated(
            "'categorical_crossentropy' needs an output for each column of y, but the model has "
            "{n_units} and y has {n_columns}: make them {n_columns}.",
            n_units=n_units,
            n_columns=n_columns,
        )
    return None


def _of_binary(y: np.ndarray, n_columns: int, n_units: int) -> str | None:
    if y.min() < 0 or y.max() > 1:
        return stated(
            "'binary_crossentropy' needs targets from 0 to 1, but y goes from {low} to {high}: "
            "take 'sparse_categorical_crossentropy' with an output for each class, or 'mse' for a "
            "quantity.",
            low=f"{y.min():g}",
            high=f"{y.max():g}",
        )
    if n_columns != n_units:
        return stated(
            "'binary_crossentropy' needs an output for each column of y, but the model has "
            "{n_units} and y has {n_columns}: make them {n_columns}.",
            n_units=n_units,
            n_columns=n_columns,
        )
    return None


def n_units_of(model: Any) -> int | None:
    """Give the units of a model's only output, of shape (samples, units)."""
    if not model.built:
        return None
    try:
        shape = model.output_shape
    except (AttributeError, ValueError):  # subclassed: only a call tells
        return None
    is_flat = isinstance(shape, tuple) and len(shape) == 2 and isinstance(shape[1], int)
    return shape[1] if is_flat else None


def _is_softmax(model: Any) -> bool:
    last = model.layers[-1] if model.layers else None
    activation = getattr(last, "activation", None)
    return type(last).__name__ == "Softmax" or getattr(activation, "__name__", "") == "softmax"


def loss_name_of(loss: Any) -> str:
    """Give the name of one of Keras's losses, or nothing."""
    if isinstance(loss, list | tuple) and len(loss) == 1:
        loss = loss[0]
    if getattr(loss, "ignore_class", None) is not None:
        return ""  # a label that is left out may lie outside
    if isinstance(loss, str):
        name = loss
    elif str(getattr(loss, "__module__", "")).startswith("keras."):
        name = getattr(loss, "__name__", type(loss).__name__)
    else:
        return ""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
