"""Float, Int and Categorical: their rules, members, quantiles, narrowing and JSON."""

from __future__ import annotations

import json
import math
from enum import StrEnum

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tunewidgets.distributions import (
    Categorical,
    Float,
    Int,
    canonical,
    distribution_from_json,
)
from tunewidgets.errors import SpaceError

TABLE = (0.0, 0.1, 0.5, 4.0, 10.0)

floats = st.floats(-1e6, 1e6).map(lambda v: round(v, 3))


@st.composite
def ranges(draw):
    """Any valid Float or Int."""
    if draw(st.booleans()):
        low = draw(st.integers(-1000, 1000))
        span = draw(st.integers(1, 300))
        step = draw(st.integers(1, span))
        if low > 0 and draw(st.booleans()):
            return Int(low, low + span, log=True)
        return Int(low, low + span, step)
    low = draw(floats)
    span = draw(st.floats(0.01, 1000).map(lambda v: round(v, 2)))
    high = low + span
    kind = draw(st.sampled_from(["plain", "step", "log", "quantiles"]))
    if kind == "step":
        return Float(low, high, step=round(span / draw(st.integers(1, 200)), 6))
    if kind == "log":
        return Float(abs(low) + 0.001, abs(low) + span + 0.001, log=True)
    if kind == "quantiles":
        return Float(low, high, quantiles=(low, low + span / 4, low + span / 4, high))
    return Float(low, high)


storable = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple),
    max_leaves=6,
)


@pytest.mark.parametrize("kind", [Float, Int])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"low": 3, "high": 1}, "`low < high` must hold, but got low=3.*high=1.*swap them"),
        ({"low": 3, "high": 3}, "`low < high` must hold, but got 3.*twice"),
        ({"low": 0, "high": 1, "log": True}, "`low > 0` must hold with `log`, but got low=0"),
        ({"low": 0, "high": 4, "step": 0}, "`0 < step <= high - low` must hold, but got step=0"),
        ({"low": 0, "high": 4, "step": -1}, "but got step=-1"),
        ({"low": 0, "high": 4, "step": 5}, "write a list of choices"),
        ({"low": 1, "high": 4, "step": 2, "log": True}, "`log` must stand without `step`"),
        ({"low": 1, "high": 4, "quantiles": (1, 4), "log": True}, "2 quantiles: leave one out"),
        ({"low": 0, "high": 4, "quantiles": (0, 3, 2, 4)}, "`quantiles` must rise from low=0"),
        ({"low": 0, "high": 4, "quantiles": (1, 4)}, "`quantiles` must rise"),
        ({"low": math.nan, "high": 4}, "`low` must be .* but got nan"),
        ({"low": 0, "high": math.inf}, "`high` must be .* but got inf"),
        ({"low": "0", "high": 4}, "`low` must be .* but got '0'"),
        ({"low": False, "high": 4}, "`low` must be .* but got False"),
        ({"low": None, "high": 4}, "`low` must be .* but got None"),
    ],
)
def test_range_rules(kind, arguments, message):
    with pytest.raises(SpaceError, match=message):
        kind(**arguments)


def test_int_takes_integers_only():
    with pytest.raises(SpaceError, match=r"`high` must be an integer, but got 2\.5"):
        Int(1, 2.5)
    with pytest.raises(SpaceError, match="`step` must be an integer, but got None"):
        Int(1, 5, step=None)


def test_float_refuses_integers_beyond_its_reach():
    with pytest.raises(SpaceError, match="`high` must be a finite number"):
        Float(0, 10**400)


def test_bounds_become_plain_python():
    made = Float(np.float32(0.5), np.int64(3))
    assert (type(made.low), type(made.high)) == (float, float)
    assert made == Float(0.5, 3)
    assert type(Int(np.int64(1), np.uint8(9)).high) is int


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ((), "At least one choice must be given"),
        ("relu", "must be a tuple or a list, but got str"),
        (None, "but got NoneType"),
        ((1, 1), "come once, but got 1 twice"),
        (((1, 2), [1, 2]), r"got \[1, 2\] twice"),
        ((math.nan,), "finite float.*but got nan"),
        ((math.inf,), "but got inf"),
        ((object(),), "Choices must be storable.*but got object: use a name and look"),
        (({"a": 1},), "but got dict"),
        (([{1}],), "but got set"),
    ],
)
def test_categorical_rules(choices, message):
    with pytest.raises(SpaceError, match=message):
        Categorical(choices)


