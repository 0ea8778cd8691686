"""The widget for one hyperparameter's value: a ladder from its distribution to a control.

Every rung gives an `Input`: a widget that shows the value and lets it be edited, and a pair of
functions between what the widget holds and the hyperparameter's own (native Python) value.
Choices are held by their position, because 1, 1.0 and True are equal to a selection widget.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets

from tunewidgets import format as fmt
from tunewidgets.distributions import Categorical, Distribution, Float, Int, canonical

FEW = 6
SHORT = 34
STEPS = 200
LOG_LIKE = 1e3
"""A range of positive numbers this wide is easier to set on a log slider."""


@dataclass(frozen=True, slots=True)
class Input:
    """A widget and how to read and set it.

    Attributes
    ----------
    widget
        Shows the value; its ``value`` trait changes when a person edits it.
    read
        Give the hyperparameter's value.
    write
        Show a value, also one outside the slider's ends: they move to hold it.
    """

    widget: ipywidgets.ValueWidget
    read: Callable[[], Any]
    write: Callable[[Any], None]


def make_input(distribution: Distribution, value: Any) -> Input:
    """Make the control that suits a distribution, showing a value."""
    if isinstance(distribution, Categorical):
        made = _choice(distribution)
    elif is_log(distribution):
        made = _log_number(distribution)
    elif isinstance(distribution, Int):
        made = _integer(distribution)
    else:
        made = _float(distribution)
    made.write(value)
    return made


def is_log(distribution: Float | Int) -> bool:
    """Whether a number is better set by its order of magnitude."""
    return distribution.log or (
        distribution.low > 0
        and distribution.high / distribution.low >= LOG_LIKE
        and isinstance(distribution, Float)
        and not distribution.step
    )


def in_powers(distribution: Distribution) -> bool:
    """Whether a hyperparameter's values are written with their power of ten."""
    return isinstance(distribution, Float) and is_log(distribution) and distribution.low < 1e-2


def fit_columns(names: Sequence[str]) -> bool:
    """Whether the names of choices fit side by side into columns of one width."""
    return len(names) <= FEW and len(names) * (max(map(len, names)) + 1) <= SHORT


def nice_step(low: float, high: float) -> float:
    """Give a round step that cuts a range into some hundred parts."""
    return float(10.0 ** math.floor(math.log10((high - low) / 50)))


def decimals(step: float) -> int:
    """Give the number of decimals that a step needs."""
    return min(8, max(0, -math.floor(math.log10(step) + 1e-9)))


def _integer(distribution: Int) -> Input:
    slider = ipywidgets.IntSlider(
        min=distribution.low,
        max=distribution.high,
        step=distribution.step,
        continuous_update=False,
    )

    def write(value: Any) -> None:
        _make_room(slider, int(value))
        slider.value = int(value)

    return Input(slider, lambda: int(slider.value), write)


def _float(distribution: Float) -> Input:
    low, high = distribution.low, distribution.high
    step = distribution.step or nice_step(low, high)
    slider = ipywidgets.FloatSlider(
        min=low,
        max=high,
        step=step,
        continuous_update=False,
    )
    plain = f".{decimals(step)}f"

    def read() -> float:
        # 0.1 + 2 * 0.1 is 0.30000000000000004 on the slider, 0.3 to a person.
        return float(f"{slider.value:.12g}")

    def write(value: Any) -> None:
        _make_room(slider, float(value))
        # Between two steps, a value that was not set by hand may need more digits.
        slider.readout_format = plain if float(format(value, plain)) == value else ".4g"
        slider.value = float(value)

    return Input(slider, read, write)


def _log_number(distribution: Float | Int) -> Input:
    whole = isinstance(distribution, Int)
    low, high = math.log10(distribution.low), math.log10(distribution.high)
    slider = ipywidgets.FloatLogSlider(
        value=distribution.low,
        min=low,
        max=high,
        step=(high - low) / STEPS,
        continuous_update=False,
        readout_format=".0f" if whole else ".2e" if in_powers(distribution) else ".4g",
    )
    slider.add_class("tw-log")

    def read() -> float | int:
        return round(slider.value) if whole else float(f"{slider.value:.6g}")

    def write(value: Any) -> None:
        # A log slider cannot reach zero: it shows its lower end, and the person sees that.
        shown = float(value) if value > 0 else float(distribution.low)
        slider.min = min(slider.min, math.log10(shown))
        slider.max = max(slider.max, math.log10(shown))
        slider.value = shown

    return Input(slider, read, write)


def _choice(distribution: Categorical) -> Input:
    if distribution.choices in ((False, True), (True, False)) and all(
        isinstance(choice, bool) for choice in distribution.choices
    ):
        return _check()
    return _selection(distribution)


def _check() -> Input:
    box = ipywidgets.Checkbox(indent=False)

    def write(value: Any) -> None:
        box.value = bool(value)

    return Input(box, lambda: bool(box.value), write)


def _selection(distribution: Categorical) -> Input:
    choices = list(distribution.choices)
    widget = _selection_widget(choices)
    widget.options = _options(choices)

    def write(value: Any) -> None:
        position = _position(choices, value)
        if position is None:
            choices.append(value)
            widget.options = _options(choices)
            position = len(choices) - 1
        widget.value = position

    return Input(widget, lambda: choices[widget.value], write)


def _selection_widget(choices: list[Any]) -> Any:
    names = fmt.labels(choices)
    options = _options(choices)
    if len(choices) <= FEW and sum(len(name) + 2 for name in names) <= SHORT:
        return ipywidgets.ToggleButtons(options=options)
    if all(isinstance(c, int | float) and not isinstance(c, bool) for c in choices):
        return ipywidgets.SelectionSlider(options=options, continuous_update=False)
    return ipywidgets.Dropdown(options=options)


def _options(choices: list[Any]) -> list[tuple[str, int]]:
    return [(name, position) for position, name in enumerate(fmt.labels(choices))]


def _position(choices: list[Any], value: Any) -> int | None:
    wanted = canonical(value)
    return next((i for i, choice in enumerate(choices) if canonical(choice) == wanted), None)


def _make_room(slider: Any, value: float) -> None:
    slider.min = min(slider.min, value)
    slider.max = max(slider.max, value)
