"""One search done twice: by tunewidgets, and by ``RandomizedSearchCV`` with scikeras.

Both try the same candidates on the same folds, with the same validation data in every epoch. The
clock starts when a person would press Enter: for tunewidgets the start of its workers counts, and
so does all that a search imports; for scikeras TensorFlow, Keras and scikit-learn are imported
before. Nothing is fitted again at the end.

A fit that raises ends the benchmark: else it would count as a fast one. One that diverges is worth
NaN; tunewidgets ends it there, scikeras goes on to the last epoch, so the tables say how many do.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import tunewidgets as tw
from benchmarks import housing

SCIKERAS = ("sklearn", "scikeras")
"""What has to be installed."""


@dataclass(frozen=True, slots=True)
class Work:
    """A search of the lecture's space with California housing.

    Attributes
    ----------
    n_candidates, folds, epochs, seed
        As `RandomizedSearchCV` and ``fit`` take them.
    patience
        For ``EarlyStopping``, or None.
    """

    n_candidates: int = 10
    folds: int = 3
    epochs: int = 100
    patience: int | None = None
    seed: int = 42

    @property
    def few(self) -> Work:
        """A fraction of it."""
        return replace(self, n_candidates=4, epochs=10, patience=self.patience and 2)

    @property
    def words(self) -> str:
        """As a table names it."""
        stopping = f", patience {self.patience}" if self.patience else ""
        return f"{self.n_candidates} x {self.folds} x {self.epochs} epochs{stopping}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a search.

    Attributes
    ----------
    seconds
        Wall time.
    params
        Of each candidate.
    scores
        Mean squared error of each, over the folds; NaN where a fit diverged.
    """

    seconds: float
    params: list[dict[str, Any]]
    scores: list[float]

    @property
    def n_diverged(self) -> int:
        """How many candidates have no score."""
        return int(np.isnan(self.scores).sum())

    @property
    def best(self) -> float:
        """The best candidate's score."""
        return float(np.nanmin(self.scores))


def by_tunewidgets(work: Work, n_workers: int = 2) -> Outcome:
    """Search by tunewidgets, with new workers."""
    data = tw.datasets.load("california_housing", fallback=None)
    begun = time.perf_counter()
    study = tw.Study(
        housing.build_model,
        housing.space(),
        data.x_train,
        data.y_train,
        validation_data=(data.x_valid, data.y_valid),
        epochs=work.epochs,
        batch_size=32,
        patience=work.patience,
        seed=work.seed,
        n_workers=n_workers,
    )
    search = study.search("random", work.n_candidates, cv=work.folds, seed=work.seed)
    search.wait()
    seconds = time.perf_counter() - begun
    trials = search.trials
    study.close()
    raised = [run.traceback for trial in trials for run in trial.runs if run.traceback]
    if raised:
        raise RuntimeError(raised[0])
    values = [float("nan") if trial.value is None else trial.value for trial in trials]
    return Outcome(seconds, [dict(trial.params) for trial in trials], values)


def by_scikeras(work: Work, n_jobs: int = 2) -> Outcome:
    """Search by ``RandomizedSearchCV``, as the lecture does."""
    import warnings

    import keras
    from scikeras.wrappers import KerasRegressor
    from sklearn.exceptions import FitFailedWarning
    from sklearn.model_selection import RandomizedSearchCV

    data = tw.datasets.load("california_housing", fallback=None)
    stopping = {"callbacks": keras.callbacks.EarlyStopping, "callbacks__patience": work.patience}
    regressor = KerasRegressor(
        model=housing.build_model,
        n_hidden=1,
        n_neurons=30,
        learning_rate=3e-3,
        epochs=work.epochs,
        batch_size=32,
        verbose=0,
        random_state=work.seed,
        **(stopping if work.patience else {}),
    )
    search = RandomizedSearchCV(
        regressor,
        housing.space(),
        n_iter=work.n_candidates,
        cv=work.folds,
        scoring="neg_mean_squared_error",
        random_state=work.seed,
        n_jobs=n_jobs,
        refit=False,
    )
    valid = (data.x_valid, data.y_valid)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of scores of fits that diverge
        warnings.simplefilter("error", FitFailedWarning)
        begun = time.perf_counter()
        search.fit(data.x_train, data.y_train, validation_data=valid)
        seconds = time.perf_counter() - begun
    params = [dict(params) for params in search.cv_results_["params"]]
    return Outcome(seconds, params, (-search.cv_results_["mean_test_score"]).tolist())
