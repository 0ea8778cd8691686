"""Input that breaks a rule: one sentence names the rule, the value and the remedy.

Nothing is trained then, and nothing of what was there before is lost.
"""

from __future__ import annotations

import math
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

import tunewidgets as tw
from tests.builders import line
from tests.paper import SPACE, PaperExecutor, build_model, paper_study
from tunewidgets.errors import (
    BuilderError,
    DataError,
    SpaceError,
    StorageError,
    StudyError,
    TuneError,
)
from tunewidgets.executors import ProcessExecutor, SerialExecutor
from tunewidgets.trial import State

X, Y = line()
GIVEN = {"builder": build_model, "space": SPACE, "x": X, "y": Y, "validation_split": 0.25}


def with_nan(array, column):
    spoilt = array.copy()
    spoilt[3, column] = math.nan
    return spoilt


def is_one_sentence(text: str) -> bool:
    """Whether a person can read it at a glance: no line breaks, an end, no mere `repr`."""
    return "\n" not in text and text.endswith((".", "?")) and len(text) < 400


def refused(kind: type[TuneError], words: str, **arguments: object) -> None:
    """See that a study is refused with these words before anything is trained."""
    executor = PaperExecutor()
    with pytest.raises(kind, match=words) as caught:
        tw.Study(**{**GIVEN, "executor": executor, **arguments})
    assert is_one_sentence(str(caught.value)), str(caught.value)
    assert executor.tasks == []


# The search space


@pytest.mark.parametrize(
    ("space", "words"),
    [
        ({"n_neuron": [1, 2]}, r"got 'n_neuron': did you mean 'n_neurons'\?"),
        ({"epoch": [1, 2]}, r"got 'epoch': did you mean 'epochs'\?"),
        ({"n_neurons": (50, 10)}, "`low < high` must hold, but got low=50, high=10: swap them"),
        ({"n_neurons": (10, 10)}, r"`low < high` must hold, but got 10 twice: write .* \[10\]"),
        ({"n_neurons": []}, "At least one choice must be given, but got none: add one"),
        ({"n_neurons": np.array([])}, "At least one choice must be given, but got none: add one"),
        ({"learning_rate": (math.nan, 1.0)}, "must be a finite number, but got nan: write a"),
        ({"learning_rate": (0.0, math.inf)}, "must be a finite number, but got inf: write a"),
        ({"n_neurons": [1, object()]}, "must be storable: .* but got .*object.*: use a name"),
        ({"n_neurons": [1, math.nan]}, "must be storable: .* but got .*nan.*: use a name"),
        ({"epochs": [0, 5]}, "must be integers from 1 up, but got 0: choose another"),
        ({}, "must have a hyperparameter, but got none: add one"),
        (["n_neurons"], "must map names to values, but got list: write"),
    ],
)
def test_a_space_that_breaks_a_rule(space, words):
    refused(SpaceError, words, space=space)


def test_a_logarithm_needs_positive_bounds():
    with pytest.raises(SpaceError, match=r"`low > 0` must hold .* low=0.0: raise it, or leave"):
        tw.Float(0.0, 1.0, log=True)


def test_the_error_names_the_hyperparameter():
    refused(SpaceError, "'n_neurons'", space={"learning_rate": [0.1], "n_neurons": (50, 10)})


# The builder


@pytest.mark.parametrize(("builder", "told"), [("a name", "str"), (None, "NoneType"), (3, "int")])
def test_a_builder_that_is_not_callable(builder, told):
    refused(
        BuilderError, f"must be a function .* but got {told}: give the function", builder=builder
    )


def test_a_builder_that_cannot_travel(tmp_path):
    with (tmp_path / "log.txt").open("w") as log:

        def build(n_neurons=1):
            log.write(f"{n_neurons}")

        refused(BuilderError, "must be able to travel .* make what cannot travel", builder=build)


