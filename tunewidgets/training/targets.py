"""Class numbers as a model's loss takes them: numbers, or one-hot rows.

Sparse losses take numbers from 0, and so does a model with one output, which tells two classes
apart; every other loss compares rows with the outputs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tunewidgets.errors import DataError
from tunewidgets.training.data import Part
from tunewidgets.training.splitting import Share, Split


class Targets:
    """Turns targets into what a model takes, once for each part of the data."""

    def __init__(self) -> None:
        self._kept: list[tuple[Part, int, Part]] = []

    def for_model(self, model: Any, samples: Split, n_classes: int) -> Split:
        """Turn the class numbers of all samples into what a model's loss takes.

        Raises
        ------
        DataError
            Where the model cannot tell so many classes apart.
        """
        width = _width(model, samples.fit.part.x)
        if width < n_classes and not (width == 1 and n_classes == 2):
            raise DataError(
                f"The last layer must give one number for each class (one for two classes is "
                f"enough), but it gives {width} and y has {n_classes} classes: let the builder "
                f"take n_outputs, which is filled from the data."
            )
        if width == 1 or "sparse" in loss_name(model):
            return samples
        return Split(
            self._one_hot(samples.fit, width),
            samples.curves and self._one_hot(samples.curves, width),
            samples.left_out and self._one_hot(samples.left_out, width),
        )

    def _one_hot(self, share: Share, width: int) -> Share:
        for part, its_width, turned in self._kept:
            if part is share.part and its_width == width:
                return replace(share, part=turned)
        rows = np.eye(width, dtype=np.float32)[np.asarray(share.part.y).reshape(-1)]
        turned = replace(share.part, y=rows)
        self._kept = [*self._kept[-1:], (share.part, width, turned)]
        return replace(share, part=turned)


def loss_name(model: Any) -> str:
    """Name a compiled model's loss, in snake case where Keras names it so."""
    loss = model.loss
    if isinstance(loss, str):
        return loss
    return str(getattr(loss, "name", None) or getattr(loss, "__name__", type(loss).__name__))


def gives_logits(model: Any) -> bool:
    """Whether a model's loss says that the outputs are logits rather than probabilities."""
    loss = model.loss
    in_function = getattr(loss, "_fn_kwargs", None) or {}  # where older Keras keeps it
    return bool(getattr(loss, "from_logits", in_function.get("from_logits", False)))


def _width(model: Any, x: Any) -> int:
    try:
        shape = model.output_shape
    except AttributeError:  # subclassed, or not built before its first call
        shape = model(np.asarray(x[:1]), training=False).shape
    if not shape or not isinstance(shape[-1], int):
        raise DataError(
            "A classifier needs a model with one output layer, but this one has several: use a "
            "Study, which takes lists and dicts of targets."
        )
    return int(shape[-1])
