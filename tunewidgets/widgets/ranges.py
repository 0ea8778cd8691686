"""The widget for the part of a hyperparameter's range that a search may use.

Numbers get a slider with two handles; where the number is log-distributed, the handles move
over a geometric grid, since there is no log slider with two handles. Choices get one small
toggle each, at least one of which stays on. It is also the keyboard's way to the chart's brush:
both move over the stops of one axis (`strip_axis`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ipywidgets

from tunewidgets import format as fmt
from tunewidgets.distributions import Categorical, Distribution, Float, Int
from tunewidgets.language import later
from tunewidgets.language import translate as tr
from tunewidgets.widgets.commands import Bounds, Send, Touched
from tunewidgets.widgets.inputs import decimals, in_powers, nice_step
from tunewidgets.widgets.strip_axis import Axis, ChoiceAxis, NumberAxis

CAPTION = later("search")
TOOLTIP = later("The part that a search uses")


@dataclass(frozen=True, slots=True)
class Range:
    """A widget and how to read and set it.

    Attributes
    ----------
    widget
        Shows the range.
    axis
        What its handles move over.
    bounds
        Give ``(low, high)`` or the choices that are on, one value where it is closed to that,
        None for the whole range.
    choose
        Show a range, as `bounds` gives it; what lies between two stops moves outwards.
    enable
        Let it be edited, or grey it.
    """

    widget: ipywidgets.DOMWidget
    axis: Axis
    bounds: Callable[[], Bounds | None]
    choose: Callable[[Bounds | None], None]
    enable: Callable[[bool], None]


def make_range(distribution: Distribution, send: Send) -> Range:
    """Make the range control that suits a distribution, showing all of it."""
    if isinstance(distribution, Categorical):
        return _chips(distribution, ChoiceAxis(distribution), send)
    axis = NumberAxis(distribution)
    if axis.stops is not None:
        return _geometric(distribution, axis, send)
    return _linear(distribution, axis, send)


def _linear(distribution: Float | Int, axis: NumberAxis, send: Send) -> Range:
    low, high = distribution.low, distribution.high
    slider: Any
    if isinstance(distribution, Int):
        slider = ipywidgets.IntRangeSlider(
            value=(low, high), min=low, max=high, step=distribution.step, continuous_update=False,
            description=tr(CAPTION), tooltip=tr(TOOLTIP),
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
            description=tr(CAPTION),
            tooltip=tr(TOOLTIP),
        )

    def bounds() -> Bounds | None:
        lower, upper = slider.value
        if (lower, upper) == (low, high):
            return None
        if isinstance(distribution, Int):
            return _unique(int(lower), int(upper))
        return _unique(float(f"{lower:.12g}"), float(f"{upper:.12g}"))

    def choose(bounds: Bounds | None) -> None:
        first, last = axis.outward(bounds)
        slider.value = (axis.at(first), axis.at(last))

    return _sliding(slider, axis, bounds, choose, send)


def _geometric(distribution: Float | Int, axis: NumberAxis, send: Send) -> Range:
    points = axis.stops or []
    powers = in_powers(distribution)
    slider = ipywidgets.SelectionRangeSlider(
        options=[(f" {fmt.number(p, powers=powers)} ", i) for i, p in enumerate(points)],
        index=(0, len(points) - 1),
        continuous_update=False,
        description=tr(CAPTION),
        tooltip=tr(TOOLTIP),
    )

    def bounds() -> Bounds | None:
        first, last = slider.index
        if (first, last) == (0, len(points) - 1):
            return None
        return _unique(points[first], points[last])

    def choose(bounds: Bounds | None) -> None:
        slider.index = axis.outward(bounds)

    return _sliding(slider, axis, bounds, choose, send)


def _unique(lower: float, upper: float) -> Bounds:
    return (lower,) if lower == upper else (lower, upper)


def _sliding(
    slider: Any,
    axis: NumberAxis,
    bounds: Callable[[], Bounds | None],
    choose: Callable[[Bounds | None], None],
    send: Send,
) -> Range:
    slider.observe(lambda _: send(Touched()), names="value")

    def enable(on: bool) -> None:
        slider.disabled = not on

    return Range(slider, axis, bounds, choose, enable)


def _chips(distribution: Categorical, axis: ChoiceAxis, send: Send) -> Range:
    names = fmt.labels(distribution.choices)
    chips = [
        ipywidgets.ToggleButton(
            value=True, description=name, tooltip=tr("Search {choice}", choice=name)
        )
        for name in names
    ]
    box = ipywidgets.Box([ipywidgets.Label(tr(CAPTION), tooltip=tr(TOOLTIP)), *chips])
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

    def choose(bounds: Bounds | None) -> None:
        wanted = distribution if bounds is None else distribution.narrow(list(bounds))
        are_on = [wanted.contains(choice) for choice in distribution.choices]
        # Those that come on do so first, since the last one that is on stays on.
        for is_on in (True, False):
            for chip, is_wanted in zip(chips, are_on, strict=True):
                if is_wanted is is_on:
                    chip.value = is_on

    def enable(on: bool) -> None:
        for chip in chips:
            chip.disabled = not on

    return Range(box, axis, bounds, choose, enable)
