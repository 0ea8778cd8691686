"""LSTM layers as one operation give the numbers of Keras's loop, and of its random states."""

from __future__ import annotations

import numpy as np
import pytest

from tests.compiled.zoo import SERIES, TARGET, N
from tunewidgets.training.compiled.fit import Fit, fit
from tunewidgets.training.compiled.fused import fusing
from tunewidgets.training.compiled.hopes import likes_fusing
from tunewidgets.training.compiled.paths import Paths
from tunewidgets.training.compiled.rows import on_device
from tunewidgets.training.compiled.twins import Twins, all_layers
from tunewidgets.training.data import Part

pytestmark = pytest.mark.slow

BATCH_SIZE = 16
TOLERANCE = 1e-6


def stateful(layers):
    return [layers.LSTM(4, stateful=True)]


def deep(layers):
    return [
        layers.LSTM(4, return_sequences=True, dropout=0.3),
        layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
        layers.LSTM(4, use_bias=False, go_backwards=True),
    ]


def masked(layers):
    return [layers.Masking(), layers.LSTM(4)]


def twice(layers):
    import keras

    lstm = layers.LSTM(2, return_sequences=True)
    return [keras.Sequential([lstm]), keras.Sequential([lstm]), layers.Flatten()]


FUSED = {
    "one": (lambda layers: [layers.LSTM(4)], 1),
    "deep": (deep, 4),
    "stateful": (stateful, 1),
    "twice": (twice, 1),
    "masked": (masked, 1),  # which a layer hears of when it is called, and takes its steps
}


def own(layers):
    class Own(layers.LSTM):
        """Anybody's layer."""

    return Own(4)


NOT_FUSED = {
    "another activation": lambda layers: layers.LSTM(4, activation="relu"),
    "another gate": lambda layers: layers.LSTM(4, recurrent_activation="hard_sigmoid"),
    "dropout between steps": lambda layers: layers.LSTM(4, recurrent_dropout=0.2),
    "dropout by gates": lambda layers: layers.LSTM(4, dropout=0.2, implementation=1),
    "no loop": lambda layers: layers.LSTM(4, unroll=True),
    "half": lambda layers: layers.LSTM(4, dtype="mixed_float16"),
    "double": lambda layers: layers.LSTM(4, dtype="float64"),
    "no Keras's": own,
    "large": lambda layers: layers.LSTM(128),
    "a cell's": lambda layers: layers.RNN(layers.LSTMCell(4)),
    "another kind": lambda layers: layers.GRU(4),
}


def build(inner):
    import keras

    keras.utils.set_random_seed(3)
    n = 64 if inner is stateful else None  # which takes batches of one size alone
    shape = {"shape": (6, 2)} if n is None else {"batch_shape": (BATCH_SIZE, 6, 2)}
    model = keras.Sequential([keras.Input(**shape), *inner(keras.layers), keras.layers.Dense(1)])
    model.compile(loss="mse", optimizer="adam")
    return model, SERIES[: n or N], TARGET[: n or N]


def n_fused(model):
    return len({layer for layer in all_layers(model) if likes_fusing(layer)})


@pytest.mark.parametrize("name", FUSED)
def test_it_trains_as_by_model_fit(name):
    import keras

    inner, n = FUSED[name]
    model, x, y = build(inner)
    model.fit(x, y, batch_size=BATCH_SIZE, epochs=5, verbose=0, validation_data=(x, y))
    expected = model.history.history
    model, x, y = build(inner)
    assert n_fused(model) == n
    rows, told = on_device(Part(x, y)), keras.callbacks.History()
    fit(model, Fit(rows, rows, 5, BATCH_SIZE, path="graph"), [told], Twins(), Paths())
    for key, values in expected.items():
        np.testing.assert_allclose(told.history[key], values, rtol=TOLERANCE, err_msg=key)


@pytest.mark.parametrize("name", NOT_FUSED)
def test_what_does_something_else_is_left_to_keras(name):
    import keras

    model = keras.Sequential([keras.Input((6, 2)), NOT_FUSED[name](keras.layers)])
    assert n_fused(model) == 0


def operations(model):
    import tensorflow as tf

    def call(x):
        return model(x)

    spec = tf.TensorSpec([None, 6, 2])
    return {op.type for op in tf.function(call).get_concrete_function(spec).graph.get_operations()}


def test_there_is_one_operation_and_none_afterwards():
    import keras

    model = keras.Sequential([keras.Input((6, 2)), keras.layers.LSTM(4)])
    with fusing({model.layers[0]}):
        assert "BlockLSTM" in operations(model), "Keras no longer calls LSTM.inner_loop"
    assert "BlockLSTM" not in operations(model)
