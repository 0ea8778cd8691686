"""Lab 8: activations of the hidden layers on a spiral, and outputs for classes and quantities."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import tunewidgets as tw
from scripts.claims.claim import Claim
from scripts.claims.figures import told, values
from scripts.claims.studies import first_seed, fresh, seeds
from tunewidgets.trial import Trial

REPEATS = 3
ACTIVATIONS = ("relu", "tanh", "sigmoid")
DEPTHS = (2, 8)
GOAL = 0.95
OUTPUTS = ("linear", "tanh", "sigmoid", "relu")
NAMES = {"linear": "none"}


def classify(
    activation: str = "relu", n_hidden: int = 4, output: str = "sigmoid", n_units: int = 1
) -> Any:
    """Build a network that tells two classes apart in the plane."""
    import keras

    dense = keras.layers.Dense
    hidden = [dense(16, activation) for _ in range(n_hidden)]
    model = keras.Sequential([keras.Input((2,)), *hidden, dense(n_units, output)])
    loss = "sparse_categorical_crossentropy" if output == "softmax" else "binary_crossentropy"
    model.compile(keras.optimizers.Adam(5e-3), loss, metrics=["accuracy"])
    return model


def draw(output: str = "linear", n_neurons: int = 32) -> Any:
    """Build a network that draws a curve."""
    import keras

    dense = keras.layers.Dense
    hidden = [dense(n_neurons, "relu") for _ in range(2)]
    model = keras.Sequential([keras.Input((1,)), *hidden, dense(1, output)])
    model.compile(keras.optimizers.Adam(5e-3), "mse")
    return model


def tell(output: str = "softmax", loss: str = "categorical_crossentropy") -> Any:
    """Build a network that tells ten digits apart."""
    import keras

    dense, flat = keras.layers.Dense, keras.layers.Flatten()
    model = keras.Sequential([keras.Input((8, 8, 1)), flat, dense(32, "relu"), dense(10, output)])
    model.compile(keras.optimizers.Adam(2e-3), loss, metrics=["categorical_accuracy"])
    return model


def claims() -> list[Claim]:
    """Run the two studies that the lab's page opens with, and one on the digits."""
    return [_hidden(), _outputs()]


def _hidden() -> Claim:
    spiral = tw.datasets.load("spiral", n_samples=800, noise=0.03)
    space = {
        "activation": ["relu", "tanh", "sigmoid", "linear"],
        "n_hidden": (1, 8),
        "output": ["softmax", "sigmoid"],
        "n_units": [1, 2],
    }
    choices = [{"activation": a, "n_hidden": n} for a in ACTIVATIONS for n in DEPTHS]
    trials = _trained(
        choices, builder=classify, space=space, x=spiral.x_train, y=spiral.y_train,
        validation_data=(spiral.x_valid, spiral.y_valid), objective="val_accuracy", epochs=100,
        name="Spiral", storage=fresh("08_activations"),
    )  # fmt: skip
    found, said = {}, []
    for choice in choices:
        those = _with(choice, trials)
        found[tuple(choice.values())] = statistics.fmean(values(those))
        reached = [epoch for trial in those if (epoch := _reached(trial))]
        after = f", after {statistics.median(reached):.0f} epochs" if reached else ""
        said.append(
            f"{choice['activation']}, {choice['n_hidden']} layers: {told(values(those))} "
            f"({len(reached)} of {REPEATS} reached {GOAL:.0%}{after})"
        )
    is_ahead = [
        found["relu", n] > max(found[other, n] for other in ACTIVATIONS[1:]) for n in DEPTHS
    ]
    return Claim(
        19,
        "ReLU works well in hidden layers and does not saturate",
        8,
        f"Spiral, 512 points, 16 neurons a layer, Adam 0.005, 100 epochs, {REPEATS} seeds; "
        f"validation accuracy. {'; '.join(said)}.",
        "yes" if all(is_ahead) else "partly" if any(is_ahead) else "no",
    )


def _outputs() -> Claim:
    sine = tw.datasets.load("sine")
    space = {"output": [*OUTPUTS, "softmax"], "n_neurons": (4, 64)}
    curves = _trained(
        [{"output": output} for output in OUTPUTS], builder=draw, space=space, x=sine.x_train,
        y=sine.y_train, validation_data=(sine.x_valid, sine.y_valid), epochs=100,
        name="Sine", storage=fresh("08_outputs"),
    )  # fmt: skip
    digits = tw.datasets.load("digits")
    hot = np.eye(10, dtype="float32")
    pairs = [
        {"output": "softmax", "loss": "categorical_crossentropy"},
        {"output": "sigmoid", "loss": "binary_crossentropy"},
        {"output": "linear", "loss": "mse"},
    ]
    classes = _trained(
        pairs, builder=tell, space={name: [p[name] for p in pairs] for name in pairs[0]},
        x=digits.x_train, y=hot[digits.y_train],
        validation_data=(digits.x_valid, hot[digits.y_valid]),
        objective="val_categorical_accuracy", epochs=10,
    )  # fmt: skip
    errors = {o: values(_with({"output": o}, curves)) for o in OUTPUTS}
    rates = {p["output"]: values(_with(p, classes)) for p in pairs}
    ties = [*_rivals(errors, "linear", sign=1), *_rivals(rates, "softmax", sign=-1)]
    said = f"Not better by more than chance: {', nor '.join(ties)}. " if ties else ""
    return Claim(
        20,
        "Softmax for exclusive classes, no activation for regression",
        8,
        f"Regression (sine from -1 to 1, 100 epochs, {REPEATS} seeds), validation error by the "
        f"output's activation: {_list(errors)}. Classes (digits, 10 epochs, {REPEATS} seeds), "
        f"validation accuracy: {_list(rates)}. {said}Only softmax gives probabilities that add up "
        f"to 1. Softmax over one output is refused, with the remedy.",
        "partly" if ties else "yes",
    )


def _trained(
    choices: Sequence[Mapping[str, Any]], storage: Path | None = None, **asked: Any
) -> list[Trial]:
    """Train each choice once a seed; the first seed's study is the one that is kept."""
    trials: list[Trial] = []
    for seed in seeds(REPEATS):
        kept = storage if seed == first_seed() else None
        study = tw.Study(**asked, storage=kept, seed=seed, checkpoints=False)
        try:
            for choice in choices:
                study.enqueue(choice)
            study.wait()
            trials += study.trials
        finally:
            study.close()
    return trials


def _with(choice: Mapping[str, Any], trials: Iterable[Trial]) -> list[Trial]:
    return [trial for trial in trials if choice.items() <= trial.params.items()]


def _reached(trial: Trial) -> int | None:
    """Give the first epoch with the accuracy aimed at."""
    course = trial.runs[0].history["val_accuracy"]
    return next((epoch for epoch, rate in enumerate(course, 1) if rate >= GOAL), None)


def _list(found: Mapping[str, list[float]]) -> str:
    return ", ".join(f"{NAMES.get(name, name)} {told(v)}" for name, v in found.items())


def _rivals(found: Mapping[str, list[float]], best: str, sign: int) -> list[str]:
    """Name what should be the best, and those that it does not beat by more than chance.

    Parameters
    ----------
    sign
        1 where lower is better, -1 where higher is.
    """
    mean = statistics.fmean(found[best])
    return [
        f"{NAMES.get(best, best)} than {NAMES.get(name, name)}"
        for name, those in found.items()
        if name != best
        and sign * (statistics.fmean(those) - mean)
        <= max(statistics.stdev(those), statistics.stdev(found[best]))
    ]
