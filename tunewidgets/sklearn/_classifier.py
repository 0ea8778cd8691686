"""`KerasClassifier`."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils import check_array, column_or_1d
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from tunewidgets.errors import DataError
from tunewidgets.sklearn import _classes
from tunewidgets.sklearn._estimators import KerasEstimator, Params
from tunewidgets.sklearn._parameters import TRAINING
from tunewidgets.training import here


class KerasClassifier(ClassifierMixin, KerasEstimator):  # type: ignore[misc]
    """A scikit-learn classifier around a function that builds a Keras model.

    Labels may be of any kind. The compiled loss says how the model gets them: as numbers for a
    sparse loss or a single output, as one-hot rows for any other. A matrix of 0 and 1 holds
    labels that do not exclude each other, one output each, unless every row of it has a single 1
    and the loss is not binary: then it holds one-hot rows, and such are predicted.

    Parameters
    ----------
    build_model
        A function that takes hyperparameters and returns a compiled Keras model. Its parameters
        ``input_shape`` (a sample's shape) and ``n_outputs`` (the number of classes) are filled
        from the data unless they are given.
    **params
        As `KerasRegressor` takes them, and ``class_weight``: label to weight, or ``"balanced"``
        (by the labels that ``fit`` is given: within ``cross_val_score`` those of the fold, while
        this package's searches count all of ``y`` once).

    Attributes
    ----------
    classes_ : array
        The labels, in order; for a matrix of 0 and 1 the numbers of the columns.
    model_, history_, engine_, n_features_in_, feature_names_in_
        As `KerasRegressor` has them.

    Examples
    --------
    >>> keras_clf = KerasClassifier(build_model, epochs=10).fit(X_train, y_train)
    >>> keras_clf.score(X_test, y_test)
    """

    _training = MappingProxyType({**TRAINING, "class_weight": None})
    _is_of_numbers = False

    def predict(self, X: Any) -> np.ndarray:
        """Predict labels.

        Returns
        -------
        array, shape (n_samples,), or a matrix of 0 and 1 where `fit` had one
        """
        share = self.predict_proba(X)
        if self._n_exclusive is None:
            return (share > 0.5).astype(int)
        chosen = share.argmax(axis=1)
        labels: np.ndarray = self.classes_[chosen]
        return labels if self._n_classes else np.eye(share.shape[1], dtype=int)[chosen]

    def predict_proba(self, X: Any) -> np.ndarray:
        """Predict the probability of each class.

        Returns
        -------
        array of floats, shape (n_samples, n_classes), in the order of ``classes_``
        """
        told = self._raw(X)
        logits = here.gives_logits(self.model_)
        return _classes.probabilities(told, self._n_exclusive, are_logits=logits)

    def __sklearn_tags__(self) -> Any:
        """Say that labels need not exclude each other."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    @property
    def _n_exclusive(self) -> int | None:
        """How many classes the fitted model tells apart; None where labels may go together."""
        if self._n_classes is None and self._has_one_a_row:
            is_binary = here.loss_name(self.model_).startswith("binary")
            return None if is_binary else self._n_outputs
        return self._n_classes

    def _encode_y(self, y: Any) -> np.ndarray:
        check_classification_targets(y)
        kind = type_of_target(y)
        if kind == "multilabel-indicator":
            numbers = self._numbers_of_labels(y)
            self.classes_ = np.arange(numbers.shape[1])
            self._n_classes, self._n_outputs = None, numbers.shape[1]
            self._has_one_a_row = bool((numbers.sum(axis=1) == 1).all())
            return numbers
        if kind == "multiclass-multioutput":
            raise DataError(
                "A classifier takes one column of labels, or a matrix of 0 and 1, but got several "
                "columns of classes: fit one classifier for each, as sklearn.multioutput does."
            )
        self.classes_, numbers = _classes.learnt(column_or_1d(y, warn=True))
        self._n_classes = self._n_outputs = len(self.classes_)
        return numbers

    def _numbers(self, y: Any) -> np.ndarray:
        if self._n_classes is None:
            return self._numbers_of_labels(y)
        return _classes.numbered(y, self.classes_)

    def _numbers_of_labels(self, y: Any) -> np.ndarray:
        numbers: np.ndarray = check_array(y, dtype=np.float32, input_name="y")
        return numbers

    def _weights(self, X: Any, y: Any, given: Any, settings: Params) -> Any:
        weight = super()._weights(X, y, given, settings)
        if settings["class_weight"] is None:
            return weight
        of_class = compute_sample_weight(settings["class_weight"], y)
        return of_class if weight is None else weight * of_class
