"""What has changed in a study and is still to be written to its file.

Changes wait in memory until `flush` writes them in one transaction, so a slow or full disk never
holds up a fit, and nothing is lost while the process lives.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path

from tunewidgets.errors import StorageError
from tunewidgets.storage import Change, SQLiteStorage, WeightsKept
from tunewidgets.trial import RunKey


class Journal:
    """The changes of one study, oldest first.

    Parameters
    ----------
    storage
        An open file, which already knows the study.
    study
        The study's name.
    lock
        The study's, which one thread may hold twice.
    tell
        Called after each writing, with what stood in its way, if anything did.
    """

    def __init__(
        self,
        storage: SQLiteStorage,
        study: str,
        lock: threading.Condition,
        tell: Callable[[StorageError | None], None],
    ) -> None:
        self._storage = storage
        self._study = study
        self._lock = lock
        self._tell = tell
        self._writing = threading.Lock()
        self._pending: list[Change] = []

    @property
    def file(self) -> Path | None:
        """The study's file; None in memory."""
        return self._storage.path

    @property
    def has_pending(self) -> bool:
        """Whether something is still to be written."""
        return bool(self._pending)

    def add(self, change: Change) -> None:
        """Have a change written with the next transaction."""
        with self._lock:
            self._pending.append(change)

    def flush(self) -> None:
        """Write all that waits; what cannot be written waits for the next time."""
        with self._writing:
            with self._lock:
                pending = list(self._pending)  # it stays there: it is not written yet
            if not pending:
                return
            try:
                self._storage.write(self._study, pending)
            except StorageError as error:
                self._tell(error)
            else:
                with self._lock:
                    del self._pending[: len(pending)]
                self._tell(None)

    def weights(self) -> tuple[RunKey, bytes] | None:
        """Give the weights that were kept last, written or not."""
        with self._lock:
            for change in reversed(self._pending):
                if isinstance(change, WeightsKept):
                    return change.key, change.weights
        return self._storage.weights(self._study)

    def close(self) -> int:
        """Close the file; give how many changes could not be written."""
        with contextlib.suppress(StorageError):  # a claim that stays is void without its process
            self._storage.close()
        return len(self._pending)
