"""A chart's brush as a field: two handles over the stops of one axis, for keyboard and eye alike.

ipywidgets gives the handles their keys, `names.js` tells screen readers what they are. All of the
axis means that nothing is brushed.
"""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets

from tunewidgets import format as fmt
from tunewidgets.widgets.charts.gauges import Gauge
from tunewidgets.widgets.limits import Limits
from tunewidgets.widgets.sending import set_traits

STOPS = 40
"""So many steps from one end of an axis of numbers to the other."""

SLACK = 0.25 / STOPS
"""How far beside a stop its values may lie: rounding, and a range of one stop alone."""

Stop = tuple[float, float, str]
"""What a step covers of an axis, from where to where, and its words."""


class Reach:
    """The two handles.

    Attributes
    ----------
    widget
        The slider; whoever makes the chart listens to it.
    """

    def __init__(self) -> None:
        self._stops: tuple[Stop, ...] = ()
        self.widget = ipywidgets.SelectionRangeSlider(
            options=["", " "], index=(0, 1), continuous_update=False
        )
        self.widget.add_class("tw-reach")

    @property
    def is_whole(self) -> bool:
        """Whether it says all of the axis."""
        first, last = self.widget.index
        return (first, last) == (0, len(self._stops) - 1)

    @property
    def index(self) -> tuple[int, int]:
        """The first and the last stop."""
        first, last = self.widget.index
        return first, last

    @property
    def span(self) -> Limits | None:
        """What it covers, from where to where; None for all of the axis."""
        first, last = self.index
        if self.is_whole:
            return None
        return self._stops[first][0] - SLACK, self._stops[last][1] + SLACK

    def offer(self, name: str, stops: Sequence[Stop]) -> None:
        """Go over other stops; the handles stay where they are, as far as the axis is the same."""
        if self._stops == tuple(stops) and self.widget.description == name:
            return
        span = self.span if self.widget.description == name else None
        self._stops = tuple(stops)
        options = [(f" {word} ", i) for i, (_, _, word) in enumerate(stops)]
        set_traits(self.widget, description=name, options=options, index=self._nearest(span))

    def choose(self, span: Limits | None) -> None:
        """Say the stops nearest to a span; all of them for None."""
        self.widget.index = self._nearest(span)

    def _nearest(self, span: Limits | None) -> tuple[int, int]:
        top = len(self._stops) - 1
        if span is None:
            return 0, top
        middles = [(low + high) / 2 for low, high, _ in self._stops]
        halves = [(high - low) / 2 for low, high, _ in self._stops]
        first, last = (
            min(range(top + 1), key=lambda i: max(0.0, abs(middles[i] - end) - halves[i]))
            for end in (span[0] + SLACK, span[1] - SLACK)
        )
        return min(first, last), max(first, last)


def stops_of(gauge: Gauge) -> tuple[Stop, ...]:
    """Cut an axis into stops: its choices, its whole numbers if they are few, or even steps."""
    if gauge.choices:
        half = 0.5 / len(gauge.choices)
        named = zip(gauge.choices.values(), gauge.words, strict=True)
        return tuple((place - half, place + half, word) for place, word in named)
    values = [gauge.value(i / STOPS) for i in range(STOPS + 1)]
    if gauge.is_int:
        values = list(map(float, sorted(set(map(round, values)))))
        words = [str(int(value)) for value in values]
    else:
        words = [fmt.number(float(f"{value:.3g}")) for value in values]
    places = map(gauge.place, values)
    return tuple((place, place, word) for place, word in zip(places, words, strict=True))
