"""What the two estimators share: hyperparameters, fitting, predicting, copies.

The constructor only stores. `fit` splits what was stored, builds and trains in this process
(``training/here.py``, the path that workers take too), and keeps the model in ``model_``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from tunewidgets.errors import DataError
from tunewidgets.sklearn._parameters import FROM_DATA, TRAINING, check_builder, check_names
from tunewidgets.sklearn._parameters import defaults as defaults_of
from tunewidgets.sklearn._parameters import of_builder
from tunewidgets.training import here
from tunewidgets.training.data import Data, Part, read_data
from tunewidgets.training.job import Recipe, Task, check_engine

Params = dict[str, Any]


class KerasEstimator(BaseEstimator):  # type: ignore[misc]
    """Base of `KerasRegressor` and `KerasClassifier`."""

    _training: Mapping[str, Any] = TRAINING

    def __init__(self, build_model: Callable[..., Any], **params: Any) -> None:
        self.build_model = build_model
        self._params = params

    # Hyperparameters

    def get_params(self, deep: bool = True) -> Params:  # noqa: ARG002 - scikit-learn's signature
        """Give every hyperparameter with its value: the builder's and those of training.

        ``input_shape`` and ``n_outputs`` are None where the data tell them.
        """
        known = defaults_of(self.build_model, self._training)
        return {"build_model": self.build_model, **known, **self._params}

    def set_params(self, **params: Any) -> Self:
        """Set hyperparameters by their names.

        Raises
        ------
        SpaceError
            For a name that neither the builder nor training takes.
        """
        builder = params.pop("build_model", self.build_model)
        check_names(builder, self._training, params)
        self.build_model = builder
        self._params = {**self._params, **params}
        return self

    @property
    def random_state(self) -> Any:
        """What draws the seed of a fit: an integer, a ``RandomState``, or None."""
        return self._params.get("random_state")

    def _split_params(self) -> tuple[Params, Params]:
        """Give the builder's hyperparameters that were given, and all of training's."""
        check_builder(self.build_model, self._training, self._params)
        model = {
            name: value
            for name, value in self._params.items()
            if name not in self._training and not (name in FROM_DATA and value is None)
        }
        its = {name: value for name, value in self._params.items() if name in self._training}
        return model, {**self._training, **its}

    def _encode_y(self, y: Any) -> np.ndarray:
        """Give targets as numbers, and learn from them what predicting needs."""
        raise NotImplementedError

    def __repr__(self, **_: Any) -> str:
        """Show what was given, not the defaults."""
        name = getattr(self.build_model, "__name__", repr(self.build_model))
        given = [f"{key}={value!r}" for key, value in self._params.items()]
        return f"{type(self).__name__}({', '.join([name, *given])})"
