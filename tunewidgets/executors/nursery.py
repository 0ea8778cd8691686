"""Workers that are forked, in 10 ms, from a process that has imported TensorFlow: the nursery.

A fork of a process that has used TensorFlow hangs; a fork of one that has only imported it is
fine (`nursery_main`). A kernel has one nursery for each setting of what TensorFlow reads as it
is imported; all executors share it, and it ends by itself when it has been without a worker for
long. Workers go on without it. Where `tunewidgets lab` serves the kernels, its own nursery
(`server_nursery`) forks theirs. All this needs pidfds (Linux 5.3), which stand for a process
even when its number has been given to another.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from tunewidgets.executors.nursery_main import MESSAGE_BYTES, UNFIT, Greeting, Request
from tunewidgets.fresh_python import python_command, python_path

WANTED_S = 0.05
"""How often it is asked whether a worker that is not there yet is still wanted."""

DOORS = "TUNEWIDGETS_NURSERY"
"""Names, in the environment of a server's kernels, the folder with the door of its nursery."""

READ_AT_IMPORT = ("KERAS_", "KMP_", "LD_", "MKL_", "OMP_", "PYTHON", "TF_", "XLA_")
"""How the names of environment variables begin that imports may read."""


class Forked:
    """A worker process whose parent is a nursery."""

    def __init__(
        self,
        pid: int,
        pidfd: int,
        news: socket.socket,
        to_worker: BinaryIO,
        from_worker: BinaryIO,
    ) -> None:
        self.pid = pid
        self.to_worker, self.from_worker = to_worker, from_worker
        self._pidfd = pidfd
        self._news = news
        self._has_ended = False
        self._lock = threading.Lock()  # a pidfd that is closed may be another file

    def is_alive(self) -> bool:
        """Whether it has not ended."""
        with self._lock:
            return not self._has_ended and not _is_readable(self._pidfd, 0)

    def kill(self) -> None:
        """End it now."""
        with self._lock, contextlib.suppress(ProcessLookupError):
            if not self._has_ended:
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def wait(self) -> int | None:
        """Wait for its end, once, and give the exit code; None where the nursery ended before."""
        _is_readable(self._pidfd, None)
        with self._news:
            status, _ = _received(self._news)
        with self._lock:
            self._has_ended = True
            os.close(self._pidfd)
        return os.waitstatus_to_exitcode(int(status)) if status else None


class Nursery:
    """The kernel's side of a nursery: a process of its own, or else a fork of its server's.

    Parameters
    ----------
    environment
        A worker's.
    idle_s
        Seconds without a worker until it ends.
    """

    def __init__(self, environment: Mapping[str, str], idle_s: float) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        requests = _knock(environment)
        if requests is None:
            requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs, ExitStack() as on_failure:
                on_failure.enter_context(requests)
                self._process = start_nursery("main", environment, theirs.fileno())
                on_failure.pop_all()
        self._requests = requests
        greeting = json.dumps(Greeting(sys.path, float(idle_s))).encode()
        kernel = os.pidfd_open(os.getpid())
        with contextlib.suppress(OSError):  # it has ended already
            socket.send_fds(requests, [greeting], [kernel])
        os.close(kernel)

    @property
    def has_ended(self) -> bool:
        """Whether it takes no more requests."""
        if self._process is not None:
            return self._process.poll() is not None
        return _is_readable(self._requests.fileno(), 0)  # it never speaks, but it may hang up

    @property
    def is_unfit(self) -> bool:
        """Whether it has ended because it must not be forked."""
        return self._process is not None and self._process.poll() == UNFIT

    def fork(self, log: Path, is_wanted: Callable[[], bool]) -> Forked | None:
        """Wait for a new worker; None where the nursery has ended, or it is not wanted any more."""
        with ExitStack() as ours:
            with ExitStack() as theirs:
                news, far_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                ours.enter_context(news), theirs.enter_context(far_end)
                incoming, to_worker = _pipe()
                ours.enter_context(to_worker), theirs.enter_context(incoming)
                from_worker, outgoing = _pipe()
                ours.enter_context(from_worker), theirs.enter_context(outgoing)
                errors = theirs.enter_context(log.open("wb"))
                files = [file.fileno() for file in (incoming, outgoing, errors, far_end)]
                request = json.dumps(Request(str(Path.cwd()), str(log.parent)))
                socket.send_fds(self._requests, [request.encode()], files)
            while not _is_readable(news.fileno(), WANTED_S):
                if not is_wanted():
                    return None
            pid, pidfds = _received(news)
            if pid:
                ours.pop_all()
                return Forked(int(pid), pidfds[0], news, to_worker, from_worker)
        return None

    def close(self) -> None:
        """End it; its workers go on."""
        self._requests.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def start_nursery(
    main: str, environment: Mapping[str, str], *files: int
) -> subprocess.Popen[bytes]:
    """Start a process of `nursery_main`, which is given these open files.

    Raises
    ------
    OSError
        When there is no room for it.
    """
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        python_command("tunewidgets.executors.nursery_main", *files, main=main),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={
            **environment,
            "OPENBLAS_NUM_THREADS": "1",  # else NumPy's import starts threads
            "PYTHONPATH": python_path(),
        },
        pass_fds=files,
        start_new_session=True,  # out of reach of the notebook's interrupt
    )


