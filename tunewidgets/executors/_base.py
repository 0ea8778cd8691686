"""What a study asks of an executor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tunewidgets.events import Event
from tunewidgets.training.job import Job, Task
from tunewidgets.trial import RunKey

Emit = Callable[[Event], None]

USED = "An executor serves one study, but this one has served another: make a new one."


class Executor(Protocol):
    """Does runs in the background and tells of them by events.

    For every submitted task, `emit` receives a `RunStarted`, a `ModelBuilt` for each time
    that a model is built, any number of `EpochsEnded` and, for a job with a grid, of
    `PredictionMade`, and exactly one `RunEnded`, in this order, from a thread of the executor's.
    Nothing is emitted once `close` has returned.
    """

    @property
    def n_workers(self) -> int:
        """How many tasks go on at once; the study submits no more."""

    def open(self, job: Job, emit: Emit) -> None:
        """Take what all the tasks share. Called once, before the first task; starts nothing."""

    def warm(self) -> None:
        """Get ready for the first tasks in the background, where that costs little."""

    def submit(self, task: Task) -> None:
        """Begin a task, and return at once."""

    def stop(self, key: RunKey) -> None:
        """End a run after its present epoch, or by force after a grace time."""

    def close(self) -> None:
        """End everything, also what is running, and leave no process, thread or file."""
