"""One nursery for all kernels of a server, which imports TensorFlow before anybody asks for it.

A page's kernel is a new process: left to itself, it would import TensorFlow anew for the first
run, while the person waits. The door is a socket in a folder that only this user can enter; its
name says for which environment it is, and a kernel whose own is another makes its own nursery.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import tempfile
from pathlib import Path

from tunewidgets.executors.nursery import DOORS, can_fork, door_of, start_nursery
from tunewidgets.executors.nursery_main import take_away
from tunewidgets.executors.resources import default_n_workers, may_warm, worker_environment


class ServerNursery:
    """The server's side: a door that its kernels find, and from `start` on somebody behind it.

    To be made before the first kernel is started. Where the system, the memory or a setting
    forbids a nursery beforehand, there is none, and kernels do without.
    """

    def __init__(self) -> None:
        self._environment = worker_environment(default_n_workers())
        self._process: subprocess.Popen[bytes] | None = None
        self._door: Door | None = None
        if may_warm() and can_fork(self._environment):
            with contextlib.suppress(OSError):  # no room, or too long a path
                self._door = Door(door_of(self._environment))

    def start(self) -> None:
        """Start the process; a kernel that has come meanwhile waits at the door."""
        if self._door is None:
            return
        server = os.pidfd_open(os.getpid())
        with self._door.socket as listening, contextlib.suppress(OSError):
            files = listening.fileno(), server
            self._process = start_nursery("main_of_server", self._environment, *files)
        os.close(server)

    def close(self) -> None:
        """End it; what it has forked goes on."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if self._door is not None:
            self._door.close()


class Door:
    """A listening socket in a folder of its own, which kernels are told of.

    Raises
    ------
    OSError
        Where it cannot be made; then nothing of it is left.
    """

    def __init__(self, name: str) -> None:
        folder = tempfile.mkdtemp(prefix="tunewidgets-")
        self._path = Path(folder, name)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self.socket.bind(str(self._path))
            self.socket.listen()
        except OSError:
            self.close()
            raise
        os.environ[DOORS] = folder

    def close(self) -> None:
        """Take it away, and its folder."""
        os.environ.pop(DOORS, None)
        self.socket.close()
        take_away(self._path)
