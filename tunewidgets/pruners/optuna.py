"""Optuna's pruners: a run's curve against those of the trials made in the same way.

A search has one Optuna study in memory for it. A run that is judged is a trial there, and reports
each epoch once, in order, so that the verdict on an epoch does not depend on how many arrived
together. Trials that were made elsewhere, or in an earlier session, are replayed when they have
ended: that gives halving the rungs that they reached.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tunewidgets.alike import Evidence
from tunewidgets.plan import Goal, SearchPlan
from tunewidgets.quiet import optuna_study
from tunewidgets.space import SearchSpace
from tunewidgets.trial import Run, State, Trial

if TYPE_CHECKING:
    import optuna


class OptunaPruner:
    """Judges by one of Optuna's pruners.

    Parameters
    ----------
    plan
        The search; with its name Hyperband tells its brackets.
    goal
        Which curve is looked at, and whether high or low is good.
    pruner
        Optuna's.
    """

    def __init__(self, plan: SearchPlan, goal: Goal, pruner: optuna.pruners.BasePruner) -> None:
        self._goal = goal
        self._study = optuna_study(plan.name, goal.direction, pruner)
        self._evidence = Evidence(plan, SearchSpace.from_json(plan.space))
        self._judged: dict[int, tuple[optuna.Trial, int]] = {}  # with how many epochs it reported

    def judge(self, run: Run, trials: Sequence[Trial]) -> bool:
        """Report the new epochs of a run; tell whether it should end at one of them."""
        for trial in self._evidence.read(trials).ended:
            self._end(trial)
        return self._report(run)

    def _report(self, run: Run) -> bool:
        curve = run.history.get(self._goal.objective, ())
        asked, n_known = self._judged.get(run.trial, (None, 0))
        if asked is None or n_known > len(curve):  # new, or it has started over
            asked, n_known = self._study.ask(), 0
        self._judged[run.trial] = asked, len(curve)
        for step in range(n_known, len(curve)):
            asked.report(curve[step], step)
            if asked.should_prune():
                return True
        return False

    def _end(self, trial: Trial) -> None:
        """Tell how a trial's first run ended, after a replay of what was not reported."""
        from optuna.trial import TrialState

        run = trial.runs[0]
        if trial.number not in self._judged:
            if run.state not in (State.COMPLETE, State.PRUNED):
                return
            self._report(run)
        asked, _ = self._judged.pop(trial.number)
        if run.state is State.COMPLETE and run.value is not None and math.isfinite(run.value):
            self._study.tell(asked, run.value)
        else:
            is_pruned = run.state is State.PRUNED
            self._study.tell(asked, state=TrialState.PRUNED if is_pruned else TrialState.FAIL)
