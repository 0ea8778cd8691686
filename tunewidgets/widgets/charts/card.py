"""The frame of a chart: title and fields, the figure, a sentence while it is empty, its twin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import bqplot
import ipywidgets

from tunewidgets.language import translate as tr
from tunewidgets.widgets.charts.twin import Twin
from tunewidgets.widgets.commands import Send, Touched
from tunewidgets.widgets.markup import heading, line, show, unseen
from tunewidgets.widgets.names import Names
from tunewidgets.widgets.theme import FAINT, TEXT

STILL: dict[str, Any] = {"preserve_domain": {"x": True, "y": True}}
"""For marks that leave the axes alone: bqplot would look through all their points for the ends."""

PASSIVE: dict[str, Any] = {"enable_hover": False, "interactions": {}, **STILL}
"""For marks that do not hear the pointer either."""

AXIS: dict[str, Any] = {"grid_color": FAINT, "color": TEXT, "label_color": TEXT}
OUTSIDE = -1e6


class Card:
    """A chart's frame.

    Parameters
    ----------
    title
        In the heading, and in English in the names of saved files.
    figure
        The chart.
    fields
        What a person can set, each with its label for screen readers, in English.
    send
        Raises commands.

    Attributes
    ----------
    widget
        The whole.
    twin
        The table and the saving.
    """

    def __init__(
        self,
        title: str,
        figure: ipywidgets.DOMWidget,
        fields: Sequence[tuple[str, ipywidgets.DOMWidget]],
        send: Send,
    ) -> None:
        self._figure = figure
        self._note = ipywidgets.HTML()
        self._note.add_class("tw-chart-note")
        named = [unseen(tr(label), widget) for label, widget in fields]
        head = ipywidgets.Box([heading(tr(title)), self._note, *named, Names()])
        head.add_class("tw-chart-head")
        self._empty = ipywidgets.HTML()
        self._empty.add_class("tw-empty")
        self.twin = Twin(title, send)
        area = ipywidgets.Box([figure, self._empty, self.twin])
        area.add_class("tw-chart")
        self.widget = ipywidgets.VBox([head, area])
        self.widget.add_class("tw-card")
        self.widget.add_class("tw-chart-card")
        for _, widget in fields:
            widget.observe(lambda _: send(Touched()), names="value")

    def say(self, words: str) -> None:
        """Say in the chart's place what to do first; nothing for an empty sentence."""
        self._empty.value = line(words)
        show(self._empty, bool(words))
        (self._figure.add_class if words else self._figure.remove_class)("tw-blank")

    def note(self, html: str) -> None:
        """Show a few words beside the title; they must be escaped."""
        self._note.value = html


def figure(marks: Sequence[Any], axes: Sequence[Any], margin: dict[str, int]) -> bqplot.Figure:
    """Make a figure that moves nothing by itself and follows the page's theme."""
    made = bqplot.Figure(
        marks=list(marks),
        axes=list(axes),
        fig_margin=margin,
        animation_duration=0,
        display_toolbar=False,
        padding_y=0,
        background_style={"fill": "transparent"},
    )
    made.add_class("tw-figure")
    return made


def dots(scales: dict[str, Any], **style: Any) -> bqplot.Scatter:
    """Make dots that tell their names under the pointer and can be pressed."""
    tooltip = bqplot.Tooltip(fields=["name"], show_labels=False)
    tooltip.add_class("tw-tooltip")
    return bqplot.Scatter(
        x=[], y=[], names=[], display_names=False, tooltip=tooltip, tooltip_style={"opacity": 1},
        interactions={"hover": "tooltip"}, scales=scales, **{"stroke_width": 0, **STILL, **style},
    )  # fmt: skip


def on_press(mark: bqplot.Scatter, press: Callable[[int], None]) -> None:
    """Have a function called with the index of a dot that is pressed."""
    mark.on_element_click(lambda _, content: press(int(content["data"]["index"])))
