"""Studies from the outside: commands, searches, results. What trains here is made of paper."""

from __future__ import annotations

import dataclasses
import math
import threading

import numpy as np
import pytest
from scipy.stats import loguniform

import tunewidgets as tw
from tests.builders import line
from tests.paper import SPACE, PaperExecutor, build_model, paper_study, until, value_of
from tunewidgets.planning import direction_of
from tunewidgets.snapshot import SearchState
from tunewidgets.trial import State


@pytest.fixture
def make():
    """Make studies on paper, and close them after the test."""
    studies = []

    def made(*args, **options):
        studies.append(paper_study(*args, **options))
        return studies[-1]

    yield made
    for study in studies:
        study.close()


@pytest.fixture
def held():
    """An executor whose runs wait to be released."""
    return PaperExecutor(held=True)


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
    for record in (study.trials[0], study.trials[0].runs[0], study.snapshot()):
        with pytest.raises(dataclasses.FrozenInstanceError):
            record.number = 3


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
        return build_model(n_neurons, learning_rate)

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
    fold_of = executor.tasks[0].fold_of
    assert np.bincount(fold_of).tolist() == [16, 16, 16]  # of the 48 to train on


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


# Searches


def test_a_grid_is_the_whole_space(make):
    study = make()
    search = study.search("grid")
    assert search.name == "grid-1"
    assert search.wait(20)
    assert [trial.value for trial in search.trials] == [
        value_of({"learning_rate": rate, "n_neurons": n})
        for rate in (0.01, 0.1)
        for n in (1, 2, 4, 8)
    ]
    seen = search.progress
    assert (seen.state, seen.n_trials, seen.n_complete, seen.n_runs_finished) == (
        SearchState.COMPLETE,
        8,
        8,
        8,
    )
    assert seen.note is None
    assert repr(search) == "<Search 'grid-1': complete, 8 of 8 trials>"


def test_a_random_search_is_repeated_by_its_seed(make):
    space = {"n_neurons": (1, 1000), "learning_rate": loguniform(1e-4, 1e-1)}

    def candidates(seed):
        study = make(space=space)
        search = study.search("random", 6, seed=seed)
        assert search.wait(20)
        return params_of(search.trials)

    first = candidates(42)
    assert first == candidates(42) != candidates(43)
    assert len(first) == 6


def test_more_trials_than_the_space_holds(make):
    study = make()
    search = study.search("random", 50, seed=1)
    assert search.wait(20)
    assert search.progress.note == "The space holds 8 combinations: the 8 that are left are run."
    assert len({tuple(p.items()) for p in params_of(search.trials)}) == 8


def test_a_search_skips_what_was_tried_in_the_same_way(make):
    study = make()
    study.enqueue({"n_neurons": 1, "learning_rate": 0.01})
    study.enqueue({"n_neurons": 13, "learning_rate": 0.01})  # fails, and is outside
    study.wait(20)
    assert study.search("random", 3, seed=1).wait(20)
    search = study.search("random", seed=1)
    assert search.wait(20)
    assert "of which 4 have been tried" in search.progress.note
    assert len(search.trials) == 4
    inside = params_of(study.trials[:1] + study.trials[2:])
    assert len({tuple(p.items()) for p in inside}) == len(inside) == 8
    again = study.search("grid")
    assert again.wait(20)
    assert again.progress.note == "All 8 combinations have been tried already: widen a range."
    assert again.trials == ()
    with_folds = study.search("grid", cv=2)  # that is another way
    assert with_folds.wait(20)
    assert len(with_folds.trials) == 8


def test_a_persons_trial_comes_before_a_searchs(make, held):
    study = make(held)
    study.search("grid")
    until(study, one_runs)
    asked = study.enqueue({"n_neurons": 7})
    held.release()
    assert study.wait(20)
    assert [task.key[0] for task in held.tasks][:2] == [0, asked.number]


def test_pause_and_resume(make, held):
    study = make(held)
    search = study.search("grid")
    until(study, one_runs)
    search.pause()
    held.release(1)  # what runs goes on to its end
    until(study, lambda seen: seen.searches[0].n_complete == 1)
    assert study.wait(20)  # nothing will run without being asked
    assert not search.wait(0.01)
    assert (search.state, len(held.tasks)) == (SearchState.PAUSED, 1)
    study.enqueue({"n_neurons": 5})  # a person is not held up
    until(study, one_runs)
    held.release()
    study.wait(20)
    assert len(held.tasks) == 2
    search.resume()
    assert search.wait(20)
    assert search.state is SearchState.COMPLETE
    assert len(search.trials) == 8


def test_a_paused_search_can_be_stopped(make, held):
    study = make(held)
    search = study.search("grid", cv=2)
    until(study, one_runs)
    search.pause()
    search.stop()
    assert search.wait(20)
    (trial,) = search.trials
    assert [run.state for run in trial.runs] == [State.STOPPED, State.STOPPED]
    search.resume()  # what has ended stays ended
    assert search.state is SearchState.STOPPED


