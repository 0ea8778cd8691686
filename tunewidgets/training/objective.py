"""One run, in the worker: build the model, fit it, score it.

The same seed gives the same run outside the study::

    keras.utils.set_random_seed(run.seed)
    model = build_model(**trial.params)
    model.fit(x, y, ...)
"""

from __future__ import annotations

import math
import re
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from tunewidgets.errors import BuilderError, DataError, ObjectiveError, TuneError
from tunewidgets.events import RunEnded
from tunewidgets.training.arrays import Nest, map_nest
from tunewidgets.training.callbacks import Report, Watch, check_objective, reporting, warm_up
from tunewidgets.training.data import Part
from tunewidgets.training.job import Job, Recipe, Task, weights_to_bytes
from tunewidgets.trial import State

ENGINE = "model.fit"

MISSING_TENSORFLOW = (
    "Keras needs TensorFlow, but it is not installed here: "
    "pip install 'tunewidgets[tensorflow-cpu]', or 'tunewidgets[tensorflow]' for a GPU."
)

_BOLD = re.compile(r"\x1b\[\d*m")
"""How a terminal is told to print in bold; a page shows it as rubbish."""


def get_ready() -> None:
    """Import Keras before the first run, so that no run's time counts it."""
    try:
        import keras  # noqa: F401
    except ImportError:
        return  # each run says so in words


def run_task(job: Job, task: Task, report: Report, should_stop: Callable[[], bool]) -> RunEnded:
    """Do one run; whatever goes wrong is in the outcome, nothing is raised.

    Parameters
    ----------
    job, task
        What to do.
    report
        Receives each epoch's metrics as it ends.
    should_stop
        Asked at the end of each epoch.
    """
    return train(job, task, report, should_stop)[1]


def train(
    job: Job, task: Task, report: Report, should_stop: Callable[[], bool]
) -> tuple[Any, RunEnded]:
    """Do one run as `run_task` does, and give the model too (None where it was not built)."""
    begun = time.perf_counter()
    model = None

    def ended(state: State, **outcome: Any) -> tuple[Any, RunEnded]:
        seconds = time.perf_counter() - begun
        return model, RunEnded(task.key, state, seconds=seconds, engine=ENGINE, **outcome)

    try:
        recipe = job.unpacked_recipe()
        start_over(task.seed)  # a function that makes data may draw on the seed too
        fit_on, curves, score_on = _parts(job, task)
        model = build(recipe.builder, task.params, fit_on.x, task.seed)
        is_in_every_epoch = recipe.fit_options.get("validation_freq", 1) == 1
        watch = Watch(report, should_stop, recipe.objective if is_in_every_epoch else None)
        _fit(model, recipe, task, fit_on, curves, watch)
        if watch.was_stopped:
            return ended(State.STOPPED)
        if watch.diverged:
            return ended(State.FAILED, error=watch.diverged)
        value = _value(model, recipe, task, watch, score_on or _unscored(recipe, curves, watch))
        if not math.isfinite(value):
            return ended(
                State.FAILED,
                error=f"{recipe.objective} is {value}: the training diverged. Try a smaller "
                f"learning rate, or look for NaN in the data.",
            )
        return ended(State.COMPLETE, value=value, weights=_weights(model, recipe, task, value))
    except (Exception, SystemExit) as error:  # a user's code may raise anything; others go on
        return ended(State.FAILED, error=_sentence(error), traceback=traceback.format_exc())


def start_over(seed: int) -> None:
    """Forget what earlier runs left in Keras, and set every random seed.

    Raises
    ------
    BuilderError
        Where there is no TensorFlow.
    """
    try:
        import keras
    except ImportError as error:
        raise BuilderError(MISSING_TENSORFLOW) from error
    keras.backend.clear_session()
    keras.utils.set_random_seed(int(seed))


def build(builder: Callable[..., Any], params: Mapping[str, Any], x: Nest, seed: int) -> Any:
    """Build a compiled model from a seed, with ``input_shape`` taken from the data.

    Raises
    ------
    BuilderError
        Where the builder does not give a compiled Keras model.
    """
    start_over(seed)
    import keras

    model = builder(**params, **input_shape(builder, params, x))
    name = getattr(builder, "__name__", type(builder).__name__)
    if not isinstance(model, keras.Model):
        raise BuilderError(
            f"{name} must return a compiled Keras model, but it returned "
            f"{'None' if model is None else type(model).__name__}: end it with 'return model'."
        )
    if not model.compiled:
        raise BuilderError(
            f"{name} must return a compiled model, but this one is not compiled: call "
            f"model.compile(loss=..., optimizer=...) before it returns."
        )
    return model


