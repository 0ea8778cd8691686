"""A worker as the kernel sees it: a process, and the thread that starts it and listens to it.

What is sent before the process is there waits for it. When its stream ends, the process has
died, and its run failed, or was stopped if that was asked for.
"""

from __future__ import annotations

import contextlib
import pickle
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tunewidgets.events import Event, RunEnded
from tunewidgets.executors import nursery
from tunewidgets.executors._base import Emit
from tunewidgets.executors.fresh import Child, Fresh
from tunewidgets.executors.resources import own_memory
from tunewidgets.executors.worker import Hello, Leave, StopRun
from tunewidgets.retelling import stated
from tunewidgets.training.job import Task
from tunewidgets.trial import RunKey, State


@dataclass(frozen=True, slots=True)
class Life:
    """How a worker begins, and when it ends by itself.

    Attributes
    ----------
    may_fork
        Whether it may be forked from a nursery.
    max_runs
        So many, and it leaves.
    max_growth
        Bytes of memory above what it had after its first run; beyond, one run is its last.
    idle_s
        Seconds without a run.
    """

    may_fork: bool
    max_runs: int
    max_growth: float
    idle_s: float


class Worker:
    """One worker, from the start of its process to the end of it."""

    def __init__(self, hello: Hello, log: Path, life: Life, emit: Emit) -> None:
        self._hello = hello
        self._log = log
        self._life = life
        self._emit = emit
        self._lock = threading.Lock()  # where the listener meets those who begin and stop
        self._task: Task | None = None
        self.last_trial: int | None = None
        self._is_stopping = False
        self._n_runs_left = life.max_runs
        self._first_weight: float | None = None
        self._timer: threading.Timer | None = None
        self._writing = threading.Lock()
        self._unsent = [pickle.dumps(hello)]
        self._is_wanted = True
        self._has_ended = False
        self._child: Child | None = None
        self._thread = threading.Thread(target=self._live, name="tunewidgets-worker", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int | None:
        """Its process number while it is alive."""
        child = self._child
        return child.pid if child is not None and child.is_alive() else None

    @property
    def gpu(self) -> str | None:
        """The GPU that it has, if any."""
        return self._hello.environment.get("CUDA_VISIBLE_DEVICES")

    @property
    def has_ended(self) -> bool:
        """Whether there is nothing left of it."""
        return self._has_ended

    @property
    def is_worn(self) -> bool:
        """Whether it takes no more tasks, and leaves when it has ended its own."""
        return self._n_runs_left <= 0 or (self._child is not None and not self._child.is_alive())

    def begin(self, task: Task) -> bool:
        """Take a task, unless there is one already, or never will be."""
        with self._lock:
            if self._task is not None or self.is_worn or self._has_ended:
                return False
            self._stop_timer()
            self._task, self._is_stopping = task, False
            self.last_trial = task.key[0]
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

    def leave(self) -> None:
        """Close the stream, which ends the process."""
        with self._lock:
            self._stop_timer()
        with self._writing:
            self._is_wanted = False
            if self._child is not None:
                _close(self._child.to_worker)

    def join(self, timeout_s: float = 2.0) -> None:
        """Wait for the end of the process and of the thread, by force if it takes long."""
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            self._kill()
            self._thread.join()

    # From the start to the end: the thread

    def _live(self) -> None:
        try:
            child = self._start()
        except OSError as error:
            self._end(
                f"A worker process must be started, but the system said {error.strerror!r}: free "
                f"some memory, or use fewer workers."
            )
            return
        if child is None:
            self._end(_obituary(None))
            return
        threading.current_thread().name += f"-{child.pid}"
        with self._writing:
            self._child = child
            unsent, self._unsent = self._unsent, []
            if not self._is_wanted:
                _close(child.to_worker)
            for message in unsent:
                self._write(child, message)
        self._rest()
        self._listen(child)
        code = child.wait()
        self.leave()
        child.from_worker.close()
        self._end(_obituary(code))

    def _start(self) -> Child | None:
        """Start the process; None where it is not wanted any more."""
        environment, idle_s = self._hello.environment, self._life.idle_s
        if self._life.may_fork and nursery.can_fork(environment):
            forked = nursery.fork(self._log, environment, idle_s, lambda: self._is_wanted)
            if forked is not None:
                return forked
        return Fresh(self._log, environment) if self._is_wanted else None

    def _listen(self, child: Child) -> None:
        while True:
            try:
                event: Event = pickle.load(child.from_worker)  # noqa: S301 - our own worker's pipe
            except (EOFError, OSError):
                return
            except pickle.UnpicklingError:  # cut off in the middle: nothing after it makes sense
                child.kill()
                return
            if isinstance(event, RunEnded):
                self._weigh(child)
                self._let_go()
                if self.is_worn:
                    self._send(Leave())
                else:
                    self._rest()
            self._emit(event)

    def _weigh(self, child: Child) -> None:
        """See how the memory has grown; a worker that has grown too much gets one more run.

        One, not none, so that another worker is ready when it leaves.
        """
        weight = own_memory(child.pid)
        if self._first_weight is None:
            self._first_weight = weight
        elif weight > self._first_weight + self._life.max_growth:
            self._n_runs_left = min(self._n_runs_left, 1)

    def _end(self, obituary: str) -> None:
        task = self._let_go(for_good=True)
        if task is None:
            return
        if self._is_stopping:
            self._emit(RunEnded(task.key, State.STOPPED))
        else:
            self._emit(RunEnded(task.key, State.FAILED, error=obituary, traceback=self._tail))

    def _let_go(self, *, for_good: bool = False) -> Task | None:
        """Be free again, or gone; give the task that there was."""
        with self._lock:
            self._stop_timer()
            self._has_ended = for_good
            task, self._task = self._task, None
            return task

    @property
    def _tail(self) -> str:
        """The last lines of the log."""
        text = self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""
        return "\n".join(text.splitlines()[-30:])

    # Messages

    def _send(self, message: Task | StopRun | Leave) -> None:
        packed = pickle.dumps(message)
        with self._writing:
            if self._child is None:
                self._unsent.append(packed)
            else:
                self._write(self._child, packed)

    def _write(self, child: Child, message: bytes) -> None:
        try:
            child.to_worker.write(message)
            child.to_worker.flush()
        except (OSError, ValueError):  # broken, or closed
            child.kill()  # the listener sees the end and tells of it

    # Later

    def _enforce(self, task: Task) -> None:
        with self._lock:
            if self._task is task:
                self._kill()

    def _kill(self) -> None:
        self._is_wanted = False
        if self._child is not None:
            self._child.kill()

    def _rest(self) -> None:
        with self._lock:
            if self._task is None and not self._has_ended:
                self._start_timer(self._life.idle_s, self._retire)

    def _retire(self) -> None:
        """Give the memory back after a long rest; the next task starts another worker."""
        with self._lock:
            if self._task is not None:
                return
            self._n_runs_left = 0
        self._send(Leave())

    def _start_timer(self, seconds: float, act: Callable[..., None], *given: Task) -> None:
        """Act later; a worker waits for one thing at a time."""
        self._stop_timer()
        self._timer = threading.Timer(seconds, act, given)
        self._timer.daemon = True
        self._timer.start()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


def _close(stream: BinaryIO) -> None:
    with contextlib.suppress(OSError):  # it may have died already, unread messages and all
        stream.close()


def _obituary(code: int | None) -> str:
    if code is None:
        return stated(
            "The worker process has ended, and nobody knows how, since the process that it came "
            "from had ended before. Others take its place."
        )
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        if name == "SIGKILL":
            return stated(
                "The worker process was ended by the system (SIGKILL, most likely for want of "
                "memory). The others go on; try a smaller model or batch, or fewer workers."
            )
        return stated(
            "The worker process was ended by the system ({signal}). The others go on; try a "
            "smaller model or batch, or fewer workers.",
            signal=name,
        )
    return stated(
        "The worker process ended by itself with exit code {code}. The others go on.", code=code
    )
