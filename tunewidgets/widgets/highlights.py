"""Which trials stand out, and in which colour: the same one in the chart and in the table."""

from __future__ import annotations

from collections import Counter

from tunewidgets.snapshot import Snapshot
from tunewidgets.trial import State
from tunewidgets.widgets.theme import ACCENT, PALETTE


class Highlights:
    """Selected, running and best trials; owned by the UI thread.

    Attributes
    ----------
    selected
        Numbers of the trials that a person selected, in the order of selection.
    colours
        Trial number to CSS colour of every trial that stands out. A trial keeps its colour for
        as long as it does; the best one always has the accent.
    """

    def __init__(self) -> None:
        self.selected: tuple[int, ...] = ()
        self.colours: dict[int, str] = {}

    def select(self, numbers: tuple[int, ...]) -> None:
        """Make these trials the selected ones."""
        self.selected = tuple(dict.fromkeys(numbers))

    def update(self, snapshot: Snapshot) -> None:
        """Give colours to the trials that stand out now, and take them from those that do not."""
        self.selected = tuple(n for n in self.selected if snapshot.trial(n) is not None)
        running = (t.number for t in snapshot.trials if t.state is State.RUNNING)
        standing = [n for n in dict.fromkeys([*self.selected, *running]) if n != snapshot.best]
        colours = {n: self.colours[n] for n in standing if self.colours.get(n, ACCENT) != ACCENT}
        used = Counter(colours.values())
        for number in standing:
            if number not in colours:
                # The least used one, the first of the palette among equals.
                colours[number] = min(PALETTE, key=lambda colour: used[colour])
                used[colours[number]] += 1
        if snapshot.best is not None:
            colours[snapshot.best] = ACCENT
        self.colours = colours
