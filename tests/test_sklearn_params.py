"""Hyperparameters of the estimators: nothing here trains."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.utils import get_tags

from tests.builders import build_model, classifier
from tunewidgets.errors import BuilderError, SpaceError
from tunewidgets.sklearn import KerasClassifier, KerasRegressor
from tunewidgets.values import plain


def test_the_builder_s_parameters_and_those_of_training():
    params = KerasRegressor(build_model, n_neurons=7, epochs=3).get_params()
    assert params["build_model"] is build_model
    assert (params["n_neurons"], params["learning_rate"]) == (7, 0.01)
    assert (params["epochs"], params["batch_size"]) == (3, None)
    assert params["input_shape"] is None  # the data tell


def test_clones_and_changes():
    original = KerasRegressor(build_model, n_neurons=7)
    copy = clone(original).set_params(n_neurons=8, patience=2)
    assert (copy.get_params()["n_neurons"], copy.get_params()["patience"]) == (8, 2)
    assert original.get_params()["n_neurons"] == 7
    assert clone(copy).get_params() == copy.get_params()
    model, training = copy._split_params()
    assert "input_shape" not in model
    assert training["patience"] == 2


class Mlp(KerasRegressor):
    """A subclass with a constructor of its own, as scikit-learn's users write them."""

    def __init__(self, n_neurons=10, random_state=None):
        super().__init__(build_model, n_neurons=n_neurons, random_state=random_state)


class OpenMlp(KerasRegressor):
    """Another that passes on whatever it is given."""

    def __init__(self, n_neurons=10, **params):
        super().__init__(build_model, n_neurons=n_neurons, **params)


def test_a_subclass_has_what_its_own_constructor_takes():
    original = Mlp(n_neurons=7)
    assert original.get_params() == {"n_neurons": 7, "random_state": None}
    copy = clone(original).set_params(n_neurons=8)
    assert type(copy) is Mlp
    assert (copy.get_params()["n_neurons"], original.get_params()["n_neurons"]) == (8, 7)
    read = pickle.loads(pickle.dumps(copy))  # noqa: S301 - our own
    assert read.get_params() == copy.get_params()
    with pytest.raises(SpaceError, match="Mlp takes no 'epochs': add \\*\\*params"):
        copy.set_params(epochs=3)
    both = clone(OpenMlp(7, epochs=3)).set_params(patience=2).get_params()
    assert (both["n_neurons"], both["epochs"], both["patience"]) == (7, 3, 2)
    assert "build_model" not in both


def test_a_subclass_that_keeps_a_parameter_to_itself():
    class Renaming(KerasRegressor):
        def __init__(self, width=10):
            super().__init__(build_model, n_neurons=width)

    with pytest.raises(SpaceError, match="Renaming does not pass on 'width': write super"):
        Renaming()


def test_a_subclass_that_passes_all_on():
    class Passing(KerasRegressor):
        def __init__(self, *args, **params):
            super().__init__(*args, **params)

    assert clone(Passing(build_model, n_neurons=7)).get_params()["build_model"] is build_model


def test_folds_are_stratified_for_classifiers():
    assert is_classifier(KerasClassifier(classifier))
    assert is_regressor(KerasRegressor(build_model))
    assert get_tags(KerasRegressor(build_model)).target_tags.multi_output


def test_a_repr_shows_what_was_given():
    assert (
        repr(KerasRegressor(build_model, n_neurons=7)) == "KerasRegressor(build_model, n_neurons=7)"
    )


def test_an_unknown_name():
    with pytest.raises(SpaceError, match="did you mean 'n_neurons'"):
        KerasRegressor(build_model).set_params(n_nuerons=3)
    with pytest.raises(SpaceError, match="did you mean 'n_neurons'"):
        KerasRegressor(build_model, n_nuerons=3).fit([[1.0]], [1.0])


def test_a_name_of_both():
    def builder(batch_size=3):
        raise AssertionError

    with pytest.raises(SpaceError, match="'batch_size' is both: rename it"):
        KerasRegressor(builder).fit([[1.0]], [1.0])


def test_a_builder_s_name_given_to_fit():
    with pytest.raises(SpaceError, match="got 'n_neurons': give hyperparameters"):
        KerasRegressor(build_model).fit([[1.0]], [1.0], n_neurons=3)


def test_a_builder_that_cannot_be_called():
    def builder(n_neurons):
        raise AssertionError

    with pytest.raises(BuilderError, match="n_neurons has none"):
        KerasRegressor(builder).fit([[1.0]], [1.0])
    with pytest.raises(BuilderError, match="must be a function"):
        KerasRegressor(3).fit([[1.0]], [1.0])


def test_a_model_is_no_builder():
    class Model:
        def __call__(self, inputs):
            raise AssertionError

        def fit(self, data):
            raise AssertionError

    with pytest.raises(BuilderError, match=r"must be a function .* got a model itself \(Model\)"):
        KerasRegressor(Model()).fit([[1.0]], [1.0])


@pytest.mark.parametrize(
    ("name", "value"), [("epochs", 0), ("epochs", 2.0), ("epochs", None), ("batch_size", -1)]
)
def test_values_that_make_no_training(name, value):
    with pytest.raises(SpaceError, match=f"For '{name}': Values must be integers from 1 up"):
        KerasRegressor(build_model, **{name: value}).fit([[1.0], [2.0]], [1.0, 2.0])


def test_numbers_of_numpy_are_plain():
    given = {"a": np.int64(3), "b": [np.float32(0.5), (np.array(2), "x")], "c": np.arange(2)}
    told = plain(given)
    assert (told["a"], told["b"]) == (3, [0.5, (2, "x")])
    assert list(map(type, (told["a"], told["b"][1][0]))) == [int, int]
    assert told["c"] is given["c"]  # arrays may be meant as such
