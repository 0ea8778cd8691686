"""A candidate's fits as code to paste: the estimator, the search's folds and its scorer.

It differs from a study's own code (``exports/code.py``) in what scores: scikit-learn's scorer, on
folds of any kind. What cannot be written, such as rows that were given as ``cv``, is named in a
note above the code, and the code then waits for it under that name.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sklearn import model_selection
from sklearn.base import is_classifier

from tunewidgets.exports.code import constructor_of
from tunewidgets.exports.source import Source, is_literal
from tunewidgets.sklearn._estimators import KerasEstimator
from tunewidgets.sklearn._parameters import defaults
from tunewidgets.trial import Trial


@dataclass(frozen=True, slots=True)
class Asked:
    """What a search was asked for, as far as its code says it.

    Attributes
    ----------
    estimator
        With the hyperparameters that are not searched.
    cv, n_splits
        The splitter, and how many folds it gives.
    scoring, refit
        As they were given.
    fit_params
        What the estimator's ``fit`` gets.
    has_groups
        Whether the splitter gets groups.
    """

    estimator: KerasEstimator
    cv: Any
    n_splits: int
    scoring: Any
    refit: Any
    fit_params: Mapping[str, Any]
    has_groups: bool

    def code(self, trial: Trial, objective: str) -> str:
        """Write a trial's fits and their scores."""
        return _Writer(self, trial, objective).written()


