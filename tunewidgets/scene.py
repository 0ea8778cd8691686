"""What "seeing a model think" is made of, for data of one or two columns.

A scene is a sample of the data's points; a grid is laid over their range; a thought is what a
run's model predicts on it after one of its epochs. All are small, frozen, and kept in the file.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

Span = tuple[float, float]
"""From, to."""

SIDES = {1: (200,), 2: (40, 40)}
"""Points of a grid along each column, by the number of columns."""

FLOAT = "<f4"
"""How numbers are kept: the same on every machine."""

FLOAT_BYTES = 4


@dataclass(frozen=True, slots=True)
class Grid:
    """Evenly spaced points of one or two columns.

    Attributes
    ----------
    spans
        Of each column, in the data's unit.

    Raises
    ------
    ValueError
        For no span from a number to a greater one, or more than two.
    """

    spans: tuple[Span, ...]

    def __post_init__(self) -> None:
        """See that points can be laid."""
        if len(self.spans) not in SIDES or not all(
            -math.inf < low < high < math.inf for low, high in self.spans
        ):
            raise ValueError(f"A grid needs one or two spans, but got {self.spans!r}.")

    @classmethod
    def read(cls, spans: Sequence[Sequence[float]]) -> Grid:
        """Make a grid of spans as JSON has them."""
        return cls(tuple((float(low), float(high)) for low, high in spans))

    @property
    def sides(self) -> tuple[int, ...]:
        """How many points lie along each column."""
        return SIDES[len(self.spans)]

    def points(self) -> Floats:
        """Lay the points: shape (n, columns), the first column running fastest."""
        import numpy as np

        lines = [
            np.linspace(low, high, n, dtype=FLOAT)
            for (low, high), n in zip(self.spans, self.sides, strict=True)
        ]
        return np.stack([part.ravel() for part in np.meshgrid(*lines)], 1)


@dataclass(frozen=True, slots=True)
class Thought:
    """What a model predicts on a grid.

    Attributes
    ----------
    epoch
        How many epochs it had been trained for.
    grid
        Where it was asked.
    values
        float32, little-endian, one row of outputs a point of the grid. Of classes they are
        probabilities, also where the model gives logits. Empty where it could not be asked.
    trouble
        Why it could not, as a sentence.

    Raises
    ------
    ValueError
        Where there are values for other points than the grid's.
    """

    epoch: int
    grid: Grid
    values: bytes = field(repr=False)
    trouble: str | None = None

    def __post_init__(self) -> None:
        """See that the values fit the grid."""
        row = FLOAT_BYTES * math.prod(self.grid.sides)
        if len(self.values) % row or bool(self.values) is (self.trouble is not None):
            raise ValueError(f"{len(self.values)} bytes are no values for a grid of {row} bytes.")

    def outputs(self) -> Floats:
        """Give the values, shape (points of the grid, outputs)."""
        import numpy as np

        return np.frombuffer(self.values, FLOAT).reshape(math.prod(self.grid.sides), -1)


@dataclass(frozen=True, slots=True)
class Scene:
    """A sample of the data that a study's models learn.

    Attributes
    ----------
    names
        Of x's columns, one or two.
    target
        Name of y.
    classes
        The values of y that stand for classes, in order; empty where y is a quantity.
    grid
        Over the range of all the data.
    sample
        float32, little-endian, one row a sample: the columns of x, then y (the class of one-hot
        rows).

    Raises
    ------
    ValueError
        Where the parts do not fit together.
    """

    names: tuple[str, ...]
    target: str
    classes: tuple[float, ...]
    grid: Grid
    sample: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """See that the parts fit together."""
        row = FLOAT_BYTES * (len(self.names) + 1)
        if len(self.names) != len(self.grid.spans) or len(self.sample) % row:
            raise ValueError(f"{len(self.sample)} bytes are no rows of {row}.")

    @property
    def points(self) -> Floats:
        """Give the sample's x, shape (n, columns)."""
        return self._rows[:, :-1]

    @property
    def targets(self) -> Floats:
        """Give the sample's y, shape (n,)."""
        return self._rows[:, -1]

    @property
    def _rows(self) -> Floats:
        import numpy as np

        return np.frombuffer(self.sample, FLOAT).reshape(-1, len(self.names) + 1)

    def to_json(self) -> dict[str, Any]:
        """Write the scene as plain values."""
        return {
            "names": list(self.names),
            "target": self.target,
            "classes": list(self.classes),
            "spans": [list(span) for span in self.grid.spans],
            "sample": base64.b64encode(self.sample).decode("ascii"),
        }

    @classmethod
    def from_json(cls, written: Mapping[str, Any] | None) -> Scene | None:
        """Read what `to_json` wrote; None of None.

        Raises
        ------
        ValueError, LookupError, TypeError
            For what it did not write.
        """
        if written is None:
            return None
        return cls(
            tuple(str(name) for name in written["names"]),
            str(written["target"]),
            tuple(float(value) for value in written["classes"]),
            Grid.read(written["spans"]),
            base64.b64decode(written["sample"], validate=True),
        )
