"""What users write in callbacks, layers and steps does as under ``model.fit``."""

from __future__ import annotations

import numpy as np
import pytest

from tests.compiled.test_equality import ROUNDING, assert_same, by_keras, by_us
from tests.compiled.zoo import COLUMNS, SERIES, TARGET, Animal, mlp
from tunewidgets.training.data import read_data
from tunewidgets.training.job import Job, Recipe, Task, pack_recipe
from tunewidgets.training.workshop import Workshop
from tunewidgets.trial import State

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


def stopping_at_first():
    import keras

    class Never(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.model.stop_training = True

    return [Never()]


def stopping_at_begin():
    """A wish to stop before an epoch's first batch: ``model.fit`` hears of it behind it."""
    import keras

    class Enough(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.model.stop_training = epoch == 2

    return [Enough()]


def evaluating_at_begin():
    """Counts in the epoch's own metrics, which ``model.fit`` has reset before."""

    def evaluate(epoch, logs):
        looking.model.evaluate(COLUMNS, 3 * TARGET, verbose=0)

    import keras

    looking = keras.callbacks.LambdaCallback(on_epoch_begin=evaluate)
    return [looking]


def shrinking():
    import keras

    class Shrink(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.model.optimizer.learning_rate = 0.01 / (epoch + 1)

        def on_epoch_end(self, epoch, logs=None):
            self.model.set_weights([weight / 2 for weight in self.model.get_weights()])
            logs["steps"] = int(self.model.optimizer.iterations)

    return [Shrink()]


def swapping():
    import keras

    return [keras.callbacks.SwapEMAWeights(swap_on_epoch=True)]


def averaging():
    import keras

    model = mlp()
    model.compile(loss="mse", optimizer=keras.optimizers.SGD(0.02, use_ema=True, ema_momentum=0.8))
    return model


def noisy():
    """Draws by TensorFlow's own operation, whose seed is counted within the step."""
    import keras
    import tensorflow as tf

    class Noise(keras.layers.Layer):
        def call(self, inputs, training=False):
            return inputs + tf.random.normal(tf.shape(inputs)) if training else inputs

    model = keras.Sequential([keras.Input((3,)), Noise(), keras.layers.Dense(1)])
    model.compile(loss="mse", optimizer="adam")
    return model


def adversarial():
    """Two networks, two optimizers, its own metrics."""
    import keras
    import tensorflow as tf

    class Gan(keras.Model):
        def __init__(self):
            super().__init__()
            self.forger, self.judge = keras.layers.Dense(3), keras.layers.Dense(1)
            self.forged, self.judged = (keras.metrics.Mean(name=n) for n in ("loss", "judged"))
            self.forging = keras.optimizers.Adam(0.01)

        @property
        def metrics(self):
            return [self.forged, self.judged]

        def call(self, real):
            return self.judge(self.forger(real))

        def train_step(self, data):
            real, _ = data
            noise = tf.random.normal(tf.shape(real))
            with tf.GradientTape() as tape:
                fake = tf.reduce_mean(self.judge(self.forger(noise)))
                judged = fake - tf.reduce_mean(tf.tanh(self.judge(real)))
            weights = self.judge.trainable_weights
            self.optimizer.apply(tape.gradient(judged, weights), weights)
            with tf.GradientTape() as tape:
                forged = -tf.reduce_mean(self.judge(self.forger(noise)))
            weights = self.forger.trainable_weights
            self.forging.apply(tape.gradient(forged, weights), weights)
            self.forged.update_state(forged)
            self.judged.update_state(judged)
            return {metric.name: metric.result() for metric in self.metrics}

        def test_step(self, data):
            self.judged.update_state(self(data[0]))
            return {metric.name: metric.result() for metric in self.metrics}

    model = Gan()
    model.compile(optimizer="sgd")
    return model


def unwritable():
    import keras

    class Unwritable(keras.layers.Dense):
        def get_config(self):
            return {"units": self.n_units}  # there is no such attribute, and nobody asks

    model = keras.Sequential([keras.Input((3,)), Unwritable(4), keras.layers.Dense(1)])
    model.compile(loss="mse", optimizer="adam")
    return model


def stateful():
    """Knows the size of a batch, as does what it carries from one to the next."""
    import keras

    layers = [keras.layers.LSTM(3, stateful=True), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input(batch_shape=(16, 6, 2)), *layers])
    model.compile(loss="mse", optimizer="adam")
    return model


ANIMALS = {
    "stops before it begins": Animal(mlp, callbacks=stopping_at_first),
    "stops as an epoch begins": Animal(mlp, callbacks=stopping_at_begin),
    "evaluates as an epoch begins": Animal(mlp, callbacks=evaluating_at_begin),
    "sets weights and learning rate": Animal(mlp, callbacks=shrinking),
    "swaps averages in": Animal(averaging, callbacks=swapping),
    "TensorFlow's noise": Animal(noisy),
    "two networks": Animal(adversarial),
    "a layer that cannot be written down": Animal(unwritable),
}


@pytest.mark.parametrize("name", ANIMALS)
def test_the_graph_gives_the_same_history(name):
    assert_same(by_us(ANIMALS[name], "graph"), by_keras(ANIMALS[name]), ROUNDING)


def test_a_stateful_layer_carries_its_state_on():
    data = read_data(SERIES[:64], TARGET[:64])
    losses = {}
    for engine in ("graph", "keras"):
        recipe = Recipe(stateful, (), {"shuffle": False}, "loss", minimize=True, engine=engine)
        task, told = Task((0, 0), {}, 1, 3, 16), []
        ended = Workshop(Job(pack_recipe(recipe), data)).run(task, told.append, lambda: False)
        assert ended.engine == {"keras": "model.fit"}.get(engine, engine), ended.traceback
        losses[engine] = [epoch["loss"] for epoch in told]
    np.testing.assert_allclose(losses["graph"], losses["keras"], rtol=ROUNDING)


def test_the_value_is_of_the_averages_that_a_fit_ends_with():
    data = read_data(COLUMNS, TARGET, validation_data=(COLUMNS, TARGET))
    job = Job(pack_recipe(Recipe(averaging, (), {}, "val_loss", minimize=True)), data)
    epochs = []
    task = Task((0, 0), {}, 1, 3, 16)
    model, ended = Workshop(job).train(task, epochs.append, lambda: False)
    assert ended.state is State.COMPLETE, ended.traceback
    scores = model.evaluate(COLUMNS, TARGET, verbose=0, return_dict=True)
    assert ended.value == pytest.approx(scores["loss"], rel=1e-5)
    assert not np.isclose(ended.value, epochs[-1]["val_loss"], rtol=1e-3)


@pytest.mark.parametrize("failing", ["train_step", "test_step"])
def test_a_step_that_fails_is_told_of(failing):
    """One as it is run, the other as it is traced, which goes on meanwhile."""

    def build():
        import keras
        import tensorflow as tf

        class Failing(keras.Sequential):
            def train_step(self, data):
                if failing == "train_step":
                    tf.debugging.assert_less(tf.reduce_max(data[0]), -1e9, "too much")
                return super().train_step(data)

            def test_step(self, data):
                if failing == "test_step":
                    raise ValueError("too little")
                return super().test_step(data)

        model = Failing([keras.Input((3,)), keras.layers.Dense(1)])
        model.compile(loss="mse", optimizer="sgd")
        return model

    data = read_data(COLUMNS, TARGET, validation_data=(COLUMNS, TARGET))
    job = Job(pack_recipe(Recipe(build, (), {}, "val_loss", True, "graph")), data)
    ended = Workshop(job).run(Task((0, 0), {}, 1, 3, 16), lambda _: None, lambda: False)
    assert ended.state is State.FAILED
    assert {"train_step": "too much", "test_step": "too little"}[failing] in ended.error