class Fragile:
    """A builder that can be pickled, and not unpickled."""

    def __call__(self, n_neurons=1):
        raise AssertionError(f"{n_neurons} never arrives")

    def __reduce__(self):
        return (int, ("not a number",))


def test_a_builder_that_does_not_arrive_fails_its_runs():
    given = {**GIVEN, "builder": Fragile(), "space": {"n_neurons": [1, 2]}}
    with closing(tw.Study(**given, executor=SerialExecutor())) as study:
        study.search("grid")
        assert study.wait(30)
        assert [trial.state for trial in study.trials] == [State.FAILED] * 2
        assert "invalid literal for int() with base 10: 'not a number'" in study.trials[0].error


# The data


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"y": Y[:-1]}, "must have one length, but x has 64, y has 63: match the rows"),
        ({"x": X[:0], "y": Y[:0]}, "must have at least one sample, but it is empty"),
        ({"x": [], "y": []}, "must have at least one sample, but it is empty"),
        ({"x": None}, "x must be given, but got None: give arrays"),
        ({"sample_weight": np.ones(3)}, "one length, but x has 64, y has 64, sample_weight has 3"),
        (
            {"validation_data": (X[:, :2], Y)},
            r"the shape of x .* got \(64, 2\) beside \(64, 3\): use the same columns",
        ),
        ({"validation_data": (X, Y[:5])}, "validation x has 64, validation y has 5: match"),
        ({"validation_data": X}, "must be .x, y. or .* but got ndarray: give such a tuple"),
        ({"validation_split": 1.5}, "between 0 and 1, but got 1.5: write 0.2"),
        ({"validation_split": -0.1}, "between 0 and 1, but got -0.1: write 0.2"),
        ({"y": np.array(["cat", "dog"] * 32)}, "must hold numbers, but it holds text: number the"),
    ],
)
def test_data_that_do_not_fit_together(arguments, words):
    refused(DataError, words, **arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"x": with_nan(X, 1)}, "^x holds NaN in 1 of its 3 columns: the loss will be NaN unless"),
        ({"x": with_nan(X, [0, 2])}, "^x holds NaN in 2 of its 3 columns"),
        (
            {"validation_data": (with_nan(X, 0), Y)},
            "^validation x holds NaN in 1 of its 3 columns",
        ),
    ],
)
def test_nan_in_the_data_is_a_warning(arguments, words):
    with pytest.warns(UserWarning, match=words):
        study = tw.Study(**{**GIVEN, "executor": PaperExecutor(), **arguments})
    with closing(study):
        study.enqueue()
        assert study.wait(20)
        assert study.trials[0].state is State.COMPLETE


# What a study is asked for


