"""What a diagnosis says: a finding, the evidence for it, and what could be tried next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tunewidgets.trial import Params


class Kind(StrEnum):
    """What can be found in the curves of a run."""

    DIVERGED = "diverged"
    LARGE_BATCH = "large batch"
    RATE_TOO_LARGE = "learning rate too large"
    UNSTABLE = "unstable"
    OVERFITTING = "overfitting"
    RATE_TOO_SMALL = "learning rate too small"
    STILL_IMPROVING = "still improving"
    PLATEAU = "plateau"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a finding rests on.

    Attributes
    ----------
    epochs
        First and last epoch of the part of the curves that shows it, from 1.
    figures
        What the figure is, as ``"val_loss at epoch 12"``, to its value, as the model reported it.
    words
        The same in words, from "epochs 12 to 60: ..." on, as in "Seen in epochs 12 to 60: ...".
    """

    epochs: tuple[int, int]
    figures: Mapping[str, float]
    words: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the curves of a run show.

    Attributes
    ----------
    kind
        Which rule found it.
    words
        A sentence or two for the person, the second of which suggests what to do.
    evidence
        What it rests on.
    suggestion
        Hyperparameter name to the value to try, each one in the space or of the training; None
        where there is nothing to set.
    button
        What a button that sets the controls so is called; None without a suggestion.
    """

    kind: Kind
    words: str
    evidence: Evidence
    suggestion: Params | None = None
    button: str | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """Values to try, and what the button that sets them is called."""

    values: Params = field(default_factory=dict)
    button: str = ""
