"""Looking at a study: its trials, the best of them, tables. `Study` adds training to this."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from tunewidgets.attaching import NO_CODE, file_of, open_to_look
from tunewidgets.errors import StudyError
from tunewidgets.ledger import Ledger
from tunewidgets.search import Search
from tunewidgets.snapshot import Snapshot
from tunewidgets.trial import Trial

if TYPE_CHECKING:
    import pandas as pd

    from tunewidgets.scheduler import Scheduler
    from tunewidgets.space import SearchSpace


class StudyView:
    """A study that can be looked at, from any thread."""

    _scheduler: Scheduler | None = None

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
        """
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

    def close(self) -> None:
        """Let go of the file; a second call does nothing."""
        self._ledger.close()


class FileView(StudyView):
    """A study that was opened from its file, without the code to train it."""

    def wait(self, timeout: float | None = None) -> bool:  # noqa: ARG002 - as Study's
        """Return at once: nothing runs here."""
        return True

    def enqueue(self, *_: Any, **__: Any) -> NoReturn:
        """Raise a `StudyError` that says how to train."""
        raise StudyError(NO_CODE)

    search = zoom = resume = stop = warm = best_model = refit = enqueue


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
