"""Lab 9: a network that knows the digits 0 to 4 learns 5 to 9, and one learns its own in noise."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

import numpy as np

import tunewidgets as tw
from scripts.claims.claim import Claim
from scripts.claims.figures import told, values
from scripts.claims.studies import first_seed, fresh, seeds
from tunewidgets.trial import Trial

NAME = "09_transfer"
REPEATS = 3
N_FEW = 100
NOISE = 0.3
EPOCHS = 20
CHOICES = [(0, False), (1, False), (2, False), (3, False), (2, True)]
"""How many of the three hidden layers start from what was learnt, and whether they stay so."""

Part = tuple[Any, Any]
Parts = tuple[Part, Part]
Found = dict[tuple[int, bool], list[Trial]]


def claims() -> list[Claim]:
    """Train the two networks to start from, and from each go on to its new task."""
    digits = tw.datasets.load("digits")
    all_ten = (digits.x_train, digits.y_train), (digits.x_valid, digits.y_valid)
    low, high = ((_five(all_ten[0], n), _five(all_ten[1], n)) for n in (0, 5))
    noisy = _noisy(all_ten[0]), _noisy(all_ten[1])
    storage = fresh(NAME)
    far: Found = {choice: [] for choice in CHOICES}
    near: Found = {choice: [] for choice in CHOICES}
    for seed in seeds(REPEATS):
        kept = storage if seed == first_seed() else None
        model = None if kept is None else kept.with_suffix(".keras")
        _move(_learnt(low, seed, model), high, seed, far, kept)
        _move(_learnt(all_ten, seed), noisy, seed, near)
    tasks = ((far, 1.0), (near, 1.5))  # with a loss that every run passes on its way
    starts, speeds = zip(*(_gains(found, goal) for found, goal in tasks), strict=True)
    return [
        Claim(
            8,
            "Pretrained lower layers make training faster and start it lower",
            9,
            f"Three hidden layers of 48, {N_FEW} images to learn from, {REPEATS} seeds; by the "
            f"number of layers that start pretrained: validation loss after the first epoch, "
            f"median epochs to a given loss, loss after {EPOCHS}. From digits 0-4 to digits 5-9 "
            f"(loss 1.0): {_told(far, 1.0)}. From all digits to all with noise (loss 1.5): "
            f"{_told(near, 1.5)}. {_verdict(starts, speeds)}",
            "yes" if all(starts + speeds) else "partly" if any(starts + speeds) else "no",
        )
    ]


def _learnt(parts: Parts, seed: int, path: Path | None = None) -> Any:
    """Train a network to start from; give the builder that does."""
    train, valid = parts
    study = tw.Study(
        tw.builders.mlp, {"n_hidden": [3], "n_neurons": [48]}, *train, validation_data=valid,
        epochs=40, seed=seed, checkpoints=False,
    )  # fmt: skip
    try:
        study.enqueue()
        study.wait()
        return tw.builders.transfer(study if path is None else study.save_model(path))
    finally:
        study.close()


def _move(builder: Any, parts: Parts, seed: int, found: Found, storage: Path | None = None) -> None:
    """Learn the new task from few images, once with each choice."""
    (x, y), valid = parts
    space = {
        "n_layers": (0, 3),
        "frozen": [False, True],
        "learning_rate": tw.Float(1e-4, 1e-2, log=True),
    }
    study = tw.Study(
        builder, space, x[:N_FEW], y[:N_FEW], validation_data=valid, epochs=EPOCHS,
        name="Digits", storage=storage, seed=seed, checkpoints=False,
    )  # fmt: skip
    try:
        for n_layers, is_frozen in CHOICES:
            study.enqueue({"n_layers": n_layers, "frozen": is_frozen, "learning_rate": 1e-3})
        study.wait()
        for choice, trial in zip(CHOICES, study.trials, strict=True):
            found[choice].append(trial)
    finally:
        study.close()


def _five(part: Part, first: int) -> Part:
    """Keep five classes, numbered from 0."""
    x, y = part
    kept = (y >= first) & (y < first + 5)
    return x[kept], y[kept] - first


def _noisy(part: Part) -> Part:
    x, y = part
    noise = np.random.default_rng(first_seed()).normal(0, NOISE, x.shape)
    return (x + noise).astype("float32"), y


def _gains(found: Found, goal: float) -> tuple[bool, bool]:
    """Tell whether some number of pretrained layers starts lower, and whether some is faster."""
    those = [found[n, False] for n in (1, 2, 3)]
    is_lower = min(map(_start, those)) < _start(found[0, False])
    return is_lower, min(_epochs(trials, goal) for trials in those) < _epochs(found[0, False], goal)


def _verdict(starts: tuple[bool, ...], speeds: tuple[bool, ...]) -> str:
    words = {True: "both times", False: "one time of two"}
    lower = words[all(starts)] if any(starts) else "neither time"
    faster = words[all(speeds)] if any(speeds) else "neither time"
    return f"Some number of layers starts lower {lower}, and is faster {faster}."


def _start(trials: list[Trial]) -> float:
    return statistics.fmean(trial.runs[0].history["val_loss"][0] for trial in trials)


def _epochs(trials: list[Trial], goal: float) -> float:
    """Give the median epoch in which a loss is passed; one beyond the last for those that fail."""
    courses = [trial.runs[0].history["val_loss"] for trial in trials]
    return statistics.median(
        next((epoch for epoch, loss in enumerate(course, 1) if loss <= goal), EPOCHS + 1)
        for course in courses
    )


def _told(found: Found, goal: float) -> str:
    return "; ".join(
        f"{n}{' frozen' if is_frozen else ''}: {_start(trials):.2f}, {_passed(trials, goal)}, "
        f"{told(values(trials), '.2f')}"
        for (n, is_frozen), trials in found.items()
    )


def _passed(trials: list[Trial], goal: float) -> str:
    n = _epochs(trials, goal)
    return "not reached" if n > EPOCHS else f"{n:.0f}"
