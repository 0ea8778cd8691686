"""Panels behind tabs: only the one that is shown is drawn.

A panel is made when its tab is first pressed, and stays in the page, hidden, so that it keeps its
scroll and its zoom. One that has been asked for, to be placed somewhere else too, is drawn always.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

import anywidget
import ipywidgets
import traitlets

from tunewidgets.language import translate as tr
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
        Title of each tab, in English, and what makes its panel; the first one is shown.
    send
        Raises commands.

    Attributes
    ----------
    widget
        The tabs with the panel shown.
    made
        The panels that there are so far, by English title.
    """

    def __init__(self, entries: Sequence[tuple[str, Callable[[], Panel]]], send: Send) -> None:
        self._send = send
        self._makers = dict(entries)
        self._lock = threading.Lock()
        self.made: dict[str, Panel] = {}
        self._bar = TabBar(titles=[tr(title) for title in self._makers])
        self._bar.observe(lambda _: send(Touched()), names="shown")
        self._slots = {title: ipywidgets.Box() for title in self._makers}
        for slot in self._slots.values():
            slot.add_class("tw-tab-panel")
        self._placed: set[str] = set()
        stack = ipywidgets.Box(list(self._slots.values()))
        stack.add_class("tw-tab-stack")
        self.widget = ipywidgets.VBox([self._bar, stack])
        self.widget.add_class("tw-tabs")

    @property
    def widgets(self) -> tuple[ipywidgets.Widget, ...]:
        """The tabs' own widget, and those of panels that may not be in it yet."""
        return (self.widget, *(panel.widget for panel in self.made.values()))

    def place(self, title: str) -> ipywidgets.Widget:
        """Give a panel's widget to be placed somewhere else too: it is drawn always from now on."""
        panel = self._panel(title)
        if title not in self._placed:
            self._placed.add(title)
            self._send(Touched())
        return panel.widget

    def render(self, snapshot: Snapshot) -> None:
        """Show the panel chosen, and draw it and those placed elsewhere."""
        for index, (title, slot) in enumerate(self._slots.items()):
            is_shown = index == self._bar.shown
            if is_shown or title in self._placed:
                self._panel(title).render(snapshot)
            if is_shown and not slot.children:
                slot.children = (self._panel(title).widget,)
            show(slot, is_shown)

    def _panel(self, title: str) -> Panel:
        """Make a panel once: a cell that asks for it may do so while the lab draws."""
        with self._lock:
            if title not in self.made:
                self.made = self.made | {title: self._makers[title]()}
            return self.made[title]
