"""Searches that learn, prune, and change while they go on; trained on paper."""

from __future__ import annotations

import optuna
import pytest

import tunewidgets as tw
from tests.paper import StoppedExecutor, epoch, until, value_of
from tunewidgets.events import RunEnded, RunStarted
from tunewidgets.snapshot import SearchState
from tunewidgets.trial import State

WIDE = {"n_neurons": (1, 100), "learning_rate": tw.Float(1e-3, 1e-1, log=True)}
EPOCHS = 6


class LongExecutor(StoppedExecutor):
    """Gives a run its epochs one by one; a bad one (many neurons) waits before its last epoch."""

    def do(self, task, emit):
        value = value_of(task.params, task.fold)
        emit(RunStarted(task.key))
        for number in range(EPOCHS):
            emit(epoch(task.key, value + 1 / (number + 1)))
        is_bad = task.params["n_neurons"] > 50 and task.fold in (None, 0)
        with self._changed:
            ends = self._stopped if is_bad else {task.key}
            self._changed.wait_for(lambda: task.key in ends or self._is_closed, 20)
        if is_bad:
            emit(RunEnded(task.key, State.STOPPED, seconds=0.5))
        else:
            emit(RunEnded(task.key, State.COMPLETE, value, 1.0))


@pytest.mark.parametrize("pruner", ["median", optuna.pruners.MedianPruner(n_startup_trials=2)])
def test_hopeless_runs_are_pruned_and_persons_never(make, pruner):
    study = make(LongExecutor(2), space=WIDE)
    for n in range(1, 7):
        study.enqueue({"n_neurons": n, "learning_rate": 0.1})
    assert study.wait(20)
    search = study.search("random", 5, seed=1, pruner=pruner)
    assert search.wait(20)
    bad = [t for t in search.trials if t.params["n_neurons"] > 50]
    assert bad
    assert {t.state for t in bad} == {State.PRUNED}
    assert {(t.value, t.epochs) for t in bad} == {(None, EPOCHS)}  # the history is kept
    seen = search.progress
    assert (seen.n_pruned, seen.n_done, seen.state) == (len(bad), 5, SearchState.COMPLETE)
    assert {t.state for t in study.trials[:6]} == {State.COMPLETE}
    frame = study.dataframe()
    assert set(frame.state[frame.params_n_neurons > 50]) == {"pruned"}
    assert study.best_trial.number < 6 or study.best_trial.state is State.COMPLETE


def test_pruned_folds(make):
    space = {"n_neurons": (1, 100), "learning_rate": [0.1]}
    study = make(LongExecutor(2), space=space)
    for n in range(1, 7):
        study.enqueue({"n_neurons": n}, cv=3)
    assert study.wait(20)
    search = study.search("tpe", 4, seed=1, cv=3, pruner="median")
    assert search.wait(20)
    bad = [trial for trial in search.trials if trial.params["n_neurons"] > 50]
    assert bad
    for trial in bad:
        assert trial.state is State.PRUNED
        assert trial.runs[0].state is State.PRUNED
        assert {run.state for run in trial.runs} <= {State.PRUNED, State.COMPLETE}


def test_a_pruner_that_fails_leaves_the_search_alone(make):
    class Broken(optuna.pruners.BasePruner):
        def prune(self, study, trial):
            raise RuntimeError("no idea")

    study = make()
    search = study.search("grid", pruner=Broken())
    assert search.wait(20)
    assert search.progress.n_complete == 8
    assert search.progress.note == (
        "The pruner failed (RuntimeError: no idea): the search goes on without it."
    )


def test_tpe_runs_and_is_repeated_by_its_seed(make):
    def candidates():
        study = make(space=WIDE)
        search = study.search("tpe", 15, seed=3)
        assert search.wait(20)
        return [dict(trial.params) for trial in search.trials]

    assert candidates() == candidates()


def test_tpe_with_several_at_once_pins_and_a_finite_space(make):
    study = make(LongExecutor(4), space={"n_neurons": (1, 12), "learning_rate": [0.01, 0.1]})
    search = study.search("tpe", 50, seed=3, fixed={"learning_rate": 0.1})
    assert search.wait(20)
    assert sorted(trial.params["n_neurons"] for trial in search.trials) == list(range(1, 13))
    assert {trial.params["learning_rate"] for trial in search.trials} == {0.1}


def test_an_optuna_sampler_object_and_what_becomes_of_it(make, tmp_path, held):
    file = tmp_path / "study.db"
    study = make(held, space=WIDE, storage=file)
    search = study.search(optuna.samplers.TPESampler(seed=1), 5)
    assert search.name == "TPESampler-1"
    held.release(2)
    until(study, lambda seen: seen.searches[0].n_complete == 2)
    study.close()
    again = make(space=WIDE, storage=file)
    (search,) = again.searches
    assert "Its sampler was an object (TPESampler), which no file keeps" in search.progress.note
    again.resume()
    assert search.wait(20)
    assert search.progress.n_complete == 3  # the one that was begun is ended


