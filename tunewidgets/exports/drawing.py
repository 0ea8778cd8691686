"""Pictures as SVG text: curves and points on two axes, drawn without a library.

Colours are CSS variables with fallbacks, so that one picture serves in the lab, whose theme it
then follows, and on a page of its own. Nothing in a picture is clickable or moves.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from tunewidgets.exports.axes import Axis, axis_of

ACCENT = "var(--tw-accent, #0072b2)"
CALM = "var(--tw-calm, #8f959e)"
TEXT = "var(--tw-soft, #5f6670)"
GRID = "var(--tw-grid, #e4e6ea)"

MOST_POINTS = 160
"""A curve of more is thinned: a picture has no more room for them."""

LEFT, RIGHT, TOP, BOTTOM = 64, 14, 12, 40
"""Margins, in pixels."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a picture.

    Attributes
    ----------
    ys
        Values at 1, 2, 3, ..., or at `xs`; NaN breaks the line.
    xs
        Where they are, or None.
    colour
        A CSS colour.
    width
        Of the line, in pixels.
    dashed, stepped
        How it is drawn.
    """

    ys: Sequence[float]
    xs: Sequence[float] | None = None
    colour: str = CALM
    width: float = 1.0
    dashed: bool = False
    stepped: bool = False

    @property
    def points(self) -> list[tuple[float, float]]:
        """Pairs of x and y, at most about `MOST_POINTS` of them, with both ends."""
        xs = self.xs if self.xs is not None else range(1, len(self.ys) + 1)
        pairs = list(zip(xs, self.ys, strict=True))
        step = math.ceil(len(pairs) / MOST_POINTS)
        return pairs if step <= 1 else [*pairs[:-1:step], pairs[-1]]


@dataclass(frozen=True, slots=True)
class Dots:
    """Points of one colour."""

    xs: Sequence[float]
    ys: Sequence[float]
    colour: str = CALM
    radius: float = 3.0


@dataclass(frozen=True, slots=True)
class Picture:
    """Room for curves and points.

    Attributes
    ----------
    title
        Says in words what is seen; screen readers read it.
    x_label, y_label
        Stand at the axes.
    width, height
        In pixels.
    log_y
        Whether values are drawn by magnitude.
    """

    title: str
    x_label: str
    y_label: str
    width: int = 640
    height: int = 280
    log_y: bool = False

    def drawn(
        self, curves: Sequence[Curve] = (), dots: Sequence[Dots] = (), x: Axis | None = None
    ) -> str:
        """Draw it.

        Parameters
        ----------
        curves, dots
            The later ones lie above.
        x
            The axis across, where it is not simply that of the points.
        """
        pairs = [curve.points for curve in curves]
        xs = [v for points in pairs for v, _ in points] + [v for dot in dots for v in dot.xs]
        ys = [v for points in pairs for _, v in points] + [v for dot in dots for v in dot.ys]
        across = x or axis_of(xs, LEFT, self.width - RIGHT, whole=not dots)
        up = axis_of(ys, self.height - BOTTOM, TOP, log=self.log_y, robust=True)
        inner = [
            *(
                _path(curve, points, across, up)
                for curve, points in zip(curves, pairs, strict=True)
            ),
            *(_circles(dot, across, up) for dot in dots),
        ]
        drawn = self._frame(across, up) + _clipped(inner, across, up)
        return framed(self.title, self.width, self.height, drawn)

    def across(self, values: Iterable[float], *, log: bool = False, whole: bool = False) -> Axis:
        """Make the axis across for some values."""
        return axis_of(values, LEFT, self.width - RIGHT, log=log, whole=whole)

    def choices(self, names: Sequence[str]) -> Axis:
        """Make an axis across with a place for each choice."""
        return Axis(-0.5, len(names) - 0.5, LEFT, self.width - RIGHT, names=tuple(names))

    def _frame(self, across: Axis, up: Axis) -> str:
        bottom, right = self.height - BOTTOM, self.width - RIGHT
        parts = []
        for place, label in up.ticks:
            parts.append(line(LEFT, place, right, place, GRID))
            parts.append(words(LEFT - 7, place + 4, label, "end"))
        parts.append(line(LEFT, bottom, right, bottom, TEXT))
        for place, label in across.ticks:
            parts.append(line(place, bottom, place, bottom + 4, TEXT))
            parts.append(words(place, bottom + 17, label, "middle"))
        parts.append(words((LEFT + right) / 2, self.height - 5, self.x_label, "middle"))
        middle = (TOP + bottom) / 2
        parts.append(
            f'<g transform="translate(12 {middle:.0f}) rotate(-90)">'
            f"{words(0, 0, self.y_label, 'middle')}</g>"
        )
        return "".join(parts)


def framed(title: str, width: float, height: float, drawn: str) -> str:
    """Put what is drawn into a picture that says in words what is seen."""
    return (
        f'<svg class="tw-picture" role="img" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{escape(title)}</title>{drawn}</svg>"
    )


def _clipped(inner: Iterable[str], across: Axis, up: Axis) -> str:
    """Cut off what leaves the frame: an inner picture does so without naming a clipping path."""
    x, y = across.start - 5, up.end - 5
    width, height = across.end - across.start + 10, up.start - up.end + 10
    box = f'x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}"'
    view = f'viewBox="{x:.0f} {y:.0f} {width:.0f} {height:.0f}"'
    return f'<svg {box} {view} overflow="hidden">{"".join(inner)}</svg>'


def _path(curve: Curve, points: Sequence[tuple[float, float]], across: Axis, up: Axis) -> str:
    steps, pen, last = [], "M", 0.0
    for x, y in points:
        at, height = across.place(x), up.place(y)
        if math.isnan(at) or math.isnan(height):
            pen = "M"
            continue
        if curve.stepped and pen == "L":
            steps.append(f"L{at:.1f} {last:.1f}")
        steps.append(f"{pen}{at:.1f} {height:.1f}")
        pen, last = "L", height
    if len(steps) == 1:
        steps.append("h0.1")  # a single epoch is a dot
    dashes = ' stroke-dasharray="5 4"' if curve.dashed else ""
    return (
        f'<path d="{"".join(steps)}" fill="none" stroke-width="{curve.width:g}" '
        f'stroke-linejoin="round" stroke-linecap="round"{dashes} style="stroke:{curve.colour}"/>'
    )


def _circles(dots: Dots, across: Axis, up: Axis) -> str:
    """Draw points, and at the upper end of the axis a triangle for each that lies beyond."""
    places = [(across.place(x), up.place(y)) for x, y in zip(dots.xs, dots.ys, strict=True)]
    drawn = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{dots.radius:g}"/>'
        if y >= up.end
        else f'<path d="M{x - 4:.1f} {up.end + 3:.1f}h8l-4 -7z"/>'
        for x, y in places
        if not (math.isnan(x) or math.isnan(y))
    )
    return f'<g style="fill:{dots.colour}" fill-opacity="0.75">{drawn}</g>'


def line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    """Draw a thin straight line."""
    places = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {places} stroke-width="1" style="stroke:{colour}"/>'


def words(x: float, y: float, text: str, anchor: str) -> str:
    """Write a label, escaped."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="11.5" '
        f'style="fill:{TEXT}">{escape(text)}</text>'
    )
