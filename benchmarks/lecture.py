"""The lecture's search, with and without early stopping, against what the lecture does it with."""

from __future__ import annotations

from benchmarks import fresh
from benchmarks.searching import SCIKERAS, Outcome, Work, by_scikeras, by_tunewidgets
from benchmarks.table import Figure

N_WORKERS = 2
WORKS = ((Work(), 30.0), (Work(patience=10), 15.0))
"""What to do, and how many times as fast it should be."""


def measure(*, quick: bool = False) -> list[Figure]:
    figures = []
    for whole, bar in WORKS:
        work = whole.few if quick else whole
        ours = fresh.call(by_tunewidgets, work, N_WORKERS)
        theirs = _theirs(work)
        figures += [
            Figure(f"{work.words}: tunewidgets, {N_WORKERS} workers", ours.seconds, None, "s"),
            Figure(
                f"{work.words}: scikeras, n_jobs={N_WORKERS}",
                theirs and theirs.seconds,
                None,
                "s",
            ),
            Figure(
                f"{work.words}: times as fast",
                theirs and theirs.seconds / ours.seconds,
                None if quick else bar,
                "x",
                at_least=True,
            ),
            Figure(f"{work.words}: diverged, tunewidgets", ours.n_diverged, None, ""),
            Figure(f"{work.words}: diverged, scikeras", theirs and theirs.n_diverged, None, ""),
            Figure(f"{work.words}: best score, tunewidgets", ours.best, None, ""),
            Figure(f"{work.words}: best score, scikeras", theirs and theirs.best, None, ""),
        ]
    return figures


def _theirs(work: Work) -> Outcome | None:
    if not fresh.are_installed(*SCIKERAS):
        return None
    return fresh.call(by_scikeras, work, N_WORKERS)
