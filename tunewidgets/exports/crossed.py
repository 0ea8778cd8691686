"""Cross-validation as code to paste: the study's folds, a fit for each, and the mean of the scores.

The folds come from scikit-learn, as the study's did, and each fit starts from the seed of its run.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np

from tunewidgets.training.arrays import Nest
from tunewidgets.training.folds import strata


def can_be_crossed(*nests: Nest) -> bool:
    """Whether samples are picked by one index: each is one array, or there is none."""
    return all(nest is None or isinstance(nest, np.ndarray) for nest in nests)


def splitter(y: np.ndarray, n_folds: int) -> tuple[str, str]:
    """Give the class of scikit-learn's that makes the study's folds, and the call of its split."""
    if strata(y, n_folds) is None:
        return "KFold", f"KFold({n_folds}).split(x)"
    classes = "y"
    if y.ndim == 2:
        classes = "y.argmax(axis=1)" if y.shape[1] > 1 else "y[:, 0]"
    if y.dtype.kind == "f" and not (y.ndim == 2 and y.shape[1] > 1):
        classes += ".astype(int)"  # scikit-learn may take real numbers for a quantity
    return "StratifiedKFold", f"StratifiedKFold({n_folds}).split(x, {classes})"


def loop(split: str, seeds: Sequence[int], fit: Sequence[str], score: str) -> list[str]:
    """Write the loop over the folds.

    Parameters
    ----------
    split
        Gives pairs of indices.
    seeds
        Of the runs, in order of fold.
    fit
        Statements that build and fit the model; indented by this.
    score
        Gives the score of the model on the fold left out.
    """
    body = "\n".join([*fit, f"scores.append({score})"])
    return [
        "scores = []",
        f"for seed, (fit, left_out) in zip({list(seeds)}, {split}):",
        textwrap.indent(body, "    "),
        'print("folds:", *(f"{score:.6g}" for score in scores))',
    ]
