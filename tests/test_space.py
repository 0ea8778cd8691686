"""Reading a search space, its starting values, levels, params and JSON."""

from __future__ import annotations

import functools
import json
import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tunewidgets.distributions import Categorical, Float, Int
from tunewidgets.errors import BuilderError, SpaceError
from tunewidgets.fit_settings import TRAINING_NAMES
from tunewidgets.space import SearchSpace


def build(n_hidden=1, n_neurons=30, learning_rate=3e-3, activation="relu", input_shape=(8,)):
    """Stand where a model builder stands; spaces read its signature only."""


def take_anything(**params): ...


def take_units(units): ...


WRITTEN = {
    "n_hidden": [0, 1, 2, 3],
    "n_neurons": np.arange(1, 100),
    "learning_rate": stats.loguniform(3e-4, 3e-2),
}


@pytest.fixture
def space():
    return SearchSpace.read(WRITTEN, build)


# Names and the builder


def test_a_space_is_a_mapping_in_the_order_written(space):
    assert list(space) == ["n_hidden", "n_neurons", "learning_rate"]
    assert space["n_neurons"] == Int(1, 99)
    assert dict(space) == dict(space.distributions)
    assert "epochs" not in space
    assert "Float(low=0.0003" in repr(space)


def test_an_unknown_name_lists_the_others_and_the_nearest():
    message = (
        r"\(n_hidden, n_neurons, learning_rate, activation, input_shape, epochs, batch_size, "
        r"patience, warmup_epochs, restore_best, schedule\), "
        r"but got 'n_neuron': did you mean 'n_neurons'\?"
    )
    with pytest.raises(SpaceError, match=message):
        SearchSpace.read({"n_neuron": [1]}, build)
    with pytest.raises(SpaceError, match="but got 3"):
        SearchSpace.read({3: [1]}, build)
    with pytest.raises(SpaceError, match="but got 3"):
        SearchSpace.read({3: [1]}, take_anything)


@pytest.mark.parametrize(
    ("written", "message"),
    [([("a", [1])], "must map names to values, but got list"), ({}, "must have a hyperparameter")],
)
def test_what_is_no_space(written, message):
    with pytest.raises(SpaceError, match=message):
        SearchSpace.read(written, build)


def test_training_names_go_to_the_builder_when_it_takes_them():
    def takes_epochs(epochs, units=3): ...

    written = {"epochs": (1, 9), "batch_size": [16, 32], "units": (1, 4)}
    space = SearchSpace.read(written, takes_epochs)
    assert space.training_names == ("batch_size",)
    assert space.model_names == ("epochs", "units")
    assert space.model_parameters == ("epochs", "units")


def test_builders_of_all_sorts():
    class Builder:
        def __call__(self, units=3): ...

    def takes_anything(units=3, **others): ...

    written = {"units": (1, 4)}
    for builder in (Builder(), takes_anything, functools.partial(build, activation="selu")):
        name = "units" if not isinstance(builder, functools.partial) else "n_neurons"
        assert list(SearchSpace.read({name: written["units"]}, builder)) == [name]
    space = SearchSpace.read({"depth": (1, 5), "epochs": (1, 5)}, takes_anything)
    assert space.model_names == ("depth",)
    assert space.training_names == ("epochs",)
    assert space.check_params({"width": 3}) == {"depth": 3, "epochs": 3, "width": 3}


def test_a_partial_gives_the_starting_value():
    builder = functools.partial(build, n_neurons=70)
    assert SearchSpace.read(WRITTEN, builder).start["n_neurons"] == 70


def test_builders_that_cannot_be_called_by_name():
    def positional(units, /): ...

    with pytest.raises(BuilderError, match="'units' is positional-only"):
        SearchSpace.read({"units": [1]}, positional)
    with pytest.raises(BuilderError, match=r"must be a function.*but got int"):
        SearchSpace.read({"units": [1]}, 3)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"epochs": (0, 9)}, "For 'epochs': Values must be integers from 1 up, but got 0"),
        ({"epochs": (1.0, 9.5)}, r"must be integers, but got real numbers.*write \(1, 9\)"),
        ({"batch_size": [32, "all"]}, "from 1 up, but got 'all'"),
        ({"patience": [True]}, "but got True"),
        ({"warmup_epochs": [-1]}, "from 0 up, but got -1"),
        (
            {"schedule": ["cosine", "linear"]},
            "among 'constant', 'step', 'cosine', but got 'linear'",
        ),
        ({"restore_best": [0, 1]}, "among False, True, but got 0"),
        ({"restore_best": (0.0, 1.0)}, "among False, True, but got 0.0"),
    ],
)
def test_training_hyperparameters_have_bounds(written, message):
    with pytest.raises(SpaceError, match=message):
        SearchSpace.read(written, build)


