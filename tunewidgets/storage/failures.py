"""SQLite's error codes as sentences: the rule, what happened, the remedy."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tunewidgets.errors import StorageError

_SENTENCES: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("SQLITE_FULL", "SQLITE_IOERR"),
        "the disk must have room for {where} and take what is written, but got {what!r}: "
        "free space on the disk and try again; what was saved before is unharmed.",
    ),
    (
        ("SQLITE_READONLY_DBMOVED",),
        "{where} must stay in its place while a study is open, but it was moved or deleted: move "
        "it back, or keep study.dataframe() and make the study again.",
    ),
    (
        ("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH"),
        "{where} must be writable to train, but got {what!r}: allow writing to the file and its "
        "folder, or open it to look with tw.load.",
    ),
    (
        ("SQLITE_CANTOPEN",),
        "{where} and its folder must be accessible, but got {what!r}: check the path and the "
        "permissions.",
    ),
    (
        ("SQLITE_NOTADB",),
        "{where} must be a study file, but it is not an SQLite database: choose another path.",
    ),
    (
        ("SQLITE_CORRUPT", "SQLITE_FORMAT"),
        "{where} must be a whole study file, but it is damaged ({what!r}): put a copy in its "
        "place, or choose another path.",
    ),
    (
        ("SQLITE_BUSY", "SQLITE_LOCKED"),
        "{where} must not be locked by another program, but got {what!r} for 10 seconds: close "
        "it there and try again.",
    ),
)

_OTHERWISE = (
    "{where} must take what the study does with it, but got {what!r}: put a whole copy of the "
    "file in its place, or choose another path."
)


def name_of(path: Path | None) -> str:
    """Say which file, in a sentence."""
    return "the study in memory" if path is None else f"the file {str(path)!r}"


def damaged(path: Path | None, what: object) -> StorageError:
    """Tell that the content makes no sense."""
    sentence = next(words for codes, words in _SENTENCES if "SQLITE_CORRUPT" in codes)
    return StorageError(sentence.format(where=name_of(path), what=str(what)))


@contextmanager
def as_storage_errors(path: Path | None) -> Iterator[None]:
    """Turn the errors of SQLite into `StorageError`."""
    try:
        yield
    except (sqlite3.Error, OverflowError) as error:
        # Errors of Python's sqlite3 module itself carry no code of SQLite's.
        code = getattr(error, "sqlite_errorname", "")
        sentence = next(
            (words for codes, words in _SENTENCES if code.startswith(codes)), _OTHERWISE
        )
        raise StorageError(sentence.format(where=name_of(path), what=str(error))) from error
