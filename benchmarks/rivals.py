"""A search's fits by plain ``model.fit``, tuned ``steps_per_execution``, Optuna and Keras Tuner.

All fit the candidates that ``RandomizedSearchCV`` draws, on its folds, and score each on the fold
left out.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

import tunewidgets as tw
from benchmarks import housing
from benchmarks.searching import Work

STEPS = (8, 32, 128, 512)
"""Values of ``steps_per_execution`` to choose from; the last is more than an epoch has."""

Params = dict[str, Any]


def by_loop(work: Work) -> float:
    """Fit in a loop."""
    data, folds, candidates = _prepared(work)
    begun = time.perf_counter()
    for params in candidates:
        for fold in folds:
            fit(params, data, fold, work.epochs)
    return time.perf_counter() - begun


def by_steps(work: Work) -> float:
    """Fit with many batches an execution, in two processes; choosing how many is not counted."""
    from joblib import Parallel, delayed

    data, folds, candidates = _prepared(work)
    steps = min(STEPS, key=lambda steps: _seconds(candidates[0], data, folds[0], work, steps))
    begun = time.perf_counter()
    Parallel(n_jobs=2)(
        delayed(fit)(params, data, fold, work.epochs, steps)
        for params in candidates
        for fold in folds
    )
    return time.perf_counter() - begun


def by_optuna(work: Work) -> float:
    """Fit in an Optuna objective."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    data, folds, candidates = _prepared(work)

    def objective(trial: Any) -> float:
        params = {
            "n_hidden": trial.suggest_int("n_hidden", 0, 3),
            "n_neurons": trial.suggest_int("n_neurons", 1, 99),
            "learning_rate": trial.suggest_float("learning_rate", 3e-4, 3e-2, log=True),
        }
        return float(np.mean([fit(params, data, fold, work.epochs) for fold in folds]))

    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=work.seed))
    for params in candidates:
        study.enqueue_trial(params)
    begun = time.perf_counter()
    study.optimize(objective, n_trials=len(candidates))
    return time.perf_counter() - begun


def by_keras_tuner(work: Work) -> float:
    """Fit in a Keras Tuner whose trials are cross-validated."""
    import keras_tuner

    data, folds, candidates = _prepared(work)

    class Tuner(keras_tuner.RandomSearch):
        def run_trial(self, trial: Any, *_: Any, **__: Any) -> dict[str, float]:
            which = trial.hyperparameters.Choice("candidate", [*range(len(candidates))])
            scores = [fit(candidates[which], data, fold, work.epochs) for fold in folds]
            return {"val_loss": float(np.mean(scores))}

    with tempfile.TemporaryDirectory() as folder:
        tuner = Tuner(
            objective=keras_tuner.Objective("val_loss", "min"),
            max_trials=len(candidates),
            seed=work.seed,
            directory=folder,
        )
        begun = time.perf_counter()
        tuner.search(verbose=0)
        return time.perf_counter() - begun


def fit(
    params: Params,
    data: tw.datasets.Dataset,
    fold: tuple[np.ndarray, np.ndarray],
    epochs: int,
    steps_per_execution: int = 1,
) -> float:
    """Fit a candidate on all folds but one; give its loss on that one."""
    model = housing.build_model(**params)
    model.steps_per_execution = steps_per_execution
    into, out = fold
    model.fit(
        data.x_train[into],
        data.y_train[into],
        validation_data=(data.x_valid, data.y_valid),
        epochs=epochs,
        batch_size=32,
        verbose=0,
    )
    return float(model.evaluate(data.x_train[out], data.y_train[out], verbose=0))


def _prepared(work: Work) -> tuple[tw.datasets.Dataset, list[Any], list[Params]]:
    import keras
    from sklearn.model_selection import KFold

    keras.utils.set_random_seed(work.seed)
    data = tw.datasets.load("california_housing", fallback=None)
    folds: Iterator[Any] = KFold(work.folds).split(data.x_train)
    return data, list(folds), housing.candidates(work.n_candidates, work.seed)


def _seconds(params: Params, data: Any, fold: Any, work: Work, steps: int) -> float:
    begun = time.perf_counter()
    fit(params, data, fold, work.epochs, steps)
    return time.perf_counter() - begun
