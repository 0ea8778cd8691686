"""What comes out of a study that can train: the best model, here or as a file."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

from tunewidgets.tasks import Tasks
from tunewidgets.training.job import Job, Task
from tunewidgets.trial import Params
from tunewidgets.view import StudyView


class Results(StudyView):
    """A study's models; `Study` adds the training to this."""

    _job: Job
    _tasks: Tasks

    def best_model(self) -> Any:
        """Give the best trial's model, with the weights that its run ended with.

        A cross-validated trial has no single run that speaks for it: its hyperparameters are
        trained on all of ``x, y`` then (see `refit`), and so are those of a trial that was made
        elsewhere. Keras is imported here.

        Returns
        -------
        keras.Model
        """
        from tunewidgets.training.restore import restored

        task, archive = self._best(retrain=False)
        return self.refit() if archive is None else restored(self._job, task, archive)

    def refit(self, params: Params | None = None) -> Any:
        """Train on all of ``x, y``, here and now, with the best hyperparameters or given ones.

        Keras is imported in this process, and the call returns when the fit has ended.

        Returns
        -------
        keras.Model
        """
        from tunewidgets.training.restore import refitted

        if params is None:
            task, _ = self._best(retrain=True)
        else:
            seed = self._ledger.seed_of((len(self.trials), 0))  # as the next trial would have
            task = self._tasks.refit_of(self.space.check_params(params), seed)
        return refitted(self._job, task)

    def save_model(
        self,
        path: str | os.PathLike[str],
        *,
        retrain: bool = False,
        cancelled: threading.Event | None = None,
    ) -> Path:
        """Save the best trial's model as a ``.keras`` file, without importing Keras here.

        A process of its own makes it; the call returns when the file is there.

        Parameters
        ----------
        path
            The file, ending in ``.keras``; what is there is replaced.
        retrain
            Train on all of ``x, y`` first, as `refit` does, instead of taking the weights that
            the best run ended with. A cross-validated trial is always trained so.
        cancelled
            Gives up once another thread sets it.

        Returns
        -------
        Path
            The file's.

        Raises
        ------
        StudyError
            Where there is no complete trial yet, or the model cannot be made or saved.

        Examples
        --------
        >>> study.save_model("housing.keras")  # doctest: +SKIP
        >>> keras.models.load_model("housing.keras")  # doctest: +SKIP
        """
        from tunewidgets.exports import save_model

        task, archive = self._best(retrain=retrain)
        return save_model(self._job, task, archive, path, cancelled)

    def _best(self, *, retrain: bool) -> tuple[Task, bytes | None]:
        """Give the best trial's task, and the weights that go with it; None to train anew."""
        best = self.best_trial
        kept = None if retrain or best.folds is not None else self._ledger.weights()
        if kept is None or kept[0][0] != best.number:
            goal = max((run.goal for run in best.runs if run.goal is not None), default=None)
            return self._tasks.refit_of(best.params, best.runs[0].seed, goal), None
        return self._tasks.task_of(best, best.runs[0]), kept[1]
