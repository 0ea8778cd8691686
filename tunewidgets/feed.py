"""A search at work, between its plan and the scheduler: runs that wait, sampler, pruner, clock.

Samplers and pruners may be anybody's: when one raises, the search says so and ends (without its
sampler) or goes on (without its pruner), and the study goes on in any case.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from tunewidgets.errors import TuneError
from tunewidgets.halving import next_rung, note_of
from tunewidgets.language import translate as tr
from tunewidgets.ledger import Ledger
from tunewidgets.plan import Goal, SearchPlan
from tunewidgets.pruners import Pruner, pruner_of
from tunewidgets.samplers import Sampler, sampler_of
from tunewidgets.trial import Run, RunKey, Trial


class Feed:
    """Where a search's runs come from, and which of them are worth going on with.

    Parameters
    ----------
    waiting
        Its runs that wait.
    goal
        What trials are judged by.
    sampler, pruner
        Objects that a person gave; None to make them by the names in the plan.

    Attributes
    ----------
    is_exhausted
        Whether it proposes nothing more.
    """

    def __init__(
        self, waiting: Iterable[RunKey], goal: Goal, sampler: Any = None, pruner: Any = None
    ) -> None:
        self.waiting = deque(waiting)
        self.is_exhausted = False
        self._goal = goal
        self._given_sampler, self._given_pruner = sampler, pruner
        self._sampler: Sampler | None = None
        self._pruner: Pruner | None = None
        self._has_no_pruner = False
        self._since: float | None = None

    def ask(self, plan: SearchPlan, trials: Sequence[Trial]) -> tuple[dict[str, Any] | None, str]:
        """Give the next trial's params, or None; and what went wrong, in a sentence."""
        if self._since is None:
            self._since = time.monotonic()
        try:
            if self._sampler is None:
                self._sampler = sampler_of(plan, self._goal, self._given_sampler)
            return self._sampler.ask(trials), ""
        except TuneError as error:
            return None, str(error)
        except Exception as error:
            return None, tr(
                "The sampler failed ({error}): the search ends here.", error=_named(error)
            )

    def judge(self, plan: SearchPlan, run: Run, trials: Sequence[Trial]) -> tuple[bool, str]:
        """Tell whether a run should end now; and what went wrong, in a sentence."""
        if plan.pruner is None or self._has_no_pruner:
            return False, ""
        try:
            if self._pruner is None:
                self._pruner = pruner_of(plan, self._goal, self._given_pruner)
            if self._pruner is not None:
                return self._pruner.judge(run, trials), ""
            failed = tr(
                "The pruner was an object, which no file keeps: the search goes on without it."
            )
        except Exception as error:
            failed = tr(
                "The pruner failed ({error}): the search goes on without it.", error=_named(error)
            )
        self._has_no_pruner = True
        return False, failed

    def take_time(self, at_least_s: float) -> float:
        """Give the seconds that it went on since this gave some last; 0 for less than asked."""
        now = time.monotonic()
        if self._since is None or now - self._since < at_least_s:
            return 0.0
        before, self._since = self._since, now
        return now - before

    def climb(self, ledger: Ledger, name: str, trials: Sequence[Trial]) -> bool:
        """Have the best of a halving's rung go on, and prune the others; say whether any does."""
        plan = ledger.plan(name)
        step = next_rung(plan.rungs, trials, minimize=self._goal.direction == "minimize")
        if step is None:
            return False
        for run in (run for trial in step.dropped for run in trial.runs):
            ledger.prune_run(run.key)
        for run in (run for trial in step.promoted for run in trial.runs):
            ledger.reopen_run(run.key, step.epochs)
            self.waiting.append(run.key)
        ledger.save_plan(replace(plan, note=note_of(plan.rungs, step)))
        return bool(step.promoted)

    def hold(self) -> None:
        """Let no time pass until the next trial is asked for."""
        self._since = None


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
