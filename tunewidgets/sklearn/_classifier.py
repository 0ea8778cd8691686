"""`KerasClassifier`."""

from __future__ import annotations

from types import MappingProxyType

from sklearn.base import ClassifierMixin

from tunewidgets.sklearn._estimators import KerasEstimator
from tunewidgets.sklearn._parameters import TRAINING


class KerasClassifier(ClassifierMixin, KerasEstimator):  # type: ignore[misc]
    """A scikit-learn classifier around a function that builds a Keras model."""

    _training = MappingProxyType({**TRAINING, "class_weight": None})