def test_requests_that_break_a_rule_change_nothing(make):
    study = make()
    study.enqueue({"n_neurons": 2})
    assert study.wait(20)
    before = study.trials, study.searches
    for kind, words, ask in (
        (DataError, "at least 2, but got 1: leave it out", lambda: study.enqueue(cv=1)),
        (DataError, "at least 2, but got 0", lambda: study.search("grid", cv=0)),
        (DataError, "at least 2, but got True", lambda: study.search("grid", cv=True)),
        (DataError, "got cv=49 for 48 samples: take fewer", lambda: study.enqueue(cv=49)),
        (SpaceError, "did you mean 'n_neurons'", lambda: study.enqueue({"n_neuron": 1})),
        (SpaceError, "must be storable", lambda: study.enqueue({"n_neurons": object()})),
        (SpaceError, "at least 1, but got 0", lambda: study.search("random", 0)),
        (SpaceError, "but got 'gird': did you mean 'grid'", lambda: study.search("gird")),
        (StudyError, "number below 1, but got 7", lambda: study.stop(7)),
        (SpaceError, "did you mean 'learning_rate'", lambda: study.zoom(learningrate=(0, 1))),
        (StudyError, "from 1 to 1, but got 2: see study.levels", lambda: study.go_to(2)),
        (StudyError, "from 1 to 1, but got 0", lambda: study.go_to(0)),
        (StudyError, "from 1 to 1, but got True", lambda: study.go_to(True)),
        (StudyError, "number below 1, but got -1", lambda: study.diagnose(-1)),
        (SpaceError, "above 0 and up to 1, but got 0", lambda: study.suggest_zoom(0)),
    ):
        with pytest.raises(kind, match=words) as caught:
            ask()
        assert is_one_sentence(str(caught.value)), str(caught.value)
    assert (study.trials, study.searches) == before
    assert (study.level, len(study.levels)) == (1, 1)
    study.enqueue({"n_neurons": 4})
    assert study.wait(20)
    assert len(study.trials) == 2


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        ({"epochs": 0}, SpaceError, "integers from 1 up, but got 0"),
        ({"batch_size": 0.5}, SpaceError, "integers from 1 up, but got 0.5"),
        ({"n_workers": 0, "executor": None}, StudyError, "at least 1, but got 0: leave it out"),
        ({"n_workers": 2}, StudyError, "give one of executor and n_workers"),
        ({"verbose": 1}, StudyError, "but got 'verbose'"),
        ({"shufle": True}, StudyError, "did you mean 'shuffle'"),
        ({"direction": "up"}, StudyError, "'minimize' or 'maximize', but got 'up': leave it out"),
        ({"name": ""}, StudyError, "name must be a word or a few .* but got ''"),
        ({"name": 3}, StudyError, "but got 3: choose another"),
        ({"name": "\ud800"}, StudyError, "that can be printed"),
        ({"storage": ":memory:"}, StorageError, "leave it out to keep the study in memory"),
        ({"storage": 3}, StorageError, "must be the path of a file, but got 3"),
        ({"seed": -1}, StudyError, "from 0 to .* but got -1: choose one, or leave it out"),
    ],
)
def test_settings_that_break_a_rule(arguments, kind, words):
    refused(kind, words, **arguments)


# The file


def test_a_folder_that_does_not_exist(tmp_path):
    path = tmp_path / "missing" / "study.db"
    refused(StorageError, rf"must exist, .*create '{re.escape(str(path.parent))}'", storage=path)
    assert not path.parent.exists()


def test_a_file_of_something_else_stays_as_it_is(tmp_path: Path):
    path = tmp_path / "notes.txt"
    path.write_text("dear diary, " * 1000, encoding="utf-8")
    refused(StorageError, "must be a study file, but it is not an SQLite database", storage=path)
    assert path.read_text(encoding="utf-8") == "dear diary, " * 1000


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE study SET settings = '{}'",
        "UPDATE study SET settings = '[]'",
        "UPDATE study SET direction = 'up'",
        "UPDATE study SET space = '{}'",
        "UPDATE level SET space = '{\"distributions\": 3}'",
        "UPDATE search SET space = '{}'",
        "UPDATE trial SET params = '[1]'",
        "UPDATE trial SET number = number + 5",
        "UPDATE run SET position = 7",
        "DELETE FROM level",
        "UPDATE level SET parent = 1",
        "UPDATE level SET number = 2",
        "UPDATE study SET level = 2",
        "UPDATE study SET level = 'up'",
    ],
)
def test_a_file_whose_content_makes_no_sense_stays_as_it_is(tmp_path, sql):
    path = tmp_path / "study.db"
    with closing(paper_study(storage=path)) as study:
        study.search("grid", 2)
        study.wait(20)
    with closing(sqlite3.connect(path)) as plain, plain:
        plain.execute(sql)
    before = path.read_bytes()
    with pytest.raises(StorageError, match=r"damaged.*put a copy in its place"):
        tw.load(path)
    with pytest.raises(StorageError, match=r"damaged.*put a copy in its place"):
        paper_study(storage=path)
    assert path.read_bytes() == before


# What only a fit can tell: the other runs go on