def test_tpe_resumed_from_a_file_goes_on_as_it_would_have(make, tmp_path, held):
    whole = make(space=WIDE).search("tpe", 14, seed=3)
    assert whole.wait(20)
    file = tmp_path / "study.db"
    study = make(held, space=WIDE, storage=file)
    study.search("tpe", 14, seed=3)
    held.release(12)
    until(study, lambda seen: seen.searches[0].n_complete == 12)
    study.close()
    again = make(space=WIDE, storage=file)
    again.resume()
    assert again.wait(20)
    assert [t.params for t in again.trials] == [t.params for t in whole.trials]


def test_the_number_of_trials_may_change_while_it_goes_on(make, held):
    study = make(held, space=WIDE)
    search = study.search("random", 4, seed=1)
    until(study, lambda seen: seen.n_running == 1)
    search.extend(3)
    assert search.n_trials == 7
    held.release(2)
    until(study, lambda seen: len(seen.trials) == 3)
    search.n_trials = 1  # three are made: it ends with those
    assert search.n_trials == 3
    held.release()
    assert search.wait(20)
    assert search.progress.n_done == 3
    with pytest.raises(tw.StudyError, match="random-1 has ended: start another"):
        search.extend(2)
    with pytest.raises(tw.StudyError, match="at least 1, but got 0: to end a search, stop it"):
        search.n_trials = 0


def test_more_trials_of_a_list_follow_those_that_were_drawn(make, held):
    space = {"n_neurons": list(range(20, 60, 2)), "learning_rate": [0.1, 0.01]}
    study = make(held, space=space)
    search = study.search("random", 5, seed=1)
    search.extend(35)
    held.release()
    assert search.wait(20)
    assert len({str(trial.params) for trial in search.trials}) == 40


def test_a_time_budget(make):
    study = make(space=WIDE)
    search = study.search("random", budget_s=0.2, seed=1)
    assert search.wait(20)
    seen = search.progress
    assert seen.state is SearchState.COMPLETE
    assert 1 <= seen.n_trials == seen.n_done == len(search.trials)
    assert 0.2 <= seen.spent_s < 5
    finite = make().search("random", budget_s=60)
    assert finite.wait(20)
    assert finite.progress.n_complete == 8


def test_a_budget_is_not_spent_in_a_pause(make, held):
    study = make(held, space=WIDE)
    search = study.search("random", budget_s=1000)
    until(study, lambda seen: seen.n_running == 1)
    search.pause()
    spent = search.progress.spent_s
    held.release()
    until(study, lambda seen: seen.n_running == 0)
    assert search.progress.spent_s == spent


def test_a_forecast(make):
    study = make()
    assert study.forecast("grid").seconds is None
    study.enqueue({"n_neurons": 1, "learning_rate": 0.1})
    study.enqueue({"n_neurons": 2, "learning_rate": 0.1})
    study.wait(20)
    seen = study.forecast("random", 20, cv=None)
    assert (seen.size, seen.n_done, seen.n_trials, seen.n_runs) == (8, 2, 6, 6)
    assert (seen.seconds, seen.error_s) == (6.0, 0.0)
    assert study.forecast("random", cv=2).n_done == 0  # that is another way
    assert study.forecast("tpe", budget_s=3).seconds == 3
    assert study.forecast("grid", 4).n_trials == 4


def test_a_shuffled_grid(make):
    study, listed = make(), make()
    search, other = study.search("grid", order="shuffled", seed=5), listed.search("grid")
    assert search.wait(20)
    assert other.wait(20)
    orders = [[dict(t.params) for t in s.trials] for s in (search, other)]
    assert orders[0] != orders[1]
    assert sorted(map(str, orders[0])) == sorted(map(str, orders[1]))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"budget_s": 0}, "seconds above 0, but got 0: write 120 for two minutes"),
        ({"budget_s": -3}, "seconds above 0, but got -3"),
        ({"budget_s": "2 min"}, "seconds above 0, but got '2 min'"),
        ({"pruner": "medain"}, "did you mean 'median'"),
        ({"pruner": 3}, "a name or an Optuna pruner, but got int"),
        ({"sampler": optuna.samplers.TPESampler}, "an Optuna sampler, but got "),
        ({"order": "random"}, "'listed' or 'shuffled', but got 'random'"),
    ],
)
def test_what_cannot_be_asked_for(make, asked, said):
    study = make()
    with pytest.raises(tw.SpaceError, match=said):
        study.search(**{"sampler": "random", **asked})
    assert not study.searches
