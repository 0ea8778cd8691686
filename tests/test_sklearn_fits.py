"""The estimators really fitted: numbers, labels, copies, cross-validation."""

from __future__ import annotations

import copy
import pickle
import random

import numpy as np
import pytest
from sklearn.metrics import r2_score
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.builders import build_model, classifier, labelled, line
from tunewidgets.errors import DataError, FitError
from tunewidgets.sklearn import KerasClassifier, KerasRegressor

pytestmark = [
    pytest.mark.slow,
    # Keras warns of its own way to read a variable.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


def heads(n_outputs, input_shape, loss="categorical_crossentropy", activation="softmax"):
    import keras

    last = keras.layers.Dense(n_outputs, activation=activation)
    model = keras.Sequential([keras.layers.Input(input_shape), last])
    model.compile(loss=loss, optimizer=keras.optimizers.Adam(0.1))
    return model


def one_output(input_shape, from_logits=False):
    import keras

    last = keras.layers.Dense(1, activation=None if from_logits else "sigmoid")
    model = keras.Sequential([keras.layers.Input(input_shape), last])
    loss = keras.losses.BinaryCrossentropy(from_logits=from_logits)
    model.compile(loss=loss, optimizer=keras.optimizers.Adam(0.1))
    return model


def test_the_lecture_s_code():
    import keras

    x, y = line(120)
    np.random.seed(1)
    keras_reg = KerasRegressor(build_model)
    keras_reg.fit(
        x[:80],
        y[:80],
        epochs=100,
        validation_data=(x[80:100], y[80:100]),
        callbacks=[keras.callbacks.EarlyStopping(patience=10)],
    )
    predicted = keras_reg.predict(x[100:])
    assert predicted.shape == (20,)
    assert keras_reg.score(x[100:], y[100:]) == pytest.approx(r2_score(y[100:], predicted))
    assert keras_reg.score(x[100:], y[100:]) > 0.9
    assert set(keras_reg.history_) == {"loss", "val_loss"}
    assert keras_reg.n_features_in_ == 3


@pytest.mark.parametrize("engine", ["auto", "keras"])
def test_the_numbers_of_keras_under_a_seed(engine):
    import keras

    x, y = line()
    ours = KerasRegressor(build_model, epochs=3, random_state=5, engine=engine).fit(x, y)
    keras.utils.set_random_seed(5)
    model = build_model()
    history = model.fit(x, y, epochs=3, verbose=0).history
    assert ours.history_["loss"] == pytest.approx(history["loss"], rel=1e-6)
    expected = model.predict(x, verbose=0)[:, 0]
    np.testing.assert_allclose(ours.predict(x), expected, rtol=1e-5, atol=1e-6)


def test_random_states_of_the_process_are_left_alone():
    import keras

    x, y = line()
    keras.utils.set_random_seed(3)
    before = random.getstate(), np.random.get_state()[1].tolist()
    KerasRegressor(build_model, random_state=5).fit(x, y)
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before


def test_models_are_their_owners_though_compiled_epochs_are_shared():
    x, y = line()
    first = KerasRegressor(build_model, random_state=1).fit(x, y)
    before = first.predict(x)
    second = KerasRegressor(build_model, random_state=2, epochs=5).fit(x, y)
    np.testing.assert_array_equal(first.predict(x), before)
    assert not np.allclose(second.predict(x), before)
    assert first.model_ is not second.model_


@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", "categorical_crossentropy"])
def test_labels_of_any_kind(loss):
    x, y = labelled(90)
    names = np.array(["ant", "bee", "cat"])[y]
    model = KerasClassifier(heads, loss=loss, epochs=30, random_state=0)
    model.fit(x, names, validation_data=(x, names))
    assert list(model.classes_) == ["ant", "bee", "cat"]
    assert set(model.predict(x)) <= set(names)
    assert model.predict_proba(x).shape == (90, 3)
    assert model.score(x, names) > 0.6
    with pytest.raises(DataError, match="'dog' is not"):
        model.fit(x, names, validation_data=(x[:1], ["dog"]))


@pytest.mark.parametrize("from_logits", [False, True])
def test_two_classes_with_one_output(from_logits):
    x, y = labelled(90)
    is_last = y == 2
    model = KerasClassifier(one_output, from_logits=from_logits, epochs=30, random_state=0)
    model.fit(x, is_last)
    assert model.predict(x).dtype == bool
    np.testing.assert_allclose(model.predict_proba(x).sum(axis=1), 1, rtol=1e-6)
    assert model.score(x, is_last) > 0.8
    with pytest.raises(DataError, match="gives 1 and y has 3 classes"):
        model.fit(x, y)


@pytest.mark.parametrize(
    ("loss", "activation", "are_one_hot"),
    [("categorical_crossentropy", "softmax", True), ("binary_crossentropy", "sigmoid", False)],
)
def test_rows_with_a_single_1(loss, activation, are_one_hot):
    x, labels = labelled()
    rows = (labels[:, None] == np.unique(labels)).astype(int)
    clf = KerasClassifier(heads, loss=loss, activation=activation, epochs=1).fit(x, rows)
    predicted, share = clf.predict(x), clf.predict_proba(x)
    wanted = share == share.max(axis=1, keepdims=True) if are_one_hot else share > 0.5
    assert np.array_equal(predicted, wanted.astype(int))
    assert np.allclose(share.sum(axis=1), 1) == are_one_hot
    assert clf.score(x, rows) == (predicted == rows).all(axis=1).mean()


def test_several_targets_and_a_table():
    import pandas as pd

    x, y = line()
    table = pd.DataFrame(x, columns=["a", "b", "c"])
    model = KerasRegressor(heads, loss="mse", activation=None, epochs=2)
    model.fit(table, np.column_stack([y, 2 * y]))
    assert model.predict(table).shape == (64, 2)
    assert list(model.feature_names_in_) == ["a", "b", "c"]


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])  # noqa: S301
def test_copies_of_a_fitted_model(copied):
    x, y = line()
    model = KerasRegressor(build_model, epochs=2, random_state=0).fit(x, y)
    other = copied(model)
    np.testing.assert_allclose(other.predict(x), model.predict(x), rtol=1e-6)
    assert other.history_ == model.history_
    assert other.model_ is not model.model_


