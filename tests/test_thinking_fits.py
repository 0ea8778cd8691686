"""Real fits that are asked what they predict: the numbers of those that are not, true answers."""

from __future__ import annotations

import numpy as np
import pytest

import tunewidgets as tw
from tunewidgets.events import PredictionMade
from tunewidgets.scene import Grid
from tunewidgets.training.data import read_data
from tunewidgets.training.job import Job, Recipe, Task, pack_recipe, weights_from_bytes
from tunewidgets.training.scenery import scene_of
from tunewidgets.training.thinking import predictions
from tunewidgets.training.workshop import Workshop
from tunewidgets.trial import State

pytestmark = pytest.mark.slow


def rings(n=96):
    """Two classes, one around the other."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(n, 2)).astype("float32")
    return x, (np.square(x).sum(axis=1) > 1.2).astype("int32")


def shaky(n_neurons=8, input_shape=(2,)):
    """Everything that has a random or a running state, also when it predicts."""
    import keras

    class Restless(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.seeds = keras.random.SeedGenerator(1)
            self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False)

        def call(self, inputs):
            self.calls.assign(self.calls + 1)
            noise = keras.random.normal(keras.ops.shape(inputs), seed=self.seeds)
            return inputs + 1e-3 * noise + 1e-3 * self.calls

    model = keras.Sequential(
        [
            keras.layers.Input(input_shape),
            keras.layers.Dense(n_neurons, activation="relu"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.3),
            Restless(),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def by_logits(n_neurons=8, input_shape=(2,)):
    import keras

    layers = [keras.layers.Input(input_shape), keras.layers.Dense(n_neurons, "relu")]
    model = keras.Sequential([*layers, keras.layers.Dense(2)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(loss=loss, optimizer="adam")
    return model


def too_wide(n_neurons=30, input_shape=(2,)):
    import keras

    layers = [keras.layers.Input(input_shape), keras.layers.Dense(n_neurons, "softmax")]
    model = keras.Sequential(layers)
    model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
    return model


def fitted(builder, engine="auto", *, thinks=True, epochs=8, flat=False):
    """Train once; give the history, the weights, and what was predicted."""
    x, y = rings()
    x = x[:, 0] if flat else x
    data = read_data(x, y, validation_split=0.25)
    recipe = pack_recipe(Recipe(builder, (), {}, "val_loss", minimize=True, engine=engine))
    job = Job(recipe, data, scene_of(x, y, data).grid if thinks else None)
    task = Task((0, 0), {}, 5, epochs=epochs, batch_size=16, to_beat=np.inf)
    history, told = [], []
    model, ended = Workshop(job).train(task, history.append, lambda: False, told.append)
    thoughts = [event.thought for event in told if isinstance(event, PredictionMade)]
    return history, ended, thoughts, model


@pytest.mark.parametrize("engine", ["auto", "keras"])
def test_a_fit_is_the_same_with_and_without(engine):
    history, ended, thoughts, model = fitted(shaky, engine)
    bare, bare_ended, none, _ = fitted(shaky, engine, thinks=False)
    assert none == []
    assert thoughts[-1].epoch == 8
    assert len(thoughts) > 1  # the first epoch takes long enough to be asked after it
    assert history == bare
    assert ended.state is State.COMPLETE
    assert ended.value == bare_ended.value
    for ours, theirs in zip(
        weights_from_bytes(ended.weights), weights_from_bytes(bare_ended.weights), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)
    assert all(0 <= value <= 1 for value in thoughts[-1].outputs()[:, 0])
    assert thoughts[-1].outputs().shape == (1600, 1)
    assert model.built


def test_the_answers_are_the_models_own():
    _, _, thoughts, model = fitted(by_logits, epochs=3)
    grid = thoughts[-1].grid
    raw = model.predict(grid.points(), verbose=0)
    odds = np.exp(raw) / np.exp(raw).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(thoughts[-1].outputs(), odds, rtol=1e-4, atol=1e-6)


def test_what_has_no_picture_says_why_and_trains_on():
    _, ended, (thought,), _ = fitted(too_wide, epochs=2)
    assert ended.state is State.COMPLETE
    assert thought.trouble == "ValueError: A picture needs a few outputs a point, but got 30."


def test_single_numbers_as_samples():
    def build(n_neurons=8):
        return by_logits(n_neurons, (1,))

    _, ended, thoughts, model = fitted(build, epochs=2, flat=True)
    assert ended.state is State.COMPLETE
    assert thoughts[-1].grid.sides == (200,)
    assert predictions(model, Grid(((0.0, 1.0),)).points()).shape == (200, 2)


def test_a_search_in_worker_processes(tmp_path):
    x, y = rings()
    study = tw.Study(
        by_logits, {"n_neurons": [4, 8]}, x, y, epochs=5, n_workers=1, seed=1,
        storage=tmp_path / "study.db",
    )  # fmt: skip
    try:
        study.search("grid", cv=2).wait(120)
        runs = [run for trial in study.trials for run in trial.runs]
        assert [run.state for run in runs] == [State.COMPLETE] * 4
        assert [run.thought.epoch for run in runs] == [5] * 4
        assert {run.thought.outputs().shape for run in runs} == {(1600, 2)}
        assert len({run.thought.values for run in runs}) == 4
    finally:
        study.close()
    view = tw.load(tmp_path / "study.db")
    again = [run.thought for trial in view.trials for run in trial.runs]
    assert again == [run.thought for run in runs]
    view.close()
