"""Keras and TensorFlow still are as ``compiled/inside.py`` takes them to be.

Where one of these fails with a new release, that file is the one to change.
"""

from __future__ import annotations

import gc
import random
import weakref

import numpy as np
import pytest

from tests.compiled.zoo import COLUMNS, TARGET, mlp, own_metrics, own_train_step
from tunewidgets.training.compiled import inside

pytestmark = pytest.mark.slow


def test_keras_can_make_all_variables_of_a_model_at_once():
    model = own_metrics()
    inside.build_symbolically(model, (COLUMNS[:2], TARGET[:2]))
    assert model.built, "Trainer._symbolic_build no longer builds the model"
    assert model.optimizer.built, "Trainer._symbolic_build no longer builds the optimizer"
    before = len(model.metrics_variables)
    model.fit(COLUMNS, TARGET, verbose=0)
    assert len(model.metrics_variables) == before, (
        "Trainer._symbolic_build leaves metrics that model.fit builds"
    )


def test_keras_methods_are_told_from_a_users():
    model = mlp()
    inside.build_symbolically(model, (COLUMNS[:2], TARGET[:2]))
    assert not inside.has_own_steps(model), "Keras's own train_step is taken for a user's"
    assert inside.resets_in_graph(model), "Keras's own metrics are taken for a user's"
    assert inside.has_own_steps(own_train_step())
    assert inside.has_own_steps(own_metrics())


def test_a_model_that_was_compiled_and_let_go_is_forgotten():
    import tensorflow as tf

    model = mlp()
    inside.build_symbolically(model, (COLUMNS[:2], TARGET[:2]))
    with inside.without_replicas(model):
        step = tf.function(model.train_step, autograph=False).get_concrete_function(
            (tf.constant(COLUMNS[:2]), tf.constant(TARGET[:2]))
        )
    graph = weakref.ref(step.graph)
    del step, model
    gc.collect()
    assert graph() is None, "TensorFlow keeps the graphs of Keras's optimizers again"


def test_gradients_are_summed_where_there_are_replicas():
    import tensorflow as tf

    with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
        several = mlp()
    for model, leaves_out in ((several, False), (mlp(), True)):
        with inside.without_replicas(model):
            assert (inside._SUM in vars(model.optimizer)) == leaves_out
        assert inside._SUM not in vars(model.optimizer)


def test_a_seed_sets_what_keras_sets():
    import keras
    import tensorflow as tf

    def drawn():
        return random.random(), np.random.rand(), float(tf.random.uniform([]))  # noqa: S311

    keras.utils.set_random_seed(11)
    expected = drawn()
    keras.utils.set_random_seed(12)
    inside.set_seed(11)
    assert drawn() == expected, "inside.set_seed no longer does what set_random_seed does"


def test_layers_are_named_anew():
    import keras

    keras.layers.Dense(1)
    inside.forget_session()
    assert keras.layers.Dense(1).name == "dense", "the names of layers are kept elsewhere now"


@pytest.mark.parametrize("seed", [5, 0, 2**31 - 1, 3_123_456_789])
def test_the_order_of_samples_is_that_of_model_fit(seed):
    import keras

    seen = []

    class Watching(keras.Sequential):
        def train_step(self, data):
            import tensorflow as tf

            tf.py_function(lambda x: seen.extend(x.numpy()[:, 0].tolist()), [data[0]], [])
            return super().train_step(data)

    keras.utils.set_random_seed(seed)
    model = Watching([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(loss="mse", optimizer="sgd")
    order = inside.seeded_order(40).tolist()
    x = np.arange(40.0)[:, None]
    model.fit(x, x[:, 0], epochs=2, batch_size=16, verbose=0)
    assert [int(i) for i in seen] == order * 2, "Keras shuffles in another order now"


def test_tensorflow_can_do_one_thing_after_another():
    import tensorflow as tf

    def make(conditional):
        def count(n):
            step = tf.cond(n > 2, lambda: 1, lambda: 1) if conditional else tf.constant(1)
            return tf.while_loop(lambda i: i < n, lambda i: [i + step], [0])[0]

        return tf.function(count, input_signature=[tf.TensorSpec([], tf.int32)], autograph=False)

    loop, conditional = (inside.in_turn(lambda c=c: make(c)) for c in (False, True))
    assert int(loop(tf.constant(5))) == int(conditional(tf.constant(5))) == 5
    kind = type(make(False).get_concrete_function())
    assert not isinstance(loop, kind), "TensorFlow no longer chooses executors by the context"
    assert isinstance(conditional, kind), "conditions are no longer told from loops"
