"""`GridSearchCV` and `RandomizedSearchCV`, run by a study.

They are scikit-learn's classes with another `fit`: candidates, scorers, folds, results and the
choice of the best are scikit-learn's own code, and only the fits themselves go to a study's
workers (`_candidates`), which score them too (`_scoring`). So a lab can look on and steer.
"""

from __future__ import annotations

import threading
import time
import warnings
import weakref
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn import model_selection
from sklearn.base import clone, is_classifier
from sklearn.model_selection import ParameterGrid, ParameterSampler, check_cv
from sklearn.model_selection._search import BaseSearchCV
from sklearn.model_selection._validation import (
    _insert_error_scores,
    _warn_or_raise_about_fit_failures,
)
from sklearn.utils import indexable

from tunewidgets.errors import StudyError
from tunewidgets.language import later
from tunewidgets.language import translate as tr
from tunewidgets.sklearn._candidates import CandidateStudy, complete
from tunewidgets.sklearn._code import Asked
from tunewidgets.sklearn._estimators import KerasEstimator
from tunewidgets.sklearn._problem import Problem, Scored
from tunewidgets.sklearn._results import outcomes
from tunewidgets.sklearn._workers import n_workers_of
from tunewidgets.trial import Trial
from tunewidgets.waiting import DRAW_S, Bar

if TYPE_CHECKING:
    from tunewidgets.search import Search
    from tunewidgets.widgets.frame import LabFrame

STOP_S = 15.0
"""How long an interrupted search waits for its runs to end."""

WAITING = later("The lab opens here as soon as fit begins.")