def test_warm_up_may_be_none_at_all():
    assert SearchSpace.read({"warmup_epochs": (0, 5)}, build).training_names == ("warmup_epochs",)


def test_a_space_passes_through(space):
    narrowed = space.narrow(n_neurons=(40, 50))
    assert SearchSpace.read(narrowed, build) == narrowed
    with pytest.raises(SpaceError, match="but got 'n_hidden'"):
        SearchSpace.read(space, take_units)


# Starting values


@pytest.mark.parametrize(
    ("default", "written", "start"),
    [
        (30, (1, 99), 30),
        (30, (40, 99), 40),
        (30, (1, 20), 20),
        (30, (1, 99, 7), 29),
        (1, (0.5, 2.0), 1.0),
        (None, (1, 99), 50),
        ("many", (1, 99), 50),
        (None, Float(1e-4, 1e-2, log=True), 1e-3),
        ("selu", ["relu", "selu"], "selu"),
        ("elu", ["relu", "selu"], "relu"),
        (object(), ["relu", "selu"], "relu"),
        ([8], [(4,), (8,)], (8,)),
        (True, [1, 2], 1),
        (None, [3, None], None),
    ],
)
def test_start_is_the_builders_default_or_near_it(default, written, start):
    def builder(a=default): ...

    got = SearchSpace.read({"a": written}, builder).start["a"]
    assert got == start
    assert type(got) is type(start)


def test_start_without_a_default():
    space = SearchSpace.read({"a": [3, None], "epochs": (10, 200)}, take_anything)
    assert space.start == {"a": 3, "epochs": 105}


# Sizes and levels


def test_sizes(space):
    assert space.size is None
    assert space.grid_size() == 4 * 99 * 5
    assert space.grid_size(3) == 4 * 99 * 3
    assert space.pin(learning_rate=0.01).size == 4 * 99


def test_narrow(space):
    level = space.narrow(learning_rate=(1e-3, 1e-2), n_hidden=[1, 2], n_neurons=(40, 60))
    assert level["learning_rate"] == Float(1e-3, 1e-2, log=True)
    assert level["n_hidden"] == Categorical((1, 2))
    assert level.start == {"n_hidden": 1, "n_neurons": 40, "learning_rate": 3e-3}
    assert space["n_neurons"] == Int(1, 99)
    with pytest.raises(SpaceError, match=r"in the space .*did you mean 'learning_rate'"):
        space.narrow(learning_rat=(1, 2))
    with pytest.raises(SpaceError, match="For 'n_neurons': New bounds"):
        space.narrow(n_neurons=(0, 5))


def test_pin(space):
    pinned = space.pin(n_hidden=np.int64(7), learning_rate=1)
    assert pinned["n_hidden"] == Categorical((7,))
    assert pinned["learning_rate"] == Categorical((1.0,))
    assert pinned.start == {"n_hidden": 7, "n_neurons": 30, "learning_rate": 1.0}
    with pytest.raises(SpaceError, match="but got 'epochs'"):
        space.pin(epochs=3)
    with pytest.raises(SpaceError, match="For 'n_hidden': Choices must be storable"):
        space.pin(n_hidden=object())


def test_pin_keeps_labels_and_training_bounds():
    space = SearchSpace.read({"epochs": Int(1, 9, label="Rounds", help="A tip")}, build)
    assert space.pin(epochs=4)["epochs"] == Categorical((4,), label="Rounds", help="A tip")
    with pytest.raises(SpaceError, match="from 1 up, but got 0"):
        space.pin(epochs=0)


def test_names_that_python_methods_use_can_be_searched():
    def builder(self_=1, bounds=2): ...

    space = SearchSpace.read({"bounds": (1, 4)}, builder)
    assert space.narrow(bounds=(2, 3)).pin(bounds=2).start == {"bounds": 2}


# Params


def test_check_params_completes_and_orders(space):
    params = space.check_params({"epochs": 3, "learning_rate": 1, "n_hidden": np.int64(2)})
    assert list(params.items()) == [
        ("n_hidden", 2),
        ("n_neurons", 30),
        ("learning_rate", 1.0),
        ("epochs", 3),
    ]
    assert [type(value) for value in params.values()] == [int, int, float, int]
    assert space.check_params({}) == space.start


