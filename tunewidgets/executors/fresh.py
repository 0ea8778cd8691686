"""Workers that are fresh Pythons: safe on every system, and 3 s away, for TensorFlow's import."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Protocol, cast


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
                python_command("worker"),
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


def python_command(module: str, *numbers: float) -> list[str]:
    """Have a fresh Python run a module's ``main``; nothing of the user's main script is."""
    call = f"{module}.main({', '.join(map(repr, numbers))})"
    return [sys.executable, "-P", "-c", f"from tunewidgets.executors import {module}; {call}"]


def python_path() -> str:
    """Where a fresh Python finds tunewidgets itself, however it is installed."""
    return str(Path(__file__).resolve().parents[2])