def test_choices_that_python_takes_for_equal_are_told_apart():
    made = Categorical((1, 1.0, True, "1", None))
    assert made.size == 5
    for choice in made.choices:
        assert type(made.nearest(choice)) is type(choice)
    assert Categorical((1,)) != Categorical((True,))
    assert Categorical(((1,),)) != Categorical(([1],))
    assert Categorical(([1],)) == Categorical([[1]])
    assert len({Categorical(([1],)), Categorical(([1],)), Categorical((1,))}) == 2
    assert Categorical((1,)) != 1


def test_choices_become_plain_python():
    class Activation(StrEnum):
        RELU = "relu"

    given_choices = (np.int64(3), np.float64(0.5), np.bool_(True), np.str_("a"), Activation.RELU)
    made = Categorical(given_choices)
    assert made.choices == (3, 0.5, True, "a", "relu")
    assert [type(c) for c in made.choices] == [int, float, bool, str, str]
    assert all(made.contains(c) for c in given_choices)


def test_canonical_is_type_aware_text():
    assert [canonical(v) for v in (1, 1.0, True, None, "1")] == ["1", "1.0", "true", "null", '"1"']
    assert canonical((1, [2.0])) == canonical([1, (2.0,)]) == "[1, [2.0]]"
    assert canonical(np.float64(1)) == "1.0"


def test_sizes():
    assert Float(0, 1).size is None
    assert Float(0, 1, step=0.1).size == 11
    assert Float(0.2, 0.3, step=0.1).size == 2
    assert Float(0, 1, step=1 / 11).size == 12
    assert Float(0, 1, step=0.3).size == 4
    assert Int(1, 99).size == 99
    assert Int(1, 10, step=4).size == 3
    assert Int(0, 10**12).size == 10**12 + 1
    assert Categorical(("a", "b")).size == 2


def test_grids():
    assert Float(0, 1).grid(3) == (0.0, 0.5, 1.0)
    assert Float(3e-4, 3e-2, log=True).grid(5)[::2] == (0.0003, 0.003, 0.03)
    assert Float(0, 10, quantiles=TABLE).grid(5) == TABLE
    assert Float(0, 1).grid(1) == (0.5,)
    assert Float(0, 1).grid(2) == (0.0, 1.0)
    assert Float(0, 0.3, step=0.1).grid() == (0.0, 0.1, 0.2, 0.3)
    assert Int(1, 7, step=3).grid(2) == (1, 4, 7)
    assert Int(0, 3, quantiles=(0, 0, 3)).grid() == (0, 1, 2, 3)
    assert Categorical(("b", "a")).grid(1) == ("b", "a")
    with pytest.raises(SpaceError, match="`n_points >= 1` must hold, but got 0"):
        Float(0, 1).grid(0)


def test_the_grid_of_a_long_range_is_lazy():
    grid = Int(0, 10**12, step=5).grid()
    assert len(grid) == 2 * 10**11 + 1
    assert (grid[3], grid[-1], tuple(grid[1:3])) == (15, 10**12, (5, 10))


def test_middles():
    assert Float(0, 1).middle == 0.5
    assert Float(3e-4, 3e-2, log=True).middle == 0.003
    assert Float(0, 10, quantiles=TABLE).middle == 0.5
    assert Float(0, 1, step=0.3).middle in (0.3, 0.6)
    assert Int(1, 99).middle == 50
    assert Int(1, 1000, log=True).middle == 32
    assert Categorical(("b", "a")).middle == "b"


