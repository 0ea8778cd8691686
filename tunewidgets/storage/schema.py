"""The tables of a study file, and how a file is opened without harming what it may be.

A file's header says whose it is (``application_id``) and how it is laid out
(``user_version``). It is read first through a connection that takes no locks and replays no
journal, so that a database of another program is refused before anything can touch it.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from tunewidgets.errors import StorageError
from tunewidgets.storage.failures import as_storage_errors, damaged, name_of

APPLICATION_ID = 0x74756E65
"""``tune`` in ASCII: tells our files from other SQLite databases."""

VERSION = 1
"""Of the tables below; a file of a newer version is refused."""

BUSY_TIMEOUT_S = 10.0

_TABLES = (
    """
    CREATE TABLE study (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        objective TEXT NOT NULL,
        direction TEXT NOT NULL,
        space TEXT NOT NULL,
        settings TEXT NOT NULL,
        level INTEGER NOT NULL DEFAULT 1,
        writer_pid INTEGER,
        writer_started REAL,
        writer_host TEXT,
        writer_token TEXT
    )
    """,
    """
    CREATE TABLE level (
        study INTEGER NOT NULL REFERENCES study,
        number INTEGER NOT NULL,
        parent INTEGER,
        space TEXT NOT NULL,
        PRIMARY KEY (study, number)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE search (
        id INTEGER PRIMARY KEY,
        study INTEGER NOT NULL REFERENCES study,
        name TEXT NOT NULL,
        sampler TEXT NOT NULL,
        n_trials INTEGER,
        folds INTEGER,
        seed INTEGER NOT NULL,
        level INTEGER NOT NULL,
        space TEXT NOT NULL,
        fixed TEXT NOT NULL,
        n_points INTEGER NOT NULL,
        is_shuffled INTEGER NOT NULL,
        pruner TEXT,
        budget_s REAL,
        spent_s REAL NOT NULL,
        n_drawn INTEGER NOT NULL,
        state TEXT NOT NULL,
        note TEXT,
        rungs TEXT NOT NULL DEFAULT '[]',
        UNIQUE (study, name)
    )
    """,
    """
    CREATE TABLE trial (
        id INTEGER PRIMARY KEY,
        study INTEGER NOT NULL REFERENCES study,
        number INTEGER NOT NULL,
        params TEXT NOT NULL,
        origin TEXT NOT NULL,
        level INTEGER NOT NULL,
        UNIQUE (study, number)
    )
    """,
    # run.value has no type: NULL is no value, the text 'nan' is NaN.
    """
    CREATE TABLE run (
        id INTEGER PRIMARY KEY,
        trial INTEGER NOT NULL REFERENCES trial,
        position INTEGER NOT NULL,
        seed INTEGER NOT NULL,
        fold INTEGER,
        state TEXT NOT NULL,
        seconds REAL NOT NULL,
        value,
        error TEXT,
        traceback TEXT,
        engine TEXT,
        n_weights INTEGER,
        summary TEXT,
        warning TEXT,
        build_seconds REAL NOT NULL DEFAULT 0,
        first_epoch_seconds REAL NOT NULL DEFAULT 0,
        epochs_seconds REAL NOT NULL DEFAULT 0,
        scores TEXT NOT NULL DEFAULT '{}',
        score_seconds REAL NOT NULL DEFAULT 0,
        judge_seconds REAL NOT NULL DEFAULT 0,
        goal INTEGER,
        UNIQUE (trial, position)
    )
    """,
    "CREATE TABLE metric (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE)",
    # epoch.number is from 0; value is NULL for NaN.
    """
    CREATE TABLE epoch (
        run INTEGER NOT NULL REFERENCES run,
        number INTEGER NOT NULL,
        metric INTEGER NOT NULL REFERENCES metric,
        value REAL,
        PRIMARY KEY (run, number, metric)
    ) WITHOUT ROWID
    """,
    # What a run's model predicted last: float32, a row of outputs for each point of a grid whose
    # spans are JSON; or, in a sentence, why there is nothing.
    """
    CREATE TABLE thought (
        run INTEGER PRIMARY KEY REFERENCES run,
        epoch INTEGER NOT NULL,
        spans TEXT NOT NULL,
        outputs BLOB NOT NULL,
        trouble TEXT
    )
    """,
    """
    CREATE TABLE weights (
        study INTEGER PRIMARY KEY REFERENCES study,
        run INTEGER NOT NULL REFERENCES run,
        archive BLOB NOT NULL
    )
    """,
)


def check_path(path: Path, *, read_only: bool) -> None:
    """See that a study file can be at the path, without touching it.

    Raises
    ------
    StorageError
        When it cannot.
    """
    where = name_of(path)
    try:
        exists, is_folder, has_folder = path.exists(), path.is_dir(), path.parent.is_dir()
    except OSError as error:
        raise StorageError(
            f"{where} must be accessible, but got {error.strerror!r}: check the permissions."
        ) from error
    if is_folder:
        raise StorageError(
            f"a study is kept in a file, but {str(path)!r} is a folder: "
            "add a file name, as in 'study.db'."
        )
    if not has_folder:
        raise StorageError(
            f"the folder of {where} must exist, but there is none: "
            f"create {str(path.parent)!r} first, or check the spelling."
        )
    if read_only:
        if not exists:
            raise StorageError(
                f"{where} must exist to be opened to look, but there is none: check the spelling."
            )
    elif not os.access(path.parent, os.W_OK | os.X_OK):
        raise StorageError(
            f"the folder of {where} must be writable, but it is read-only: "
            "choose another folder, or open the file to look with tw.load."
        )
    elif exists and not os.access(path, os.W_OK):
        raise StorageError(
            f"{where} must be writable to train, but it is read-only: "
            "allow writing, or open it to look with tw.load."
        )


def connect(path: Path | None, mode: str) -> sqlite3.Connection:
    """Connect to the file, or to a new database in memory without a path.

    Parameters
    ----------
    path
        Absolute.
    mode
        The query of an SQLite URI: ``mode=ro``, ``mode=rw``, ``mode=rwc``.
    """
    # A leading slash more than the path's own, so that neither a drive nor a server's name is
    # taken for the authority of the URI; fsencode lets any file name through.
    place = ":memory:"
    if path is not None:
        place = "file://" + quote(os.fsencode("/" + path.as_posix().removeprefix("/"))) + "?" + mode
    connection = sqlite3.connect(
        place, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def prepare_to_write(connection: sqlite3.Connection) -> None:
    """Set what matters to a writer; a looker-on may be unable to, as this reads the file."""
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")


def check_header(connection: sqlite3.Connection, path: Path | None) -> bool:
    """See whose database it is.

    Returns
    -------
    bool
        Whether it holds our tables; False when it is empty.

    Raises
    ------
    StorageError
        When it is another program's, or of a newer version.
    """
    application: int = connection.execute("PRAGMA application_id").fetchone()[0]
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    n_tables: int = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if application == 0 and version == 0 and n_tables == 0:
        return False
    if application != APPLICATION_ID or version < 1:
        raise StorageError(
            f"{name_of(path)} must be a study file, but it is the SQLite database of another "
            "program: choose another path."
        )
    if version > VERSION:
        raise StorageError(
            f"{name_of(path)} must be of version {VERSION} or older, but it is of version "
            f"{version}: upgrade tunewidgets to open it."
        )
    return True


def check_untouched(path: Path) -> None:
    """Refuse another program's database while it cannot be touched: no locks, no journal.

    Raises
    ------
    StorageError
        When it is another program's, of a newer version, or no database.
    """
    with as_storage_errors(path):
        try:
            with closing(connect(path, "mode=ro&immutable=1")) as connection:
                check_header(connection, path)
        except sqlite3.DatabaseError as error:
            # A journal that was left behind may mend this: for the proper connection to tell.
            if not getattr(error, "sqlite_errorname", "").startswith("SQLITE_CORRUPT"):
                raise


def check_size(connection: sqlite3.Connection, path: Path | None) -> None:
    """See that the file ends where a page ends, inside the transaction of the caller.

    SQLite itself takes what is missing for zeros, and a few bytes for an empty database.

    Raises
    ------
    StorageError
        When it does not.
    """
    page_size: int = connection.execute("PRAGMA page_size").fetchone()[0]
    if path is not None and (size := path.stat().st_size) % page_size:
        raise damaged(path, f"its {size:,} bytes are no whole pages")


def check_pages(connection: sqlite3.Connection, path: Path | None) -> None:
    """See that every page is where it belongs, before anything is written to a damaged file.

    Raises
    ------
    StorageError
        When one is not.
    """
    found: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise damaged(path, " ".join(found.split()))


def create(connection: sqlite3.Connection) -> None:
    """Make the tables, inside the transaction of the caller."""
    for table in _TABLES:
        connection.execute(table)
    # PRAGMA takes no placeholders; both are constants of ours.
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID:d}")
    connection.execute(f"PRAGMA user_version = {VERSION:d}")
