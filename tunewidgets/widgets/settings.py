"""The fixed training settings: what every new trial takes unless the space tunes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets

from tunewidgets.fit_settings import TRAINING_NAMES, choices, least
from tunewidgets.language import later
from tunewidgets.language import translate as tr
from tunewidgets.widgets.commands import Send, Touched
from tunewidgets.widgets.markup import field

KERAS_BATCH_SIZE = 32
BATCH_SIZES = tuple(2**power for power in range(14))
MOST = 1_000_000
TOOLTIP = later("Not searched: every new trial takes this value")


class Settings:
    """A row of small fields for the training settings that the space does not tune.

    Parameters
    ----------
    settings
        Setting name to the study's own value; None where the study has none.
    tuned
        Names that the space tunes, which have strips of their own.
    send
        Raises commands.
    """

    def __init__(self, settings: Mapping[str, Any], tuned: tuple[str, ...], send: Send) -> None:
        self._settings = dict(settings)
        if self._settings.get("batch_size", 0) is None:
            self._settings["batch_size"] = KERAS_BATCH_SIZE
        self._inputs: dict[str, ipywidgets.ValueWidget] = {
            name: _input(name, value)
            for name, value in self._settings.items()
            if value is not None and name not in tuned and name in TRAINING_NAMES
        }
        for widget in self._inputs.values():
            widget.observe(lambda _: send(Touched()), names="value")
        self.widget = ipywidgets.Box(
            [field(name, widget, tr(TOOLTIP)) for name, widget in self._inputs.items()]
        )
        self.widget.add_class("tw-fields")

    @property
    def names(self) -> tuple[str, ...]:
        """The settings shown."""
        return tuple(self._inputs)

    @property
    def changed(self) -> dict[str, Any]:
        """The settings whose shown value is not the study's."""
        shown = {name: widget.value for name, widget in self._inputs.items()}
        return {name: value for name, value in shown.items() if value != self._settings[name]}

    def write(self, params: Mapping[str, Any]) -> None:
        """Show a trial's settings: its own where it has them, else the study's."""
        for name, widget in self._inputs.items():
            value = params.get(name, self._settings[name])
            if name == "batch_size" and value not in widget.options:
                widget.options = tuple(sorted({*widget.options, value}))
            widget.value = value


def _input(name: str, value: Any) -> ipywidgets.ValueWidget:
    if name == "batch_size":
        return ipywidgets.Dropdown(options=sorted({*BATCH_SIZES, int(value)}), value=int(value))
    if isinstance(value, bool):
        return ipywidgets.Checkbox(value=value, indent=False)
    if (words := choices(name)) is not None:
        return ipywidgets.Dropdown(options=words, value=value)
    return ipywidgets.BoundedIntText(value=int(value), min=least(name), max=MOST)
