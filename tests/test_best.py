"""The best trial, kept in step with whatever becomes of the trials."""

from __future__ import annotations

import random
import threading

import pytest

from tests.lab_helpers import snapshot, trial
from tunewidgets.best import Best
from tunewidgets.trial import State


def follow(trials, **kwargs):
    return Best(trials, True, threading.Condition(), **kwargs)


def test_of_none_there_is_no_best():
    best = follow([])
    assert (best.number, best.value) == (None, float("inf"))
    assert best.is_beaten_by(1e9)


def test_of_equal_ones_the_first_and_others_may_not_count():
    trials = [trial(0, [[2.0]]), trial(1, [[1.0]]), trial(2, [[1.0]])]
    assert follow(trials).number == 1
    assert follow(trials, counts=lambda it: it.number != 1).number == 2


@pytest.mark.parametrize("seed", range(5))
def test_it_is_what_the_ranking_says_however_trials_change(seed):
    draw, trials = random.Random(seed), []  # noqa: S311
    best = follow(trials)
    for _ in range(200):
        number = draw.randrange(len(trials) + 1)
        state = draw.choice([State.COMPLETE, State.COMPLETE, State.RUNNING])
        changed = trial(number, [[draw.choice([1.0, 2.0, 3.0])]], state)
        trials[number : number + 1] = [changed]
        best.take(changed)
        assert best.number == next(iter(snapshot(*trials).ranking), None)
        assert best.is_beaten_by(min(best.value, 1e9) - 0.1)
        assert not best.is_beaten_by(best.value)
