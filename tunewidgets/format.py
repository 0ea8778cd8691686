"""Numbers, times and trials as people write them: one place, so that they agree everywhere."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from tunewidgets.language import translate as tr
from tunewidgets.trial import Params

NOTHING = "—"
DIGITS = 4


def number(value: float, *, pad: bool = False, powers: bool = False) -> str:
    """Write a number with at most four significant digits.

    Parameters
    ----------
    value
        An int is written out in full; a float by magnitude, as 0.304 or 3.0e-3.
    pad
        Keep trailing zeros, so that a column of figures lines up.
    powers
        Write a float with its power of ten and three digits, as 3.00e-3: for figures that
        spread over several magnitudes.
    """
    if isinstance(value, int):
        return str(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value == 0:
        return "0"
    if powers:
        mantissa, exponent = f"{value:.2e}".split("e")
        return f"{mantissa}e{int(exponent)}" if int(exponent) else mantissa
    if not 1e-2 <= abs(value) < 1e5:
        mantissa, exponent = f"{value:.{DIGITS - 1}e}".split("e")
        if not pad:
            mantissa = mantissa.rstrip("0")
            mantissa += "0" if mantissa.endswith(".") else ""
        return f"{mantissa}e{int(exponent)}"
    if abs(value) >= 10 ** (DIGITS - 1):
        return f"{value:.0f}"
    return f"{value:#.{DIGITS}g}".rstrip(".") if pad else f"{value:.{DIGITS}g}"


def text(value: Any, *, powers: bool = False) -> str:
    """Write any hyperparameter value; `powers` as in `number`."""
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return number(value, powers=powers)
    if isinstance(value, str):
        return value
    if isinstance(value, tuple | list):
        inner = ", ".join(map(text, value))
        if isinstance(value, list):
            return f"[{inner}]"
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    return str(value)


def labels(values: Iterable[Any]) -> list[str]:
    """Write choices so that no two look alike."""
    pairs = [(value, text(value)) for value in values]
    written = [words for _, words in pairs]
    return [words if written.count(words) == 1 else repr(value) for value, words in pairs]


def params(values: Params) -> str:
    """Write a trial's hyperparameters in one line."""
    return ", ".join(f"{name} {text(value)}" for name, value in values.items())


def seconds(value: float) -> str:
    """Write a measured time: 0.31 s, 4.2 s, 41 s, 2:05, 1:02:05."""
    if round(value) >= 60:
        return clock(value)
    digits = 2 if value < 1 else 1 if value < 10 else 0
    return tr("{n} s", n=f"{value:.{digits}f}")


def clock(value: float) -> str:
    """Write a time left: 0:41, 2:05, 1:02:05."""
    minutes, rest = divmod(max(0, round(value)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def about(value: float) -> str:
    """Write an estimated time in words."""
    if value < 5:
        return tr("a few seconds")
    if value < 55:
        return tr("about {n} s", n=5 * math.ceil(value / 5))
    if value < 55 * 60:
        return tr("about {n} min", n=max(1, round(value / 60)))
    return tr("about {n} h", n=f"{value / 3600:.1f}".removesuffix(".0"))


def count(n: int, one: str, many: str | None = None) -> str:
    """Write a number of things: 1 run, 1,200 runs."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"
