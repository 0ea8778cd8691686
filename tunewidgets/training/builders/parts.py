"""What the ready builders share: the output that suits a task, optimizers by name, widths."""

from __future__ import annotations

from typing import Any

from tunewidgets.errors import BuilderError
from tunewidgets.retelling import stated
from tunewidgets.values import is_integer


def output_of(task: str, n_outputs: int) -> tuple[Any, dict[str, Any]]:
    """Give the output layer of a task, and the loss and metrics to compile with."""
    import keras

    activation, loss, metrics = {
        "regression": (None, "mse", ["mse", "mae"]),
        "binary": ("sigmoid", "binary_crossentropy", ["accuracy"]),
        "multiclass": ("softmax", "sparse_categorical_crossentropy", ["accuracy"]),
        "one-hot": ("softmax", "categorical_crossentropy", ["accuracy"]),
    }[one_of("task", task, ("regression", "binary", "multiclass", "one-hot"))]
    layer = keras.layers.Dense(n_outputs, activation=activation, name="output")
    return layer, {"loss": loss, "metrics": metrics}


def optimizer_of(name: str, learning_rate: float) -> Any:
    """Make an optimizer; "momentum" and "nesterov" are SGD with a momentum of 0.9."""
    import keras

    names = ("sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", "nadam")
    match one_of("optimizer", name, names):
        case "sgd":
            return keras.optimizers.SGD(learning_rate)
        case "momentum":
            return keras.optimizers.SGD(learning_rate, momentum=0.9)
        case "nesterov":
            return keras.optimizers.SGD(learning_rate, momentum=0.9, nesterov=True)
        case "rmsprop":
            return keras.optimizers.RMSprop(learning_rate)
        case "adam":
            return keras.optimizers.Adam(learning_rate)
        case "adamw":
            return keras.optimizers.AdamW(learning_rate)
    return keras.optimizers.Nadam(learning_rate)


def widths_of(shape: str, n_hidden: int, n_neurons: int, n_outputs: int) -> list[int]:
    """Give the widths of the hidden layers, of which the widest has ``n_neurons``.

    "constant" is the same everywhere, "narrowing" falls in equal steps towards the output,
    "widening-narrowing" rises in equal steps and falls again.
    """
    if not is_integer(n_hidden) or n_hidden < 0:
        raise BuilderError(
            f"n_hidden must be a whole number of at least 0, but got {n_hidden!r}: write 2."
        )
    match one_of("shape", shape, ("constant", "narrowing", "widening-narrowing")):
        case "narrowing":
            step = (n_neurons - min(n_outputs, n_neurons)) / max(n_hidden, 1)
            return [max(1, round(n_neurons - step * i)) for i in range(n_hidden)]
        case "widening-narrowing":
            heights = [min(i + 1, n_hidden - i) for i in range(n_hidden)]
            return [max(1, round(n_neurons * h / max(heights))) for h in heights]
    return [n_neurons] * n_hidden


def one_of(name: str, value: Any, known: tuple[str, ...]) -> Any:
    """Give a word that is known, or raise a `BuilderError` that lists them."""
    if value not in known:
        words = ", ".join(map(repr, known))
        raise BuilderError(
            stated(
                "{name} must be one of {words}, but got {value}: choose one.",
                name=name,
                words=words,
                value=repr(value),
            )
        )
    return value
