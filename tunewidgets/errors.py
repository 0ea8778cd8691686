"""What tunewidgets raises: each message states the rule, then the value, then the remedy."""

from __future__ import annotations


class TuneError(Exception):
    """Base of every error that tunewidgets raises on purpose."""


class SpaceError(TuneError, ValueError):
    """A search space, or a choice of hyperparameters, that breaks a rule."""


class DataError(TuneError, ValueError):
    """Training or validation data that cannot be used together."""


class BuilderError(TuneError, TypeError):
    """A model builder that does not give a compiled Keras model."""


class ObjectiveError(TuneError, ValueError):
    """An objective that the model does not report."""


class StorageError(TuneError, OSError):
    """A study file that cannot be opened or written."""


class StudyError(TuneError, RuntimeError):
    """A request that the study cannot carry out in its present state."""


class FitError(TuneError, ArithmeticError):
    """A fit whose loss became infinite or NaN."""
