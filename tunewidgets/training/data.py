"""The data of a study: checked once in the kernel, shared by all the workers.

Whatever is no array (``tf.data``, ``PyDataset``) or too large to copy comes as a zero-argument
function, which makes it in each worker.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tunewidgets.errors import DataError
from tunewidgets.training import folds
from tunewidgets.training.arrays import Nest, leaves, map_nest, open_nest, read_nest, save_nest
from tunewidgets.values import is_number


@dataclass(frozen=True, slots=True)
class Part:
    """Samples to fit on, or to validate on: what ``model.fit`` takes.

    Attributes
    ----------
    x, y, sample_weight
        Nests of arrays with one row a sample; or ``x`` a function that makes a data set, or a
        tuple ``(x, y)`` or ``(x, y, sample_weight)``, and the others None.
    """

    x: Nest
    y: Nest = None
    sample_weight: Nest = None

    def rows(self, index: np.ndarray) -> Part:
        """Keep the samples with these indices."""
        return Part(*(map_nest(lambda a: a[index], nest) for nest in self.nests))

    def made(self) -> Part:
        """Call the functions, in the worker.

        Raises
        ------
        DataError
            Where that gives nothing.
        """
        x, y, weight = (nest() if callable(nest) else nest for nest in self.nests)
        if x is None:
            raise DataError(
                "A function that makes data must return a data set or (x, y), but it returned "
                "None: end it with 'return'."
            )
        if isinstance(x, tuple) and y is None and len(x) in (2, 3):
            return Part(*x)
        return Part(x, y, weight)

    @property
    def nests(self) -> tuple[Nest, Nest, Nest]:
        """The three of them, in Keras's order."""
        return (self.x, self.y, self.sample_weight)

    @property
    def is_made_in_worker(self) -> bool:
        """Whether any of it is a function."""
        return any(callable(nest) for nest in self.nests)

    @property
    def n_samples(self) -> int | None:
        """Number of rows, or None where only the worker knows."""
        return None if self.is_made_in_worker else len(next(leaves(self.x, "x"))[1])


@dataclass(frozen=True, slots=True)
class Data:
    """What the runs of a study train and validate on."""

    train: Part
    valid: Part | None = None

    @property
    def n_samples(self) -> int | None:
        """Number of training samples, or None where only the worker knows."""
        return self.train.n_samples

    def saved(self, folder: Path) -> Data:
        """Save the arrays below a folder; `opened` maps them again in another process."""
        return self._map(lambda nest, name: save_nest(nest, folder, name))

    def opened(self) -> Data:
        """Map every saved array into memory."""
        return self._map(lambda nest, _: open_nest(nest))

    def fold_of(self, n_folds: int) -> np.ndarray:
        """Say for each training sample which fold leaves it out (see `folds.fold_of`).

        Raises
        ------
        DataError
            For a number of folds that cannot be, or data made in the worker.
        """
        self.check_folds(n_folds)
        return folds.fold_of(self.train.y, self.n_samples or 0, n_folds)

    def check_folds(self, n_folds: int) -> None:
        """Raise a `DataError` unless the training samples can be split so."""
        folds.check_folds(self.n_samples, n_folds)

    def rarity(self, n_folds: int) -> str | None:
        """Tell of classes that some folds will be scored without, in a sentence, or None."""
        return folds.rarity(self.train.y, n_folds)

    def _map(self, function: Any) -> Data:
        def mapped(part: Part, name: str) -> Part:
            return Part(
                *(
                    nest if callable(nest) else function(nest, f"{name}{letter}")
                    for nest, letter in zip(part.nests, "xyw", strict=True)
                )
            )

        return Data(mapped(self.train, "train-"), self.valid and mapped(self.valid, "valid-"))


def read_data(
    x: Any,
    y: Any = None,
    *,
    sample_weight: Any = None,
    validation_data: Any = None,
    validation_split: float = 0.0,
) -> Data:
    """Read what ``model.fit`` takes, and check that it fits together.

    Raises
    ------
    DataError
        With the rule that is broken, the shapes, and the remedy.

    Warns
    -----
    UserWarning
        Where an array holds NaN or infinity, with the number of its columns that do.
    """
    train = _read_part(x, y, sample_weight, "")
    valid = _read_validation(validation_data)
    if valid is not None:
        _check_alike(train, valid)
    elif validation_split:
        train, valid = _split(train, validation_split)
    return Data(train, valid)


def _read_part(x: Any, y: Any, sample_weight: Any, prefix: str) -> Part:
    names = (f"{prefix}x", f"{prefix}y", f"{prefix}sample_weight")
    read = [
        value if _is_maker(value, name) else read_nest(value, name)
        for value, name in zip((x, y, sample_weight), names, strict=True)
    ]
    part = Part(*read)
    if part.x is None:
        raise DataError(f"{names[0]} must be given, but got None: give arrays or a function.")
    if part.is_made_in_worker:
        return part
    if not list(leaves(part.x, names[0])):
        raise DataError(f"{names[0]} must hold an array, but got {x!r}: give one or more.")
    _check_lengths(part, names)
    if any(array.dtype.kind in "US" for _, array in leaves(part.x, names[0])):
        raise DataError(
            f"{names[0]} must hold numbers, but it holds text, which Keras takes as tensors only: "
            f"number it first, or give a function, as in x=lambda: (tf.constant(texts), y)."
        )
    if any(array.dtype.kind in "US" for _, array in leaves(part.y, names[1])):
        raise DataError(
            f"{names[1]} must hold numbers, but it holds text: number the classes first, as "
            f"sklearn.preprocessing.LabelEncoder does."
        )
    for nest, name in zip(part.nests, names, strict=True):
        _warn_of_gaps(nest, name)
    return part


