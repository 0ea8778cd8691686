"""The child process that draws candidates and splits folds, so that a kernel stays small."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest
from sklearn.model_selection import KFold, StratifiedKFold

from tunewidgets.fresh_python import python_command
from tunewidgets.plan import SearchPlan
from tunewidgets.samplers import make_sampler
from tunewidgets.samplers.drawn import DrawnSampler
from tunewidgets.space import SearchSpace
from tunewidgets.training.folds import fold_of

LIMIT_S = 60

SPACE = {
    "shape": [(30,), (30, 10)],
    "n_neurons": (1, 300),
    "learning_rate": (1e-4, 1e-1),
    "activation": ["relu", None, True, 1, 1.0],
}

SMALL = """
import json, sys
import numpy as np
from tunewidgets import aside
from tunewidgets.plan import SearchPlan
from tunewidgets.samplers.drawn import DrawnSampler
from tunewidgets.training.folds import fold_of
"""


def build(shape, n_neurons, learning_rate, activation):
    """Stand for a builder: nothing is built."""


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", SMALL + code], capture_output=True, text=True, timeout=LIMIT_S
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def plan_of(sampler: str, n_trials: int = 20, **options: object) -> SearchPlan:
    space = SearchSpace.read(SPACE, build).to_json()
    return SearchPlan("s", sampler, n_trials, None, 7, 1, space=space, n_drawn=n_trials, **options)


def first(sampler: object, n: int) -> list[str]:
    return [repr(sampler.ask(())) for _ in range(n)]


@pytest.mark.slow
def test_a_child_draws_what_is_drawn_here():
    names = ["random", "grid", "qmc"]
    space = json.dumps(SearchSpace.read(SPACE, build).to_json())
    drawn = run(f"""
for name in {names!r}:
    plan = SearchPlan("s", name, 20, None, 7, 1, space=json.loads({space!r}), n_drawn=20)
    sampler = DrawnSampler(plan)
    for _ in range(100):
        print(repr(sampler.ask(())))
    assert (aside._CHILD._process is None) == (name == "random")
assert not {{"sklearn", "scipy", "pandas"}} & set(sys.modules)
""").splitlines()
    for number, name in enumerate(names):
        here = make_sampler(name, SearchSpace.read(SPACE, build), 20, 7)
        assert drawn[100 * number : 100 * (number + 1)] == first(here, 100)


def test_blocks_follow_each_other():
    drawn = DrawnSampler(plan_of("qmc", 5))
    assert first(drawn, 300) == first(
        make_sampler("qmc", SearchSpace.read(SPACE, build), 5, 7), 300
    )


def test_a_finite_space_ends():
    space = SearchSpace.read({"n_neurons": [1, 2, 3]}, build).to_json()
    drawn = DrawnSampler(SearchPlan("s", "random", 2, None, 7, 1, space=space, n_drawn=2))
    asked = [drawn.ask(()) for _ in range(4)]
    assert {tuple(params.items()) for params in asked[:3]} == {
        (("n_neurons", n),) for n in (1, 2, 3)
    }
    assert asked[3] is None


@pytest.mark.slow
def test_a_child_splits_as_scikit_learn_does():
    classes = [2, 5, 5, 2, 9, 9, 2, 5, 9, 2, 5, 9]
    folds = json.loads(
        run(f"""
y = np.array({classes!r})
folds = [fold_of(y, 12, 3), fold_of(np.arange(11.0), 11, 3)]
assert "sklearn" not in sys.modules
print(json.dumps([fold.tolist() for fold in folds]))
""")
    )
    splitters = (StratifiedKFold(3).split(classes, classes), KFold(3).split(classes[:11]))
    for found, splits in zip(folds, splitters, strict=True):
        for number, (_, left_out) in enumerate(splits):
            assert (np.flatnonzero(np.array(found) == number) == left_out).all()
    assert fold_of(np.array(classes), 12, 3).tolist() == folds[0]


@pytest.mark.slow
def test_a_child_that_was_killed_is_followed_by_another():
    run("""
import psutil
y = np.repeat([0, 1], 6)
first = fold_of(y, 12, 3)
child, = psutil.Process().children()
child.kill()
assert (fold_of(y, 12, 3) == first).all()
other, = psutil.Process().children()
assert other.pid != child.pid
""")


@pytest.mark.slow
def test_what_fails_in_the_child_is_raised_here():
    message = run("""
from tunewidgets.training.folds import _split
try:
    aside.call(_split, [3, [0, 1]])
except RuntimeError as error:
    print(error)
assert aside.call(_split, [2, [0, 0]]) == [0, 1]
""")
    assert "n_splits=3" in message


@pytest.mark.slow
def test_an_idle_child_goes():
    with subprocess.Popen(
        python_command("tunewidgets.aside", 0.05), stdin=subprocess.PIPE
    ) as child:
        assert child.wait(LIMIT_S) == 0


@pytest.mark.slow
def test_the_child_goes_with_the_kernel():
    code = "import time; aside.warm(); print(aside._CHILD._process.pid, flush=True); time.sleep(99)"
    with subprocess.Popen(
        [sys.executable, "-c", SMALL + code], stdout=subprocess.PIPE, text=True
    ) as kernel:
        child = psutil.Process(int(kernel.stdout.readline()))
        kernel.send_signal(signal.SIGKILL)
        kernel.wait(LIMIT_S)
    deadline = time.monotonic() + LIMIT_S
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.02)
