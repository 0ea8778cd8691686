"""One SQLite database, in a file or in memory, that several threads and lookers-on may share.

Each call is one transaction under a lock. The rollback journal is used, not the write-ahead
log, so that a study stays a single file and works on network homes. A writer is known by its
process (see `claim`) and, within the process, by a token: when a study is opened anew, by a
cell that is run again, say, the storage that held it before can no longer write.
"""

from __future__ import annotations

import os
import sqlite3
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import TypeVar
from uuid import uuid4

from tunewidgets.errors import StorageError
from tunewidgets.storage import reading, schema, writing
from tunewidgets.storage.claim import this_process
from tunewidgets.storage.failures import as_storage_errors, damaged, name_of
from tunewidgets.storage.records import Change, SavedStudy, StudyRecord
from tunewidgets.trial import RunKey

_T = TypeVar("_T")

ENDING_S, LOOK_S = 5.0, 0.05
"""How long a process that has a study open may take to end, and how often it is looked for."""


class SQLiteStorage:
    """Studies in one file, told apart by name.

    Parameters
    ----------
    path
        Of the study file; made when it is missing or empty. None keeps all in memory.
    read_only
        Open to look: nothing is written, and the file must exist.

    Raises
    ------
    StorageError
        From every method, when the file cannot be opened, read or written; the file is then as
        it was before.
    """

    def __init__(
        self, path: str | os.PathLike[str] | None = None, *, read_only: bool = False
    ) -> None:
        self._path = None if path is None else Path(path).expanduser().absolute()
        self._read_only = read_only
        self._token = uuid4().hex
        self._lock = RLock()
        self._connection: sqlite3.Connection | None = None
        if self._path is not None:
            schema.check_path(self._path, read_only=read_only)
            if self._path.exists():
                schema.check_untouched(self._path)
        with as_storage_errors(self._path):
            self._connection = schema.connect(self._path, "mode=ro" if read_only else "mode=rwc")
        try:
            if read_only:
                self._reading(self._check)
            else:
                with as_storage_errors(self._path):
                    schema.prepare_to_write(self._connection)
                with self._writing() as connection:
                    self._check_or_create(connection)
        except BaseException:
            self._disconnect()
            raise

    @property
    def path(self) -> Path | None:
        """Of the file; None in memory."""
        return self._path

    def names(self) -> tuple[str, ...]:
        """Names of the studies, oldest first."""
        return self._reading(reading.get_names)

    def load(self, name: str) -> SavedStudy | None:
        """Read a study with all its trials; None when there is none of that name."""
        try:
            return self._reading(lambda connection: reading.get_study(connection, name))
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise damaged(self._path, error) from error

    def weights(self, name: str) -> tuple[RunKey, bytes] | None:
        """Read the weights that the study kept last, and the run they are of."""
        return self._reading(lambda connection: reading.get_weights(connection, name))

    def has_live_writer(self, name: str) -> bool:
        """Whether a process of this computer, this one included, has the study open to train."""
        writer = self._reading(lambda connection: reading.get_writer(connection, name))
        return writer is not None and writer.is_alive

    def attach(self, record: StudyRecord) -> None:
        """Create the study or bring its record up to date, and become its only writer.

        The claim of a process that is gone, or of this very process, is taken over. That of
        another is waited for a while: the kernel of a page that is loaded anew may be ending.

        Raises
        ------
        StorageError
            When another live process of this computer has the study open to train.

        Warns
        -----
        UserWarning
            When the study was open on another computer, whose processes cannot be seen.
        """
        me = this_process()
        deadline = time.monotonic() + ENDING_S
        while self._is_open_elsewhere(record.name) and time.monotonic() < deadline:
            time.sleep(LOOK_S)
        with self._writing() as connection:
            writer = reading.get_writer(connection, record.name)
            if writer is not None and writer.is_elsewhere:
                raise StorageError(
                    f"a study has one writer, but {record.name!r} in {name_of(self._path)} is open "
                    f"for writing in process {writer.pid}; close it there (study.close()) or open "
                    "it to look with tw.load."
                )
            writing.put_study(connection, record)
            connection.execute(
                "UPDATE study SET writer_pid = ?, writer_started = ?, writer_host = ?, "
                "writer_token = ? WHERE name = ?",
                (me.pid, me.started, me.host, self._token, record.name),
            )
        if writer is not None and not writer.is_here:
            warnings.warn(
                f"{record.name!r} in {name_of(self._path)} was not closed on the computer "
                f"{writer.host!r} (process {writer.pid}) and has been taken over; make sure that "
                "nothing trains there any more.",
                UserWarning,
                stacklevel=2,
            )

    def write(self, name: str, changes: Sequence[Change]) -> None:
        """Carry the changes out, in order: all of them, or none when one fails."""
        with self._writing() as connection:
            row = connection.execute(
                "SELECT id FROM study WHERE name = ? AND writer_token = ?", (name, self._token)
            ).fetchone()
            if row is None:
                raise StorageError(
                    f"only who opened a study last may write to it, but {name!r} in "
                    f"{name_of(self._path)} was opened elsewhere since, or never here: go on where "
                    "it is open, or open it again."
                )
            study = writing.Changes(connection, row[0])
            for change in changes:
                study.apply(change)

    def close(self) -> None:
        """Give up the claim and let go of the file; a second call does nothing."""
        with self._lock:
            if self._connection is None:
                return
            try:
                # A file that was deleted meanwhile holds no claim.
                if not self._read_only and (self._path is None or self._path.exists()):
                    with self._writing() as connection:
                        connection.execute(
                            "UPDATE study SET writer_pid = NULL, writer_started = NULL, "
                            "writer_host = NULL, writer_token = NULL WHERE writer_token = ?",
                            (self._token,),
                        )
            finally:
                self._disconnect()

    def _is_open_elsewhere(self, name: str) -> bool:
        writer = self._reading(lambda connection: reading.get_writer(connection, name))
        return writer is not None and writer.is_elsewhere

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            raise StorageError(
                f"{name_of(self._path)} must be open to be used, but it was closed: open it again."
            )
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction that is carried out as a whole, or leaves no trace."""
        with self._lock, as_storage_errors(self._path):
            connection = self._open()
            if self._read_only:
                raise StorageError(
                    f"{name_of(self._path)} must be open to train for this, but it was opened to "
                    "look: open it with tw.Study(..., storage=...)."
                )
            with _transaction(connection, "BEGIN IMMEDIATE"):
                yield connection

    def _reading(self, read: Callable[[sqlite3.Connection], _T]) -> _T:
        """Give what `read` finds in one unchanging state of the file."""
        with self._lock, as_storage_errors(self._path):
            connection = self._open()
            try:
                with _transaction(connection, "BEGIN"):
                    return read(connection)
            except sqlite3.OperationalError as error:
                if getattr(error, "sqlite_errorname", "") != "SQLITE_READONLY_ROLLBACK":
                    raise
            # A writer was killed in the middle of a write. A looker-on may not undo the half
            # of it that reached the file; whoever may write does so by reading.
            mender = schema.connect(self._path, "mode=rw")
            try:
                reading.get_names(mender)
            finally:
                mender.close()
            with _transaction(connection, "BEGIN"):
                return read(connection)

    def _check(self, connection: sqlite3.Connection) -> None:
        is_ours = schema.check_header(connection, self._path)
        schema.check_size(connection, self._path)
        if not is_ours:
            raise StorageError(
                f"{name_of(self._path)} must hold a study to be opened to look, but it is empty: "
                "check the spelling."
            )

    def _check_or_create(self, connection: sqlite3.Connection) -> None:
        is_ours = schema.check_header(connection, self._path)
        schema.check_size(connection, self._path)
        if is_ours:
            schema.check_pages(connection, self._path)
        else:
            schema.create(connection)


@contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # SQLite has already rolled back after some failures, such as a full disk.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
