"""The ways of writing what a hyperparameter may be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tunewidgets.abbreviations import read_distribution
from tunewidgets.distributions import Categorical, Float, Int
from tunewidgets.errors import SpaceError


@pytest.mark.parametrize(
    ("written", "distribution"),
    [
        (Int(1, 3), Int(1, 3)),
        (True, Categorical((False, True))),
        (False, Categorical((False, True))),
        ((1, 5), Int(1, 5)),
        ((np.int64(1), 5), Int(1, 5)),
        ((1, 5.0), Float(1, 5)),
        ((1, 9, 2), Int(1, 9, step=2)),
        ((0.0, 1, 0.1), Float(0, 1, step=0.1)),
        ((True, False), Categorical((True, False))),
        (("relu", "selu"), Categorical(("relu", "selu"))),
        ((32, 64, 128, 256), Categorical((32, 64, 128, 256))),
        ([32, 16, None], Categorical((32, 16, None))),
        ([(8,), (8, 8)], Categorical(((8,), (8, 8)))),
        ([5], Categorical((5,))),
        (range(1, 10, 2), Int(1, 9, step=2)),
        (range(1, 10**9), Int(1, 10**9 - 1)),
        (range(3, 0, -1), Categorical((3, 2, 1))),
        (range(4, 5), Categorical((4,))),
        (np.arange(1, 100), Int(1, 99)),
        (np.array([1, 4, 7]), Int(1, 7, step=3)),
        (np.array([1, 4, 8]), Categorical((1, 4, 8))),
        (np.array([3, 2, 1]), Categorical((3, 2, 1))),
        (np.array([3]), Categorical((3,))),
        (np.array([0.1, 0.2]), Categorical((0.1, 0.2))),
        (np.array(["a", "b"]), Categorical(("a", "b"))),
        (np.array([True, False]), Categorical((True, False))),
        (pd.Series([1, 2, 3]), Int(1, 3)),
        (pd.Series(["a", "b"]), Categorical(("a", "b"))),
        (stats.loguniform(3e-4, 3e-2), Float(3e-4, 3e-2, log=True)),
        (stats.reciprocal(1, 10, scale=2), Float(2, 20, log=True)),
        (stats.uniform(1, 3), Float(1, 4)),
        (stats.uniform(loc=0.5), Float(0.5, 1.5)),
        (stats.uniform, Float(0, 1)),
        (stats.randint(1, 10), Int(1, 9)),
        (stats.randint(1, 10, loc=3), Int(4, 12)),
    ],
)
def test_ways_of_writing(written, distribution):
    assert read_distribution("a", written) == distribution


@pytest.mark.parametrize(
    ("frozen", "kind"),
    [
        (stats.norm(5, 2), Float),
        (stats.expon(scale=2), Float),
        (stats.loguniform(1, 10, 2), Float),
        (stats.loguniform(1, 10, loc=2), Float),
        (stats.beta(2, 5), Float),
        (stats.rv_histogram(([1, 3], [0, 1, 2])), Float),
        (stats.poisson(40), Int),
        (stats.binom(20, 0.3), Int),
        (stats.rv_discrete(values=([0.5, 1.5], [0.5, 0.5])), Float),
    ],
)
def test_other_scipy_distributions_are_tabulated(frozen, kind):
    distribution = read_distribution("a", frozen)
    assert type(distribution) is kind
    assert not distribution.log
    assert len(distribution.quantiles) == 65
    low, high = frozen.support()
    assert distribution.low == pytest.approx(low if np.isfinite(low) else frozen.ppf(0.005))
    assert distribution.high == pytest.approx(high if np.isfinite(high) else frozen.ppf(0.995))
    assert distribution.middle == pytest.approx(frozen.median(), rel=0.05)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (5, r"For 'a': Several values must be given, but got 5: write \[5\], or .*partial"),
        ("relu", r"but got 'relu': write \['relu'\]"),
        (None, r"write \[None\]"),
        (np.float64(0.5), "Several values must be given"),
        ({"x": 1}, r"It must be written as \(min, max\).*but got dict"),
        ({1, 2}, "but got set"),
        (object(), "but got object"),
        ((3, 1), "For 'a': `low < high` must hold, but got low=3, high=1: swap them"),
        ((32, 64, 128), "write a list of choices"),
        ([], "At least one choice"),
        ([object()], "Choices must be storable"),
        (np.eye(2), "one-dimensional, but got 2"),
        (np.array([]), "At least one choice"),
        (stats.randint(5, 3), "arguments that it allows, but got randint"),
        (stats.multivariate_normal(), "It must be written as"),
    ],
)
def test_what_cannot_be_read(written, message):
    with pytest.raises(SpaceError, match=message):
        read_distribution("a", written)
