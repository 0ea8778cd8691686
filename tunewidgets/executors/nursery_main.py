"""The nursery's process: it imports TensorFlow once, and forks a worker whenever one is asked for.

It must be safe to fork, so nothing that it imports is used, and it has one thread; where a
library has started another, it leaves with `UNFIT`. It is the parent of the workers, so it is
the one that learns how they end. A kernel sends a `Greeting` first, with a pidfd of its process.
Then each request is a message, the folder to stand in and that of the shared files, with four
files: the worker's input, output and log, and a socket for news of it. The news are its process
number, with a pidfd, and in the end its wait status.

A server's nursery (`main_of_server`) forks itself for every kernel that comes to its door: what
has been imported once serves them all.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import shutil
import signal
import socket
import sys
from pathlib import Path
from typing import NamedTuple

from tunewidgets.executors import worker
from tunewidgets.training.building import get_ready

UNFIT = 3
"""Exit code of a process that must not be forked."""

PARTING_MS = 1000
"""How long after its last word a kernel may be taken to be ending, in milliseconds."""

MESSAGE_BYTES = 1 << 20
N_FILES = 4


class Greeting(NamedTuple):
    """A kernel's module path, and the seconds without a worker to end after."""

    path: list[str]
    idle_s: float


class Request(NamedTuple):
    """The folders of a worker: where it stands, and where the shared files are."""

    stand_in: str
    shared: str


def main(requests_fd: int) -> None:
    """Serve a kernel until it ends or closes the socket, or nothing is asked for long."""
    _stay_out_of_reach()
    requests = socket.socket(fileno=requests_fd)
    if (greeted := _greeted(requests)) is None:
        return
    greeting, kernel_fd = greeted
    sys.path[:] = greeting.path
    _import_all()
    _serve(requests, kernel_fd, greeting.idle_s)


def main_of_server(door_fd: int, server_fd: int) -> None:
    """Become the nursery of each kernel that comes to a server's door, until the server ends.

    Parameters
    ----------
    door_fd
        A listening socket in a folder of its own; both are taken away in the end.
    server_fd
        A pidfd of the server.
    """
    _stay_out_of_reach()
    _import_all()
    with socket.socket(fileno=door_fd) as door:
        path = Path(door.getsockname())
        requests = _fork_for_each(door, server_fd)
    if requests is None:
        take_away(path)
    elif (greeted := _greeted(requests)) is not None:
        greeting, kernel_fd = greeted
        sys.path[:] = greeting.path
        _serve(requests, kernel_fd, greeting.idle_s)


def take_away(door: Path) -> None:
    """Delete a door, and its folder if nothing else is in it."""
    with contextlib.suppress(OSError):
        door.unlink(missing_ok=True)
        door.parent.rmdir()


def _stay_out_of_reach() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the notebook's interrupt is not for us


def _import_all() -> None:
    """Import what workers need, and leave the process if it must not be forked after that."""
    get_ready()
    if len(list(Path("/proc/self/task").iterdir())) > 1:
        sys.exit(UNFIT)
    gc.collect()
    gc.freeze()  # a worker's garbage collector leaves the shared pages alone


def _greeted(requests: socket.socket) -> tuple[Greeting, int] | None:
    """Wait for a kernel's first message and the pidfd with it; None where the kernel has ended."""
    message, files, *_ = socket.recv_fds(requests, MESSAGE_BYTES, 1)
    return (Greeting(*json.loads(message)), files[0]) if message else None


def _serve(requests: socket.socket, kernel_fd: int, idle_s: float) -> None:
    with requests:
        is_worker = _Nursery(requests, kernel_fd, idle_s).serve()
    if is_worker:
        worker.main(kernel_fd)


