"""What the two estimators share: hyperparameters, fitting, predicting, copies.

The constructor only stores. `fit` splits what was stored, builds and trains in this process
(``training/here.py``, the path that workers take too), and keeps the model in ``model_``.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from tunewidgets.errors import DataError, SpaceError
from tunewidgets.sklearn._parameters import (
    FROM_DATA,
    TRAINING,
    check_builder,
    check_names,
    check_passed_on,
    check_taken,
    of_builder,
    of_constructor,
    of_training,
)
from tunewidgets.sklearn._parameters import defaults as defaults_of
from tunewidgets.study_settings import read_seed
from tunewidgets.training import here
from tunewidgets.training.data import Data, read_data
from tunewidgets.training.fit_options import check_engine, read_callbacks
from tunewidgets.training.job import Recipe, Task
from tunewidgets.values import is_integer, plain

Params = dict[str, Any]


class KerasEstimator(BaseEstimator, ABC):  # type: ignore[misc]
    """Base of `KerasRegressor` and `KerasClassifier`."""

    _training: Mapping[str, Any] = TRAINING

    def __init__(self, build_model: Callable[..., Any], **params: Any) -> None:
        self.build_model = build_model
        self._params = params
        check_passed_on(type(self), params)

    # Hyperparameters

    def get_params(self, deep: bool = True) -> Params:  # noqa: ARG002 - scikit-learn's signature
        """Give every hyperparameter with its value: the builder's and those of training.

        ``input_shape`` and ``n_outputs`` are None where the data tell them. A subclass with a
        constructor of its own has the hyperparameters that this takes.
        """
        known = defaults_of(self.build_model, self._training)
        known = {"build_model": self.build_model, **known, **self._params}
        return {name: known[name] for name in of_constructor(type(self), known)}

    def set_params(self, **params: Any) -> Self:
        """Set hyperparameters by their names.

        Raises
        ------
        SpaceError
            For a name that neither the builder nor training takes, or a subclass does not.
        """
        check_taken(type(self), params)
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

    # Fitting and predicting

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        validation_data: Any = None,
        **training: Any,
    ) -> Self:
        """Build the model and train it from the start.

        Parameters
        ----------
        X
            Array or DataFrame of shape (n_samples, n_features), or with more axes.
        y
            Targets, one row a sample.
        sample_weight
            One weight a sample, or None.
        validation_data
            ``(X, y)`` or ``(X, y, sample_weight)`` to validate on after each epoch.
        **training
            ``epochs``, ``batch_size``, ``callbacks``, ``patience``, ``verbose`` and the other
            hyperparameters of training; they override the constructor's. Callbacks given here
            are used as they are, the constructor's are copied.

        Returns
        -------
        self

        Raises
        ------
        DataError, BuilderError, SpaceError, FitError
            With the rule that is broken, the value, and the remedy.
        """
        model_params, settings = self._split_params()
        self._check_overrides(training)
        settings["callbacks"] = copy.deepcopy(settings["callbacks"])
        settings.update(training)
        X, y = validate_data(
            self, X, y, allow_nd=True, multi_output=True, y_numeric=self._is_of_numbers
        )
        targets = self._encode_y(y)
        data = read_data(
            X,
            targets,
            sample_weight=self._weights(X, y, sample_weight, settings),
            validation_data=self._validation(validation_data),
            validation_split=settings["validation_split"],
        )
        if "n_outputs" in of_builder(self.build_model):
            model_params.setdefault("n_outputs", self._n_outputs)
        recipe, task = self._work(model_params, settings, data)
        trained = here.fit(recipe, data, task, settings["verbose"] != 0)
        self.model_ = trained.model
        self.history_ = trained.history
        self.engine_ = trained.engine
        return self

    def _raw(self, X: Any) -> np.ndarray:
        """Give the model's outputs."""
        check_is_fitted(self)
        return here.outputs(self.model_, self._read_x(X))

    # What each of the two does in its own way

    _is_of_numbers = True
    """Whether the targets are quantities."""
    _n_classes: int | None = None
    """How many classes the encoded targets tell apart; None where they are no class numbers."""
    _n_outputs: int
    """How many numbers the last layer should give."""

    @abstractmethod
    def _encode_y(self, y: Any) -> np.ndarray:
        """Give targets as numbers, and learn from them what predicting needs."""

    @abstractmethod
    def _numbers(self, y: Any) -> np.ndarray:
        """Give other targets as numbers, by what was learnt."""

    # Within

    def _work(self, model: Params, settings: Params, data: Data) -> tuple[Recipe, Task]:
        """Say what is to be done as a worker is told."""
        engine, seed = settings["engine"], settings["random_state"]
        check_engine(engine)
        if engine == "auto" and seed is not None:
            engine = "graph"  # which is faster depends on the moment, and with it the last digit
        options = {
            name: settings[name] for name in ("shuffle", "validation_batch_size", "validation_freq")
        }
        objective = "loss" if data.valid is None else "val_loss"
        callbacks = read_callbacks(settings["callbacks"])
        recipe = Recipe(
            self.build_model, callbacks, options, objective, True, engine, self._n_classes
        )
        return recipe, Task((0, 0), plain(model), _seed(seed), **of_training(settings))

    def _weights(self, X: Any, y: Any, given: Any, settings: Params) -> Any:  # noqa: ARG002
        if given is None:
            return None
        weight = _check_sample_weight(given, X)
        if not weight.any():
            raise DataError(
                "Sample weights must contain at least one non-zero number, but all are zero: "
                "leave them out to weigh all samples alike."
            )
        return weight

    def _validation(self, given: Any) -> Any:
        if given is None:
            return None
        if not isinstance(given, (tuple, list)) or len(given) not in (2, 3):
            raise DataError(
                f"validation_data must be (X, y) or (X, y, sample_weight), but got "
                f"{type(given).__name__}: give a tuple of two or three."
            )
        X, y, *weight = given
        return self._read_x(X), self._numbers(y), *weight

    def _read_x(self, X: Any) -> np.ndarray:
        read: np.ndarray = validate_data(self, X, reset=False, allow_nd=True)
        return read

    def _check_overrides(self, training: Params) -> None:
        for name in training:
            if name not in self._training:
                raise SpaceError(
                    f"fit takes sample_weight, validation_data, {', '.join(self._training)}, but "
                    f"got {name!r}: give hyperparameters of the builder to the constructor or "
                    f"to set_params."
                )

    # Copies

    def __getstate__(self) -> Params:
        """Give what to pickle; the model goes as a ``.keras`` archive."""
        state: Params = dict(super().__getstate__())
        if "model_" in state:
            state["model_"] = here.model_to_bytes(state["model_"])
        return state

    def __setstate__(self, state: Params) -> None:
        """Take what was pickled; the model is loaded in Keras's safe mode."""
        if "model_" in state:
            state = {**state, "model_": here.model_from_bytes(state["model_"])}
        super().__setstate__(state)

    def __repr__(self, **_: Any) -> str:
        """Show what was given, not the defaults."""
        name = getattr(self.build_model, "__name__", repr(self.build_model))
        given = [f"{key}={value!r}" for key, value in self._params.items()]
        return f"{type(self).__name__}({', '.join([name, *given])})"


def _seed(random_state: Any) -> int:
    """Give the seed of a fit: an integer is it, anything else draws one."""
    if is_integer(random_state):
        return read_seed(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))
