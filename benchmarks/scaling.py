"""The same search by one worker and by two: what a second one brings."""

from __future__ import annotations

import statistics
import time
from contextlib import closing

import tunewidgets as tw
from benchmarks import housing
from benchmarks.table import Figure

N_TURNS = 3
N_TRIALS = 12
EPOCHS = 200


def measure(*, quick: bool = False) -> list[Figure]:
    trials, epochs, n_turns = (4, 100, 1) if quick else (N_TRIALS, EPOCHS, N_TURNS)
    seconds: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(n_turns):
        for n_workers, taken in seconds.items():
            taken.append(_seconds(n_workers, trials, epochs))
    one, two = (statistics.median(taken) for taken in seconds.values())
    return [
        Figure(f"{trials} trials of {epochs} epochs, 1 worker that is there", one, None, "s"),
        Figure("the same, 2 workers", two, None, "s"),
        Figure("times as fast with 2", one / two, None, "x"),
    ]


def _seconds(n_workers: int, n_trials: int, epochs: int) -> float:
    x, y, validation_data = housing.random_data()
    study = tw.Study(
        housing.build_model,
        {"n_hidden": [2], "n_neurons": [50], "learning_rate": tw.Float(3e-4, 3e-3, log=True)},
        x,
        y,
        validation_data=validation_data,
        epochs=epochs,
        n_workers=n_workers,
    )
    with closing(study):
        study.search("random", 2 * n_workers, seed=1).wait()  # starts the workers, and compiles
        begun = time.perf_counter()
        study.search("random", n_trials, seed=2).wait()
        return time.perf_counter() - begun