@dataclass(slots=True)
class _Writer:
    asked: Asked
    trial: Trial
    objective: str
    source: Source = field(default_factory=Source)
    notes: list[str] = field(default_factory=list)

    def written(self) -> str:
        """Put notes, imports, definitions, fits and the check together."""
        kind = _public(type(self.asked.estimator)).__name__
        self.source.import_line("import numpy as np")
        self.source.import_line(f"from tunewidgets.sklearn import {kind}")
        self.notes.append("X and y are what fit was given.")
        is_crossed = self.trial.folds is not None
        fit = [
            f"estimator = {kind}({', '.join([self._builder(), *self._arguments()])})",
            f"estimator.fit({', '.join([*self._rows('fit'), *self._beside()])})",
        ]
        if is_crossed:
            seeds = [run.seed for run in sorted(self.trial.runs, key=lambda run: run.fold or 0)]
            score = f"scores.append({self._score(', '.join(self._rows('left_out')))})"
            body = [
                "X, y = np.asarray(X), np.asarray(y)",
                "scores = []",
                f"for seed, (fit, left_out) in zip({seeds}, {self._folds()}):",
                textwrap.indent("\n".join([*fit, score]), "    "),
                'print("folds:", *(f"{score:.6g}" for score in scores))',
                "value = sum(scores) / len(scores)",
            ]
        else:
            self.notes.append("X_valid and y_valid are the validation data that fit was given.")
            body = [
                f"seed = {self.trial.runs[0].seed}",
                *fit,
                f"value = {self._score('X_valid, y_valid')}",
            ]
        notes = "\n".join(f"# Note: {note}" for note in (*self.notes, *self.source.missing))
        top = "\n\n".join([self._title(), notes, "\n".join(self.source.imports)])
        end = "\n".join([*body, *self._check()])
        return "\n\n\n".join([top, *self.source.definitions, end]) + "\n"

    def _title(self) -> str:
        value = self.trial.value
        told = "" if value is None else f": {self.objective} {value:.6g}"
        return f'"""Trial {self.trial.number} of the search{told}."""'

    def _check(self) -> list[str]:
        value = self.trial.value
        if value is None:
            return []
        return [
            f'print(f"{self.objective}: {{value:.6g}} here, {value:.6g} in the search")',
            f"if abs(value - {value!r}) > 1e-3 * max(abs({value!r}), 0.1):",
            '    print("They differ: see the notes above, or the data or versions are others.")',
        ]

    def _builder(self) -> str:
        name = self.source.add(self.asked.estimator.build_model)
        if name is None:
            self.notes.append("The source of the builder is not to be had: define build_model.")
        return name or "build_model"

    def _arguments(self) -> list[str]:
        """Write the candidate's hyperparameters, and those that were given besides."""
        estimator, searched = self.asked.estimator, self.trial.params
        training = estimator._training
        given = {k: v for k, v in self.asked.fit_params.items() if k in training}
        usual = defaults(estimator.build_model, training)
        parts = [f"{name}={value!r}" for name, value in searched.items()]
        for name, value in {**estimator._params, **given}.items():
            is_usual = name in usual and value is usual[name]
            if name in searched or name in ("random_state", "verbose") or is_usual:
                continue
            text = self._callbacks(value) if name == "callbacks" else _text(value)
            if text is None:
                self.notes.append(f"Give {name} to the estimator, too, as it was given.")
            else:
                parts.append(f"{name}={text}")
        if {**estimator._params, **given}.get("class_weight") == "balanced":
            self.notes.append(
                "The search balanced the classes of all of y, and this does so in each fold."
            )
        return [*parts, "random_state=seed"]

    def _callbacks(self, given: Any) -> str | None:
        if callable(given) and not hasattr(given, "set_model"):
            return self.source.add(given)
        listed = [given] if hasattr(given, "set_model") else given or []
        texts = [constructor_of(callback) for callback in listed]
        if texts and None not in texts:
            self.source.import_line("import keras")
        return None if None in texts else f"[{', '.join(map(str, texts))}]"

    def _rows(self, index: str) -> list[str]:
        return ["X", "y"] if self.trial.folds is None else [f"X[{index}]", f"y[{index}]"]

    def _beside(self) -> list[str]:
        """Write the data that fit gets besides the samples."""
        parts, given = [], self.asked.fit_params
        if given.get("sample_weight") is not None:
            index = "" if self.trial.folds is None else "[fit]"
            self.notes.append("sample_weight is an array of what fit was given.")
            parts.append(f"sample_weight=sample_weight{index}")
        if (valid := given.get("validation_data")) is not None:
            names = ("X_valid", "y_valid", "sample_weight_valid")[: len(valid)]
            if self.trial.folds is not None:
                self.notes.append(f"{', '.join(names)} are the validation data given to fit.")
            parts.append(f"validation_data=({', '.join(names)})")
        return parts

    def _folds(self) -> str:
        groups = ", groups" if self.asked.has_groups else ""
        if self.trial.folds != self.asked.n_splits:
            self.source.import_line("from sklearn.model_selection import check_cv")
            kind = is_classifier(self.asked.estimator)
            return f"check_cv({self.trial.folds}, y, classifier={kind}).split(X, y)"
        text = repr(self.asked.cv)
        if (name := _splitter(text)) is None:
            self.notes.append("folds are the pairs of rows that the search's cv gave.")
            return "folds"
        if groups:
            self.notes.append("groups are what fit was given.")
        if getattr(self.asked.cv, "shuffle", False) and self.asked.cv.random_state is None:
            self.notes.append("cv shuffles without a random_state: its folds are others each time.")
        self.source.import_line(f"from sklearn.model_selection import {name}")
        return f"{' '.join(text.split())}.split(X, y{groups})"

    def _score(self, samples: str) -> str:
        scoring, refit, pick = self.asked.scoring, self.asked.refit, ""
        if isinstance(scoring, Mapping):
            scoring = scoring[refit if isinstance(refit, str) else next(iter(scoring))]
        elif isinstance(scoring, list | tuple | set):
            scoring = refit if isinstance(refit, str) else next(iter(scoring))
        elif callable(scoring) and isinstance(refit, str):
            pick = f"[{refit!r}]"
        if scoring is None:
            return f"estimator.score({samples})"
        if isinstance(scoring, str):
            self.source.import_line("from sklearn.metrics import get_scorer")
            return f"get_scorer({scoring!r})(estimator, {samples})"
        if (name := self.source.add(scoring)) is None:
            self.notes.append("scorer is what the search was given as scoring.")
        return f"{name or 'scorer'}(estimator, {samples}){pick}"


def _public(kind: type) -> type:
    """Give the estimator that a subclass is made from: the builder's values are all in the call."""
    return next(base for base in kind.__mro__ if base.__module__.startswith(f"{__package__}."))


def _text(value: Any) -> str | None:
    return repr(value) if is_literal(value) else None


def _splitter(text: str) -> str | None:
    """Give the name of one of scikit-learn's splitters whose repr Python reads back."""
    try:
        call = ast.parse(text, mode="eval").body
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            return None
        for keyword in call.keywords:
            ast.literal_eval(keyword.value)
    except (SyntaxError, ValueError):
        return None
    return call.func.id if hasattr(model_selection, call.func.id) else None
