"""The trail of levels: where the search is, how to go back up, and how to go on inside.

Levels are a tree. The trail shows the way from level 1 to the present one, then the levels that
were opened inside the present one, and at its end what is brushed: the level that there could be.
"""

from __future__ import annotations

from collections.abc import Mapping

import ipywidgets

from tunewidgets import format as fmt
from tunewidgets.distributions import Categorical, Distribution
from tunewidgets.language import counted, later
from tunewidgets.language import translate as tr
from tunewidgets.level import Level
from tunewidgets.snapshot import Snapshot
from tunewidgets.space import SearchSpace
from tunewidgets.widgets.commands import Bounds, GoTo, Send, Suggest, Zoom
from tunewidgets.widgets.control import mark
from tunewidgets.widgets.controls import Controls
from tunewidgets.widgets.inputs import in_powers
from tunewidgets.widgets.markup import Kind, line, show
from tunewidgets.widgets.names import Names

LEAST_COMPLETE = 4
SUGGEST_TOOLTIP = later("Brush the box around the best quarter of the trials; nothing is started")
HERE_TOOLTIP = later("Open the next level in what is brushed, and search it as set under Search")
WHERE = later("Drag over the dots below to choose where")
NOTHING_BRUSHED = later("Drag over the dots of a strip, or move a range's handles, to say where")


class Trail:
    """The panel of levels.

    Parameters
    ----------
    controls
        Give what is brushed.
    send
        Raises commands.
    """

    def __init__(self, controls: Controls, send: Send) -> None:
        self._controls = controls
        self._send = send
        self._words: tuple[str, Kind] = ("", "quiet")
        self._said_of: Mapping[str, Bounds] = {}
        self._buttons: dict[int, ipywidgets.Button] = {}
        self._levels = ipywidgets.Box()
        self._levels.add_class("tw-levels")
        self._next, self._answer = ipywidgets.HTML(), ipywidgets.HTML()
        self._next.add_class("tw-next")
        self._suggest = ipywidgets.Button(description=tr("Suggest"), tooltip=tr(SUGGEST_TOOLTIP))
        self._here = ipywidgets.Button(description=tr("Search here"), tooltip=tr(HERE_TOOLTIP))
        self._here.add_class("tw-second")
        self._suggest.on_click(lambda _: send(Suggest()))
        self._here.on_click(lambda _: send(Zoom(self._controls.zoom)))
        actions = ipywidgets.Box([self._suggest, self._here])
        actions.add_class("tw-buttons")
        head = ipywidgets.Box([self._levels, actions, Names()])
        head.add_class("tw-trail-head")
        self.widget = ipywidgets.VBox([head, self._next, self._answer])
        self.widget.add_class("tw-card")
        self.widget.add_class("tw-trail")

    def say(self, sentence: str, kind: Kind = "quiet") -> None:
        """Answer a press in words, at once."""
        self._words, self._said_of = (sentence, kind), self._controls.zoom
        self._answer.value = line(sentence, kind)
        show(self._answer, bool(sentence))

    def render(self, snapshot: Snapshot) -> None:
        """Show the way to the present level, and what could be done from there."""
        self._render_levels(snapshot)
        self._render_next(snapshot)
        if self._controls.zoom != self._said_of:
            self._words = ("", "quiet")  # it was about other ranges
        self._answer.value = line(*self._words)
        show(self._answer, bool(self._words[0]))

    def _render_levels(self, snapshot: Snapshot) -> None:
        inner = [level for level in snapshot.levels if level.parent == snapshot.level]
        shown = (*snapshot.trail, *inner)
        for level in shown:
            if level.number not in self._buttons:
                self._buttons[level.number] = self._button(level, snapshot)
            button = self._buttons[level.number]
            is_here = level.number == snapshot.level
            mark(button, "tw-here", is_here)
            mark(button, "tw-inner", level in inner)
            there = tr("Go to level {n}", n=level.number)
            words = tr("The level shown") if is_here else there
            button.tooltip = tr(snapshot.cannot_train or words)
            button.disabled = snapshot.cannot_train is not None and not is_here
        numbers = [level.number for level in shown]
        for number, button in self._buttons.items():
            show(button, number in numbers)
        if len(self._levels.children) < len(self._buttons):
            # An inner level was opened later, so the order of numbers is that of the way.
            self._levels.children = [button for _, button in sorted(self._buttons.items())]

    def _button(self, level: Level, snapshot: Snapshot) -> ipywidgets.Button:
        button = ipywidgets.Button(description=_name(level, snapshot))
        button.add_class("tw-level")
        button.on_click(lambda _: self._send(GoTo(level.number)))
        return button

    def _render_next(self, snapshot: Snapshot) -> None:
        brushed = self._controls.zoom
        n_complete = self._controls.n_valued
        space = snapshot.levels[snapshot.level - 1].space if snapshot.levels else None
        words = "" if space is None else ", ".join(told(space, brushed))
        # There is always room for its line, so that neither dots nor a brush move anything.
        self._next.value = line(words or (tr(WHERE) if n_complete else ""))
        mark(self._next, "tw-idle", not words)
        reason = snapshot.cannot_train or ("" if brushed else NOTHING_BRUSHED)
        self._here.disabled, self._here.tooltip = bool(reason), tr(reason or HERE_TOOLTIP)
        few = n_complete < LEAST_COMPLETE
        reason = counted(
            n_complete,
            "There must be {least} complete trials to compare: there is {n}",
            "There must be {least} complete trials to compare: there are {n}",
            least=LEAST_COMPLETE,
        )
        self._suggest.disabled = few
        self._suggest.tooltip = reason if few else tr(SUGGEST_TOOLTIP)


def told(space: Mapping[str, Distribution], bounds: Mapping[str, Bounds]) -> list[str]:
    """Write ranges in words: ``learning_rate 1.0e-3 … 1.0e-2``."""
    return [f"{space[name].label or name} {_range(space[name], b)}" for name, b in bounds.items()]


def _name(level: Level, snapshot: Snapshot) -> str:
    if level.parent is None:
        return tr("Level {n}", n=level.number)
    outer = snapshot.levels[level.parent - 1].space
    ranges = ", ".join(told(outer, _narrowed(level.space, outer)))
    return tr("Level {n}: {ranges}", n=level.number, ranges=ranges)


def _narrowed(inner: SearchSpace, outer: SearchSpace) -> dict[str, Bounds]:
    """Give the ranges in which a level differs from the one that it lies in."""
    return {
        name: d.choices if isinstance(d, Categorical) else (d.low, d.high)
        for name, d in inner.items()
        if d != outer[name]
    }


def _range(distribution: Distribution, bounds: Bounds) -> str:
    if isinstance(distribution, Categorical):
        return ", ".join(fmt.labels(bounds))
    powers = in_powers(distribution)
    return " … ".join(fmt.number(value, powers=powers) for value in bounds)
