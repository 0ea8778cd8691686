"""Epochs a second against the size of an MLP: where the gain ends.

All of it happens in one fresh process, each model by ``model.fit`` and by us in turn. A fit goes
on for a second, and for three epochs at least; ours until it has tried its paths.
"""

from __future__ import annotations

from functools import partial

from benchmarks import fits, fresh, housing
from benchmarks.table import Figure

LAYERS = (0, 1, 2, 3, 4)
NEURONS = (10, 30, 100, 300, 1000)
EPOCHS = 200
LIMIT_S = 1.0
TRIES = 12
"""Epochs in which a fit has compiled, and chosen between, what it can."""

WAYS = ("model.fit", "tunewidgets")


def measure(*, quick: bool = False) -> list[Figure]:
    figures = []
    for layers, neurons, *speeds in fresh.call(_speeds, quick=quick):
        for way, speed in zip(WAYS, speeds, strict=True):
            tags = {"layers": layers, "neurons": neurons, "way": way}
            what = f"{layers} x {neurons} neurons: {way}"
            figures.append(Figure(what, speed, None, "epochs/s", tags=tags))
        figures.append(Figure("    times as fast", speeds[1] / speeds[0], None, "x"))
    return figures


def _speeds(*, quick: bool) -> list[tuple[int, int, float, float]]:
    """Give layers, neurons, and epochs a second by the two ways."""
    data = housing.random_data()
    found = []
    for layers in LAYERS[:2] if quick else LAYERS:
        # Without hidden layers there is but one size.
        for neurons in NEURONS[: 2 if quick else None] if layers else NEURONS[:1]:
            build = partial(housing.build_model, layers, neurons)
            plain = fits.by_keras(build, data, EPOCHS, limit_s=LIMIT_S)
            ours = fits.by_worker(build, data, EPOCHS, limit_s=LIMIT_S, at_least=TRIES)
            found.append((layers, neurons, 1 / plain.epoch_s, 1 / ours.epoch_s))
    return found
