"""Studies from the outside: commands, searches, results. What trains here is made of paper."""

from __future__ import annotations

import dataclasses
import math
import threading

import numpy as np
import pytest

import tunewidgets as tw
from tests.builders import line
from tests.paper import SPACE, PaperExecutor, build_model, until, value_of
from tunewidgets.study_settings import direction_of
from tunewidgets.trial import State


def params_of(trials):
    return [dict(trial.params) for trial in trials]


def one_runs(seen):
    return seen.n_running == 1


# A person's trials


def test_enqueue_returns_at_once_and_the_run_goes_on_behind(make, held):
    study = make(held)
    trial = study.enqueue({"n_neurons": 2})
    assert (trial.number, trial.state, trial.origin) == (0, State.WAITING, "person")
    assert trial.params == {"n_neurons": 2, "learning_rate": 0.01}  # the builder's own default
    seen = until(study, lambda seen: seen.runs[0].epochs == 1)
    assert seen.trials[0].state is State.RUNNING
    assert not study.wait(timeout=0.01)
    held.release()
    assert study.wait(20)
    (done,) = study.trials
    assert done.state is State.COMPLETE
    assert done.value == value_of(done.params) == done.runs[0].history["val_loss"][-1]
    assert trial.state is State.WAITING  # what was handed out never changes


def test_records_are_frozen(make):
    study = make()
    study.enqueue()
    study.wait(20)
    trial = study.trials[0]
    for record, name in ((trial, "params"), (trial.runs[0], "state"), (study.snapshot(), "best")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(record, name, None)


def test_a_person_may_leave_the_ranges_but_not_the_names(make):
    study = make()
    study.enqueue({"n_neurons": 77, "epochs": 3})
    with pytest.raises(tw.SpaceError, match="did you mean 'n_neurons'"):
        study.enqueue({"n_neuron": 3})
    with pytest.raises(tw.SpaceError, match="from 1 up, but got 0"):
        study.enqueue({"epochs": 0})
    study.wait(20)
    assert params_of(study.trials) == [{"n_neurons": 77, "learning_rate": 0.01, "epochs": 3}]


def test_training_hyperparameters_go_to_the_training(make):
    executor = PaperExecutor()
    study = make(executor, {**SPACE, "patience": [2, 5]}, epochs=7, batch_size=16)
    study.enqueue({"patience": 5, "warmup_epochs": 1, "epochs": 7})
    study.wait(20)
    (task,) = executor.tasks
    assert task.params == {"n_neurons": 4, "learning_rate": 0.01}
    assert (task.epochs, task.batch_size, task.patience, task.warmup_epochs) == (7, 16, 5, 1)
    assert "epochs" not in study.trials[0].params  # only repeats the study's own


def test_a_builder_may_take_a_name_of_training_for_itself(held):
    def build(n_neurons=1, learning_rate=0.1, epochs=5):
        return build_model(n_neurons, learning_rate + epochs)

    x, y = line()
    study = tw.Study(build, SPACE, x, y, validation_split=0.5, epochs=9, executor=held)
    study.enqueue({"epochs": 9})
    until(study, one_runs)
    (task,) = held.tasks
    study.close()
    assert (task.params["epochs"], task.epochs) == (9, 9)


def test_a_failed_run_leaves_the_others_alone(make):
    study = make()
    study.enqueue({"n_neurons": 13})
    study.enqueue({"n_neurons": 2})
    study.wait(20)
    failed, complete = study.trials
    assert (failed.state, failed.value, failed.error) == (
        State.FAILED,
        None,
        "ValueError: bad luck",
    )
    assert complete.state is State.COMPLETE
    assert study.best_trial == complete


def test_folds_make_a_run_each_and_the_value_is_their_mean(make):
    executor = PaperExecutor(2)
    study = make(executor)
    study.enqueue({"n_neurons": 3, "learning_rate": 0.1}, cv=3)
    study.wait(20)
    (trial,) = study.trials
    assert [run.fold for run in trial.runs] == [0, 1, 2]
    assert [run.value for run in trial.runs] == [0.0, 0.5, 1.0]
    assert (trial.value, trial.folds) == (0.5, 3)
    assert len({run.seed for run in trial.runs}) == 3
    rows = np.concatenate([task.score_rows for task in executor.tasks])
    assert sorted(rows) == list(range(48))  # three quarters of 64 are to train on
    assert {(task.fit_rows.size, task.score_rows.size) for task in executor.tasks} == {(32, 16)}


def test_numbers_may_be_numpys(make, tmp_path):
    executor = PaperExecutor()
    options = {"epochs": np.int32(3), "batch_size": np.int64(16), "seed": np.uint32(1)}
    study = make(executor, storage=tmp_path / "study.db", **options)
    study.enqueue({"n_neurons": np.int16(2), "learning_rate": np.float32(0.5)}, cv=np.int64(2))
    study.search("random", np.int64(3), cv=np.int8(2), seed=np.int64(7))
    assert study.wait(20)
    study.close()
    seen = tw.load(tmp_path / "study.db")
    assert [trial.folds for trial in seen.trials] == [2] * 4
    assert seen.trials == study.trials
    assert (executor.tasks[0].epochs, executor.tasks[0].batch_size) == (3, 16)
    seen.close()


def test_the_seed_of_the_study_gives_the_seeds_of_the_runs(make):
    def seeds(seed):
        study = make(seed=seed)
        study.enqueue(cv=2)
        return [run.seed for run in study.trials[0].runs]

    assert seeds(1) == seeds(1) != seeds(2)
    assert seeds(None) != seeds(None)


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "one", True])
def test_a_seed_that_cannot_be(make, seed):
    with pytest.raises(tw.StudyError, match=r"seed must be a whole number from 0 to 2\*\*32 - 1"):
        make(seed=seed)
    study = make()
    with pytest.raises(tw.StudyError, match="seed must be"):
        study.search("random", seed=seed)
    assert not study.searches


