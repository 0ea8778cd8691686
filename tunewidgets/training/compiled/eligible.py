"""Whether a fit can go by compiled epochs, and if not, why not, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tunewidgets.retelling import stated
from tunewidgets.training.arrays import leaves
from tunewidgets.training.data import Part

_LOOPS = ("fit", "evaluate", "make_train_function", "make_test_function")
_BATCH_HOOKS = (
    "on_batch_begin",
    "on_batch_end",
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_test_batch_begin",
    "on_test_batch_end",
)


def why_plain(
    model: Any,
    parts: Sequence[Part | None],
    fit_options: Mapping[str, Any],
    callbacks: Sequence[Any],
) -> str | None:
    """Say what only ``model.fit`` itself can do, or None where compiled epochs do it all.

    Parameters
    ----------
    model
        A compiled model.
    parts
        What it trains and validates on.
    fit_options
        Other keywords of ``model.fit``.
    callbacks
        The user's and our own.
    """
    return (
        _of_backend()
        or _of_weights(parts, fit_options)
        or _of_model(model)
        or next((why for part in parts if part and (why := _of_data(part))), None)
        or _of_options(fit_options)
        or next((why for callback in callbacks if (why := _of_callback(callback))), None)
    )


def _of_backend() -> str | None:
    import keras

    if keras.config.backend() != "tensorflow":
        return stated("Keras runs on {backend}", backend=keras.config.backend())
    import tensorflow as tf

    return stated("a distribution strategy is set") if tf.distribute.has_strategy() else None


def _of_model(model: Any) -> str | None:
    import keras

    if model.run_eagerly:
        return stated("the model runs eagerly")
    for name in _LOOPS:
        if getattr(type(model), name) is not getattr(keras.Model, name) or name in vars(model):
            return stated("the model has its own {name}", name=name)
    return stated("the model has no optimizer") if model.optimizer is None else None


def _of_data(part: Part) -> str | None:
    for name, nest in zip(("x", "y", "sample_weight"), part.nests, strict=True):
        for where, array in leaves(nest, name):
            if not isinstance(array, np.ndarray):
                return f"{where} is a {type(array).__name__}"
            if array.dtype.kind not in "biuf":
                return f"{where} holds {array.dtype}"
    return None


def _of_weights(parts: Sequence[Part | None], fit_options: Mapping[str, Any]) -> str | None:
    is_weighted = any(part and part.sample_weight is not None for part in parts[:1])
    both = is_weighted and fit_options.get("class_weight") is not None
    return stated("both class_weight and sample_weight are given") if both else None


def _of_options(fit_options: Mapping[str, Any]) -> str | None:
    for name in ("steps_per_epoch", "validation_steps"):
        if fit_options.get(name) is not None:
            return f"{name} is set"
    if not isinstance(fit_options.get("shuffle", True), bool):
        return f"shuffle is {fit_options['shuffle']!r}"
    return None


def _of_callback(callback: Any) -> str | None:
    import keras

    name = type(callback).__name__
    if isinstance(callback, keras.callbacks.TerminateOnNaN):
        return None  # looks at the mean so far, which stays NaN until the epoch ends
    if isinstance(callback, keras.callbacks.ModelCheckpoint):
        return None if callback.save_freq == "epoch" else _at_batches(name)
    if any(_has(callback, hook) for hook in _BATCH_HOOKS):
        return _at_batches(name)
    return None


def _at_batches(name: str) -> str:
    return stated("{name} looks at every batch", name=name)


def is_of_keras_alone(callbacks: Sequence[Any]) -> bool:
    """Whether no callback of a user's may change the model behind our back."""
    return all(map(_is_of_keras, callbacks))


def acts_at_begin(callbacks: Sequence[Any]) -> bool:
    """Whether a callback of a user's does anything as an epoch begins.

    What it evaluates there counts in the epoch's metrics, as ``model.fit`` has reset them before.
    """
    return any(_has(one, "on_epoch_begin") for one in callbacks if not _is_of_keras(one))


def _is_of_keras(callback: Any) -> bool:
    kind = type(callback)
    is_ours = kind.__module__.startswith(("keras.", "tunewidgets."))
    return is_ours and kind.__name__ != "LambdaCallback"


def _has(callback: Any, hook: str) -> bool:
    import keras

    default = getattr(keras.callbacks.Callback, hook)
    return getattr(type(callback), hook) is not default or hook in vars(callback)
