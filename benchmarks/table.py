"""A figure, the bar that it should clear, and how they are printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure.

    Attributes
    ----------
    what
        In words.
    value
        None where what it takes is not installed.
    bar
        In the same unit; None where there is none.
    unit
        Printed after both.
    at_least
        Whether the bar is to be reached rather than kept below.
    tags
        What a plot tells the figure by.
    """

    what: str
    value: float | None
    bar: float | None
    unit: str
    at_least: bool = False
    tags: Mapping[str, Any] = field(default_factory=dict)

    @property
    def measured(self) -> str:
        """The value as it is printed."""
        return "not installed" if self.value is None else _number(self.value, self.unit)

    @property
    def asked(self) -> str:
        """The bar as it is printed."""
        if self.bar is None:
            return ""
        return ("≥ " if self.at_least else "≤ ") + _number(self.bar, self.unit)

    @property
    def verdict(self) -> str:
        """Whether the bar is cleared."""
        if self.bar is None or self.value is None:
            return ""
        cleared = self.value >= self.bar if self.at_least else self.value <= self.bar
        return "yes" if cleared else "NO"


def show(name: str, figures: Iterable[Figure]) -> None:
    """Print a table."""
    print(f"\n{name}\n{'':60} {'measured':>14} {'bar':>14}  cleared", flush=True)
    for figure in figures:
        columns = f"{figure.measured:>14} {figure.asked:>14}  {figure.verdict}"
        print(f"{figure.what:60} {columns}".rstrip(), flush=True)


def _number(value: float, unit: str) -> str:
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{text} {unit}".rstrip()