# The best, and tables


def test_the_best_of_several(make):
    study = make()
    with pytest.raises(tw.StudyError, match="but none of the 0 is"):
        _ = study.best_trial
    for n_neurons in (1, 2, 8):
        study.enqueue({"n_neurons": n_neurons})
    study.wait(20)
    assert study.best_trial.number == 1
    assert study.best_params == {"n_neurons": 2, "learning_rate": 0.01}
    assert study.best_value == pytest.approx(1.09)
    assert study.snapshot().ranking == (1, 0, 2)
    assert repr(study) == "<Study 'study': 3 trials, best val_loss 1.09>"


def test_a_score_is_maximised(make):
    study = make(objective="val_accuracy")
    assert study.direction == "maximize"
    for n_neurons in (2, 8):
        study.enqueue({"n_neurons": n_neurons})
    study.wait(20)
    assert study.best_trial.number == 1


@pytest.mark.parametrize(
    ("objective", "direction"),
    [
        ("val_loss", "minimize"),
        ("val_mae", "minimize"),
        ("val_mean_absolute_error", "minimize"),
        ("val_binary_accuracy", "maximize"),
        ("val_acc", "maximize"),
        ("val_auc_1", "maximize"),
        ("val_mean_io_u", "maximize"),
        ("val_f1_score", "maximize"),
        ("val_precision[2]", "maximize"),  # of one class
        ("val_precision_at_recall", "maximize"),
        ("val_decoder2_mae", "minimize"),  # an output's name is no metric's
        ("val_acceleration_mse", "minimize"),
        ("val_score_loss", "minimize"),
        ("loss", "minimize"),
    ],
)
def test_the_direction_follows_from_the_name(objective, direction):
    assert direction_of(objective, None) == direction


def test_a_direction_must_be_one_of_two(make):
    assert make(objective="val_gain", direction="maximize").direction == "maximize"
    with pytest.raises(tw.StudyError, match="'minimize' or 'maximize', but got 'up'"):
        make(direction="up")


def test_the_table_has_a_row_a_trial(make):
    study = make()
    study.enqueue({"n_neurons": 13, "epochs": 3})
    study.search("grid", 2, cv=2)
    study.wait(20)
    table = study.dataframe()
    assert list(table.columns) == [
        "number",
        "state",
        "value",
        "params_n_neurons",
        "params_learning_rate",
        "params_epochs",
        "epochs",
        "seconds",
        "origin",
    ]
    assert table["state"].tolist() == ["failed", "complete", "complete"]
    assert table["origin"].tolist() == ["person", "grid-1", "grid-1"]
    assert table["epochs"].tolist() == [1, 4, 4]
    assert table["seconds"].tolist() == [1, 2, 2]
    assert math.isnan(table["value"][0])


# Watching, and the end


def test_watchers_hear_of_changes_until_they_leave(make):
    study = make()
    heard = threading.Event()
    leave = study.subscribe(heard.set)
    before = study.snapshot().revision
    study.enqueue()
    assert heard.wait(20)
    assert study.wait(20)
    assert study.snapshot().revision > before
    leave()
    heard.clear()
    study.enqueue()
    assert study.wait(20)
    assert not heard.is_set()


def test_validation_data_is_needed_where_the_objective_says_so(make):
    study = make(validation_split=0)
    with pytest.raises(tw.StudyError, match="needs validation data"):
        study.enqueue()
    study.enqueue(cv=2)
    assert study.wait(20)
    study = make(validation_split=0, objective="loss")
    study.enqueue()
    with pytest.raises(tw.StudyError, match="take 'val_loss'"):
        study.enqueue(cv=2)


def test_closing_is_repeatable_and_final(make, held):
    study = make(held)
    search = study.search("grid")
    until(study, one_runs)
    study.close()
    study.close()
    assert study.wait(20)
    assert search.wait(20) is False  # it did not end, and will not
    assert study.trials[0].state is State.WAITING
    assert study.snapshot().cannot_train.startswith("The study is closed")
    for command in (
        study.enqueue,
        study.stop,
        study.resume,
        study.zoom,
        lambda: study.go_to(1),
        search.resume,
        search.stop,
        lambda: study.search("grid"),
    ):
        with pytest.raises(tw.StudyError, match="The study is closed"):
            command()
    assert not [t for t in threading.enumerate() if t.name.startswith("tunewidgets-")]


def test_an_executor_serves_one_study(make):
    executor = tw.SerialExecutor()
    study = make(executor)
    with pytest.raises(tw.StudyError, match="serves one study"):
        make(executor)
    study.close()
    with pytest.raises(tw.StudyError, match="serves one study"):
        make(executor)
    with pytest.raises(tw.StudyError, match="give one of executor and n_workers"):
        make(PaperExecutor(), n_workers=2)


def test_unknown_options_of_fit_are_refused(make):
    with pytest.raises(tw.StudyError, match="did you mean 'validation_steps'"):
        make(validation_step=3)
