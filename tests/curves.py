"""Learning curves made by hand, and what the diagnosis says of them."""

from __future__ import annotations

import numpy as np

from tunewidgets.analysis import diagnose
from tunewidgets.distributions import Float
from tunewidgets.space import SearchSpace
from tunewidgets.trial import Run, State, Trial

SPACE = {"learning_rate": Float(1e-4, 1.0, log=True), "n_neurons": (1, 300)}
SETTINGS = {"epochs": None, "batch_size": None, "patience": None, "warmup_epochs": None}


def read(written=None):
    return SearchSpace.read(written or SPACE, lambda learning_rate=0.1, n_neurons=30: None)


def run_of(index=0, state=State.COMPLETE, fold=None, **history):
    return Run(0, index, 0, fold, state, {k: tuple(map(float, v)) for k, v in history.items()})


def examined(*runs, space=None, params=None, objective="val_loss", direction="minimize", **told):
    """Diagnose a trial of these runs; unless told, it was to train as many epochs as it did."""
    settings = {**SETTINGS, "epochs": runs[0].epochs, **told}
    params = {"learning_rate": 0.1, "n_neurons": 30} if params is None else params
    trial = Trial(0, params, runs=runs)
    return diagnose(trial, space or read(), settings, objective, direction)


def kinds(*runs, **how):
    return [finding.kind for finding in examined(*runs, **how)]


def noisy(values, share, seed):
    """Multiply by noise, so that the curve stays above zero."""
    rng = np.random.default_rng(seed)
    return np.asarray(values) * np.exp(share * rng.normal(size=len(values)))


def decay(n, tau, floor=0.3, start=2.0):
    return floor + (start - floor) * np.exp(-np.arange(n) / tau)


def overfitted(n=60, best=20, rise=0.4):
    at = np.arange(n)
    valid = np.where(at < best, 0.4 + 0.6 * ((best - at) / best) ** 2, 0.0)
    valid = np.where(at >= best, 0.4 + rise * ((at - best) / (n - best)), valid)
    return {"loss": decay(n, n / 4, 0.05, 1.0), "val_loss": valid}
