"""Full batches by the graph, by XLA, or some by each: the epochs are the same."""

from __future__ import annotations

import numpy as np
import pytest

from tests.compiled.zoo import ZOO
from tunewidgets.training.compiled import inside, on_device
from tunewidgets.training.compiled.epochs import Epochs
from tunewidgets.training.data import read_data

pytestmark = pytest.mark.slow

BATCH_SIZE = 16
TOLERANCE = 1e-4


@pytest.mark.parametrize("n", [64, 70])
@pytest.mark.parametrize("name", ["mlp", "batch norm", "own train step", "mixed metrics"])
def test_some_of_the_batches_by_xla(name, n):
    by_graph = trained(name, n, 0)
    for n_by_xla in (1, n // BATCH_SIZE):
        assert by_graph == pytest.approx(trained(name, n, n_by_xla), rel=TOLERANCE, abs=TOLERANCE)


def test_more_to_validate_on_than_to_train_on():
    """Then the first batches alone go by XLA."""
    by_graph = trained("mlp", 32, 0, n_valid=70)
    by_xla = trained("mlp", 32, 2, n_valid=70)
    assert by_graph == pytest.approx(by_xla, rel=TOLERANCE)


def test_what_is_compiled_evaluates():
    epochs, rows = begun("mlp", 70)
    epochs.train(rows, 4)
    by_xla = epochs.test(rows, 4)
    assert epochs.evaluate(rows) == by_xla
    assert not epochs._test.is_traced(rows, 0)
    part = rows.taking(np.arange(32))  # no smaller last batch, so another function
    whole = epochs.evaluate(part)
    assert epochs._test.is_traced(part, 0)
    assert whole == pytest.approx(epochs.test(part, 2), rel=TOLERANCE)


def test_other_data_are_not_compiled_for_only_to_be_evaluated():
    epochs, rows = begun("mlp", 70)
    epochs.train(rows, 4)
    epochs.test(rows, 4)
    _, others = begun("mlp", 60)
    epochs.evaluate(others)
    assert epochs._test.is_traced(others, 0)


def test_what_could_not_be_compiled_evaluates_by_the_graph():
    epochs, rows = begun("mlp", BATCH_SIZE, outside_tensorflow)
    with pytest.raises(Exception, match="compil"):
        epochs.train(rows, 1, rows)
    assert epochs.evaluate(rows)["loss"] > 0


def outside_tensorflow():
    import keras
    import tensorflow as tf

    def same(x):
        return tf.ensure_shape(tf.numpy_function(lambda its: its, [x], x.dtype), x.shape)

    model = keras.Sequential([keras.Input((3,)), keras.layers.Lambda(same), keras.layers.Dense(1)])
    model.compile(loss="mse", optimizer="sgd")
    return model


def trained(name, n, n_by_xla, n_valid=None):
    """Give the logs of three epochs, and of a validation."""
    epochs, rows = begun(name, n)
    valid = rows if n_valid is None else begun(name, n_valid)[1]
    told = {}
    for epoch in range(3):
        logs = epochs.train(rows, n_by_xla, valid)
        told |= {f"{key} {epoch}": value for key, value in logs.items()}
    return told | {f"val_{key}": value for key, value in epochs.test(valid, n_by_xla).items()}


def begun(name, n, build=None):
    import keras

    keras.utils.set_random_seed(3)
    animal = ZOO[name]
    model = (build or animal.build)()
    rows = on_device(read_data(animal.x[:n], animal.y[:n]).train)
    inside.build_symbolically(model, rows.first(BATCH_SIZE))
    return Epochs(model, BATCH_SIZE, BATCH_SIZE), rows
