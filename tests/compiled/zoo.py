"""Models of many kinds, each with data, to be trained by ``model.fit`` and by compiled epochs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

N = 70
"""Samples: no multiple of the batch size, 16."""

RNG = np.random.default_rng(7)
COLUMNS = RNG.normal(size=(N, 3)).astype("float32")
TARGET = (COLUMNS @ [1.0, -2.0, 0.5] + 0.1).astype("float32")
LABELS = (TARGET > 0).astype("int64")
CLASSES = RNG.integers(0, 3, N)
IMAGES = RNG.normal(size=(N, 8, 8, 1)).astype("float32")
SERIES = RNG.normal(size=(N, 6, 2)).astype("float32")
WEIGHTS = RNG.uniform(0.1, 2.0, N).astype("float32")


@dataclass(frozen=True)
class Animal:
    """A builder and what it is fitted with."""

    build: Callable[[], Any]
    x: Any = field(default_factory=lambda: COLUMNS)
    y: Any = field(default_factory=lambda: TARGET)
    sample_weight: Any = None
    fit: dict[str, Any] = field(default_factory=dict)
    callbacks: Callable[[], list[Any]] | None = None


def _dense(optimizer="sgd", *between, n_out=1, activation=None, **compiling):
    import keras

    hidden = [layer() for layer in between]
    layers = [
        keras.Input((3,)),
        keras.layers.Dense(8, activation="relu"),
        *hidden,
        keras.layers.Dense(n_out, activation=activation),
    ]
    model = keras.Sequential(layers)
    model.compile(**{"loss": "mse", "optimizer": optimizer, **compiling})
    return model


def mlp():
    return _dense(metrics=["mae"])


def momentum():
    import keras

    return _dense(keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True))


def adam():
    return _dense("adam")


def clipped_adamw():
    import keras

    return _dense(keras.optimizers.AdamW(1e-3, weight_decay=0.01, clipnorm=0.5, use_ema=True))


def scheduled():
    import keras

    return _dense(keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.05, 3, 0.8)))


def batch_norm():
    import keras

    return _dense("adam", keras.layers.BatchNormalization)


def dropout():
    import keras

    return _dense("adam", lambda: keras.layers.Dropout(0.3))


def regularised():
    import keras

    return _dense("sgd", lambda: keras.layers.Dense(4, kernel_regularizer="l2"))


def mixed_metrics():
    metrics = ["accuracy", "AUC", "Precision"]
    loss = "binary_crossentropy"
    return _dense(
        "adam", activation="sigmoid", loss=loss, metrics=metrics, weighted_metrics=["mae"]
    )


def many_classes():
    loss = "sparse_categorical_crossentropy"
    return _dense("adam", n_out=3, activation="softmax", loss=loss, metrics=["accuracy"])


def unbuilt():
    """Without an input layer: built by its data."""
    import keras

    model = keras.Sequential([keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1)])
    model.compile(loss="mae", optimizer="rmsprop", metrics=["mse"])
    return model


def custom_loss():
    def squared(y, predicted):
        return (y - predicted[:, 0]) ** 2

    return _dense(loss=squared)


def cnn():
    import keras

    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(loss="sparse_categorical_crossentropy", optimizer="sgd", metrics=["accuracy"])
    return model


def lstm():
    import keras

    model = keras.Sequential([keras.Input((6, 2)), keras.layers.LSTM(5), keras.layers.Dense(1)])
    model.compile(loss="mse", optimizer="adam")
    return model


def two_by_two():
    import keras

    layers = keras.layers
    left, right = layers.Input((3,), name="left"), layers.Input((6, 2), name="right")
    joined = layers.Concatenate()([layers.Dense(4)(left), layers.Flatten()(right)])
    outputs = {
        "size": layers.Dense(1, name="size")(joined),
        "sign": layers.Dense(1, activation="sigmoid", name="sign")(joined),
    }
    model = keras.Model({"left": left, "right": right}, outputs)
    model.compile(
        loss={"size": "mse", "sign": "binary_crossentropy"},
        loss_weights={"size": 0.5, "sign": 2.0},
        metrics={"sign": ["accuracy"]},
        optimizer="adam",
    )
    return model


def own_train_step():
    import keras
    import tensorflow as tf

    class Doubled(keras.Model):
        def __init__(self):
            super().__init__()
            self.end = keras.layers.Dense(1)

        def call(self, inputs):
            return self.end(inputs)

        def train_step(self, data):
            x, y = data
            with tf.GradientTape() as tape:
                loss = 2 * self.compute_loss(y=y, y_pred=self(x, training=True))
            gradients = tape.gradient(loss, self.trainable_variables)
            self.optimizer.apply(gradients, self.trainable_variables)
            return {"loss": loss, "doubled": 2 * loss}

    model = Doubled()
    model.compile(loss="mse", optimizer="sgd")
    return model


def own_metrics():
    import keras

    class Tracking(keras.Model):
        def __init__(self):
            super().__init__()
            self.hidden, self.end = keras.layers.Dense(4), keras.layers.Dense(1)
            self.size = keras.metrics.Mean(name="size")

        def call(self, inputs):
            return self.end(self.hidden(inputs))

        def compute_metrics(self, x, y, y_pred, sample_weight=None):
            self.size.update_state(keras.ops.abs(y_pred))
            return super().compute_metrics(x, y, y_pred, sample_weight)

    model = Tracking()
    model.compile(loss="mse", optimizer="adam", metrics=["mae"])
    return model


def _patient():
    import keras

    callbacks = keras.callbacks
    return [
        callbacks.EarlyStopping(patience=1, restore_best_weights=True, min_delta=0.3),
        callbacks.ReduceLROnPlateau(patience=1, factor=0.5, min_delta=0.3),
        callbacks.LearningRateScheduler(lambda epoch, rate: rate if epoch < 2 else rate / 2),
        callbacks.TerminateOnNaN(),
    ]


BOTH = {"left": COLUMNS, "right": SERIES}
TARGETS = {"size": TARGET[:, None], "sign": LABELS[:, None].astype("float32")}

ZOO = {
    "mlp": Animal(mlp),
    "momentum": Animal(momentum),
    "adam": Animal(adam),
    "clipped AdamW with EMA": Animal(clipped_adamw),
    "schedule": Animal(scheduled),
    "batch norm": Animal(batch_norm),
    "dropout": Animal(dropout),
    "regularised": Animal(regularised),
    "mixed metrics": Animal(mixed_metrics, y=LABELS.astype("float32"), sample_weight=WEIGHTS),
    "many classes": Animal(many_classes, y=CLASSES, fit={"class_weight": {0: 3.0, 1: 0.5}}),
    "unbuilt": Animal(unbuilt, sample_weight=WEIGHTS),
    "custom loss": Animal(custom_loss),
    "float64": Animal(mlp, x=COLUMNS.astype("float64"), y=TARGET.astype("float64")),
    "cnn": Animal(cnn, x=IMAGES, y=CLASSES),
    "lstm": Animal(lstm, x=SERIES),
    "two by two": Animal(two_by_two, x=BOTH, y=TARGETS),
    "own train step": Animal(own_train_step),
    "own metrics": Animal(own_metrics),
    "callbacks": Animal(mlp, callbacks=_patient),
    "every other epoch": Animal(mlp, fit={"validation_freq": 2, "validation_batch_size": 9}),
}
