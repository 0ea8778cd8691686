"""A figure, the bar that it should clear, and how they are printed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure.

    Attributes
    ----------
    what
        In words.
    value, bar
        In the same unit; None where there is no bar.
    unit
        Printed after both.
    """

    what: str
    value: float
    bar: float | None
    unit: str

    @property
    def verdict(self) -> str:
        """Whether the bar is cleared."""
        if self.bar is None:
            return ""
        return "yes" if self.value <= self.bar else "NO"


def show(name: str, figures: Iterable[Figure]) -> None:
    """Print a table."""
    print(f"\n{name}\n{'':60} {'measured':>12} {'bar':>12}  cleared", flush=True)
    for figure in figures:
        bar = "" if figure.bar is None else f"{figure.bar:g} {figure.unit}"
        value = f"{figure.value:.3g} {figure.unit}"
        print(f"{figure.what:60} {value:>12} {bar:>12}  {figure.verdict}", flush=True)