def input_shape(builder: Callable[..., Any], params: Mapping[str, Any], x: Nest) -> dict[str, Any]:
    """Give the data's shape to a builder that asks for ``input_shape``.

    Returns
    -------
    dict
        ``{"input_shape": shape}``, without the axis of samples (a list or dict of shapes for
        several inputs), or nothing where the builder does not take it, the params name it, or
        the data does not tell.
    """
    import inspect

    if "input_shape" in params or "input_shape" not in inspect.signature(builder).parameters:
        return {}
    try:
        return {"input_shape": map_nest(_sample_shape, _inputs(x))}
    except (AttributeError, TypeError, ValueError):
        return {}  # a data set that does not tell its shape: the builder's own default holds


def _inputs(x: Nest) -> Nest:
    """Give the arrays that a model is called with, or for a data set what is shaped like them."""
    if hasattr(x, "element_spec"):  # tf.data
        batch = x.element_spec
    elif hasattr(x, "num_batches"):  # PyDataset
        batch = x[0]
    else:
        return x
    return batch[0] if isinstance(batch, tuple) else batch  # (x, y, ...), or x alone


def _sample_shape(array: Any) -> tuple[int, ...]:
    shape = tuple(array.shape[1:])
    if shape or getattr(array.dtype, "kind", "") not in ("b", "i", "u", "f"):
        return shape
    return (1,)  # Keras makes a column of numbers that stand in a row


def _parts(job: Job, task: Task) -> tuple[Part, Part | None, Part | None]:
    """Give what to fit on, what to draw curves from, and what to score on if not that."""
    train = job.data.train.made()
    valid = job.data.valid and job.data.valid.made()
    if task.fold_of is None:
        return train, valid, None
    left_out = train.rows((task.fold_of == task.fold).nonzero()[0])
    return train.rows((task.fold_of != task.fold).nonzero()[0]), valid or left_out, left_out


def _fit(
    model: Any, recipe: Recipe, task: Task, fit_on: Part, curves: Part | None, watch: Watch
) -> None:
    import keras

    given = recipe.callbacks() if callable(recipe.callbacks) else recipe.callbacks
    is_one = isinstance(given, keras.callbacks.Callback)  # which model.fit takes too
    callbacks = [given] if is_one else [*(given or ())]
    if task.warmup_epochs:
        callbacks.append(warm_up(task.warmup_epochs))
    if task.patience is not None:
        mode = "min" if recipe.minimize else "max"
        callbacks.append(keras.callbacks.EarlyStopping(recipe.objective, 0, task.patience, 0, mode))
    callbacks.append(reporting(watch))
    model.fit(
        fit_on.x,
        fit_on.y,
        sample_weight=fit_on.sample_weight,
        validation_data=_for_keras(curves),
        epochs=task.epochs,
        batch_size=task.batch_size,
        callbacks=callbacks,
        verbose=0,
        **recipe.fit_options,
    )
    if not watch.n_epochs:
        raise DataError("Nothing was trained: the data gave no batch in the first epoch.")


def _for_keras(part: Part | None) -> Any:
    if part is None:
        return None
    if part.y is None:
        return part.x
    return (part.x, part.y) if part.sample_weight is None else part.nests


def _unscored(recipe: Recipe, curves: Part | None, watch: Watch) -> Part | None:
    """Give what to score the last weights on, where the last epoch's log does not tell.

    A user's callback may have changed them at the end, and ``validation_freq`` leaves epochs out.
    """
    if not recipe.objective.startswith("val_"):
        return None
    return curves if recipe.callbacks or recipe.objective not in watch.last else None


def _value(model: Any, recipe: Recipe, task: Task, watch: Watch, score_on: Part | None) -> float:
    """Give the objective of the weights that the fit ended with."""
    if score_on is None:
        check_objective(recipe.objective, watch.last)
        return watch.last[recipe.objective]
    scores = model.evaluate(
        score_on.x,
        score_on.y,
        sample_weight=score_on.sample_weight,
        batch_size=recipe.fit_options.get("validation_batch_size") or task.batch_size,
        steps=recipe.fit_options.get("validation_steps"),
        return_dict=True,
        verbose=0,
    )
    named = {f"val_{key}": float(value) for key, value in scores.items()}
    key = recipe.objective
    if not key.startswith("val_"):
        raise ObjectiveError(
            f"With cv the objective must be a validation metric, but it is {key!r}: choose one "
            f"of {', '.join(named)}."
        )
    check_objective(key, named)
    return named[key]


def _weights(model: Any, recipe: Recipe, task: Task, value: float) -> bytes | None:
    if task.to_beat is None:
        return None
    is_better = value < task.to_beat if recipe.minimize else value > task.to_beat
    return weights_to_bytes(model.get_weights()) if is_better else None


def _sentence(error: BaseException) -> str:
    if isinstance(error, TuneError):
        return str(error)
    text = _BOLD.sub("", str(error))
    lines = (line.strip() for line in text.splitlines())
    # Where a layer fails, Keras says so first, and in the next line why.
    told = next((s for s in lines if s and not s.startswith("Exception encountered when")), "")
    return f"{type(error).__name__}: {told}" if told else type(error).__name__
