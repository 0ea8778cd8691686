"""Levels: search spaces that lie one inside the other, as a person zooms in.

They are a tree. Zooming opens a level inside the present one; going back to an outer level and
zooming there opens a branch. Level 1 is the study's own space.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tunewidgets.errors import SpaceError, StudyError
from tunewidgets.space import SearchSpace
from tunewidgets.values import is_integer


@dataclass(frozen=True, slots=True)
class Level:
    """A search space and its place among the others.

    Attributes
    ----------
    number
        Position in the study, from 1, in the order in which levels were opened.
    parent
        Number of the level that it lies in; None for level 1.
    space
        What its searches search.
    """

    number: int
    parent: int | None
    space: SearchSpace


def trail(levels: Sequence[Level], number: int) -> tuple[Level, ...]:
    """Give the way from level 1 down to a level, both included.

    Parameters
    ----------
    levels
        All of them, in order of number.
    number
        Where the way leads.
    """
    way = [levels[number - 1]]
    while (parent := way[-1].parent) is not None:
        way.append(levels[parent - 1])
    return tuple(reversed(way))


def are_a_tree(parents: Sequence[int | None]) -> bool:
    """Whether every level but the first lies in one that was opened before it.

    Parameters
    ----------
    parents
        The parent of level 1, of level 2, and so on.
    """
    return bool(parents) and all(
        parent is None if number == 1 else parent in range(1, number)
        for number, parent in enumerate(parents, 1)
    )


class Levels:
    """A study's levels, and which of them is the present one; guarded by the ledger's lock.

    Parameters
    ----------
    levels
        All of them, in order of number.
    present
        Number of the present one.
    """

    def __init__(self, levels: Iterable[Level], present: int) -> None:
        self._levels = list(levels)
        self.present = present

    @property
    def all(self) -> tuple[Level, ...]:
        """All of them, in order of number."""
        return tuple(self._levels)

    @property
    def space(self) -> SearchSpace:
        """The present one's."""
        return self._levels[self.present - 1].space

    def open(self, **bounds: Any) -> Level:
        """Open a level inside the present one.

        Raises
        ------
        SpaceError
            For no bounds, an unknown name, or bounds that are not within the present ones.
        """
        if not bounds:
            raise SpaceError(
                "A level must narrow a hyperparameter, but got no bounds: write "
                "study.zoom(learning_rate=(1e-3, 1e-2)), or see study.suggest_zoom()."
            )
        opened = Level(len(self._levels) + 1, self.present, self.space.narrow(**bounds))
        self._levels.append(opened)
        return opened

    def go_to(self, number: int) -> bool:
        """Make a level the present one; say whether it was another before.

        Raises
        ------
        StudyError
            Where there is no such level.
        """
        n_levels = len(self._levels)
        if not is_integer(number) or not 1 <= number <= n_levels:
            raise StudyError(
                f"A level must be one of the study's, or its number from 1 to {n_levels}, but "
                f"got {number!r}: see study.levels."
            )
        is_other = number != self.present
        self.present = int(number)
        return is_other
