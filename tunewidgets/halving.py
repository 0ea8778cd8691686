"""Successive halving over epochs: many trials begin, and on each rung the best few go on.

All trials of a search train for the epochs of the first rung. When the last of them has ended, the
best one in `factor` goes on from its checkpoint to the epochs of the next rung, and the others are
pruned. Where a search stands is read from its runs' goals, so that it can be taken up again.

References
----------
Jamieson and Talwalkar 2016, "Non-stochastic Best Arm Identification and Hyperparameter
Optimization", https://arxiv.org/abs/1502.07943.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tunewidgets.errors import StudyError
from tunewidgets.plan import SearchPlan
from tunewidgets.trial import State, Trial
from tunewidgets.values import is_integer

Rungs = tuple[tuple[int, int], ...]
"""For each rung, how many trials reach it and how many epochs they have in all by its end."""


@dataclass(frozen=True, slots=True)
class Step:
    """What happens at the end of a rung.

    Attributes
    ----------
    rung
        Which rung begins, from 0.
    epochs
        Epochs in all that it has its trials train.
    promoted, dropped
        Trials that go on, and those that do not.
    """

    rung: int
    epochs: int
    promoted: tuple[Trial, ...]
    dropped: tuple[Trial, ...]


def rungs_of(n_trials: int, epochs: int, factor: int, min_epochs: int | None) -> Rungs:
    """Say how many trials reach each rung, and with how many epochs.

    Raises
    ------
    StudyError
        For a factor below 2, or first epochs that are none or more than there are.
    """
    if not is_integer(factor) or factor < 2:
        raise StudyError(f"factor must be a whole number of at least 2, but got {factor!r}.")
    if min_epochs is not None and (not is_integer(min_epochs) or not 1 <= min_epochs <= epochs):
        raise StudyError(
            f"min_epochs must be a whole number from 1 to the {epochs} epochs of a trial, but got "
            f"{min_epochs!r}: leave it out to have it chosen."
        )
    counts, lengths = [n_trials], [epochs]
    while counts[-1] >= factor and lengths[-1] // factor >= (min_epochs or 1):
        counts.append(counts[-1] // factor)
        lengths.append(lengths[-1] // factor)
    return tuple(zip(counts, reversed(lengths), strict=True))


def with_rungs(plan: SearchPlan, epochs: int, factor: int, min_epochs: int | None) -> SearchPlan:
    """Give a search its rungs, and say so in its note."""
    rungs = rungs_of(plan.n_trials, epochs, factor, min_epochs)
    spent = sum(
        n * (its - before)
        for (n, its), before in zip(rungs, (0, *(its for _, its in rungs)), strict=False)
    )
    told = ", ".join(f"{n} to {its} epochs" for n, its in rungs)
    words = f"{told}: {spent:,} epochs instead of {plan.n_trials * epochs:,}."
    return replace(plan, rungs=rungs, note=f"{plan.note} {words}" if plan.note else words)


def next_rung(rungs: Rungs, trials: Iterable[Trial], *, minimize: bool) -> Step | None:
    """Choose who goes on, of trials that have all ended; None after the last rung."""
    lengths = [epochs for _, epochs in rungs]
    reached = [(trial, goal) for trial in trials if (goal := trial.runs[0].goal) in lengths]
    if not reached:
        return None
    rung = max(lengths.index(goal) for _, goal in reached if goal is not None) + 1
    if rung == len(rungs):
        return None
    sign = 1 if minimize else -1
    here = [
        (sign * trial.value, trial.number, trial)
        for trial, goal in reached
        if goal == lengths[rung - 1] and trial.state is State.COMPLETE and trial.value is not None
    ]
    ranked = [trial for *_, trial in sorted(here, key=lambda one: one[:2])]
    n_kept = rungs[rung][0]
    return Step(rung, lengths[rung], tuple(ranked[:n_kept]), tuple(ranked[n_kept:]))


def note_of(rungs: Rungs, step: Step) -> str:
    """Say how far a search has come."""
    n = len(step.promoted)
    who = "no trial goes on" if not n else f"{n} trial{'s go' if n > 1 else ' goes'} on"
    return f"Rung {step.rung + 1} of {len(rungs)}: {who} to {step.epochs} epochs."
