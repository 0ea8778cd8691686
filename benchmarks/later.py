"""From the press of Train to the first epoch of a trial like one before, on the lecture's data."""

from __future__ import annotations

import statistics
import threading
import time
from contextlib import closing

import tunewidgets as tw
from benchmarks import housing
from benchmarks.table import Figure

N_LATER = 20
EPOCHS = 3


def measure(*, quick: bool = False) -> list[Figure]:
    x, y, validation_data = housing.random_data()
    study = tw.Study(
        housing.build_model,
        housing.space(),
        x,
        y,
        validation_data=validation_data,
        epochs=EPOCHS,
        n_workers=1,
    )
    with closing(study):
        seconds = [
            _to_first_epoch(study, 1e-3 * (1 + number))
            for number in range(1 + (4 if quick else N_LATER))
        ]
    later = seconds[1:]
    return [
        Figure("enqueue to first epoch, first trial", seconds[0], None, "s"),
        Figure("the same, second trial", seconds[1], 0.1, "s"),
        Figure("the same, second and later (median)", statistics.median(later), 0.1, "s"),
        Figure("the same, the slowest of them", max(later), None, "s"),
    ]


def _to_first_epoch(study: tw.Study, learning_rate: float) -> float:
    changed = threading.Event()
    unsubscribe = study.subscribe(changed.set)
    begun = time.perf_counter()
    params = {"n_hidden": 2, "n_neurons": 50, "learning_rate": learning_rate}
    number = study.enqueue(params).number
    while not study.trials[number].epochs:
        changed.wait()
        changed.clear()
    seconds = time.perf_counter() - begun
    unsubscribe()
    study.wait()
    return seconds
