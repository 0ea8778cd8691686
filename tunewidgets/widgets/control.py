"""One hyperparameter's strip: name, pin, value, the chart of what was tried, and its range.

The brush on the chart and the range control say the same. Whichever was moved last leads, and
the range control, whose stops are round numbers, has the final word on where the brush stands.
"""

from __future__ import annotations

from typing import Any

import ipywidgets
import numpy as np

from tunewidgets import format as fmt
from tunewidgets.distributions import Categorical, Distribution
from tunewidgets.language import translate as tr
from tunewidgets.widgets.commands import Bounds, Send, Touched
from tunewidgets.widgets.highlights import Highlights
from tunewidgets.widgets.inputs import fit_columns, make_input
from tunewidgets.widgets.ranges import make_range
from tunewidgets.widgets.strip_axis import Places, Span
from tunewidgets.widgets.strip_chart import Mask, StripChart
from tunewidgets.widgets.strip_data import Points


class Control:
    """The strip of one hyperparameter.

    Parameters
    ----------
    name
        The builder's own argument name.
    distribution
        Decides which control and which range control it gets.
    value
        Shown at first.
    send
        Raises commands.
    is_pinned
        Whether it is pinned at first.
    """

    def __init__(
        self,
        name: str,
        distribution: Distribution,
        value: Any,
        send: Send,
        *,
        is_pinned: bool = False,
    ) -> None:
        self.name = name
        self.distribution = distribution
        self._input = make_input(distribution, value)
        self._range = make_range(distribution, send)
        # Columns are clicked: their chips lie over them. Everything else is brushed.
        has_columns = isinstance(distribution, Categorical) and fit_columns(
            fmt.labels(distribution.choices)
        )
        self._chart = StripChart(self._range.axis, not has_columns, send)
        self._seen: Span | None = None
        self._placed: tuple[Points | None, Places] = (None, np.zeros(0))
        self._drawn: tuple[Any, ...] = ()
        shown = self._input.widget
        shown.description = distribution.label or name
        shown.tooltip = distribution.help or name
        shown.add_class("tw-value")
        shown.observe(lambda _: send(Touched()), names="value")
        self._range.widget.add_class("tw-range")
        self._pin = ipywidgets.ToggleButton(
            value=is_pinned,
            description=tr("pin"),
            tooltip=tr("Keep {name} at this value in every search", name=name),
        )
        self._pin.add_class("tw-pin")
        self._pin.observe(lambda _: send(Touched()), names="value")
        self.widget = ipywidgets.VBox([shown, self._pin, self._chart.figure, self._range.widget])
        self.widget.add_class("tw-strip")
        if has_columns:
            self.widget.add_class("tw-clickable")

    @property
    def value(self) -> Any:
        """The value shown, as native Python."""
        return self._input.read()

    @value.setter
    def value(self, value: Any) -> None:
        self._input.write(value)

    @property
    def is_pinned(self) -> bool:
        """Whether a search keeps it at the value shown."""
        return bool(self._pin.value)

    @property
    def bounds(self) -> Bounds | None:
        """What a search uses: ``(low, high)`` or choices; None for all of it."""
        return self._range.bounds()

    @bounds.setter
    def bounds(self, bounds: Bounds | None) -> None:
        self._range.choose(bounds)

    def sync(self) -> None:
        """Bring the brush and the range control into step."""
        if not self._chart.has_brush:
            return
        # In this order: a brush that ends meanwhile is seen the next time.
        is_brushing, brushed = self._chart.is_brushing, self._chart.brushed
        if brushed != self._seen:
            self._range.choose(self._range.axis.bounds(brushed))
            self._seen = brushed
        if not is_brushing:
            self._seen = self._range.axis.span(self.bounds)
            if self._seen != brushed:
                self._chart.brush(self._seen)

    def covers(self, points: Points) -> Mask:
        """Tell which trials lie in the range shown; a pin leaves all that it could have been."""
        places, bounds = self._places(points), self.bounds
        inside: Mask = np.isfinite(places)
        if bounds is None or self.is_pinned:
            return inside
        if isinstance(self.distribution, Categorical):
            within: Mask = np.isin(places, self._range.axis.places(bounds))
            return inside & within
        first, last = self._range.axis.places([bounds[0], bounds[-1]])
        within = (places >= first) & (places <= last)
        return inside & within

    def render(self, points: Points, inside: Mask, highlights: Highlights) -> None:
        """Draw the trials, and grey the range while the pin holds.

        Parameters
        ----------
        points
            The trials that have a value.
        inside
            Which of them lie in what is brushed on all strips.
        highlights
            Which of them stand out, in which colour.
        """
        self._range.enable(not self.is_pinned)
        self._pin.description = tr("pinned") if self.is_pinned else tr("pin")
        mark(self.widget, "tw-pinned", self.is_pinned)
        state = (points, inside.tobytes(), highlights.colours)
        if state == self._drawn:
            return
        self._drawn = state
        crowd = np.array([number in highlights.crowd for number in points.numbers], bool)
        shades = [
            None if is_many else highlights.colours.get(number)
            for number, is_many in zip(points.numbers, crowd, strict=True)
        ]
        places = self._places(points)
        self._chart.show(points.numbers, places, points.heights, inside, crowd, shades)

    def _places(self, points: Points) -> Places:
        if self._placed[0] is not points:
            values = [params.get(self.name) for params in points.params]
            self._placed = (points, self._range.axis.places(values))
        return self._placed[1]


def mark(widget: ipywidgets.DOMWidget, name: str, on: bool) -> None:
    """Give a widget a CSS class, or take it away."""
    if on:
        widget.add_class(name)
    else:
        widget.remove_class(name)
