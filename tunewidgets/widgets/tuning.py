"""A study and its lab in one line, as ``ipywidgets.interact`` does for functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tunewidgets.widgets.lab import Lab


def tune(
    builder: Callable[..., Any], space: Mapping[str, Any], x: Any, y: Any = None, **options: Any
) -> Lab:
    """Make a study and a lab that shows it.

    Parameters
    ----------
    builder, space, x, y, **options
        As `tunewidgets.Study` takes them.

    Returns
    -------
    Lab
        Its ``study`` is the study. As the last line of a cell it shows itself.

    Examples
    --------
    >>> tw.tune(build_model, {"n_neurons": (1, 100)}, x, y, validation_split=0.2)  # doctest: +SKIP
    """
    from tunewidgets.study import Study  # with all that trains, which only looking does not need

    return Lab(Study(builder, space, x, y, **options))
