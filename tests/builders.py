"""Small builders and data that the tests share."""

from __future__ import annotations

import numpy as np


def build_model(n_neurons=4, learning_rate=0.01, input_shape=(3,)):
    import keras

    model = keras.Sequential(
        [
            keras.layers.Input(input_shape),
            keras.layers.Dense(n_neurons, activation="relu"),
            keras.layers.Dense(1),
        ]
    )
    model.compile(loss="mse", optimizer=keras.optimizers.SGD(learning_rate))
    return model


def line(n=64, seed=0):
    """A noisy linear target of three columns."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3)).astype("float32")
    y = (x @ [1.0, -2.0, 0.5] + 0.1 * rng.normal(size=n)).astype("float32")
    return x, y


def labelled(n=60):
    """Three classes in two columns, sorted by class as some data sets come."""
    x, _ = line(n)
    y = np.repeat([0, 1, 2], n // 3)
    return (x[:, :2] + y[:, None]).astype("float32"), y


def classifier(n_neurons=4, loss="sparse_categorical_crossentropy", input_shape=(2,)):
    import keras

    layers = [
        keras.layers.Input(input_shape),
        keras.layers.Dense(n_neurons, activation="relu"),
        keras.layers.Dense(3, activation="softmax"),
    ]
    model = keras.Sequential(layers)
    model.compile(loss=loss, optimizer="adam", metrics=["accuracy"])
    return model


def value_outside(study, x, y, **how):
    """Score the best model as its owner would."""
    return study.best_model().evaluate(x, y, return_dict=True, verbose=0, **how)
