"""What all tests share: where the California housing data may lie, and clean-ups."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.leftovers import leftovers, our_threads
from tests.paper import PaperExecutor, paper_study
from tunewidgets import SerialExecutor, Study
from tunewidgets.trial import Params, State, Trial

ROOT = Path(__file__).parents[1]

# Machines that cannot download data sets keep scikit-learn's cache beside the repository.
SHARED_CACHE = ROOT.parent / "shared" / "data" / "scikit_learn"
if SHARED_CACHE.is_dir():
    os.environ.setdefault("SCIKIT_LEARN_DATA", str(SHARED_CACHE))


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder that the repository is checked out in."""
    return ROOT


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    """Fail a test that leaves a worker process or a thread of ours alive."""
    threads_before = our_threads()  # of fixtures that serve several tests
    yield
    left = leftovers(threads_before)
    assert not left, f"the test left {', '.join(left)}"


@pytest.fixture
def make() -> Iterator[Callable[..., Study]]:
    """Make studies on paper, and close them after the test."""
    studies: list[Study] = []

    def made(*args: object, **options: object) -> Study:
        studies.append(paper_study(*args, **options))
        return studies[-1]

    yield made
    for study in studies:
        study.close()


@pytest.fixture
def held() -> PaperExecutor:
    """An executor on paper whose runs wait to be released."""
    return PaperExecutor(held=True)


@pytest.fixture
def train() -> Iterator[Callable[..., tuple[Study, Trial]]]:
    """Train one trial of a study of its own, and give the study and the trial."""
    studies: list[Study] = []

    def trained(
        builder: Callable[..., Any],
        x: Any,
        y: Any = None,
        *,
        params: Params | None = None,
        cv: int | None = None,
        state: State = State.COMPLETE,
        **options: Any,
    ) -> tuple[Study, Trial]:
        options = {"epochs": 2, "seed": 7, **options}
        study = Study(
            builder,
            options.pop("space", {"n_neurons": [4]}),
            x,
            y,
            executor=SerialExecutor(),
            **options,
        )
        studies.append(study)
        study.enqueue(params, cv=cv)
        assert study.wait(120)
        (trial,) = study.trials
        assert trial.state is state, f"{trial.error}\n{trial.runs[0].traceback}"
        return study, trial

    yield trained
    for study in studies:
        study.close()
