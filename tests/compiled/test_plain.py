"""What only ``model.fit`` can do goes by it, and the run says why."""

from __future__ import annotations

import numpy as np
import pytest

from tests.compiled.zoo import COLUMNS, TARGET, mlp
from tunewidgets.training.data import read_data
from tunewidgets.training.job import Job, Recipe, Task, pack_recipe
from tunewidgets.training.workshop import Workshop
from tunewidgets.trial import State

pytestmark = [
    pytest.mark.slow,
    # Keras reads its variables in a way that NumPy will not have for long.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


def run(builder=mlp, x=COLUMNS, y=TARGET, callbacks=(), engine="auto", epochs=2, **fit):
    recipe = Recipe(builder, callbacks, fit, "loss", minimize=True, engine=engine)
    job = Job(pack_recipe(recipe), read_data(x, y))
    epochs_told = []
    ended = Workshop(job).run(Task((0, 0), {}, 1, epochs, 16), epochs_told.append, lambda: False)
    return ended, epochs_told


def eager():
    model = mlp()
    model.run_eagerly = True
    return model


def own_fit():
    import keras

    class Loud(keras.Sequential):
        def fit(self, *args, **kwargs):
            return super().fit(*args, **kwargs)

    model = Loud([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(loss="mse", optimizer="sgd")
    return model


def own_train_function():
    import keras

    class Handmade(keras.Sequential):
        def make_train_function(self, force=False):
            return super().make_train_function(force)

    model = Handmade([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(loss="mse", optimizer="sgd")
    return model


def batch_counter():
    import keras

    class Counter(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.batch = batch

    return [Counter()]


def every_two_batches():
    import keras

    return [keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)]


def dataset():
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices((COLUMNS, TARGET)).batch(16)


@pytest.mark.parametrize(
    ("why", "how"),
    [
        ("the model runs eagerly", {"builder": eager}),
        ("the model has its own fit", {"builder": own_fit}),
        ("the model has its own make_train_function", {"builder": own_train_function}),
        ("Counter looks at every batch", {"callbacks": batch_counter}),
        ("LambdaCallback looks at every batch", {"callbacks": every_two_batches}),
        ("steps_per_epoch is set", {"steps_per_epoch": 2}),
        ("shuffle is 'batch'", {"shuffle": "batch"}),
    ],
)
def test_what_only_model_fit_can_do(why, how):
    ended, told = run(**how)
    assert ended.state is State.COMPLETE, ended.traceback
    assert ended.engine == f"model.fit: {why}"
    assert len(told) == 2


@pytest.mark.filterwarnings("ignore:`shuffle=True` was passed:UserWarning")
def test_a_data_set_that_is_no_array():
    recipe = Recipe(mlp, (), {}, "loss", minimize=True)
    job = Job(pack_recipe(recipe), read_data(dataset))
    ended = Workshop(job).run(Task((0, 0), {}, 1, 2), lambda _: None, lambda: False)
    assert ended.state is State.COMPLETE, ended.traceback
    assert ended.engine.startswith("model.fit: x is a ")


def test_model_fit_can_be_asked_for():
    ended, told = run(engine="keras")
    assert (ended.engine, len(told)) == ("model.fit", 2)


def test_what_cannot_be_traced_goes_by_model_fit():
    """A model that ``model.fit`` builds only by its train step."""

    def build():
        import keras
        import tensorflow as tf

        class Headless(keras.Model):
            def __init__(self):
                super().__init__()
                self.head = keras.layers.Dense(1)

            def train_step(self, data):
                x, y = data
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean((self.head(x)[:, 0] - y) ** 2)
                gradients = tape.gradient(loss, self.trainable_variables)
                self.optimizer.apply(gradients, self.trainable_variables)
                return {"loss": loss}

        model = Headless()
        model.compile(optimizer="sgd")
        return model

    ended, told = run(build)
    assert ended.state is State.COMPLETE, ended.traceback
    assert ended.engine.startswith("model.fit: it could not be compiled")
    assert len(told) == 2


def test_what_xla_cannot_compile_goes_by_the_graph():
    def build():
        import keras
        import tensorflow as tf

        class Host(keras.layers.Layer):
            """Leaves the graph for Python, which XLA does not."""

            def call(self, inputs):
                zero = tf.numpy_function(lambda: np.float32(0), [], tf.float32)
                return inputs + tf.ensure_shape(zero, [])

        model = keras.Sequential([keras.Input((3,)), Host(), keras.layers.Dense(1)])
        model.compile(loss="mse", optimizer="sgd")
        return model

    x, y = np.tile(COLUMNS, (50, 1)), np.tile(TARGET, 50)
    ended, told = run(build, x, y, epochs=60)
    assert (ended.state, ended.engine, len(told)) == (State.COMPLETE, "graph", 60)
    forced, told = run(build, engine="xla")
    assert forced.engine.startswith("model.fit: it could not be compiled")
    assert len(told) == 2


def test_a_mistake_of_the_builder_is_told_as_model_fit_tells_it():
    ended, told = run(x=COLUMNS[:, :2])
    assert ended.state is State.FAILED
    assert "expected axis -1 of input shape to have value 3" in ended.error
    assert not told


@pytest.mark.filterwarnings("ignore:y holds NaN")
def test_a_nan_loss_ends_the_run_with_its_reason():
    y = TARGET.copy()
    y[3] = np.nan
    ended, told = run(y=y)
    assert ended.state is State.FAILED
    assert "epoch 1" in ended.error
    assert len(told) == 1


def test_callbacks_of_keras_that_look_at_epochs_do_their_work(tmp_path):
    path = str(tmp_path / "best.keras")

    def saving():
        import keras

        return [
            keras.callbacks.ModelCheckpoint(path, monitor="loss", save_best_only=True),
            keras.callbacks.CSVLogger(str(tmp_path / "log.csv")),
        ]

    ended, _ = run(callbacks=saving, epochs=3)
    assert (ended.state, ended.engine) == (State.COMPLETE, "graph")
    assert (tmp_path / "log.csv").read_text().count("\n") == 4
    import keras

    model = keras.models.load_model(path)
    loss = model.evaluate(COLUMNS, TARGET, verbose=0, return_dict=True)["loss"]
    assert loss == pytest.approx(ended.value, rel=0.3)


def test_class_and_sample_weights_are_not_for_one_fit():
    recipe = Recipe(mlp, (), {"class_weight": {0: 1.0}}, "loss", minimize=True)
    job = Job(pack_recipe(recipe), read_data(COLUMNS, TARGET, sample_weight=TARGET))
    ended = Workshop(job).run(Task((0, 0), {}, 1, 2), lambda _: None, lambda: False)
    assert ended.state is State.FAILED
    assert "class_weight" in ended.error


@pytest.mark.parametrize("is_wrapped", [False, True])
def test_what_an_adapted_layer_learnt_stays_with_its_model(is_wrapped):
    """Two models of one configuration, whose layers have seen other data."""

    def build(scale=1.0):
        import keras

        seen = keras.layers.Normalization(axis=None)
        seen.adapt(scale * np.arange(10.0))
        to_one = keras.layers.Reshape((1, 3)), keras.layers.TimeDistributed(seen)
        layers = [*to_one, keras.layers.Flatten()] if is_wrapped else [seen]
        model = keras.Sequential([keras.Input((3,)), *layers, keras.layers.Dense(1)])
        model.compile(loss="mse", optimizer="sgd")
        return model

    job = Job(pack_recipe(Recipe(build, (), {}, "loss", minimize=True)), read_data(COLUMNS, TARGET))
    one, other = Workshop(job), Workshop(job)

    def value(workshop, scale):
        task = Task((0, 0), {"scale": scale}, 1, 2)
        return workshop.run(task, lambda _: None, lambda: False).value

    value(one, 1.0)
    assert value(one, 5.0) == value(other, 5.0)


def test_what_no_configuration_tells_keeps_models_apart():
    """Methods of a model alone, weights frozen one by one, weights excluded from decay."""
    import keras

    from tunewidgets.training.compiled import inside
    from tunewidgets.training.compiled.twins import topology

    def frozen(model):
        model.layers[0].bias.trainable = False

    def replaced(model):
        model.train_step = lambda data: keras.Model.train_step(model, data)

    def excluding(model):
        model.optimizer.exclude_from_weight_decay(var_names=["bias"])

    def topology_of(alter):
        inside.forget_session()  # as before each run: layers are named anew
        model = mlp()
        alter(model)
        return topology(model)

    usual = topology_of(id)
    assert usual is not None
    assert usual == topology_of(id)
    assert usual not in [topology_of(alter) for alter in (frozen, replaced, excluding)]


def test_folds_are_scored_on_weighted_samples_though_watched_without_weights():
    weights = np.linspace(0.1, 2, len(TARGET)).astype("float32")
    fit, left_out = np.arange(40, dtype=np.int32), np.arange(40, len(TARGET))
    data = read_data(
        COLUMNS, TARGET, sample_weight=weights, validation_data=(COLUMNS[:9], TARGET[:9, None])
    )
    job = Job(pack_recipe(Recipe(mlp, (), {}, "val_loss", minimize=True)), data)
    task = Task((0, 0), {}, 1, 2, fold=0, fit_rows=fit, score_rows=left_out)
    ended = Workshop(job).run(task, lambda _: None, lambda: False)
    assert (ended.state, ended.engine) == (State.COMPLETE, "graph"), ended.traceback


@pytest.mark.parametrize(
    ("y", "told"),
    [
        ([TARGET], "but it is a list of 1: give the array itself"),
        ([TARGET, TARGET], "a list of 2: give sample_weight, an array for each output"),
    ],
)
def test_class_weights_are_for_one_array_of_classes(y, told):
    recipe = Recipe(mlp, (), {"class_weight": {0: 1.0}}, "loss", minimize=True)
    job = Job(pack_recipe(recipe), read_data(COLUMNS, y))
    ended = Workshop(job).run(Task((0, 0), {}, 1, 2), lambda _: None, lambda: False)
    assert ended.state is State.FAILED
    assert told in ended.error
