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
from typing import Any

from tunewidgets.errors import SpaceError
from tunewidgets.language import counted
from tunewidgets.language import translate as tr
from tunewidgets.plan import Rungs, SearchPlan
from tunewidgets.trial import State, Trial
from tunewidgets.values import is_integer


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


@dataclass(frozen=True, slots=True)
class Halving:
    """How a search halves; `read_halving` checks it.

    Attributes
    ----------
    epochs
        Of the last rung.
    factor
        The best one in so many goes on, for so many times as many epochs in all.
    min_epochs
        The first rung has at least so many; None for 1.
    """

    epochs: int
    factor: int = 3
    min_epochs: int | None = None

    def rungs(self, n_trials: int) -> Rungs:
        """Say how many trials reach each rung, and with how many epochs."""
        counts, lengths = [n_trials], [self.epochs]
        while counts[-1] >= self.factor and lengths[-1] // self.factor >= (self.min_epochs or 1):
            counts.append(counts[-1] // self.factor)
            lengths.append(lengths[-1] // self.factor)
        return tuple(zip(counts, reversed(lengths), strict=True))

    def planned(self, plan: SearchPlan) -> SearchPlan:
        """Give a search its rungs, and say so in its note."""
        n_trials = plan.n_trials or 0
        planned = replace(plan, rungs=self.rungs(n_trials))
        words = tr(
            "{rungs}: {n} epochs instead of {whole}.",
            rungs=", ".join(
                tr("{n} to {epochs} epochs", n=n, epochs=epochs) for n, epochs in planned.rungs
            ),
            n=f"{planned.n_epochs:,}",
            whole=f"{n_trials * self.epochs:,}",
        )
        return replace(planned, note=f"{plan.note} {words}" if plan.note else words)


def read_halving(epochs: int, factor: Any, min_epochs: Any) -> Halving:
    """Check how a search is to halve.

    Raises
    ------
    SpaceError
        For a factor below 2, or first epochs that are none or more than there are.
    """
    if not is_integer(factor) or factor < 2:
        raise SpaceError(
            f"factor must be a whole number of at least 2, but got {factor!r}: write 3."
        )
    if min_epochs is not None and (not is_integer(min_epochs) or not 1 <= min_epochs <= epochs):
        raise SpaceError(
            f"min_epochs must be a whole number from 1 to the {epochs} epochs of a trial, but got "
            f"{min_epochs!r}: leave it out to have it chosen."
        )
    return Halving(epochs, int(factor), None if min_epochs is None else int(min_epochs))


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
    who = counted(n, "{n} trial goes on", "{n} trials go on") if n else tr("no trial goes on")
    return tr(
        "Rung {rung} of {n}: {trials} to {epochs} epochs.",
        rung=step.rung + 1,
        n=len(rungs),
        trials=who,
        epochs=step.epochs,
    )
