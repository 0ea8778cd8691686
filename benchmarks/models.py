"""Twenty epochs of models of many kinds, compiling included: no model should lose by it.

Each fit has a fresh process that has imported TensorFlow, by ``model.fit`` with all processors and
by us as a worker of a study that has as many workers, so with one thread, in turn; a ratio is the
median over the turns.
"""

from __future__ import annotations

import statistics

from benchmarks import fits, fresh
from benchmarks.table import Figure
from benchmarks.zoo import ZOO

N_TURNS = 3
EPOCHS = 20


def measure(*, quick: bool = False) -> list[Figure]:
    figures = []
    for name, animal in ZOO.items():
        ratios, plain, path = [], [], ""
        for _ in range(1 if quick else N_TURNS):
            ours = fresh.call_as_worker(_fit, name, EPOCHS, plain=False)
            theirs = fresh.call(_fit, name, EPOCHS, plain=True)
            ratios.append(theirs.seconds / ours.seconds)
            plain.append(theirs.seconds)
            path = ours.path
        figures.append(
            Figure(
                f"{name} ({path}; model.fit {statistics.median(plain):.1f} s)",
                statistics.median(ratios),
                animal.bar,
                "x",
                at_least=True,
                tags={"model": name},
            )
        )
    return figures


def _fit(name: str, epochs: int, *, plain: bool) -> fits.Timing:
    import keras  # before the clock starts

    keras.config.floatx()
    animal = ZOO[name]
    data = animal.parts()
    if plain:
        return fits.by_keras(animal.build, data, epochs)
    return fits.by_worker(animal.build, data, epochs)
