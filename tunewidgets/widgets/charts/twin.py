"""What lies beside every chart: its table, and saving it as a picture or as data.

The table is made and sent only while a page shows it, the data only when somebody saves them.
Pictures are made in the page, from what it shows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import traitlets

from tunewidgets.language import speaking
from tunewidgets.language import translate as tr
from tunewidgets.widgets.charts.table import Table
from tunewidgets.widgets.commands import Send, Touched
from tunewidgets.widgets.scripted import Scripted, script


class Twin(Scripted):
    """The small buttons in a chart's corner, and the table that may cover it.

    Parameters
    ----------
    title
        Of the chart, in English, which names the files.
    send
        Raises commands.
    """

    _esm = script("twin.js")

    title = traitlets.Unicode().tag(sync=True)
    """The chart's title, in the buttons' names."""

    file = traitlets.Unicode().tag(sync=True)
    """What saved files are called, without an ending."""

    is_open = traitlets.Bool(False).tag(sync=True)
    """Whether the table is shown."""

    content = traitlets.Dict().tag(sync=True)
    """The table, see `Table.shown`; as of the last time that it was open."""

    def __init__(self, title: str, send: Send) -> None:
        super().__init__(title=tr(title), file=title.lower().replace(" ", "-"))
        self._wake = send
        self._asked: deque[str] = deque()
        self._shown: Any = None
        self.add_class("tw-twin")
        self.observe(lambda _: send(Touched()), names="is_open")
        self.on_msg(self._hear)

    def render(
        self, key: Any, table: Callable[[], Table], data: Callable[[], Table] | None = None
    ) -> None:
        """Send the table if it is open and its key is another, and data that were asked for.

        Parameters
        ----------
        key
            Tells whether the table has changed since it was sent.
        table
            Makes the table that is shown.
        data
            Makes the one that is saved, where it is another.
        """
        if self.is_open and key != self._shown:
            self._shown = key
            self.content = table().shown()
        while self._asked:
            with speaking("en"):  # in files, columns are called the same in every language
                made = (data or table)()
            self.send({"kind": "csv", "token": self._asked.popleft(), "text": made.csv()})

    def _hear(self, _: Any, content: dict[str, Any], __: Any) -> None:
        match content:
            case {"kind": "csv", "token": str(token)}:
                self._asked.append(token)
                self._wake(Touched())
