"""Every rule of the diagnosis, on curves made to show it and on their near neighbours."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.curves import SPACE, decay, examined, kinds, noisy, overfitted, read, run_of
from tunewidgets.analysis import Kind
from tunewidgets.trial import State

SEEDS = range(20)


# Overfitting


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("share", [0, 0.01, 0.03])
def test_overfitting_from_an_epoch(share, seed):
    curves = {name: noisy(values, share, seed) for name, values in overfitted().items()}
    (found,) = examined(run_of(**curves))
    assert found.kind is Kind.OVERFITTING
    epoch, last = found.evidence.epochs
    assert last == 60
    assert abs(epoch - 21) <= 6
    assert f"Overfitting from epoch {epoch}: val_loss was best there" in found.words
    assert found.suggestion == {"patience": 6}
    assert found.button == "Stop early (patience 6)"
    assert f"val_loss at epoch {epoch}" in found.evidence.figures
    assert "loss at epoch 60" in found.evidence.words


def test_overfitting_of_a_score_is_a_fall():
    curves = overfitted()
    score = {"accuracy": 1 - curves["loss"] / 2, "val_accuracy": 1 - curves["val_loss"]}
    run = run_of(**curves, **score)
    (found,) = examined(run, objective="val_accuracy", direction="maximize")
    assert found.kind is Kind.OVERFITTING
    assert found.evidence.figures["val_accuracy at epoch 60"] == score["val_accuracy"][-1]
    assert "accuracy went on improving" in found.words


def test_overfitting_that_was_stopped_early_needs_no_patience():
    curves = {name: values[:31] for name, values in overfitted(rise=1.2).items()}
    (found,) = examined(run_of(**curves), epochs=100, patience=10)
    assert (found.kind, found.suggestion, found.button) == (Kind.OVERFITTING, None, None)


def test_a_running_run_can_overfit():
    assert kinds(run_of(state=State.RUNNING, **overfitted()), epochs=500) == [Kind.OVERFITTING]


def test_what_gets_worse_in_training_too_does_not_overfit():
    valid = overfitted()["val_loss"]
    assert Kind.OVERFITTING not in kinds(run_of(loss=0.8 * valid, val_loss=valid))


def test_a_gap_alone_is_no_overfitting():
    run = run_of(loss=decay(60, 15, 0.1), val_loss=decay(60, 12, 0.5))
    assert Kind.OVERFITTING not in kinds(run)


def test_without_a_twin_in_training_nothing_overfits():
    assert Kind.OVERFITTING not in kinds(run_of(val_loss=overfitted()["val_loss"]))


# Still improving


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("share", [0, 0.01])
def test_still_improving_when_it_ended(share, seed):
    curve = noisy(decay(40, 25), share, seed)
    (found,) = examined(run_of(loss=curve, val_loss=curve))
    assert found.kind is Kind.STILL_IMPROVING
    assert found.suggestion == {"epochs": 60}
    assert found.button == "20 more epochs"


def test_more_epochs_stay_in_the_range_of_the_space():
    curve = decay(40, 25)
    space = read({**SPACE, "epochs": (10, 50)})
    params = {"learning_rate": 0.1, "n_neurons": 30, "epochs": 40}
    (found,) = examined(run_of(loss=curve, val_loss=curve), space=space, params=params)
    assert (found.suggestion, found.button) == ({"epochs": 50}, "10 more epochs")
    space = read({**SPACE, "epochs": (10, 40)})
    (found,) = examined(run_of(loss=curve, val_loss=curve), space=space, params=params)
    assert (found.kind, found.suggestion) == (Kind.STILL_IMPROVING, None)


@pytest.mark.parametrize("state", [State.STOPPED, State.RUNNING, State.PRUNED])
def test_what_did_not_come_to_its_end_is_not_still_improving(state):
    curve = decay(40, 25)
    assert kinds(run_of(state=state, loss=curve, val_loss=curve), epochs=100) == []
    assert kinds(run_of(loss=curve, val_loss=curve), epochs=100) == []  # stopped by patience


def test_a_score_that_has_come_to_its_end_is_not_still_improving():
    score = np.minimum(np.linspace(0.6, 1.05, 40), 1.0)
    run = run_of(loss=1 - score, val_loss=1 - score, val_accuracy=score)
    found = kinds(run, objective="val_accuracy", direction="maximize")
    assert Kind.STILL_IMPROVING not in found


# Plateau


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("share", [0, 0.005, 0.01])
def test_a_plateau_since_an_epoch(share, seed):
    curve = noisy(decay(100, 6, 0.3), share, seed)
    (found,) = examined(run_of(loss=curve, val_loss=curve))
    assert found.kind is Kind.PLATEAU
    assert 15 <= found.evidence.epochs[0] <= 60
    assert found.suggestion == {"patience": 10}
    assert kinds(run_of(loss=curve, val_loss=curve), patience=50) == [Kind.PLATEAU]


def test_a_plateau_of_a_score():
    score = 1 - decay(100, 6, 0.1, 0.9)
    run = run_of(loss=decay(100, 6), val_accuracy=score)
    assert kinds(run, objective="val_accuracy", direction="maximize") == [Kind.PLATEAU]


def test_a_loss_that_keeps_halving_is_no_plateau():
    curve = 2.0 ** -np.arange(60)
    assert Kind.PLATEAU not in kinds(run_of(loss=curve, val_loss=curve))


# Divergence


@pytest.mark.parametrize("last", [math.nan, math.inf])
@pytest.mark.parametrize("n", [1, 3, 30])
def test_diverged_at_an_epoch(n, last):
    losses = [*decay(n - 1, 5), last]
    run = run_of(state=State.FAILED, loss=losses, val_loss=losses)
    (found,) = examined(run, params={"learning_rate": 0.5, "n_neurons": 7})
    assert found.kind is Kind.DIVERGED
    assert found.words.startswith(f"Diverged at epoch {n} with learning_rate 0.5, n_neurons 7.")
    assert found.evidence.epochs == (n, n)
    assert found.suggestion == {"learning_rate": 0.05}
    assert found.button == "Use learning_rate 0.05"


def test_diverged_on_the_validation_data():
    run = run_of(state=State.FAILED, loss=decay(9, 5), val_loss=[*decay(8, 5), math.nan])
    assert kinds(run) == [Kind.DIVERGED]


@pytest.mark.parametrize("seed", SEEDS)
def test_diverged_to_a_large_loss(seed):
    curve = noisy(np.exp(np.linspace(0, 8, 20)), 0.3, seed)
    (found, *_) = examined(run_of(loss=curve, val_loss=curve))
    assert found.kind is Kind.DIVERGED
    assert 4 <= found.evidence.epochs[0] <= 9


def test_a_failure_of_another_kind_is_no_divergence():
    assert kinds(run_of(state=State.FAILED, loss=decay(30, 5), val_loss=decay(30, 5))) == []


def test_epochs_without_validation_are_no_divergence():
    valid = [value if i % 5 == 4 else math.nan for i, value in enumerate(decay(42, 50))]
    loss = decay(42, 50)
    assert Kind.DIVERGED not in kinds(run_of(state=State.RUNNING, loss=loss, val_loss=valid))


# The learning rate, and the batch


@pytest.mark.parametrize("seed", SEEDS)
def test_a_loss_that_rises_at_first(seed):
    curve = np.concatenate([[1.0, 1.9, 2.6], decay(37, 8, 0.4, 2.2)])
    curve = noisy(curve, 0.01, seed)
    found = examined(run_of(loss=curve, val_loss=curve))[0]
    assert found.kind is Kind.RATE_TOO_LARGE
    assert found.evidence.epochs == (1, 3)
    assert found.suggestion == {"learning_rate": 0.03}
    assert "epoch 3" in found.words


@pytest.mark.parametrize("seed", SEEDS)
def test_a_loss_that_jumps(seed):
    curve = noisy(decay(50, 10), 0.25, seed)
    found = examined(run_of(loss=curve, val_loss=curve))[0]
    assert found.kind is Kind.UNSTABLE
    assert found.suggestion == {"learning_rate": 0.03}
    assert len(found.evidence.figures) == 2


@pytest.mark.parametrize("seed", SEEDS)
def test_a_validation_loss_that_jumps(seed):
    run = run_of(loss=decay(50, 10), val_loss=noisy(decay(50, 10), 0.25, seed))
    found = examined(run)[0]
    assert found.kind is Kind.UNSTABLE
    assert "val_loss jumps up" in found.words


def test_jumps_of_a_loss_that_is_next_to_nothing_do_not_matter():
    curve = noisy(decay(100, 6, 1e-4, 2.0), 0.25, 1)
    assert Kind.UNSTABLE not in kinds(run_of(loss=curve, val_loss=curve))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("share", [0, 0.005])
def test_a_loss_that_creeps(share, seed):
    curve = noisy(decay(30, 100), share / 4, seed)
    (found,) = examined(run_of(loss=curve, val_loss=curve))
    assert found.kind is Kind.RATE_TOO_SMALL
    assert found.suggestion == {"learning_rate": 0.3}
    assert found.button == "Use learning_rate 0.3"


def test_a_warm_up_is_no_creep():
    curve = np.concatenate([np.linspace(2, 1.6, 12), decay(8, 2, 0.3, 1.6)])
    assert Kind.RATE_TOO_SMALL not in kinds(run_of(loss=curve, val_loss=curve), warmup_epochs=12)


def test_large_batch_and_unstable():
    curve = noisy(decay(50, 10), 0.25, 1)
    run = run_of(loss=curve, val_loss=curve)
    found = examined(run, batch_size=1024)[0]
    assert found.kind is Kind.LARGE_BATCH
    assert found.words == (
        "Unstable with a large batch of 1,024: try warm-up, then a smaller batch."
    )
    assert (found.suggestion, found.button) == ({"warmup_epochs": 3}, "Use warmup_epochs 3")
    found = examined(run, batch_size=1024, warmup_epochs=5)[0]
    assert found.kind is Kind.LARGE_BATCH
    assert "try a smaller batch" in found.words
    assert found.suggestion == {"batch_size": 256}
    assert Kind.LARGE_BATCH not in kinds(run, batch_size=128)


def test_a_large_batch_that_is_calm_is_left_alone():
    curve = decay(100, 6)
    assert kinds(run_of(loss=curve, val_loss=curve), batch_size=4096) == [Kind.PLATEAU]


def test_a_large_batch_that_diverged_is_told_of_as_well():
    run = run_of(state=State.FAILED, loss=[2.0, math.nan], val_loss=[2.0, math.nan])
    assert kinds(run, batch_size=512) == [Kind.DIVERGED, Kind.LARGE_BATCH]
