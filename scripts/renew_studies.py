"""Bring the labs' stored studies into the tables of today: ``python scripts/renew_studies.py``.

For when ``storage/schema.py`` has changed and training everything again (``make lecture``) is not
wanted. Each file is made anew with today's tables, and every column that both have is copied; a
new column gets its default. Where that is not the whole story, train again.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import tunewidgets as tw
from tunewidgets.storage import schema

STUDIES = Path(__file__).parents[1] / "notebooks" / "studies"


def renew(file: Path) -> None:
    """Write a closed study file anew, in today's tables, and see that it opens.

    Raises
    ------
    StorageError
        Where what came of it does not open; the file is then left as it was.
    """
    made = file.with_suffix(".renewed.db")
    made.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(made, isolation_level=None)) as new:
            new.execute("BEGIN")
            schema.create(new)
            new.execute("COMMIT")
            new.execute("ATTACH ? AS old", (str(file),))
            for (table,) in new.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'"):
                _copy(new, table)
            new.execute("DETACH old")
            new.execute("VACUUM")
        tw.load(made).close()
        made.replace(file)
    finally:
        made.unlink(missing_ok=True)


def _copy(new: sqlite3.Connection, table: str) -> None:
    shared = [name for name in _columns(new, "main", table) if name in _columns(new, "old", table)]
    if shared:
        names = ", ".join(f'"{name}"' for name in shared)
        # Names from our own tables; SQL takes no placeholders for them.
        new.execute(f'INSERT INTO main."{table}" ({names}) SELECT {names} FROM old."{table}"')  # noqa: S608


def _columns(new: sqlite3.Connection, place: str, table: str) -> list[str]:
    found = new.execute("SELECT name FROM pragma_table_info(?, ?)", (table, place))
    return [name for (name,) in found]


def main(files: Sequence[str]) -> None:
    """Renew the files named, or all that come with the labs."""
    for file in map(Path, files) if files else sorted(STUDIES.glob("*.db")):
        renew(file)
        sys.stdout.write(f"{file.name}: {file.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1:])