def _fork_for_each(door: socket.socket, server_fd: int) -> socket.socket | None:
    """Fork at each knock: give a fork its kernel's socket, and the parent nothing in the end."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how the forks have ended
    poll = select.poll()
    poll.register(door.fileno(), select.POLLIN)
    poll.register(server_fd, select.POLLIN)
    while all(file != server_fd for file, _ in poll.poll()):
        requests, _ = door.accept()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # it does ask, of its workers
            os.setsid()
            os.close(server_fd)
            return requests
        requests.close()
    return None


class _Nursery:
    """Waits for requests, and for the ends of the workers."""

    def __init__(self, requests: socket.socket, kernel_fd: int, idle_s: float) -> None:
        self._requests = requests
        self._kernel_fd = kernel_fd
        self._idle_ms = min(int(idle_s * 1000), 2**31 - 1)
        self._children: dict[int, tuple[int, socket.socket]] = {}  # by pidfd
        self._shared: set[str] = set()
        self._poll = select.poll()
        for fd in (requests.fileno(), kernel_fd):
            self._poll.register(fd, select.POLLIN)

    def serve(self) -> bool:
        """Serve, and return whether this has become a worker's process."""
        while ready := self._poll.poll(None if self._children else self._idle_ms):
            if any(file == self._kernel_fd for file, _ in ready):
                self._clear_up()
                return False
            for file, _ in ready:
                if file in self._children:
                    self._tell_end(file)
                    continue
                request, files = self._request()
                if request is None:
                    self._part()
                    return False
                self._shared.add(request.shared)
                if self._bear(request.stand_in, files):
                    return True
        return False

    def _request(self) -> tuple[Request | None, list[int]]:
        message, files, *_ = socket.recv_fds(self._requests, MESSAGE_BYTES, N_FILES)
        return Request(*json.loads(message)) if message else None, files

    def _part(self) -> None:
        """Leave a kernel that has closed, or that is being killed: its files are closed first."""
        ends = select.poll()
        ends.register(self._kernel_fd, select.POLLIN)
        if ends.poll(PARTING_MS):
            self._clear_up()

    def _clear_up(self) -> None:
        """Delete what a kernel that was killed shared, perhaps with workers that had not begun."""
        self._requests.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while (request := self._request()[0]) is not None:
                self._shared.add(request.shared)
        for folder in self._shared:
            shutil.rmtree(folder, ignore_errors=True)

    def _bear(self, folder: str, files: list[int]) -> bool:
        """Fork a worker, and return whether this is it."""
        *streams, news_fd = files
        news = socket.socket(fileno=news_fd)
        pid = os.fork() if _is_wanted(news) else None
        if pid == 0:
            news.close()
            self._forget_all()
            _become(folder, streams)
            return True
        for fd in streams:
            os.close(fd)
        if pid is None:
            news.close()
        else:
            pidfd = os.pidfd_open(pid)
            self._children[pidfd] = pid, news
            self._poll.register(pidfd, select.POLLIN)
            with contextlib.suppress(OSError):  # not wanted any more, and its input has ended
                socket.send_fds(news, [b"%d" % pid], [pidfd])
        return False

    def _tell_end(self, pidfd: int) -> None:
        self._poll.unregister(pidfd)
        os.close(pidfd)
        pid, news = self._children.pop(pidfd)
        _, status = os.waitpid(pid, 0)
        with news, contextlib.suppress(OSError):
            news.send(b"%d" % status)

    def _forget_all(self) -> None:
        """Let a worker hold nothing of the others'."""
        for pidfd, (_, news) in self._children.items():
            os.close(pidfd)
            news.close()


def _is_wanted(news: socket.socket) -> bool:
    """Whether the kernel still waits for the worker: it never speaks, but it may hang up."""
    try:
        return bool(news.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK))
    except BlockingIOError:
        return True


def _become(folder: str, streams: list[int]) -> None:
    """Stand where a worker stands: in a session and a folder of its own, with its own streams."""
    os.setsid()
    os.chdir(folder)
    for number, fd in enumerate(streams):
        os.dup2(fd, number)
        os.close(fd)
