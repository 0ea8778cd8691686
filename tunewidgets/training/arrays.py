"""Nests of arrays: what Keras takes as ``x`` and ``y`` (an array, or lists or dicts of them).

``None`` stands for nothing and is left alone. Arrays go to the workers as ``.npy`` files that
each of them maps into memory, so that any number of workers share one copy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tunewidgets.errors import DataError

Nest = Any
"""An array, a list, tuple or dict of nests, or None."""


@dataclass(frozen=True, slots=True)
class ArrayFile:
    """Stands in a nest for an array that was saved."""

    path: str

    def open(self) -> np.ndarray:
        """Map the array into memory; whoever writes to it has a copy of that page."""
        return np.load(self.path, mmap_mode="c", allow_pickle=False)  # type: ignore[no-any-return]


def map_nest(function: Callable[[Any], Any], nest: Nest) -> Nest:
    """Apply a function to every leaf of a nest."""
    if nest is None:
        return None
    if isinstance(nest, Mapping):
        return {key: map_nest(function, value) for key, value in nest.items()}
    if isinstance(nest, (list, tuple)):
        return type(nest)(map_nest(function, value) for value in nest)
    return function(nest)


def leaves(nest: Nest, name: str) -> Iterator[tuple[str, np.ndarray]]:
    """Every array of a nest with a name to call it by, as ``x['image']``."""
    if nest is None:
        return
    if isinstance(nest, Mapping):
        for key, value in nest.items():
            yield from leaves(value, f"{name}[{key!r}]")
    elif isinstance(nest, (list, tuple)):
        for index, value in enumerate(nest):
            yield from leaves(value, f"{name}[{index}]")
    else:
        yield name, nest


def read_nest(written: Any, name: str) -> Nest:
    """Turn DataFrames, Series, tensors and lists of numbers into arrays, and keep the nesting.

    Raises
    ------
    DataError
        Where a leaf is no array of numbers or text.
    """
    if written is None:
        return None
    if isinstance(written, Mapping):
        return {key: read_nest(value, f"{name}[{key!r}]") for key, value in written.items()}
    if isinstance(written, (list, tuple)) and any(np.ndim(value) for value in written):
        if all(isinstance(value, (list, tuple)) for value in written):
            return _read_array(written, name)  # rows of numbers, not several inputs
        return [read_nest(value, f"{name}[{index}]") for index, value in enumerate(written)]
    return _read_array(written, name)


def save_nest(nest: Nest, folder: Path, name: str) -> Nest:
    """Save every array below a folder; return the nest with an `ArrayFile` in each one's place."""

    def save(array: np.ndarray) -> ArrayFile:
        path = folder / f"{name}-{len(list(folder.glob(f'{name}-*.npy')))}.npy"
        np.save(path, array, allow_pickle=False)
        return ArrayFile(str(path))

    return map_nest(save, nest)


def open_nest(nest: Nest) -> Nest:
    """Undo `save_nest`: map every saved array into memory."""
    return map_nest(lambda leaf: leaf.open() if isinstance(leaf, ArrayFile) else leaf, nest)


def _read_array(written: Any, name: str) -> np.ndarray:
    array = written.to_numpy() if hasattr(written, "to_numpy") else _as_array(written, name)
    if array.dtype == object:
        array = _from_objects(array, written, name)
    if array.dtype.kind not in "biufcUS":
        raise DataError(
            f"{name} must hold numbers or text, but it holds {array.dtype}: convert it first."
        )
    if array.ndim == 0:
        raise DataError(
            f"{name} must be an array with one row a sample, but got "
            f"{type(written).__name__}: give an array, a list or dict of arrays, or a "
            f"zero-argument function that makes the data in the worker."
        )
    return array


def _as_array(written: Any, name: str) -> np.ndarray:
    try:
        return np.asarray(written)
    except ValueError as error:
        raise DataError(
            f"{name} must have rows of one length, but got a ragged {type(written).__name__}: "
            f"pad it first."
        ) from error


def _from_objects(array: np.ndarray, written: Any, name: str) -> np.ndarray:
    """Rescue an object array of text or of mixed numbers, as DataFrames give them."""
    if array.ndim and all(isinstance(value, str) for value in array.flat):
        return array.astype(str)
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError) as error:
        columns = [
            str(column)
            for column, dtype in getattr(written, "dtypes", {}).items()
            if getattr(dtype, "kind", "O") not in "biuf"
        ]
        where = f" (columns {', '.join(columns)})" if columns else ""
        raise DataError(
            f"{name} must hold numbers or text, but it holds Python objects{where}: encode them "
            f"as numbers first."
        ) from error
