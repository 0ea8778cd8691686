"""A child process for what a kernel is better off without: scikit-learn and SciPy.

They take more than 100 MB, a class has as many kernels as students, and a page stands still for
the second that importing them takes. So what needs them while a lab is used (drawing some kinds of
candidates, folds in proportion) is called in a child, which goes when nobody has called for a
while. Where the program has imported scikit-learn by itself, it is called right here.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any

from tunewidgets.fresh_python import python_command, python_path

HEAVY = "sklearn"
"""Who has imported this has paid."""

IDLE_S = 300.0
"""The child goes after so long without a call."""


def call(function: Callable[[Any], Any], request: Any) -> Any:
    """Call a function of one of our modules where its imports do no harm.

    Parameters
    ----------
    function
        A function of a module, by whose name the child finds it.
    request
        Its argument, of what JSON knows; so is what it gives. Tuples become lists.

    Raises
    ------
    RuntimeError
        Where the function failed in the child, or the child ended twice.
    """
    if HEAVY in sys.modules:
        return json.loads(json.dumps(function(request)))
    return _CHILD.ask(json.dumps([function.__module__, function.__name__, request]))


def warm() -> None:
    """Start the child, which then imports scikit-learn, unless there is no need of one."""
    if HEAVY not in sys.modules:
        _CHILD.start()


def close() -> None:
    """End the child, if there is one; the next call starts another."""
    _CHILD.close()


class _Child:
    """The process, one at a time, whichever threads ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        with self._lock:
            self._running()

    def ask(self, line: str) -> Any:
        with self._lock:
            # It may be gone, or be going this very moment, as nobody had asked for long.
            answer = self._answer(line) or self._answer(line)
        if not answer:
            raise RuntimeError("The process that calls scikit-learn ended before its answer.")
        read = json.loads(answer)
        if "error" in read:
            raise RuntimeError(read["error"])
        return read["answer"]

    def close(self) -> None:
        with self._lock:
            self._end()

    def _answer(self, line: str) -> str:
        process = self._running()
        if process.stdin is None or process.stdout is None:
            return ""
        try:
            process.stdin.write(f"{line}\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except OSError:
            answer = ""
        if not answer:
            self._end()
        return answer

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
                python_command(__name__, IDLE_S),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
                env={**os.environ, "PYTHONPATH": python_path(also=os.environ.get("PYTHONPATH"))},
                start_new_session=True,  # out of reach of the notebook's interrupt
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            with contextlib.suppress(OSError):  # what was not written any more
                process.communicate()


def main(idle_s: float) -> None:
    """Answer calls, a line each, until the kernel goes or does not call for so many seconds."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # should anything print, that is no answer
    clock = _alarm(idle_s)
    import_module(f"{HEAVY}.model_selection")
    for line in sys.stdin:
        clock.cancel()
        module, name, request = json.loads(line)
        try:
            answer = {"answer": getattr(import_module(module), name)(request)}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
        clock = _alarm(idle_s)


def _alarm(seconds: float) -> threading.Timer:
    clock = threading.Timer(seconds, os._exit, (0,))
    clock.daemon = True
    clock.start()
    return clock


_CHILD = _Child()
atexit.register(close)