def _is_maker(value: Any, name: str) -> bool:
    """Tell a function from arrays; refuse what can be neither copied nor sent to a worker."""
    is_stream = (
        hasattr(value, "element_spec")  # tf.data
        or hasattr(type(value), "num_batches")  # PyDataset
        or hasattr(value, "__next__")  # generators
        or (hasattr(value, "batch_size") and hasattr(value, "dataset"))  # torch DataLoader
    )
    if is_stream:
        raise DataError(
            f"{name} must be arrays, or a zero-argument function that makes the data in the "
            f"worker, but got {type(value).__name__}, which cannot be sent there: wrap it, as in "
            f"x=lambda: make_dataset()."
        )
    if hasattr(value, "tocsr"):
        raise DataError(
            f"{name} must be a dense array, but got the sparse {type(value).__name__}: write "
            f"{name}.toarray(), or give a function that makes it in the worker."
        )
    if callable(value):
        _check_can_travel(value, name)
    return callable(value)


def _check_can_travel(maker: Any, name: str) -> None:
    import cloudpickle

    try:
        cloudpickle.dumps(maker)
    except Exception as error:  # whatever an object's own pickling raises
        raise DataError(
            f"The function for {name} must be able to travel to a worker process, but pickling it "
            f"failed ({type(error).__name__}: {error}): open inside it what it needs."
        ) from error


def _read_validation(written: Any) -> Part | None:
    if written is None:
        return None
    if _is_maker(written, "validation_data"):
        return Part(written)
    if not isinstance(written, (tuple, list)) or len(written) not in (1, 2, 3):
        raise DataError(
            f"validation_data must be (x, y) or (x, y, sample_weight), or (x,) for a model that "
            f"needs no y, but got {type(written).__name__}: give such a tuple."
        )
    x, y, weight = (*written, None, None)[:3]
    return _read_part(x, y, weight, "validation ")


def _check_lengths(part: Part, names: tuple[str, ...]) -> None:
    lengths = {
        name: len(array)
        for nest, label in zip(part.nests, names, strict=True)
        for name, array in leaves(nest, label)
    }
    if 0 in lengths.values():
        raise DataError(f"{names[0]} must have at least one sample, but it is empty: check it.")
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise DataError(f"All data must have one length, but {told}: match the rows.")


def _check_alike(train: Part, valid: Part) -> None:
    if train.is_made_in_worker or valid.is_made_in_worker:
        return
    for label in ("x", "y"):
        ours = dict(leaves(getattr(train, label), label))
        theirs = dict(leaves(getattr(valid, label), label))
        if ours.keys() != theirs.keys():
            raise DataError(
                f"validation_data must have the parts of the training data, but got "
                f"{', '.join(theirs) or f'no {label}'} beside {', '.join(ours) or f'no {label}'}: "
                f"give the same."
            )
        for name, array in ours.items():
            if _shape(array) != _shape(theirs[name]):
                raise DataError(
                    f"validation {name} must have the shape of {name} but for the number of "
                    f"rows, but got {theirs[name].shape} beside {array.shape}: use the same "
                    f"columns for both."
                )


def _shape(array: np.ndarray) -> tuple[int, ...]:
    shape = tuple(array.shape[1:])
    return () if shape == (1,) else shape  # Keras takes (n,) and (n, 1) for the same


def _split(train: Part, fraction: float) -> tuple[Part, Part]:
    """Take the last rows for validation, before any shuffling, as ``model.fit`` does."""
    if not (is_number(fraction) and 0 < fraction < 1):
        raise DataError(
            f"validation_split must lie between 0 and 1, but got {fraction!r}: "
            f"write 0.2 for the last fifth."
        )
    if train.n_samples is None:
        raise DataError(
            "validation_split needs arrays, but x is made by a function in the worker: give "
            "validation_data as a function too."
        )
    n_train = int(train.n_samples * (1 - fraction))
    if not 0 < n_train < train.n_samples:
        raise DataError(
            f"validation_split must leave samples on both sides, but {fraction!r} of "
            f"{train.n_samples} does not: choose another fraction."
        )
    rows = np.arange(train.n_samples)
    return train.rows(rows[:n_train]), train.rows(rows[n_train:])


def _warn_of_gaps(nest: Nest, name: str) -> None:
    for label, array in leaves(nest, name):
        if array.dtype.kind != "f" or np.isfinite((array.min(), array.max())).all():
            continue
        what, is_meant = ("NaN", np.isnan) if np.isnan(array.min()) else ("infinity", np.isinf)
        columns = is_meant(array.reshape(len(array), -1)).any(axis=0)
        warnings.warn(
            f"{label} holds {what} in {columns.sum()} of its {columns.size} columns: the loss will "
            f"be NaN unless the model deals with it.",
            stacklevel=4,
        )
