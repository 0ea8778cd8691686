"""Which trials of a study tell something about a search: those made in the same way as its own.

The same way is the same number of folds and the same hyperparameters outside the space searched
(more epochs, say, would make another figure). Whose they are does not matter: a person's count,
and those of other searches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tunewidgets.distributions import lies_in
from tunewidgets.plan import SearchPlan
from tunewidgets.space import SearchSpace
from tunewidgets.trial import Params, Trial


class Way:
    """Tells trials that were made as a search makes them.

    Parameters
    ----------
    plan
        The search.
    space
        What it searches.
    """

    def __init__(self, plan: SearchPlan, space: SearchSpace) -> None:
        self._folds = plan.folds
        self._space = space
        self._fixed = self._outside(plan.fixed)

    def has(self, trial: Trial) -> bool:
        """Whether a trial was made so, with all hyperparameters that are searched."""
        return (
            trial.folds == self._folds
            and all(name in trial.params for name in self._space)
            and self._outside(trial.params) == self._fixed
        )

    def _outside(self, params: Params) -> dict[str, Any]:
        return {name: value for name, value in params.items() if name not in self._space}


@dataclass(frozen=True, slots=True)
class News:
    """What has become of trials since the last look.

    Attributes
    ----------
    begun
        New ones that have not ended.
    ended
        Those that have ended, new or not.
    """

    begun: tuple[Trial, ...]
    ended: tuple[Trial, ...]


class Evidence:
    """Follows the trials that lie in a search's space and were made in its way, each of them once.

    Parameters
    ----------
    plan, space
        The search, and what it searches.
    """

    def __init__(self, plan: SearchPlan, space: SearchSpace) -> None:
        self._way = Way(plan, space)
        self._space = space
        self._open: list[int] = []
        self._n_read = 0

    def read(self, trials: Sequence[Trial]) -> News:
        """See what is new; costs as much as there are new and unfinished trials."""
        new = [trial for trial in trials[self._n_read :] if self._counts(trial)]
        self._n_read = len(trials)
        known = [trials[number] for number in self._open]
        self._open = [t.number for t in (*known, *new) if not t.state.is_finished]
        return News(
            tuple(trial for trial in new if not trial.state.is_finished),
            tuple(trial for trial in (*known, *new) if trial.state.is_finished),
        )

    def _counts(self, trial: Trial) -> bool:
        return self._way.has(trial) and all(
            lies_in(distribution, trial.params[name]) for name, distribution in self._space.items()
        )
