"""Searches from the outside: candidates, pauses, stops, levels; trained on paper."""

from __future__ import annotations

import pytest
from scipy.stats import loguniform

import tunewidgets as tw
from tests.paper import PaperExecutor, until, value_of
from tunewidgets.snapshot import SearchState
from tunewidgets.trial import State


def params_of(trials):
    return [dict(trial.params) for trial in trials]


def one_runs(seen):
    return seen.n_running == 1


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


@pytest.mark.parametrize("sampler", ["grid", "random"])
@pytest.mark.parametrize("rates", [[0.01, 0.03, 0.1], tw.Float(0.01, 0.1)])
def test_a_search_makes_as_many_new_trials_as_were_asked_for(make, sampler, rates):
    space = {"n_neurons": [1, 2, 4, 8], "learning_rate": rates}
    alone = make(space=space)
    assert alone.search(sampler, 5, seed=1).wait(20)
    candidates = params_of(alone.trials)

    study = make(space=space)
    for params in (candidates[1], candidates[3], {"n_neurons": 2, "learning_rate": 0.05}):
        study.enqueue(params)
    study.wait(20)
    search = study.search(sampler, 5, seed=1)
    assert search.wait(20)
    made = params_of(search.trials)
    assert made[:3] == [candidates[0], candidates[2], candidates[4]]
    assert len(made) == search.progress.n_trials == search.progress.n_complete == 5
    assert all(params not in made for params in (candidates[1], candidates[3]))


def test_a_whole_grid_says_what_of_it_was_done_already(make):
    study = make(space={"learning_rate": (0.0, 0.1), "n_neurons": [1]})
    study.enqueue({"learning_rate": 0.05})
    study.enqueue({"learning_rate": 0.03})  # no point of the grid
    study.wait(20)
    search = study.search("grid")
    assert search.wait(20)
    assert [trial.params["learning_rate"] for trial in search.trials] == [0, 0.025, 0.075, 0.1]
    assert search.progress.note == (
        "The space holds 5 combinations, of which 1 has been tried: the 4 that are left are run."
    )


@pytest.mark.parametrize("sampler", ["grid", "random"])
def test_what_a_person_tries_meanwhile_is_not_tried_again(make, held, sampler):
    study = make(held)
    search = study.search(sampler, 8, seed=1)
    until(study, one_runs)
    first = params_of(search.trials)[0]
    asked = {"n_neurons": 4 if first["n_neurons"] != 4 else 8, "learning_rate": 0.1}
    study.enqueue(asked)
    held.release()
    assert study.wait(20)
    seen = search.progress
    assert (seen.state, seen.n_trials, seen.n_complete) == (SearchState.COMPLETE, 7, 7)
    assert seen.note == "1 of 8 was done already, and the space holds nothing else."
    assert asked not in params_of(search.trials)
    assert len({str(params) for params in params_of(study.trials)}) == 8


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
    assert (1, 1) not in [task.key for task in held.tasks]  # what waited was never begun
    assert study.trials[1].runs[1].seconds == 0
    study.stop(kept)  # a finished one stays as it is
    assert study.trials[2].state is State.COMPLETE
    with pytest.raises(tw.StudyError, match="a trial's number below 3, but got 3"):
        study.stop(3)
    with pytest.raises(tw.StudyError, match="below 0, but got 2"):
        make().stop(kept.runs[0])


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
    with pytest.raises(tw.SpaceError, match="did you mean 'grid'"):
        study.search("gird")
    assert not study.searches
