"""Successive halving: who goes on, how far, and what becomes of the others."""

from __future__ import annotations

import pytest

from tests.paper import PaperExecutor, paper_study, value_of
from tunewidgets.errors import SpaceError
from tunewidgets.halving import Halving
from tunewidgets.snapshot import SearchState
from tunewidgets.trial import State

SPACE = {"n_neurons": (1, 12), "learning_rate": (0.01, 0.1)}


def test_rungs_grow_by_the_factor_up_to_all_epochs():
    assert Halving(100).rungs(27) == ((27, 3), (9, 11), (3, 33), (1, 100))
    assert Halving(100, min_epochs=20).rungs(27) == ((27, 33), (9, 100))
    assert Halving(100).rungs(2) == ((2, 100),)
    assert Halving(4, factor=2).rungs(16) == ((16, 1), (8, 2), (4, 4))


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"factor": 1}, "at least 2, but got 1"),
        ({"min_epochs": 11}, "10 epochs .* but got 11"),
        ({"pruner": "median"}, "prunes by itself, but got the pruner 'median'"),
        ({"n_trials": None, "budget_s": 9.0}, "give n_trials too"),
        ({"space": "epochs"}, "the space searches them"),
    ],
)
def test_bad_rungs_are_refused(make, how, words):
    study = make(space={**SPACE, "epochs": (1, 9)}) if how.pop("space", None) else make()
    with pytest.raises(SpaceError, match=words):
        study.search("halving", **{"n_trials": 9, **how})


def test_the_best_go_on_and_the_others_are_pruned(make):
    executor = PaperExecutor(2)
    study = make(executor, SPACE, epochs=9)
    search = study.search("halving", 9, cv=2, seed=1)
    assert search.wait(20)
    assert search.state is SearchState.COMPLETE
    states = [trial.state for trial in search.trials]
    assert (states.count(State.COMPLETE), states.count(State.PRUNED)) == (1, 8)
    ranked = sorted(search.trials, key=lambda trial: value_of(trial.params))
    assert study.best_trial.number == ranked[0].number
    told = [(task.epochs, task.continues) for task in executor.tasks]
    assert told == [(1, False)] * 18 + [(3, True)] * 6 + [(9, True)] * 2
    assert search.progress.note == "Rung 3 of 3: 1 trial goes on to 9 epochs."


def test_candidates_are_those_of_a_random_search(make):
    search = make(space=SPACE).search("halving", 6, seed=5)
    other = make(space=SPACE).search("random", 6, seed=5)
    assert search.wait(20)
    assert other.wait(20)
    assert [t.params for t in search.trials] == [t.params for t in other.trials]


def test_it_goes_on_in_another_session(tmp_path):
    executor = PaperExecutor(held=True)
    study = paper_study(executor, SPACE, epochs=9, storage=tmp_path / "s.db")
    search = study.search("halving", 9, seed=1)
    executor.release(10)  # all of the first rung, one of the second
    while sum(run.goal == 3 and run.state.is_finished for t in search.trials for run in t.runs) < 1:
        with study._ledger.changed:
            study._ledger.changed.wait(1)
    study.close()
    study = paper_study(PaperExecutor(), SPACE, epochs=9, storage=tmp_path / "s.db")
    assert study.resume()
    assert study.wait(20)
    (search,) = study.searches
    assert search.state is SearchState.COMPLETE
    assert sorted(t.runs[0].goal for t in search.trials) == [1] * 6 + [3] * 2 + [9]
    study.close()
