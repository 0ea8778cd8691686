"""From a builder and a choice of hyperparameters to a compiled model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tunewidgets.errors import BuilderError
from tunewidgets.training.compiled import inside
from tunewidgets.training.facts import Facts

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


def build(builder: Callable[..., Any], params: Mapping[str, Any], facts: Facts, seed: int) -> Any:
    """Build a compiled model from a seed, with what the data decide (`Facts`) taken from them.

    Raises
    ------
    BuilderError
        Where the builder does not give a compiled Keras model.
    """
    start_over(seed)
    import keras

    model = builder(**params, **facts.given(builder, params))
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
