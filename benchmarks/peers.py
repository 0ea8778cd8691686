"""The same twelve fits, four candidates on three folds, by everything that people tune with.

Each contestant has a fresh process. What it imports is not counted, but for tunewidgets, whose
workers start within the time too. The rival to look at is ``model.fit`` with a well-chosen
``steps_per_execution``, in two processes: what a person gets who knows where the time goes.
"""

from __future__ import annotations

from collections.abc import Callable

from benchmarks import fresh, rivals
from benchmarks.searching import SCIKERAS, Work, by_scikeras, by_tunewidgets
from benchmarks.table import Figure

WORK = Work(n_candidates=4, epochs=10)
OURS = "tunewidgets, 2 workers"

Contest = tuple[str, tuple[str, ...], Callable[[Work], float]]


def measure(*, quick: bool = False) -> list[Figure]:
    work = Work(n_candidates=2, epochs=2) if quick else WORK
    seconds = {
        name: fresh.call(function, work) if fresh.are_installed(*needs) else None
        for name, needs, function in CONTESTS
    }
    ours = seconds[OURS]
    figures = []
    for name, taken in seconds.items():
        tags = {"contestant": name}
        figures.append(Figure(f"{work.words}: {name}", taken, None, "s", tags=tags))
        if name != OURS:
            ratio = taken and ours and taken / ours
            figures.append(Figure("    times as long as tunewidgets", ratio, None, "x"))
    return figures


def _tunewidgets(work: Work) -> float:
    return by_tunewidgets(work).seconds


def _scikeras_1(work: Work) -> float:
    return by_scikeras(work, 1).seconds


def _scikeras_2(work: Work) -> float:
    return by_scikeras(work, 2).seconds


CONTESTS: tuple[Contest, ...] = (
    (OURS, (), _tunewidgets),
    ("model.fit, steps_per_execution tuned, 2 processes", ("joblib",), rivals.by_steps),
    ("model.fit in a loop", (), rivals.by_loop),
    ("RandomizedSearchCV + scikeras, n_jobs=2", SCIKERAS, _scikeras_2),
    ("RandomizedSearchCV + scikeras, n_jobs=1", SCIKERAS, _scikeras_1),
    ("Optuna, plain Keras objective", ("optuna",), rivals.by_optuna),
    ("Keras Tuner RandomSearch", ("keras_tuner",), rivals.by_keras_tuner),
)
