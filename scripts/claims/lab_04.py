"""Lab 4: one wide hidden layer, or several narrow ones; and how local the layers' features are."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tunewidgets as tw
from scripts.claims.claim import Claim
from scripts.claims.figures import told, values
from scripts.claims.locality import spreads
from scripts.claims.studies import first_seed, fresh, seeds
from tunewidgets.sweeping import Sweep
from tunewidgets.trial import Trial

NAME = "04_hidden_layers"
TITLE = "Spiral"
SPACE = {
    "n_hidden": (0, 16),
    "n_neurons": (1, 256),
    "learning_rate": tw.Float(1e-3, 0.1, log=True),
}
EPOCHS, BATCH = 100, 32
RATE = 0.01
GOALS = (0.95, 0.99)
WIDTHS = {1: [4, 16, 32, 64, 128], 2: [4, 8, 12, 16], 3: [4, 8, 12], 4: [4, 8]}
DEPTHS = [2, 8, 16]
N_EACH = 16


@dataclass(frozen=True, slots=True)
class _Net:
    """A network that got there: neurons in all, weights, and after how many epochs."""

    n_neurons: int
    n_weights: int
    epochs: float

    def __str__(self) -> str:
        return f"{self.n_neurons} neurons, {self.n_weights} weights, after {self.epochs:.0f} epochs"


def claims() -> list[Claim]:
    """Grow the width at each depth, then the depth, and look into trained layers."""
    shown = _study(fresh(NAME))  # small enough to come with the page
    others = _study(None)
    try:
        for width in WIDTHS[1][1], WIDTHS[1][-1]:
            shown.enqueue(_at(n_hidden=1, n_neurons=width))
        deep = shown.sweep("n_hidden", DEPTHS, params=_at(n_neurons=N_EACH))
        shown.wait()
        wide = {
            depth: others.sweep("n_neurons", widths, params=_at(n_hidden=depth))
            for depth, widths in WIDTHS.items()
        }
        others.wait()
        return [_wide_can(wide[1]), _deep_needs_less(wide), _deep_is_hard(deep), _features()]
    finally:
        shown.close()
        others.close()


def _study(storage: Path | None) -> tw.Study:
    data = tw.datasets.load("spiral", n_samples=800, noise=0.04)
    return tw.Study(
        tw.builders.mlp, SPACE, data.x_train, data.y_train,
        validation_data=(data.x_valid, data.y_valid), objective="val_accuracy", epochs=EPOCHS,
        batch_size=BATCH, seed=first_seed(), name=TITLE, storage=storage,
        checkpoints=False,
    )  # fmt: skip


def _at(**params: int) -> dict[str, Any]:
    return {"learning_rate": RATE, **params}


def _wide_can(sweep: Sweep) -> Claim:
    reached = "; ".join(f"{p.value} neurons {told(p.valid, '.2f')}" for p in sweep.points)
    best = max(p.mean_valid for p in sweep.points)
    return Claim(
        4,
        "One wide hidden layer can do it, given enough neurons and time",
        4,
        f"Two spirals (512 points), {EPOCHS} epochs, validation accuracy over 3 "
        f"repeats: {reached}.",
        "yes"
        if best >= GOALS[0]
        else "partly"
        if best > sweep.points[0].mean_valid + 0.1
        else "no",
    )


def _deep_needs_less(sweeps: dict[int, Sweep]) -> Claim:
    told_each, fewer, faster = [], [], []
    for goal in GOALS:
        there = {d: net for d, sweep in sweeps.items() if (net := _narrowest(sweep, d, goal))}
        each = "; ".join(f"{depth} hidden: {net}" for depth, net in there.items())
        told_each.append(f"For {goal}: {each or 'none'}.")
        shallow, deep = there.pop(1, None), [net for net in there.values() if net]
        if deep:
            fewer.append(shallow is None or min(n.n_neurons for n in deep) <= shallow.n_neurons / 2)
            faster.append(shallow is None or min(n.epochs for n in deep) <= shallow.epochs / 2)
    n_held = sum(fewer) + sum(faster)
    return Claim(
        5,
        "Deeper networks reach the same with exponentially fewer neurons, and faster",
        4,
        f"Same data; the narrowest of each depth whose mean of 3 gets there. {' '.join(told_each)} "
        f"At most half the neurons of one layer: for {sum(fewer)} of {len(GOALS)} goals; at most "
        f"half its epochs: for {sum(faster)}. A factor is no proof of an exponential.",
        "partly" if n_held else "no",  # a few depths cannot show an exponential
    )


def _narrowest(sweep: Sweep, depth: int, goal: float) -> _Net | None:
    for point in sweep.points:
        if point.mean_valid >= goal:
            trials = [t for t in sweep.trials if t.params["n_neurons"] == point.value]
            epochs = statistics.fmean(_epochs_to(goal, trial) for trial in trials)
            return _Net(depth * point.value, trials[0].runs[0].n_weights or 0, epochs)
    return None


def _deep_is_hard(sweep: Sweep) -> Claim:
    reached = "; ".join(f"{p.value} hidden {told(p.valid, '.2f')}" for p in sweep.points)
    stuck = "; ".join(
        f"{sum(v < 0.6 for v in p.valid)} of {len(p.valid)} at {p.value}"
        for p in sweep.points
        if min(p.valid, default=1) < 0.6
    )
    means = [p.mean_valid for p in sweep.points]
    return Claim(
        6,
        "Deep networks are harder to train",
        4,
        f"Same data, {N_EACH} neurons a layer, 3 repeats: {reached}. No better than a coin: "
        f"{stuck or 'none'}.",
        "yes" if means[-1] < means[0] - 0.1 else "no",
    )


def _features() -> Claim:
    data = tw.datasets.load("digits")
    found: dict[str, list[list[float]]] = {"cnn": [], "mlp": []}
    accuracies = []
    for seed in seeds():
        for builder, params in ((tw.builders.cnn, {}), (tw.builders.mlp, {"n_hidden": 3})):
            study = tw.Study(
                builder, {"n_neurons": (1, 64)}, data.x_train, data.y_train,
                validation_data=(data.x_valid, data.y_valid), objective="val_accuracy",
                epochs=15, seed=seed, checkpoints=False,
            )  # fmt: skip
            try:
                study.enqueue({"n_neurons": 32} | params)
                study.wait()
                accuracies += values(study.trials)
                found[builder.__name__].append(spreads(study.best_model(), data.x_valid[:60]))
            finally:
                study.close()
    means = {
        name: [statistics.fmean(layer) for layer in zip(*each, strict=True)]
        for name, each in found.items()
    }
    grows = {name: layers[-1] > 1.2 * layers[0] for name, layers in means.items()}
    told_each = {name: ", ".join(f"{v:.1f}" for v in layers) for name, layers in means.items()}
    return Claim(
        7,
        "Lower layers learn local features, higher layers global ones",
        4,
        f"Digits of 8 x 8 pixels, 3 repeats, accuracy {told(accuracies, '.2f')}. How many pixels "
        f"wide what a neuron looks at is, layer by layer (an even look at the whole picture is 7.9 "
        f"wide): convolutions {told_each['cnn']}; dense layers {told_each['mlp']}. A convolution "
        f"is local by its make; a dense layer sees all from the first one on.",
        {2: "yes", 1: "partly", 0: "no"}[sum(grows.values())],
    )


def _epochs_to(goal: float, trial: Trial) -> int:
    history = trial.runs[0].history["val_accuracy"]
    return next((n for n, value in enumerate(history, 1) if value >= goal), len(history))
