"""One nursery for all kernels of a server, which imports TensorFlow before anybody asks for it.

A page's kernel is a new process: left to itself, it would import TensorFlow anew for the first
run, while the person waits. The door is a socket in a folder that only this user can enter; its
name says for which environment it is, and a kernel whose own is another makes its own nursery.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from tunewidgets.executors.nursery import DOORS, can_fork, door_of, start_nursery
from tunewidgets.executors.resources import default_n_workers, may_warm, worker_environment


class ServerNursery:
    """The server's side: a door that its kernels find, and from `start` on somebody behind it.

    To be made before the first kernel is started. Where the system, the memory or a setting
    forbids a nursery beforehand, there is none, and kernels do without.
    """

    def __init__(self) -> None:
        self._environment = worker_environment(default_n_workers())
        self._door: socket.socket | None = None
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        if not (may_warm() and can_fork(self._environment)):
            return
        with contextlib.suppress(OSError):  # no room, or too long a path
            self._folder = Path(tempfile.mkdtemp(prefix="tunewidgets-"))
            self._door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self._door.bind(str(self._folder / door_of(self._environment)))
            self._door.listen()
            os.environ[DOORS] = str(self._folder)

    def start(self) -> None:
        """Start the process; a kernel that has come meanwhile waits at the door."""
        if self._door is None:
            return
        server = os.pidfd_open(os.getpid())
        with self._door, contextlib.suppress(OSError):
            files = self._door.fileno(), server
            self._process = start_nursery("main_of_server", self._environment, *files)
        os.close(server)

    def close(self) -> None:
        """End it; what it has forked goes on."""
        os.environ.pop(DOORS, None)
        if self._door is not None:
            self._door.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
