"""What to hope of a path for a model before it was ever tried: which kinds of layers like it.

Trying costs the seconds that compiling takes, so a model that will hardly gain is spared it.
The numbers come from measuring on processors (``benchmarks/models.py``): XLA's convolutions are
slower there than TensorFlow's own, and the loop of a recurrent layer is long to compile, with
little gain where that is an LSTM.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tunewidgets.training.compiled.fused import is_fusible


@dataclass(frozen=True, slots=True)
class Hopes:
    """What XLA is taken to do.

    Attributes
    ----------
    ratio
        The time by XLA to that by the graph.
    compiling_s
        Seconds that it takes to compile a layer.
    """

    ratio: float = 0.5
    compiling_s: float = 0.2


USUAL = Hopes()
RECURRENT = Hopes(ratio=0.5, compiling_s=2.2)
OF_LSTMS = Hopes(ratio=0.95, compiling_s=2.2)
CONVOLUTIONAL = Hopes(ratio=1.0)

SMALL = 30_000
"""Parameters of a recurrent model whose operations take less time than to queue them."""

SMALL_LSTM = 35_000
"""Parameters of an LSTM up to which it is quicker as one operation."""


def hopes(layers: list[Any]) -> Hopes:
    """Say what to hope for a model of such layers."""
    import keras

    if recurrent := _recurrent(layers):
        is_of_lstms = all(isinstance(layer, keras.layers.LSTM) for layer in recurrent)
        return OF_LSTMS if is_of_lstms else RECURRENT
    return CONVOLUTIONAL if _convolves(layers) and not _has_gpu() else USUAL


def likes_turns(model: Any, layers: list[Any]) -> bool:
    """Say whether a model is quicker when a graph does one small thing after another.

    So are small recurrent ones, a third quicker; large ones are slower, convolutions twice.
    """
    is_small = bool(_recurrent(layers)) and model.count_params() <= SMALL
    return is_small and not _convolves(layers) and not _has_gpu()


def likes_fusing(layer: Any) -> bool:
    """Say whether a layer is an LSTM that is quicker as one operation; large ones are slower."""
    return is_fusible(layer) and layer.count_params() <= SMALL_LSTM and not _has_gpu()


def _recurrent(layers: list[Any]) -> list[Any]:
    import keras

    return [layer for layer in layers if isinstance(layer, keras.layers.RNN)]


def _convolves(layers: list[Any]) -> bool:
    return any("Conv" in type(layer).__name__ for layer in layers)


def _has_gpu() -> bool:
    import tensorflow as tf

    return bool(tf.config.list_logical_devices("GPU"))
