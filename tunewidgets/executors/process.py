"""Runs in worker processes of this machine.

A worker is a fresh Python that imports nothing of the user's main script. It starts with the
first task that finds no idle one, and stays for the next. Each has a thread here that reads
its events; when the stream ends, the worker has died, and its run failed, or was stopped if
that was asked for.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from tunewidgets.errors import StudyError
from tunewidgets.events import Event, RunEnded
from tunewidgets.executors._base import USED, Emit
from tunewidgets.executors.resources import default_n_workers, worker_environment
from tunewidgets.executors.worker import Hello, Leave, StopRun
from tunewidgets.training.job import Job, Task
from tunewidgets.trial import RunKey, State
from tunewidgets.values import is_integer


class ProcessExecutor:
    """Runs in worker processes of this machine.

    Parameters
    ----------
    n_workers
        How many; None for as many as processors and memory allow.
    grace_s
        Seconds from `stop` until a run that has not ended its epoch is ended by force.
    max_runs
        A worker is replaced after so many, since repeated fits leak in one process.
    idle_s
        Seconds without a run until a worker ends and gives its memory back.
    """

    def __init__(
        self,
        n_workers: int | None = None,
        *,
        grace_s: float = 10.0,
        max_runs: int = 250,
        idle_s: float = 600.0,
    ) -> None:
        if n_workers is not None and (not is_integer(n_workers) or n_workers < 1):
            raise StudyError(
                f"n_workers must be a whole number of at least 1, but got {n_workers!r}: leave it "
                f"out for as many as the machine carries."
            )
        self._n_workers = n_workers
        self._grace_s = grace_s
        self._life = _Life(max_runs, idle_s)
        self._lock = threading.Lock()
        self._workers: list[_Worker] = []
        self._job: Job | None = None
        self._emit: Emit = _ignore
        self._folder: Path | None = None
        self._hello: bytes | None = None
        self._is_closed = False

    @property
    def n_workers(self) -> int:
        """How many tasks go on at once."""
        if self._n_workers is None:
            self._n_workers = default_n_workers()
        return self._n_workers

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

    def submit(self, task: Task) -> None:
        """Give a task to an idle worker, or to a new one."""
        self._check_open()
        if self._hello is None:
            self._hello = self._pack()  # may take long, so `stop` need not wait for it
        with self._lock:
            self._check_open()
            self._workers = [worker for worker in self._workers if worker.is_usable]
            if any(worker.begin(task) for worker in self._workers):
                return
            worker = _Worker(self._hello, self._log, self.n_workers, self._life, self._tell)
            self._workers.append(worker)
            if not worker.begin(task):
                raise StudyError("A worker process ended as it was started: look at the memory.")

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
        for worker in workers:
            worker.join()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the workers alive."""
        with self._lock:
            return tuple(w.process.pid for w in self._workers if w.process.poll() is None)

    def _check_open(self) -> None:
        if self._is_closed:
            raise StudyError("The executor is closed: make a new one.")

    def _pack(self) -> bytes:
        """Save the data to files that the workers map, and the rest to the first message."""
        import cloudpickle

        if self._job is None:
            raise StudyError("The executor must be opened with a job before it takes a task.")
        folder = Path(tempfile.mkdtemp(prefix="tunewidgets-"))
        try:
            packed_job = cloudpickle.dumps(self._job.saved(folder))
        except BaseException as error:
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, OSError):
                raise StudyError(
                    f"The folder {str(folder.parent)!r} must have room for a copy of the data that "
                    f"the workers share, but got {error.strerror!r}: free some, or set TMPDIR to "
                    f"another folder before the study is made."
                ) from error
            raise
        self._folder = folder
        return pickle.dumps(Hello(tuple(sys.path), str(self._folder), packed_job))

    @property
    def _log(self) -> Path:
        if self._folder is None:
            raise StudyError("The executor has started no worker yet.")
        return self._folder / "worker.log"

    def _tell(self, event: Event) -> None:
        if not self._is_closed:
            self._emit(event)


@dataclass(frozen=True, slots=True)
class _Life:
    """When a worker ends by itself."""

    max_runs: int
    idle_s: float


