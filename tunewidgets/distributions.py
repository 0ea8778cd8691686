"""Which values a hyperparameter can take: `Float` and `Int` ranges, `Categorical` choices.

All three are frozen records, checked when made, so whoever holds one can rely on it. The values
they give out are plain Python: an ``int`` is an ``int``, never a NumPy scalar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from tunewidgets._range import Range
from tunewidgets.errors import SpaceError
from tunewidgets.retelling import stated
from tunewidgets.values import canonical, is_number, native

__all__ = [
    "Categorical",
    "Distribution",
    "Float",
    "Int",
    "canonical",
    "distribution_from_json",
    "lies_in",
]


@dataclass(frozen=True, slots=True)
class Float(Range):
    """Real numbers from ``low`` to ``high``.

    Parameters
    ----------
    low, high
        The bounds, both included; ``low < high``.
    step
        Distance between the values, counted from ``low``; None for every real number.
    log
        Spread evenly over orders of magnitude; needs ``low > 0``, and stands without ``step``.
    quantiles
        How the values are spread otherwise: the quantile function at evenly spaced
        probabilities, rising from ``low`` to ``high``.
    label, help
        What the control of the hyperparameter is called, and its tooltip.

    Raises
    ------
    SpaceError
        When a rule above is broken.

    Examples
    --------
    >>> Float(3e-4, 3e-2, log=True).grid(3)
    (0.0003, 0.003, 0.03)
    >>> Float(0, 1, step=0.25).grid()
    (0.0, 0.25, 0.5, 0.75, 1.0)
    """

    low: float
    high: float
    step: float | None = None
    log: bool = False
    quantiles: tuple[float, ...] = ()
    label: str | None = None
    help: str | None = None

    _type: ClassVar[type[float]] = float


@dataclass(frozen=True, slots=True)
class Int(Range):
    """Integers from ``low`` to ``high``.

    Parameters
    ----------
    low, high
        The bounds, both included; ``low < high``.
    step
        Distance between the values, counted from ``low``.
    log
        Spread evenly over orders of magnitude; needs ``low > 0`` and ``step=1``.
    quantiles
        How the values are spread otherwise: the quantile function at evenly spaced
        probabilities, rising from ``low`` to ``high``.
    label, help
        What the control of the hyperparameter is called, and its tooltip.

    Raises
    ------
    SpaceError
        When a rule above is broken.

    Examples
    --------
    >>> Int(1, 10, step=3).grid()
    (1, 4, 7, 10)
    """

    low: int
    high: int
    step: int = 1
    log: bool = False
    quantiles: tuple[float, ...] = ()
    label: str | None = None
    help: str | None = None

    _type: ClassVar[type[float]] = int


@dataclass(frozen=True, slots=True, eq=False)
class Categorical:
    """Choices, in the order in which they are shown.

    Parameters
    ----------
    choices
        None, bool, int, finite float, str, or tuples and lists of these; each one once. 1, 1.0
        and True are different choices, ``(1, 2)`` and ``[1, 2]`` are the same.
    label, help
        What the control of the hyperparameter is called, and its tooltip.

    Raises
    ------
    SpaceError
        When there is no choice, a choice comes twice, or one cannot be stored.

    Examples
    --------
    >>> Categorical(("relu", "selu")).narrow(["selu"]).choices
    ('selu',)
    """

    choices: tuple[Any, ...]
    label: str | None = None
    help: str | None = None
    _positions: dict[str, int] = field(init=False, repr=False)  # by identity: it is asked often

    def __post_init__(self) -> None:
        if isinstance(self.choices, str) or not isinstance(self.choices, Sequence):
            got = type(self.choices).__name__
            raise SpaceError(f"Choices must be a tuple or a list, but got {got}: write [...].")
        object.__setattr__(self, "choices", tuple(map(native, self.choices)))
        if not self.choices:
            raise SpaceError(stated("At least one choice must be given, but got none: add one."))
        positions: dict[str, int] = {}
        for position, identity in enumerate(map(canonical, self.choices)):
            if identity in positions:
                raise SpaceError(
                    f"Every choice must come once, but got {identity} twice: leave one out."
                )
            positions[identity] = position
        object.__setattr__(self, "_positions", positions)

    def __eq__(self, other: object) -> bool:
        # The text of the choices, since (1,) == (True,) in Python.
        return isinstance(other, Categorical) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @property
    def _identity(self) -> tuple[str, str | None, str | None]:
        return (repr(self.choices), self.label, self.help)

    @property
    def size(self) -> int:
        """Number of choices."""
        return len(self.choices)

    @property
    def middle(self) -> Any:
        """The first choice: where a control starts that has nowhere else to."""
        return self.choices[0]

    def position(self, value: Any) -> int | None:
        """Give the position of a choice, from 0; None for what is none."""
        try:
            return self._positions.get(canonical(value))
        except SpaceError:
            return None  # what cannot be stored is no choice

    def nearest(self, value: Any) -> Any:
        """Find a choice, as it was written; for anything else, the first one."""
        index = self.position(value)
        return self.middle if index is None else self.choices[index]

    def contains(self, value: Any) -> bool:
        """Whether a value is one of the choices."""
        return self.position(value) is not None

    def grid(self, n_points: int = 5) -> tuple[Any, ...]:
        """Give all choices, however many points are asked for."""
        del n_points
        return self.choices

    def narrow(self, bounds: Any) -> Self:
        """Keep some of the choices, in their old order.

        Parameters
        ----------
        bounds
            A tuple or list of choices.

        Raises
        ------
        SpaceError
            When it is anything else, is empty, or holds a value that is no choice.
        """
        if not isinstance(bounds, tuple | list):
            raise SpaceError(
                f"New choices must be a tuple or a list, but got {bounds!r}: write [{bounds!r}]."
            )
        for value in bounds:
            if not self.contains(value):
                raise SpaceError(
                    f"New choices must be among the old ones, {self.choices}, but got {value!r}: "
                    "leave it out."
                )
        kept = {self.position(value) for value in bounds}
        return replace(self, choices=tuple(c for i, c in enumerate(self.choices) if i in kept))

    def to_sklearn(self) -> list[Any]:
        """Give what scikit-learn's ``ParameterSampler`` draws from: the list of choices."""
        return list(self.choices)

    def to_json(self) -> dict[str, Any]:
        """Write it as plain JSON, for `distribution_from_json`."""
        choices = [_mark_tuples(choice) for choice in self.choices]
        return {"kind": "categorical", "choices": choices, "label": self.label, "help": self.help}


