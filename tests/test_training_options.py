"""What is optimised, callbacks and training hyperparameters; really fitted, in this process."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.builders import build_model, classifier, labelled, line, value_outside
from tunewidgets.trial import State

pytestmark = pytest.mark.slow

# Keras warns of its own default, and of its own way to read a variable.
ignores_keras = pytest.mark.filterwarnings(
    "ignore:`shuffle=True` was passed:UserWarning",
    "ignore:__array__ implementation:DeprecationWarning",
)


# What is optimised


def with_metrics(n_neurons=4, input_shape=(3,)):
    model = build_model(n_neurons, 0.01, input_shape)
    model.compile(loss="mse", optimizer="adam", metrics=["mae"])
    return model


def test_a_metric_of_the_validation_data(train):
    x, y = line()
    _, trial = train(with_metrics, x, y, validation_split=0.5, objective="val_mae")
    assert trial.value == trial.runs[0].history["val_mae"][-1]


def per_class(n_neurons=4):
    import keras

    hidden, output = keras.layers.Dense(n_neurons), keras.layers.Dense(3, "softmax")
    model = keras.Sequential([keras.layers.Input((2,)), hidden, output])
    f1 = keras.metrics.F1Score()
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=[f1])
    return model


@pytest.mark.parametrize("engine", ["auto", "keras"])
@pytest.mark.parametrize("how", [{"validation_split": 0.5}, {"cv": 2}])
def test_a_number_of_a_metric_that_has_one_for_each_class(train, how, engine):
    x, classes = labelled()
    y = np.eye(3, dtype="float32")[classes]
    how = {**how, "engine": engine, "objective": "val_f1_score[1]"}
    study, trial = train(per_class, x, y, **how)
    assert study.direction == "maximize"
    for run in trial.runs:
        told = {f"{when}f1_score[{place}]" for when in ("", "val_") for place in range(3)}
        assert run.history.keys() == {"loss", "val_loss", *told}
        assert run.value == pytest.approx(run.history["val_f1_score[1]"][-1])


def test_patience_watches_one_number_of_a_metric(train):
    x, classes = labelled()
    y = np.eye(3, dtype="float32")[classes]
    how = {"objective": "val_f1_score[0]", "patience": 2, "epochs": 20}
    _, trial = train(per_class, x, y, validation_data=(x, y * 0), **how)
    assert trial.runs[0].history["val_f1_score[0]"] == (0.0,) * 3  # it never gets better


def test_the_training_loss_needs_no_validation_data(train):
    x, y = line()
    study, trial = train(with_metrics, x, y, objective="loss")
    assert trial.value == trial.runs[0].history["loss"][-1]
    assert study.best_model().count_params() == 21


@pytest.mark.parametrize("cv", [None, 2])
def test_an_objective_that_the_model_does_not_report(train, cv):
    x, y = line()
    _, trial = train(
        with_metrics,
        x,
        y,
        cv=cv,
        validation_split=0.5,
        objective="val_accuracy",
        state=State.FAILED,
    )
    assert "'val_accuracy': choose one of" in trial.error
    assert "val_mae" in trial.error
    assert trial.runs[0].epochs == 1  # known after the first epoch


@pytest.mark.parametrize("freq", [2, [2]])
def test_validation_now_and_then(train, freq):
    x, y = line()
    study, trial = train(build_model, x, y, epochs=3, validation_data=(x, y), validation_freq=freq)
    first, second, third = trial.runs[0].history["val_loss"]
    assert math.isnan(first)
    assert math.isnan(third)
    assert trial.value < second  # of the weights that the run ended with
    assert value_outside(study, x, y)["loss"] == pytest.approx(trial.value, rel=1e-5)


# Callbacks and training hyperparameters


def early_stopping(**options):
    import keras

    return keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True, **options)


@pytest.mark.parametrize(
    "make_callbacks",
    [
        lambda: [early_stopping()],
        early_stopping,
        lambda: lambda: [early_stopping()],
        lambda: lambda: (early_stopping(),),
    ],
    ids=["list", "one", "function", "tuple"],
)
def test_the_value_is_of_the_weights_that_were_restored(train, make_callbacks):
    x, y = line()
    study, trial = train(
        build_model,
        x[:32],
        y[:32],
        params={"learning_rate": 0.6, "n_neurons": 4},
        validation_data=(x[32:], y[32:]),
        callbacks=make_callbacks(),
        epochs=30,
        seed=3,
    )
    curve = trial.runs[0].history["val_loss"]
    assert trial.value == pytest.approx(min(curve), rel=1e-6)
    assert trial.value < curve[-1]
    assert value_outside(study, x[32:], y[32:])["loss"] == pytest.approx(trial.value, rel=1e-5)


def test_no_callbacks_may_be_written_as_keras_writes_it(train):
    x, y = line()
    train(build_model, x, y, validation_split=0.5, callbacks=None)


def test_a_callback_that_raises_fails_its_run(train):
    def callbacks():
        import keras

        class Moody(keras.callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None):
                if epoch == 1:
                    raise RuntimeError(f"I give up at {sorted(logs)}")

        return [Moody()]

    x, y = line()
    _, trial = train(
        build_model, x, y, validation_split=0.5, callbacks=callbacks, epochs=5, state=State.FAILED
    )
    assert trial.error == "RuntimeError: I give up at ['loss', 'val_loss']"
    assert "in on_epoch_end" in trial.runs[0].traceback
    assert trial.runs[0].epochs == 1


@ignores_keras
def test_a_learning_rate_that_falls_is_in_the_history(train):
    def callbacks():
        import keras

        return [keras.callbacks.ReduceLROnPlateau(patience=1, factor=0.5, min_delta=100)]

    x, y = line()
    _, trial = train(build_model, x, y, validation_split=0.5, callbacks=callbacks, epochs=4)
    assert trial.runs[0].history["learning_rate"] == pytest.approx([0.01, 0.01, 0.005, 0.0025])


@pytest.mark.parametrize("objective", ["val_loss", "val_accuracy"])
def test_patience_watches_the_objective(train, objective):
    x, y = labelled()
    _, trial = train(
        lambda n_neurons=4: classifier(n_neurons),
        x,
        -1 * y + 2,
        validation_data=(x[:30], y[:30]),  # labels that the training teaches the other way round
        objective=objective,
        epochs=400,
        patience=2,
    )
    sign = -1 if objective == "val_accuracy" else 1
    curve = [sign * value for value in trial.runs[0].history[objective]]
    assert 3 <= len(curve) < 400
    assert int(np.argmin(curve)) == len(curve) - 3  # the best, and two that were no better


def rate_recorder():
    """A callback that writes the learning rate of every epoch into the logs."""
    import keras

    class Recorder(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            del batch, logs
            self.rate = float(self.model.optimizer.learning_rate)

        def on_epoch_end(self, epoch, logs=None):
            del epoch
            logs["rate"] = self.rate

    return Recorder()


@ignores_keras
def test_the_learning_rate_warms_up(train):
    x, y = line()
    _, trial = train(
        build_model,
        x,
        y,
        params={"warmup_epochs": 3},
        validation_split=0.5,
        epochs=5,
        callbacks=rate_recorder,
    )
    expected = [0.0025, 0.005, 0.0075, 0.01, 0.01]
    assert trial.runs[0].history["rate"] == pytest.approx(expected)


@ignores_keras
@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("step", [0.005, 0.01, 0.01, 0.001, 1e-4]),
        ("cosine", [0.005, 0.01, 0.00854, 0.005, 0.00146]),
    ],
)
def test_the_learning_rate_follows_a_schedule_after_the_warm_up(train, schedule, expected):
    x, y = line()
    params = {"warmup_epochs": 1, "schedule": schedule}
    _, trial = train(
        build_model, x, y, params=params, validation_split=0.5, epochs=5, callbacks=rate_recorder
    )
    assert trial.runs[0].history["rate"] == pytest.approx(expected, rel=1e-2)


def test_the_best_weights_are_restored_also_without_patience(train):
    x, y = line()
    study, trial = train(
        build_model,
        x[:32],
        y[:32],
        params={"learning_rate": 0.6, "n_neurons": 4, "restore_best": True},
        validation_data=(x[32:], y[32:]),
        epochs=12,
    )
    history = trial.runs[0].history["val_loss"]
    assert trial.value == pytest.approx(min(history), rel=1e-5)
    assert len(history) == 12
    assert value_outside(study, x[32:], y[32:])["loss"] == pytest.approx(trial.value, rel=1e-5)


def test_a_schedule_cannot_be_warmed_up(train):
    def build(n_neurons=4):
        import keras

        model = build_model(n_neurons)
        schedule = keras.optimizers.schedules.CosineDecay(0.1, 100)
        model.compile(loss="mse", optimizer=keras.optimizers.SGD(schedule))
        return model

    x, y = line()
    train(build, x, y, validation_split=0.5)
    _, trial = train(build, x, y, validation_split=0.5, warmup_epochs=2, state=State.FAILED)
    assert trial.error.startswith("warmup_epochs needs an optimizer with a plain learning rate")


def test_a_refit_of_other_params(train):
    x, y = line()
    study, _ = train(build_model, x, y, validation_split=0.5)
    assert study.refit({"n_neurons": 9}).count_params() == 46
    assert study.refit().count_params() == 21
    assert study.refit({}).count_params() == 21
