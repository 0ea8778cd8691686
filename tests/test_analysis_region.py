"""The suggested zoom: the box around the best trials, on every kind of hyperparameter."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tunewidgets as tw
from tunewidgets.analysis import best_region
from tunewidgets.distributions import Float, Int
from tunewidgets.space import SearchSpace
from tunewidgets.trial import Run, State, Trial


def read(written):
    return SearchSpace.read(written, lambda **_: None)


def trials_of(rows, value_of, state=State.COMPLETE):
    """Make complete trials of these hyperparameters; value_of gives their values."""
    return tuple(
        Trial(n, row, runs=(Run(n, 0, 0, state=state, value=value_of(row)),))
        for n, row in enumerate(rows)
    )


def along(name, values, value_of):
    return trials_of([{name: value} for value in values], lambda row: value_of(row[name]))


def test_the_box_reaches_halfway_to_the_next_values_tried():
    trials = along("a", [i / 8 for i in range(9)], lambda a: (a - 0.55) ** 2)
    region = best_region(trials, read({"a": (0.0, 1.0)}), "minimize")
    # 0.5, 0.625 and 0.375 are the best three of nine; 0.25 and 0.75 come next.
    assert region.bounds == {"a": (0.31, 0.69)}
    assert region.n_trials == 3
    assert region.words == (
        "The box around the best 3 of 9 complete trials, widened halfway to the next values tried."
    )


def test_orders_of_magnitude_are_halved_as_such():
    rates = [1e-4, 1e-3, 1e-2, 1e-1, 1]
    trials = along("r", rates, lambda r: abs(math.log10(r) + 2.1))
    for space in ({"r": Float(1e-4, 1, log=True)}, {"r": (1e-4, 1.0)}):
        region = best_region(trials, read(space), "minimize")
        assert region.bounds == {"r": (3.1e-4, 0.032)}  # of 1e-3 and 1e-2


def test_maximising_looks_at_the_other_end():
    trials = along("a", [i / 8 for i in range(9)], lambda a: a)
    assert best_region(trials, read({"a": (0.0, 1.0)}), "maximize").bounds == {"a": (0.68, 1.0)}
    assert best_region(trials, read({"a": (0.0, 1.0)}), "minimize").bounds == {"a": (0.0, 0.32)}


def test_beyond_the_last_value_tried_the_range_stays_whole():
    trials = along("a", [3.0, 4.0, 5.0, 6.0], lambda a: a)
    assert best_region(trials, read({"a": (0.0, 9.0)}), "minimize").bounds == {"a": (0.0, 4.5)}


@pytest.mark.parametrize(
    ("written", "values", "best", "bounds"),
    [
        (Int(1, 9), range(1, 10), 5, (4, 6)),
        (Int(0, 100, step=10), range(0, 101, 10), 50, (40, 60)),
        (Int(1, 9), range(1, 10), 1, (1, 3)),
        (Int(1, 100), [10, 40, 50, 90], 44, (25, 70)),
        (Float(0, 1, step=0.25), [0, 0.25, 0.5, 0.75, 1.0], 0.3, (0.25, 0.5)),
    ],
)
def test_ranges_with_a_step_end_at_members(written, values, best, bounds):
    trials = along("n", values, lambda n: abs(n - best))
    assert best_region(trials, read({"n": written}), "minimize").bounds == {"n": bounds}


def test_two_members_stay_where_the_best_agree_on_one():
    rows = [{"n": 5, "a": 0.1}, {"n": 5, "a": 0.2}, {"n": 4, "a": 0.3}, {"n": 6, "a": 0.4}]
    trials = trials_of(rows, lambda row: row["a"])
    region = best_region(trials, read({"n": Int(1, 9), "a": (0.0, 1.0)}), "minimize")
    assert region.bounds == {"n": (4, 6), "a": (0.0, 0.25)}
    assert best_region(trials, read({"n": Int(4, 6)}), "minimize").bounds == {}


def test_choices_stay_that_are_among_the_best_or_untried():
    space = read({"act": ["relu", "selu", "elu", None], "n": (1, 40)})
    rows = [{"act": ("relu", "selu", "elu")[i % 3], "n": 20, "i": i} for i in range(12)]
    values = [1, 9, 2, 10, 11, 3, 12, 13, 14, 15, 16, 17]
    trials = trials_of(rows, lambda row: values[row["i"]])
    assert best_region(trials, space, "minimize").bounds == {"act": ("relu", "elu", None)}


def test_choices_keep_their_types():
    space = read({"c": [1, 1.0, True, (1, 2), "x"]})
    rows = [{"c": c} for c in (1, 1.0, True, (1, 2), "x")]
    values = dict(zip(map(repr, (1, 1.0, True, (1, 2), "x")), (9, 1, 8, 2, 7), strict=True))
    trials = trials_of(rows, lambda row: values[repr(row["c"])])
    assert repr(best_region(trials, space, "minimize").bounds) == "{'c': (1.0, (1, 2))}"


def test_where_the_best_lie_all_over_there_is_nothing_to_narrow():
    space = read({"a": (0.0, 1.0), "b": ["x", "y"]})
    rows = [{"a": a, "b": b} for a, b in zip([0, 1, 0.5, 0.2], "xyxy", strict=True)]
    region = best_region(trials_of(rows, lambda row: abs(row["a"] - 0.45) * -1), space, "minimize")
    assert region.bounds == {}
    assert region.n_trials == 4
    assert "lie all over these ranges" in region.words


def test_too_few_different_values_say_nothing():
    space = read({"a": (0.0, 1.0)})
    at = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    assert best_region((), space, "minimize") is None
    assert best_region(along("a", at[:3], lambda a: a), space, "minimize") is None
    assert best_region(along("a", at, lambda a: round(2 * a)), space, "minimize") is None
    for state in (State.FAILED, State.STOPPED, State.RUNNING):
        lost = trials_of([{"a": a} for a in at], lambda row: row["a"], state)
        assert best_region(lost, space, "minimize") is None
    assert best_region(along("a", [a + 5 for a in at], lambda a: a), space, "minimize") is None
    assert best_region(along("b", at, lambda a: a), space, "minimize") is None
    assert best_region(along("a", at, lambda a: math.nan), space, "minimize") is None


SPACES = {
    "a": (0.0, 1.0),
    "b": Float(1e-5, 1e-1, log=True),
    "c": Int(1, 30),
    "d": Int(1, 1000, log=True),
    "e": Float(-1, 1, step=0.1),
    "f": Int(0, 9, quantiles=(0, 0, 1, 2, 9)),
    "g": ["x", "y", None],
    "h": Int(0, 1),
}


@given(
    st.integers(0, 2**32 - 1),
    st.integers(4, 60),
    st.sampled_from(["minimize", "maximize"]),
    st.floats(0.01, 1),
)
@settings(max_examples=60, deadline=None)
def test_every_region_is_a_part_that_holds_the_best(seed, n_trials, direction, share):
    rng, space = np.random.default_rng(seed), read(SPACES)
    rows = []
    for _ in range(n_trials):
        row = {n: d.at(rng.random()) for n, d in space.items() if n != "g"}
        rows.append({**row, "g": ("x", "y", None)[rng.integers(3)]})
    values = iter(rng.integers(0, 50, n_trials).tolist())
    trials = trials_of(rows, lambda _: float(next(values)))
    region = best_region(trials, space, direction, share)
    if region is None:
        assert len({trial.value for trial in trials}) < 4
        return
    part = space.narrow(**region.bounds)
    ranked = sorted(trials, key=lambda t: t.value, reverse=direction == "maximize")
    inside = [
        trial for trial in trials if all(d.contains(trial.params[n]) for n, d in part.items())
    ]
    assert all(trial in inside for trial in ranked[: max(2, math.ceil(share * n_trials))])
    assert region.n_trials == len(inside)


def test_a_study_suggests_and_does_not_zoom(make):
    space = {"n_neurons": (1, 40), "learning_rate": [0.1]}
    study = make(space=space)
    assert study.suggest_zoom() is None
    assert study.search("random", 20, seed=1).wait(20)
    region = study.suggest_zoom()
    low, high = region.bounds["n_neurons"]
    assert 1 <= low <= 3 <= high < 20
    assert (study.level, len(study.levels)) == (1, 1)
    assert study.zoom(**region.bounds) == study.space
    assert study.suggest_zoom(0.5) != region  # of what lies in the new level
    with pytest.raises(tw.SpaceError, match="up to 1, but got 2"):
        study.suggest_zoom(2)
