"""The lecture's model, space and data: what the searches here are about."""

from __future__ import annotations

from typing import Any

import numpy as np

import tunewidgets as tw

N_TRAIN, N_VALID, N_FEATURES = 11_610, 3_870, 8
"""Of the California housing data: what the split of the book leaves for training."""


def build_model(n_hidden=1, n_neurons=30, learning_rate=3e-3, input_shape=(N_FEATURES,)):
    """Build the lecture's model, an MLP for regression."""
    import keras

    model = keras.Sequential([keras.Input(shape=input_shape)])
    for _ in range(n_hidden):
        model.add(keras.layers.Dense(n_neurons, activation="relu"))
    model.add(keras.layers.Dense(1))
    model.compile(loss="mse", optimizer=keras.optimizers.SGD(learning_rate))
    return model


def space() -> dict[str, Any]:
    """Give the lecture's ``param_distribs``."""
    from scipy.stats import loguniform

    return {
        "n_hidden": [0, 1, 2, 3],
        "n_neurons": np.arange(1, 100).tolist(),  # Keras refuses NumPy's integers as units
        "learning_rate": loguniform(3e-4, 3e-2),
    }


def candidates(n: int, seed: int) -> list[dict[str, Any]]:
    """Draw what ``RandomizedSearchCV`` tries with this seed."""
    from sklearn.model_selection import ParameterSampler

    return [
        {"n_hidden": int(params["n_hidden"]), "n_neurons": int(params["n_neurons"])}
        | {"learning_rate": float(params["learning_rate"])}
        for params in ParameterSampler(space(), n, random_state=seed)
    ]


def random_data() -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Make numbers of the shape of the data, for what only the clock looks at."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(N_TRAIN + N_VALID, N_FEATURES)).astype("float32")
    y = x[:, 0] * x[:, 1] + x[:, 2]
    return x[:N_TRAIN], y[:N_TRAIN], (x[N_TRAIN:], y[N_TRAIN:])


def study(epochs: int, seed: int, **options: Any) -> tw.Study:
    """Make a study of the lecture's space with the data."""
    data = tw.datasets.load("california_housing", fallback=None)
    return tw.Study(
        build_model,
        space(),
        data.x_train,
        data.y_train,
        validation_data=(data.x_valid, data.y_valid),
        epochs=epochs,
        batch_size=32,
        seed=seed,
        **options,
    )
