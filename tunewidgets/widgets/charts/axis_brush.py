"""The brush over the axes of parallel coordinates, and the fields that do the same by keyboard.

Whichever was moved last leads: a brush that is let go shows in the fields, and fields that are set
draw the brush. It is taken away once something else than what it holds is selected elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bqplot
import ipywidgets
import numpy as np

from tunewidgets.widgets.charts.parallel_data import Frame, crossed
from tunewidgets.widgets.charts.reach import Reach, stops_of
from tunewidgets.widgets.commands import Select, Send
from tunewidgets.widgets.limits import Limits
from tunewidgets.widgets.theme import ACCENT

HALF = 0.12
"""How far the brush that the fields draw reaches beside its axis."""

Held = tuple[Limits | None, Limits | None]
"""What a brush covers across the axes, and up them."""

NOTHING: Held = (None, None)


class AxisBrush:
    """Brush and fields.

    Parameters
    ----------
    scales
        The chart's x and y.
    caught
        Gives the trials that a brush holds, by its ends across and up.
    send
        Raises commands.

    Attributes
    ----------
    interaction
        For the figure.
    axis, reach
        The fields.
    """

    def __init__(
        self,
        scales: tuple[bqplot.Scale, bqplot.Scale],
        caught: Callable[[Limits, Limits], tuple[int, ...]],
        send: Send,
    ) -> None:
        self._caught = caught
        self._send = send
        self._held, self._shown = NOTHING, NOTHING
        self._said: tuple[Any, ...] = ()
        self._caught_last: tuple[int, ...] = ()
        self._selected: tuple[int, ...] = ()
        self.axis = ipywidgets.Dropdown(options=[""])
        self.reach = Reach()
        self.interaction = bqplot.interacts.BrushSelector(
            x_scale=scales[0], y_scale=scales[1], marks=[], color=ACCENT
        )
        for name in ("selected_x", "selected_y", "brushing"):
            self.interaction.observe(lambda _: self._hear(), names=name)

    def sync(self, frame: Frame, selected: tuple[int, ...]) -> None:
        """Bring brush and fields into step.

        Parameters
        ----------
        frame
            The axes drawn.
        selected
            The trials that are selected now.
        """
        if self.interaction.brushing:
            return
        if list(self.axis.options) != list(frame.names):
            chosen = self.axis.value
            self.axis.options = frame.names
            self.axis.value = chosen if chosen in frame.names else frame.names[-1]
        if selected != self._selected:
            self._selected = selected
            if selected != self._caught_last and self._held != NOTHING:
                self._draw(NOTHING)
        held = self._held
        if held != self._shown:
            x, y = held
            axes = [] if x is None or y is None else list(crossed(frame, x))
            if len(axes) == 1:
                self.axis.value = frame.names[axes[0]]
            self._offer(frame)
            self.reach.choose(y if len(axes) == 1 else None)
        else:
            self._offer(frame)
            if self._fields() != self._said:
                at, span = frame.names.index(self.axis.value), self.reach.span
                held = NOTHING if span is None else ((at - HALF, at + HALF), span)
                self._draw(held)
                self._select(held)
        self._shown, self._said = held, self._fields()

    def _fields(self) -> tuple[Any, ...]:
        """Give what the fields say; another axis with nothing brushed says nothing new."""
        return () if self.reach.span is None else (self.axis.value, self.reach.index)

    def _offer(self, frame: Frame) -> None:
        at = frame.names.index(self.axis.value)
        self.reach.offer(frame.names[at], stops_of(frame.rulers[at]))

    def _draw(self, held: Held) -> None:
        self._held = held  # so that it is not heard again
        x, y = (None if ends is None else np.array(ends, np.float64) for ends in held)
        with self.interaction.hold_sync(), self.interaction.hold_trait_notifications():
            self.interaction.selected_x, self.interaction.selected_y = x, y

    def _hear(self) -> None:
        """Select what the brush holds once it is let go; nothing where it was only a press."""
        brush = self.interaction
        if brush.brushing:
            return
        held = _span(brush.selected_x), _span(brush.selected_y)
        before, self._held = self._held, held
        if held != before and (None not in held or (held == NOTHING and None not in before)):
            self._select(held)

    def _select(self, held: Held) -> None:
        x, y = held
        self._caught_last = () if x is None or y is None else self._caught(x, y)
        self._send(Select(self._caught_last))


def _span(ends: Any) -> Limits | None:
    """Give the ends of a brush along one axis; None for no brush."""
    return None if ends is None or len(ends) < 2 else (float(ends[0]), float(ends[1]))
