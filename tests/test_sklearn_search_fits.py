"""Searches with scikit-learn's interface against scikit-learn's own, and what can go wrong."""

from __future__ import annotations

import _thread
import pickle
import threading
import warnings

import numpy as np
import pytest
from sklearn import model_selection
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import ShuffleSplit

import tunewidgets as tw
from tests.builders import build_model, classifier, labelled, line
from tests.lab_helpers import until, words
from tunewidgets.sklearn import GridSearchCV, KerasClassifier, KerasRegressor, RandomizedSearchCV
from tunewidgets.trial import State

pytestmark = pytest.mark.slow

X, Y = line(60)
GRIDS = [{"n_neurons": [2, 4]}, {"epochs": [2]}]
BROKEN = "this scorer is broken"


def regressor(**params):
    return KerasRegressor(build_model, shuffle=False, random_state=3, **params)


def broken(estimator, x, y):
    raise ValueError(BROKEN)


def shaky(estimator, x, y):
    if estimator.get_params()["n_neurons"] == 2:
        raise ValueError(BROKEN)
    return -float(np.mean((estimator.predict(x) - y) ** 2))


def picky(n_neurons=4, input_shape=(3,)):
    if n_neurons == 13:
        raise ValueError("13 is unlucky")
    return build_model(n_neurons, 0.01, input_shape)


class Mlp(KerasRegressor):
    def __init__(self, n_neurons=10, random_state=3):
        super().__init__(build_model, n_neurons=n_neurons, random_state=random_state)


@pytest.fixture
def closing():
    """Search without a refit, and close the study after the test."""
    searches = []

    def made(estimator, grid, **options):
        options = {"cv": 2, "n_jobs": 1, "refit": False, **options}
        searches.append(GridSearchCV(estimator, grid, **options))
        return searches[-1]

    yield made
    for search in searches:
        if hasattr(search, "study_"):
            search.study_.close()


def assert_alike(ours, theirs):
    assert list(ours) == list(theirs)
    assert ours["params"] == theirs["params"]
    for key, expected in theirs.items():
        if key == "params":
            continue
        got = ours[key]
        assert (type(got), got.dtype, got.shape) == (
            type(expected),
            expected.dtype,
            expected.shape,
        ), key
        if key.startswith("param_"):
            assert got.mask.tolist() == expected.mask.tolist(), key
        elif "time" not in key:
            np.testing.assert_allclose(got, expected, atol=1e-4, err_msg=key)


def test_results_are_scikit_learns(closing):
    options = {
        "cv": ShuffleSplit(2, test_size=0.3, random_state=0),
        "scoring": {"r2": "r2", "mse": "neg_mean_squared_error"},
        "refit": "mse",
        "return_train_score": True,
    }
    valid = {"validation_data": line(20, seed=1), "patience": 1}
    weight = np.linspace(0.5, 1.5, len(Y))
    fit = {**valid, "sample_weight": weight}
    ours = closing(regressor(), GRIDS, **options)
    theirs = model_selection.GridSearchCV(regressor(engine="keras"), GRIDS, **options)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*sample_weight.*")  # by versions of theirs
        ours.fit(X, Y, **fit)
        theirs.fit(X, Y, **fit)
    assert_alike(ours.cv_results_, theirs.cv_results_)
    for name in ("best_index_", "best_params_", "n_splits_", "multimetric_", "n_features_in_"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert ours.best_score_ == pytest.approx(theirs.best_score_, abs=1e-4)
    assert ours.scorer_.keys() == theirs.scorer_.keys()
    assert ours.refit_time_ > 0
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), atol=1e-3)
    assert ours.score(X, Y) == pytest.approx(theirs.score(X, Y), abs=1e-3)

    study = ours.study_
    assert (study.objective, study.direction) == ("mse", "maximize")
    values = [trial.value for trial in study.trials]
    np.testing.assert_allclose(values, ours.cv_results_["mean_test_mse"])
    assert study.trials[0].runs[0].history.keys() == {"loss", "val_loss"}


def test_classes_are_scored_as_they_were_written(closing):
    x, y = labelled()
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    search = closing(KerasClassifier(classifier, epochs=2), {"n_neurons": [4]}, scoring="accuracy")
    search.fit(x, names)
    (trial,) = search.study_.trials
    assert 0 <= search.best_score_ == trial.value <= 1
    for run in trial.runs:  # stratified
        assert run.state is State.COMPLETE
    assert search.study_.objective == "accuracy"


def test_a_scorer_that_fails_costs_its_candidate_only(closing):
    search = closing(regressor(), {"n_neurons": [2, 4]}, scoring=shaky)
    with (
        pytest.warns(UserWarning, match=BROKEN),
        pytest.warns(UserWarning, match="test scores are non-finite"),
    ):
        search.fit(X, Y)
    assert np.isnan(search.cv_results_["mean_test_score"]).tolist() == [True, False]
    assert search.best_index_ == 1
    failed, fine = search.study_.trials
    assert (failed.state, fine.state) == (State.FAILED, State.COMPLETE)
    assert BROKEN in failed.error


def test_a_scorer_that_fails_is_raised_where_asked(closing):
    search = closing(regressor(), {"n_neurons": [2, 4, 8]}, scoring=broken, error_score="raise")
    with pytest.raises(tw.StudyError, match=BROKEN):
        search.fit(X, Y)
    assert search.study_.trials[-1].state is State.STOPPED


