"""Scores by scikit-learn's scorers, where the model was trained: in the worker.

A scorer gets an estimator that looks fitted, the rows of the fold, and the targets as they were
given. What a scorer that fails comes to is scikit-learn's own doing (``error_score``).
"""

from __future__ import annotations

import copy
import math
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tunewidgets.sklearn._estimators import KerasEstimator
from tunewidgets.training.job import Task
from tunewidgets.training.judging import Verdict
from tunewidgets.training.splitting import Split

Scores = float | Mapping[str, float]

FAILED = "Scoring failed"
"""How scikit-learn's own warning of it begins."""


@dataclass(frozen=True, slots=True)
class Scorers:
    """Judges a model as scikit-learn's searches do.

    Attributes
    ----------
    estimator
        Has learnt what there is to learn from the targets, but has no model.
    scorer
        scikit-learn's, of one metric or of several.
    y
        The training targets, as they were given.
    valid
        The validation targets likewise, for a trial of a person's that has no folds.
    score_params
        What the scorer takes beside, one row a sample (``sample_weight``).
    refit
        Which of several metrics is a run's value; any other thing means the first.
    error_score
        As scikit-learn takes it.
    with_train
        Whether the samples that were fitted on are scored too.
    """

    estimator: KerasEstimator
    scorer: Callable[..., Any]
    y: Any
    valid: Any
    score_params: Mapping[str, Any] = field(default_factory=dict)
    refit: Any = True
    error_score: Any = math.nan
    with_train: bool = False

    def __call__(self, model: Any, task: Task, samples: Split) -> Verdict:
        """Score a model on the fold left out, or else on the validation data."""
        fitted = copy.copy(self.estimator).set_params(**task.params)
        fitted.model_ = model
        begun = time.perf_counter()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            told, test = self._scores(fitted, samples.left_out or samples.curves, task.score_rows)
            scored = time.perf_counter()
            scores = _named("test", test)
            if self.with_train and task.fit_rows is not None:
                _, train = self._scores(fitted, samples.fit, task.fit_rows)
                scores |= _named("train", train)
        ended = time.perf_counter()
        failures = [str(w.message) for w in caught if str(w.message).startswith(FAILED)]
        value = self._value(test)
        return Verdict(
            value if math.isfinite(value) and not (failures and told) else None,
            scores,
            f"{FAILED}. {_last_line(failures[0])}" if failures else _not_finite(value),
            failures[0] if failures else None,
            scored - begun,
            ended - begun,
        )

    def _scores(self, fitted: KerasEstimator, share: Any, rows: Any) -> tuple[bool, Scores]:
        """Score some samples; say too whether nothing but `error_score` came of it."""
        from sklearn.model_selection._validation import _score
        from sklearn.utils import _safe_indexing

        X = share.taken().x
        y = self.valid if rows is None else _safe_indexing(self.y, rows)
        beside = (
            {} if rows is None else {k: np.asarray(v)[rows] for k, v in self.score_params.items()}
        )
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            scores: Scores = _score(fitted, X, y, self.scorer, beside, self.error_score)
        for warning in caught:
            warnings.warn_explicit(
                warning.message, warning.category, warning.filename, warning.lineno
            )
        has_failed = any(str(w.message).startswith(FAILED) for w in caught)
        return has_failed and not isinstance(scores, Mapping), scores

    def _value(self, scores: Scores) -> float:
        if not isinstance(scores, Mapping):
            return float(scores)
        is_name = isinstance(self.refit, str) and self.refit in scores
        return float(scores[self.refit] if is_name else next(iter(scores.values())))


def _named(part: str, scores: Scores) -> dict[str, float]:
    if isinstance(scores, Mapping):
        return {f"{part}_{name}": float(score) for name, score in scores.items()}
    return {part: float(scores)}


def _last_line(text: str) -> str:
    return text.strip().splitlines()[-1]


def _not_finite(value: float) -> str | None:
    return None if math.isfinite(value) else f"The score is {value}: look at the scorer."
