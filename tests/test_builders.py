"""The ready builders: what the data decide, what is built, and learning that is handed on."""

from __future__ import annotations

import functools

import numpy as np
import pytest

import tunewidgets as tw
from tests.builders import labelled, line
from tunewidgets.training.builders.parts import widths_of
from tunewidgets.training.data import Part
from tunewidgets.training.facts import Facts, facts_of
from tunewidgets.trial import State

# Keras reads its variables in a way that NumPy will not have for long.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

X, Y = line(12)


@pytest.mark.parametrize(
    ("y", "task", "n_outputs"),
    [
        (Y, "regression", 1),
        (np.stack([Y, Y], 1), "regression", 2),
        ((Y > 0).astype("float32"), "binary", 1),
        ((Y > 0)[:, None], "binary", 1),
        (np.array([[1, 1, 0], [0, 0, 1]] * 6), "binary", 3),
        (np.arange(12) % 3, "multiclass", 3),
        (np.eye(3)[np.arange(12) % 3], "one-hot", 3),
        (np.arange(12), "regression", 1),
        (np.zeros((12, 4, 2)), None, None),
        ([Y, Y], None, None),
    ],
)
def test_the_task_is_told_by_the_targets(y, task, n_outputs):
    facts = facts_of(Part(X, y))
    assert (facts.input_shape, facts.task, facts.n_outputs) == ((3,), task, n_outputs)


def test_validation_labels_count_too():
    assert facts_of(Part(X, np.arange(12) % 2), Part(X, np.arange(12) % 4)).n_outputs == 4


def test_a_builder_is_given_only_what_it_takes_and_nobody_named():
    facts = Facts((3,), "binary", 1)

    def own_words(task="summarise", n_outputs=7): ...

    assert facts.given(tw.builders.mlp, {}) == {
        "input_shape": (3,),
        "task": "binary",
        "n_outputs": 1,
    }
    assert facts.given(tw.builders.mlp, {"task": "regression"}).keys() == {
        "input_shape",
        "n_outputs",
    }
    bound = functools.partial(tw.builders.mlp, task="regression", n_outputs=1)
    assert facts.given(bound, {}) == {"input_shape": (3,)}
    assert facts.given(own_words, {}) == {"n_outputs": 1}


@pytest.mark.parametrize(
    ("shape", "n_hidden", "widths"),
    [
        ("constant", 3, [30, 30, 30]),
        ("narrowing", 3, [30, 20, 11]),
        ("widening-narrowing", 5, [10, 20, 30, 20, 10]),
        ("narrowing", 0, []),
        ("widening-narrowing", 0, []),
        ("widening-narrowing", 1, [30]),
    ],
)
def test_widths(shape, n_hidden, widths):
    assert widths_of(shape, n_hidden, 30, 1) == widths


def test_transfer_wants_a_saved_model_or_a_study(tmp_path):
    with pytest.raises(tw.BuilderError, match=r"path of a \.keras file or a study"):
        tw.builders.transfer(tmp_path / "none.keras")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("loss", "shape", "optimizer"),
    [
        ("mse", "constant", "sgd"),
        ("binary_crossentropy", "narrowing", "nesterov"),
        ("sparse_categorical_crossentropy", "widening-narrowing", "nadam"),
        ("categorical_crossentropy", "constant", "adamw"),
    ],
)
def test_mlp_learns_every_task(train, loss, shape, optimizer):
    x, y = labelled(30)
    target = {
        "mse": x[:, 0],
        "binary_crossentropy": (y > 0).astype(int),
        "sparse_categorical_crossentropy": y,
        "categorical_crossentropy": np.eye(3)[y],
    }[loss]
    params = {"n_hidden": 2, "shape": shape, "optimizer": optimizer, "batch_norm": True}
    _, trial = train(
        tw.builders.mlp,
        x,
        target,
        params={**params, "dropout": 0.1, "l2": 1e-3},
        validation_data=(x, target),
        epochs=1,
        engine="keras",
    )
    (run,) = trial.runs
    assert run.summary.endswith(f"loss {loss}")
    assert run.warning is None


@pytest.mark.slow
def test_cnn_and_stretch_pants(train):
    x = np.random.default_rng(0).normal(size=(12, 8, 8)).astype("float32")
    y = np.arange(12) % 3
    for builder in (tw.builders.cnn, tw.builders.stretch_pants):
        space = {"learning_rate": [1e-3]}
        train(builder, x, y, space=space, validation_data=(x, y), epochs=1, engine="keras")
    _, trial = train(tw.builders.cnn, X, Y, space=space, validation_data=(X, Y), state=State.FAILED)
    assert "cnn needs images" in trial.error


@pytest.mark.slow
def test_transfer_hands_lower_layers_on_to_another_task(train, tmp_path):

    x, _ = labelled(30)
    source = tw.builders.mlp(
        n_hidden=2, n_neurons=5, input_shape=(2,), task="multiclass", n_outputs=3
    )
    source.save(tmp_path / "source.keras")
    builder = tw.builders.transfer(tmp_path / "source.keras")
    how = {
        "space": {"n_layers": (0, 2), "frozen": [False, True]},
        "validation_data": (x, x[:, 0]),
        "engine": "graph",
        "epochs": 2,
    }
    study, trial = train(builder, x, x[:, 0], params={"n_layers": 1, "frozen": True}, **how)
    assert trial.runs[0].summary.endswith("loss mse")
    model = study.best_model()
    learnt, ours = source.layers[0].get_weights(), model.layers[0].get_weights()
    np.testing.assert_array_equal(learnt[0], ours[0])
    assert not np.allclose(source.layers[2].get_weights()[0], model.layers[2].get_weights()[0])
    assert model.layers[-1].units == 1
    moved, _ = train(builder, x, x[:, 0], params={"n_layers": 2, "frozen": False}, **how)
    weights = moved.best_model().layers[2].get_weights()[0]
    assert not np.array_equal(source.layers[2].get_weights()[0], weights)
    np.testing.assert_allclose(source.layers[2].get_weights()[0], weights, atol=0.1)
    _, failed = train(builder, x, x[:, 0], params={"n_layers": 3}, state=State.FAILED, **how)
    assert "n_layers must be from 0 to 2" in failed.error
