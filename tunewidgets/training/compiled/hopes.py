"""What to hope of XLA for a model before it was ever tried: which kinds of layers it likes.

Trying costs the seconds that compiling takes, so a model that will hardly gain is spared it.
The numbers come from measuring on processors (``benchmarks/models.py``): XLA's convolutions are
slower there than TensorFlow's own, and so are recurrent layers, whose unrolled loops also take
many seconds to compile.
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
NONE = Hopes(ratio=1.0)


def hopes(layers: list[Any]) -> Hopes:
    """Say what to hope for a model of such layers."""
    import keras
    import tensorflow as tf

    recurrent = (keras.layers.RNN, keras.layers.Bidirectional)
    is_slow = any(isinstance(each, recurrent) or "Conv" in type(each).__name__ for each in layers)
    return NONE if is_slow and not tf.config.list_logical_devices("GPU") else USUAL
