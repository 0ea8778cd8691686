"""How much of a picture the neurons of each layer look at.

What a neuron looks at is where its value would change with the pixel: the mean square, over some
pictures, of its gradient. The width of that patch is twice the square root of three times its
variance along a side, which for an even look at n pixels is about n.
"""

from __future__ import annotations

from typing import Any

import numpy as np

KINDS = ("Conv2D", "Dense")


def spreads(model: Any, pictures: Any) -> list[float]:
    """Give the mean width of what a layer's neurons look at, in pixels, for each hidden layer.

    Parameters
    ----------
    model
        A Sequential model of pictures.
    pictures
        Shape (samples, height, width, 1).
    """
    import tensorflow as tf

    found = []
    below = tf.convert_to_tensor(pictures)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(below)
        layers, value = [], below
        for layer in model.layers[:-1]:
            value = layer(value)
            if type(layer).__name__ in KINDS:
                layers.append(_some(value))
    for value in layers:
        # Samples do not mix, so the gradient of a neuron's sum over them holds each one's.
        maps = [tape.gradient(column, below) for column in value]
        widths = [_width(np.mean(np.square(m), axis=(0, 3))) for m in maps if m is not None]
        found.append(float(np.mean([width for width in widths if np.isfinite(width)])))
    return found


def _some(value: Any) -> list[Any]:
    """Take sixteen neurons of a layer; of a convolution, in the middle of its picture."""
    import tensorflow as tf

    if len(value.shape) == 4:
        value = value[:, value.shape[1] // 2, value.shape[2] // 2]
    return tf.unstack(value, axis=1)[:16]


def _width(weight: Any) -> float:
    total = weight.sum()
    if total == 0:
        return float("nan")
    rows, columns = np.indices(weight.shape)
    variance = sum(
        ((axis - (axis * weight).sum() / total) ** 2 * weight).sum() / total / 2
        for axis in (rows, columns)
    )
    return 2 * float(np.sqrt(3 * variance))