def test_contains():
    learning_rate = Float(0.1, 10)
    assert learning_rate.contains(1)
    assert not any(map(learning_rate.contains, (0.09, 11, math.nan, "1", None, True)))
    assert Float(0, 1, step=0.1).contains(0.1 + 0.2)
    assert not Float(0, 1, step=0.1).contains(0.35)
    assert Int(1, 9, step=2).contains(np.int64(3))
    assert not any(map(Int(1, 9, step=2).contains, (2, 3.0, True, 11)))
    assert not Int(0, 10**10, step=2).contains(10**10 - 1)
    assert not Categorical(("a",)).contains(object())


def test_nearest():
    assert Float(0, 1).nearest(7) == 1.0
    assert Float(0, 1, step=0.25).nearest(0.6) == 0.5
    assert Int(1, 10, step=4).nearest(10) == 9
    assert Int(1, 99).nearest("many") == 50
    assert Categorical((1, 2)).nearest(True) == 1


@pytest.mark.parametrize("fraction", [0.0, 0.25, 0.5, 0.999, 1.0])
def test_at_is_the_quantile_function(fraction):
    assert Float(2, 6).at(fraction) == pytest.approx(2 + 4 * fraction)
    assert Float(0.01, 100, log=True).at(fraction) == pytest.approx(10 ** (4 * fraction - 2))
    assert Int(1, 4).at(fraction) == min(1 + int(4 * fraction), 4)


@given(ranges(), st.floats(0, 1), st.floats(0, 1))
def test_at_gives_rising_members(distribution, one, other):
    low, high = (distribution.at(fraction) for fraction in sorted((one, other)))
    assert distribution.contains(low)
    assert distribution.contains(high)
    assert low <= high
    assert type(low) is (int if isinstance(distribution, Int) else float)


@given(ranges(), st.integers(1, 7))
def test_a_grid_has_members_only_each_once_and_rising(distribution, n_points):
    grid = distribution.grid(n_points)
    assert all(map(distribution.contains, grid))
    assert list(grid) == sorted(set(grid))
    assert len(grid) == (distribution.size or len(grid))


@given(ranges(), floats)
@example(
    Float(65536.055, 65536.06499999999, step=0.01), 0.0
)  # the width is a step but for rounding
def test_the_nearest_is_a_member(distribution, value):
    assert distribution.contains(distribution.nearest(value))
    assert distribution.contains(distribution.middle)


@given(ranges(), st.floats(0, 1), st.floats(0, 1))
@example(Float(65536.562, 65537.062, step=0.005319), 0.140625, 0.1328125)  # one step is left
def test_what_a_narrowed_range_gives_was_a_member_before(distribution, one, other):
    bounds = tuple(distribution.at(fraction) for fraction in sorted((one, other)))
    if bounds[0] == bounds[1]:
        with pytest.raises(SpaceError):
            distribution.narrow(bounds)
        return
    narrowed = distribution.narrow(bounds)
    assert (narrowed.low, narrowed.high) == bounds
    assert len(narrowed.quantiles) == len(distribution.quantiles)
    if distribution.size is None:
        assert all(map(distribution.contains, narrowed.grid()))
    else:
        assert set(narrowed.grid()) <= set(distribution.grid())


@given(ranges(), ranges())
def test_ranges_survive_json(one, other):
    for distribution in (one, other):
        written = json.loads(json.dumps(distribution.to_json()))
        assert written == distribution.to_json()
        assert distribution_from_json(written) == distribution


@pytest.mark.slow
@given(st.lists(storable, min_size=1, max_size=4, unique_by=canonical))
def test_choices_survive_json(choices):
    distribution = Categorical(tuple(choices), label="A label", help="A tip")
    written = json.loads(json.dumps(distribution.to_json()))
    assert distribution_from_json(written) == distribution


def test_narrow_moves_bounds_inwards_to_members():
    assert Int(1, 20, step=3).narrow((2, 12.5)) == Int(4, 10, step=3)
    assert Float(0, 1, step=0.1, label="rate").narrow([0.15, 0.52]).grid() == (0.2, 0.3, 0.4, 0.5)
    assert Float(0, 1, label="rate").narrow((0.2, 0.4)) == Float(0.2, 0.4, label="rate")


