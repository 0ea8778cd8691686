"""Panels behind tabs: only the one that is shown is drawn.

A panel's widget comes into the page when its tab is first pressed, and stays there, hidden, so
that it keeps its scroll and its zoom. One that has been placed somewhere else too is drawn always.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import anywidget
import ipywidgets
import traitlets

from tunewidgets.snapshot import Snapshot
from tunewidgets.widgets.commands import Send, Touched
from tunewidgets.widgets.markup import show
from tunewidgets.widgets.theme import static


class Panel(Protocol):
    """A part of the lab that renders a snapshot."""

    @property
    def widget(self) -> ipywidgets.Widget:
        """What is put into the page."""

    def render(self, snapshot: Snapshot) -> None:
        """Send what changed."""


class TabBar(anywidget.AnyWidget):
    """The row of tabs; the panels are the children of the box that follows it."""

    _esm = static("tabs.js")

    titles = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """What the tabs are called."""

    shown = traitlets.Int(0).tag(sync=True)
    """Position of the one that is shown."""


class Tabs:
    """The panel of panels.

    Parameters
    ----------
    entries
        Title and panel of each tab; the first one is shown.
    send
        Raises commands.

    Attributes
    ----------
    widget
        The tabs with the panel shown.
    panels
        All panels, shown or not.
    """

    def __init__(self, entries: Sequence[tuple[str, Panel]], send: Send) -> None:
        self._send = send
        self.panels = tuple(panel for _, panel in entries)
        self._bar = TabBar(titles=[title for title, _ in entries])
        self._bar.observe(lambda _: send(Touched()), names="shown")
        self._slots = [ipywidgets.Box() for _ in entries]
        for slot in self._slots:
            slot.add_class("tw-tab-panel")
        self._placed: set[int] = set()
        stack = ipywidgets.Box(self._slots)
        stack.add_class("tw-tab-stack")
        self.widget = ipywidgets.VBox([self._bar, stack])
        self.widget.add_class("tw-tabs")

    @property
    def widgets(self) -> tuple[ipywidgets.Widget, ...]:
        """The tabs' own widget, and those of panels that may not be in it yet."""
        return (self.widget, *(panel.widget for panel in self.panels))

    def place(self, panel: Panel) -> ipywidgets.Widget:
        """Give a panel's widget to be placed somewhere else too: it is drawn always from now on."""
        index = self.panels.index(panel)
        if index not in self._placed:
            self._placed.add(index)
            self._send(Touched())
        return panel.widget

    def render(self, snapshot: Snapshot) -> None:
        """Show the panel chosen, and draw it and those placed elsewhere."""
        for index, (slot, panel) in enumerate(zip(self._slots, self.panels, strict=True)):
            is_shown = index == self._bar.shown
            if is_shown or index in self._placed:
                panel.render(snapshot)
            if is_shown and not slot.children:
                slot.children = (panel.widget,)
            show(slot, is_shown)
