"""Some of California housing: few districts to overfit on, or all of them for large batches."""

from __future__ import annotations

from typing import Any

import tunewidgets as tw

N_VALID = 1000
TITLE = "California housing"
"""What the studies are called, on the lessons' pages too."""


def districts(n: int | None = None) -> tuple[Any, Any, tuple[Any, Any]]:
    """Give x and y to train on, and (x, y) to validate on.

    Parameters
    ----------
    n
        How many districts to train on; None for all 13,209.

    Raises
    ------
    DataError
        Where the data can be neither found nor downloaded.
    """
    data = tw.datasets.load("california_housing", fallback=None)
    return data.x_train[:n], data.y_train[:n], (data.x_valid[:N_VALID], data.y_valid[:N_VALID])
