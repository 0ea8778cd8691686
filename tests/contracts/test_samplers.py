"""What every sampler keeps to, and what each adds."""

from __future__ import annotations

import itertools
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.model_selection import ParameterGrid, ParameterSampler

from tunewidgets.distributions import Categorical, Float, Int
from tunewidgets.errors import SpaceError
from tunewidgets.plan import Goal, SearchPlan
from tunewidgets.samplers import GridSampler, RandomSampler, Tried, make_sampler, sampler_of
from tunewidgets.space import SearchSpace
from tunewidgets.trial import Run, State, Trial

EVERY = pytest.mark.parametrize("name", ["grid", "random", "qmc", "tpe", "cmaes"])
FREE = pytest.mark.parametrize("name", ["grid", "random", "qmc"])  # of how trials went
LEARNING = pytest.mark.parametrize("name", ["tpe", "cmaes"])

FINITE = {
    "lists": {"a": [3, 1, 2], "b": ["x", None, True, 1, 1.0], "c": [(1, 2), [1]]},
    "one": {"a": [5]},
    "ints": {"b": (1, 9), "a": (0, 8, 4)},
    "steps": {"a": Float(0, 1, step=0.1), "b": Float(-0.5, 0.5, step=0.25)},
    "log": {"a": Int(1, 40, log=True), "b": [True, False]},
    "table": {"a": Int(0, 5, quantiles=(0, 0, 0, 0, 1, 5))},
}
ENDLESS = {
    "floats": {"a": (0.5, 2.0), "b": Float(1e-4, 1, log=True), "c": (1, 3)},
    "table": {"a": Float(0, 9, quantiles=(0, 1, 9)), "b": ["x", "y"]},
}


def take_anything(**params):
    """Stand where a model builder stands."""


def read(written):
    return SearchSpace.read(written, take_anything)


def take(sampler, n):
    return list(itertools.takewhile(lambda p: p is not None, (sampler.ask(()) for _ in range(n))))


def check(space, proposed):
    """Hold proposals to what every sampler promises."""
    keys = [space.key(params) for params in proposed]
    assert len(set(keys)) == len(keys)
    for params in proposed:
        assert list(params) == list(space)
        for name, value in params.items():
            assert space[name].contains(value)
            assert type(value) in (int, float, str, bool, tuple, list, type(None))
            assert repr(space.decode({name: value})) == repr({name: value})
    return set(keys)


@EVERY
@pytest.mark.parametrize("written", FINITE.values(), ids=FINITE)
def test_a_finite_space_is_exhausted_exactly(name, written):
    space = read(written)
    sampler = bare(name, space, n_trials=space.size + 50, seed=1)
    proposed = take(sampler, space.size + 50)
    assert len(proposed) == space.size
    assert check(space, proposed) == check(space, take(GridSampler(space), space.size))
    assert sampler.ask(()) is None


@EVERY
@pytest.mark.parametrize("written", ENDLESS.values(), ids=ENDLESS)
def test_an_endless_space_gives_members(name, written):
    space = read(written)
    n = min(40, space.grid_size())
    proposed = take(bare(name, space, n_trials=n, seed=1), n)
    assert len(proposed) == n
    check(space, proposed)


@EVERY
@pytest.mark.parametrize("written", [*FINITE.values(), *ENDLESS.values()])
def test_a_seed_gives_the_same_candidates(name, written):
    space = SearchSpace.from_json(read(written).to_json())
    one, other = (take(bare(name, read(written), 20, seed=7), 20) for _ in range(2))
    again = take(bare(name, space, 20, seed=7), 20)
    assert repr(one) == repr(other) == repr(again)


def plan_of(name, space, n_trials, seed=3, folds=None):
    return SearchPlan("me", name, n_trials, folds, seed, 1, space.to_json(), n_drawn=n_trials)


def bare(name, space, n_trials, seed):
    """A sampler alone, in a study without trials."""
    return sampler_of(plan_of(name, space, n_trials, seed))


def trials_of(proposed, state=State.COMPLETE, origin="person", folds=None, first=0):
    """What it looks like when these params have been tried."""
    value = 1.0 if state is State.COMPLETE else None
    return tuple(
        Trial(
            number,
            params,
            origin,
            runs=tuple(
                Run(number, i, 0, None if folds is None else i, state, value=value)
                for i in range(folds or 1)
            ),
        )
        for number, params in enumerate(proposed, first)
    )


