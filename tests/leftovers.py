"""What a test must not leave behind: worker processes, and threads of ours."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from tunewidgets.executors import Executor, ProcessExecutor

_long_lived: list[Executor] = []


@contextmanager
def long_lived(executor: Executor) -> Iterator[Executor]:
    """Let the workers of a fixture that serves several tests stay until it is done."""
    _long_lived.append(executor)
    try:
        yield executor
    finally:
        _long_lived.remove(executor)


def our_threads() -> set[threading.Thread]:
    """Threads that the package has started."""
    return {thread for thread in threading.enumerate() if thread.name.startswith("tunewidgets-")}


def leftovers(threads_before: set[threading.Thread], limit_s: float = 5.0) -> list[str]:
    """Name what is there and should not be; what is just ending gets a moment for it."""
    deadline = time.monotonic() + limit_s
    while (left := _left(threads_before)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def _left(threads_before: set[threading.Thread]) -> list[str]:
    processes = [executor for executor in _long_lived if isinstance(executor, ProcessExecutor)]
    may_stay = {pid for executor in processes for pid in executor.pids}
    names = {f"tunewidgets-worker-{pid}" for pid in may_stay}
    threads = [t.name for t in our_threads() - threads_before if t.name not in names]
    workers = [f"worker process {pid}" for pid in _worker_pids() if pid not in may_stay]
    return sorted(threads + workers)


def _worker_pids() -> list[int]:
    """Process ids of the workers of this process; the nursery that they come from may stay."""
    pids = []
    for child in psutil.Process().children():
        try:
            command = " ".join(child.cmdline())
            if "nursery_main" in command:
                pids += [worker.pid for worker in child.children()]
            elif "tunewidgets.executors" in command:
                pids.append(child.pid)
        except psutil.NoSuchProcess:  # gone, or a zombie that is about to be
            continue
    return pids
