"""Successive halving against random search on the lecture's problem, at equal epochs.

A random search trains some trials to their end. Halvings of three times as many trials each, one
after the other, spend as many epochs. What is told is the best value of a trial that had all its
epochs, and how much of the random search's epochs the halvings had spent when they first had one
that was as good as the random search's best (infinite for never): the median over the seeds.
"""

from __future__ import annotations

import math
from contextlib import closing
from statistics import median

from benchmarks import housing
from benchmarks.table import Figure

N_TRIALS, EPOCHS, SEEDS = 27, 27, 5
TIMES_AS_MANY, N_HALVINGS = 3, 3
"""With the usual factor of 3, three halvings of 81 trials come to the epochs of 27 whole ones."""

BAR = 0.5

Found = tuple[int, float]
"""How many epochs a study's trials have had in all, and the best value of a whole one by then."""


def measure(*, quick: bool = False) -> list[Figure]:
    n_trials, epochs, seeds = (9, 9, 1) if quick else (N_TRIALS, EPOCHS, SEEDS)
    n_halvings = 1 if quick else N_HALVINGS
    shares: list[float] = []
    bests: dict[str, list[float]] = {"random": [], "halving": []}
    for seed in range(seeds):
        ((spent, best),) = _searched("random", n_trials, epochs, [seed])
        seeds_of_halvings = [n_halvings * seed + i for i in range(n_halvings)]
        found = _searched("halving", TIMES_AS_MANY * n_trials, epochs, seeds_of_halvings)
        bests["random"].append(best)
        bests["halving"].append(found[-1][1])
        shares.append(min((n / spent for n, value in found if value <= best), default=math.inf))
    told = f"best val_loss after the epochs of {n_trials} trials of {epochs}"
    return [
        *(Figure(f"{told}: {name}", median(its), None, "") for name, its in bests.items()),
        Figure(
            "halving: share of random's epochs for random's best",
            median(shares),
            None if quick else BAR,
            "",
        ),
    ]


def _searched(sampler: str, n_trials: int, epochs: int, seeds: list[int]) -> list[Found]:
    """Search once with each seed; tell after each search how far the study has come."""
    study = housing.study(epochs, seeds[0])
    found = []
    with closing(study):
        for seed in seeds:
            study.search(sampler, n_trials, seed=seed).wait()
            n_epochs = sum(run.epochs for trial in study.trials for run in trial.runs)
            whole = [t.value for t in study.trials if t.value is not None and t.epochs == epochs]
            found.append((n_epochs, min(whole, default=math.inf)))
    return found
