"""A thousand trials in a row on one worker: whether the last cost what the first did.

They come in ten searches of a hundred. The first of them begins when the worker is there and has
compiled what they share. A worker that is replaced, after two thousand runs or when its memory has
grown, costs what its successor takes to compile again, half a second here: not in this thousand.
Medians of three turns, as a machine's pace drifts by more than a trial's cost does.
"""

from __future__ import annotations

import statistics
import time
from contextlib import closing
from dataclasses import dataclass

import tunewidgets as tw
from benchmarks import tiny
from benchmarks.memory import pss
from benchmarks.table import Figure

EPOCHS = 5
N_SEARCHES = 10
N_BEFORE = 20
N_TURNS = 3


def measure(*, quick: bool = False) -> list[Figure]:
    n = 10 if quick else 100
    turns = [_take_turn(n) for _ in range(1 if quick else N_TURNS)]
    seconds = [
        statistics.median(each) for each in zip(*(turn.seconds for turn in turns), strict=True)
    ]
    growth = [turn.seconds[-1] / turn.seconds[0] for turn in turns]
    kernel, worker = turns[-1].kernel, turns[-1].worker
    return [
        *(
            Figure(
                f"a trial, of {turn * n + 1} to {(turn + 1) * n}",
                1000 * taken,
                None,
                "ms",
                tags={"trials": (turn + 1) * n},
            )
            for turn, taken in enumerate(seconds)
        ),
        Figure(f"the last {n} above the first {n}", 100 * (statistics.median(growth) - 1), 10, "%"),
        Figure(f"kernel after the first {n} (PSS)", kernel[0], None, "MB"),
        Figure("the same, what it has grown by at the end", kernel[-1] - kernel[0], 30, "MB"),
        Figure(f"worker after the first {n} (PSS)", worker[0], None, "MB"),
        Figure("heaviest worker later, above that", max(worker) - worker[0], 100, "MB"),
        Figure("epochs lost", sum(turn.n_lost for turn in turns), 0, ""),
    ]


@dataclass(frozen=True, slots=True)
class _Turn:
    """Ten searches: the seconds of a trial in each, memory in MB after each, epochs lost."""

    seconds: list[float]
    kernel: list[float]
    worker: list[float]
    n_lost: int


def _take_turn(n: int) -> _Turn:
    executor = tw.ProcessExecutor(1)
    seconds, kernel, worker = [], [], []
    with closing(tiny.study(executor, epochs=EPOCHS)) as study:
        study.search("random", N_BEFORE, seed=0).wait()
        for seed in range(1, N_SEARCHES + 1):
            begun = time.perf_counter()
            study.search("random", n, seed=seed).wait()
            seconds.append((time.perf_counter() - begun) / n)
            kernel.append(pss() / 1e6)
            worker.append(max(map(pss, executor.pids), default=0.0) / 1e6)
        n_lost = (N_BEFORE + N_SEARCHES * n) * EPOCHS - sum(trial.epochs for trial in study.trials)
    return _Turn(seconds, kernel, worker, n_lost)
