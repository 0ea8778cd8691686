"""What needs no trial any more: a search skips it, and its sampler goes on to the next.

A combination has been tried when the search itself has proposed it, or when another trial was
made in the same way (as many folds, the same training) and came to a value or still may. That
is looked up as each trial is proposed, so what a person tries meanwhile counts too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tunewidgets.alike import Way
from tunewidgets.plan import SearchPlan
from tunewidgets.samplers._base import Sampler
from tunewidgets.space import SearchSpace
from tunewidgets.trial import Params, State, Trial


class Tried:
    """Knows which candidates of a search have been tried.

    Parameters
    ----------
    plan
        The search.
    space
        What it searches.
    """

    def __init__(self, plan: SearchPlan, space: SearchSpace) -> None:
        self._name = plan.name
        self._space = space
        self._way = Way(plan, space)
        # A grid proposes a few points of a continuous range, and all the values of others.
        is_grid = plan.sampler == "grid"
        ranges = [name for name in space if is_grid and space[name].size is None]
        self._points = {name: space[name].grid(plan.n_points) for name in ranges}
        self._numbers: dict[str, list[int]] = {}  # of the trials of each combination
        self._n_read = 0

    def has(self, params: Params, trials: Sequence[Trial]) -> bool:
        """Whether a candidate needs no trial any more, as the study's trials stand."""
        self._read(trials)
        numbers = self._numbers.get(self._space.key(params), [])
        return any(self._counts(trials[number]) for number in numbers)

    def count(self, trials: Sequence[Trial]) -> int:
        """Count the candidates that need no trial any more."""
        self._read(trials)
        return sum(
            any(self._counts(trials[number]) for number in numbers)
            for numbers in self._numbers.values()
        )

    def _read(self, trials: Sequence[Trial]) -> None:
        """Note what each trial tried, once: its state changes, its hyperparameters do not."""
        for trial in trials[self._n_read :]:
            if self._way.has(trial) and self._is_candidate(trial.params):
                key = self._space.key({name: trial.params[name] for name in self._space})
                self._numbers.setdefault(key, []).append(trial.number)
        self._n_read = len(trials)

    def _is_candidate(self, params: Params) -> bool:
        return all(
            distribution.contains(params[name])
            and (name not in self._points or params[name] in self._points[name])
            for name, distribution in self._space.items()
        )

    def _counts(self, trial: Trial) -> bool:
        is_own = trial.origin == self._name
        return is_own or trial.state not in (State.FAILED, State.STOPPED)


class Untried:
    """A sampler's candidates without those that have been tried.

    Parameters
    ----------
    sampler
        Proposes the candidates.
    tried
        Knows which to skip.
    """

    def __init__(self, sampler: Sampler, tried: Tried) -> None:
        self._sampler = sampler
        self._tried = tried

    def ask(self, trials: Sequence[Trial]) -> dict[str, Any] | None:
        """Propose the next candidate that needs a trial, or None when nothing is left."""
        while (params := self._sampler.ask(trials)) is not None:
            if not self._tried.has(params, trials):
                return params
        return None
