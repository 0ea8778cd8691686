"""The lecture's builder and search space, and few enough of its data to be quick."""

from __future__ import annotations

from typing import Any

import numpy as np

import tunewidgets as tw

N_TRAIN, N_VALID = 2000, 1000

SPACE = {
    "n_hidden": [0, 1, 2, 3],
    "n_neurons": np.arange(1, 100),
    "learning_rate": tw.Float(3e-4, 3e-2, log=True),
}


def build_model(
    n_hidden: int = 1,
    n_neurons: int = 30,
    learning_rate: float = 3e-3,
    input_shape: tuple[int, ...] = (8,),
) -> Any:
    """Build the lecture's network for regression."""
    import keras

    model = keras.Sequential([keras.Input(shape=input_shape)])
    for _ in range(n_hidden):
        model.add(keras.layers.Dense(n_neurons, activation="relu"))
    model.add(keras.layers.Dense(1))
    model.compile(loss="mse", optimizer=keras.optimizers.SGD(learning_rate=learning_rate))
    return model


def housing() -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Give some of California housing: (x, y) to train on, and (x, y) to validate on.

    Raises
    ------
    DataError
        Where it can be neither found nor downloaded.
    """
    data = tw.datasets.load("california_housing", fallback=None)
    train = data.x_train[:N_TRAIN], data.y_train[:N_TRAIN]
    return train, (data.x_valid[:N_VALID], data.y_valid[:N_VALID])
