"""A chart as a table: for those who read rather than look, and as a file of figures."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

from tunewidgets import format as fmt
from tunewidgets.values import is_number


@dataclass(frozen=True, slots=True)
class Table:
    """Figures in rows and columns.

    Attributes
    ----------
    caption
        What they are.
    heads
        Names of the columns.
    rows
        Numbers, words, or None for nothing; as many a row as there are heads.
    """

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def shown(self) -> dict[str, Any]:
        """Give what a page shows: every figure as people write it."""
        numeric = [
            all(is_number(row[i]) or row[i] is None for row in self.rows)
            for i in range(len(self.heads))
        ]
        cells = [["" if cell is None else fmt.text(cell) for cell in row] for row in self.rows]
        return {
            "caption": self.caption,
            "heads": list(self.heads),
            "numeric": numeric,
            "rows": cells,
        }

    def csv(self) -> str:
        """Give the figures in full, as comma-separated values."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(self.heads)
        writer.writerows(["" if cell is None else cell for cell in row] for row in self.rows)
        return out.getvalue()
