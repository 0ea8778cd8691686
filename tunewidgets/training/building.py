"""From a builder and a choice of hyperparameters to a compiled model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tunewidgets.errors import BuilderError
from tunewidgets.training.arrays import Nest, map_nest
from tunewidgets.training.compiled import inside

MISSING_TENSORFLOW = (
    "Keras needs TensorFlow, but it is not installed here: "
    "pip install 'tunewidgets[tensorflow-cpu]', or 'tunewidgets[tensorflow]' for a GPU."
)


def get_ready() -> None:
    """Import Keras before the first run, so that no run's time counts it."""
    try:
        import keras  # noqa: F401
    except ImportError:
        return  # each run says so in words


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
    if keras.config.backend() == "tensorflow":
        inside.forget_session()
        inside.set_seed(int(seed))
    else:
        keras.utils.clear_session()
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
