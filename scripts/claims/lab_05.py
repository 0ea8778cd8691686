"""Lab 5: how many neurons, of what widths; growing until it overfits, or stretch pants."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from functools import partial
from typing import Any

import tunewidgets as tw
from scripts.claims.claim import Claim
from scripts.claims.districts import TITLE, districts
from scripts.claims.figures import is_lower, spread, told, values
from scripts.claims.slimming import slim
from scripts.claims.studies import first_seed, fresh
from tunewidgets.sweeping import Sweep
from tunewidgets.trial import Trial

NAME = "05_neurons"
N = 500
EPOCHS = 100
SPACE = {
    "n_neurons": tw.Int(2, 128, log=True),
    "shape": ["constant", "narrowing", "widening-narrowing"],
    "stretch": [False, True],
}
WIDTHS = [2, 4, 8, 16, 32, 64, 128]
STRETCHED = [8, 32, 128]
PANTS = {"stretch": True, "patience": 20, "restore_best": True}

UNSEEN = ["loss", "val_loss", "mae", "val_mae"]
"""Metrics that the lesson's page does without: it shows the mean squared error alone."""

SHAPES = {
    "constant": "24-24-24-24",
    "narrowing": "36-27-18-9",
    "widening-narrowing": "15-30-30-15",
    "jumping": "72-6-72-6",
}
"""Widths of four hidden layers, with about 2,000 weights each."""


def claims() -> list[Claim]:
    """Grow a network and the stretch pants, and try some shapes at equal size."""
    return [_shapes(), *_growing()]


def build_model(
    n_neurons: int = 16,
    shape: str = "constant",
    stretch: bool = False,
    input_shape: tuple[int, ...] = (8,),
) -> Any:
    """Build three hidden layers, plain ones or stretch pants."""
    make = tw.builders.stretch_pants if stretch else partial(tw.builders.mlp, shape=shape)
    return make(n_hidden=3, n_neurons=n_neurons, learning_rate=3e-3, input_shape=input_shape)


def of_widths(widths: str = "24-24", input_shape: tuple[int, ...] = (8,)) -> Any:
    """Build hidden layers of the widths that a text like "36-27-18-9" tells."""
    import keras

    layers = [keras.layers.Dense(int(width), activation="relu") for width in widths.split("-")]
    model = keras.Sequential([keras.Input(shape=input_shape), *layers, keras.layers.Dense(1)])
    model.compile(loss="mse", optimizer=keras.optimizers.Adam(3e-3))
    return model


def _shapes() -> Claim:
    x, y, valid = districts(1000)
    study = tw.Study(
        of_widths, {"widths": list(SHAPES.values())}, x, y, validation_data=valid, epochs=40,
        patience=10, restore_best=True, seed=first_seed(), checkpoints=False,
    )  # fmt: skip
    try:
        sweep = study.sweep("widths", SHAPES.values(), repeats=3)
        study.wait()
        reached = {point.value: point.valid for point in sweep.points}
        weights = {trial.params["widths"]: trial.runs[0].n_weights for trial in sweep.trials}
    finally:
        study.close()
    smooth = [value for name in list(SHAPES)[:3] for value in reached[SHAPES[name]]]
    jumping = reached[SHAPES["jumping"]]
    means = [statistics.fmean(reached[SHAPES[name]]) for name in list(SHAPES)[:3]]
    chance = statistics.fmean(spread(reached[w]) for w in SHAPES.values())
    are_alike = max(means) - min(means) < 2 * chance
    hurts = statistics.fmean(jumping) - statistics.fmean(smooth) > 2 * chance
    each = "; ".join(
        f"{name} {width} ({weights[width]:,} weights) {told(reached[width])}"
        for name, width in SHAPES.items()
    )
    return Claim(
        10,
        "Narrowing widths, or the same width for simple tuning; sudden jumps hurt",
        5,
        f"{TITLE} ({len(x):,} districts), early stopping, 3 repeats: {each}. The smooth shapes "
        f"{'differ by no more than chance' if are_alike else 'differ'}; the jumping one is "
        f"{'worse' if hurts else 'not worse by more than chance'}.",
        "yes" if are_alike and hurts else "partly" if are_alike or hurts else "no",
    )


def _growing() -> list[Claim]:
    x, y, valid = districts(N)
    file = fresh(NAME)
    study = tw.Study(
        build_model, SPACE, x, y, validation_data=valid, objective="val_mse", epochs=EPOCHS,
        seed=first_seed(), name=TITLE, storage=file, checkpoints=False,
    )  # fmt: skip
    try:
        pants = study.sweep("n_neurons", STRETCHED, params=PANTS)
        stopped = study.sweep("n_neurons", [WIDTHS[-1]], params={**PANTS, "stretch": False})
        plain = study.sweep("n_neurons", WIDTHS)  # the last one is what the page opens with
        study.wait()
        return [_until_overfitting(plain), _stretching(plain, pants, stopped)]
    finally:
        study.close()
        slim(file, UNSEEN)


def _until_overfitting(plain: Sweep) -> Claim:
    limit = plain.overfits_from
    best = min(plain.points, key=lambda point: point.mean_valid)
    last = plain.points[-1]
    each = "; ".join(f"{p.value}: {p.mean_train:.2f} / {p.mean_valid:.2f}" for p in plain.points)
    found = (
        f"Overfits from {limit} on; the best is {best.value} with {told(best.valid)}, and "
        f"{last.value} gives {told(last.valid)}"
        if limit
        else "No width overfits by more than chance"
    )
    return Claim(
        11,
        "More neurons until it overfits, then one step back",
        5,
        f"{TITLE}, {N} districts, 3 hidden layers, {EPOCHS} epochs, 3 repeats. Neurons a layer, "
        f"training / validation: {each}. {found}.",
        "yes" if limit else "no",
    )


def _stretching(plain: Sweep, pants: Sweep, stopped: Sweep) -> Claim:
    best = min(plain.points, key=lambda point: point.mean_valid)
    wide = pants.points[-1]
    of_best = [t for t in plain.trials if t.params["n_neurons"] == best.value]
    of_wide = [t for t in pants.trials if t.params["n_neurons"] == wide.value]
    better = is_lower(wide.valid, best.valid)
    more = _work(of_wide) / _work(of_best)
    whole = sum(_work([t]) for t in plain.trials) / 3 / _work(of_wide)
    sizes = ", ".join(f"{p.value}: {p.mean_valid:.2f}" for p in pants.points)
    return Claim(
        12,
        "Enough neurons with early stopping and regularisation is better, at more computation",
        5,
        f"Same data. Stretch pants of {wide.value} neurons (dropout 0.2, l2 1e-4, patience 20) "
        f"{told(wide.valid)}; early stopping alone {told(values(stopped.trials))}; the best of "
        f"the grown plain ones ({best.value} neurons) {told(best.valid)}. Multiplications of a "
        f"fit: {more:.1f} times that of the best plain one, though it stopped after "
        f"{statistics.fmean(t.epochs for t in of_wide):.0f} of {EPOCHS} epochs; growing through "
        f"all {len(plain.points)} widths costs {whole:.1f} times one pair of stretch pants. By "
        f"width, stretched: {sizes}.",
        "yes" if better and more > 1 else "partly" if better else "no",
    )


def _work(trials: Sequence[Trial]) -> float:
    """Count multiplications, up to a factor: every epoch takes every sample through all weights."""
    return statistics.fmean(t.epochs * (t.runs[0].n_weights or 0) for t in trials)
