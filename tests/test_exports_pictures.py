"""The pictures of a report: their axes, their points, their labels."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from tunewidgets.exports.axes import axis_of, spreads
from tunewidgets.exports.drawing import MOST_POINTS, Curve, Dots, Picture
from tunewidgets.exports.landscape import apart


def test_axes_have_round_ticks_and_robust_ends():
    axis = axis_of([0.0, 10.0], 0, 100)
    assert [label for _, label in axis.ticks] == ["0", "2", "4", "6", "8", "10"]
    few = axis_of([0.32, 0.33, 0.37, 0.38, 0.4, 0.54, 0.7, 1e5, 1e13], 0, 100, robust=True)
    assert 0.7 < few.high < 0.8
    diverged = axis_of([*np.linspace(0, 1, 50), 1e9], 0, 100, robust=True)
    assert diverged.high < 2
    log = axis_of([1e-3, 1.0], 0, 100, log=True, whole=True)
    assert [label for _, label in log.ticks] == ["1.0e-3", "0.01", "0.1", "1"]
    assert log.place(1e-3) == pytest.approx(0)
    assert log.place(1.0) == pytest.approx(100)
    assert math.isnan(log.place(0.0))
    for values in ([], [math.nan], [3.0], [0.0], [-2.0, -2.0]):
        made = axis_of(values, 0, 100)
        assert made.low < made.high


def test_values_that_spread_are_drawn_by_magnitude():
    assert spreads([1e-3, 1.0])
    assert not spreads([0.5, 1.0])
    assert not spreads([-1.0, 100.0])
    assert not spreads([])


def test_a_picture_thins_long_curves_and_keeps_their_ends():
    curve = Curve([1 / (n + 1) for n in range(10_000)])
    assert len(curve.points) <= MOST_POINTS + 1
    assert curve.points[0] == (1, 1.0)
    assert curve.points[-1] == (10_000, 1 / 10_000)
    svg = Picture("A <b>", "x & y", "z").drawn([curve], [Dots([1.0], [math.nan])])
    root = ET.fromstring(svg)  # noqa: S314 - our own
    assert root[0].text == "A <b>"
    assert "circle" not in svg


def test_what_lies_beyond_the_axis_is_a_triangle_at_its_end():
    ys = [0.32, 0.33, 0.37, 0.38, 0.4, 0.54, 0.7, 1e5, math.inf, 1e13]
    svg = Picture("", "x", "y").drawn(dots=[Dots(list(map(float, range(10))), ys)])
    assert (svg.count("<circle"), svg.count("h8l-4 -7z")) == (7, 2)


def test_labels_that_would_lie_on_each_other_are_left_out():
    words = ["3.228e-4", "3.364e-4", "4.263e-4", "x"]
    ticks = [(45.0 * i, word) for i, word in enumerate(words)]
    assert [word for _, word in apart(ticks)] == ["3.228e-4", "4.263e-4", "x"]
    assert apart(ticks[::2]) == ticks[::2]
