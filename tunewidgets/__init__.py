"""Interactive hyperparameter tuning for Keras in Jupyter.

The public names are listed in ``__all__``. Importing this package loads neither TensorFlow nor
a widget library: what needs them is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tunewidgets import datasets
    from tunewidgets.distributions import Categorical, Float, Int
    from tunewidgets.errors import (
        BuilderError,
        DataError,
        ObjectiveError,
        SpaceError,
        StorageError,
        StudyError,
        TuneError,
    )
    from tunewidgets.executors import ProcessExecutor, SerialExecutor
    from tunewidgets.search import Search
    from tunewidgets.space import SearchSpace
    from tunewidgets.study import Study
    from tunewidgets.training import builders
    from tunewidgets.trial import Run, State, Trial
    from tunewidgets.view import StudyView, load
    from tunewidgets.widgets import Lab, tune

__version__ = "0.1.0"

_HOMES = {
    "distributions": ("Categorical", "Float", "Int"),
    "errors": (
        "BuilderError",
        "DataError",
        "ObjectiveError",
        "SpaceError",
        "StorageError",
        "StudyError",
        "TuneError",
    ),
    "executors": ("ProcessExecutor", "SerialExecutor"),
    "search": ("Search",),
    "space": ("SearchSpace",),
    "study": ("Study",),
    "trial": ("Run", "State", "Trial"),
    "view": ("StudyView", "load"),
    "widgets": ("Lab", "tune"),
}
_MODULES = {"builders": "tunewidgets.training.builders", "datasets": "tunewidgets.datasets"}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "BuilderError",
    "Categorical",
    "DataError",
    "Float",
    "Int",
    "Lab",
    "ObjectiveError",
    "ProcessExecutor",
    "Run",
    "Search",
    "SearchSpace",
    "SerialExecutor",
    "SpaceError",
    "State",
    "StorageError",
    "Study",
    "StudyError",
    "StudyView",
    "Trial",
    "TuneError",
    "__version__",
    "builders",
    "datasets",
    "load",
    "tune",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its home when it is first asked for (PEP 562)."""
    from importlib import import_module

    if name in _MODULES:
        return import_module(_MODULES[name])
    if name not in _HOME_OF:
        raise AttributeError(f"module 'tunewidgets' has no attribute {name!r}")
    value = getattr(import_module(f"tunewidgets.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, also those not imported yet."""
    return sorted({*globals(), *__all__})
