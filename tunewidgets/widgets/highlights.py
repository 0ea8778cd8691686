"""Which trials stand out, and in which colour: the same one in the chart and in the table."""

from __future__ import annotations

from collections import Counter

from tunewidgets.snapshot import Snapshot
from tunewidgets.trial import State
from tunewidgets.widgets.theme import ACCENT, CROWD, PALETTE

MANY = 12
"""More selected trials than this share one colour."""


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
        self.crowd: frozenset[int] = frozenset()

    def select(self, numbers: tuple[int, ...]) -> None:
        """Make these trials the selected ones."""
        self.selected = tuple(dict.fromkeys(numbers))

    def toggled(self, number: int) -> tuple[int, ...]:
        """Give what is selected once a trial is added, or is taken away."""
        rest = tuple(n for n in self.selected if n != number)
        return rest if number in self.selected else (*rest, number)

    def update(self, snapshot: Snapshot) -> None:
        """Give colours to the trials that stand out now, and take them from those that do not."""
        self.selected = tuple(n for n in self.selected if snapshot.trial(n) is not None)
        running = (t.number for t in snapshot.trials if t.state is State.RUNNING)
        crowd = dict.fromkeys(self.selected, CROWD) if len(self.selected) > MANY else {}
        palette = [colour for colour in PALETTE if not (crowd and colour == CROWD)]
        apart = {*crowd, snapshot.best}
        standing = [n for n in dict.fromkeys([*self.selected, *running]) if n not in apart]
        colours = {n: self.colours[n] for n in standing if self.colours.get(n) in palette}
        used = Counter(colours.values())
        for number in standing:
            if number not in colours:
                # The least used one, the first of the palette among equals.
                colours[number] = min(palette, key=lambda colour: used[colour])
                used[colours[number]] += 1
        colours.update(crowd)
        if snapshot.best is not None:
            colours[snapshot.best] = ACCENT
        self.colours, self.crowd = colours, frozenset(crowd) - {snapshot.best}
