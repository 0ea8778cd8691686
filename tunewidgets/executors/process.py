"""Runs in worker processes of this machine.

A worker imports nothing of the user's main script. It starts with the first task that finds no
idle one, or beforehand (`warm`), and stays for the next. With its last run, or the first after
its memory has grown too much, another starts to take its place.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import threading
from pathlib import Path

from tunewidgets import aside
from tunewidgets.errors import StudyError
from tunewidgets.events import Event
from tunewidgets.executors._base import USED, Emit
from tunewidgets.executors.gpus import emptiest, usable_gpus
from tunewidgets.executors.handle import Life, Worker
from tunewidgets.executors.resources import (
    default_idle_s,
    default_n_workers,
    is_small,
    may_warm,
    worker_environment,
)
from tunewidgets.executors.worker import Hello
from tunewidgets.retelling import stated
from tunewidgets.training.job import Job, Task
from tunewidgets.trial import RunKey
from tunewidgets.values import is_integer


class ProcessExecutor:
    """Runs in worker processes of this machine.

    Parameters
    ----------
    n_workers
        How many; None for as many as processors and memory allow, or one a GPU.
    grace_s
        Seconds from `stop` until a run that has not ended its epoch is ended by force.
    max_runs
        A worker is replaced after so many, since repeated fits leak in one process.
    max_growth
        Bytes; a worker is replaced soon after its memory, without the data that it maps, has
        grown by more since its first run.
    idle_s
        Seconds without a run until a worker ends and gives its memory back; None for ten
        minutes, or one on a small machine.
    preload
        Fork workers from a process that has imported TensorFlow, where that is safe: on Linux,
        with TensorFlow as the backend. Without it, each starts as a fresh Python.
    """

    def __init__(
        self,
        n_workers: int | None = None,
        *,
        grace_s: float = 10.0,
        max_runs: int = 2000,
        max_growth: float = 500e6,
        idle_s: float | None = None,
        preload: bool = True,
    ) -> None:
        if n_workers is not None and (not is_integer(n_workers) or n_workers < 1):
            raise StudyError(
                f"n_workers must be a whole number of at least 1, but got {n_workers!r}: leave it "
                f"out for as many as the machine carries."
            )
        self._n_workers = n_workers
        self._grace_s = grace_s
        idle_s = default_idle_s() if idle_s is None else idle_s
        self._life = Life(preload, max_runs, max_growth, idle_s)
        self._lock = threading.Lock()
        self._workers: list[Worker] = []
        self._job: Job | None = None
        self._emit: Emit = _ignore
        self._packing = threading.Lock()
        self._packed: tuple[Path, bytes] | None = None
        self._gpus: tuple[str, ...] = ()
        self._warming: threading.Thread | None = None
        self._is_closed = False

    @property
    def n_workers(self) -> int:
        """How many tasks go on at once."""
        if self._n_workers is None:
            self._n_workers = default_n_workers()
        return self._n_workers

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the workers alive."""
        with self._lock:
            pids = [worker.pid for worker in self._workers]
        return tuple(pid for pid in pids if pid is not None)

    def open(self, job: Job, emit: Emit) -> None:
        """Take what all the tasks share; the first task packs it and starts a worker.

        Raises
        ------
        StudyError
            When it serves a study already, or did.
        """
        if self._job is not None:
            raise StudyError(USED)
        self._job, self._emit = job, emit

    def warm(self) -> None:
        """Start the workers in the background, unless the machine is small."""
        with self._lock:
            if self._is_closed or (self._warming is not None and self._warming.is_alive()):
                return
            self._warming = threading.Thread(
                target=self._warm, name="tunewidgets-warming", daemon=True
            )
            self._warming.start()

    def submit(self, task: Task) -> None:
        """Give a task to an idle worker, or to a new one."""
        self._check_open()
        self._pack()  # may take long, so `stop` need not wait for it
        with self._lock:
            self._check_open()
            self._forget_the_ended()
            # One that was at another run of this trial has the model compiled.
            by_trial = sorted(self._workers, key=lambda w: w.last_trial != task.key[0])
            worker = next((worker for worker in by_trial if worker.begin(task)), None)
            if worker is None:
                worker = self._add_worker()
                if not worker.begin(task):
                    raise StudyError(
                        stated("A worker process ended as it was started: look at the memory.")
                    )
            if worker.is_worn:
                self._add_worker()  # in its place, ready when it has left

    def stop(self, key: RunKey) -> None:
        """End a run after its present epoch, or by force after the grace time."""
        with self._lock:
            for worker in self._workers:
                worker.stop(key, self._grace_s)

    def close(self) -> None:
        """End every worker, also one that is training, and delete the shared files."""
        with self._lock:
            self._is_closed = True
            workers, self._workers = self._workers, []
        for worker in workers:
            worker.leave()
        if self._warming is not None:
            self._warming.join()
        for worker in workers:
            worker.join()
        if self._packed is not None:
            shutil.rmtree(self._packed[0], ignore_errors=True)

    def _check_open(self) -> None:
        if self._is_closed:
            raise StudyError("The executor is closed: make a new one.")

    def _warm(self) -> None:
        if not may_warm():
            return
        aside.warm()  # for the candidates of the first search
        with contextlib.suppress(StudyError):  # closed meanwhile, or what the first run will tell
            self._pack()
            with self._lock:
                self._check_open()
                self._forget_the_ended()
                for _ in range(self.n_workers - len(self._workers)):
                    self._add_worker()

    def _forget_the_ended(self) -> None:
        self._workers = [worker for worker in self._workers if not worker.has_ended]

    def _add_worker(self) -> Worker:
        if self._packed is None:
            raise StudyError("The executor must be opened with a job before it takes a task.")
        folder, packed_job = self._packed
        taken = [worker.gpu for worker in self._workers if not worker.is_worn]
        environment = worker_environment(self.n_workers, emptiest(self._gpus, taken))
        worker = Worker(
            Hello(environment, tuple(sys.path), str(folder), packed_job, is_small()),
            folder / f"worker-{os.urandom(4).hex()}.log",
            self._life,
            self._tell,
        )
        self._workers.append(worker)
        return worker

    def _pack(self) -> None:
        """Save the data, once, to files that the workers map, and pack the rest."""
        import cloudpickle

        with self._packing:
            if self._packed is not None:
                return
            if self._job is None:
                raise StudyError("The executor must be opened with a job before it takes a task.")
            folder = Path(tempfile.mkdtemp(prefix="tunewidgets-"))
            try:
                packed_job = cloudpickle.dumps(self._job.saved(folder))
            except BaseException as error:
                shutil.rmtree(folder, ignore_errors=True)
                if isinstance(error, OSError):
                    raise StudyError(
                        f"The folder {str(folder.parent)!r} must have room for a copy of the data "
                        f"that the workers share, but got {error.strerror!r}: free some, or set "
                        f"TMPDIR to another folder before the study is made."
                    ) from error
                raise
            self._gpus = usable_gpus()
            self._packed = folder, packed_job

    def _tell(self, event: Event) -> None:
        if not self._is_closed:
            self._emit(event)


def _ignore(_: Event) -> None:
    """Stand in until the executor is opened."""
