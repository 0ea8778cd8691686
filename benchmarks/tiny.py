"""A study whose fits take next to no time, for what is around them."""

from __future__ import annotations

import numpy as np

import tunewidgets as tw

BATCH_SIZE = 32


def build_model(n_neurons=4, learning_rate=0.01, input_shape=(3,)):
    """Build a tiny regression model."""
    import keras

    model = keras.Sequential([keras.Input(input_shape), keras.layers.Dense(n_neurons)])
    model.add(keras.layers.Dense(1))
    model.compile(loss="mse", optimizer=keras.optimizers.SGD(learning_rate))
    return model


def study(executor: tw.ProcessExecutor, *, epochs: int) -> tw.Study:
    """Make the study, of one size of the model and any learning rate."""
    x = np.random.default_rng(0).normal(size=(4 * BATCH_SIZE, 3)).astype("float32")
    space = {"n_neurons": [4], "learning_rate": tw.Float(1e-4, 1e-2, log=True)}
    return tw.Study(
        build_model,
        space,
        x,
        x.sum(1),
        validation_split=0.25,
        epochs=epochs,
        batch_size=BATCH_SIZE,
        executor=executor,
    )