def untried(plan, trials, n):
    """What a search makes, beside trials that others have made."""
    sampler, made = sampler_of(plan), []
    while len(made) < n and (params := sampler.ask(trials)) is not None:
        made.append(params)
    return made


@FREE
@pytest.mark.parametrize("written", [*FINITE.values(), *ENDLESS.values()])
def test_what_was_tried_is_skipped_and_the_next_one_comes(name, written):
    space = read(written)
    plan = plan_of(name, space, 8)
    candidates = untried(plan, (), 30)
    tried = trials_of(candidates[1:4])
    assert repr(untried(plan, tried, 30 - 3)) == repr(candidates[:1] + candidates[4:])
    check(space, [*candidates[1:4], *untried(plan, tried, 27)])


@EVERY
@pytest.mark.parametrize("state", [State.FAILED, State.STOPPED])
def test_what_came_to_nothing_is_tried_again(name, state):
    plan = plan_of(name, read({"a": [1, 2, 3], "b": [1, 2]}), 6)
    candidates = untried(plan, (), 6)
    again = untried(plan, trials_of(candidates, state), 6)
    assert sorted(map(str, again)) == sorted(map(str, candidates))
    assert untried(plan, trials_of(candidates, state, origin="me"), 6) == []  # but not by itself


@EVERY
def test_what_was_tried_in_another_way_is_tried_in_this(name):
    space = read({"a": [1, 2, 3], "b": [1, 2]})
    plan = plan_of(name, space, 6)
    candidates = untried(plan, (), 6)
    assert untried(plan, trials_of(candidates, folds=2), 6) == candidates
    assert untried(plan, trials_of([{**c, "epochs": 9} for c in candidates]), 6) == candidates
    assert untried(plan_of(name, space, 6, folds=2), trials_of(candidates, folds=2), 6) == []


@EVERY
@pytest.mark.parametrize("written", [*FINITE.values(), *ENDLESS.values()])
def test_a_search_taken_up_again_goes_on_as_it_would_have(name, written):
    plan = plan_of(name, read(written), 12, seed=5)
    whole = untried(plan, (), 12)
    made = trials_of(whole[:5], State.STOPPED, origin="me")
    assert repr(untried(plan, made, 7)) == repr(whole[5:12])


@FREE
def test_what_is_tried_meanwhile_is_skipped_too(name):
    plan = plan_of(name, read({"a": [1, 2, 3], "b": [1, 2]}), 6)
    first, second, third, *_ = untried(plan, (), 6)
    sampler = sampler_of(plan)
    assert sampler.ask(()) == first
    waiting = trials_of([first], State.WAITING, origin="me")
    assert sampler.ask((*waiting, *trials_of([second], State.RUNNING, first=1))) == third


@EVERY
def test_tried_params_from_elsewhere_take_nothing_away(name):
    plan = plan_of(name, read({"a": [1, 2, 3], "b": [1, 2]}), 6)
    tried = trials_of([{"a": 9, "b": n} for n in range(5)] + [{"a": 1}])
    assert len(untried(plan, tried, 99)) == 6


def test_only_points_of_a_grid_count_as_tried():
    space = read({"a": (0.0, 1.0)})
    tried = trials_of([{"a": 0.3}, {"a": 0.5}, {"a": 1.0}])
    assert Tried(plan_of("grid", space, 5), space).count(tried) == 2
    assert untried(plan_of("grid", space, 5), tried, 99) == [{"a": a} for a in (0.0, 0.25, 0.75)]


@EVERY
def test_a_billion_combinations_are_never_listed(name):
    space = read({name_: Int(1, 1000) for name_ in "abc"})
    check(space, take(bare(name, space, 5, seed=0), 5))
    space = read({"a": Int(1, 10**9)})
    check(space, take(bare(name, space, 5, seed=0), 5))


