"""Reading a search space as people write it.

The notation is that of `ipywidgets.interact` (``(min, max)``, ``(min, max, step)``, lists, a bool)
and of scikit-learn's ``param_distributions`` (lists, NumPy arrays, scipy distributions). As in
``interact``, reading is a ladder: each step knows one way of writing, gives a distribution, or
leaves it to the next. scipy's distributions are told by their attributes, so that nothing here
needs scipy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from numbers import Real
from typing import Any

from tunewidgets.distributions import Categorical, Distribution, Float, Int
from tunewidgets.errors import SpaceError
from tunewidgets.retelling import stated
from tunewidgets.values import is_integer, is_number

_CAN_BE_WRITTEN = (
    "(min, max), (min, max, step), a list, a range, a NumPy array, True for a checkbox, a scipy "
    "distribution, or Float, Int or Categorical"
)
_TABLE_SIZE = 65
_TAIL = 0.005  # where an endless distribution is cut off, on either side


def read_distribution(name: str, written: Any) -> Distribution:
    """Read what was written for one hyperparameter.

    Parameters
    ----------
    name
        The hyperparameter, for messages.
    written
        A distribution; ``(min, max)`` or ``(min, max, step)``, of integers for `Int`, else
        `Float`; a bool for both; a list or another tuple of choices; a ``range`` or a
        one-dimensional array; a scipy distribution.

    Raises
    ------
    SpaceError
        When it is none of these, or breaks a rule of the distribution it stands for.
    """
    if getattr(written, "ndim", None) == 0 and hasattr(written, "item"):
        written = written.item()  # a NumPy scalar
    with naming(name):
        for step in _LADDER:
            distribution = step(written)
            if distribution is not None:
                return distribution
        if written is None or isinstance(written, str) or is_number(written):
            raise SpaceError(
                f"Several values must be given, but got {written!r}: write [{written!r}], or give "
                "it to the builder by functools.partial."
            )
        raise SpaceError(
            f"It must be written as {_CAN_BE_WRITTEN}, but got {type(written).__name__}: "
            "use one of these."
        )


@contextmanager
def naming(name: str) -> Iterator[None]:
    """Begin the message of a `SpaceError` with the hyperparameter it is about."""
    try:
        yield
    except SpaceError as error:
        told = stated("For '{name}': {error}", name=name, error=error)
        raise SpaceError(told) from None


def _from_distribution(written: Any) -> Distribution | None:
    return written if isinstance(written, Distribution) else None


def _from_bool(written: Any) -> Distribution | None:
    return Categorical((False, True)) if isinstance(written, bool) else None


def _from_bounds(written: Any) -> Distribution | None:
    """Read ``(min, max)`` and ``(min, max, step)``."""
    if not isinstance(written, tuple) or len(written) not in (2, 3):
        return None
    if not all(isinstance(bound, Real) and not isinstance(bound, bool) for bound in written):
        return None  # NaN is a bound here, so that it is refused as one
    return Int(*written) if all(map(is_integer, written)) else Float(*written)


def _from_choices(written: Any) -> Distribution | None:
    """Read lists, and tuples that are no bounds."""
    return Categorical(tuple(written)) if isinstance(written, list | tuple) else None


def _from_array(written: Any) -> Distribution | None:
    """Read ranges, NumPy arrays and pandas columns; evenly spaced integers are a range."""
    if isinstance(written, range):
        values: Any = written
    elif hasattr(written, "dtype") and hasattr(written, "tolist"):
        if getattr(written, "ndim", 1) != 1:
            raise SpaceError(
                f"An array must be one-dimensional, but got {written.ndim} dimensions: write a "
                "list of tuples for choices that have several parts."
            )
        values = written.tolist()
    else:
        return None
    step = _even_step(values)
    return Int(values[0], values[-1], step) if step else Categorical(tuple(values))


def _even_step(values: Any) -> int | None:
    """Tell the distance of evenly spaced, rising integers."""
    if len(values) < 2:
        return None
    if isinstance(values, range):
        return values.step if values.step > 0 else None
    if not all(map(is_integer, values)):
        return None
    step = int(values[1] - values[0])
    even = step > 0 and values == list(range(values[0], values[-1] + 1, step))
    return step if even else None


def _from_scipy(written: Any) -> Distribution | None:
    """Tell scipy distributions by their attributes; of an unknown one, tabulate the quantiles."""
    if getattr(written, "numargs", None) == 0 and hasattr(written, "freeze"):
        written = written.freeze()  # scipy.stats.uniform itself, rv_histogram(...)
    if not all(hasattr(written, name) for name in ("dist", "args", "kwds", "ppf", "support")):
        return None
    low, high = map(float, written.support())
    if math.isnan(low):
        raise SpaceError(
            "A scipy distribution must have arguments that it allows, but got "
            f"{written.dist.name} with {written.args} and {written.kwds}: correct them."
        )
    match written.dist.name:
        case "uniform":
            return Float(low, high)
        case "loguniform" | "reciprocal" if _location(written) == 0:
            return Float(low, high, log=True)
        case "randint":
            return Int(int(low), int(high))
    return _from_quantiles(written, low, high)


def _location(frozen: Any) -> float:
    """Where a log-uniform distribution was shifted to: its third argument, after two shapes."""
    return float(frozen.args[2] if len(frozen.args) > 2 else frozen.kwds.get("loc", 0))


def _from_quantiles(frozen: Any, low: float, high: float) -> Distribution:
    import numpy as np

    first = 0.0 if math.isfinite(low) else _TAIL
    last = 1.0 if math.isfinite(high) else 1 - _TAIL
    table = frozen.ppf(np.linspace(first, last, _TABLE_SIZE)).tolist()
    # At 0, the quantile of a discrete distribution is one below its support.
    table[0] = low if first == 0 else table[0]
    is_discrete = hasattr(frozen, "pmf") and all(value == round(value) for value in table)
    if is_discrete:
        return Int(int(table[0]), int(table[-1]), quantiles=tuple(table))
    return Float(table[0], table[-1], quantiles=tuple(table))


_LADDER: tuple[Callable[[Any], Distribution | None], ...] = (
    _from_distribution,
    _from_bool,
    _from_bounds,
    _from_choices,
    _from_array,
    _from_scipy,
)
