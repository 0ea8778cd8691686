"""Outputs, losses and targets that cannot go together are named before anything is trained."""

from __future__ import annotations

import numpy as np
import pytest

from tests.builders import labelled
from tests.compiled.zoo import ZOO
from tunewidgets.errors import BuilderError
from tunewidgets.training.data import Part
from tunewidgets.training.doubts import doubt
from tunewidgets.training.pairing import check_pairing

pytestmark = pytest.mark.slow

X, LABELS = labelled(12)
ONE_HOT = np.eye(3)[LABELS]


def model(n_out, activation, loss):
    import keras

    layers = [keras.Input((2,)), keras.layers.Dense(n_out, activation=activation)]
    made = keras.Sequential(layers)
    made.compile(loss=loss, optimizer="sgd")
    return made


@pytest.mark.filterwarnings("ignore:You are using a softmax over axis -1:UserWarning")
@pytest.mark.parametrize(
    ("how", "y", "message"),
    [
        ((1, "softmax", "binary_crossentropy"), LABELS > 0, "which is always 1: take Dense"),
        ((3, "softmax", "categorical_crossentropy"), LABELS, "take 'sparse_categorical"),
        ((2, "softmax", "categorical_crossentropy"), ONE_HOT, "the model has 2 and y has 3"),
        ((1, "sigmoid", "categorical_crossentropy"), LABELS > 0, "two outputs or more"),
        ((3, "softmax", "sparse_categorical_crossentropy"), ONE_HOT, "take 'categorical_cross"),
        ((2, "softmax", "sparse_categorical_crossentropy"), LABELS, "y goes from 0 to 2"),
        ((1, "sigmoid", "sparse_categorical_crossentropy"), LABELS, "an output for each class"),
        ((1, "sigmoid", "binary_crossentropy"), LABELS, "y goes from 0 to 2"),
        ((3, "sigmoid", "BinaryCrossentropy"), LABELS > 0, "the model has 3 and y has 1"),
        ((1, None, "mse"), ONE_HOT, r"has 1 output and y 3 columns: make .* Dense\(3\)"),
        ((2, None, "MeanAbsoluteError"), LABELS, r"has 2 outputs and y 1 column: .* Dense\(1\)"),
        ((1, None, "mse"), None, "needs targets, but y is None: give y"),
    ],
)
def test_what_can_only_fail_is_named_with_its_remedy(how, y, message):
    with pytest.raises(BuilderError, match=message):
        check_pairing(model(*how), Part(X, y))


@pytest.mark.parametrize("name", ZOO)
def test_the_zoo_gives_no_false_alarm(name):
    animal = ZOO[name]
    check_pairing(animal.build(), Part(animal.x, animal.y))


def test_what_is_legal_passes():
    for how, y in (
        ((3, "sigmoid", "binary_crossentropy"), ONE_HOT),
        ((1, None, "mse"), LABELS),
        ((1, "sigmoid", "mse"), LABELS > 0),
        ((3, "softmax", "sparse_categorical_crossentropy"), LABELS[:, None]),
        ((1, None, lambda y, p: (y - p) ** 2), LABELS),
    ):
        check_pairing(model(*how), Part(X, y))


def logits(name):
    import keras

    return getattr(keras.losses, name)(from_logits=True)


@pytest.mark.parametrize(
    ("how", "y", "message"),
    [
        ((1, "relu", "mse"), X[:, 0], "'relu' gives only 0 and more, but y goes from -"),
        ((1, "sigmoid", "mae"), 10 * X[:, 0], "'sigmoid' gives only 0 to 1"),
        ((1, "tanh", "Huber"), LABELS, "'tanh' gives only -1 to 1, but y goes from 0 to 2"),
        ((1, None, "binary_crossentropy"), LABELS > 0, "activation='sigmoid', or the loss from_l"),
        ((3, None, "sparse_categorical_crossentropy"), LABELS, "activation='softmax'"),
        ((3, "softmax", "SparseCategoricalCrossentropy"), LABELS, "leave one of the two out"),
        ((1, "sigmoid", "BinaryCrossentropy"), LABELS > 0, "leave one of the two out"),
    ],
)
def test_what_hardly_works_is_doubted(how, y, message):
    n_out, activation, loss = how
    if "leave one" in message:
        loss = logits(loss)
    told = doubt(model(n_out, activation, loss), Part(X, y))
    assert told is not None
    assert message in told


def test_nothing_legal_is_doubted():
    for animal in ZOO.values():
        assert doubt(animal.build(), Part(animal.x, animal.y)) is None
    for how, y in (
        ((1, "relu", "mse"), LABELS),
        ((1, "sigmoid", "mse"), LABELS > 0),
        ((1, "tanh", "mse"), LABELS - 1),
        ((1, None, "mse"), X[:, 0]),
        ((3, None, logits("SparseCategoricalCrossentropy")), LABELS),
        ((1, None, logits("BinaryCrossentropy")), LABELS > 0),
        ((3, "softmax", "categorical_crossentropy"), ONE_HOT),
        ((1, "elu", "mse"), X[:, 0]),
    ):
        assert doubt(model(*how), Part(X, y)) is None