Distribution = Float | Int | Categorical


def lies_in(distribution: Distribution, value: Any) -> bool:
    """Whether a value is one of the choices, or between the ends; steps do not matter."""
    if isinstance(distribution, Categorical):
        return distribution.contains(value)
    return is_number(value) and distribution.low <= value <= distribution.high


def distribution_from_json(written: Mapping[str, Any]) -> Distribution:
    """Read a distribution that ``to_json`` wrote.

    Raises
    ------
    SpaceError
        When it is not one, or breaks a rule of its kind.
    """
    fields = dict(written)
    kind = fields.pop("kind", None)
    try:
        match kind:
            case "float":
                return Float(**fields)
            case "int":
                return Int(**fields)
            case "categorical":
                choices = tuple(map(_restore_tuples, fields.pop("choices")))
                return Categorical(choices, **fields)
    except (TypeError, KeyError) as error:
        raise SpaceError(
            f"A stored distribution must have the fields of its kind, {kind}, but got "
            f"{sorted(written)}: it was written by another version, or changed by hand."
        ) from error
    raise SpaceError(
        f"The kind of a stored distribution must be float, int or categorical, but got {kind!r}: "
        "it was written by another version, or changed by hand."
    )


def _mark_tuples(choice: Any) -> Any:
    """Make a choice JSON that remembers its tuples; no choice is a dict, so dicts are free."""
    if isinstance(choice, tuple):
        return {"tuple": [_mark_tuples(item) for item in choice]}
    return [_mark_tuples(item) for item in choice] if isinstance(choice, list) else choice


def _restore_tuples(written: Any) -> Any:
    if isinstance(written, dict):
        return tuple(_restore_tuples(item) for item in written["tuple"])
    return [_restore_tuples(item) for item in written] if isinstance(written, list) else written
