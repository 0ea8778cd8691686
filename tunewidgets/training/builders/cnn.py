"""A small convolutional network for images."""

from __future__ import annotations

from typing import Any

from tunewidgets.errors import BuilderError
from tunewidgets.training.builders.parts import optimizer_of, output_of


def cnn(
    n_blocks: int = 2,
    n_filters: int = 16,
    kernel_size: int = 3,
    n_neurons: int = 64,
    activation: str = "relu",
    optimizer: str = "adam",
    learning_rate: float = 1e-3,
    dropout: float = 0.0,
    batch_norm: bool = False,
    input_shape: tuple[int, ...] = (28, 28, 1),
    task: str = "multiclass",
    n_outputs: int = 10,
) -> Any:
    """Build blocks of convolution and pooling, then a dense layer and the output of the task.

    Parameters
    ----------
    n_blocks, n_filters
        Number of blocks, and filters of the first; each later block has twice as many.
    kernel_size
        Pixels along each side of a filter.
    n_neurons, dropout
        Of the dense layer.
    activation, optimizer, learning_rate, batch_norm
        As `mlp` takes them.
    input_shape, task, n_outputs
        Given by the data; images without channels are given one.

    Returns
    -------
    keras.Model
        Compiled.
    """
    import keras

    if len(input_shape) not in (2, 3):
        raise BuilderError(
            f"cnn needs images, with an input_shape of (height, width) or (height, width, "
            f"channels), but got {input_shape}: use mlp, or reshape x."
        )
    layers = keras.layers
    model = keras.Sequential([keras.Input(shape=input_shape)])
    if len(input_shape) == 2:
        model.add(layers.Reshape((*input_shape, 1)))
    for block in range(n_blocks):
        model.add(layers.Conv2D(n_filters * 2**block, kernel_size, padding="same"))
        if batch_norm:
            model.add(layers.BatchNormalization())
        model.add(layers.Activation(activation))
        model.add(layers.MaxPooling2D(2, padding="same"))
    model.add(layers.Flatten())
    model.add(layers.Dense(n_neurons, activation=activation))
    if dropout:
        model.add(layers.Dropout(dropout))
    output, how = output_of(task, n_outputs)
    model.add(output)
    model.compile(optimizer=optimizer_of(optimizer, learning_rate), **how)
    return model
