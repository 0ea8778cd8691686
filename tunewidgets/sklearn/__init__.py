"""scikit-learn estimators around a Keras model-builder.

``_parameters`` tells the builder's hyperparameters from those of training, ``_estimators`` is
what both estimators share, ``_regressor`` and ``_classifier`` are the two, and ``_classes`` turns
labels into numbers and outputs into probabilities.
"""

from tunewidgets.sklearn._classifier import KerasClassifier
from tunewidgets.sklearn._estimators import KerasEstimator
from tunewidgets.sklearn._regressor import KerasRegressor

__all__ = ["KerasClassifier", "KerasEstimator", "KerasRegressor"]