def test_narrow_forgives_rounding():
    assert Float(3e-4, 3e-2, log=True).narrow((1e-3, 3e-2 * (1 + 1e-15))).high == 3e-2


def test_narrow_keeps_the_mass_of_a_quantile_table():
    table = tuple(float(v) for v in [0, 0, 0, *range(1, 9), 9, 9])
    assert Float(0, 9, quantiles=table).narrow((0, 9)).quantiles == table
    half = Float(0, 9, quantiles=table).narrow((0, 4)).quantiles
    assert half[:5] == (0.0,) * 5
    assert half[-1] == 4.0


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ((0, 50), "within the old ones, 1 to 99, but got 0 to 50"),
        ((50, 100), "choose both inside"),
        ((9, 3), "`low < high` must hold"),
        ((3, 3), "write the one choice as a list"),
        ((3.1, 3.9), "at least two values, but 3.1 to 3.9 leaves 0"),
        ((2.5, 3.5), "leaves 1: widen them, or pin the value"),
        ((1, 2, 3), "must be a pair"),
        (5, "must be a pair, but got 5"),
        ("ab", "must be a pair"),
        ((1, "9"), "`high` must be a finite number, but got '9'"),
    ],
)
def test_narrow_rules(bounds, message):
    with pytest.raises(SpaceError, match=message):
        Int(1, 99).narrow(bounds)


def test_narrowing_choices():
    activation = Categorical(("relu", "selu", (1, 2)), help="A tip")
    assert activation.narrow([[1, 2], "relu"]) == Categorical(("relu", (1, 2)), help="A tip")
    with pytest.raises(SpaceError, match=r"among the old ones.*but got 'elu'"):
        activation.narrow(["elu"])
    with pytest.raises(SpaceError, match=r"write \['relu'\]"):
        activation.narrow("relu")
    with pytest.raises(SpaceError, match="At least one choice"):
        activation.narrow([])


def test_to_sklearn_lists_what_is_equally_likely():
    assert list(Int(1, 9, step=4).to_sklearn()) == [1, 5, 9]
    assert list(Float(0, 1, step=0.5).to_sklearn()) == [0.0, 0.5, 1.0]
    assert Categorical(("a", None)).to_sklearn() == ["a", None]


@pytest.mark.parametrize(
    "distribution",
    [
        Float(2, 5),
        Float(1e-4, 1, log=True),
        Float(0, 10, quantiles=TABLE),
        Float(0, 1, step=1e-7),
        Int(1, 9, log=True),
        Int(0, 10, quantiles=TABLE),
        Int(0, 10**7, step=2),
        Int(0, 10**30),
    ],
)
def test_to_sklearn_draws_as_the_quantile_function_says(distribution):
    drawing, n = distribution.to_sklearn(), 2000
    rng = np.random.RandomState(0)
    drawn = [drawing.rvs(random_state=rng) for _ in range(n)]
    assert all(distribution.low <= value <= distribution.high for value in drawn)
    for fraction in (0.1, 0.3, 0.5, 0.7, 0.9):
        quantile = distribution.at(fraction)
        at_most = sum(value <= quantile for value in drawn) / n
        below = sum(value < quantile for value in drawn) / n
        assert below - 0.05 < fraction < at_most + 0.05


@pytest.mark.parametrize(
    "written",
    [
        {},
        {"kind": "complex"},
        {"kind": "float", "low": 0},
        {"kind": "int", "low": 0, "high": 3, "depth": 1},
        {"kind": "int", "low": 0, "high": 3, "quantiles": None},
        {"kind": "categorical"},
        {"kind": "categorical", "choices": [{"list": [1]}]},
        {"kind": "categorical", "choices": 3},
        {"kind": "float", "low": 3, "high": 1},
    ],
)
def test_bad_json_is_a_space_error(written):
    with pytest.raises(SpaceError):
        distribution_from_json(written)
