"""Lab 6: the learning rate, and optimizers beyond plain mini-batch gradient descent."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

import tunewidgets as tw
from scripts.claims.claim import Claim
from scripts.claims.districts import TITLE, districts
from scripts.claims.figures import told, values
from scripts.claims.slimming import slim
from scripts.claims.studies import first_seed, fresh, seeds
from tunewidgets.analysis.importance import importance
from tunewidgets.search import Search
from tunewidgets.sweeping import Sweep
from tunewidgets.trial import Trial

NAME = "06_learning_rate"
N = 1000
EPOCHS = 15
N_TRIALS = 30
OPTIMIZERS = ["sgd", "momentum", "rmsprop", "adam", "nadam"]
SPACE = {
    "learning_rate": tw.Float(1e-5, 1.0, log=True),
    "optimizer": OPTIMIZERS,
    "n_hidden": [1, 2, 3],
    "n_neurons": (5, 100),
}
UNSEEN = ["mse", "val_mse", "mae", "val_mae"]
"""Metrics that the lesson's page does without: the mean squared error is the loss."""

RATES = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0]
SLOW, SLOW_EPOCHS = 1e-4, 150


def build_model(
    n_hidden: int = 2,
    n_neurons: int = 30,
    optimizer: str = "sgd",
    learning_rate: float = 1e-2,
    input_shape: tuple[int, ...] = (8,),
) -> Any:
    """Build the ready network with an optimizer by its name."""
    return tw.builders.mlp(
        n_hidden, n_neurons, optimizer=optimizer, learning_rate=learning_rate,
        input_shape=input_shape,
    )  # fmt: skip


def claims() -> list[Claim]:
    """Search, move the learning rate alone, and give every optimizer its best one."""
    x, y, valid = districts(N)
    common: dict[str, Any] = {
        "validation_data": valid, "epochs": EPOCHS, "seed": first_seed(), "checkpoints": False,
    }  # fmt: skip
    file = fresh(NAME)
    study = tw.Study(build_model, SPACE, x, y, name=TITLE, storage=file, **common)
    try:
        searches = [study.search("random", N_TRIALS, seed=seed) for seed in seeds()]
        sweep = study.sweep("learning_rate", RATES)
        study.wait()
        found = [_most_important(study, searches), _too_large(sweep)]
    finally:
        study.close()
        slim(file, UNSEEN)
    beside = tw.Study(build_model, SPACE, x, y, **common)  # the page's importance is the searches'
    try:
        longer = beside.sweep("learning_rate", [SLOW], params={"epochs": SLOW_EPOCHS})
        by_optimizer = {
            name: beside.sweep("learning_rate", [1e-3, 1e-2, 1e-1], params={"optimizer": name})
            for name in OPTIMIZERS
        }
        beside.wait()
        return [*found, _too_small(sweep, longer), _optimizers(by_optimizer)]
    finally:
        beside.close()


def _most_important(study: tw.Study, searches: Sequence[Search]) -> Claim:
    shares: dict[str, list[float]] = {name: [] for name in SPACE}
    n_first = 0
    for search in searches:
        judged = importance(search.trials, study.space, "minimize")
        if judged is not None:
            n_first += max(judged.shares, key=judged.shares.__getitem__) == "learning_rate"
            for name in SPACE:
                shares[name].append(judged.shares.get(name, 0.0))
    order = sorted(shares, key=lambda name: -statistics.fmean(shares[name]))
    each = ", ".join(f"{name} {told(shares[name], '.0%')}" for name in order)
    return Claim(
        13,
        "The learning rate matters most",
        6,
        f"{TITLE} ({N:,} districts, {EPOCHS} epochs), {len(searches)} random searches of "
        f"{N_TRIALS}. Importance (PED-ANOVA): {each}; first in {n_first} of {len(searches)}. Its "
        f"range is also the widest, five orders of magnitude.",
        "yes" if n_first == len(searches) else "partly" if order[0] == "learning_rate" else "no",
    )


