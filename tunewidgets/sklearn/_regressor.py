"""`KerasRegressor`."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils import check_array

from tunewidgets.sklearn._estimators import KerasEstimator


class KerasRegressor(RegressorMixin, KerasEstimator):  # type: ignore[misc]
    """A scikit-learn regressor around a function that builds a Keras model.

    `score` is R^2, as everywhere in scikit-learn; ``keras.wrappers.scikit_learn`` gave the loss
    with its sign turned.

    Parameters
    ----------
    build_model
        A function that takes hyperparameters and returns a compiled Keras model. Its parameters
        ``input_shape`` (a sample's shape) and ``n_outputs`` (columns of the target) are filled
        from the data unless they are given.
    **params
        The builder's hyperparameters, and training's: ``epochs`` (1), ``batch_size``,
        ``patience`` (epochs without improvement before stopping), ``warmup_epochs``,
        ``validation_split``, ``validation_batch_size``, ``validation_freq``, ``shuffle``,
        ``callbacks`` (copied for each fit, or a function that makes them), ``random_state`` (an
        integer gives the numbers that ``keras.utils.set_random_seed`` would), ``engine``
        (``"auto"``, ``"keras"``, ``"graph"``, ``"xla"``) and ``verbose`` (a line an epoch).

    Attributes
    ----------
    model_
        The trained Keras model.
    history_ : dict
        Metric key to one float an epoch.
    engine_ : str
        Which way the fit went.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Examples
    --------
    >>> keras_reg = KerasRegressor(build_model, n_neurons=42)
    >>> keras_reg.fit(X_train, y_train, epochs=100, validation_data=(X_valid, y_valid))
    >>> keras_reg.score(X_test, y_test)
    """

    def predict(self, X: Any) -> np.ndarray:
        """Predict targets, of the shape that they had in `fit`.

        Returns
        -------
        array, shape (n_samples,) or (n_samples, n_targets)
        """
        told = self._raw(X).astype(np.float64)  # as scikit-learn's own predict
        return told.reshape(len(told)) if self._is_column else told

    def __sklearn_tags__(self) -> Any:
        """Say that targets may have several columns."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _encode_y(self, y: Any) -> np.ndarray:
        numbers = self._numbers(y)
        self._is_column = numbers.ndim == 1
        self._n_outputs = 1 if self._is_column else numbers.shape[1]
        return numbers

    def _numbers(self, y: Any) -> np.ndarray:
        numbers: np.ndarray = check_array(y, ensure_2d=False, input_name="y")
        return numbers
