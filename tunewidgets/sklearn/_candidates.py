"""From scikit-learn's candidates to a study's space and trials.

The candidates themselves are scikit-learn's own (``ParameterGrid``, ``ParameterSampler``), run in
their order, repeats and all. The space is only what the lab shows them in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from sklearn.base import clone

from tunewidgets.abbreviations import read_distribution
from tunewidgets.distributions import Categorical, Distribution, Float, Int
from tunewidgets.errors import SpaceError
from tunewidgets.fit_settings import TRAINING_NAMES
from tunewidgets.plan import SearchPlan
from tunewidgets.search import Search
from tunewidgets.sklearn._code import Asked
from tunewidgets.sklearn._estimators import KerasEstimator
from tunewidgets.space import SearchSpace
from tunewidgets.study import Study
from tunewidgets.trial import Trial
from tunewidgets.values import canonical, is_integer, is_number, native

Params = dict[str, Any]


class CandidateStudy(Study):
    """A study whose search runs candidates that somebody else has drawn."""

    asked: Asked
    """What the search was asked for; set by who makes the study."""

    def code(self, trial: Trial | int | None = None) -> str:
        """Write a trial's fits as code to paste, with the search's folds and scorer.

        Parameters
        ----------
        trial
            Which; None for the best.

        Returns
        -------
        str
            Python code that needs ``X`` and ``y`` as ``fit`` was given them.

        Raises
        ------
        StudyError
            As `Study.code` does.
        """
        chosen = self.best_trial if trial is None else self._trial_of(trial)
        return self.asked.code(chosen, self.objective)

    def run(
        self, name: str, candidates: Iterable[Params], n_folds: int, seed: int | None
    ) -> Search:
        """Queue the candidates in their order, each with all its folds.

        Parameters
        ----------
        name
            The search's.
        candidates
            Hyperparameter name to value, for every name of the space.
        n_folds
            How many folds the study was given.
        seed
            Of every run; None gives each its own.
        """
        space, scheduler = self.space, self._scheduler
        with self._ledger.changed:
            made = [
                self._ledger.add_trial(space.check_params(params), name, n_folds, 1, seed)
                for params in candidates
            ]
            plan = SearchPlan(name, name, len(made), n_folds, seed or 0, 1, space.to_json())
            scheduler.feed(plan, [run.key for trial in made for run in trial.runs])
        return Search(name, self._ledger, scheduler)


def complete(estimator: KerasEstimator, candidates: Iterable[Mapping[str, Any]]) -> list[Params]:
    """Give each candidate a value for every name that any of them has, as plain Python.

    Raises
    ------
    SpaceError
        For a name or a value that cannot be.
    """
    candidates = [dict(candidate) for candidate in candidates]
    names = dict.fromkeys(name for candidate in candidates for name in candidate)
    known = estimator.get_params()
    for candidate in candidates:
        clone(estimator).set_params(**candidate)  # says what it could be
    fixed = [n for n in names if n in estimator._training and n not in TRAINING_NAMES]
    if fixed or "build_model" in names:
        raise SpaceError(
            f"What is searched must be the builder's, or one of {', '.join(TRAINING_NAMES)}, but "
            f"got {(fixed or ['build_model'])[0]!r}: give that to the estimator."
        )
    return [
        {name: _native(name, candidate.get(name, known.get(name))) for name in names}
        for candidate in candidates
    ]


def space_of(
    written: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    candidates: Sequence[Params],
    builder: Callable[..., Any],
) -> SearchSpace:
    """Make the space that the lab shows.

    Parameters
    ----------
    written
        ``param_grid`` or ``param_distributions``.
    candidates
        From `complete`.
    builder
        The study's.
    """
    parts = [written] if isinstance(written, Mapping) else list(written)
    space = {
        name: _distribution(name, [part[name] for part in parts if name in part], candidates)
        for name in candidates[0]
    }
    if not space:
        raise SpaceError(
            "A search must have a hyperparameter, but got none: name one of the builder's."
        )
    return SearchSpace.read(space, builder)


def builder_of(estimator: KerasEstimator, names: Iterable[str]) -> Callable[..., Any]:
    """Bind what the estimator fixes, apart from what is searched."""
    model, _ = estimator._split_params()
    fixed = {name: value for name, value in model.items() if name not in names}
    return partial(estimator.build_model, **fixed) if fixed else estimator.build_model


def _native(name: str, value: Any) -> Any:
    try:
        return native(value)
    except SpaceError as error:
        raise SpaceError(f"For {name!r}: {error}") from None


def _distribution(name: str, parts: Sequence[Any], candidates: Sequence[Params]) -> Distribution:
    """Read what was written once; else show what the candidates have."""
    drawn = [candidate[name] for candidate in candidates]
    if len(parts) == 1 and (hasattr(parts[0], "rvs") or isinstance(parts[0], np.ndarray)):
        try:
            return read_distribution(name, parts[0])
        except SpaceError:
            return _of_values(drawn)
    is_listed = not any(hasattr(part, "rvs") for part in parts)
    listed = [native(value) for part in parts for value in part] if is_listed else []
    return _of_values([*listed, *drawn], as_range=not is_listed)


def _of_values(values: Sequence[Any], *, as_range: bool = True) -> Distribution:
    unique = list({canonical(value): value for value in values}.values())
    if as_range and len(unique) > 1 and all(map(is_number, unique)):
        low, high = min(unique), max(unique)
        return Int(low, high) if all(map(is_integer, unique)) else Float(low, high)
    return Categorical(tuple(unique))