@given(
    st.dictionaries(
        st.sampled_from("abcd"),
        st.lists(st.integers(0, 9) | st.booleans() | st.text(max_size=2), min_size=1, max_size=5)
        .filter(lambda choices: len({repr(c) for c in choices}) == len(choices))
        .map(lambda choices: Categorical(tuple(choices))),
        min_size=1,
    ),
    st.integers(0, 2**32 - 1),
    st.integers(0, 30),
)
@settings(max_examples=30)
def test_random_goes_on_until_there_are_no_more(written, seed, n_trials):
    space = read(written)
    proposed = take(RandomSampler(space, n_trials, seed), space.size + 1)
    assert len(proposed) == space.size
    check(space, proposed)


def test_grid_keeps_the_order_of_scikit_learn():
    space = read({"b": ["x", "y"], "a": (1, 3), "c": (0.0, 1.0)})
    expected = ParameterGrid({"a": [1, 2, 3], "b": ["x", "y"], "c": [0.0, 0.5, 1.0]})
    assert take(GridSampler(space, n_points=3), 99) == list(expected)


def test_grid_refuses_what_cannot_be_indexed():
    with pytest.raises(SpaceError, match="at most 2,147,483,647 combinations, but got 1,000,000,0"):
        GridSampler(read({name: Int(1, 1000) for name in "abcd"}))


@pytest.mark.parametrize(
    "written",
    [
        {"h": [0, 1, 2, 3], "n": range(1, 100), "lr": stats.loguniform(3e-4, 3e-2)},
        {"h": [0, 1, 2, 3], "rate": stats.uniform(0.1, 0.7)},
        {"h": [0, 1, 2, 3], "n": range(1, 100)},
    ],
)
def test_random_gives_the_candidates_of_scikit_learn(written):
    expected = list(ParameterSampler(written, 10, random_state=42))
    drawn = take(RandomSampler(read(written), 10, seed=42), 10)
    assert drawn == [pytest.approx(params, rel=1e-12) for params in expected]


def test_random_is_not_in_the_order_of_the_grid_when_it_takes_all():
    space = read({"a": (1, 50)})
    proposed = [params["a"] for params in take(RandomSampler(space, 50, seed=0), 50)]
    assert proposed != sorted(proposed)


def test_random_follows_log():
    space = read({"a": Int(1, 10**6, log=True), "b": (0.0, 1.0)})
    proposed = [params["a"] for params in take(RandomSampler(space, 300, seed=0), 300)]
    assert 100 < sum(value <= 1000 for value in proposed) < 200


def test_random_searches_more_than_can_be_counted():
    space = read({f"p{i}": list(range(0, 200, 2)) for i in range(12)})
    check(space, take(RandomSampler(space, 20, seed=0), 20))


def test_random_ends_when_an_endless_space_gives_nothing_new():
    space = read({"a": Float(0, 1, quantiles=(0, 0, 0, 0, 0, 0, 1)).narrow((0, 5e-324))})
    assert 1 <= len(take(RandomSampler(space, 10, seed=0), 10)) <= 2


@pytest.mark.slow
def test_random_goes_on_after_thousands_of_trials():
    plan = plan_of("random", read({"a": (0.0, 1.0)}), 3005, seed=0)
    whole = untried(plan, (), 3005)
    assert untried(plan, trials_of(whole[:3000], origin="me"), 5) == whole[3000:]


def test_an_unknown_sampler_lists_the_known():
    with pytest.raises(SpaceError, match="an Optuna sampler, but got 'tpi': did you mean 'tpe'"):
        make_sampler("tpi", read({"a": [1]}), 1, seed=0)


def test_a_shuffled_grid_is_the_same_grid_in_an_order_that_the_seed_draws():
    space = read({"a": (1, 50), "b": [1, 2]})
    listed = take(GridSampler(space), 200)
    one, same, other = (take(GridSampler(space, shuffle_seed=s), 200) for s in (1, 1, 2))
    assert one == same
    assert one not in (listed, other)
    assert check(space, one) == check(space, listed)


def test_a_huge_grid_is_shuffled_too():
    space = read({"a": Int(1, 10**9)})
    check(space, take(GridSampler(space, shuffle_seed=0), 50))


def test_an_even_spread_is_even():
    space = read({"a": (0.0, 1.0), "b": Float(1e-4, 1, log=True)})
    proposed = take(bare("qmc", space, 64, 0), 64)
    for cell in range(8):
        assert sum(cell <= 8 * params["a"] < cell + 1 for params in proposed) == 8
    assert sum(params["b"] < 1e-2 for params in proposed) == 32


# What learns from the trials