def moody_builder(mood="fine"):
    import keras

    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1)])
    match mood:
        case "raises":
            raise ValueError("no model for this\nsecond line")
        case "none":
            return None
        case "text":
            return "a model"
        case "uncompiled":
            return model
        case "nan in validation":
            model = keras.Sequential([keras.layers.Input((3,)), spoiler(), keras.layers.Dense(1)])
        case "wrong shape":
            model = keras.Sequential([keras.layers.Input((7,)), keras.layers.Dense(1)])
    model.mood = mood
    model.compile(loss=picky if mood == "in the graph" else "mse", optimizer="sgd")
    return model


def picky(true, predicted):
    """A loss that raises when it is computed, not when it is traced."""
    import tensorflow as tf

    with tf.control_dependencies([tf.debugging.Assert(tf.size(true) < 0, ["that is why"])]):
        return tf.reduce_mean(predicted)


def spoiler():
    """A layer that lets nothing through but in training."""
    import keras

    class Spoiler(keras.layers.Layer):
        def call(self, x, training=False):
            return x if training else x * math.nan

    return Spoiler()


def poison():
    """A callback that spoils the weights of some in the third epoch."""
    import keras

    class Poison(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, _logs=None):
            if epoch == 2 and self.model.mood == "nan":
                self.model.set_weights([math.nan * w for w in self.model.get_weights()])

    return [Poison()]


MOODS = {
    "raises": "^ValueError: no model for this$",
    "none": "^moody_builder must return a compiled Keras model, but it returned None: end it with",
    "text": "must return a compiled Keras model, but it returned str: end it with 'return model'",
    "uncompiled": r"must return a compiled model, but this one is not compiled: call model.compile",
    "in the graph": r"^InvalidArgumentError: .*that is why",
    "wrong shape": "^ValueError: .*incompatible.*shape",
    "nan": "^The loss became nan in epoch 3: the training diverged. Try a smaller learning rate",
    "nan in validation": "^val_loss is nan: the training diverged. Try a smaller learning rate",
    "fine": "",
}


@pytest.mark.slow
def test_a_run_that_fails_says_why_and_the_others_go_on():
    study = tw.Study(
        moody_builder,
        {"mood": list(MOODS)},
        X,
        Y,
        validation_split=0.25,
        callbacks=poison,
        epochs=5,
        executor=ProcessExecutor(1),
    )
    with closing(study):
        study.search("grid")
        assert study.wait(120)
        by_mood = {trial.params["mood"]: trial for trial in study.trials}
        fine = by_mood.pop("fine")
        assert fine.state is State.COMPLETE
        assert fine.epochs == 5
        for mood, trial in by_mood.items():
            assert trial.state is State.FAILED, mood
            assert re.search(MOODS[mood], trial.error), trial.error
            assert "\n" not in trial.error
        nan, in_validation = by_mood["nan"].runs[0], by_mood["nan in validation"].runs[0]
        assert [math.isnan(loss) for loss in nan.history["loss"]] == [False, False, True]
        assert not any(map(math.isnan, in_validation.history["loss"]))
        assert all(map(math.isnan, in_validation.history["val_loss"]))
        assert in_validation.epochs == 5
        assert study.best_trial == fine
        assert "in moody_builder" in by_mood["raises"].runs[0].traceback


@pytest.mark.slow
def test_an_objective_that_the_model_does_not_report():
    study = tw.Study(
        moody_builder,
        {"mood": ["fine"]},
        X,
        Y,
        validation_split=0.25,
        objective="val_acuracy",
        epochs=50,
        executor=ProcessExecutor(1),
    )
    with closing(study):
        study.enqueue()
        assert study.wait(60)
        (run,) = study.trials[0].runs
        assert run.state is State.FAILED
        assert re.search(r"does not report 'val_acuracy': choose one of .*val_loss", run.error)
        assert run.epochs == 1  # it is known after the first
