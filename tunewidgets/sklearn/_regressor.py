"""`KerasRegressor`."""

from __future__ import annotations

from sklearn.base import RegressorMixin

from tunewidgets.sklearn._estimators import KerasEstimator


class KerasRegressor(RegressorMixin, KerasEstimator):  # type: ignore[misc]
    """A scikit-learn regressor around a function that builds a Keras model."""
