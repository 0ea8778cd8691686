"""The search space: which hyperparameters there are, and which values each can take.

A `SearchSpace` is read once from what a person wrote and from the builder's signature. After that
it needs the builder no more: it carries the names that the builder takes and the starting values,
so that a space read back from a file is equal to the one that was written. It never changes;
narrowing and pinning give a new one, the space of the next level.
"""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from inspect import Parameter
from typing import Any, Self

from tunewidgets.abbreviations import naming, read_distribution
from tunewidgets.distributions import (
    Categorical,
    Distribution,
    Float,
    Int,
    canonical,
    distribution_from_json,
)
from tunewidgets.errors import BuilderError, SpaceError
from tunewidgets.fit_settings import TRAINING_NAMES, check_distribution, check_values
from tunewidgets.values import is_number, native, read_number, remedy_for


@dataclass(frozen=True, slots=True, repr=False)
class SearchSpace(Mapping[str, Distribution]):
    """Hyperparameter name to distribution; made by `SearchSpace.read`.

    Attributes
    ----------
    distributions
        The same as a dict, in the order written.
    model_parameters
        Names that the builder takes.
    accepts_any
        Whether it takes any other name too, by ``**kwargs``.
    start
        Name to the value that its control starts with: the builder's default, or the member
        nearest to it, or else the middle of the range or the first choice.

    Examples
    --------
    >>> def build_model(n_hidden=1, learning_rate=3e-3): ...
    >>> space = SearchSpace.read({"n_hidden": (0, 3), "learning_rate": [1e-3, 1e-2]}, build_model)
    >>> space.size, space.start
    (8, {'n_hidden': 1, 'learning_rate': 0.001})
    >>> space.narrow(n_hidden=(1, 2))["n_hidden"].grid()
    (1, 2)
    """

    distributions: dict[str, Distribution]
    model_parameters: tuple[str, ...]
    accepts_any: bool
    start: dict[str, Any]

    @classmethod
    def read(cls, written: Mapping[str, Any], builder: Callable[..., Any]) -> SearchSpace:
        """Read what a person wrote.

        Parameters
        ----------
        written
            Name to anything that `read_distribution` reads, or a search space.
        builder
            What builds the model; its signature tells which names there can be.

        Raises
        ------
        SpaceError
            When a name is neither the builder's nor one of `TRAINING_NAMES`, or when what was
            written for it cannot be read.
        BuilderError
            When the builder cannot be called by name.
        """
        if not isinstance(written, Mapping):
            raise SpaceError(
                "A search space must map names to values, but got "
                f"{type(written).__name__}: write {{'name': [...]}}."
            )
        if not written:
            raise SpaceError("A search space must have a hyperparameter, but got none: add one.")
        defaults, accepts_any = _read_signature(builder)
        space = cls({}, tuple(defaults), accepts_any, {})
        for name in written:
            space._check_accepted(name)
        if isinstance(written, SearchSpace):
            space = replace(space, distributions=written.distributions, start=written.start)
        else:
            read = {name: read_distribution(name, value) for name, value in written.items()}
            start = {name: _start(read[name], defaults.get(name, Parameter.empty)) for name in read}
            space = replace(space, distributions=read, start=start)
        space._check_training()
        return space

    def __getitem__(self, name: str) -> Distribution:
        return self.distributions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.distributions)

    def __len__(self) -> int:
        return len(self.distributions)

    def __repr__(self) -> str:
        return f"SearchSpace({self.distributions})"

    @property
    def training_names(self) -> tuple[str, ...]:
        """Hyperparameters of the space that go to training."""
        return tuple(filter(self.is_training, self))

    @property
    def model_names(self) -> tuple[str, ...]:
        """Hyperparameters of the space that go to the builder."""
        return tuple(name for name in self if not self.is_training(name))

    def is_training(self, name: str) -> bool:
        """Whether a name, in the space or not, is that of a training hyperparameter."""
        return name in TRAINING_NAMES and name not in self.model_parameters

    @property
    def size(self) -> int | None:
        """Number of combinations, or None when a hyperparameter is continuous."""
        sizes = [distribution.size for distribution in self.values()]
        return None if None in sizes else math.prod(size or 0 for size in sizes)

    def grid_size(self, n_points: int = 5) -> int:
        """Count the combinations of a grid with ``n_points`` values a continuous range."""
        return math.prod(d.size or len(d.grid(n_points)) for d in self.values())

    def narrow(self, /, **bounds: Any) -> Self:
        """Keep a part of the space.

        Parameters
        ----------
        **bounds
            Name to ``(low, high)``, or to some of the choices. The others stay as they are.

        Raises
        ------
        SpaceError
            When a name is not in the space, or bounds are not within the old ones.
        """
        changed = {}
        for name, within in bounds.items():
            _check_name(name, self, "in the space")
            with naming(name):
                changed[name] = self[name].narrow(within)
        return self._with(changed)

    def pin(self, /, **values: Any) -> Self:
        """Leave hyperparameters one choice each; any storable value will do.

        Raises
        ------
        SpaceError
            When a name is not in the space, or a value cannot be stored.
        """
        changed = {}
        for name, value in values.items():
            _check_name(name, self, "in the space")
            old = self[name]
            with naming(name):
                changed[name] = Categorical((_as_written(old, value),), old.label, old.help)
        return self._with(changed)

    def check_params(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Check a person's choice, and complete it.

        Parameters
        ----------
        params
            Name to value. Values may lie outside the space: a person may try anything.

        Returns
        -------
        dict
            Plain Python values, the names of the space first; those left out are at ``start``.

        Raises
        ------
        SpaceError
            When a name is neither in the space nor the builder's nor one of `TRAINING_NAMES`,
            or when a value cannot be stored or makes no training.
        """
        if not isinstance(params, Mapping):
            raise SpaceError(
                "A choice of hyperparameters must map names to values, but got "
                f"{type(params).__name__}: write {{'name': value}}."
            )
        for name in params:
            if name not in self:
                self._check_accepted(name)
        complete = self.decode({**self.start, **params})
        for name, value in complete.items():
            if self.is_training(name):
                with naming(name):
                    check_values(name, [value])
        return complete

    def decode(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Give params the types of the space: choices as written, a float for a real number.

        That is what params read from JSON need, which has no tuples.

        Raises
        ------
        SpaceError
            When a value cannot be stored.
        """
        decoded = {}
        for name, value in params.items():
            with naming(name):
                decoded[name] = _as_written(self.distributions.get(name), value)
        return decoded

    def key(self, params: Mapping[str, Any]) -> str:
        """Write the identity of a choice as text, whatever the order of its names.

        Raises
        ------
        SpaceError
            When a value cannot be stored.
        """
        identities = {name: canonical(value) for name, value in self.decode(params).items()}
        return json.dumps(identities, sort_keys=True)

    def to_json(self) -> dict[str, Any]:
        """Write the space as plain JSON, for `from_json`."""
        return {
            "distributions": [[name, self[name].to_json()] for name in self],
            "model_parameters": list(self.model_parameters),
            "accepts_any": self.accepts_any,
            "start": dict(self.start),
        }

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> Self:
        """Read a space that ``to_json`` wrote.

        Raises
        ------
        SpaceError
            When it is not one.
        """
        try:
            read = {name: distribution_from_json(d) for name, d in written["distributions"]}
            space = cls(read, tuple(written["model_parameters"]), written["accepts_any"], {})
            return replace(space, start=space.decode(written["start"]))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            if isinstance(error, SpaceError):
                raise
            raise SpaceError(
                "A stored search space must have distributions, model_parameters, accepts_any and "
                f"start, but got {written!r:.200}: it was written by another version, or changed "
                "by hand."
            ) from error

    def _with(self, changed: Mapping[str, Distribution]) -> Self:
        start = {name: d.nearest(self.start[name]) for name, d in changed.items()}
        space = replace(
            self,
            distributions={**self.distributions, **changed},
            start={**self.start, **start},
        )
        space._check_training()
        return space

    def _check_accepted(self, name: Any) -> None:
        if not (self.accepts_any and isinstance(name, str)):
            possible = dict.fromkeys((*self.model_parameters, *TRAINING_NAMES))
            _check_name(name, possible, "the builder's or the training's")

    def _check_training(self) -> None:
        for name in self.training_names:
            with naming(name):
                check_distribution(name, self[name])


def _read_signature(builder: Callable[..., Any]) -> tuple[dict[str, Any], bool]:
    """Give the names that a builder takes with their defaults, and whether it takes any name."""
    try:
        parameters = inspect.signature(builder).parameters.values()
    except (TypeError, ValueError):
        raise BuilderError(
            "The model builder must be a function whose arguments can be read, but got "
            f"{type(builder).__name__}: write it with def."
        ) from None
    for parameter in parameters:
        if parameter.kind is Parameter.POSITIONAL_ONLY:
            raise BuilderError(
                f"The model builder must take its arguments by name, but {parameter.name!r} is "
                "positional-only: move it behind the slash."
            )
    by_name = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
    defaults = {p.name: p.default for p in parameters if p.kind in by_name}
    return defaults, any(p.kind is Parameter.VAR_KEYWORD for p in parameters)


def _start(distribution: Distribution, default: Any) -> Any:
    return distribution.middle if default is Parameter.empty else distribution.nearest(default)


def _as_written(distribution: Distribution | None, value: Any) -> Any:
    """Give a value the type that its distribution has, where nothing is lost by that."""
    value = native(value)
    match distribution:
        case Categorical() if distribution.contains(value):
            return distribution.nearest(value)
        case Float() if is_number(value):
            return read_number("value", value, float)
        case Int() if is_number(value) and value == round(value):
            return round(value)
    return value


def _check_name(name: Any, possible: Iterable[str], where: str) -> None:
    names = list(possible)
    if name in names:
        return
    raise SpaceError(
        f"Names of hyperparameters must be {where} ({', '.join(names)}), but got {name!r}: "
        f"{remedy_for(name, names)}"
    )
