"""What `Float` and `Int` share: numbers from ``low`` to ``high``.

A range with a ``step`` has finitely many *members*. They are counted in decimals, as people write
them: the members of ``step=0.1`` are 0.1, 0.2, 0.3 and not 0.30000000000000004, in a narrowed
range too. How the values are spread is told by ``log`` or by a table of ``quantiles`` (the
quantile function at evenly spaced probabilities), and read back by ``at``.
"""

from __future__ import annotations

import math
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any, ClassVar, Self, overload

from tunewidgets.errors import SpaceError
from tunewidgets.retelling import stated
from tunewidgets.values import is_integer, is_number, read_number

MOST_LISTED = 1_000_000
"""The members of a longer range are never listed."""

_SLACK = 1e-9  # how far, in steps or in spans, rounding may carry a value off


class Range:
    """Numbers from ``low`` to ``high``, both included."""

    __slots__ = ()
    _type: ClassVar[type[float]]
    low: float
    high: float
    step: float | None
    log: bool
    quantiles: tuple[float, ...]

    def __post_init__(self) -> None:
        continuous = self.step is None and self._type is float
        for name in ("low", "high") if continuous else ("low", "high", "step"):
            object.__setattr__(self, name, read_number(name, getattr(self, name), self._type))
        table = tuple(read_number("quantiles", value, float) for value in self.quantiles)
        object.__setattr__(self, "quantiles", table)
        _check(self)

    @property
    def size(self) -> int | None:
        """Number of members, or None when it is continuous."""
        return None if self.step is None else self._steps_to(self.high) + 1

    @property
    def middle(self) -> Any:
        """The member in the middle: the median of a table, the geometric middle under ``log``."""
        if self.quantiles:
            return self.at(0.5)
        if self.log:
            return self.nearest(_tidy(math.sqrt(self.low) * math.sqrt(self.high)))
        return self.nearest(_tidy(_between(self.low, self.high, 0.5)))

    def at(self, fraction: float) -> Any:
        """Read the quantile function.

        Parameters
        ----------
        fraction
            From 0 to 1, how much of the probability lies below. Fractions drawn uniformly give
            members spread as the distribution says.
        """
        if self.quantiles:
            return self.nearest(_interpolate(self.quantiles, fraction * (len(self.quantiles) - 1)))
        if self.log:
            # Half a step more at each end, or the outer integers would get half their share.
            half = (self.step or 0) / 2
            ends = math.log(self.low - half), math.log(self.high + half)
            return self.nearest(math.exp(_between(*ends, fraction)))
        if self.size is not None:
            return self._member(min(int(fraction * self.size), self.size - 1))
        return self.nearest(_between(self.low, self.high, fraction))

    def nearest(self, value: Any) -> Any:
        """Find the member nearest to a number; for anything else, the middle."""
        if not is_number(value):
            return self.middle
        inside = min(max(value, self.low), self.high)
        if self.step is None:
            return float(inside)
        steps = round((_decimal(inside) - _decimal(self.low)) / _decimal(self.step))
        return self._member(min(steps, self._steps_to(self.high)))

    def contains(self, value: Any) -> bool:
        """Whether a value is a member."""
        if not is_number(value) or not self.low <= value <= self.high:
            return False
        member = self.nearest(value)
        if self._type is int:
            return is_integer(value) and bool(member == value)
        return math.isclose(member, value, rel_tol=1e-12, abs_tol=_SLACK * (self.step or 0))

    def grid(self, n_points: int = 5) -> Sequence[Any]:
        """Lay values over the range.

        Parameters
        ----------
        n_points
            How many values a continuous range gives: evenly spaced, or geometrically under
            ``log``, or by the quantiles. A range with a step gives all its members.

        Returns
        -------
        sequence of float or int
            Ascending, without duplicates: a tuple, or a lazy sequence of very many members.
        """
        if self.size is not None:
            members = _Members(self, self.size)
            return tuple(members) if self.size <= MOST_LISTED else members
        if n_points < 1:
            raise SpaceError(f"`n_points >= 1` must hold, but got {n_points}: ask for more.")
        if n_points == 1:
            return (self.middle,)
        inner = (self.nearest(_tidy(self.at(i / (n_points - 1)))) for i in range(1, n_points - 1))
        return tuple(dict.fromkeys((self.low, *inner, self.high)))

    def narrow(self, bounds: Any) -> Self:
        """Keep the part between two bounds.

        Parameters
        ----------
        bounds
            ``(low, high)``, both within the old bounds. With a step they move inwards to the
            nearest members, so that every new member was one before.

        Raises
        ------
        SpaceError
            When they are no such pair, or when fewer than two members would be left.
        """
        if not isinstance(bounds, tuple | list) or len(bounds) != 2:
            raise SpaceError(
                f"New bounds must be a pair, but got {bounds!r}: write (low, high), or pin a value."
            )
        low = read_number("low", bounds[0], float)
        high = read_number("high", bounds[1], float)
        _check_order(low, high)
        slack = _SLACK * (self.high - self.low)
        if low < self.low - slack or high > self.high + slack:
            raise SpaceError(
                stated(
                    "New bounds must lie within the old ones, {least} to {most}, but got {low} to "
                    "{high}: choose both inside.",
                    least=self.low,
                    most=self.high,
                    low=f"{low:g}",
                    high=f"{high:g}",
                )
            )
        low, high = max(low, self.low), min(high, self.high)
        if self.step is not None:
            first, last = self._steps_to(low, up=True), self._steps_to(high)
            if first >= last:
                raise SpaceError(
                    stated(
                        "Bounds must leave at least two values, but {low} to {high} leaves {n}: "
                        "widen them, or pin the value.",
                        low=f"{low:g}",
                        high=f"{high:g}",
                        n=last - first + 1,
                    )
                )
            low, high = self._member(first), self._member(last)
        table = _cut(self.quantiles, low, high) if self.quantiles else ()
        return replace(self, low=low, high=high, quantiles=table)  # type: ignore[type-var]

    def to_sklearn(self) -> Any:
        """Give what scikit-learn's ``ParameterSampler`` draws from.

        Returns
        -------
        object
            All members as a sequence where they are equally likely and not too many; otherwise
            something with ``rvs(random_state=)``.
        """
        if self.size is not None and not (self.log or self.quantiles or self.size > MOST_LISTED):
            return self.grid()
        return Draw(self)

    def to_json(self) -> dict[str, Any]:
        """Write it as plain JSON, for `distribution_from_json`."""
        written = {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
        return {"kind": self._type.__name__, **written, "quantiles": list(self.quantiles)}

    def _steps_to(self, value: float, *, up: bool = False) -> int:
        """Count the whole steps from ``low`` to a value, rounded down or up."""
        steps = (_decimal(value) - _decimal(self.low)) / _decimal(self.step or 1)
        slack = _decimal(_SLACK + _grain(self.low, self.high) / (self.step or 1))
        return math.ceil(steps - slack) if up else math.floor(steps + slack)

    def _member(self, index: int) -> Any:
        member = self._type(_decimal(self.low) + index * _decimal(self.step or 1))
        return min(member, self.high)


class _Members(Sequence[Any]):
    """The members of a range with a step, made when asked for."""

    def __init__(self, members_of: Range, size: int) -> None:
        self._range, self._size = members_of, size

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        where = range(self._size)[index]
        if isinstance(where, range):
            return tuple(map(self._range._member, where))
        return self._range._member(where)


@dataclass(frozen=True, slots=True)
class Draw:
    """Draws from a range through its quantile function, behind scipy's method name."""

    drawn_from: Range

    def rvs(self, random_state: Any) -> Any:
        """Draw one member; ``random_state`` is a NumPy ``RandomState`` or ``Generator``."""
        return self.drawn_from.at(float(random_state.random()))


def _check(made: Range) -> None:
    """Hold a new range to the rules."""
    low, high, step, table = made.low, made.high, made.step, made.quantiles
    if not isinstance(made.log, bool):
        raise SpaceError(f"`log` must be True or False, but got {made.log!r}: write True.")
    _check_order(low, high)
    widest = (high - low) * (1 + _SLACK) + _grain(low, high)
    if step is not None and not 0 < step <= widest:
        raise SpaceError(
            f"`0 < step <= high - low` must hold, but got step={step} from low={low} to "
            f"high={high}: choose a smaller positive step, or write a list of choices."
        )
    if made.log and low <= 0:
        raise SpaceError(
            f"`low > 0` must hold with `log`, but got low={low}: raise it, or leave `log` out."
        )
    if made.log and (table or step != (1 if made._type is int else None)):
        raise SpaceError(
            f"`log` must stand without `step` and `quantiles`, but got step={step} and "
            f"{len(table)} quantiles: leave one out."
        )
    if table and (list(table) != sorted(table) or (table[0], table[-1]) != (low, high)):
        raise SpaceError(
            f"`quantiles` must rise from low={low} to high={high}, but got {len(table)} from "
            f"{table[0]} to {table[-1]}: sort them and begin and end at the bounds."
        )


def _check_order(low: float, high: float) -> None:
    if low == high:
        raise SpaceError(
            stated(
                "`low < high` must hold, but got {low} twice: write the one choice as a list, "
                "[{low}].",
                low=low,
            )
        )
    if low > high:
        raise SpaceError(f"`low < high` must hold, but got low={low}, high={high}: swap them.")


def _grain(low: float, high: float) -> float:
    """Give what rounding may be off by between bounds that are large and close together."""
    return 4 * sys.float_info.epsilon * max(abs(low), abs(high))


@lru_cache(maxsize=256)  # a search asks for the same bounds and step again and again
def _decimal(number: float) -> Decimal:
    """Read a number as it is written; Decimal(0.1) would be 0.1000000000000000055."""
    return Decimal(int(number)) if is_integer(number) else Decimal(repr(float(number)))


def _tidy(number: float) -> float:
    """Drop the digits that rounding put there."""
    return float(f"{number:.12g}")


def _between(low: float, high: float, fraction: float) -> float:
    return low + (high - low) * fraction


def _interpolate(table: Sequence[float], place: float) -> float:
    """Read a table between its entries; ``place`` is a fractional index."""
    below = min(int(place), len(table) - 2)
    return _between(table[below], table[below + 1], place - below)


def _cut(table: Sequence[float], low: float, high: float) -> tuple[float, ...]:
    """Make the table of the part between two bounds, as finely divided as the old one."""
    last = len(table) - 1
    # A flat stretch is a value of much probability: one that lies on a bound is kept whole.
    i, j = bisect_left(table, low), bisect_right(table, high)
    first = i and i - 1 + (low - table[i - 1]) / (table[i] - table[i - 1])
    end = last if j > last else j - 1 + (high - table[j - 1]) / (table[j] - table[j - 1])
    inner = (_interpolate(table, _between(first, end, k / last)) for k in range(1, last))
    return (low, *sorted(min(max(value, low), high) for value in inner), high)
