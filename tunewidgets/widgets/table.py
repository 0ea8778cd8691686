"""The run list's table: an accessible HTML table whose rows travel one by one.

A thousand rows are too many to send at every epoch, so `content` is edited in place, which sends
nothing, and a message carries only the rows that changed. Each message has a number; a page that
missed one (because it was just being loaded) asks for the whole, which `content` always holds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import traitlets

from tunewidgets.widgets.scripted import Scripted, script
from tunewidgets.widgets.theme import style_sheet

Row = dict[str, Any]
"""What the page needs of one trial: plain JSON, see `leaderboard.row`."""

Tell = Callable[[dict[str, Any]], None]


class RunTable(Scripted):
    """A sortable table with selectable rows; it reports presses and decides nothing.

    The lab's one style sheet travels with it, since it puts it once into the page's head.
    """

    _esm = script("table_page.js", "table.js")
    _css = style_sheet()

    columns = traitlets.List().tag(sync=True)
    """Column heads: dicts with ``key``, ``label``, ``title`` and ``numeric``."""

    content = traitlets.Dict().tag(sync=True)
    """``rows``, every row in order of number, and ``revision``, the number of the last message.

    Edited in place by `patch`.
    """

    selected = traitlets.List(traitlets.Int()).tag(sync=True)
    """Numbers of the selected trials."""

    colours = traitlets.Dict().tag(sync=True)
    """Trial number, as text, to the CSS colour of its curve."""

    def __init__(self, tell: Tell) -> None:
        super().__init__(content={"revision": 0, "rows": []})
        self._tell = tell
        self.on_msg(self._hear)

    @property
    def rows(self) -> list[Row]:
        """Every row, in order of number."""
        rows: list[Row] = self.content["rows"]
        return rows

    def patch(self, rows: list[Row]) -> None:
        """Show these rows, sending those that are new or changed."""
        shown = self.rows
        changed = [
            (i, row)
            for i, row in enumerate(rows)
            if i >= len(shown) or (shown[i] is not row and shown[i] != row)
        ]
        if changed:
            shown[:] = rows
            self.content["revision"] += 1
            revision = self.content["revision"]
            self.send({"kind": "patch", "revision": revision, "rows": changed})

    def ask(self) -> None:
        """Ask the pages whether they are there; each tells ``here``."""
        self.send({"kind": "ask"})

    def _hear(self, _: Any, content: dict[str, Any], __: Any) -> None:
        if content.get("kind") == "resend":
            self.send_state("content")
        else:
            self._tell(content)
