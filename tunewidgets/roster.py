"""Which studies this process has open to train: a file has one, and none outlives the process."""

from __future__ import annotations

import atexit
import os
import weakref
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol


class Closable(Protocol):
    """A study, as far as the roster knows it."""

    def close(self) -> None:
        """End what runs, and let go of the file."""


_open: weakref.WeakKeyDictionary[Closable, tuple[Path | None, str]] = weakref.WeakKeyDictionary()


def enter(study: Closable, file: Path | None, name: str) -> None:
    """Count a study as open: its file, or None in memory, and its name in the file."""
    _open[study] = (file, name)


def leave(study: Closable) -> bool:
    """Count a study as closed; say whether it was open until now."""
    return _open.pop(study, None) is not None


def is_open(study: Closable) -> bool:
    """Whether a study can train."""
    return study in _open


def make_way(file: Path | None, name: str) -> None:
    """Close the study that has the file open, as when a notebook's cell is run again."""
    for study, place in list(_open.items()):
        if file is not None and place == (file, name):
            study.close()


@atexit.register
def close_all() -> None:
    """Close every study that is open, as at the end of the process."""
    with ExitStack() as stack:  # all of them, whatever happens to one
        for study in list(_open):
            stack.callback(study.close)


if hasattr(os, "register_at_fork"):  # a fork has neither the threads nor the file: not its studies
    os.register_at_fork(after_in_child=_open.clear)
