"""Models of many kinds, at the sizes at which people tune them, each with data.

The first three should gain much; of the others none should lose.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks import housing

NOT_SLOWER = 0.95
"""The speed that no model falls below, where ``model.fit`` is 1."""

VALID_SHARE = 0.2

Samples = tuple[Any, np.ndarray]


@dataclass(frozen=True, slots=True)
class Animal:
    """A model, its data, and how many times as fast as by ``model.fit`` it should train."""

    build: Callable[[], Any]
    make_data: Callable[[], Samples]
    bar: float = NOT_SLOWER

    def parts(self) -> tuple[Any, np.ndarray, Samples]:
        """Give training samples and validation data."""
        x, y = self.make_data()
        n_valid = int(len(y) * VALID_SHARE)

        def cut(nest: Any, rows: slice) -> Any:
            return [a[rows] for a in nest] if isinstance(nest, list) else nest[rows]

        train, valid = slice(None, -n_valid), slice(-n_valid, None)
        return cut(x, train), y[train], (cut(x, valid), y[valid])


def mlp() -> Any:
    """Build the lecture's model."""
    return housing.build_model(n_hidden=2, n_neurons=50)


def wide_mlp() -> Any:
    """Build a model that is all arithmetic."""
    return housing.build_model(n_hidden=3, n_neurons=600)


def cnn() -> Any:
    """Build a small convolutional model."""
    return _cnn((8, 8, 1), 16)


def large_cnn() -> Any:
    """Build a convolutional model that is mostly arithmetic."""
    return _cnn((28, 28, 1), 32, 64)


def lstm() -> Any:
    """Build a recurrent model."""
    import keras

    layers = [keras.Input((20, 1)), keras.layers.LSTM(32), keras.layers.Dense(1)]
    return _compiled(keras.Sequential(layers), "adam")


def regularised() -> Any:
    """Build a model with batch normalisation and dropout."""
    import keras

    model = keras.Sequential([keras.Input((housing.N_FEATURES,))])
    for _ in range(2):
        model.add(keras.layers.Dense(50, activation="relu"))
        model.add(keras.layers.BatchNormalization())
        model.add(keras.layers.Dropout(0.2))
    model.add(keras.layers.Dense(1))
    return _compiled(model, "adam")


def two_inputs() -> Any:
    """Build the lecture's wide and deep model."""
    import keras

    wide, deep = keras.Input((5,)), keras.Input((6,))
    hidden = keras.layers.Dense(30, activation="relu")(deep)
    hidden = keras.layers.Dense(30, activation="relu")(hidden)
    out = keras.layers.Dense(1)(keras.layers.Concatenate()([wide, hidden]))
    return _compiled(keras.Model([wide, deep], out), "sgd")


def own_train_step() -> Any:
    """Build a model that trains itself."""
    import keras
    import tensorflow as tf

    class Own(keras.Model):
        def train_step(self, data: Any) -> dict[str, Any]:
            x, y = data
            with tf.GradientTape() as tape:
                loss = self.compute_loss(x, y, self(x, training=True))
            variables = self.trainable_variables
            self.optimizer.apply(tape.gradient(loss, variables), variables)
            return {"loss": loss}

    inputs = keras.Input((housing.N_FEATURES,))
    hidden = keras.layers.Dense(50, activation="relu")(inputs)
    return _compiled(Own(inputs, keras.layers.Dense(1)(hidden)), "sgd")


def table() -> Samples:
    """Make a table of the shape of the housing data."""
    x, y, (x_valid, y_valid) = housing.random_data()
    return np.concatenate([x, x_valid]), np.concatenate([y, y_valid])


def two_tables() -> Samples:
    """Make the table in two parts that share columns."""
    x, y = table()
    return [x[:, :5], x[:, 2:]], y


def digits() -> Samples:
    """Give scikit-learn's 1,797 digits."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return (x / 16).reshape(-1, 8, 8, 1).astype("float32"), y


def images() -> Samples:
    """Make images of the size of MNIST's."""
    rng = np.random.default_rng(0)
    return rng.random((2500, 28, 28, 1), dtype="float32"), rng.integers(0, 10, 2500)


def series() -> Samples:
    """Make noisy waves, to be carried on."""
    rng = np.random.default_rng(0)
    at = rng.uniform(0, 6, (2500, 1)) + 0.3 * np.arange(21)
    waves = (np.sin(at) + rng.normal(0, 0.1, at.shape)).astype("float32")
    return waves[:, :20, None], waves[:, 20]


ZOO = {
    "CNN on digits": Animal(cnn, digits, bar=3),
    "LSTM": Animal(lstm, series, bar=3),
    "Adam + BatchNorm + Dropout": Animal(regularised, table, bar=3),
    "MLP 8-50-50-1": Animal(mlp, table),
    "two inputs": Animal(two_inputs, two_tables),
    "own train_step": Animal(own_train_step, table),
    "MLP 8-600-600-600-1": Animal(wide_mlp, table),
    "CNN on 28 x 28 pixels": Animal(large_cnn, images),
}


def _cnn(shape: tuple[int, ...], *filters: int) -> Any:
    import keras

    model = keras.Sequential([keras.Input(shape)])
    for n in filters:
        model.add(keras.layers.Conv2D(n, 3, activation="relu"))
        model.add(keras.layers.MaxPooling2D())
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(10, activation="softmax"))
    model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def _compiled(model: Any, optimizer: str) -> Any:
    model.compile(loss="mse", optimizer=optimizer)
    return model
