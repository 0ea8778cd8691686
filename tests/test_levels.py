"""Levels: a person zooms in, goes back up, and branches; what was tried is not tried again."""

from __future__ import annotations

import pytest

import tunewidgets as tw
from tests.paper import until
from tunewidgets.level import Level, are_a_tree, trail

RATES = {"n_neurons": [1, 2, 4, 8], "learning_rate": tw.Float(0.001, 0.1, log=True)}


def tree_of(levels):
    return [(level.number, level.parent) for level in levels]


def params_of(trials):
    return [dict(trial.params) for trial in trials]


def test_a_study_begins_at_level_1(make):
    study = make()
    (only,) = study.levels
    assert only == Level(1, None, study.space)
    seen = study.snapshot()
    assert (study.level, seen.level, seen.levels, seen.trail) == (1, 1, (only,), (only,))


def test_going_back_up_and_branching(make):
    study = make()
    outer = study.space
    few = study.zoom(n_neurons=[2, 4])
    one_rate = study.zoom(learning_rate=[0.1])
    assert tree_of(study.levels) == [(1, None), (2, 1), (3, 2)]
    assert [level.space for level in study.levels] == [outer, few, one_rate]

    assert study.go_to(1) == study.space == outer
    assert (study.level, len(study.levels)) == (1, 3)
    many = study.zoom(n_neurons=[8])
    assert tree_of(study.levels)[-1] == (4, 1)
    assert study.go_to(study.levels[1]) == few
    study.zoom(learning_rate=[0.01])
    assert tree_of(study.levels)[-1] == (5, 2)
    assert study.snapshot().trail == (study.levels[0], study.levels[1], study.levels[4])
    assert study.go_to(4) == many
    assert tree_of(study.snapshot().trail) == [(1, None), (4, 1)]


def test_a_move_is_heard_and_repeating_it_is_not(make):
    study = make()
    study.zoom(n_neurons=[2, 4])
    study.go_to(1)
    revision = study.snapshot().revision
    study.go_to(1)
    assert study.snapshot().revision == revision
    study.go_to(2)
    assert study.snapshot().revision > revision


def test_trials_belong_to_the_level_they_were_asked_for_at(make, held):
    study = make(held)
    wide = study.search("grid", 6)
    until(study, lambda seen: seen.n_running == 1)
    study.zoom(n_neurons=[2, 4])
    asked = study.enqueue({"n_neurons": 8})  # a person may try anything anywhere
    study.go_to(1)
    held.release()
    assert study.wait(20)
    assert (asked.level, {trial.level for trial in wide.trials}) == (2, {1})
    assert study.enqueue().level == 1


@pytest.mark.parametrize("sampler", ["grid", "random"])
def test_trials_of_other_levels_count_as_done(make, sampler):
    study = make()
    assert study.search("random", 5, seed=1).wait(20)
    study.zoom(n_neurons=[2, 4])
    inside = [p for p in params_of(study.trials) if p["n_neurons"] in (2, 4)]
    search = study.search(sampler, seed=1)
    assert search.wait(20)
    assert len(search.trials) == search.progress.n_trials == 4 - len(inside) > 0
    assert f"4 combinations, of which {len(inside)} have been tried" in search.progress.note
    assert all(params not in inside for params in params_of(search.trials))

    study.go_to(1)  # and the inner ones for the outer level
    rest = study.search("grid")
    assert rest.wait(20)
    assert len({str(params) for params in params_of(study.trials)}) == len(study.trials) == 8


def test_a_search_of_a_continuous_level_says_how_many_lie_in_it(make):
    study = make(space=RATES)
    assert study.search("random", 12, seed=1).wait(20)
    assert study.search("random", 1, cv=2, seed=2).wait(20)  # made in another way
    study.zoom(learning_rate=(0.005, 0.05))
    n_inside = sum(0.005 <= t.params["learning_rate"] <= 0.05 for t in study.trials[:12])
    search = study.search("random", 3, seed=3)
    assert search.wait(20)
    assert len(search.trials) == 3
    assert (
        search.progress.note == f"{n_inside} earlier trials lie in these ranges: none is repeated."
    )
    assert n_inside > 1


@pytest.mark.parametrize("again", ["look", "train"])
def test_the_file_keeps_the_tree_and_where_one_was(make, tmp_path, again):
    path = tmp_path / "study.db"
    study = make(storage=path)
    study.zoom(n_neurons=[2, 4])
    study.zoom(learning_rate=[0.1])
    study.go_to(1)
    study.zoom(n_neurons=[8])
    study.go_to(2)
    study.close()
    opened = tw.load(path) if again == "look" else make(storage=path)
    assert opened.levels == study.levels
    assert (opened.level, opened.space) == (2, study.levels[1].space)
    if again == "train":
        opened.zoom(learning_rate=[0.01])
        assert tree_of(opened.levels) == [(1, None), (2, 1), (3, 2), (4, 1), (5, 2)]
    opened.close()


def test_the_way_down_a_tree():
    space = tw.SearchSpace.read({"a": (1, 9)}, lambda a: a)
    parents = [None, 1, 1, 3, 2]
    levels = [Level(number, parent, space) for number, parent in enumerate(parents, 1)]
    assert [[level.number for level in trail(levels, n)] for n in range(1, 6)] == [
        [1],
        [1, 2],
        [1, 3],
        [1, 3, 4],
        [1, 2, 5],
    ]
    assert are_a_tree(parents)
    for broken in ([], [1], [None, None], [None, 2], [None, 3, 1], [None, 0], [None, "1"]):
        assert not are_a_tree(broken)
