"""An epoch of the lecture's model, once compiled, by every path, and what the arithmetic takes.

The 8-50-50-1 MLP has 11,610 samples to train and 3,870 to validate on, in batches of 32. Every
path has a fresh process, in turn; a figure is the median over the turns.
"""

from __future__ import annotations

import statistics
from functools import partial

from benchmarks import arithmetic, fits, fresh, housing, zoo
from benchmarks.table import Figure

N_TURNS = 3
FEW, MANY = 6, 60
"""Epochs of a path that takes long, and of one that does not."""

STEPS = (16, 64, 512)
"""To tune ``steps_per_execution`` by; the last is more than an epoch has."""

SHAPES = ((8, 50, 50, 1), housing.N_TRAIN, housing.N_VALID)

WAYS = {
    "model.fit": partial(fits.by_keras, zoo.mlp, epochs=FEW),
    **{
        f"model.fit, steps_per_execution={steps}": partial(
            fits.by_keras, zoo.mlp, epochs=FEW, steps=steps
        )
        for steps in STEPS
    },
    **{
        name: partial(fits.by_worker, zoo.mlp, epochs=MANY, engine=engine)
        for name, engine in (("graph", "graph"), ("XLA", "xla"), ("chosen by itself", "auto"))
    },
}


def measure(*, quick: bool = False) -> list[Figure]:
    turns: dict[str, list[float]] = {name: [] for name in WAYS}
    limits, peaks = [], []
    for _ in range(1 if quick else N_TURNS):
        for name in WAYS:
            turns[name].append(fresh.call(_epoch_s, name))
        limits.append(fresh.call(arithmetic.epoch_s, *SHAPES, fits.BATCH_SIZE))
        peaks.append(fresh.call(arithmetic.peak_epoch_s, *SHAPES))
    seconds = {name: statistics.median(values) for name, values in turns.items()}
    limit = statistics.median(limits)
    plain, ours = seconds["model.fit"], seconds["chosen by itself"]
    rival = min(seconds[name] for name in seconds if "steps_per_execution" in name)
    return [
        *(
            Figure(f"an epoch: {name}", 1000 * value, None, "ms", tags={"way": name})
            for name, value in seconds.items()
        ),
        Figure("an epoch: its matrix products alone", 1000 * limit, None, "ms"),
        Figure(
            "the same at the speed of a large product",
            1000 * statistics.median(peaks),
            None,
            "ms",
        ),
        Figure("times as fast as model.fit", plain / ours, 40, "x", at_least=True),
        Figure("times as fast as the best steps_per_execution", rival / ours, None, "x"),
        Figure("times the arithmetic", ours / limit, 2.5, "x"),
    ]


def _epoch_s(name: str) -> float:
    return WAYS[name](data=housing.random_data()).epoch_s
