"""Levels: search spaces that lie one inside the other, as a person zooms in.

They are a tree. Zooming opens a level inside the present one; going back to an outer level and
zooming there opens a branch. Level 1 is the study's own space.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tunewidgets.space import SearchSpace


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
