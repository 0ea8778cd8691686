"""Optuna's samplers, which learn from how trials went.

Optuna is asked and told; it neither runs nor stores anything. A search has one Optuna study in
memory, to which each trial is added when it begins, and told once when it ends, so that asking
costs no more than what is new. Trials that go on count as taken (TPE's constant liar and the
Gaussian process's pending points), so that several at once do not crowd one place.

What counts as evidence is said in `tunewidgets.alike`. A trial that diverged is told as pruned in
its first epoch with no value, which is the worst there can be, so that its surroundings are left.

Every trial of a search has a sampler object of its own, with a seed of its own. So the next
candidate follows from the seed, the number of trials made and the evidence, and from nothing that
a restart of the kernel would lose. The exceptions: CMA-ES keeps its distribution in memory, and
begins anew when it is taken up again; and an object that a person gave goes on as it will.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tunewidgets.alike import Evidence
from tunewidgets.plan import Goal, SearchPlan
from tunewidgets.quiet import no_experiments, optuna_study
from tunewidgets.samplers._axes import axis_of
from tunewidgets.samplers._base import Sampler
from tunewidgets.samplers.random import RandomSampler
from tunewidgets.samplers.untried import Tried, Untried
from tunewidgets.space import SearchSpace
from tunewidgets.trial import State, Trial

if TYPE_CHECKING:
    import optuna

Make = Callable[[int, Mapping[str, Any]], "optuna.samplers.BaseSampler"]
"""Gives Optuna's sampler for one trial, of a seed and the distributions of all trials."""

_PATIENCE = 5
"""After so many candidates that have been tried already, one is drawn at random."""


class OptunaSampler:
    """Proposes what one of Optuna's samplers proposes, none of it twice.

    Parameters
    ----------
    plan
        The search.
    space
        What it searches.
    goal
        What trials are judged by.
    make
        Gives the sampler of the next trial.
    """

    def __init__(self, plan: SearchPlan, space: SearchSpace, goal: Goal, make: Make) -> None:
        self._name, self._seed = plan.name, plan.seed
        self._space, self._goal, self._make = space, goal, make
        found = {name: axis_of(space[name]) for name in space}
        self._axes = {name: axis for name, axis in found.items() if axis is not None}
        self._scales = {name: axis.scale for name, axis in self._axes.items()}
        self._study = optuna_study(direction=goal.direction)
        self._evidence = Evidence(plan, space)
        self._tried = Tried(plan, space)
        self._spare: Sampler = Untried(RandomSampler(space, 0, plan.seed), self._tried)
        self._n_before: int | None = None
        self._proposed: dict[str, optuna.Trial | None] = {}
        self._n_known = 0
        self._foreign: dict[int, int] = {}  # trials begun elsewhere, to their number in Optuna

    def ask(self, trials: Sequence[Trial]) -> dict[str, Any] | None:
        """Propose the next trial from what the others came to, or None when nothing is left."""
        self._learn(trials)
        if self._n_before is None:
            self._n_before = sum(trial.origin == self._name for trial in trials)
        for attempt in range(_PATIENCE if self._axes else 0):
            asked, params = self._draw(attempt)
            if self._is_new(params, trials):
                return self._propose(asked, params)
            self._study.tell(asked, state=_states().FAIL)
        while (spare := self._spare.ask(trials)) is not None:
            if self._space.key(spare) not in self._proposed:
                return self._propose(None, spare)
        return None

    def _draw(self, attempt: int) -> tuple[optuna.Trial, dict[str, Any]]:
        import numpy as np

        made = (self._n_before or 0) + len(self._proposed)
        seed = np.random.SeedSequence(self._seed, spawn_key=(made, attempt)).generate_state(1)[0]
        with no_experiments():
            self._study.sampler = self._make(int(seed), self._scales)
            asked = self._study.ask(self._scales)
        self._n_known += 1
        drawn = {name: axis.read(asked.params[name]) for name, axis in self._axes.items()}
        return asked, {
            name: drawn[name] if name in drawn else self._space[name].middle for name in self._space
        }

    def _is_new(self, params: Mapping[str, Any], trials: Sequence[Trial]) -> bool:
        is_proposed = self._space.key(params) in self._proposed
        return not is_proposed and not self._tried.has(params, trials)

    def _propose(self, asked: optuna.Trial | None, params: dict[str, Any]) -> dict[str, Any]:
        self._proposed[self._space.key(params)] = asked
        return params

    # What the trials tell

    def _learn(self, trials: Sequence[Trial]) -> None:
        if not self._axes:
            return
        news = self._evidence.read(trials)
        for trial in news.ended:
            self._end(trial)
        for trial in news.begun:
            if self._asked_for(trial) is None:
                self._foreign[trial.number] = self._add(trial, _states().RUNNING)

    def _asked_for(self, trial: Trial) -> optuna.Trial | None:
        if trial.origin != self._name:
            return None
        return self._proposed.get(self._space.key({n: trial.params[n] for n in self._space}))

    def _end(self, trial: Trial) -> None:
        """Tell how a trial ended; one begun elsewhere is told of anew, as it cannot be changed."""
        values, steps = _outcome(trial, self._goal)
        states = _states()
        state = states.COMPLETE if values else states.PRUNED if steps else states.FAIL
        asked = self._asked_for(trial)
        if asked is not None:
            for step, value in steps.items():
                asked.report(value, step)
            self._study.tell(asked, values, state=state)
        else:
            begun = self._foreign.pop(trial.number, None)
            if begun is not None:
                self._study.tell(begun, state=states.FAIL)
            if values or steps:
                self._add(trial, state, values, steps)

    def _add(
        self,
        trial: Trial,
        state: optuna.trial.TrialState,
        values: Sequence[float] | None = None,
        steps: Mapping[int, float] | None = None,
    ) -> int:
        from optuna.trial import create_trial

        self._study.add_trial(
            create_trial(
                state=state,
                values=values,
                params=self._written(trial),
                distributions=dict(self._scales),
                intermediate_values=dict(steps or {}),
            )
        )
        self._n_known += 1
        return self._n_known - 1

    def _written(self, trial: Trial) -> dict[str, Any]:
        return {name: axis.write(trial.params[name]) for name, axis in self._axes.items()}


def _outcome(trial: Trial, goal: Goal) -> tuple[list[float] | None, dict[int, float]]:
    """Give a trial's value, or else the values of its epochs where they say something."""
    if trial.value is not None and math.isfinite(trial.value):
        return [trial.value], {}
    curve = trial.runs[0].history.get(goal.objective, ())
    if trial.state is State.PRUNED:
        return None, dict(enumerate(curve))
    return None, {0: math.nan} if trial.value is not None or _diverged(trial) else {}


def _diverged(trial: Trial) -> bool:
    ends = (curve[-1] for run in trial.runs for curve in run.history.values() if curve)
    return trial.state is State.FAILED and not all(map(math.isfinite, ends))


def _states() -> type[optuna.trial.TrialState]:
    from optuna.trial import TrialState

    return TrialState
