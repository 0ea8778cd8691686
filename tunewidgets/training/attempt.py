"""One attempt at a run: where an earlier one was, and what the next one will find."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tunewidgets.retelling import stated
from tunewidgets.training.callbacks import Watch
from tunewidgets.training.checkpoints import Checkpoint, Saver, Shelf, mark_of, resuming
from tunewidgets.training.job import Task

if TYPE_CHECKING:
    import numpy as np


class Attempt:
    """What a run has to do with checkpoints.

    Parameters
    ----------
    shelf
        Where they are kept; None for nowhere.
    task
        Of the run.

    Attributes
    ----------
    stopping
        The ``EarlyStopping`` of the fit, if any: it knows the best epoch's weights.
    """

    def __init__(self, shelf: Shelf | None, task: Task) -> None:
        self._shelf = shelf
        self._task = task
        self._mark = mark_of(task.seed, task.params, task.fold)
        self._checkpoint: Checkpoint | None = None
        self._saver: Saver | None = None
        self._was_replayed = False
        self.stopping: Any = None

    def look_back(self) -> None:
        """Find where an earlier attempt was, or drop what is there of another run."""
        if self._shelf is not None and self._task.continues:
            self._checkpoint = self._shelf.read(self._task.key, self._mark)
        elif self._shelf is not None:
            self._shelf.forget(self._task.key)
        self._look_ahead()

    def begin_anew(self) -> None:
        """Leave the earlier attempt alone, as it is of another model."""
        self._checkpoint = None
        self._look_ahead()

    def callbacks(self, watch: Watch) -> list[Any]:
        """Make the callback that goes back to where the earlier attempt was, if there is one."""
        checkpoint = self._checkpoint
        if checkpoint is None:
            return []

        def replay() -> None:
            watch.replay(checkpoint.history, is_told=self._was_replayed)
            self._was_replayed = True

        return [resuming(checkpoint, replay, self.stopping)]

    def settle(self, model: Any, watch: Watch) -> None:
        """Keep where the run is, now and then."""
        if self._saver is not None and watch.diverged is None:
            self._saver.maybe(model, watch.history, self._best_weights)

    def end(self, model: Any, watch: Watch) -> None:
        """Keep how the run ended, unless there is nothing to go on with."""
        is_whole = watch.n_epochs and not watch.diverged
        if self._saver is not None and self._shelf is not None and is_whole:
            self._saver.now(model, watch.history, self._best_weights)
            self._shelf.tidy(self._task.best)

    def way(self, path: str | None) -> str | None:
        """Say which way the run went, and for one that had begun before, from where."""
        if path is None or not self._task.continues:
            return path
        if self._checkpoint is None:
            return f"{path}, {stated('began anew')}"
        way = stated("continued from epoch {epoch}", epoch=self._checkpoint.epoch)
        return f"{path}, {way}"

    @property
    def is_kept(self) -> bool:
        """Whether there will be checkpoints."""
        return self._saver is not None

    @property
    def first_epoch(self) -> int:
        """How many epochs have been trained before."""
        return 0 if self._checkpoint is None else min(self._checkpoint.epoch, self._task.epochs)

    @property
    def earlier_seconds(self) -> float:
        """What an earlier attempt, which this one goes on with, has taken."""
        return 0.0 if self._checkpoint is None else self._checkpoint.seconds

    @property
    def _best_weights(self) -> Sequence[np.ndarray]:
        """What the run goes back to at its end, if it does."""
        return getattr(self.stopping, "best_weights", None) or ()

    def _look_ahead(self) -> None:
        if self._shelf is not None:
            self._saver = Saver(self._shelf, self._task.key, self._mark, self.earlier_seconds)
