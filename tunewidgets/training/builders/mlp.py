"""A network of dense layers."""

from __future__ import annotations

from typing import Any

from tunewidgets.training.builders.parts import optimizer_of, output_of, widths_of


def mlp(
    n_hidden: int = 1,
    n_neurons: int = 30,
    shape: str = "constant",
    activation: str = "relu",
    optimizer: str = "adam",
    learning_rate: float = 1e-3,
    dropout: float = 0.0,
    l2: float = 0.0,
    batch_norm: bool = False,
    initializer: str = "glorot_uniform",
    input_shape: tuple[int, ...] = (8,),
    task: str = "regression",
    n_outputs: int = 1,
) -> Any:
    """Build a multi-layer perceptron with the output and the loss of its task.

    Parameters
    ----------
    n_hidden, n_neurons
        Number of hidden layers, and neurons in the widest.
    shape
        Their widths: ``"constant"``, ``"narrowing"`` or ``"widening-narrowing"``.
    activation, initializer
        Of the hidden layers, by Keras's names.
    optimizer
        ``"sgd"``, ``"momentum"``, ``"nesterov"``, ``"rmsprop"``, ``"adam"``, ``"adamw"`` or
        ``"nadam"``.
    dropout
        Share of the neurons that is left out, 0 to 1, after each hidden layer.
    l2
        Factor of the weights' squares in the loss. The loss then holds that penalty: to compare,
        take ``objective="val_mse"`` or ``"val_accuracy"``.
    batch_norm
        Normalise each hidden layer before its activation.
    input_shape, task, n_outputs
        Given by the data.

    Returns
    -------
    keras.Model
        Compiled.
    """
    import keras

    layers = keras.layers
    model = keras.Sequential([keras.Input(shape=input_shape)])
    if len(input_shape) > 1:
        model.add(layers.Flatten())
    for width in widths_of(shape, n_hidden, n_neurons, n_outputs):
        regularizer = keras.regularizers.L2(l2) if l2 else None
        model.add(
            layers.Dense(width, kernel_initializer=initializer, kernel_regularizer=regularizer)
        )
        if batch_norm:
            model.add(layers.BatchNormalization())
        model.add(layers.Activation(activation))
        if dropout:
            model.add(layers.Dropout(dropout))
    output, how = output_of(task, n_outputs)
    model.add(output)
    model.compile(optimizer=optimizer_of(optimizer, learning_rate), **how)
    return model
