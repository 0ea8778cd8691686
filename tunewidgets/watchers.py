"""Who is called after changes: anybody's functions, which may fail without harm to the others."""

from __future__ import annotations

import threading
from collections.abc import Callable

Watcher = Callable[[], None]


class Watchers:
    """Functions that are called after changes.

    Parameters
    ----------
    lock
        Guards the list of them; none is called under it.
    tell
        Receives a topic and a sentence where one has failed.
    """

    def __init__(self, lock: threading.Condition, tell: Callable[[str, str], None]) -> None:
        self._lock = lock
        self._tell = tell
        self._all: list[Watcher] = []

    def add(self, watcher: Watcher) -> Callable[[], None]:
        """Call a function from now on; returns how to end that."""
        with self._lock:
            self._all.append(watcher)

        def remove() -> None:
            with self._lock:
                if watcher in self._all:
                    self._all.remove(watcher)

        return remove

    def call(self) -> None:
        """Call all of them, in order."""
        with self._lock:
            watchers = list(self._all)
        for watcher in watchers:
            try:
                watcher()
            except Exception as error:  # it is anybody's; the study and the others go on
                self._drop(watcher, error)

    def _drop(self, watcher: Watcher, error: Exception) -> None:
        """Call a function that fails no more, and say so."""
        with self._lock:
            self._all = [other for other in self._all if other is not watcher]
        name = getattr(watcher, "__name__", type(watcher).__name__)
        self._tell(
            f"watcher {name}",
            f"A function that watches must not fail, but {name} raised {type(error).__name__}: "
            f"{error}. It is called no more: mend it and subscribe it again.",
        )