def test_pipelines_cross_validated():
    x, y = labelled(60)
    one = make_pipeline(
        StandardScaler(), KerasClassifier(classifier, epochs=2, batch_size=8, random_state=0)
    )
    scores = cross_val_score(one, x, y, cv=3, error_score="raise")
    assert scores.shape == (3,)
    assert np.isfinite(scores).all()


def test_early_stopping_and_warm_up_by_name():
    x, y = line()
    model = KerasRegressor(
        build_model, learning_rate=0.0, patience=2, warmup_epochs=1, validation_split=0.25
    )
    model.fit(x, y, epochs=50)
    assert len(model.history_["val_loss"]) == 3


def test_a_loss_that_is_no_number():
    x, y = line()
    with pytest.raises(FitError, match="Try a smaller learning rate"):
        KerasRegressor(build_model, learning_rate=1e30, epochs=5).fit(x, y)


def test_a_line_an_epoch(capsys):
    x, y = line()
    KerasRegressor(build_model).fit(x, y, epochs=2, verbose=1)
    assert "Epoch 2/2 - loss:" in capsys.readouterr().out


def test_a_copy_with_a_loss_that_keras_does_not_know_predicts():
    import keras

    def own_loss(y, told):
        return keras.ops.mean((y - told) ** 2)

    def builder(input_shape=(3,)):
        model = keras.Sequential([keras.Input(input_shape), keras.layers.Dense(1)])
        model.compile(loss=own_loss, optimizer="sgd")
        return model

    x, y = line()
    model = KerasRegressor(builder).fit(x, y)
    np.testing.assert_allclose(copy.deepcopy(model).predict(x), model.predict(x), rtol=1e-6)