def settings_of(environment: Mapping[str, str]) -> dict[str, str]:
    """Pick what imports may read: a nursery serves the environments that agree in these."""
    return {k: v for k, v in environment.items() if k.startswith(READ_AT_IMPORT)}


def door_of(environment: Mapping[str, str]) -> str:
    """Name the door of a server's nursery for this Python and this environment."""
    told = json.dumps([sys.executable, settings_of(environment)], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _knock(environment: Mapping[str, str]) -> socket.socket | None:
    """Go to the door of the server's nursery; None where there is none for this environment."""
    folder = os.environ.get(DOORS)
    if not folder:
        return None
    requests = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        requests.connect(str(Path(folder, door_of(environment))))
    except OSError:
        requests.close()
        return None
    return requests


_nurseries: dict[object, Nursery] = {}
_lock = threading.Lock()


def fork(
    log: Path, environment: Mapping[str, str], idle_s: float, is_wanted: Callable[[], bool]
) -> Forked | None:
    """Wait for a worker from this process' nursery; None where there is none to be had."""
    for _ in range(2):  # the first may be just ending
        with contextlib.suppress(OSError):
            nursery = get_nursery(environment, idle_s)
            if nursery.is_unfit or not is_wanted():
                return None
            if (worker := nursery.fork(log, is_wanted)) is not None:
                return worker
    return None


def get_nursery(environment: Mapping[str, str], idle_s: float) -> Nursery:
    """Give this process' nursery for an environment, which is started unless it is there."""
    key = (os.getpid(), idle_s, frozenset(settings_of(environment).items()))
    with _lock:
        nursery = _nurseries.get(key)
        if nursery is None or (nursery.has_ended and not nursery.is_unfit):
            if nursery is not None:
                nursery.close()
            nursery = _nurseries[key] = Nursery(environment, idle_s)
        return nursery


def can_fork(environment: Mapping[str, str]) -> bool:
    """Whether this system, and the backend of Keras, allow for a nursery."""
    if sys.platform != "linux" or keras_backend(environment) != "tensorflow":
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:  # an old kernel, or a sandbox
        return False
    return True


def keras_backend(environment: Mapping[str, str]) -> str:
    """Read which backend Keras will take, as Keras does, without importing it."""
    named = environment.get("KERAS_BACKEND")
    if named:
        return named
    home = environment.get("KERAS_HOME")
    folder = Path(home) if home else Path("~/.keras").expanduser()
    try:
        settings = json.loads((folder / "keras.json").read_text(encoding="utf-8"))
        return str(settings.get("backend", "tensorflow"))
    except (OSError, ValueError, AttributeError):
        return "tensorflow"


@atexit.register
def _close_all() -> None:
    for key, nursery in list(_nurseries.items()):
        if isinstance(key, tuple) and key[0] == os.getpid():  # a fork's parent needs its own
            nursery.close()


def _pipe() -> tuple[BinaryIO, BinaryIO]:
    reader, writer = os.pipe()
    return os.fdopen(reader, "rb"), os.fdopen(writer, "wb")


def _received(news: socket.socket) -> tuple[bytes, list[int]]:
    """Receive a message and its files; nothing where the far end has gone."""
    try:
        message, files, *_ = socket.recv_fds(news, MESSAGE_BYTES, 1)
    except ConnectionError:
        return b"", []
    for file in files:
        os.set_inheritable(file, False)
    return message, files


def _is_readable(file: int, timeout_s: float | None) -> bool:
    poll = select.poll()
    poll.register(file, select.POLLIN)
    return bool(poll.poll(None if timeout_s is None else timeout_s * 1000))
