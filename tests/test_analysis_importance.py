"""Importance: what decides comes first, whatever the rest does, and doubt is told."""

from __future__ import annotations

import logging
import math

import numpy as np
import pytest

from tunewidgets.analysis import importance
from tunewidgets.distributions import Float, Int
from tunewidgets.space import SearchSpace
from tunewidgets.trial import Run, State, Trial

SPACE = {
    "rate": Float(1e-5, 1e-1, log=True),
    "n": Int(1, 300),
    "depth": Int(0, 3),
    "act": ["relu", "selu", None],
}


def read(written):
    return SearchSpace.read(written, lambda **_: None)


def drawn(space, n_trials, value_of, seed=0):
    """Draw trials at random; value_of gives their values from the row and a random number."""
    rng = np.random.default_rng(seed)
    trials = []
    for number in range(n_trials):
        row = {
            name: d.choices[rng.integers(d.size)] if hasattr(d, "choices") else d.at(rng.random())
            for name, d in space.items()
        }
        run = Run(number, 0, 0, state=State.COMPLETE, value=value_of(row, rng.random()))
        trials.append(Trial(number, row, runs=(run,)))
    return tuple(trials)


def magnitude(row, noise):
    return abs(math.log10(row["rate"]) + 3) + 0.1 * noise


def choice(row, noise):
    return (row["act"] != "selu") + 0.5 * noise


def few(row, noise):
    return abs(row["depth"] - 2) + 0.2 * noise


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
@pytest.mark.parametrize(
    ("value_of", "first"), [(magnitude, "rate"), (choice, "act"), (few, "depth")]
)
def test_what_decides_comes_first(value_of, first, direction):
    space, sign = read(SPACE), 1 if direction == "minimize" else -1
    for seed in range(5):
        trials = drawn(space, 60, lambda row, noise: sign * value_of(row, noise), seed)
        found = importance(trials, space, direction)
        assert next(iter(found.shares)) == first
        assert found.shares[first] > 0.4
        assert list(found.shares.values()) == sorted(found.shares.values(), reverse=True)
        assert sum(found.shares.values()) == pytest.approx(1)
        assert set(found.shares) == set(SPACE)


def test_a_run_of_a_huge_loss_takes_no_importance():
    space = read(SPACE)

    def value_of(row, noise):
        return 1e9 if row["rate"] > 5e-2 else choice(row, noise)

    found = importance(drawn(space, 80, value_of), space, "minimize")
    assert next(iter(found.shares)) == "act"


def test_doubt_is_told():
    space = read(SPACE)
    found = importance(drawn(space, 39, magnitude), space, "minimize")
    assert found.is_uncertain
    assert found.words == (
        "What sets the best 10 of 39 complete trials apart (PED-ANOVA). Uncertain: 4 "
        "hyperparameters ask for 40 trials or more."
    )
    found = importance(drawn(space, 40, magnitude), space, "minimize")
    assert not found.is_uncertain
    assert found.words == "What sets the best 10 of 40 complete trials apart (PED-ANOVA)."


def test_only_what_was_varied_is_told_of():
    space = read({**SPACE, "one": [5], "same": (1, 9)})
    trials = drawn(space.pin(same=3), 30, magnitude)
    assert set(importance(trials, space, "minimize").shares) == set(SPACE)


def test_a_part_of_the_space_is_told_of_by_the_trials_in_it():
    space = read(SPACE)

    def value_of(row, noise):  # the choice matters where the rate is right
        return 5 + noise if row["rate"] > 1e-3 else choice(row, noise)

    trials = drawn(space, 150, value_of)
    part = space.narrow(rate=(1e-5, 1e-3))
    assert next(iter(importance(trials, part, "minimize").shares)) == "act"


def test_too_little_says_nothing():
    space = read(SPACE)
    assert importance((), space, "minimize") is None
    assert importance(drawn(space, 7, magnitude), space, "minimize") is None
    assert importance(drawn(space, 8, magnitude), space, "minimize") is not None
    assert importance(drawn(space, 30, lambda *_: 1.0), space, "minimize") is None
    assert importance(drawn(space, 30, lambda *_: math.inf), space, "minimize") is None
    pinned = space.pin(rate=1e-3, n=5, depth=1, act=None)
    assert importance(drawn(pinned, 30, magnitude), pinned, "minimize") is None


def test_optuna_says_nothing_of_its_own(caplog):
    import optuna

    optuna.logging.enable_propagation()
    try:
        verbosity = optuna.logging.get_verbosity()
        with caplog.at_level(logging.DEBUG):
            importance(drawn(read(SPACE), 20, magnitude), read(SPACE), "minimize")
        assert not caplog.records
        assert optuna.logging.get_verbosity() == verbosity
    finally:
        optuna.logging.disable_propagation()


def test_a_study_tells_of_its_own(make):
    study = make(space={"n_neurons": (1, 40), "learning_rate": Float(0.05, 0.15)})
    assert study.importance() is None
    assert study.search("random", 30, seed=1).wait(20)
    found = study.importance()
    assert next(iter(found.shares)) == "n_neurons"
    assert not found.is_uncertain
