"""A zoo of builders, data and callbacks, each really fitted by Keras, in this process."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import tunewidgets as tw
from tests.builders import build_model, classifier, labelled, line, value_outside

pytestmark = pytest.mark.slow

# Keras warns of its own default, and of its own way to read a variable.
ignores_keras = pytest.mark.filterwarnings(
    "ignore:`shuffle=True` was passed:UserWarning",
    "ignore:__array__ implementation:DeprecationWarning",
)


def two_headed(n_neurons=4, input_shape=None):
    """Two inputs, as a list or as a dict; two outputs, named."""
    import keras

    is_dict = isinstance(input_shape, dict)
    shapes = input_shape if is_dict else dict(zip(("left", "right"), input_shape, strict=True))
    inputs = {name: keras.layers.Input(shape, name=name) for name, shape in shapes.items()}
    joined = keras.layers.Concatenate()(list(inputs.values()))
    hidden = keras.layers.Dense(n_neurons, activation="relu")(joined)
    outputs = {
        "size": keras.layers.Dense(1, name="size")(hidden),
        "sign": keras.layers.Dense(1, activation="sigmoid", name="sign")(hidden),
    }
    if is_dict:
        model = keras.Model(inputs, outputs)
        model.compile(loss={"size": "mse", "sign": "binary_crossentropy"}, optimizer="adam")
    else:
        model = keras.Model(list(inputs.values()), list(outputs.values()))
        model.compile(loss=["mse", "binary_crossentropy"], optimizer="adam")
    return model


# Models


@pytest.mark.parametrize(("kind", "cv"), [("list", None), ("dict", None), ("dict", 2)])
def test_two_inputs_and_two_outputs(train, kind, cv):
    x, y = line()
    targets = [y[:, None], (y > 0).astype("float32")[:, None]]
    if kind == "dict":
        inputs = {"left": x[:, :2], "right": x[:, 2:]}
        targets = dict(zip(("size", "sign"), targets, strict=True))
    else:
        inputs = [x[:, :2], x[:, 2:]]
    study, trial = train(
        two_headed,
        inputs,
        targets,
        cv=cv,
        validation_split=0.25,
        objective="val_size_loss",
    )
    assert study.direction == "minimize"
    assert {"val_loss", "val_size_loss", "val_sign_loss"} <= trial.runs[0].history.keys()
    if cv is None:
        assert trial.value == trial.runs[0].history["val_size_loss"][-1]


def test_a_subclassed_model_is_built_by_its_data(train):
    def build(n_neurons=4):
        import keras

        class Net(keras.Model):
            def __init__(self):
                super().__init__()
                self.hidden = keras.layers.Dense(n_neurons, activation="relu")
                self.end = keras.layers.Dense(1)

            def call(self, inputs):
                return self.end(self.hidden(inputs))

        model = Net()
        model.compile(loss="mse", optimizer="adam")
        return model

    x, y = line()
    study, trial = train(build, x, y, validation_data=(x, y))
    assert value_outside(study, x, y)["loss"] == pytest.approx(trial.value, rel=1e-5)


def test_a_custom_train_step(train):
    def build(n_neurons=4):
        import keras
        import tensorflow as tf

        class Doubled(keras.Model):
            def train_step(self, data):
                x, y = data
                with tf.GradientTape() as tape:
                    loss = 2 * self.compute_loss(y=y, y_pred=self(x, training=True))
                variables = self.trainable_variables
                self.optimizer.apply_gradients(
                    zip(tape.gradient(loss, variables), variables, strict=True)
                )
                return {"loss": loss, "doubled": loss}

        inputs = keras.layers.Input((3,))
        hidden = keras.layers.Dense(n_neurons)(inputs)
        model = Doubled(inputs, keras.layers.Dense(1)(hidden))
        model.compile(loss="mse", optimizer="sgd")
        return model

    x, y = line()
    _, trial = train(build, x, y, validation_data=(x, y))
    assert {"loss", "doubled", "val_loss"} == trial.runs[0].history.keys()


def test_dropout_and_batch_normalisation(train):
    def build(n_neurons=8, input_shape=(3,)):
        import keras

        model = keras.Sequential(
            [
                keras.layers.Input(input_shape),
                keras.layers.Dense(n_neurons, use_bias=False),
                keras.layers.BatchNormalization(),
                keras.layers.Dropout(0.5),
                keras.layers.Dense(1),
            ]
        )
        model.compile(loss="mse", optimizer="adam")
        return model

    x, y = line()
    study, trial = train(build, x, y, validation_data=(x, y))
    assert value_outside(study, x, y)["loss"] == pytest.approx(trial.value, rel=1e-5)
    assert history_outside(build, trial, x, y, validation_data=(x, y)) == near(trial.runs[0])


# A run outside of the study


def history_outside(builder, trial, x, y, run=0, **fit):
    import keras

    keras.utils.set_random_seed(trial.runs[run].seed)
    model = builder(**trial.params)
    return model.fit(x, y, epochs=2, verbose=0, **fit).history


def near(run):
    return {key: pytest.approx(list(values), rel=1e-6) for key, values in run.history.items()}


def test_the_seed_gives_the_run_again(train):
    x, y = line()
    _, trial = train(build_model, x, y, validation_split=0.25, batch_size=8)
    again = history_outside(build_model, trial, x, y, validation_split=0.25, batch_size=8)
    assert again == near(trial.runs[0])


def test_the_seed_gives_a_fold_again(train):
    from sklearn.model_selection import KFold

    x, y = line()
    study, trial = train(build_model, x, y, cv=3)
    for run, (fit_on, left_out) in zip(trial.runs, KFold(3).split(x), strict=True):
        valid = (x[left_out], y[left_out])
        again = history_outside(
            build_model, trial, x[fit_on], y[fit_on], run=run.index, validation_data=valid
        )
        assert again == near(run)
        assert run.value == pytest.approx(again["val_loss"][-1], rel=1e-5)
    assert trial.value == pytest.approx(np.mean([run.value for run in trial.runs]))
    refitted = study.best_model()  # on all of the data, without any to validate on
    assert np.isfinite(refitted.evaluate(x, y, verbose=0))


@ignores_keras
def test_data_that_is_made_with_the_seed_is_made_again(train):
    def made():
        import tensorflow as tf

        x, y = line()
        return tf.data.Dataset.from_tensor_slices((x, y)).shuffle(64).batch(8)

    import keras

    keras.utils.set_random_seed(1)  # whatever went before, in this process or another
    _, first = train(build_model, made, objective="loss")
    keras.utils.set_random_seed(2)
    _, second = train(build_model, made, objective="loss")
    assert first.runs[0].history == second.runs[0].history


def test_validation_data_serves_early_stopping_alone_under_folds(train):
    x, y = line()
    _, trial = train(build_model, x, y, cv=2, validation_data=(x, y + 100))
    for run in trial.runs:
        assert run.history["val_loss"][-1] > 1000 > run.value


# Weights of samples, classes


def test_sample_weights_count_in_training_and_in_the_value(train):
    x, y = line()
    weight = np.where(y > 0, 5.0, 0.1).astype("float32")
    study, trial = train(
        build_model, x, y, sample_weight=weight, validation_data=(x[:20], y[:20], weight[:20])
    )
    plain = value_outside(study, x[:20], y[:20])["loss"]
    weighted = value_outside(study, x[:20], y[:20], sample_weight=weight[:20])["loss"]
    assert trial.value == pytest.approx(weighted, rel=1e-5)
    assert trial.value != pytest.approx(plain, rel=1e-2)
    fit = {"sample_weight": weight, "validation_data": (x[:20], y[:20], weight[:20])}
    assert history_outside(build_model, trial, x, y, **fit) == near(trial.runs[0])


def test_class_weights(train):
    x, y = labelled()
    weights = {0: 1.0, 1: 5.0, 2: 1.0}
    _, trial = train(classifier, x, y, class_weight=weights, objective="loss")
    again = history_outside(classifier, trial, x, y, class_weight=weights)
    assert again == near(trial.runs[0])


def test_class_labels_are_scored_by_accuracy_in_folds_of_equal_shares(train):
    from sklearn.model_selection import StratifiedKFold

    x, y = labelled()
    study, trial = train(classifier, x, y, cv=2, objective="val_accuracy")
    assert study.direction == "maximize"
    for run, (fit_on, left_out) in zip(trial.runs, StratifiedKFold(2).split(x, y), strict=True):
        valid = (x[left_out], y[left_out])
        again = history_outside(
            classifier, trial, x[fit_on], y[fit_on], run=run.index, validation_data=valid
        )
        assert again == near(run)
        assert run.value == pytest.approx(again["val_accuracy"][-1])
    assert trial.value == pytest.approx(np.mean([run.value for run in trial.runs]))


def test_one_hot_labels(train):
    x, y = labelled()

    def build(n_neurons=4, input_shape=(2,)):
        return classifier(n_neurons, "categorical_crossentropy", input_shape)

    _, trial = train(build, x, np.eye(3)[y], cv=2, objective="val_accuracy")
    assert all(0 <= run.value <= 1 for run in trial.runs)


# Kinds of data


def test_a_dataframe_and_a_series(train):
    x, y = line()
    frame = pd.DataFrame(x, columns=["a", "b", "c"]).assign(a=lambda f: f["a"].round().astype(int))
    valid = (frame[:16], pd.Series(y)[:16])
    study, trial = train(build_model, frame, pd.Series(y), validation_data=valid)
    assert value_outside(study, frame[:16], y[:16])["loss"] == pytest.approx(trial.value, rel=1e-5)
    train(build_model, frame, pd.Series(y), cv=2)


def test_lists_of_rows(train):
    x, y = line()
    _, trial = train(build_model, x.tolist(), y.tolist(), validation_split=0.25)
    assert trial.runs[0].epochs == 2


def test_a_single_column_in_a_row(train):
    x, y = line()
    train(build_model, x[:, 0], y, validation_split=0.25)


def test_a_tuple_from_a_function(train):
    study, trial = train(build_model, lambda: line(), validation_data=lambda: line(16, 1))
    x, y = line(16, 1)
    assert value_outside(study, x, y)["loss"] == pytest.approx(trial.value, rel=1e-5)


@ignores_keras
def test_a_tf_data_set_from_a_function(train):
    def batches(seed=0):
        import tensorflow as tf

        x, y = line(64, seed)
        return tf.data.Dataset.from_tensor_slices((x, y)).batch(16)

    def build(input_shape, n_neurons=4):  # the shape has no default: the data must tell
        return build_model(n_neurons, 0.01, input_shape)

    study, trial = train(
        build, batches, validation_data=lambda: batches(1), callbacks=list, batch_size=32
    )
    assert trial.runs[0].history["val_loss"][-1] == pytest.approx(trial.value, rel=1e-5)
    x, y = line(64, 1)
    assert value_outside(study, x, y)["loss"] == pytest.approx(trial.value, rel=1e-5)


@ignores_keras
def test_an_endless_tf_data_set_in_steps(train):
    def batches():
        import tensorflow as tf

        return tf.data.Dataset.from_tensor_slices(line()).batch(16).repeat()

    _, trial = train(
        build_model,
        batches,
        validation_data=batches,
        callbacks=list,
        steps_per_epoch=3,
        validation_steps=2,
    )
    assert trial.runs[0].history["val_loss"][-1] == pytest.approx(trial.value, rel=1e-5)


def test_a_py_dataset_from_a_function(train):
    def batches():
        import keras

        class Batches(keras.utils.PyDataset):
            def __len__(self):
                return 4

            def __getitem__(self, index):
                x, y = line()
                rows = slice(16 * index, 16 * index + 16)
                return x[rows], y[rows]

        return Batches()

    def build(input_shape, n_neurons=4):
        return build_model(n_neurons, 0.01, input_shape)

    study, trial = train(build, batches, validation_data=batches, batch_size=16)
    x, y = line()
    assert value_outside(study, x, y)["loss"] == pytest.approx(trial.value, rel=1e-5)
    with pytest.raises(tw.DataError, match="wrap it"):
        train(build, batches())
