"""A sampler that learns against chance on the lecture's problem, and what asking it costs.

All make the same number of trials of the lecture's space, of a few epochs each, one run at a time,
so that the seed gives the same search again. What is compared is the best value after half of
the trials and after all, the median over the seeds.

The cost is measured without any training: a search of trials whose curves come from a formula, and
how long the kernel takes to propose a trial, to judge each of its epochs, and to learn its end.
"""

from __future__ import annotations

import time
from contextlib import closing
from statistics import median

from benchmarks import housing
from benchmarks.table import Figure
from tunewidgets.plan import Goal, SearchPlan
from tunewidgets.pruners import pruner_of
from tunewidgets.samplers import sampler_of
from tunewidgets.space import SearchSpace
from tunewidgets.trial import Run, State, Trial

N_TRIALS, EPOCHS, SEEDS = 60, 5, 5
N_COSTED = 500
BAR_MS = 30.0


def measure(*, quick: bool = False) -> list[Figure]:
    n_trials, epochs, seeds = (8, 1, 1) if quick else (N_TRIALS, EPOCHS, SEEDS)
    figures = []
    for sampler in ("random", "qmc", "tpe"):
        values = [_search(sampler, n_trials, epochs, seed) for seed in range(seeds)]
        for n in (n_trials // 2, n_trials):
            best = median(min(one[:n]) for one in values)
            figures.append(Figure(f"best val_loss after {n} trials: {sampler}", best, None, ""))
    n_costed = N_COSTED // 10 if quick else N_COSTED
    for pruner in ("median", "halving", "hyperband"):
        what = f"tpe and {pruner}, a trial of {EPOCHS} epochs, at {n_costed} trials"
        cost = _cost("tpe", pruner, n_costed)
        figures.append(Figure(what, cost, BAR_MS, "ms"))
    return figures


def _search(sampler: str, n_trials: int, epochs: int, seed: int) -> list[float]:
    """Give the values of a search's trials, in order; infinite where one diverged."""
    study = housing.study(epochs, seed, n_workers=1)
    with closing(study):
        search = study.search(sampler, n_trials, seed=seed)
        search.wait()
        return [float("inf") if t.value is None else t.value for t in search.trials]


def _cost(sampler: str, pruner: str, n_trials: int) -> float:
    """Give the milliseconds that the last fifty trials took the sampler and the pruner, each."""
    space = SearchSpace.read(housing.space(), housing.build_model)
    plan = SearchPlan("cost", sampler, n_trials, None, 1, 1, space.to_json(), pruner=pruner)
    proposes, judges = sampler_of(plan, Goal()), pruner_of(plan, Goal())
    trials: tuple[Trial, ...] = ()
    seconds = []
    for number in range(n_trials):
        begun = time.perf_counter()
        params = proposes.ask(trials)
        spent = time.perf_counter() - begun
        assert params is not None  # noqa: S101 - the space is endless
        run, is_hopeless = Run(number, 0, 0, None, State.RUNNING), False
        curve: tuple[float, ...] = ()
        for epoch in range(EPOCHS):
            curve += (abs(params["learning_rate"] - 0.01) + 1 / (epoch + params["n_neurons"]),)
            run = Run(number, 0, 0, None, State.RUNNING, {"val_loss": curve})
            begun = time.perf_counter()
            is_hopeless = judges is not None and judges.judge(
                run, (*trials, Trial(number, params, "cost", runs=(run,)))
            )
            spent += time.perf_counter() - begun
            if is_hopeless:
                break
        state, value = (State.PRUNED, None) if is_hopeless else (State.COMPLETE, curve[-1])
        ended = Run(number, 0, 0, None, state, {"val_loss": curve}, value=value)
        trials = (*trials, Trial(number, params, "cost", runs=(ended,)))
        seconds.append(spent)
    last = seconds[-50:]
    return 1000 * sum(last) / len(last)