def _too_large(sweep: Sweep) -> Claim:
    best = min((p for p in sweep.points if p.valid), key=lambda point: point.mean_valid)
    largest = sweep.points[-1]
    goal = 1.5 * best.mean_valid
    there = {p.value: _epochs_to(goal, _of(sweep, p.value)) for p in sweep.points}
    each = "; ".join(
        f"{p.value:g}: {told(p.valid)}"
        + (f", {p.n_diverged} of 3 diverged" if p.n_diverged else "")
        for p in sweep.points
    )
    fast = ", ".join(f"{rate:g} after {epochs:.0f}" for rate, epochs in there.items() if epochs)
    is_worse = not largest.valid or largest.mean_valid > 1.2 * best.mean_valid
    return Claim(
        14,
        "Too large a learning rate: fast, perhaps no optimum",
        6,
        f"Same data, SGD, 3 repeats. Learning rate and validation loss: {each}. Epochs to "
        f"{goal:.2f}: {fast or 'none came there'}. The largest rate "
        f"{'finds no optimum' if is_worse else 'did as well as the others'}.",
        "yes" if is_worse else "no",
    )


def _too_small(sweep: Sweep, longer: Sweep) -> Claim:
    best = min((p for p in sweep.points if p.valid), key=lambda point: point.mean_valid)
    short, long = _of(sweep, SLOW), longer.trials
    smallest = sweep.points[0]
    ends = [trial.runs[0].history["val_loss"][-20:] for trial in long]
    still = sum(end[-1] < 0.995 * end[0] for end in ends)
    is_slow = smallest.mean_valid > 2 * best.mean_valid
    return Claim(
        15,
        "Too small a learning rate: slow, perhaps stuck",
        6,
        f"Same runs: {smallest.value:g} stands at {told(smallest.valid)} after {EPOCHS} epochs. "
        f"With {SLOW:g}, {EPOCHS} epochs give {told(values(short))} and {SLOW_EPOCHS} give "
        f"{told(values(long))}, against {told(best.valid)} for {best.value:g} after {EPOCHS}. "
        f"{still} of {len(ends)} were still falling: slow, "
        f"{'but not stuck' if still == len(ends) else 'and some stuck'}.",
        "no" if not is_slow else "partly" if still == len(ends) else "yes",
    )


def _optimizers(sweeps: dict[str, Sweep]) -> Claim:
    best = {name: min((p for p in s.points if p.valid), key=lambda p: p.mean_valid)
            for name, s in sweeps.items()}  # fmt: skip
    plain = best.pop("sgd")
    each = "; ".join(f"{name} {told(p.valid)} at {p.value:g}" for name, p in best.items())
    spread = statistics.fmean(statistics.stdev(p.valid) for p in (plain, *best.values()))
    n_better = sum(p.mean_valid < plain.mean_valid - spread for p in best.values())
    return Claim(
        16,
        "Better optimizers beat plain mini-batch gradient descent",
        6,
        f"Same data, each with the best of three learning rates, 3 repeats. SGD "
        f"{told(plain.valid)} at {plain.value:g}; {each}. {n_better} of {len(best)} are better by "
        f"more than the spread between repeats ({spread:.3f}).",
        "yes" if n_better == len(best) else "partly" if n_better else "no",
    )


def _of(sweep: Sweep, rate: float) -> list[Trial]:
    return [trial for trial in sweep.trials if trial.params["learning_rate"] == rate]


def _epochs_to(goal: float, trials: Sequence[Trial]) -> float | None:
    """Give the mean number of epochs until a loss is reached, or None where one never does."""
    found = [
        next((n for n, v in enumerate(t.runs[0].history.get("val_loss", ()), 1) if v <= goal), None)
        for t in trials
    ]
    known = [n for n in found if n is not None]
    return statistics.fmean(known) if len(known) == len(found) else None