def test_one_fit_that_fails_and_all_fits_that_fail(closing):
    search = closing(KerasRegressor(picky), {"n_neurons": [13, 4]}, error_score=-9.0)
    with pytest.warns(FitFailedWarning, match="13 is unlucky"):
        search.fit(X, Y)
    assert search.cv_results_["mean_test_score"][0] == -9.0
    assert search.best_params_ == {"n_neurons": 4}
    assert search.cv_results_["mean_fit_time"][1] > 0
    with pytest.raises(ValueError, match=r"(?s)All the 2 fits failed.*13 is unlucky"):
        closing(KerasRegressor(picky), {"n_neurons": [13]}).fit(X, Y)


def test_the_refit_of_a_failed_best(closing):
    def first(results):
        return 0

    search = closing(KerasRegressor(picky), {"n_neurons": [13, 4]}, refit=first)
    with (
        pytest.warns(FitFailedWarning),
        pytest.warns(UserWarning, match="non-finite"),
        pytest.raises(tw.StudyError, match=r"The refit of the best candidate.*13 is unlucky"),
    ):
        search.fit(X, Y)
    assert search.best_index_ == 0
    assert np.isfinite(search.cv_results_["mean_test_score"][1])


def test_an_interrupt_keeps_what_was_done(closing):
    search = closing(regressor(), {"n_neurons": [2, 4], "epochs": [1, 200_000]})

    def interrupt():
        until(lambda: hasattr(search, "study_") and search.study_.snapshot().best is not None)
        _thread.interrupt_main()

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, Y)
    thread.join()
    states = [trial.state for trial in search.study_.trials]
    assert states[0] is State.COMPLETE
    assert set(states[1:]) == {State.STOPPED}
    assert search.cv_results_["params"] == [{"epochs": 1, "n_neurons": 2}]


def test_the_lab_is_there_before_fit_and_fills_when_it_begins(closing):
    search = closing(regressor(), {"n_neurons": [2]})
    frame = search.lab()
    assert frame.lab is None
    assert "as soon as fit begins" in words(frame)
    search.fit(X, Y)
    assert frame.lab.study is search.study_
    later = search.lab()
    assert later.lab.study is search.study_
    again = pickle.loads(pickle.dumps(search))  # noqa: S301 - our own
    assert not hasattr(again, "study_")
    assert again.cv_results_.keys() == search.cv_results_.keys()
    later.close()
    frame.close()


def test_a_search_that_is_dropped_closes_its_study():
    search = GridSearchCV(regressor(), {"n_neurons": [2]}, cv=2, n_jobs=1, refit=False)
    search.fit(X, Y)
    study = search.study_
    del search
    until(lambda: study.snapshot().cannot_train is not None)
    for thread in threading.enumerate():
        if thread.name == "tunewidgets-closing":
            thread.join()


def test_the_lectures_own_code():
    from scipy.stats import reciprocal

    x_train, x_valid = X[:45], X[45:]
    y_train, y_valid = Y[:45], Y[45:]
    import keras

    keras_reg = KerasRegressor(build_model)
    param_distribs = {
        "n_neurons": np.arange(1, 100),
        "learning_rate": reciprocal(3e-4, 3e-2),
    }
    rnd_search_cv = RandomizedSearchCV(keras_reg, param_distribs, n_iter=2, cv=3)
    rnd_search_cv.fit(
        x_train,
        y_train,
        epochs=4,
        validation_data=(x_valid, y_valid),
        callbacks=[keras.callbacks.EarlyStopping(patience=10)],
    )
    assert set(rnd_search_cv.best_params_) == {"n_neurons", "learning_rate"}
    assert rnd_search_cv.best_estimator_.predict(x_valid).shape == (15,)
    rnd_search_cv.study_.close()


def two_classes(n_neurons=3, input_shape=(3,), n_outputs=1):
    import keras

    layers = [keras.layers.Dense(n_neurons, "relu"), keras.layers.Dense(n_outputs, "softmax")]
    model = keras.Sequential([keras.Input(input_shape), *layers])
    model.compile(loss="categorical_crossentropy", optimizer=keras.optimizers.SGD(0.1))
    return model


def mean_chance(estimator, x, y):
    return {"other": 0.0, "chance": float(estimator.predict_proba(x)[y == "yes", 1].mean())}


def test_code_fits_as_the_search_did(closing):
    """With two classes, too, whose number the builder gets from the data."""
    x, y = labelled(60)
    y = np.array(["no", "yes"])[(y > 0).astype(int)]
    is_even = np.arange(60) % 2 == 0
    rows = [(is_even, ~is_even)]
    model, grid = KerasClassifier(two_classes, epochs=2), {"n_neurons": np.array([3])}
    search = closing(model, grid, cv=rows, scoring=mean_chance, refit="chance").fit(x, y)
    code = search.study_.code()
    pasted = {"X": x, "y": y, "folds": rows, "np": np}
    exec(compile(code, "pasted", "exec"), pasted)  # noqa: S102
    assert search.study_.objective == "chance"
    assert pasted["value"] == pytest.approx(search.best_score_, rel=1e-4)
    assert search.best_estimator_.model_.output_shape == (None, 2)


def test_a_subclass_with_its_own_constructor(closing):
    search = closing(Mlp(), {"n_neurons": [2, 4]}, refit=True).fit(X, Y)
    assert type(search.best_estimator_) is Mlp
    assert search.best_estimator_.get_params() == {**search.best_params_, "random_state": 3}
    theirs = model_selection.GridSearchCV(Mlp(), {"n_neurons": [2, 4]}, cv=2).fit(X, Y)
    ours, told = search.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"]
    np.testing.assert_allclose(ours, told, atol=1e-4)
    code = search.study_.code()
    assert "import KerasRegressor" in code
    assert f"KerasRegressor(build_model, n_neurons={search.best_params_['n_neurons']}" in code
