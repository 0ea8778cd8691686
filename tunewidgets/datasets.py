"""The lecture's data, split and scaled, ready for a study.

scikit-learn knows where the data is and how to split and scale it, but importing it costs a
process some 85 MB for good. A lab's kernel should stay small, so the work is done by a child
process that lives for a second or two (``_prepare.py``) and leaves the arrays in an ``.npz``
file, which the kernel reads with NumPy alone; the user's cache keeps it for the next time
(``_kept.py``). Images that Keras keeps are read from its cache there too; Keras itself is
imported, in the child, only to download them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tunewidgets import _kept
from tunewidgets._prepare import NO_NETWORK, UNAVAILABLE
from tunewidgets._toys import TOYS, drawn
from tunewidgets.errors import DataError
from tunewidgets.language import translate as tr
from tunewidgets.retelling import retold, stated
from tunewidgets.values import is_integer, is_number, remedy_for

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float32]
    Targets = NDArray[np.float32] | NDArray[np.int32]

Task = Literal["regression", "binary", "multiclass"]

TITLES = {
    "california_housing": stated("California housing"),
    "mnist": "MNIST",
    "fashion_mnist": "Fashion-MNIST",
    "diabetes": stated("Diabetes"),
    "digits": stated("Digits"),
    "breast_cancer": stated("Breast cancer"),
    "wine": stated("Wine"),
    "moons": stated("Moons"),
    "circles": stated("Circles"),
    "spiral": stated("Spiral"),
    "sine": stated("Sine"),
}
"""Names that `load` knows, and what to call them on a page."""

BUNDLED = {"california_housing": "diabetes", "mnist": "digits", "fashion_mnist": "digits"}
"""What comes with scikit-learn and is most like what has to be downloaded."""

REPLACED = ("california_housing",)
"""What is replaced without asking; images of another size would break what was written for them."""

MIN_SAMPLES = 20
"""Fewer points of a toy make no three parts."""

TIMEOUT_S = 60.0
"""How long the child may take, download included."""

_SCRIPT = Path(__file__).with_name("_prepare.py")


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """A data set split into three parts, with the features scaled.

    Attributes
    ----------
    name, title
        What `load` knows it by, and what to call it on a page.
    x_train, x_valid, x_test
        Features, ``float32`` of shape (samples, features), scaled so that each has mean 0 and
        standard deviation 1 over the training part; or images from 0 to 1, of shape (samples,
        height, width) or, for the digits, (samples, height, width, 1).
    y_train, y_valid, y_test
        Targets of shape (samples,): ``float32``, or ``int32`` for classes.
    feature_names
        One a column of the features.
    target_name
        What the target is, with its unit.
    task
        What kind of problem it is.
    description
        A sentence for the student.
    source
        Where the data come from.
    n_classes
        Number of classes, or None for a regression.
    note
        Why this is not the data that was asked for, as a sentence, or None when it is.
    """

    name: str
    title: str
    x_train: FloatArray
    y_train: Targets
    x_valid: FloatArray
    y_valid: Targets
    x_test: FloatArray
    y_test: Targets
    feature_names: tuple[str, ...]
    target_name: str
    task: Task
    description: str
    source: str
    n_classes: int | None = None
    note: str | None = None

    def __repr__(self) -> str:
        """Tell the shapes, not the numbers."""
        parts = ", ".join(
            f"{part} {len(y)}"
            for part, y in (
                ("train", self.y_train),
                ("valid", self.y_valid),
                ("test", self.y_test),
            )
        )
        shape = self.x_train.shape[1:]
        told = f"{shape[0]} features" if len(shape) == 1 else f"{shape[0]} x {shape[1]} pixels"
        return f"Dataset({self.title}: {told}; {parts})"


def load(
    name: str = "california_housing",
    *,
    test_size: float = 0.2,
    valid_size: float = 0.2,
    seed: int = 42,
    fallback: str | None = "auto",
    n_samples: int = 500,
    noise: float = 0.1,
) -> Dataset:
    """Load a data set, split it into training, validation and test parts, and scale it.

    Parameters
    ----------
    name
        ``"california_housing"`` (20,640 districts, 8 features; scikit-learn downloads it once
        and keeps it); ``"mnist"`` and ``"fashion_mnist"`` (70,000 images of 28 x 28 pixels; Keras
        downloads them once and keeps them); what comes with scikit-learn: ``"diabetes"`` (442
        patients, 10 features), ``"digits"`` (1,797 images of 8 x 8 pixels), ``"breast_cancer"``
        (569, 30 features), ``"wine"`` (178, 13 features); or toys that are drawn: ``"moons"``,
        ``"circles"``, ``"spiral"`` (two classes in the plane) and ``"sine"`` (a curve).
    test_size
        Fraction of the samples kept for the test, between 0 and 1; the MNISTs have a test part
        of their own, 10,000 images.
    valid_size
        Fraction of the remaining samples kept for validation, between 0 and 1.
    seed
        Gives the same split again.
    fallback
        The data set to take instead where the named one can be neither found nor downloaded;
        the result's ``note`` then says so. ``"auto"`` is diabetes for California housing, and
        none for the MNISTs, as other images have another size; None raises instead.
    n_samples, noise
        Of a toy: how many points, and the standard deviation of what is added to each.

    Returns
    -------
    Dataset
        The three parts, their names and a description.

    Raises
    ------
    DataError
        For an unknown name, a fraction out of range, or data that cannot be had.

    Examples
    --------
    >>> import tunewidgets as tw
    >>> tw.datasets.load("diabetes")
    Dataset(Diabetes: 10 features; train 282, valid 71, test 89)
    """
    _check_name(name)
    if fallback == "auto":
        fallback = BUNDLED[name] if name in REPLACED else None
    if fallback is not None:
        _check_name(fallback)
    _check_fraction("test_size", test_size)
    _check_fraction("valid_size", valid_size)
    _check_seed(seed)
    if name in TOYS:
        _check_toy(n_samples, noise)
        parts = drawn(name, n_samples, noise, test_size, valid_size, seed)
        return Dataset(name=name, title=TITLES[name], **parts)
    keeper = "Keras" if "mnist" in name else "scikit-learn"
    try:
        return _prepare(name, test_size, valid_size, seed)
    except _UnavailableError as error:
        if fallback is None or fallback == name:
            raise DataError(
                f"The data set must be in {keeper}'s cache or downloadable, but {name!r} is "
                f"neither ({error}): connect to the internet once, or load "
                f"{BUNDLED.get(name, 'diabetes')!r}, which comes with scikit-learn."
            ) from None
        reason = str(error)
    data = _prepare(fallback, test_size, valid_size, seed)
    return replace(
        data,
        note=tr(
            "{wanted} could not be read from {keeper}'s cache or downloaded ({reason}), so "
            "this is the {given} data instead.",
            keeper=keeper,
            wanted=tr(TITLES[name]),
            reason=retold(reason),
            given=tr(data.title).lower(),
        ),
    )


class _UnavailableError(Exception):
    """The child could not get the data; says why."""


def _prepare(name: str, test_size: float, valid_size: float, seed: int) -> Dataset:
    asked = (name, test_size, valid_size, seed)
    kept = _kept.place(_SCRIPT, *asked)
    found = _kept.arrays_in(kept)
    if found is None:
        with tempfile.TemporaryDirectory(prefix="tunewidgets-") as folder:
            file = Path(folder, "data.npz")
            _make(file, *asked)
            _kept.keep(file, kept)
            found = _kept.arrays_in(file)
    if found is None:
        raise DataError(
            f"The data set {name!r} must be written before it is read, but its file is broken: "
            "see whether the disk is full."
        )
    found["feature_names"] = tuple(map(str, found["feature_names"]))
    for text in ("target_name", "description", "source"):
        found[text] = str(found[text])
    is_classes = found["y_train"].dtype.kind == "i"
    n_classes = int(found["y_train"].max()) + 1 if is_classes else None
    task: Task = "multiclass"
    if n_classes in (None, 2):
        task = "regression" if n_classes is None else "binary"
    return Dataset(name=name, title=TITLES[name], task=task, n_classes=n_classes, **found)


def _make(file: Path, name: str, *settings: float) -> None:
    """Have the child write a data set to a file."""
    # -P keeps this package's folder off the child's path: our `sklearn` is not scikit-learn.
    command = [sys.executable, "-P", _SCRIPT, file, name, *settings]
    try:
        child = subprocess.run(  # noqa: S603 -- our own script, our own arguments
            [str(word) for word in command],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _UnavailableError(f"no answer in {TIMEOUT_S:.0f} s") from None
    last_line = (child.stderr.strip().splitlines() or ["no reason given"])[-1]
    if child.returncode == NO_NETWORK:
        raise _UnavailableError(stated("the network cannot be reached"))
    if child.returncode == UNAVAILABLE:
        raise _UnavailableError(last_line)
    if child.returncode != 0:
        raise DataError(
            f"The data set {name!r} must load without trouble, but scikit-learn's process "
            f"ended with code {child.returncode} ({last_line}): check that scikit-learn is "
            "installed and that each part keeps some samples."
        )


def _check_name(name: str) -> None:
    if not isinstance(name, str) or name not in TITLES:
        names = ", ".join(map(repr, TITLES))
        raise DataError(
            f"A data set's name must be one of {names}, but got {name!r}: "
            f"{remedy_for(name, TITLES)}"
        )


def _check_fraction(argument: str, value: float) -> None:
    if not (is_number(value) and 0 < value < 1):
        raise DataError(
            f"`0 < {argument} < 1` must hold, but got {value!r}: give the fraction of the samples, "
            "as in 0.2."
        )


def _check_seed(seed: int) -> None:
    if not is_integer(seed) or not 0 <= seed < 2**32:
        raise DataError(
            f"seed must be a whole number from 0 to 2**32 - 1, but got {seed!r}: write 42."
        )


def _check_toy(n_samples: int, noise: float) -> None:
    if not is_integer(n_samples) or n_samples < MIN_SAMPLES:
        raise DataError(
            f"n_samples must be a whole number of at least {MIN_SAMPLES}, but got {n_samples!r}: "
            "write 500."
        )
    if not (is_number(noise) and 0 <= noise < float("inf")):
        raise DataError(f"`noise >= 0` must hold, but got {noise!r}: write 0.1.")
