"""Runs one after the other in a thread of this process: for tests and for debugging."""

from __future__ import annotations

import queue
import threading

from tunewidgets.errors import StudyError
from tunewidgets.events import EpochsEnded, RunStarted
from tunewidgets.executors._base import USED, Emit
from tunewidgets.training.job import Job, Task
from tunewidgets.training.workshop import Workshop
from tunewidgets.trial import RunKey


class SerialExecutor:
    """Runs one after the other in a thread of this process.

    Keras is imported here (0.6 GB), its random seed is set by every run, and a run ends at the
    end of an epoch or not at all: there is no force to use on a thread.
    """

    n_workers = 1

    def __init__(self) -> None:
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._stopping: set[RunKey] = set()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def open(self, job: Job, emit: Emit) -> None:
        """Take what all the tasks share.

        Raises
        ------
        StudyError
            When it serves a study already, or did.
        """
        if self._thread is not None:
            raise StudyError(USED)
        self._thread = threading.Thread(
            target=self._work, args=(job, emit), name="tunewidgets-serial", daemon=True
        )
        self._thread.start()

    def warm(self) -> None:
        """Do nothing: Keras in this process is for the first run to import."""

    def submit(self, task: Task) -> None:
        """Begin a task, after those before it."""
        self._stopping.discard(task.key)
        self._tasks.put(task)

    def stop(self, key: RunKey) -> None:
        """End a run after its present epoch."""
        self._stopping.add(key)

    def close(self) -> None:
        """End the present run after its epoch, and forget the others."""
        self._closing.set()
        self._tasks.put(None)
        if self._thread is not None:
            self._thread.join()

    def _work(self, job: Job, emit: Emit) -> None:
        workshop = Workshop(job)
        while (task := self._tasks.get()) is not None and not self._closing.is_set():
            self._do(workshop, task, emit)
        workshop.close()

    def _do(self, workshop: Workshop, task: Task, emit: Emit) -> None:
        emit(RunStarted(task.key))
        ended = workshop.run(
            task,
            report=lambda m: emit(EpochsEnded(task.key, {k: (v,) for k, v in m.items()})),
            should_stop=lambda: task.key in self._stopping or self._closing.is_set(),
            tell=emit,
        )
        if not self._closing.is_set():
            emit(ended)
