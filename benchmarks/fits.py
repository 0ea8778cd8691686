"""One fit by the clock: by ``model.fit`` itself, or as a worker of tunewidgets does it."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tunewidgets.training.data import read_data
from tunewidgets.training.job import Job, Recipe, Task, pack_recipe
from tunewidgets.training.workshop import Workshop
from tunewidgets.trial import State

BATCH_SIZE = 32
SEED = 1
SOME = 3
"""Epochs to do whatever they take: the first compiles."""


@dataclass(frozen=True, slots=True)
class Timing:
    """When the epochs of a fit ended.

    Attributes
    ----------
    ends
        Seconds since the model began to be built.
    path
        The way it went, in words.
    """

    ends: list[float]
    path: str = "model.fit"

    @property
    def seconds(self) -> float:
        """All of it, with compiling."""
        return self.ends[-1]

    @property
    def epoch_s(self) -> float:
        """Seconds of an epoch once everything is compiled: the later half's median."""
        epochs = [end - begun for begun, end in pairwise(self.ends)]
        return statistics.median(epochs[len(epochs) // 2 :])


def by_keras(
    build: Callable[[], Any],
    data: Any,
    epochs: int,
    steps: int = 1,
    limit_s: float = math.inf,
) -> Timing:
    """Fit by ``model.fit``.

    Parameters
    ----------
    build, data
        What to fit, and ``(x, y, validation_data)``.
    epochs
        At most so many.
    steps
        For ``steps_per_execution``.
    limit_s
        Seconds after which a fit of some epochs has told enough.
    """
    import keras

    ends: list[float] = []
    keras.utils.set_random_seed(SEED)
    begun = time.perf_counter()

    class Clock(keras.callbacks.Callback):
        def on_epoch_end(self, *_: Any) -> None:
            ends.append(time.perf_counter() - begun)
            self.model.stop_training = len(ends) >= SOME and ends[-1] > limit_s

    model = build()
    model.steps_per_execution = steps
    x, y, validation_data = data
    model.fit(
        x,
        y,
        validation_data=validation_data,
        epochs=epochs,
        batch_size=BATCH_SIZE,
        verbose=0,
        callbacks=[Clock()],
    )
    return Timing(ends)


def by_worker(
    build: Callable[[], Any],
    data: Any,
    epochs: int,
    engine: str = "auto",
    limit_s: float = math.inf,
    at_least: int = SOME,
) -> Timing:
    """Fit as a worker does that has done nothing before.

    Parameters
    ----------
    build, data, epochs, limit_s
        As `by_keras` takes them.
    engine
        The path to take.
    at_least
        Epochs to do whatever they take.
    """
    x, y, validation_data = data
    recipe = Recipe(build, (), {}, "val_loss", True, engine)
    workshop = Workshop(Job(pack_recipe(recipe), read_data(x, y, validation_data=validation_data)))
    ends: list[float] = []
    begun = time.perf_counter()
    ended = workshop.run(
        Task((0, 0), {}, SEED, epochs, BATCH_SIZE),
        lambda _: ends.append(time.perf_counter() - begun),
        lambda: len(ends) >= at_least and ends[-1] > limit_s,
    )
    if ended.state is State.FAILED:
        raise RuntimeError(ended.traceback or ended.error)
    return Timing(ends, ended.engine or "")
