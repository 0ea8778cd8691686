"""A worker process: reads messages from its standard input, writes events to its output.

Both are streams of pickles between a kernel and its own worker. The end of the input means
that the kernel has gone, or has closed the executor, and the worker goes too, whatever it is
doing. What the user's code prints goes to the log beside.
"""

from __future__ import annotations

import os
import pickle
import select
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from tunewidgets.events import EpochsEnded, Event, RunEnded, RunStarted
from tunewidgets.retelling import stated
from tunewidgets.trial import RunKey

BATCH_S = 0.05
"""Epochs that end within this time of those told last are told of together."""

WATCH_S = 0.5
"""How often the kernel is looked for."""

OUT_OF_MEMORY = ("ResourceExhaustedError", "RESOURCE_EXHAUSTED", "MemoryError")
"""What errors say, TensorFlow's, XLA's and NumPy's."""


@dataclass(frozen=True, slots=True)
class Hello:
    """The first message: where the worker is, as it were, and what all tasks share.

    Attributes
    ----------
    is_thrifty
        Whether memory is scarce there.
    """

    environment: Mapping[str, str]
    path: tuple[str, ...]
    folder: str
    packed_job: bytes
    is_thrifty: bool


@dataclass(frozen=True, slots=True)
class StopRun:
    """Asks for the end of a run after its present epoch."""

    key: RunKey


@dataclass(frozen=True, slots=True)
class Leave:
    """Asks the process to end; the shared files stay, for the workers that go on."""


class Outbox:
    """Sends events, epochs in batches, from whichever thread."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._held: dict[str, list[float]] = {}
        self._held_key: RunKey | None = None
        self._told_at = 0.0  # of epochs: the first of a run need not wait for what came before it
        threading.Thread(target=self._send_late, name="outbox", daemon=True).start()

    def epoch(self, key: RunKey, metrics: Mapping[str, float]) -> None:
        """Tell of an epoch soon: at once if none was told of lately."""
        self.epochs(key, {name: (value,) for name, value in metrics.items()})

    def epochs(self, key: RunKey, metrics: Mapping[str, Sequence[float]]) -> None:
        """Tell of consecutive epochs soon, oldest first: at once if none was told of lately."""
        with self._lock:
            if self._held and self._held.keys() != metrics.keys():
                self._flush()
            self._held_key = key
            for name, values in metrics.items():
                self._held.setdefault(name, []).extend(values)
            if time.monotonic() - self._told_at >= BATCH_S:
                self._flush()
            else:
                self._wake.set()

    def send(self, event: Event) -> None:
        """Tell of something else now, after the epochs before it."""
        with self._lock:
            self._flush()
            self._write(event)

    def _flush(self) -> None:
        if self._held and self._held_key is not None:
            held = {name: tuple(values) for name, values in self._held.items()}
            self._held = {}
            self._told_at = time.monotonic()
            self._write(EpochsEnded(self._held_key, held))

    def _write(self, event: Event) -> None:
        pickle.dump(event, self._stream)
        self._stream.flush()

    def _send_late(self) -> None:
        while self._wake.wait():
            self._wake.clear()
            time.sleep(BATCH_S)
            with self._lock:
                self._flush()


class Inbox:
    """Reads the kernel's messages in a thread, and ends the process with the kernel."""

    def __init__(self, stream: BinaryIO, hello: Hello, kernel_lives: Callable[[], bool]) -> None:
        import queue

        self.tasks: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.stopped: set[RunKey] = set()
        self._stream = stream
        self._folder = hello.folder
        threading.Thread(target=self._read, name="inbox", daemon=True).start()
        threading.Thread(
            target=self._watch, args=(kernel_lives,), name="watch", daemon=True
        ).start()

    def _read(self) -> None:
        while True:
            try:
                message = pickle.load(self._stream)  # noqa: S301 - our own kernel's pipe
            except (EOFError, OSError, pickle.UnpicklingError):
                self._end()
            if isinstance(message, Leave):
                os._exit(0)
            if isinstance(message, StopRun):
                self.stopped.add(message.key)
            else:
                self.stopped.discard(message.key)
                self.tasks.put(message)

    def _watch(self, kernel_lives: Callable[[], bool]) -> None:
        """See that the kernel lives: a process forked from it may hold our input open."""
        while kernel_lives():
            time.sleep(WATCH_S)
        self._end()

    def _end(self) -> NoReturn:
        shutil.rmtree(self._folder, ignore_errors=True)  # a killed kernel left it
        os._exit(0)


def main(kernel_fd: int | None = None) -> None:
    """Serve the kernel until it closes the stream.

    Parameters
    ----------
    kernel_fd
        A pidfd of the kernel, where that is not the parent.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the notebook's interrupt is not for us
    incoming, outgoing = _take_streams()
    hello: Hello = pickle.load(incoming)  # noqa: S301 - our own kernel's pipe
    _settle(hello)
    inbox, outbox = Inbox(incoming, hello, _watch_of(kernel_fd)), Outbox(outgoing)

    from tunewidgets.training.building import get_ready
    from tunewidgets.training.workshop import Workshop

    get_ready()
    job = pickle.loads(hello.packed_job).opened()  # noqa: S301 - our own kernel's pipe
    workshop = Workshop(job, Path(hello.folder), is_thrifty=hello.is_thrifty)
    while True:
        task = inbox.tasks.get()
        key = task.key
        outbox.send(RunStarted(key))

        def report(metrics: Mapping[str, float], key: RunKey = key) -> None:
            outbox.epoch(key, metrics)

        def should_stop(key: RunKey = key) -> bool:
            return key in inbox.stopped

        outbox.send(_in_words(workshop.run(task, report, should_stop, outbox.send)))


def _settle(hello: Hello) -> None:
    """Take over the kernel's environment and module path, which may be newer than our parent."""
    for name in os.environ.keys() - hello.environment.keys():
        del os.environ[name]
    os.environ.update(hello.environment)
    sys.path[:] = hello.path


def _watch_of(kernel_fd: int | None) -> Callable[[], bool]:
    """Make a function that tells whether the kernel lives."""
    if kernel_fd is None:
        parent = os.getppid()
        return lambda: os.getppid() == parent
    return lambda: not select.select([kernel_fd], [], [], 0)[0]


def _in_words(ended: RunEnded) -> RunEnded:
    """Say what to do where the memory, most often a GPU's, did not suffice."""
    if ended.error is None or not any(sign in ended.error for sign in OUT_OF_MEMORY):
        return ended
    return replace(
        ended,
        error=stated(
            "A run must fit into memory, but got {error}: try a smaller model or batch, or fewer "
            "workers.",
            error=repr(ended.error),
        ),
    )


def _take_streams() -> tuple[BinaryIO, BinaryIO]:
    """Keep standard input and output for us; what else prints or reads gets the log, or nothing."""
    incoming = os.fdopen(os.dup(0), "rb")
    outgoing = os.fdopen(os.dup(1), "wb")
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    if hasattr(os, "register_at_fork"):  # else a fork that outlives us hides our end
        os.register_at_fork(after_in_child=lambda: os.dup2(2, outgoing.fileno()))
    return incoming, outgoing
