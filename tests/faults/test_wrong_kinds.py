"""Arguments of the wrong kind, as beginners give them: each is refused in a sentence, at once."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import closing

import numpy as np
import pytest

import tunewidgets as tw
from tests.builders import line
from tests.faults.test_bad_input import is_one_sentence, refused
from tests.paper import SPACE, build_model
from tunewidgets.errors import (
    BuilderError,
    DataError,
    SpaceError,
    StorageError,
    StudyError,
    TuneError,
)
from tunewidgets.executors import SerialExecutor

X, Y = line()


class Model:
    """Looks like a Keras model, which can be called too."""

    def __call__(self, *_, **__):
        raise AssertionError("nobody predicts")

    def fit(self):
        raise AssertionError("nobody fits")


def needs_units(n_neurons, units, input_shape):
    raise AssertionError(f"nothing is built, also not {n_neurons, units, input_shape}")


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        ({"builder": Model()}, BuilderError, r"but got a model itself \(Model\): put what makes"),
        (
            {"builder": needs_units, "space": {"n_neurons": [1]}},
            BuilderError,
            "a default or a place in the space, but 'units' has neither: write a default",
        ),
        ({"space": {"n_neurons": (1, 10**400)}}, SpaceError, "`high` must be an integer, but got"),
        ({"objective": None}, StudyError, "a metric's name, as 'val_loss', but got None"),
        ({"objective": ""}, StudyError, "a metric's name, as 'val_loss', but got ''"),
        ({"validation_split": "0.2"}, DataError, "between 0 and 1, but got '0.2'"),
        ({"x": {}}, DataError, "x must hold an array, but got {}: give one"),
        ({"epochs": None}, SpaceError, "integers from 1 up, but got None"),
        ({"executor": "process"}, StudyError, "must be an executor, but got 'process': make one"),
        ({"executor": SerialExecutor}, StudyError, "must be an executor, but got <class"),
        ({"n_workers": 1.5, "executor": None}, StudyError, "of at least 1, but got 1.5"),
        ({"n_workers": "2", "executor": None}, StudyError, "of at least 1, but got '2'"),
        ({"engine": "fast"}, StudyError, "one of 'auto', .* but got 'fast': leave it out"),
        ({"callbacks": "early"}, StudyError, "a list of Keras callbacks .* but got 'early': write"),
        ({"callbacks": [Model]}, StudyError, "callbacks .* but got <class"),
        ({"callbacks": {"a": 1}}, StudyError, "callbacks .* but got dict"),
        ({"folds": 3}, DataError, "pairs of index arrays, but got 3: give a list"),
        ({"folds": "abc"}, DataError, "pairs of index arrays, but got 'abc'"),
        ({"judge": "r2"}, StudyError, "judge must be a function .* but got 'r2': leave it out"),
        ({"n_classes": "3"}, StudyError, "n_classes must be a whole number .* but got '3'"),
        ({"class_weight": "balanced"}, StudyError, "class number to weight, but got 'balanced'"),
        ({"class_weight": [1, 2]}, StudyError, r"class number to weight, but got \[1, 2\]: write"),
        ({"shuffle": "yes"}, StudyError, "True or False, but got 'yes': leave it out"),
        ({"steps_per_epoch": -1}, StudyError, "at least 1, but got -1: leave it out"),
        ({"validation_freq": 0}, StudyError, "a whole number from 1 up, .* but got 0: write 1"),
        ({"cv": 3}, StudyError, "got 'cv': give it to study.enqueue or study.search"),
        ({"optimizer": "adam"}, StudyError, "give it to model.compile in the builder"),
        ({"storage": "a\0b"}, StorageError, "must be the path of a file, but got 'a"),
    ],
)
def test_settings_of_the_wrong_kind(arguments, kind, words):
    refused(kind, words, **arguments)


def test_infinity_in_the_data_is_a_warning():
    with pytest.warns(UserWarning, match="^x holds infinity in 3 of its 3 columns"):
        tw.Study(build_model, SPACE, X * math.inf, Y).close()


def test_callbacks_may_be_a_single_one(make):
    callback = Model()
    callback.on_epoch_end = print
    study = make(callbacks=callback)
    study.enqueue()
    assert study.wait(20)
    assert "build_model(" in study.code()


@pytest.mark.parametrize(
    ("kind", "words", "ask"),
    [
        (StudyError, "number below 1, but got 'x'", lambda s: s.stop("x")),
        (StudyError, "timeout must be a number of seconds, but got 'x'", lambda s: s.wait("x")),
        (StudyError, "timeout .* got '1'", lambda s: s.wait("1", progress=True)),
        (StudyError, "at least 1, but got 'x': write 10", lambda s: s.more(0, "x")),
        (StudyError, "A watcher must be a function", lambda s: s.subscribe(3)),
        (StudyError, "path must be that of a file, but got 3: write 'tri", lambda s: s.to_csv(3)),
        (StudyError, "but got None: write 'model.keras'", lambda s: s.save_model(None)),
        (SpaceError, "must be a search space, but got dict", lambda s: s.search("grid", space={})),
        (SpaceError, "at least 1, but got 2.5", lambda s: s.search("grid", n_points=2.5)),
        (SpaceError, "at least 1, but got 0", lambda s: s.search("grid", n_points=0)),
        (SpaceError, "above 0 and up to 1, but got 'x'", lambda s: s.suggest_zoom("x")),
        (SpaceError, "must narrow a hyperparameter, but got no bounds", lambda s: s.zoom()),
        (DataError, "at least 2, but got '5'", lambda s: s.forecast("grid", cv="5")),
        (DataError, "at least 2, but got '5'", lambda s: s.search("grid", cv="5")),
        (SpaceError, "needs a list of values, but got 5", lambda s: s.sweep("n_neurons", 5)),
        (SpaceError, "needs a list of values, but got '5'", lambda s: s.sweep("n_neurons", "5")),
        (SpaceError, "needs a hyperparameter's name", lambda s: s.sweep(["n_neurons"], [5])),
        (SpaceError, "map names to values", lambda s: s.sweep("n_neurons", [5], params=[1])),
        (StudyError, "low='a', high=1.0: write low=1e-5", lambda s: s.range_test(low="a")),
        (SpaceError, "finite number", lambda s: s.enqueue({"learning_rate": 10**400})),
    ],
)
def test_requests_of_the_wrong_kind(make, kind: type[TuneError], words: str, ask: Callable):
    study = make(space={"n_neurons": [1, 2], "learning_rate": (0.01, 0.1)})
    study.enqueue()
    assert study.wait(20)
    with pytest.raises(kind, match=words) as caught:
        ask(study)
    assert is_one_sentence(str(caught.value)), str(caught.value)
    assert (len(study.trials), study.searches) == (1, ())


def test_a_sweep_takes_each_value_once_also_lists(make):
    study = make(space={"n_neurons": [1], "learning_rate": [0.1]})
    sweep = study.sweep("epochs", np.array([3, 3, 4]), repeats=1)
    assert sweep.wait(20)
    assert [trial.params["epochs"] for trial in sweep.trials] == [3, 4]


@pytest.mark.parametrize(
    "arguments",
    [
        {"name": ["wine"]},
        {"test_size": "0.2"},
        {"seed": "42"},
        {"seed": -1},
        {"noise": None},
        {"n_samples": 30.5},
    ],
)
def test_data_sets_of_the_wrong_kind(arguments):
    with pytest.raises(DataError) as caught:
        tw.datasets.load(**{"name": "moons", **arguments})
    assert is_one_sentence(str(caught.value))


def test_whoever_only_looks_is_told_how_to_train(make, tmp_path):
    with closing(make(storage=tmp_path / "study.db")) as study:
        study.enqueue()
    with closing(tw.load(tmp_path / "study.db")) as seen:
        for ask in (lambda: seen.sweep("n_neurons", [1]), seen.range_test, seen.enqueue):
            with pytest.raises(StudyError, match="opened to look"):
                ask()


def test_a_lab_shows_a_study():
    with pytest.raises(StudyError, match="A lab shows a study, but got"):
        tw.Lab("study.db")
