"""The widget for the part of a hyperparameter's range that a search may use.

Numbers get a slider with two handles; where the number is log-distributed, the handles move
over a geometric grid, since there is no log slider with two handles. Choices get one small
toggle each, at least one of which stays on.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ipywidgets

from tunewidgets.distributions import Categorical, Distribution, Float, Int
from tunewidgets.widgets import format as fmt
from tunewidgets.widgets.commands import Bounds, Send, Touched
from tunewidgets.widgets.inputs import decimals, in_powers, is_log, nice_step

GRID = 61
CAPTION = "search"
TOOLTIP = "The part that a search uses"


@dataclass(frozen=True, slots=True)
class Range:
    """A widget and how to read it.

    Attributes
    ----------
    widget
        Shows the range.
    bounds
        Give ``(low, high)`` or the choices that are on, one value where it is closed to that,
        None for the whole range.
    enable
        Let it be edited, or grey it.
    """

    widget: ipywidgets.DOMWidget
    bounds: Callable[[], Bounds | None]
    enable: Callable[[bool], None]


def make_range(distribution: Distribution, send: Send) -> Range:
    """Make the range control that suits a distribution, showing all of it."""
    if isinstance(distribution, Categorical):
        return _chips(distribution, send)
    if is_log(distribution):
        return _geometric(distribution, send)
    return _linear(distribution, send)


def _linear(distribution: Float | Int, send: Send) -> Range:
    low, high = distribution.low, distribution.high
    slider: Any
    if isinstance(distribution, Int):
        slider = ipywidgets.IntRangeSlider(
            value=(low, high), min=low, max=high, step=distribution.step, continuous_update=False,
            description=CAPTION, tooltip=TOOLTIP,
        )  # fmt: skip
    else:
        step = distribution.step or nice_step(low, high)
        slider = ipywidgets.FloatRangeSlider(
            value=(low, high),
            min=low,
            max=high,
            step=step,
            readout_format=f".{decimals(step)}f",
            continuous_update=False,
            description=CAPTION,
            tooltip=TOOLTIP,
        )

    def bounds() -> Bounds | None:
        lower, upper = slider.value
        if (lower, upper) == (low, high):
            return None
        if isinstance(distribution, Int):
            return _unique(int(lower), int(upper))
        return _unique(float(f"{lower:.12g}"), float(f"{upper:.12g}"))

    return _sliding(slider, bounds, send)


def _geometric(distribution: Float | Int, send: Send) -> Range:
    points = geometric_grid(distribution)
    powers = in_powers(distribution)
    slider = ipywidgets.SelectionRangeSlider(
        options=[(f" {fmt.number(p, powers=powers)} ", i) for i, p in enumerate(points)],
        index=(0, len(points) - 1),
        continuous_update=False,
        description=CAPTION,
        tooltip=TOOLTIP,
    )

    def bounds() -> Bounds | None:
        first, last = slider.index
        if (first, last) == (0, len(points) - 1):
            return None
        return _unique(points[first], points[last])

    return _sliding(slider, bounds, send)


def geometric_grid(distribution: Float | Int) -> list[float] | list[int]:
    """Give the stops of a log range: geometric, two digits in the middle, exact at the ends."""
    low, high = distribution.low, distribution.high
    ratio = math.log(high / low)
    inner = [low * math.exp(ratio * i / (GRID - 1)) for i in range(1, GRID - 1)]
    if isinstance(distribution, Int):
        offsets = {round((point - low) / distribution.step) for point in inner}
        members = {low + offset * distribution.step for offset in offsets}
        return sorted({low, high} | {m for m in members if low < m < high})
    rounded = {float(f"{point:.1e}") for point in inner}
    if len(rounded) < len(inner) // 2:
        rounded = set(inner)
    return sorted({low, high} | {point for point in rounded if low < point < high})


def _unique(lower: float, upper: float) -> Bounds:
    return (lower,) if lower == upper else (lower, upper)


def _sliding(slider: Any, bounds: Callable[[], Bounds | None], send: Send) -> Range:
    slider.observe(lambda _: send(Touched()), names="value")

    def enable(on: bool) -> None:
        slider.disabled = not on

    return Range(slider, bounds, enable)


def _chips(distribution: Categorical, send: Send) -> Range:
    names = fmt.labels(distribution.choices)
    chips = [
        ipywidgets.ToggleButton(value=True, description=name, tooltip=f"Search {name}")
        for name in names
    ]
    box = ipywidgets.Box([ipywidgets.Label(CAPTION, tooltip=TOOLTIP), *chips])
    box.add_class("tw-chips")

    def keep_one(change: dict[str, Any]) -> None:
        if not any(chip.value for chip in chips):
            change["owner"].value = True
        send(Touched())

    for chip in chips:
        chip.observe(keep_one, names="value")

    def bounds() -> Bounds | None:
        on = tuple(c for c, chip in zip(distribution.choices, chips, strict=True) if chip.value)
        return None if len(on) == len(chips) else on

    def enable(on: bool) -> None:
        for chip in chips:
            chip.disabled = not on

    return Range(box, bounds, enable)
