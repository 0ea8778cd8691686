"""Searches with scikit-learn's interface, as far as nothing needs to be trained for."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import loguniform, randint
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, ParameterGrid, ParameterSampler, ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import tunewidgets as tw
from tests.builders import build_model, line
from tests.paper import PaperExecutor
from tunewidgets.sklearn import GridSearchCV, KerasRegressor, RandomizedSearchCV
from tunewidgets.sklearn._candidates import CandidateStudy, complete, space_of
from tunewidgets.sklearn._code import Asked
from tunewidgets.trial import Run, State, Trial

X, Y = line(30)
LECTURE = {
    "n_neurons": np.arange(1, 100),
    "learning_rate": loguniform(3e-4, 3e-2),
}
REPEATING = {"n_neurons": randint(1, 4), "learning_rate": [0.01, 0.1]}


def tried(written, candidates):
    """What a study tries of some candidates, on paper."""
    candidates = complete(KerasRegressor(build_model), candidates)
    space = space_of(written, candidates, build_model)
    study = CandidateStudy(
        build_model, space, X, Y, validation_split=0.2, executor=PaperExecutor(2)
    )
    try:
        assert study.run("search", candidates, 3, seed=None).wait(20)
        return [dict(trial.params) for trial in study.trials]
    finally:
        study.close()


@pytest.mark.parametrize("distributions", [LECTURE, REPEATING], ids=["lecture", "repeating"])
def test_candidates_are_scikit_learns_for_every_seed(distributions):
    for seed in range(20):
        search = RandomizedSearchCV(
            KerasRegressor(build_model), distributions, n_iter=10, random_state=seed
        )
        theirs = list(ParameterSampler(distributions, 10, random_state=seed))
        assert tried(distributions, search._candidates()) == theirs


def test_a_list_of_grids_fills_in_what_a_candidate_leaves_out():
    grids = [{"n_neurons": [1, 2]}, {"learning_rate": (0.1, 0.2)}]
    search = GridSearchCV(KerasRegressor(build_model, n_neurons=8), grids)
    assert list(search._candidates()) == list(ParameterGrid(grids))
    assert tried(grids, search._candidates()) == [
        {"n_neurons": 1, "learning_rate": 0.01},
        {"n_neurons": 2, "learning_rate": 0.01},
        {"n_neurons": 4, "learning_rate": 0.1},
        {"n_neurons": 4, "learning_rate": 0.2},
    ]


def test_constructors_only_store():
    written = object()
    search = GridSearchCV(written, {"n": [1]}, cv=3, n_jobs=2, pre_dispatch=4, verbose=3)
    assert search.get_params(deep=False)["estimator"] is written
    copy = clone(RandomizedSearchCV(KerasRegressor(build_model), LECTURE, n_iter=7))
    assert (copy.n_iter, copy.estimator.build_model) == (7, build_model)
    assert not hasattr(copy, "study_")


@pytest.mark.parametrize("other", [Ridge(), make_pipeline(StandardScaler(), Ridge())])
def test_another_estimator_is_told_where_to_go(other):
    with pytest.raises(tw.StudyError, match=r"take sklearn\.model_selection\.GridSearchCV"):
        GridSearchCV(other, {"alpha": [1.0]}).fit(X, Y)


@pytest.mark.parametrize(
    ("grid", "fit", "told"),
    [
        ({"n_neuron": [1]}, {}, "did you mean 'n_neurons'"),
        ({"shuffle": [True, False]}, {}, "got 'shuffle': give that to the estimator"),
        ({"n_neurons": [len]}, {}, "Choices must be storable"),
        ({"epochs": [1, 2]}, {"epochs": 3}, "'epochs' is both"),
        ({"n_neurons": [1]}, {"epoch": 3}, "got 'epoch'"),
        ({"n_neurons": [1]}, {"validation_split": 0.2}, "give validation_data"),
        ({"n_neurons": [1]}, {"validation_data": X}, "a tuple of two or three"),
    ],
)
def test_what_cannot_be_searched_is_said_before_anything_trains(grid, fit, told):
    search = GridSearchCV(KerasRegressor(build_model), grid, cv=3)
    with pytest.raises(tw.TuneError, match=told):
        search.fit(X, Y, **fit)
    assert not hasattr(search, "study_")


@pytest.mark.parametrize(
    "folds", [[([0, 1], [2, 48])], [([0, 1], [])], [([-1], [0])], [([0.5], [1])]]
)
def test_folds_that_cannot_be(make, folds):
    with pytest.raises(tw.DataError, match="A fold must be a pair of arrays of row numbers"):
        make(folds=folds, validation_split=0.25)


def test_a_study_takes_folds_of_ones_own(make):
    executor = PaperExecutor()
    study = make(executor, folds=[([5, 3, 1], [0, 1])])
    study.enqueue({"n_neurons": 2}, cv=1)
    assert study.wait(20)
    (task,) = executor.tasks
    assert (task.fit_rows.tolist(), task.score_rows.tolist()) == ([5, 3, 1], [0, 1])
    with pytest.raises(tw.DataError, match="cv must be a whole number of folds"):
        make().enqueue({"n_neurons": 2}, cv=1)


def test_no_workers_at_all():
    with pytest.raises(tw.StudyError, match="n_jobs must not be 0"):
        GridSearchCV(KerasRegressor(build_model), {"n_neurons": [2]}, n_jobs=0).fit(X, Y)


SHUFFLED = ShuffleSplit(2, random_state=np.random.RandomState(0))


@pytest.mark.parametrize(
    ("cv", "text"), [(KFold(2), "KFold(n_splits=2, random_state=None, "), (SHUFFLED, "folds")]
)
def test_code_names_folds_and_scorer(cv, text):
    runs = tuple(Run(0, i, 3, i, State.COMPLETE, value=0.5) for i in range(2))
    trial = Trial(0, {"n_neurons": 2}, "search", runs=runs)
    model = KerasRegressor(build_model, epochs=4, random_state=3)
    asked = Asked(model, cv, 2, ["max_error", "r2"], "r2", {"patience": 2}, has_groups=False)
    code = asked.code(trial, "r2")
    compile(code, "pasted", "exec")
    assert f"in zip([3, 3], {text}" in code
    assert ("folds are the pairs" in code) == (text == "folds")
    assert "(build_model, n_neurons=2, epochs=4, patience=2, random_state=seed)" in code
    assert "get_scorer('r2')(estimator, X[left_out], y[left_out])" in code
