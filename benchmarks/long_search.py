"""A lab's first search, 200 trials of 5 epochs: nothing lost, and what it leaves in memory."""

from __future__ import annotations

import gc
import time

import numpy as np
import psutil

import tunewidgets as tw
from benchmarks.table import Figure

N_TRIALS = 200
EPOCHS = 5


def build_model(n_neurons=4, learning_rate=0.01, input_shape=(3,)):
    """Build a tiny regression model."""
    import keras

    model = keras.Sequential([keras.Input(input_shape), keras.layers.Dense(n_neurons)])
    model.add(keras.layers.Dense(1))
    model.compile(loss="mse", optimizer=keras.optimizers.SGD(learning_rate))
    return model


def measure() -> list[Figure]:
    import cloudpickle

    from benchmarks import long_search

    cloudpickle.register_pickle_by_value(long_search)
    x = np.random.default_rng(0).normal(size=(256, 3)).astype("float32")
    space = {"n_neurons": (1, 50), "learning_rate": tw.Float(1e-4, 1e-1, log=True)}
    study = tw.Study(build_model, space, x, x.sum(1), validation_split=0.25, epochs=EPOCHS)
    lab = tw.Lab(study)
    before = _resident()
    begun = time.perf_counter()
    search = study.search("random", N_TRIALS, seed=2)
    search.wait()
    seconds = time.perf_counter() - begun
    after = _resident()
    lost = N_TRIALS * EPOCHS - sum(trial.epochs for trial in search.trials)
    lab.close()
    study.close()
    return [
        Figure("epochs lost of 1,000", lost, 0, ""),
        Figure("kernel's memory after, above before", (after - before) / 1e6, 30, "MB"),
        Figure("seconds a trial", seconds / N_TRIALS, None, "s"),
    ]


def _resident() -> float:
    gc.collect()
    return float(psutil.Process().memory_info().rss)
