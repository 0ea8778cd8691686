"""A sweep: one hyperparameter takes some values, everything else stays, each is repeated.

It is a search whose trials are all known when it begins, and in which the same values come several
times, since a repeat with another seed tells what is chance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tunewidgets.analysis.growing import Point, grown, overfitting_from
from tunewidgets.distributions import Categorical, Distribution
from tunewidgets.errors import SpaceError
from tunewidgets.plan import SearchPlan
from tunewidgets.search import Search
from tunewidgets.space import SearchSpace
from tunewidgets.trial import Params, Trial
from tunewidgets.values import is_integer

SAMPLER = "sweep"


class Sweep(Search):
    """A sweep that goes on in the background, with what came of it so far.

    ``wait``, ``pause``, ``resume``, ``stop`` and ``progress`` are those of any search.
    """

    @property
    def hyperparameter(self) -> str:
        """The one that takes several values."""
        return str(self._ledger.plan(self.name).fixed["name"])

    @property
    def points(self) -> tuple[Point, ...]:
        """What came of each value, over its repeats, in the order of the values."""
        return grown(self.trials, self.hyperparameter, self._ledger.record.objective)

    @property
    def overfits_from(self) -> Any | None:
        """The first value from which on the model overfits, or None where none does.

        There, validation is worse than at its best by more than two standard errors of the
        difference, and training at least as good.
        """
        return overfitting_from(self.points, self._ledger.record.direction)


def hyperparameter_of(trials: Sequence[Trial]) -> str:
    """Name the hyperparameter in which a sweep's trials differ; empty before there are any."""
    values: dict[str, set[str]] = {}
    for trial in trials:
        for name, value in trial.params.items():
            values.setdefault(name, set()).add(repr(value))
    return max(values, key=lambda name: len(values[name]), default="")


def steps_of(distribution: Distribution, n: int) -> list[Any]:
    """Give some values of a distribution, from its lowest to its highest in even steps.

    Even in what it is drawn from: orders of magnitude where it is spread over those.
    """
    if isinstance(distribution, Categorical):
        return list(distribution.choices)
    ends = [distribution.at(step / max(n - 1, 1)) for step in range(n)]
    return list(dict.fromkeys(distribution.nearest(value) for value in ends))


def choices_of(
    space: SearchSpace, name: str, values: Iterable[Any], repeats: int, params: Params
) -> list[dict[str, Any]]:
    """Give the params of a sweep's trials: every value once, then again.

    Raises
    ------
    SpaceError
        For an unknown name, no list of values, or repeats below 1.
    """
    if not is_integer(repeats) or repeats < 1:
        raise SpaceError(
            f"repeats must be a whole number of at least 1, but got {repeats!r}: write 3."
        )
    if not isinstance(name, str):
        raise SpaceError(
            f"A sweep needs a hyperparameter's name, but got {name!r:.80}: write 'n_neurons'."
        )
    if isinstance(values, str | Mapping) or not isinstance(values, Iterable):
        raise SpaceError(
            f"A sweep of {name!r} needs a list of values, but got {values!r:.80}: write "
            f"[10, 30, 100]."
        )
    common = space.check_params(params)
    once: dict[str, dict[str, Any]] = {}
    for value in values:
        choice = space.check_params({**common, name: value})
        once.setdefault(space.key(choice), choice)
    if not once:
        raise SpaceError(f"A sweep of {name!r} needs values, but got none: write [10, 30, 100].")
    return [dict(choice) for _ in range(repeats) for choice in once.values()]


def sweep_plan(
    search: str, name: str, n_trials: int, folds: int | None, level: int, space: SearchSpace
) -> SearchPlan:
    """Write down what a sweep will do."""
    return SearchPlan(
        name=search,
        sampler=SAMPLER,
        n_trials=n_trials,
        folds=folds,
        seed=0,
        level=level,
        space=space.to_json(),
        fixed={"name": name},
    )
