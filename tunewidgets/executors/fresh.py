"""Workers that are fresh Pythons: safe on every system, and 3 s away, for TensorFlow's import."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from tunewidgets.fresh_python import python_command, python_path


class Child(Protocol):
    """A worker process, whoever its parent is."""

    @property
    def pid(self) -> int:
        """Its process number."""

    @property
    def to_worker(self) -> BinaryIO:
        """What it reads; the end of it ends the process."""

    @property
    def from_worker(self) -> BinaryIO:
        """What it writes."""

    def is_alive(self) -> bool:
        """Whether it has not ended."""

    def kill(self) -> None:
        """End it now."""

    def wait(self) -> int | None:
        """Wait for its end, once, and give the exit code; None where nobody knows it."""


class Fresh:
    """A worker process that is a child of this one."""

    def __init__(self, log: Path, environment: Mapping[str, str]) -> None:
        with log.open("wb") as stderr:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
                python_command("tunewidgets.executors.worker"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env={**environment, "PYTHONPATH": python_path()},
                start_new_session=True,  # out of reach of the notebook's interrupt
            )
        self.pid = self._process.pid
        self.to_worker = cast("BinaryIO", self._process.stdin)
        self.from_worker = cast("BinaryIO", self._process.stdout)

    def is_alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End it now."""
        self._process.kill()

    def wait(self) -> int:
        """Wait for its end, and give the exit code."""
        return self._process.wait()
