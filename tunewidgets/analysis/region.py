"""Where to zoom: the box around the best trials.

For a range, the box reaches from the lowest to the highest value among the best trials, and on
either side halfway on to the next value that was tried and was not among the best; where none was
tried there, to the end of the range. Choices stay that occur among the best, or that no trial has
tried.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tunewidgets.analysis.scale import best_first, by_magnitude, complete_within, halfway
from tunewidgets.distributions import Categorical, Distribution, Float, Int
from tunewidgets.errors import SpaceError
from tunewidgets.language import translate as tr
from tunewidgets.space import SearchSpace
from tunewidgets.trial import Trial
from tunewidgets.values import is_number

LEAST_VALUES = 4
"""Below so many complete trials with different values, nothing is proposed."""


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a search space.

    Attributes
    ----------
    bounds
        Hyperparameter name to ``(low, high)`` or to the choices kept, as ``Study.zoom`` takes
        them. Names whose range would stay whole are left out; empty where all would.
    n_trials
        How many of the trials lie in it, the best and others.
    words
        How it was found, for the person.
    """

    bounds: Mapping[str, tuple[Any, ...]]
    n_trials: int
    words: str


def best_region(
    trials: Iterable[Trial], space: SearchSpace, direction: str, share: float = 0.25
) -> Region | None:
    """Find the box around the best trials of a space.

    Parameters
    ----------
    trials
        The study's; those that are not complete, or lie outside the space, say nothing.
    space
        What the box is a part of.
    direction
        ``"minimize"`` or ``"maximize"``.
    share
        Which share of the complete trials counts as the best, above 0 and up to 1; two at least.

    Returns
    -------
    Region or None
        None with fewer than `LEAST_VALUES` complete trials of different values.

    Raises
    ------
    SpaceError
        For a share that is none.
    """
    if not (is_number(share) and 0 < share <= 1):
        raise SpaceError(f"share must be above 0 and up to 1, but got {share!r}: write 0.25.")
    ranked = best_first(complete_within(trials, space), direction)
    if len({trial.value for trial in ranked}) < LEAST_VALUES:
        return None
    n_best = max(2, math.ceil(share * len(ranked)))
    best = [trial for trial in ranked if _is_as_good(trial, ranked[n_best - 1], direction)]
    bounds = {}
    for name, distribution in space.items():
        tried = [trial.params[name] for trial in ranked]
        kept = _part(distribution, tried, tried[: len(best)])
        if kept is not None:
            bounds[name] = kept
    inside = complete_within(ranked, space.narrow(**bounds))
    return Region(bounds, len(inside), _words(len(best), len(ranked), bool(bounds)))


def _is_as_good(trial: Trial, last: Trial, direction: str) -> bool:
    sign = 1 if direction == "minimize" else -1
    return sign * (trial.value or 0.0) <= sign * (last.value or 0.0)


def _words(n_best: int, n_trials: int, is_smaller: bool) -> str:
    if is_smaller:
        return tr(
            "The box around the best {n_best} of {n} complete trials, widened halfway to the next "
            "values tried.",
            n_best=n_best,
            n=n_trials,
        )
    return tr(
        "The best {n_best} of {n} complete trials lie all over these ranges: there is nothing to "
        "narrow.",
        n_best=n_best,
        n=n_trials,
    )


def _part(
    distribution: Distribution, tried: Sequence[Any], best: Sequence[Any]
) -> tuple[Any, ...] | None:
    """Give what to keep of one hyperparameter; None for all of it."""
    if isinstance(distribution, Categorical):
        return _choices(distribution, tried, best)
    return _interval(distribution, tried, best)


def _choices(
    distribution: Categorical, tried: Sequence[Any], best: Sequence[Any]
) -> tuple[Any, ...] | None:
    is_tried = Categorical(_unique(distribution, tried)).contains
    is_best = Categorical(_unique(distribution, best)).contains
    kept = tuple(c for c in distribution.choices if is_best(c) or not is_tried(c))
    return kept if len(kept) < len(distribution.choices) else None


def _unique(distribution: Categorical, values: Sequence[Any]) -> tuple[Any, ...]:
    among = {repr(distribution.nearest(value)) for value in values}
    return tuple(choice for choice in distribution.choices if repr(choice) in among)


def _interval(
    distribution: Float | Int, tried: Sequence[float], best: Sequence[float]
) -> tuple[Any, Any] | None:
    low, high = min(best), max(best)
    below = max((value for value in tried if value < low), default=None)
    above = min((value for value in tried if value > high), default=None)
    bottom = distribution.low if below is None else halfway(distribution, below, low)
    top = distribution.high if above is None else halfway(distribution, high, above)
    if distribution.step is None:
        bottom, top = _rounded(distribution, bottom, top)
    else:
        bottom, top = _members(distribution, (bottom, low), (high, top))
    if (bottom, top) == (distribution.low, distribution.high):
        return None
    return bottom, top


def _rounded(distribution: Float | Int, bottom: float, top: float) -> tuple[float, float]:
    """Round outwards to two digits, of the numbers themselves or of their distance."""
    if by_magnitude(distribution):
        units = (
            10.0 ** (math.floor(math.log10(bottom)) - 1),
            10.0 ** (math.floor(math.log10(top)) - 1),
        )
    else:
        unit = 10.0 ** (math.floor(math.log10(top - bottom)) - 1) if top > bottom else 0.0
        units = unit, unit
    if min(units) > 0:
        bottom = float(f"{math.floor(bottom / units[0] + 1e-9) * units[0]:.12g}")
        top = float(f"{math.ceil(top / units[1] - 1e-9) * units[1]:.12g}")
    return max(bottom, distribution.low), min(top, distribution.high)


def _members(
    distribution: Float | Int, below: tuple[float, float], above: tuple[float, float]
) -> tuple[Any, Any]:
    """Choose a member on either side, inside where there is one; keep two of them."""
    step = distribution.step or 1
    first, last = distribution.nearest(below[0]), distribution.nearest(above[1])
    if first < below[0] and distribution.nearest(first + step) <= below[1]:
        first = distribution.nearest(first + step)
    if last > above[1] and distribution.nearest(last - step) >= above[0]:
        last = distribution.nearest(last - step)
    if first == last:
        return distribution.nearest(first - step), distribution.nearest(last + step)
    return first, last
