"""The diagnosis as a whole: what it suggests can be set, and it is silent when unsure."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.curves import SETTINGS, decay, examined, kinds, noisy, overfitted, read, run_of
from tunewidgets.analysis import Kind, diagnose, diagnose_run
from tunewidgets.distributions import Float, Int
from tunewidgets.space import SearchSpace
from tunewidgets.trial import Run, State, Trial

# What is suggested can be set


@pytest.mark.parametrize(
    ("rate", "suggested"),
    [
        (Float(0.09, 1.0), None),  # 0.09 is hardly less than 0.1
        (Float(0.02, 1.0), 0.02),
        ([0.1, 0.01, 0.001], 0.01),
        ([0.1, 0.2], None),
        (["fast", 0.1], None),
    ],
)
def test_a_rate_is_suggested_that_the_space_has(rate, suggested):
    run = run_of(state=State.FAILED, loss=[math.nan], val_loss=[math.nan])
    (found,) = examined(run, space=read({"learning_rate": rate}))
    assert found.suggestion == (None if suggested is None else {"learning_rate": suggested})
    assert (found.button is None) == (suggested is None)


def test_only_names_that_there_are_are_suggested():
    space = SearchSpace.read({"n": (1, 9)}, lambda n, epochs, patience, batch_size: None)
    diverged = run_of(state=State.FAILED, loss=[math.nan], val_loss=[math.nan])
    for run in (diverged, run_of(**overfitted()), run_of(loss=decay(40, 25))):
        for found in examined(run, space=space, params={"n": 3}, batch_size=512):
            assert set(found.suggestion or {}) <= {"warmup_epochs"}


def test_rates_go_by_several_names():
    run = run_of(state=State.FAILED, loss=[math.nan], val_loss=[math.nan])
    for name in ("lr", "eta", "adam_learning_rate", "LR"):
        space = SearchSpace.read({name: Float(1e-4, 1, log=True)}, lambda **_: None)
        (found,) = examined(run, space=space, params={name: 0.1})
        assert found.suggestion == {name: 0.01}


def test_an_int_of_the_space_gets_an_int():
    space = read({"batch_size": Int(8, 2048, log=True), "warmup_epochs": (0, 2)})
    curve = noisy(decay(50, 10), 0.25, 1)
    params = {"batch_size": 1024, "warmup_epochs": 0}
    found = examined(run_of(loss=curve, val_loss=curve), space=space, params=params)[0]
    assert found.suggestion == {"warmup_epochs": 2}
    params = {"batch_size": 1024, "warmup_epochs": 2}
    found = examined(run_of(loss=curve, val_loss=curve), space=space, params=params)[0]
    assert found.suggestion == {"batch_size": 256}
    assert type(found.suggestion["batch_size"]) is int


# Silence


@pytest.mark.parametrize("n", range(1, 5))
def test_short_runs_say_nothing(n):
    rng = np.random.default_rng(n)
    for curve in (np.linspace(1, 0.1, n), np.linspace(0.1, 5, n), rng.uniform(0.1, 9, n)):
        assert kinds(run_of(loss=decay(n, 3), val_loss=curve), batch_size=4096) == []
        assert kinds(run_of(loss=curve, val_loss=decay(n, 3)), batch_size=4096) == []


def test_no_epochs_say_nothing():
    waiting = Run(0, 0, 0)
    assert examined(waiting, epochs=10) == ()
    trial = Trial(0, {}, runs=(waiting,))
    assert diagnose_run(waiting, trial, read(), SETTINGS, "val_loss", "minimize") == ()
    assert diagnose(Trial(0, {}), read(), SETTINGS, "val_loss", "minimize") == ()


@pytest.mark.parametrize("share", [0.01, 0.03])
@pytest.mark.parametrize("n", [5, 8, 20, 100])
def test_noise_says_nothing(n, share):
    for seed in range(60):
        loss, valid = (noisy(np.full(n, 0.5), share, 2 * seed + i) for i in (0, 1))
        assert kinds(run_of(loss=loss, val_loss=valid), batch_size=1024) == [], seed


@pytest.mark.parametrize("share", [0.01, 0.03, 0.05])
@pytest.mark.parametrize("tau", [5, 10, 20])
def test_a_good_run_is_not_scolded(tau, share):
    """It came down and levelled off: at most a plateau, or still improving."""
    allowed = {Kind.PLATEAU, Kind.STILL_IMPROVING}
    for seed in range(40):
        loss = noisy(decay(100, tau, 0.2), share, 2 * seed)
        valid = noisy(decay(100, tau, 0.3), share, 2 * seed + 1)
        assert set(kinds(run_of(loss=loss, val_loss=valid), batch_size=1024)) <= allowed, seed


def test_a_wandering_curve_is_hardly_ever_diagnosed():
    """A random walk has trends that mean nothing; a rule may be fooled now and then."""
    fooled = 0
    for seed in range(200):
        steps = np.random.default_rng(seed).normal(size=(2, 50)) * 0.01
        loss, valid = np.exp(np.cumsum(steps, axis=1))
        fooled += bool(kinds(run_of(loss=loss, val_loss=valid)))
    assert fooled <= 30


# Folds


def test_most_of_the_folds_must_show_it():
    bad, good = overfitted(), {"loss": decay(60, 5), "val_loss": decay(60, 5)}

    def folds(*curves):
        return [run_of(index=i, fold=i, **c) for i, c in enumerate(curves)]

    (found,) = examined(*folds(good, bad, bad))
    assert found.kind is Kind.OVERFITTING
    assert found.evidence.words.endswith("2 of 3 folds show it; these are the first one's figures.")
    assert kinds(*folds(good, bad, good)) == [Kind.PLATEAU]
    assert kinds(*folds(good, bad)) == []
    broken = run_of(index=2, fold=2, state=State.FAILED, loss=[1.0, math.nan])
    assert Kind.DIVERGED in kinds(*folds(good, good), broken)


def test_a_single_run_of_several_can_be_asked_about():
    bad, good = overfitted(), {"loss": decay(60, 5), "val_loss": decay(60, 5)}
    runs = tuple(run_of(index=i, fold=i, **c) for i, c in enumerate((good, bad)))
    trial = Trial(0, {"learning_rate": 0.1}, runs=runs)
    settings = {**SETTINGS, "epochs": 60}
    (found,) = diagnose_run(runs[1], trial, read(), settings, "val_loss", "minimize")
    assert found.kind is Kind.OVERFITTING


def test_a_study_diagnoses_its_own(make):
    study = make()
    trial = study.enqueue()
    assert study.wait(20)
    assert study.diagnose(trial) == study.diagnose(0) == ()  # two epochs tell nothing
