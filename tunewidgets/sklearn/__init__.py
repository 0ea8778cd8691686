"""scikit-learn estimators around a Keras model-builder.

``_parameters`` tells the builder's hyperparameters from those of training, ``_estimators`` is
what both estimators share, ``_regressor`` and ``_classifier`` are the two, and ``_classes`` turns
labels into numbers and outputs into probabilities. ``_search`` has the searches: scikit-learn's
own, but for the fits, which a study runs (``_candidates``) and scores (``_scoring``) in its
workers, and of which ``_results`` tells scikit-learn.
"""

from tunewidgets.sklearn._classifier import KerasClassifier
from tunewidgets.sklearn._estimators import KerasEstimator
from tunewidgets.sklearn._regressor import KerasRegressor
from tunewidgets.sklearn._search import GridSearchCV, RandomizedSearchCV

__all__ = [
    "GridSearchCV",
    "KerasClassifier",
    "KerasEstimator",
    "KerasRegressor",
    "RandomizedSearchCV",
]
