"""Fits in the person's own process, as estimators do them, by the path that workers take.

One fit at a time, since random states belong to the whole process; they, and Keras's session,
are afterwards what they were. What was compiled is kept for later models of the same topology,
so the model that is given away is a copy.
"""

from __future__ import annotations

import functools
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tunewidgets.errors import BuilderError, FitError
from tunewidgets.training.building import MISSING_TENSORFLOW
from tunewidgets.training.compiled import inside
from tunewidgets.training.data import Data
from tunewidgets.training.fitting import Compiler
from tunewidgets.training.job import HereJob, Recipe, Task
from tunewidgets.training.objective import OneRun, tell_nobody
from tunewidgets.training.targets import gives_logits, loss_name

__all__ = [
    "Trained",
    "fit",
    "gives_logits",
    "loss_name",
    "model_from_bytes",
    "model_to_bytes",
    "outputs",
]

EAGER_ROWS = 2048
"""Up to so many rows calling a model is faster than tracing a function that predicts."""

PREDICT_BATCH = 256
"""Rows a batch, when predicting."""

_LOCK = threading.Lock()
_compiler = Compiler()


@dataclass(frozen=True, slots=True)
class Trained:
    """A fit that is over.

    Attributes
    ----------
    model
        The trained model; its owner's alone.
    history
        Metric key to one float an epoch.
    engine
        Which path trained it.
    """

    model: Any
    history: dict[str, list[float]]
    engine: str | None


def fit(recipe: Recipe, data: Data, task: Task, verbose: int = 0) -> Trained:
    """Build a model and train it in this process.

    Parameters
    ----------
    recipe, data, task
        What a worker would get; the callbacks are used as they are.
    verbose
        0 says nothing, anything else a line an epoch.

    Raises
    ------
    FitError
        Where the loss becomes infinite or NaN.
    """
    try:
        import keras
    except ImportError as error:
        raise BuilderError(MISSING_TENSORFLOW) from error
    history: dict[str, list[float]] = {}

    def report(logs: Mapping[str, float]) -> None:
        n_before = max(map(len, history.values()), default=0)
        for key, value in logs.items():  # a metric that comes now and then is NaN in between
            history.setdefault(key, [float("nan")] * n_before).append(value)
        for values in history.values():
            values.extend([float("nan")] * (n_before + 1 - len(values)))
        if verbose:
            told = " - ".join(f"{key}: {value:.4f}" for key, value in logs.items())
            sys.stdout.write(f"Epoch {n_before + 1}/{task.epochs} - {told}\n")

    with _LOCK, inside.aside() as policy:
        if policy is not None:
            recipe = replace(recipe, builder=_under(policy, recipe.builder))
        job = HereJob(recipe, data)
        run = OneRun(job, _compiler, task, report, lambda: False, tell_nobody)
        try:
            run.trained()
        finally:
            _compiler.forget_samples()
        if run.diverged:
            raise FitError(run.diverged)
        model = _own(run.model) if _compiler.is_kept(run.model) else run.model
    given = recipe.callbacks
    for callback in [given] if isinstance(given, keras.callbacks.Callback) else _listed(given):
        callback.set_model(model)
    return Trained(model, history, run.path)


def outputs(model: Any, x: np.ndarray) -> np.ndarray:
    """Give a model's outputs for some samples, as ``model.predict`` does.

    Returns
    -------
    array, shape (n_samples, ...)
    """
    import keras

    if len(x) > EAGER_ROWS or type(model).predict_step is not keras.Model.predict_step:
        return np.asarray(model.predict(x, batch_size=PREDICT_BATCH, verbose=0))
    if x.dtype.kind == "f":
        x = x.astype(keras.config.floatx(), copy=False)
    starts = range(0, len(x), PREDICT_BATCH)
    told = [model(keras.ops.convert_to_tensor(x[i : i + PREDICT_BATCH]), training=False)
            for i in starts]  # fmt: skip
    return np.concatenate([keras.ops.convert_to_numpy(one) for one in told])


def model_to_bytes(model: Any) -> bytes:
    """Write a model with its optimizer's state as a ``.keras`` archive."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.read_bytes()


def model_from_bytes(archive: bytes) -> Any:
    """Read what `model_to_bytes` wrote, in Keras's safe mode, which runs no code of the file.

    Where Keras does not know a loss or metric of the person's own, the model comes uncompiled:
    it predicts all the same.

    Raises
    ------
    BuilderError
        Where Keras does not know a class or function that the model predicts with.
    """
    import keras

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        path.write_bytes(archive)
        with suppress(TypeError, ValueError):
            return keras.models.load_model(path, safe_mode=True)
        try:
            return keras.models.load_model(path, safe_mode=True, compile=False)
        except (TypeError, ValueError) as error:
            raise BuilderError(
                f"A pickled model must be of parts that Keras can find, but loading it failed "
                f"({str(error).splitlines()[0]}): decorate your own classes and functions with "
                f"keras.saving.register_keras_serializable()."
            ) from error


def _under(policy: Any, builder: Callable[..., Any]) -> Callable[..., Any]:
    """Have a builder work under a global dtype policy."""
    import keras

    @functools.wraps(builder)
    def build(*args: Any, **params: Any) -> Any:
        keras.config.set_dtype_policy(policy)
        return builder(*args, **params)

    return build


def _own(model: Any) -> Any:
    """Copy a model of Keras's own parts, with its state and its optimizer's."""
    import keras

    written = keras.saving.serialize_keras_object(model)
    copy = keras.saving.deserialize_keras_object(written)
    pairs = [(model.variables, copy.variables)]
    if copy.optimizer is not None:
        pairs.append((model.optimizer.variables, copy.optimizer.variables))
    for mine, its in pairs:
        for source, target in zip(mine, its, strict=True):
            target.assign(source.value)
    return copy


def _listed(callbacks: Any) -> list[Any]:
    return [] if callable(callbacks) else list(callbacks or ())