def bowl(params):
    return abs(params["a"] - 7) + abs(params["b"] - 0.3)


def search(plan, n, first=(), value_of=bowl, n_at_once=1):
    """Make trials one after the other, or some at once; a value of None is one that diverged."""
    sampler, trials = sampler_of(plan), list(first)
    while len(trials) < len(first) + n:
        asked = sampler.ask(tuple(trials))
        trials += trials_of([asked], State.RUNNING, "me", first=len(trials))
        going = [t.number for t in trials if t.state is State.RUNNING]
        if len(going) >= n_at_once:
            number = going[0]
            trials[number] = ended(trials[number], value_of(trials[number].params))
    return trials


def ended(trial, value):
    state = State.FAILED if value is None else State.COMPLETE
    history = {"val_loss": (float("nan") if value is None else value,)}
    run = Run(trial.number, 0, 0, None, state, history, value=value)
    return Trial(trial.number, trial.params, trial.origin, runs=(run,))


NUMBERS = {"a": (1, 40), "b": (0.0, 1.0)}


@LEARNING
def test_it_learns(name):
    trials = search(plan_of(name, read(NUMBERS), 60), 60)
    values = [trial.value for trial in trials]
    assert sum(values[40:]) < sum(values[:20]) / 2


@LEARNING
def test_it_is_repeated_by_its_seed_when_run_one_by_one(name):
    plan = plan_of(name, read(NUMBERS), 30)
    one, again = ([t.params for t in search(plan, 30)] for _ in range(2))
    other = [t.params for t in search(plan_of(name, read(NUMBERS), 30, seed=4), 30)]
    assert one == again != other


def test_tpe_taken_up_again_goes_on_as_it_would_have():
    plan = plan_of("tpe", read({**NUMBERS, "c": ["x", "y"]}), 30)
    whole = search(plan, 30)
    resumed = search(plan, 10, first=whole[:20])
    assert [t.params for t in resumed] == [t.params for t in whole]


@LEARNING
def test_several_at_once_are_all_different(name):
    space = read({"a": (1, 9), "b": [0.1, 0.2, 0.3]})
    trials = search(plan_of(name, space, 25), 25, n_at_once=6)
    check(space, [trial.params for trial in trials])


def test_a_persons_trials_are_evidence():
    space = read(NUMBERS)
    asked = [{"a": a, "b": b / 10} for a in range(1, 40, 3) for b in range(0, 10, 2)]
    known = [ended(t, bowl(t.params)) for t in trials_of(asked)]
    made = search(plan_of("tpe", space, 10), 10, first=known)[len(known) :]
    assert sum(bowl(t.params) for t in made) / 10 < 5
    with_folds = search(plan_of("tpe", space, 10, folds=2), 10, first=known)[len(known) :]
    assert sum(bowl(t.params) for t in with_folds) / 10 > 8  # they were made in another way


def test_what_diverges_is_left():
    trials = search(
        plan_of("tpe", read(NUMBERS), 60), 60,
        value_of=lambda p: None if p["a"] > 20 else p["b"],
    )  # fmt: skip
    assert sum(t.state is State.FAILED for t in trials[30:]) < 10  # of 30, by chance 15


def test_a_score_is_maximised():
    plan = plan_of("tpe", read(NUMBERS), 40)
    sampler, trials = sampler_of(plan, Goal("val_accuracy", "maximize")), []
    for _ in range(40):
        new = trials_of([sampler.ask(tuple(trials))], State.RUNNING, "me", first=len(trials))[0]
        trials.append(ended(new, new.params["b"]))
    assert sum(t.params["b"] for t in trials[30:]) / 10 > 0.8


def test_values_spread_by_quantiles_keep_their_prior():
    table = tuple(float(x) for x in stats.expon.ppf([i / 64 * 0.99 for i in range(65)]))
    space = read({"a": Float(table[0], table[-1], quantiles=table)})
    drawn = [params["a"] for params in take(bare("tpe", space, 300, 0), 300)]
    assert 0.4 < sum(a < stats.expon.ppf(0.495) for a in drawn) / 300 < 0.6


def test_a_missing_package_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(SpaceError, match=r'package torch.*pip install "tunewidgets\[gp\]"'):
        sampler_of(plan_of("gp", read(NUMBERS), 5))
