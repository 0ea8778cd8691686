"""What every pruner keeps to."""

from __future__ import annotations

from dataclasses import replace

import optuna
import pytest

from tunewidgets.errors import SpaceError
from tunewidgets.plan import Goal, SearchPlan
from tunewidgets.pruners import PRUNERS, check_pruner, pruner_of
from tunewidgets.space import SearchSpace
from tunewidgets.trial import Run, State, Trial

EVERY = pytest.mark.parametrize("name", [*PRUNERS, "object"])
SPACE = SearchSpace.read({"a": (1, 100)}, lambda a: a)
EPOCHS = 20


def make(name, goal=None):
    plan = SearchPlan("me", "random", 99, None, 3, 1, SPACE.to_json(), pruner=name)
    given = optuna.pruners.MedianPruner(n_startup_trials=2) if name == "object" else None
    return pruner_of(plan, goal or Goal(), given)


def run_of(number, curve, state=State.RUNNING):
    value = curve[-1] if state is State.COMPLETE else None
    return Run(number, 0, 0, None, state, {"val_loss": tuple(curve)}, value=value)


def trial_of(run, origin="me"):
    return Trial(run.trial, {"a": 1 + run.trial % 100}, origin, runs=(run,))


def curve_of(level):
    return [level + 1 / (epoch + 1) for epoch in range(EPOCHS)]


def train(pruner, trials, curve, origin="me"):
    """Make a trial epoch by epoch; tell how many epochs it was given."""
    number = len(trials)
    for epoch in range(1, len(curve) + 1):
        run = run_of(number, curve[:epoch])
        if pruner.judge(run, (*trials, trial_of(run))):
            trials.append(trial_of(replace(run, state=State.PRUNED), origin))
            return epoch
    trials.append(trial_of(run_of(number, curve, State.COMPLETE), origin))
    return len(curve)


@EVERY
def test_the_hopeless_are_ended_and_the_best_go_on(name):
    pruner, trials = make(name), []
    levels = [5, 4, 6, 5, 4, 5, *([9, 8, 7] * 6)]
    given = [train(pruner, trials, curve_of(level)) for level in levels]
    assert sum(given[6:]) < 0.8 * len(given[6:]) * EPOCHS
    assert train(pruner, trials, curve_of(1)) == EPOCHS


@EVERY
def test_a_score_is_maximised(name):
    pruner, trials = make(name, Goal("val_loss", "maximize")), []
    for level in [5, 4, 6, 5, 4, 5, *([1, 2, 3] * 6)]:
        train(pruner, trials, [-x for x in curve_of(-level)])
    assert train(pruner, trials, [-x for x in curve_of(-9)]) == EPOCHS
    assert sum(t.state is State.PRUNED for t in trials) > 6


@EVERY
def test_the_verdict_does_not_depend_on_how_many_epochs_come_at_once(name):
    one, other, trials = make(name), make(name), []
    for level in [5, 4, 6, 5, 4, 9, 8, 9, 3, 9]:
        number, curve = len(trials), curve_of(level)
        whole = run_of(number, curve)
        at_once = other.judge(whole, (*trials, trial_of(whole)))
        assert (train(one, trials, curve) < EPOCHS) == at_once


@EVERY
def test_trials_from_elsewhere_and_from_before_are_evidence(name):
    first, trials = make(name), []
    for level in [5, 4, 6, 5, 4, 5, 9, 8, 7] * 3:
        train(first, trials, curve_of(level))
    assert train(make(name), list(trials), curve_of(99)) < EPOCHS  # as after a restart
    person = [replace(trial, origin="person") for trial in trials]
    assert train(make(name), person, curve_of(99)) < EPOCHS
    with_other_epochs = [replace(t, params={**t.params, "epochs": 99}) for t in trials]
    if name == "median":  # which has nobody to compare with then
        assert train(make(name), with_other_epochs, curve_of(99)) == EPOCHS


@EVERY
def test_a_run_that_starts_over_is_judged_anew(name):
    pruner, trials = make(name), []
    for level in [5, 4, 6, 5, 4, 5]:
        train(pruner, trials, curve_of(level))
    half = run_of(len(trials), curve_of(1)[:10])
    assert not pruner.judge(half, (*trials, trial_of(half)))
    assert train(pruner, trials, curve_of(1)) == EPOCHS


def test_names_and_synonyms():
    assert check_pruner("asha") == check_pruner("successive_halving") == "halving"
    with pytest.raises(SpaceError, match="an Optuna pruner, but got 'medain': did you mean 'med"):
        check_pruner("medain")
