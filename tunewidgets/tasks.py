"""From what a person asks for to a recorded run, and from there to the task that a worker gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tunewidgets.errors import SpaceError, StudyError
from tunewidgets.fit_settings import NEUTRAL, TRAINING_NAMES
from tunewidgets.ledger import Ledger
from tunewidgets.rates import RangeRecord
from tunewidgets.retelling import stated
from tunewidgets.space import SearchSpace
from tunewidgets.training.data import Data
from tunewidgets.training.folds import Fold, rows_of
from tunewidgets.training.job import Task
from tunewidgets.trial import IMPORTED, Params, Run, RunKey, State, Trial
from tunewidgets.values import is_integer


class Tasks:
    """Makes the tasks of a study's runs.

    Parameters
    ----------
    ledger
        Knows the space, the settings and the best value so far.
    data
        Is split into folds, once for each number of them.
    folds
        Folds that a person gives; their number then means these.
    is_judged
        Whether a judge gives the values, rather than a metric of the model's.
    """

    def __init__(
        self, ledger: Ledger, data: Data, folds: Sequence[Fold] = (), *, is_judged: bool = False
    ) -> None:
        self._ledger = ledger
        self._data = data
        self._is_judged = is_judged
        self._folds: dict[int, Sequence[Fold]] = {len(folds): folds} if folds else {}

    def task_of(self, trial: Trial, run: Run) -> Task:
        """Make a run's task: its hyperparameters go to the builder or to the training."""
        is_training = self._ledger.space.is_training
        training = {
            name: trial.params[name] if name in trial.params and is_training(name) else default
            for name, default in self.settings.items()
        }
        planned = training["epochs"]
        if run.goal is not None:
            training["epochs"] = run.goal
        folds = trial.folds
        fit_rows, score_rows = (None, None)
        if folds is not None and run.fold is not None:
            fit_rows, score_rows = self._rows(folds)[run.fold]
        return Task(
            key=run.key,
            params={k: v for k, v in trial.params.items() if not is_training(k)},
            seed=run.seed,
            fold=run.fold,
            fit_rows=fit_rows,
            score_rows=score_rows,
            to_beat=self._ledger.best_single.value if folds is None else None,
            planned=max(planned, training["epochs"]),
            continues=run.epochs > 0,
            best=self._ledger.best.number,
            **training,
        )

    def range_of(self, record: RangeRecord) -> Task:
        """Make the task of a learning-rate range test, of a model as the first trial's."""
        is_training, settings = self._ledger.space.is_training, self.settings
        return Task(
            key=record.key,
            params={k: v for k, v in record.params.items() if not is_training(k)},
            seed=self._ledger.seed_of((0, 0)),
            batch_size=record.params.get("batch_size", settings["batch_size"]),
            rates=record.planned,
        )

    def goals_of(self, trial: Trial, more: int | None) -> dict[RunKey, int]:
        """Say how many epochs each run of a trial is to have in all, to go on.

        Raises
        ------
        StudyError
            For a trial that has not ended, or nothing left to train.
        """
        if more is not None and (not is_integer(more) or more < 1):
            raise StudyError(
                f"epochs must be a whole number of at least 1, but got {more!r}: write 10."
            )
        if not trial.state.is_finished:
            raise StudyError(
                stated(
                    "A trial must have ended to go on, but #{number} has not: wait for it.",
                    number=trial.number,
                )
            )
        if trial.origin == IMPORTED:
            raise StudyError(
                f"A trial must have been trained here to go on, but #{trial.number} was made "
                f"elsewhere: train its hyperparameters with study.enqueue(trial.params)."
            )
        asked = {run.key: self.task_of(trial, run).epochs for run in trial.runs}
        if more is not None:
            return {run.key: (run.epochs or asked[run.key]) + more for run in trial.runs}
        goals = {run.key: asked[run.key] for run in trial.runs if run.state is not State.COMPLETE}
        if not goals:
            raise StudyError(
                stated(
                    "Something must be left to train, but #{number} is complete: say how many "
                    "epochs more.",
                    number=trial.number,
                )
            )
        return goals

    def refit_of(self, params: Params, seed: int, goal: int | None = None) -> Task:
        """Make the task of a fit on all of the data, of a trial that is not recorded.

        Parameters
        ----------
        params, seed
            Of the fit.
        goal
            How many epochs it has, where its hyperparameters do not tell.
        """
        trial = Trial(-1, self.normalised(params), runs=(Run(-1, 0, seed, goal=goal),))
        return self.task_of(trial, trial.runs[0])

    def read_folds(self, cv: int | None) -> int | None:
        """Check that runs can be made and scored with so many folds, and tell of rare classes.

        Raises
        ------
        DataError
            For folds that cannot be.
        StudyError
            Where the objective cannot be had so.
        """
        objective = self._ledger.record.objective
        if cv is None:
            needs_valid = self._is_judged or objective.startswith("val_")
            if needs_valid and self._data.valid is None:
                raise StudyError(
                    stated(
                        "The objective '{objective}' needs validation data, but the study has "
                        "none: give validation_data or validation_split, or train with cv.",
                        objective=objective,
                    )
                )
            return None
        if self.check_folds(cv) in self._folds:
            return int(cv)
        if not self._is_judged and not objective.startswith("val_"):
            raise StudyError(
                stated(
                    "With cv the objective must be a validation metric, but it is '{objective}': "
                    "take 'val_{objective}', or leave cv out.",
                    objective=objective,
                )
            )
        self._ledger.tell("rare classes", self._data.rarity(cv))
        return int(cv)

    def check_folds(self, cv: int) -> int:
        """Raise a `DataError` unless the samples can be split into so many folds; give them."""
        if not (is_integer(cv) and cv in self._folds):
            self._data.check_folds(cv)
        return int(cv)

    def normalised(self, params: Params) -> dict[str, Any]:
        """Leave out training hyperparameters that only repeat the study's own."""
        space, own = self._ledger.space, self.settings
        return {
            name: value
            for name, value in params.items()
            if name in space or not space.is_training(name) or value != _value_of(name, own)
        }

    def only_given(self, params: Params) -> dict[str, Any]:
        """Check some hyperparameters without completing them."""
        checked = self.normalised(self._ledger.space.check_params(params))
        return {name: value for name, value in checked.items() if name in params}

    def epochs_of(self, space: SearchSpace, fixed: Params) -> int:
        """Say how many epochs every trial of a search has.

        Raises
        ------
        SpaceError
            Where the space searches them.
        """
        if "epochs" in space and space.is_training("epochs"):
            (epochs, *others) = space["epochs"].grid(2)
            if others:
                raise SpaceError(
                    stated(
                        "Successive halving chooses the epochs of each trial, but the space "
                        "searches them: pin epochs, or take another sampler."
                    )
                )
            return int(epochs)
        return int(fixed.get("epochs", self.settings["epochs"]))

    @property
    def settings(self) -> Mapping[str, Any]:
        """The study's training hyperparameters."""
        training = self._ledger.record.settings["training"]
        return {name: training.get(name) for name in TRAINING_NAMES}

    def _rows(self, n_folds: int) -> Sequence[Fold]:
        if n_folds not in self._folds:
            self._folds[n_folds] = rows_of(self._data.fold_of(n_folds), n_folds)
        return self._folds[n_folds]


def _value_of(name: str, settings: Mapping[str, Any]) -> Any:
    """Give a training hyperparameter's value, or what leaving it out comes to."""
    return NEUTRAL.get(name) if settings[name] is None else settings[name]