def test_stopping_a_search_keeps_histories_and_others(make, held):
    study = make(held)
    search, other = study.search("grid", 4), study.search("random", 2, cv=2, seed=1)
    until(study, lambda seen: seen.runs and seen.runs[0].epochs == 1)
    search.stop()
    held.release()
    assert study.wait(20)
    assert (search.state, other.state) == (SearchState.STOPPED, SearchState.COMPLETE)
    stopped = search.trials[0]
    assert (stopped.state, stopped.epochs, stopped.value) == (State.STOPPED, 1, None)
    assert [trial.state for trial in other.trials] == [State.COMPLETE] * 2


def test_stopping_a_trial_or_a_run(make, held):
    study = make(held)
    running = study.enqueue({"n_neurons": 1})
    waiting = study.enqueue({"n_neurons": 2}, cv=2)
    kept = study.enqueue({"n_neurons": 4})
    until(study, one_runs)
    study.stop(running)
    study.stop(waiting.runs[1])
    until(study, lambda seen: seen.trials[0].state.is_finished)
    assert [run.state for run in study.trials[1].runs][1] is State.STOPPED
    study.stop(waiting.number)
    held.release()
    assert study.wait(20)
    assert [trial.state for trial in study.trials] == [
        State.STOPPED,
        State.STOPPED,
        State.COMPLETE,
    ]
    study.stop(kept)  # a finished one stays as it is
    assert study.trials[2].state is State.COMPLETE
    with pytest.raises(tw.StudyError, match="one of 0 to 2, but got 3"):
        study.stop(3)


def test_a_search_goes_on_without_a_trial_that_was_stopped(make, held):
    study = make(held)
    search = study.search("grid")
    until(study, one_runs)
    study.stop(0)
    held.release()
    assert search.wait(20)
    progress = search.progress
    assert (progress.n_stopped, progress.n_complete) == (1, 7)


def test_stopping_everything(make, held):
    study = make(held)
    study.enqueue(cv=3)
    search = study.search("grid")
    until(study, one_runs)
    study.stop()
    assert study.wait(20)
    assert search.state is SearchState.STOPPED
    assert {trial.state for trial in study.trials} == {State.STOPPED}
    held.release()
    study.enqueue({"n_neurons": 2})  # and the study goes on
    assert study.wait(20)
    assert study.trials[-1].state is State.COMPLETE


def test_zooming_opens_the_next_level(make, held):
    study = make(held)
    wide = study.search("grid", 6)
    until(study, one_runs)
    assert study.zoom(n_neurons=[2, 4])["n_neurons"].grid() == (2, 4)
    assert (study.level, study.space.size) == (2, 4)
    held.release()
    assert wide.wait(20)
    narrow = study.search("grid")
    assert narrow.wait(20)
    assert {trial.level for trial in wide.trials} == {1}  # also those made after the zoom
    assert {trial.level for trial in narrow.trials} == {narrow.progress.level} == {2}
    assert {trial.params["n_neurons"] for trial in narrow.trials} <= {2, 4}
    with pytest.raises(tw.SpaceError):
        study.zoom(n_neurons=[16])


def test_a_search_of_a_part_of_the_space(make):
    study = make()
    search = study.search("grid", space=study.space.narrow(n_neurons=[4, 8]))
    assert search.wait(20)
    assert {trial.params["n_neurons"] for trial in search.trials} == {4, 8}
    assert len(search.trials) == 4
    assert study.search("grid").progress.n_trials == 4  # the rest


def test_fixed_hyperparameters_are_shared_by_all_trials(make):
    executor = PaperExecutor()
    study = make(executor, epochs=10)
    search = study.search("random", 20, fixed={"n_neurons": 5, "epochs": 3}, seed=1)
    assert search.wait(20)
    assert sorted(params_of(search.trials), key=str) == [
        {"n_neurons": 5, "learning_rate": 0.01, "epochs": 3},
        {"n_neurons": 5, "learning_rate": 0.1, "epochs": 3},
    ]
    assert {task.epochs for task in executor.tasks} == {3}
    assert search.progress.n_trials == 2
    with pytest.raises(tw.SpaceError, match="did you mean 'epochs'"):
        study.search("grid", fixed={"epoch": 3})


def test_estimates_and_counts_of_a_search_at_work(make, held):
    study = make(held)
    search = study.search("grid", 4, cv=2)
    seen = until(study, one_runs).searches[0]
    assert (seen.n_waiting, seen.n_running, seen.n_runs, seen.seconds_left) == (3, 1, 8, None)
    held.release(2)
    until(study, lambda seen: seen.searches[0].n_complete == 1)
    assert search.progress.seconds_left == 6.0  # a second a run, on paper
    assert study.snapshot().seconds_per_run == 1.0


@pytest.mark.parametrize("n_trials", [0, -1, 2.5, True])
def test_a_number_of_trials_that_cannot_be(make, n_trials):
    study = make()
    with pytest.raises(tw.SpaceError, match="at least 1, but got"):
        study.search("random", n_trials)
    with pytest.raises(tw.SpaceError, match="'grid' or 'random', but got 'magic'"):
        study.search("magic")
    assert not study.searches


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
