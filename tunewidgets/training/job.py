"""What crosses from the kernel to the workers: one job a study, one task a run.

The builder and the callbacks go by value (cloudpickle), so that they may be defined in a
notebook cell and close over others, and no worker imports the user's main script again.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tunewidgets.errors import BuilderError
from tunewidgets.scene import Grid
from tunewidgets.training.checkpoints import Keeping
from tunewidgets.training.data import Data
from tunewidgets.trial import Params, RunKey


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the runs of a study build and fit; it travels by value.

    With a judge, a run's value is what that says, and the objective only names it.

    ``n_classes`` says that the targets are class numbers below it, to be turned into what the
    model's loss takes; None leaves them as they are.
    """

    builder: Callable[..., Any]
    callbacks: Callable[[], Sequence[Any]] | Sequence[Any]
    fit_options: Mapping[str, Any]
    objective: str
    minimize: bool
    engine: str = "auto"
    n_classes: int | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """What all runs of a study share.

    Attributes
    ----------
    recipe
        A pickled `Recipe`; unpickled anew for each run, so that no callback serves two.
    data
        The samples, in memory or as files to map.
    grid
        Where models are asked what they predict as they learn; None for nowhere.
    judge
        A pickled `Judge`; None where a metric of the model's is the objective.
    keeping
        How checkpoints are kept; None for none.
    logs
        The folder of TensorBoard's logs; None for none.
    """

    recipe: bytes
    data: Data
    grid: Grid | None = None
    judge: bytes | None = None
    keeping: Keeping | None = None
    logs: str | None = None

    def unpacked_recipe(self) -> Recipe:
        """Unpickle a fresh copy of the recipe."""
        import cloudpickle

        recipe: Recipe = cloudpickle.loads(self.recipe)
        return recipe

    @property
    def monitor(self) -> str | None:
        """What to stop early by where a judge gives the value; None where the objective serves."""
        if self.judge is None:
            return None
        return "loss" if self.data.valid is None else "val_loss"

    def saved(self, folder: Path) -> Job:
        """Move the data to files; the fold assignments are small and travel with the tasks."""
        return replace(self, data=self.data.saved(folder))

    def opened(self) -> Job:
        """Map the data again, in the worker."""
        return replace(self, data=self.data.opened())


@dataclass(frozen=True, slots=True)
class HereJob:
    """What a run in the person's own process works on: nothing travels, so nothing is pickled."""

    recipe: Recipe
    data: Data
    grid: Grid | None = None
    """Nobody looks on."""

    def unpacked_recipe(self) -> Recipe:
        """Give the recipe, with the callbacks themselves, as ``model.fit`` uses them."""
        return self.recipe

    @property
    def monitor(self) -> None:
        """None, as in a `Job` without a judge."""


@dataclass(frozen=True, slots=True)
class Task:
    """One run to do.

    Attributes
    ----------
    key
        Which run.
    params
        What the builder takes.
    epochs, batch_size, patience, warmup_epochs, restore_best, schedule
        Training hyperparameters; None leaves them out.
    seed
        For ``keras.utils.set_random_seed``.
    fold
        The fold to leave out, or None.
    fit_rows, score_rows
        Which training samples to fit on, in their order, and which to score on; None without
        cross-validation.
    to_beat
        Send the weights back if the run's value is better than this (``inf`` or ``-inf``
        for any); None: never.
    planned
        How many epochs a schedule of the learning rate spans, where `epochs` is but a part of them.
    continues
        Whether an earlier attempt got somewhere: go on from its checkpoint, where there is one.
    best
        Number of the trial whose checkpoints outlive the others'.
    rates
        Try these learning rates, a batch each, in place of training; None trains.
    """

    key: RunKey
    params: Params
    seed: int
    epochs: int = 1
    batch_size: int | None = None
    patience: int | None = None
    warmup_epochs: int | None = None
    restore_best: bool | None = None
    schedule: str | None = None
    fold: int | None = None
    fit_rows: np.ndarray | None = None
    score_rows: np.ndarray | None = None
    to_beat: float | None = None
    planned: int | None = None
    continues: bool = False
    best: int | None = None
    rates: tuple[float, ...] | None = None


def pack_recipe(recipe: Recipe) -> bytes:
    """Pickle a recipe.

    Raises
    ------
    BuilderError
        Where the builder is no function, or it or the callbacks hold what cannot travel, as an
        open file.
    """
    import cloudpickle

    check_is_function(recipe.builder)
    try:
        packed: bytes = cloudpickle.dumps(recipe)
    except Exception as error:  # whatever an object's own pickling raises
        raise BuilderError(
            f"build_model and callbacks must be able to travel to a worker process, but "
            f"pickling them failed ({type(error).__name__}: {error}): make what cannot travel "
            f"inside the function, or give callbacks as a function that makes the list."
        ) from error
    return packed


def check_is_function(builder: Any) -> None:
    """Raise a `BuilderError` for what is no function, as a model itself."""
    kind = type(builder).__name__
    if not callable(builder):
        raise BuilderError(
            f"build_model must be a function that returns a compiled Keras model, but got {kind}: "
            f"give the function itself."
        )
    if hasattr(builder, "fit") and not isinstance(builder, type):  # calling it would predict
        raise BuilderError(
            f"build_model must be a function that returns a compiled Keras model, but got a model "
            f"itself ({kind}): put what makes it into a function with the hyperparameters as "
            f"arguments."
        )


def weights_to_bytes(weights: Sequence[np.ndarray]) -> bytes:
    """Write a model's weights as an ``.npz`` archive."""
    buffer = io.BytesIO()
    named: dict[str, Any] = {str(index): array for index, array in enumerate(weights)}
    np.savez(buffer, **named)
    return buffer.getvalue()


def weights_from_bytes(archive: bytes) -> list[np.ndarray]:
    """Read what `weights_to_bytes` wrote."""
    with np.load(io.BytesIO(archive), allow_pickle=False) as arrays:
        return [arrays[str(index)] for index in range(len(arrays.files))]
