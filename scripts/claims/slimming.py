"""Make a study's file small enough to come with the lessons.

The histories take most of it: one row an epoch and metric. A lesson keeps those that it shows, and
does without the best model's weights, which would be trained anew when asked for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path


def slim(path: Path, metrics: Sequence[str]) -> None:
    """Drop weights and metrics from a closed study's file.

    Parameters
    ----------
    path
        The file's.
    metrics
        Metric keys whose histories go.
    """
    with closing(sqlite3.connect(path)) as file:
        with file:
            file.execute("DELETE FROM weights")
            for key in metrics:
                file.execute(
                    "DELETE FROM epoch WHERE metric IN (SELECT id FROM metric WHERE key = ?)",
                    (key,),
                )
                file.execute("DELETE FROM metric WHERE key = ?", (key,))
        file.execute("VACUUM")
