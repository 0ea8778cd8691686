"""Real epochs as fast as two workers can make them: what the study takes in, and what it costs."""

from __future__ import annotations

import time
from contextlib import closing

import tunewidgets as tw
from benchmarks import tiny
from benchmarks.table import Figure

N_WORKERS = 2
EPOCHS = 10_000
USUAL = 500
"""Epochs a second at which the kernel's share of a core has a bar."""


def measure(*, quick: bool = False) -> list[Figure]:
    epochs = EPOCHS // 10 if quick else EPOCHS
    with closing(tiny.study(tw.ProcessExecutor(N_WORKERS), epochs=epochs)) as study:
        for _ in range(N_WORKERS):
            study.enqueue()
        while not all(trial.epochs for trial in study.trials):
            time.sleep(0.005)
        before = _n_epochs(study)
        cpu, wall = time.process_time(), time.perf_counter()
        study.wait()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        n_epochs = _n_epochs(study)
    speed = (n_epochs - before) / wall
    return [
        Figure(f"epochs that reach the study, {N_WORKERS} workers", speed, None, "epochs/s"),
        Figure("kernel's share at that", 100 * cpu / wall, None, "% of a core"),
        Figure(
            f"the same for {USUAL} epochs a second",
            100 * cpu / wall * USUAL / speed,
            10,
            "% of a core",
        ),
        Figure("epochs lost", N_WORKERS * epochs - n_epochs, 0, ""),
    ]


def _n_epochs(study: tw.Study) -> int:
    return sum(trial.epochs for trial in study.trials)
