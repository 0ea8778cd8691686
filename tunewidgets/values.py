"""Values that a study can store, and how they are told apart.

Python takes 1, 1.0 and True for equal, but a builder does not, and a JSON file knows lists and no
tuples. So a value's identity is its JSON text, which `canonical` writes.
"""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

from tunewidgets.errors import SpaceError

ALIKE = 0.65
"""Names less alike than this, as difflib measures it, are hardly each other's mistakes."""


def plain(value: Any) -> Any:
    """Turn NumPy scalars into Python's, also within lists, tuples and dicts; leave all else.

    Keras takes no NumPy numbers, which scikit-learn's searches deal in.
    """
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        return value.item()
    if type(value) in (list, tuple):
        return type(value)(map(plain, value))
    if type(value) is dict:
        return {name: plain(its) for name, its in value.items()}
    return value


def native(value: Any) -> Any:
    """Copy a storable value into plain Python: NumPy scalars become bool, int, float or str.

    Raises
    ------
    SpaceError
        When it is not storable: not None, bool, int, finite float, str, or tuples and lists
        of these.
    """
    value = plain(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if isinstance(value, tuple):
        return tuple(map(native, value))
    if isinstance(value, list):
        return list(map(native, value))
    got = repr(value) if isinstance(value, float) else type(value).__name__
    raise SpaceError(
        "Choices must be storable: None, bool, int, finite float, str, or tuples and lists of "
        f"these, but got {got}: use a name and look the object up inside the builder."
    )


def canonical(value: Any) -> str:
    """Write a value's identity as JSON text: ``1``, ``1.0`` and ``true`` are three values.

    Raises
    ------
    SpaceError
        When it is not storable.
    """
    return json.dumps(native(value))


def is_number(value: Any) -> bool:
    """Whether a value is a real number; bools are not, NaN is not."""
    return isinstance(value, Real) and not isinstance(value, bool) and value == value


def is_integer(value: Any) -> bool:
    """Whether a value is an integer, Python's or NumPy's; bools are not."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def read_number(name: str, value: Any, kind: type[float]) -> Any:
    """Give a finite number as a plain int or float.

    Parameters
    ----------
    name
        What the number is, for the message.
    value
        What was written.
    kind
        ``int`` where only integers will do, else ``float``.

    Raises
    ------
    SpaceError
        When it is anything else.
    """
    fits = is_integer(value) if kind is int else is_number(value)
    try:
        number = kind(value) if fits else math.nan
        is_finite = math.isfinite(number)
    except OverflowError:  # an integer beyond the largest float
        is_finite = False
    if is_finite:
        return number
    rule = "an integer" if kind is int else "a finite number"
    raise SpaceError(f"`{name}` must be {rule}, but got {value!r:.80}: write a number.")


def remedy_for(name: object, known: Iterable[str]) -> str:
    """Say what a person may have meant by a name that is not known, if that can be told."""
    near = difflib.get_close_matches(str(name), list(known), n=1, cutoff=ALIKE)
    return f"did you mean {near[0]!r}?" if near else "choose one of them."
