"""Telling bqplot's axes which ticks to draw and what to write at them."""

from __future__ import annotations

from collections.abc import Sequence

import bqplot
import numpy as np

from tunewidgets.widgets.sending import set_traits


def show_ticks(axis: bqplot.Axis, at: Sequence[float], words: Sequence[str]) -> None:
    """Draw ticks at these places with these words.

    In this order, and in messages of their own: bqplot labels ticks when they arrive.
    """
    set_traits(axis, tick_labels={as_key(x): word for x, word in zip(at, words, strict=True)})
    set_traits(axis, tick_values=np.array(at, np.float64))


def as_key(value: float) -> str:
    """Write a number as JavaScript does, which looks a tick's label up by it."""
    if value == 0 or 1e-6 <= abs(value) < 1e21:
        return str(np.format_float_positional(value, trim="-"))
    mantissa, _, exponent = f"{value!r}".partition("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent):+d}"
