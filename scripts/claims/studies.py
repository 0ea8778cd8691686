"""Where the claims' studies are written, and the seeds that they are run with.

The studies of the first seed are the ones that the lessons' pages open with; with other seeds
they go to a folder that is thrown away, as the pages tell of the first ones' figures.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

SHIPPED = Path(__file__).parents[2] / "notebooks" / "studies"
FIRST_SEED = 1
VARIABLE = "TUNEWIDGETS_CLAIMS_SEED"


def first_seed() -> int:
    """Give the seed that counting starts from: that of the page's figures, or another."""
    return int(os.environ.get(VARIABLE, FIRST_SEED))


def seeds(n: int = 3) -> list[int]:
    """Give the seeds of so many repeats."""
    return [first_seed() + step for step in range(n)]


def fresh(name: str) -> Path:
    """Give the path of a study's file that does not exist yet, as ``storage=``.

    Parameters
    ----------
    name
        The notebook's, as ``"03_grid_random"``: `lesson.stored` finds it by this.
    """
    folder = SHIPPED if first_seed() == FIRST_SEED else _thrown_away()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.db"
    path.unlink(missing_ok=True)
    return path


def pack(file: Path) -> None:
    """Make a study's closed file as small as it can be, as everybody downloads it."""
    with closing(sqlite3.connect(file)) as database:
        database.execute("VACUUM")


def _thrown_away() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="tunewidgets-claims-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
