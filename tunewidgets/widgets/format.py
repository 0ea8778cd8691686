"""How the panels write numbers, times and trials: as `tunewidgets.format` does everywhere."""

from __future__ import annotations

from tunewidgets.format import (
    DIGITS,
    NOTHING,
    about,
    clock,
    count,
    labels,
    number,
    params,
    seconds,
    text,
)

__all__ = [
    "DIGITS",
    "NOTHING",
    "about",
    "clock",
    "count",
    "labels",
    "number",
    "params",
    "seconds",
    "text",
]
