"""Going on with trials that have ended: more epochs, from where their runs were."""

from __future__ import annotations

from tunewidgets import roster
from tunewidgets.errors import StudyError
from tunewidgets.ledger import CLOSED
from tunewidgets.results import Results
from tunewidgets.scheduler import Scheduler
from tunewidgets.trial import Trial


class Continuing(Results):
    """Adds to a study's results that its trials can train on."""

    _scheduler: Scheduler

    def more(self, trial: Trial | int, epochs: int | None = None) -> Trial:
        """Let a finished trial train on: every run's weights and optimizer, from where they were.

        The history goes on and the value is determined anew. Where a run's checkpoint is gone it
        begins anew, with the same seed; ``run.engine`` says which. Callbacks with a memory of
        their own, as patience, begin anew in any case.

        Parameters
        ----------
        trial
            A trial, or its number; complete, stopped, pruned or failed.
        epochs
            How many more epochs; None for those that it was to have and has not had.

        Returns
        -------
        Trial
            As it waits; `trials` has it as it goes on.

        Raises
        ------
        StudyError
            For a trial that goes on by itself, or nothing left to train.
        """
        self._check_open()
        known = self._trial_of(trial)
        goals = self._tasks.goals_of(known, epochs)
        for key, goal in goals.items():
            self._ledger.reopen_run(key, goal)
        self._scheduler.queue_runs(goals)
        self._ledger.announce()
        return self._trial_of(known.number)

    def _check_open(self) -> None:
        if not roster.is_open(self):
            raise StudyError(CLOSED)
