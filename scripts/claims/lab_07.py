"""Lab 7: the batch size, warm-up for very large batches, and many epochs with early stopping."""

from __future__ import annotations

import math
import statistics
from typing import Any

import tunewidgets as tw
from scripts.claims.claim import Claim
from scripts.claims.districts import TITLE, districts
from scripts.claims.figures import mean, spread, told, values
from scripts.claims.studies import first_seed, fresh
from tunewidgets.study import Study
from tunewidgets.sweeping import Sweep

NAME = "07_batch_size"
EPOCHS = 30
BATCHES = [32, 128, 512, 2048, 8192]
SPACE = {
    "batch_size": BATCHES,
    "learning_rate": tw.Float(1e-3, 0.3, log=True),
    "warmup_epochs": (0, 20),
}
RATE, LARGE_RATE = 0.003, 0.1
WARM = 10
FIXED = [5, 20, 80, 160]
PATIENCE = 10
BATCH = 512


def claims() -> list[Claim]:
    """Grow the batch at one learning rate, try a large one with warm-up, and many epochs."""
    x, y, valid = districts()
    study = tw.Study(
        build_model, SPACE, x, y, validation_data=valid, epochs=EPOCHS, seed=first_seed(),
        name=TITLE, storage=fresh(NAME), checkpoints=False,
    )  # fmt: skip
    try:
        warmed = {
            warm: _at_large_rate(study, 8192, warm) for warm in (0, WARM)
        } | {"smaller": _at_large_rate(study, BATCH, 0)}  # fmt: skip
        batches = study.sweep(
            "batch_size", BATCHES, params={"learning_rate": RATE, "warmup_epochs": 0}
        )
        study.wait()
        return [_large_batches(batches, len(x)), _warm_up(warmed), _many_epochs()]
    finally:
        study.close()


def build_model(learning_rate: float = RATE, input_shape: tuple[int, ...] = (8,)) -> Any:
    """Build two hidden layers of 50, trained by Adam."""
    return tw.builders.mlp(2, 50, learning_rate=learning_rate, input_shape=input_shape)


def _at_large_rate(study: Study, batch: int, warm: int) -> Sweep:
    params = {"batch_size": batch, "warmup_epochs": warm}
    return study.sweep("learning_rate", [LARGE_RATE], params=params)


def _large_batches(sweep: Sweep, n: int) -> Claim:
    per_epoch = {
        batch: statistics.median(
            (t.runs[0].epochs_seconds - t.runs[0].first_epoch_seconds) / (t.epochs - 1)
            for t in sweep.trials
            if t.params["batch_size"] == batch and t.value is not None
        )
        for batch in BATCHES
    }
    each = "; ".join(
        f"{p.value}: {told(p.valid)}, {1000 * per_epoch[p.value]:.0f} ms an epoch"
        + (f", {p.n_diverged} diverged" if p.n_diverged else "")
        for p in sweep.points
    )
    faster = per_epoch[BATCHES[0]] / per_epoch[8192]
    is_worse = mean(sweep.points[-1].valid) > 1.1 * mean(sweep.points[0].valid)
    lag = (
        f"with as few steps ({math.ceil(n / 8192)} an epoch) the loss has come less far"
        if is_worse
        else "the loss has come as far"
    )
    return Claim(
        17,
        "Large batches use accelerators well but may be unstable",
        7,
        f"{TITLE} ({n:,} districts), Adam, learning rate {RATE:g}, {EPOCHS} epochs, "
        f"3 repeats, without an accelerator. Batch size: {each}. An epoch is "
        f"{faster:.1f} times as fast with 8,192; {lag}. What happens when the learning rate is "
        f"raised to make up for it: claim 18.",
        "yes" if faster > 2 and is_worse else "partly" if faster > 2 or is_worse else "no",
    )


def _warm_up(sweeps: dict[Any, Sweep]) -> Claim:
    cold, warm, smaller = (values(sweeps[key].trials) for key in (0, WARM, "smaller"))
    n_lost = len(sweeps[0].trials) - len(cold)
    calms = mean(warm) < mean(cold) - spread(cold)
    is_enough = mean(smaller) <= mean(warm) + spread(warm)
    smaller_told = told(smaller) if smaller else "every run diverged"
    return Claim(
        18,
        "Warm-up calms large batches; else take a smaller batch",
        7,
        f"Same data, batches of 8,192, learning rate {LARGE_RATE:g} ({LARGE_RATE / RATE:.0f} "
        f"times as large), "
        f"{EPOCHS} epochs, 3 repeats. Without warm-up {told(cold)}"
        f"{f', {n_lost} diverged' if n_lost else ''}; with {WARM} epochs of warm-up "
        f"{told(warm)}. Batches of {BATCH} at that rate, no warm-up: {smaller_told}, "
        f"{'as good' if is_enough else 'worse: a smaller batch wants a smaller rate too'}.",
        "yes" if calms else "no",
    )


def _many_epochs() -> Claim:
    x, y, valid = districts(1000)
    study = tw.Study(
        build_model,
        SPACE,
        x,
        y,
        validation_data=valid,
        seed=first_seed(),
        batch_size=32,
        checkpoints=False,
    )
    try:
        at = {"batch_size": 32, "learning_rate": RATE, "warmup_epochs": 0}
        fixed = {n: study.sweep("learning_rate", [RATE], params={**at, "epochs": n})
                 for n in FIXED}  # fmt: skip
        stopping = {**at, "epochs": FIXED[-1], "patience": PATIENCE, "restore_best": True}
        stopped = study.sweep("learning_rate", [RATE], params=stopping)
        study.wait()
        reached = {n: values(sweep.trials) for n, sweep in fixed.items()}
        found = values(stopped.trials)
        epochs = [trial.epochs for trial in stopped.trials]
    finally:
        study.close()
    each = "; ".join(f"{n}: {told(reached[n])}" for n in FIXED)
    best = min(mean(reached[n]) for n in FIXED)
    chance = max(spread(found), *(spread(reached[n]) for n in FIXED))
    return Claim(
        21,
        "Many epochs with early stopping",
        7,
        f"{TITLE}, {len(x):,} districts, batches of 32, 3 repeats. Epochs, without early "
        f"stopping: {each}. {FIXED[-1]} with a patience of {PATIENCE} and the best weights "
        f"restored: {told(found)} after {told(epochs, '.0f')} epochs.",
        "yes" if mean(found) < best + chance else "no",
    )
