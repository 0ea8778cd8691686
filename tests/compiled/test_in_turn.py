"""Recurrent models whose small operations TensorFlow runs one after another, on one thread.

In a process that has one thread, as a worker has where there are as many as processors: what
would wait for another thread there would wait for ever.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from tunewidgets.executors.resources import worker_environment

pytestmark = pytest.mark.slow

CODE = """
    import sys
    import keras
    import numpy as np
    from keras import layers
    from tunewidgets.training.compiled import inside
    from tunewidgets.training.compiled.epochs import Epochs
    from tunewidgets.training.compiled.rows import on_device
    from tunewidgets.training.data import Part

    MODELS = {
        "plain": lambda: ([layers.LSTM(5)], keras.optimizers.Adam()),
        "deep": lambda: (
            [
                layers.Masking(),
                layers.Bidirectional(layers.GRU(4, return_sequences=True, dropout=0.2)),
                layers.BatchNormalization(),
                layers.RNN([layers.LSTMCell(4), layers.GRUCell(3)]),
            ],
            keras.optimizers.SGD(0.01, momentum=0.9, clipnorm=1.0),
        ),
        "with a condition": lambda: (
            [layers.SimpleRNN(4)], keras.optimizers.Adam(gradient_accumulation_steps=2)
        ),
    }

    def build(name):
        keras.utils.set_random_seed(3)
        inner, optimizer = MODELS[name]()
        model = keras.Sequential([keras.Input((6, 2)), *inner, layers.Dense(1)])
        auc = keras.metrics.AUC(name="auc")  # else the second one has another name
        model.compile(loss="mse", optimizer=optimizer, metrics=["mae", auc])
        return model

    x = np.random.default_rng(0).random((50, 6, 2), "float32")
    rows = on_device(Part(x, (x.sum((1, 2)) > 6).astype("float32")))

    def train(name, *, in_turn):
        model = build(name)
        inside.build_symbolically(model, rows.first(16))
        epochs = Epochs(model, 16, 16, in_turn=in_turn)
        told = [{**epochs.train(rows, 0), **epochs.test(rows, 0)} for _ in range(3)]
        traced = epochs._train._traced.values()
        is_usual = all(hasattr(function, "graph") for function in traced)
        assert is_usual != (in_turn and name != "with a condition")
        return told

    name = sys.argv[1]
    for usual, in_turn in zip(train(name, in_turn=False), train(name, in_turn=True)):
        for key, value in usual.items():
            np.testing.assert_allclose(in_turn[key], value, rtol=1e-5, err_msg=key)
"""


@pytest.mark.parametrize("name", ["plain", "deep", "with a condition"])
def test_one_thread_is_enough(name, root):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CODE), name],
        cwd=root,
        env=worker_environment(10_000),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