class _StudySearch(BaseSearchCV):  # type: ignore[misc]
    """What both searches do in scikit-learn's place; a mixin for its classes."""

    study_: CandidateStudy

    @abstractmethod
    def _candidates(self) -> Iterable[dict[str, Any]]:
        """Give the candidates in scikit-learn's order."""

    @property
    @abstractmethod
    def _written(self) -> Any:
        """Give ``param_grid`` or ``param_distributions``, as a person wrote it."""

    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Search, score every candidate by cross-validation, and refit the best.

        Parameters
        ----------
        X, y
            Training data, one row a sample.
        **params
            What the estimator's ``fit`` takes (``epochs``, ``validation_data``, ``callbacks``,
            ``sample_weight``, ...), and ``groups`` for the splitter. Validation data serves
            early stopping alone; scores are those of the folds left out.

        Returns
        -------
        self

        Raises
        ------
        StudyError, SpaceError, DataError, BuilderError, ValueError
            With the rule that is broken, the value, and the remedy. An interrupt is passed on,
            with what was done in ``study_`` and ``cv_results_``.
        """
        self._validate_params()
        self._check_estimator()
        scored = Scored(*self._get_scorers())
        X, y = indexable(X, y)
        routed = self._get_routed_params_for_fit(params)
        self._checked_cv_orig = check_cv(self.cv, y, classifier=is_classifier(self.estimator))
        self.n_splits_ = self._checked_cv_orig.get_n_splits(X, y, **routed.splitter.split)
        split = self._checked_cv_orig.split(X, y, **routed.splitter.split)
        folds = [(_rows(train), _rows(test)) for train, test in split]
        candidates = list(self._candidates())
        base = clone(self.estimator)
        named = complete(base, candidates)
        judge = {
            "refit": self.refit,
            "error_score": self.error_score,
            "with_train": self.return_train_score,
        }
        problem = Problem(base, X, y, folds, routed.estimator.fit, routed.scorer.score, scored)
        space = {"written": self._written, "candidates": named}
        workers = n_workers_of(self.n_jobs)
        study = problem.study(**space, n_workers=workers, **judge)
        study.asked = Asked(
            base,
            self._checked_cv_orig,
            self.n_splits_,
            self.scoring,
            self.refit,
            routed.estimator.fit,
            routed.splitter.split.get("groups") is not None,
        )
        self._open(study)
        search = self.study_.run(type(self).__name__, named, len(folds), problem.seed)
        try:
            self._follow(search)
        except KeyboardInterrupt:
            self._keep_what_was_done(search, candidates, folds, scored)
            raise
        self._raise_where_asked(search.trials)
        self.cv_results_ = self._results(search.trials, candidates, folds, scored)
        self._choose_best(scored)
        if self.refit:
            self._refit(base, X, y, routed.estimator.fit)
        self.scorer_ = getattr(scored.scorers, "_scorers", scored.scorers)
        return self

    def _follow(self, search: Search) -> None:
        """Wait until the search has ended, or a run has failed where that ends it."""
        with Bar(self.study_.snapshot, type(self).__name__, search.name) as bar:
            while not search.wait(DRAW_S):  # and an interrupt is heard on every system
                bar.draw()
                if self.error_score == "raise" and any(trial.error for trial in search.trials):
                    search.stop()
            bar.draw()

    def lab(self) -> LabFrame:
        """Show the search in a lab, before, during or after ``fit``.

        Before, a sentence stands in its place, and the lab opens when ``fit`` begins.

        Returns
        -------
        LabFrame
            A widget; as the last line of a cell it shows itself.
        """
        from tunewidgets.widgets.frame import LabFrame

        frame = LabFrame(tr(WAITING))
        self._frames.append(frame)
        if hasattr(self, "study_"):
            frame.show(self.study_)
        return frame

    # Within

    @property
    def _frames(self) -> list[LabFrame]:
        """The labs that were asked for; no hyperparameter, so made when it is first needed."""
        frames: list[LabFrame] = self.__dict__.setdefault("_lab_frames", [])
        return frames

    def __getstate__(self) -> dict[str, Any]:
        """Give what to pickle: all but the study and its labs, which belong to this process."""
        state: dict[str, Any] = dict(super().__getstate__())
        for name in ("study_", "_lab_frames", "_closing"):
            state.pop(name, None)
        return state

    def _check_estimator(self) -> None:
        if not isinstance(self.estimator, KerasEstimator):
            name = type(self).__name__
            raise StudyError(
                f"This {name} searches KerasRegressor and KerasClassifier, but got "
                f"{type(self.estimator).__name__}: take sklearn.model_selection.{name} for that."
            )

    def _open(self, study: CandidateStudy) -> None:
        """Take up a new study, in place of an earlier fit's."""
        if "_closing" in self.__dict__:
            self._closing()
        self.study_ = study
        self._closing: Any = weakref.finalize(self, _close_later, study)
        for frame in self._frames:
            frame.show(study)

    def _keep_what_was_done(
        self, search: Search, candidates: list[Any], folds: Sequence[Any], scored: Scored
    ) -> None:
        """Stop, and tabulate the candidates that were done by then."""
        search.stop()
        search.wait(STOP_S)
        done = [i for i, trial in enumerate(search.trials) if all(r.scores for r in trial.runs)]
        if done:
            trials = [search.trials[i] for i in done]
            self.cv_results_ = self._results(trials, [candidates[i] for i in done], folds, scored)

    def _raise_where_asked(self, trials: Sequence[Trial]) -> None:
        failed = [run for trial in trials for run in trial.runs if run.error]
        if self.error_score == "raise" and failed:
            run = failed[0]
            where = dict(trials[run.trial - trials[0].number].params)
            raise StudyError(
                f"A fit must not fail with error_score='raise', but that of {where} on split "
                f"{run.fold} did. {run.error}\n{run.traceback or ''}".rstrip()
            )

    def _results(
        self, trials: Sequence[Trial], candidates: list[Any], folds: Sequence[Any], scored: Scored
    ) -> dict[str, Any]:
        """Have scikit-learn tabulate the outcomes, and warn of failures or raise for all."""
        n_test = [len(test) for _, test in folds]
        error_score = np.nan if self.error_score == "raise" else self.error_score
        out = outcomes(
            trials, n_test, scored.metrics, error_score, with_train=self.return_train_score
        )
        _warn_or_raise_about_fit_failures(out, error_score)
        if callable(self.scoring):
            _insert_error_scores(out, error_score)
        _warn_of_scorers(trials)
        self.multimetric_ = isinstance(out[0]["test_scores"], dict)
        if callable(self.scoring) and self.multimetric_:
            self._check_refit_for_multimetric(out[0]["test_scores"])
        results: dict[str, Any] = self._format_results(candidates, len(folds), out)
        return results

    def _choose_best(self, scored: Scored) -> None:
        if not self.refit and self.multimetric_:
            return
        metric = scored.refit_metric
        if callable(self.scoring) and self.multimetric_:
            metric = self.refit
        results = self.cv_results_
        self.best_index_ = self._select_best_index(self.refit, metric, results)
        if not callable(self.refit):
            self.best_score_ = results[f"mean_test_{metric}"][self.best_index_]
        self.best_params_ = results["params"][self.best_index_]

    def _refit(self, base: KerasEstimator, X: Any, y: Any, params: Mapping[str, Any]) -> None:
        """Fit the best candidate on all the data, in this process."""
        self.best_estimator_ = clone(base).set_params(**clone(self.best_params_, safe=False))
        begun = time.time()
        try:
            self.best_estimator_.fit(X, y, **params)
        except Exception as error:
            raise StudyError(
                f"The refit of the best candidate, {self.best_params_}, failed "
                f"({type(error).__name__}: {error}): cv_results_ has the scores; choose another "
                f"by refit=function, or leave the refit out with refit=False."
            ) from error
        self.refit_time_ = time.time() - begun
        if hasattr(self.best_estimator_, "feature_names_in_"):
            self.feature_names_in_ = self.best_estimator_.feature_names_in_