class _Worker:
    """One worker process, and the thread that listens to it."""

    def __init__(self, hello: bytes, log: Path, n_workers: int, life: _Life, emit: Emit) -> None:
        self._emit = emit
        self._lock = threading.Lock()  # where the listener meets those who begin and stop
        self._task: Task | None = None
        self._has_died = False
        self._is_stopping = False
        self._n_runs_left = life.max_runs
        self._idle_s = life.idle_s
        self._timer: threading.Timer | None = None
        self._log = log.with_stem(f"worker-{os.urandom(4).hex()}")
        with self._log.open("wb") as stderr:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    "-c",
                    "from tunewidgets.executors import worker; worker.main()",
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env={**worker_environment(n_workers), "PYTHONPATH": _python_path()},
                start_new_session=True,  # out of reach of the notebook's interrupt
            )
        self._to_worker = cast("BinaryIO", self.process.stdin)
        self._from_worker = cast("BinaryIO", self.process.stdout)
        self._write(hello)
        self._thread = threading.Thread(
            target=self._listen, name=f"tunewidgets-worker-{self.process.pid}", daemon=True
        )
        self._thread.start()

    @property
    def is_usable(self) -> bool:
        """Whether it can take a task, now or when it has ended its own."""
        return self.process.poll() is None and not (self._task is None and self._is_worn)

    @property
    def _is_worn(self) -> bool:
        return self._n_runs_left <= 0

    def begin(self, task: Task) -> bool:
        """Take a task, unless there is one already, or never will be."""
        with self._lock:
            if self._task is not None or self._is_worn or self._has_died:
                return False
            self._stop_timer()
            self._task, self._is_stopping = task, False
            self._n_runs_left -= 1
        self._send(task)
        return True

    def stop(self, key: RunKey, grace_s: float) -> None:
        """Ask for the end of a run if it is the present one, and enforce it later."""
        with self._lock:
            if self._task is None or self._task.key != key or self._is_stopping:
                return
            self._is_stopping = True
            self._start_timer(grace_s, self._enforce, self._task)
        self._send(StopRun(key))

    def _enforce(self, task: Task) -> None:
        with self._lock:
            if self._task is task:
                self.process.kill()

    def _rest(self) -> None:
        with self._lock:
            if self._task is None and not self._has_died:
                self._start_timer(self._idle_s, self._retire)

    def _retire(self) -> None:
        """Give the memory back after a long rest; the next task starts another worker."""
        with self._lock:
            if self._task is not None:
                return
            self._n_runs_left = 0
        self._send(Leave())

    def leave(self) -> None:
        """Close the stream, which ends the process."""
        with self._lock:
            self._stop_timer()
        with contextlib.suppress(OSError):  # it may have died already, unread messages and all
            self._to_worker.close()

    def join(self, timeout_s: float = 2.0) -> None:
        """Wait for the end of the process and of its thread, by force if it takes long."""
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._thread.join()

    def _send(self, message: Task | StopRun | Leave) -> None:
        self._write(pickle.dumps(message))

    def _write(self, message: bytes) -> None:
        try:
            self._to_worker.write(message)
            self._to_worker.flush()
        except (OSError, ValueError):  # broken, or closed by the listener
            self.process.kill()  # the listener sees the end and tells of it

    def _listen(self) -> None:
        while True:
            try:
                event = pickle.load(self._from_worker)  # noqa: S301 - our own child's pipe
            except (EOFError, OSError):
                break
            except pickle.UnpicklingError:  # cut off in the middle: nothing after it makes sense
                self.process.kill()
                break
            if isinstance(event, RunEnded):
                self._let_go()
                if self._is_worn:
                    self._send(Leave())
                else:
                    self._rest()
            self._emit(event)
        self._died()

    def _died(self) -> None:
        code = self.process.wait()
        self.leave()
        self._from_worker.close()
        task = self._let_go(for_good=True)
        if task is None:
            return
        if self._is_stopping:
            self._emit(RunEnded(task.key, State.STOPPED))
        else:
            self._emit(
                RunEnded(task.key, State.FAILED, error=_obituary(code), traceback=self._tail)
            )

    def _let_go(self, *, for_good: bool = False) -> Task | None:
        """Be free again, or gone; give the task that there was."""
        with self._lock:
            self._stop_timer()
            self._has_died = for_good
            task, self._task = self._task, None
            return task

    @property
    def _tail(self) -> str:
        """The last lines of the worker's log."""
        text = self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""
        return "\n".join(text.splitlines()[-30:])

    def _start_timer(self, seconds: float, act: Callable[..., None], *given: Task) -> None:
        """Act later; a worker waits for one thing at a time."""
        self._stop_timer()
        self._timer = threading.Timer(seconds, act, given)
        self._timer.daemon = True
        self._timer.start()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


def _ignore(_: Event) -> None:
    """Stand in until the executor is opened."""


def _python_path() -> str:
    """Where a fresh Python finds tunewidgets itself, however it is installed."""
    return str(Path(__file__).resolve().parents[2])


def _obituary(code: int) -> str:
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        likely = ", most likely for want of memory" if name == "SIGKILL" else ""
        return (
            f"The worker process was ended by the system ({name}{likely}). The others go on; "
            f"try a smaller model or batch, or fewer workers."
        )
    return f"The worker process ended by itself with exit code {code}. The others go on."
