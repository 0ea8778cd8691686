"""What to hope of XLA for a model before it was ever tried: which kinds of layers it likes.

Trying costs the seconds that compiling takes, so a model that will hardly gain is spared it.
The numbers come from measuring on processors (``benchmarks/models.py``): XLA's convolutions are
slower there than TensorFlow's own, and the loop of a recurrent layer is long to compile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


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
RECURRENT = Hopes(ratio=0.4, compiling_s=2.2)
CONVOLUTIONAL = Hopes(ratio=1.0)


def hopes(layers: list[Any]) -> Hopes:
    """Say what to hope for a model of such layers."""
    import keras
    import tensorflow as tf

    recurrent = (keras.layers.RNN, keras.layers.Bidirectional)
    if any(isinstance(layer, recurrent) for layer in layers):
        return RECURRENT
    is_convolutional = any("Conv" in type(layer).__name__ for layer in layers)
    if is_convolutional and not tf.config.list_logical_devices("GPU"):
        return CONVOLUTIONAL
    return USUAL