class GridSearchCV(_StudySearch, model_selection.GridSearchCV):  # type: ignore[misc]
    """scikit-learn's ``GridSearchCV`` for `KerasRegressor` and `KerasClassifier`, in a study.

    Parameters, attributes and methods are scikit-learn's. ``n_jobs`` is the number of worker
    processes; None or -1 takes as many as processors and memory allow. ``pre_dispatch`` and
    ``verbose`` are accepted and change nothing.

    Attributes
    ----------
    study_
        The `tunewidgets.Study` that ran the candidates; open, so that a lab can go on in it.

    Examples
    --------
    >>> search = GridSearchCV(KerasRegressor(build_model), {"n_neurons": [10, 30]}, cv=3)
    >>> search.fit(X, y, epochs=20).best_params_  # doctest: +SKIP
    """

    def _candidates(self) -> Iterable[dict[str, Any]]:
        candidates: Iterable[dict[str, Any]] = ParameterGrid(self.param_grid)
        return candidates

    @property
    def _written(self) -> Any:
        return self.param_grid


class RandomizedSearchCV(_StudySearch, model_selection.RandomizedSearchCV):  # type: ignore[misc]
    """scikit-learn's ``RandomizedSearchCV`` for our estimators, in a study; see `GridSearchCV`.

    ``random_state`` gives the candidates that scikit-learn would try.

    Examples
    --------
    >>> search = RandomizedSearchCV(KerasRegressor(build_model), distributions, n_iter=10, cv=3)
    >>> search.fit(X, y, epochs=100, validation_data=(X_valid, y_valid))  # doctest: +SKIP
    """

    def _candidates(self) -> Iterable[dict[str, Any]]:
        candidates: Iterable[dict[str, Any]] = ParameterSampler(
            self.param_distributions, self.n_iter, random_state=self.random_state
        )
        return candidates

    @property
    def _written(self) -> Any:
        return self.param_distributions


def _rows(share: Any) -> Any:
    """Give row numbers, also for a mask of rows."""
    share = np.asarray(share)
    return np.flatnonzero(share) if share.dtype == bool else share


def _warn_of_scorers(trials: Sequence[Trial]) -> None:
    """Pass on what scikit-learn warned of in the workers."""
    told = {run.traceback for trial in trials for run in trial.runs if run.scores and run.error}
    for text in sorted(filter(None, told)):
        warnings.warn(text, UserWarning, stacklevel=4)


def _close_later(study: CandidateStudy) -> None:
    """Close a study that nobody holds, in a thread, as a collection may happen anywhere."""
    threading.Thread(target=study.close, name="tunewidgets-closing", daemon=True).start()
