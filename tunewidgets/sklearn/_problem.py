"""From what a search's ``fit`` was given to the study that runs it.

The study sees the data as the estimator's own ``fit`` would: validated, with the targets as
numbers. The judge keeps the targets as they were written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import validate_data

from tunewidgets.errors import SpaceError, StudyError
from tunewidgets.fit_settings import TRAINING_NAMES
from tunewidgets.sklearn._candidates import CandidateStudy, Params, builder_of, space_of
from tunewidgets.sklearn._estimators import KerasEstimator
from tunewidgets.sklearn._parameters import of_builder
from tunewidgets.sklearn._scoring import Scorers
from tunewidgets.values import is_integer


@dataclass(frozen=True, slots=True)
class Scored:
    """What scikit-learn is to score by: its scorers, and the metric that decides."""

    scorers: Any
    refit_metric: Any

    @property
    def metrics(self) -> tuple[str, ...] | None:
        """Names of several metrics; None for one, or where only the scorer knows."""
        several = getattr(self.scorers, "_scorers", None)
        return None if several is None else tuple(several)

    def title(self, refit: Any) -> str:
        """Name what the lab shows."""
        if isinstance(refit, str):
            return refit
        if self.metrics is not None:
            return self.metrics[0]
        name = getattr(getattr(self.scorers, "_score_func", None), "__name__", "score")
        is_least = getattr(self.scorers, "_sign", 1) < 0
        return f"neg_{name}" if is_least else str(name.removesuffix("_score"))


@dataclass(frozen=True, slots=True)
class Problem:
    """What a search is to do.

    Attributes
    ----------
    estimator
        A clone that nobody else holds.
    X, y
        The data, as they were given.
    folds
        Pairs of index arrays.
    fit_params, score_params
        What goes to the estimator's ``fit``, and to the scorers.
    scored
        The scorers.
    """

    estimator: KerasEstimator
    X: Any
    y: Any
    folds: Sequence[Any]
    fit_params: Mapping[str, Any]
    score_params: Mapping[str, Any]
    scored: Scored

    @property
    def seed(self) -> int | None:
        """The seed of every fit, where the estimator has one."""
        seed = self.estimator.random_state
        return int(seed) if is_integer(seed) else None

    def study(
        self, written: Any, candidates: Sequence[Params], n_workers: int | None, **judging: Any
    ) -> CandidateStudy:
        """Make the study; nothing is trained yet.

        Parameters
        ----------
        written
            ``param_grid`` or ``param_distributions``.
        candidates
            From `complete`.
        n_workers
            As `Study` takes it.
        **judging
            ``refit``, ``error_score`` and ``with_train`` of `Scorers`.
        """
        given = dict(self.fit_params)
        weight, valid = given.pop("sample_weight", None), given.pop("validation_data", None)
        settings = self._settings(given, candidates[0])
        learnt = clone(self.estimator)
        x, targets = validate_data(
            learnt, self.X, self.y, allow_nd=True, multi_output=True,
            y_numeric=learnt._is_of_numbers,
        )  # fmt: skip
        encoded = learnt._encode_y(targets)
        validation = learnt._validation(valid)
        if hasattr(learnt, "feature_names_in_"):
            del learnt.feature_names_in_  # workers see arrays
        is_open = learnt._params.get("n_outputs") is None and "n_outputs" not in candidates[0]
        if is_open and "n_outputs" in of_builder(learnt.build_model):
            learnt._params["n_outputs"] = learnt._n_outputs
        builder = builder_of(learnt, candidates[0])
        callbacks, engine = settings["callbacks"], settings["engine"]
        y_valid = None if valid is None else np.asarray(valid[1])
        scorers = self.scored.scorers
        return CandidateStudy(
            builder,
            space_of(written, candidates, builder),
            x,
            encoded,
            sample_weight=learnt._weights(x, targets, weight, settings),
            validation_data=validation,
            objective=self.scored.title(judging["refit"]),
            direction="maximize",
            callbacks=() if callbacks is None else callbacks,
            n_workers=n_workers,
            # As the estimator does: which is faster depends on the moment, and so would a digit.
            engine="graph" if engine == "auto" and self.seed is not None else engine,
            folds=self.folds,
            judge=Scorers(
                learnt, scorers, np.asarray(self.y), y_valid, self.score_params, **judging
            ),
            n_classes=learnt._n_classes,
            **{name: settings[name] for name in TRAINING_NAMES},
            **{name: settings[name] for name in _OPTIONS},
        )

    def _settings(self, given: Params, searched: Mapping[str, Any]) -> Params:
        """Put together the constructor's hyperparameters of training and those of ``fit``."""
        self.estimator._check_overrides(given)
        both = [name for name in given if name in searched]
        if both:
            raise SpaceError(
                f"What is searched must not be an argument of fit too, but {both[0]!r} is both: "
                f"leave it out of fit, whose value would hold for every candidate."
            )
        settings: Params = {**self.estimator._split_params()[1], **given}
        if settings["validation_split"]:
            raise StudyError(
                "A search takes its validation data as it is, but got validation_split: give "
                "validation_data=(X_valid, y_valid) to fit."
            )
        return settings


_OPTIONS = ("shuffle", "validation_batch_size", "validation_freq")
