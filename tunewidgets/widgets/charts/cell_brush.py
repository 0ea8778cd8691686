"""Choosing cells of a heat map: a press on one of them, or two fields that hold a block of them.

The block is outlined on the map, and the outline goes once something else is selected elsewhere.
"""

from __future__ import annotations

from typing import Any

import bqplot
import numpy as np

from tunewidgets.widgets.charts.card import PASSIVE
from tunewidgets.widgets.charts.heat_cells import Cells, Side
from tunewidgets.widgets.charts.reach import Reach, Stop
from tunewidgets.widgets.commands import Select, Send
from tunewidgets.widgets.sending import set_traits
from tunewidgets.widgets.theme import ACCENT

Block = tuple[tuple[int, int], tuple[int, int]]
"""First and last column, first and last row."""


class CellBrush:
    """Fields and outline.

    Parameters
    ----------
    scales
        The chart's x and y, in cells.
    send
        Raises commands.

    Attributes
    ----------
    across, up
        The fields, of columns and of rows.
    mark
        The outline.
    """

    def __init__(self, scales: dict[str, Any], send: Send) -> None:
        self._send = send
        self._pressed: Block | None = None
        self._said: Block | None = None
        self._cells: Cells | None = None
        self._caught: tuple[int, ...] = ()
        self._selected: tuple[int, ...] = ()
        self.across, self.up = Reach(), Reach()
        self.mark = bqplot.Lines(
            x=[], y=[], colors=[ACCENT], stroke_width=2.5, apply_clip=False, scales=scales,
            **PASSIVE,
        )  # fmt: skip

    def press(self, row: int, column: int) -> None:
        """Select the trials of a cell; of one without any, nothing happens."""
        block = (column, column), (row, row)
        numbers = () if self._cells is None else _inside(self._cells, block)
        if numbers:
            self._pressed, self._caught = block, numbers
            self._send(Select(numbers))

    def sync(self, cells: Cells, selected: tuple[int, ...]) -> None:
        """Bring fields, outline and selection into step.

        Parameters
        ----------
        cells
            The map drawn.
        selected
            The trials that are selected now.
        """
        self._cells = cells
        for reach, side in ((self.across, cells.across), (self.up, cells.up)):
            reach.offer(side.gauge.name, _stops(side))
        pressed, self._pressed = self._pressed, None
        if pressed is not None:
            self._show(pressed)
            self._said = self._block()
        if selected != self._selected:
            self._selected = selected
            if selected != self._caught and self._block() is not None:
                self._show(None)
                self._said = None
        if self._block() != self._said:
            self._said = block = self._block()
            self._caught = () if block is None else _inside(cells, block)
            self._send(Select(self._caught))
        self._draw(self._said)

    def _block(self) -> Block | None:
        """Give the block that the fields hold; None for the whole map."""
        if self.across.is_whole and self.up.is_whole:
            return None
        return self.across.index, self.up.index

    def _show(self, block: Block | None) -> None:
        for reach, at in zip((self.across, self.up), block or (None, None), strict=True):
            reach.choose(None if at is None else (float(at[0]), float(at[1] + 1)))

    def _draw(self, block: Block | None) -> None:
        x = y = np.zeros(0, np.float32)
        if block is not None:
            (left, right), (low, high) = block
            x = np.array([left, right + 1, right + 1, left, left], np.float32)
            y = np.array([low, low, high + 1, high + 1, low], np.float32)
        if not (np.array_equal(x, self.mark.x) and np.array_equal(y, self.mark.y)):
            set_traits(self.mark, x=x, y=y)


def _stops(side: Side) -> tuple[Stop, ...]:
    return tuple((float(i), float(i + 1), word) for i, word in enumerate(side.words))


def _inside(cells: Cells, block: Block) -> tuple[int, ...]:
    """Give the trials of a block, in order."""
    (left, right), (low, high) = block
    return tuple(
        sorted(
            outcome.number
            for (row, column), members in cells.members.items()
            if low <= row <= high and left <= column <= right
            for outcome in members
        )
    )
