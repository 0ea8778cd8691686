"""Looking at a study: its trials, the best of them, tables. `Study` adds training to this."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from tunewidgets.attaching import NO_CODE, file_of, names_of, open_to_look
from tunewidgets.errors import StudyError
from tunewidgets.exports import Call, code_of, csv_of, report_of, written
from tunewidgets.language import speaking
from tunewidgets.ledger import Ledger
from tunewidgets.search import Search
from tunewidgets.snapshot import Snapshot
from tunewidgets.trial import Trial
from tunewidgets.values import is_integer

if TYPE_CHECKING:
    import optuna
    import pandas as pd

    from tunewidgets.analysis import Finding, Importance, Region
    from tunewidgets.level import Level
    from tunewidgets.scheduler import Scheduler
    from tunewidgets.space import SearchSpace


class StudyView:
    """A study that can be looked at, from any thread."""

    _scheduler: Scheduler | None = None
    _call: Call | None = None

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def __repr__(self) -> str:
        """Say what is there, in a line."""
        seen = self.snapshot()
        best = "" if seen.best is None else f", best {self.objective} {self.best_value:.4g}"
        return f"<{type(self).__name__} {self.name!r}: {len(seen.trials)} trials{best}>"

    @property
    def name(self) -> str:
        """Tells the studies of one file apart."""
        return self._ledger.record.name

    @property
    def objective(self) -> str:
        """The metric key that is optimised."""
        return self._ledger.record.objective

    @property
    def direction(self) -> str:
        """Either ``"minimize"`` or ``"maximize"``."""
        return self._ledger.record.direction

    @property
    def space(self) -> SearchSpace:
        """The search space of the present level."""
        return self._ledger.space

    @property
    def level(self) -> int:
        """Number of the present level, from 1."""
        return self._ledger.level

    @property
    def levels(self) -> tuple[Level, ...]:
        """All levels, in order of number: a tree, as each knows its parent's number."""
        return self._ledger.levels

    @property
    def settings(self) -> Mapping[str, Any]:
        """Training hyperparameters that every trial takes unless it says otherwise."""
        training: Mapping[str, Any] = self._ledger.record.settings["training"]
        return training

    @property
    def trials(self) -> tuple[Trial, ...]:
        """All trials, in order of number."""
        return self._ledger.trials

    @property
    def best_trial(self) -> Trial:
        """The complete trial with the best value.

        Raises
        ------
        StudyError
            Before any trial is complete.
        """
        seen = self.snapshot()
        if seen.best is None:
            raise StudyError(
                f"There must be a complete trial to name the best, but none of the "
                f"{len(seen.trials)} is: wait for one (study.wait()), or look at their errors "
                f"(study.dataframe())."
            )
        return seen.trials[seen.best]

    @property
    def best_params(self) -> dict[str, Any]:
        """The hyperparameters of the best trial."""
        return dict(self.best_trial.params)

    @property
    def best_value(self) -> float:
        """The value of the best trial."""
        value = self.best_trial.value
        assert value is not None  # noqa: S101 - the best trial is complete
        return value

    @property
    def searches(self) -> tuple[Search, ...]:
        """Handles of all searches, oldest first."""
        plans = self._ledger.plans
        return tuple(Search(plan.name, self._ledger, self._scheduler) for plan in plans)

    def snapshot(self) -> Snapshot:
        """See everything as it is now; cheap, and safe from any thread."""
        return self._ledger.snapshot()

    def subscribe(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Have a function called after every change, from a background thread.

        Parameters
        ----------
        watcher
            Must return at once; it takes a `snapshot` later, in a thread of its own.

        Returns
        -------
        function
            Ends the subscription.

        Raises
        ------
        StudyError
            For what cannot be called.
        """
        if not callable(watcher):
            raise StudyError(
                f"A watcher must be a function without arguments, but got {watcher!r:.80}: give "
                f"the function itself."
            )
        return self._ledger.subscribe(watcher)

    def dataframe(self) -> pd.DataFrame:
        """Table the trials.

        Returns
        -------
        DataFrame
            A row a trial: number, state, value, ``params_<name>``, epochs, seconds, origin.
        """
        import pandas as pd

        trials = self.trials
        names = dict.fromkeys([*self.space, *(name for t in trials for name in t.params)])
        columns = {
            "number": [t.number for t in trials],
            "state": [str(t.state) for t in trials],
            "value": [math.nan if t.value is None else t.value for t in trials],
            **{f"params_{name}": [t.params.get(name) for t in trials] for name in names},
            "epochs": [t.epochs for t in trials],
            "seconds": [t.seconds for t in trials],
            "origin": [t.origin for t in trials],
        }
        return pd.DataFrame(columns)

    # What can be taken away

    def to_csv(self, path: str | os.PathLike[str] | None = None) -> str:
        """Table the trials as CSV.

        Parameters
        ----------
        path
            A file to write to; None for none.

        Returns
        -------
        str
            The columns of `dataframe`, and level, folds and error; a row a trial.
        """
        return written(csv_of(self.trials, self.space), path, "trials.csv")

    def report(self, path: str | os.PathLike[str] | None = None) -> str:
        """Tell of the study on one HTML page, which opens offline and runs no script.

        Parameters
        ----------
        path
            A file to write to, as ``"study.html"``; None for none.

        Returns
        -------
        str
            The page: charts as pictures, every trial, the best one as code.
        """
        seen = self.snapshot()
        code = None if seen.best is None else self.code(seen.best)
        with speaking("en"):  # as all of the page is
            page = report_of(seen, self.space, self.settings, code, self.importance())
        return written(page, path, "study.html")

    def code(self, trial: Trial | int | None = None) -> str:
        """Write the call that trained a trial as code to paste, which gives its score again.

        Parameters
        ----------
        trial
            A trial, or its number; None for the best.

        Returns
        -------
        str
            Imports, the builder, the seed, the call of ``fit``, and a comparison with the
            study's value; for a cross-validated trial a fit for each fold, and the mean. Notes at
            its top say what it cannot give.
        """
        return code_of(
            self.best_trial if trial is None else self._trial_of(trial),
            study=self.name,
            objective=self.objective,
            space=self.space,
            settings=self.settings,
            call=self._call,
        )

    def to_optuna(self, storage: Any, name: str | None = None) -> optuna.Study:
        """Write all trials into an Optuna storage, as for ``optuna-dashboard``.

        Parameters
        ----------
        storage
            A file, ending in ``.sqlite3`` or ``.db`` (SQLite) or in ``.log`` (a journal), a
            database's URL, or an Optuna storage.
        name
            Of the study there; None for this one's.

        Returns
        -------
        optuna.Study
            Params, ranges, values, states, and the objective after each epoch as intermediate
            values; origin, folds and the like as user attributes.

        Raises
        ------
        StorageError
            Where the storage cannot be used, or has a study of that name.

        Examples
        --------
        >>> study.to_optuna("trials.sqlite3")  # then: optuna-dashboard sqlite:///trials.sqlite3
        """
        from tunewidgets.trips import write_study

        return write_study(self.snapshot(), storage, name or self.name)

    # What the trials tell

    def suggest_zoom(self, share: float = 0.25) -> Region | None:
        """Propose where to zoom: the box around the best trials of the present level's space.

        Parameters
        ----------
        share
            Which share of the complete trials counts as the best.

        Returns
        -------
        Region or None
            ``study.zoom(**region.bounds)`` opens it. None with too few complete trials to say.
        """
        from tunewidgets.analysis import best_region

        seen = self.snapshot()
        return best_region(seen.trials, self.space, seen.direction, share)

    def importance(self) -> Importance | None:
        """Say how much each hyperparameter decides, within the present level's space.

        Returns
        -------
        Importance or None
            Shares that add up to 1. None with too few complete trials to say.
        """
        from tunewidgets.analysis import importance

        seen = self.snapshot()
        return importance(seen.trials, self.space, seen.direction)

    def diagnose(self, trial: Trial | int) -> tuple[Finding, ...]:
        """Say in words what a trial's learning curves show, with what to try next.

        Parameters
        ----------
        trial
            A trial, or its number.

        Returns
        -------
        tuple of Finding
            The most pressing first; empty where nothing is sure enough to be said.
        """
        from tunewidgets.analysis import diagnose

        return diagnose(
            self._trial_of(trial), self.space, self.settings, self.objective, self.direction
        )

    def close(self) -> None:
        """Let go of the file; a second call does nothing."""
        self._ledger.close()

    def _trial_of(self, what: Trial | int) -> Trial:
        number = what.number if isinstance(what, Trial) else what
        trials = self.trials
        if not is_integer(number) or not 0 <= number < len(trials):
            raise StudyError(
                f"A trial must be one of the study's, or a trial's number below {len(trials)}, "
                f"but got {number!r}: see study.trials."
            )
        return trials[number]


class FileView(StudyView):
    """A study that was opened from its file, without the code to train it."""

    def wait(self, timeout: float | None = None, *, progress: bool = False) -> bool:  # noqa: ARG002
        """Return at once: nothing runs here."""
        return True

    def enqueue(self, *_: Any, **__: Any) -> NoReturn:
        """Raise a `StudyError` that says how to train."""
        raise StudyError(NO_CODE)

    add_trials = search = sweep = range_test = forecast = zoom = go_to = enqueue
    resume = more = stop = warm = best_model = refit = save_model = enqueue


def load(path: str | os.PathLike[str], name: str | None = None) -> FileView:
    """Open a study file to look at it, also while another process trains.

    Parameters
    ----------
    path
        The file.
    name
        Which study of the file; may be left out when it holds one.

    Raises
    ------
    StorageError
        Where the file is missing, is no study file, or does not hold that study.

    Examples
    --------
    >>> tw.load("housing.db").dataframe()  # doctest: +SKIP
    """
    return FileView(open_to_look(file_of(path), name))


def names_in(path: str | os.PathLike[str]) -> tuple[str, ...]:
    """Name the studies of a file, oldest first."""
    return names_of(file_of(path))
