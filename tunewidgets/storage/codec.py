"""Values to what SQLite and JSON can hold, and back.

Neither JSON nor SQLite has NaN, and JSON has no infinity: in JSON text a float that is not
finite is ``{"$float": "nan"}``; in a column NaN is NULL where no value can be missing, and the
text ``nan`` where one can. All other floats come back to the last bit, but for the sign of
zero, which columns forget.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from tunewidgets.errors import StorageError

_MARK = "$float"


def to_json(value: object) -> str:
    """Write a plain value as JSON text.

    Raises
    ------
    StorageError
        When something in it is no number, text, bool, None, list, tuple or dict.
    """
    try:
        return json.dumps(_marked(value), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise StorageError(
            "what a study file keeps must be numbers, text, bools, None, lists and dicts, "
            f"but got {value!r} ({error}): give a name instead of an object."
        ) from error


def from_json(text: str) -> Any:
    """Read what `to_json` wrote; tuples come back as lists."""
    return json.loads(text, object_hook=_unmarked)


def number_or_none(value: float | None) -> float | str | None:
    """Make a column's content of a number that may be missing and may be NaN."""
    if value is None:
        return None
    return "nan" if math.isnan(value) else float(value)


def printable(text: str | None) -> str | None:
    """Spell out the lone surrogates of undecodable file names: UTF-8 cannot hold them."""
    return None if text is None else text.encode("utf-8", "backslashreplace").decode("utf-8")


def _marked(value: object) -> object:
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {_MARK: str(float(value))}
    if isinstance(value, Mapping):
        return {key: _marked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_marked(item) for item in value]
    return value


def _unmarked(read: dict[str, Any]) -> Any:
    return float(read[_MARK]) if read.keys() == {_MARK} else read