def test_a_person_may_try_anything_storable(space):
    params = space.check_params({"n_hidden": 50, "n_neurons": 60.0, "activation": "elu"})
    assert params["n_hidden"] == 50
    assert type(params["n_neurons"]) is int
    assert params["activation"] == "elu"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ([1], "must map names to values, but got list"),
        ({"lerning_rate": 1}, "did you mean 'learning_rate'"),
        ({"activation": len}, "For 'activation': Choices must be storable"),
        ({"learning_rate": np.nan}, "For 'learning_rate'.*but got nan"),
        ({"n_neurons": np.inf}, "For 'n_neurons'.*but got inf"),
        ({"epochs": 0}, "For 'epochs': Values must be integers from 1 up, but got 0"),
    ],
)
def test_params_that_cannot_be_tried(space, params, message):
    with pytest.raises(SpaceError, match=message):
        space.check_params(params)


def test_key_is_the_identity_of_params(space):
    one = space.key({"n_hidden": 1, "learning_rate": 1})
    assert one == space.key({"learning_rate": np.float64(1.0), "n_hidden": 1})
    assert one != space.key({"learning_rate": 2.0, "n_hidden": 1})
    assert space.key({"activation": 1}) != space.key({"activation": True})


def test_decode_gives_choices_as_written():
    space = SearchSpace.read(
        {"input_shape": [(8,), [4, (2,)]], "learning_rate": (0.5, 2.0), "n_hidden": (1, 3)}, build
    )
    params = {"input_shape": (8,), "learning_rate": 1.0, "n_hidden": 2, "activation": "relu"}
    back = space.decode(json.loads(json.dumps(params)))
    assert back == params
    assert space.decode({"input_shape": [4, [2]]}) == {"input_shape": [4, (2,)]}
    assert type(space.decode({"learning_rate": 1})["learning_rate"]) is float


# JSON


def test_a_space_survives_json(space):
    spaces = [
        space,
        space.narrow(n_neurons=(40, 60)).pin(n_hidden=9),
        SearchSpace.read({"input_shape": [(8,), (4, 4)], "epochs": (1, 9)}, take_anything),
        SearchSpace.read({"n_neurons": stats.poisson(40), "learning_rate": stats.norm()}, build),
    ]
    for written in spaces:
        read = SearchSpace.from_json(json.loads(json.dumps(written.to_json())))
        assert read == written
        assert list(read) == list(written)
        assert repr(read.start) == repr(written.start)
        assert read.check_params({"epochs": 3}) == written.check_params({"epochs": 3})


def test_a_space_survives_pickling(space):
    assert pickle.loads(pickle.dumps(space)) == space  # noqa: S301 - our own bytes


@pytest.mark.parametrize(
    "change",
    [
        {"start": None},
        {"distributions": [["a"]]},
        {"distributions": [["a", {"kind": "complex"}]]},
        {"model_parameters": 3},
    ],
)
def test_bad_json_is_a_space_error(space, change):
    with pytest.raises(SpaceError):
        SearchSpace.from_json({**space.to_json(), **change})
    with pytest.raises(SpaceError):
        SearchSpace.from_json({})


@given(st.integers(-50, 200), st.integers(-50, 200))
def test_params_out_of_range_keep_their_identity(one, other):
    space = SearchSpace.read({"n_neurons": (1, 99), "learning_rate": (0.1, 1.0)}, build)
    params = space.check_params({"n_neurons": one, "learning_rate": other})
    assert space.key(params) == space.key(json.loads(json.dumps(params)))
    assert space.check_params(params) == params


def test_reading_a_space_loads_nothing_heavy():
    code = (
        "import sys; from tunewidgets.samplers import make_sampler;"
        "from tunewidgets.space import SearchSpace;"
        "space = SearchSpace.read({'a': [1, 2], 'b': (0.1, 1.0)}, lambda a, b: None);"
        "space.check_params({'a': 1}); make_sampler('random', space, 3, seed=0);"
        "heavy = {'sklearn', 'scipy', 'pandas', 'keras', 'ipywidgets', 'numpy'};"
        "sys.exit(repr(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_training_names():
    assert TRAINING_NAMES == (
        "epochs",
        "batch_size",
        "patience",
        "warmup_epochs",
        "restore_best",
        "schedule",
    )
