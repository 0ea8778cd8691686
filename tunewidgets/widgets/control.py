"""One hyperparameter's strip: its name, a pin, its value and the range that a search uses."""

from __future__ import annotations

from typing import Any

import ipywidgets

from tunewidgets.distributions import Distribution
from tunewidgets.widgets.commands import Bounds, Send, Touched
from tunewidgets.widgets.inputs import make_input
from tunewidgets.widgets.ranges import make_range


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
    """

    def __init__(self, name: str, distribution: Distribution, value: Any, send: Send) -> None:
        self.name = name
        self._input = make_input(distribution, value)
        self._range = make_range(distribution, send)
        shown = self._input.widget
        shown.description = distribution.label or name
        shown.tooltip = distribution.help or name
        shown.add_class("tw-value")
        shown.observe(lambda _: send(Touched()), names="value")
        self._range.widget.add_class("tw-range")
        self._pin = ipywidgets.ToggleButton(
            description="pin", tooltip=f"Keep {name} at this value in every search"
        )
        self._pin.add_class("tw-pin")
        self._pin.observe(lambda _: send(Touched()), names="value")
        self.widget = ipywidgets.VBox([shown, self._pin, self._range.widget])
        self.widget.add_class("tw-strip")

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

    def render(self) -> None:
        """Grey the range while the pin holds."""
        self._range.enable(not self.is_pinned)
        self._pin.description = "pinned" if self.is_pinned else "pin"
        if self.is_pinned:
            self.widget.add_class("tw-pinned")
        else:
            self.widget.remove_class("tw-pinned")
