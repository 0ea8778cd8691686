"""What a search asks for its next trial, and what samplers share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from tunewidgets.space import SearchSpace
from tunewidgets.trial import Trial

MOST_COUNTED = 2**31 - 1
"""NumPy counts combinations in machine integers; larger spaces are not indexed."""


class Sampler(Protocol):
    """Proposes the trials of a search, one at a time; the search says when it has enough."""

    def ask(self, trials: Sequence[Trial]) -> dict[str, Any] | None:
        """Propose the next trial.

        Parameters
        ----------
        trials
            All trials of the study so far, for samplers that learn from them.

        Returns
        -------
        dict or None
            Name to a plain Python value, for every name of the space; None when nothing is left.
        """


class ListSampler:
    """A sampler whose candidates do not depend on how the trials went.

    Parameters
    ----------
    candidates
        What to propose, in order; read no further than asked for.
    """

    def __init__(self, candidates: Iterator[dict[str, Any]]) -> None:
        self._candidates = candidates

    def ask(self, trials: Sequence[Trial]) -> dict[str, Any] | None:
        """Propose the next candidate, or None when nothing is left."""
        del trials
        return next(self._candidates, None)


def unseen(
    space: SearchSpace,
    candidates: Iterable[dict[str, Any]],
    seen: set[str],
    patience: int | None = None,
) -> Iterator[dict[str, Any]]:
    """Skip what was seen, and see the rest.

    Parameters
    ----------
    space
        What the candidates are drawn from; its types and its order of names are given to them.
    candidates
        As scikit-learn draws them, names sorted, perhaps with NumPy scalars.
    seen
        ``space.key`` texts; those of the candidates given are added.
    patience
        End after so many repeats in a row.
    """
    repeats = 0
    for candidate in candidates:
        # `nearest` also brings back what scipy's rounding carries over a bound.
        params = {name: space[name].nearest(candidate[name]) for name in space}
        key = space.key(params)
        if key not in seen:
            seen.add(key)
            repeats = 0
            yield params
        else:
            repeats += 1
            if repeats == patience:
                return
