"""Which samples a run trains on, draws its curves from, and is scored on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tunewidgets.training.data import Data, Part
from tunewidgets.training.job import Task


@dataclass(frozen=True, slots=True)
class Share:
    """Some of the samples of a part.

    Attributes
    ----------
    part
        Whatever ``model.fit`` takes.
    index
        Which of its rows; None for all.
    """

    part: Part
    index: np.ndarray | None = None

    def taken(self) -> Part:
        """Copy the samples out."""
        return self.part if self.index is None else self.part.rows(self.index)


@dataclass(frozen=True, slots=True)
class Split:
    """The samples of one run.

    Attributes
    ----------
    fit
        To train on.
    curves
        To validate on after each epoch, or None.
    left_out
        To score on in the end, under cross-validation.
    """

    fit: Share
    curves: Share | None
    left_out: Share | None = None


def split(data: Data, task: Task, *, is_judged: bool = False) -> Split:
    """Split the samples as a task says, calling the functions that make data."""
    train = data.train.made()
    valid = Share(data.valid.made()) if data.valid else None
    if task.fit_rows is None:
        return Split(Share(train), valid)
    left_out = Share(train, task.score_rows)
    fit = Share(train, task.fit_rows)
    # A judge stands for another library's rules, and there nothing is seen of the fold left out.
    return Split(fit, valid or (None if is_judged else left_out), left_out)
