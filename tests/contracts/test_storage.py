"""What a study may count on, whether it is kept in a file or in memory."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewidgets.errors import StorageError
from tunewidgets.events import EpochsEnded, RunEnded, RunStarted
from tunewidgets.plan import SearchPlan
from tunewidgets.scene import Grid, Thought
from tunewidgets.snapshot import SearchState
from tunewidgets.storage import (
    LevelChosen,
    LevelOpened,
    LevelRecord,
    RunReset,
    SavedStudy,
    SearchSaved,
    SQLiteStorage,
    StudyRecord,
    TrialAdded,
    WeightsKept,
)
from tunewidgets.trial import Run, State, Trial

NAN, INF = math.nan, math.inf

SPACE = {"rate": {"low": 3e-4, "high": 0.1 + 0.2}, "act": {"choices": ["relu", None, True]}}
RECORD = StudyRecord(
    "캘리포니아 housing?", "val_loss", "minimize", SPACE, {"epochs": 100, "patience": None}
)

THOUGHT = Thought(3, Grid(((-0.1, 0.1 + 0.2),)), bytes(800))


class Place:
    """Where a study is kept: `again` gives what a later session finds there."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.storage = SQLiteStorage(path)

    def again(self) -> SQLiteStorage:
        if self.path is not None:
            self.storage.close()
            self.storage = SQLiteStorage(self.path)
        return self.storage


@pytest.fixture(params=["memory", "file"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    place = Place(None if request.param == "memory" else tmp_path / "a b?c#d%20e 한.db")
    yield place
    place.storage.close()


@pytest.fixture
def storage(place: Place) -> SQLiteStorage:
    place.storage.attach(RECORD)
    return place.storage


def saved(storage: SQLiteStorage, name: str = RECORD.name) -> SavedStudy:
    found = storage.load(name)
    assert found is not None
    return found


def one_run(storage: SQLiteStorage, name: str = RECORD.name) -> Run:
    return saved(storage, name).trials[0].runs[0]


def waiting(number: int, n_runs: int = 1) -> Trial:
    return Trial(number, {"rate": 0.1}, runs=tuple(Run(number, i, seed=7) for i in range(n_runs)))


# What goes in comes out


def test_everything_comes_back(place: Place) -> None:
    place.storage.attach(RECORD)
    history = {"loss": (0.1 + 0.2, 1e-308, -0.5), "val_loss": (NAN, INF, -INF)}
    trials = (
        Trial(
            0,
            {
                "rate": 0.1 + 0.2,
                "n": 2**60,
                "act": None,
                "on": True,
                "name": "가\0\ud800",
                "x": NAN,
            },
            runs=(
                Run(
                    0,
                    0,
                    2**32 - 1,
                    0,
                    State.COMPLETE,
                    history,
                    1 / 3,
                    0.1 + 0.2,
                    engine="xla",
                    scores={"test_r2": 1 / 3, "train_r2": NAN},
                    score_seconds=0.1,
                    judge_seconds=0.3,
                    goal=9,
                ),
                Run(0, 1, 0, 1, State.FAILED, error="안 돼요: '%s' ?", traceback="File \u2028\n ✗"),
            ),
        ),
        Trial(
            1, {}, "random 1", 2, (Run(1, 0, 5, None, State.COMPLETE, value=NAN, thought=THOUGHT),)
        ),
        Trial(2, {}, "random 1", 2, (Run(2, 0, 5, state=State.COMPLETE, value=-INF),)),
        Trial(3, {}, "random 1", 2, (Run(3, 0, 5, state=State.RUNNING, history=history),)),
        Trial(4, {}, runs=(Run(4, 0, 5, state=State.PRUNED), Run(4, 1, 5, state=State.STOPPED))),
        waiting(5),
    )
    plans = (
        SearchPlan("random 1", "random", 10, 3, 2**32 - 1, 1, SPACE, {"n": INF}, note="적어요"),
        SearchPlan("halving-1", "halving", 9, None, 1, 1, SPACE, rungs=((9, 1), (3, 3), (1, 10))),
        SearchPlan("grid 2", "grid", 4, None, 0, 2, {}, n_points=3, state=SearchState.PAUSED),
    )
    inner = (LevelRecord(2, 1, {"rate": [1, 2]}), LevelRecord(3, 1, {"act": [None, [1.5]]}))
    place.storage.write(
        RECORD.name,
        [
            *map(LevelOpened, inner),
            LevelChosen(2),
            *map(SearchSaved, plans),
            *map(TrialAdded, trials),
            WeightsKept((0, 1), b"\0weights"),
        ],
    )

    again = place.again()
    # repr tells NaN from None, lists from tuples, and every bit of a float.
    levels = (LevelRecord(1, None, SPACE), *inner)
    assert repr(saved(again)) == repr(SavedStudy(RECORD, levels, plans, trials, level=2))
    assert saved(again).trials[1].runs[0].thought == THOUGHT
    assert again.weights(RECORD.name) == ((0, 1), b"\0weights")
    assert again.names() == (RECORD.name,)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@pytest.mark.slow
@given(st.dictionaries(st.text(), PLAIN))
@settings(deadline=None)
def test_any_plain_settings_come_back(plain: dict[str, Any]) -> None:
    with closing(SQLiteStorage()) as storage:
        storage.attach(StudyRecord("a", "val_loss", "maximize", {}, plain))
        assert repr(saved(storage, "a").record.settings) == repr(plain)


def test_numpy_figures_are_kept_as_numbers(storage: SQLiteStorage) -> None:
    import numpy as np

    values = np.array([0.5, np.nan], dtype=np.float32)
    storage.write(
        RECORD.name,
        [
            TrialAdded(waiting(0)),
            EpochsEnded((0, 0), {"loss": tuple(values)}),
            RunEnded((0, 0), State.COMPLETE, np.float32(0.5), np.float64(1.5)),
        ],
    )
    run = one_run(storage)
    assert repr((run.history, run.value, run.seconds)) == "({'loss': (0.5, nan)}, 0.5, 1.5)"


def test_undecodable_text_in_a_traceback_is_spelled_out(storage: SQLiteStorage) -> None:
    storage.write(
        RECORD.name,
        [TrialAdded(waiting(0)), RunEnded((0, 0), State.FAILED, error="no", traceback="\udcff.py")],
    )
    assert one_run(storage).traceback == "\\udcff.py"


def test_tuples_come_back_as_lists(storage: SQLiteStorage) -> None:
    storage.write(RECORD.name, [TrialAdded(Trial(0, {"shape": (1, (2, 3))}))])
    assert saved(storage).trials[0].params == {"shape": [1, [2, 3]]}


def test_unknown_study_is_none(storage: SQLiteStorage) -> None:
    assert storage.load("another") is None
    assert storage.weights("another") is None
    assert storage.weights(RECORD.name) is None
    assert not storage.has_live_writer("another")


# What events do


def test_a_run_from_start_to_end(storage: SQLiteStorage) -> None:
    storage.write(RECORD.name, [TrialAdded(waiting(0))])
    assert one_run(storage).state is State.WAITING
    storage.write(RECORD.name, [RunStarted((0, 0))])
    assert one_run(storage).state is State.RUNNING
    storage.write(RECORD.name, [EpochsEnded((0, 0), {"loss": (3.0, 2.0), "val_loss": (4.0, 3.0)})])
    storage.write(RECORD.name, [EpochsEnded((0, 0), {"loss": (1.0,), "val_loss": (NAN,)})])
    storage.write(
        RECORD.name,
        [RunEnded((0, 0), State.COMPLETE, 0.25, 1.5, engine="graph", weights=b"not kept")],
    )
    run = one_run(storage)
    assert (run.state, run.value, run.seconds, run.engine) == (State.COMPLETE, 0.25, 1.5, "graph")
    assert repr(run.history) == "{'loss': (3.0, 2.0, 1.0), 'val_loss': (4.0, 3.0, nan)}"
    assert storage.weights(RECORD.name) is None


def test_a_start_voids_the_earlier_attempt(storage: SQLiteStorage) -> None:
    end = RunEnded((0, 0), State.FAILED, 1.0, 2.0, "no", "File x", "xla")
    storage.write(
        RECORD.name, [TrialAdded(waiting(0)), EpochsEnded((0, 0), {"old": (9.0, 9.0)}), end]
    )
    storage.write(RECORD.name, [RunStarted((0, 0)), EpochsEnded((0, 0), {"loss": (1.0,)})])
    assert one_run(storage) == Run(0, 0, 7, state=State.RUNNING, history={"loss": (1.0,)})


def test_a_reset_keeps_the_history_alone(storage: SQLiteStorage) -> None:
    storage.write(
        RECORD.name,
        [
            TrialAdded(waiting(0)),
            EpochsEnded((0, 0), {"loss": (1.0,)}),
            RunEnded((0, 0), State.FAILED, error="no", traceback="File x"),
            RunReset((0, 0)),
        ],
    )
    assert one_run(storage) == Run(0, 0, 7, history={"loss": (1.0,)})


def test_a_run_that_is_to_go_on_remembers_how_far(storage: SQLiteStorage) -> None:
    storage.write(RECORD.name, [TrialAdded(waiting(0)), RunReset((0, 0), 9), RunReset((0, 0))])
    assert one_run(storage) == Run(0, 0, 7, goal=9)


def test_epochs_that_lack_a_metric_are_nan(storage: SQLiteStorage) -> None:
    storage.write(
        RECORD.name,
        [
            TrialAdded(waiting(0)),
            EpochsEnded((0, 0), {"loss": (1.0, 2.0)}),
            EpochsEnded((0, 0), {"loss": (3.0,), "val_loss": (4.0,)}),
            EpochsEnded((0, 0), {"loss": (5.0,)}),
        ],
    )
    assert repr(one_run(storage).history) == (
        "{'loss': (1.0, 2.0, 3.0, 5.0), 'val_loss': (nan, nan, 4.0, nan)}"
    )


def test_a_search_is_replaced_in_its_place(storage: SQLiteStorage) -> None:
    first, second = (SearchPlan(name, "grid", 4, None, 0, 1, SPACE) for name in ("x", "b"))
    over = SearchPlan(
        "x", "tpe", None, 2, 1, 2, {}, {"n": 1}, 7, True, "median", 90.5, 3.25, 4,
        SearchState.COMPLETE, "cut",
    )  # fmt: skip
    storage.write(RECORD.name, [SearchSaved(first), SearchSaved(second), SearchSaved(over)])
    assert saved(storage).searches == (over, second)


def test_new_weights_replace_the_old(storage: SQLiteStorage) -> None:
    storage.write(RECORD.name, [TrialAdded(waiting(0, 2)), WeightsKept((0, 0), b"old")])
    storage.write(RECORD.name, [WeightsKept((0, 1), b"new")])
    assert storage.weights(RECORD.name) == ((0, 1), b"new")


def test_level_one_is_the_studys_space(place: Place) -> None:
    place.storage.attach(RECORD)
    levels = (LevelRecord(1, None, SPACE), LevelRecord(2, 1, {"n": [1]}))
    place.storage.write(RECORD.name, [*map(LevelOpened, levels), LevelChosen(2)])
    later = StudyRecord(RECORD.name, "val_mae", "maximize", {"n": [1, 2]}, {"epochs": 5})
    place.again().attach(later)
    found = saved(place.storage)
    assert found.record == later
    assert (found.levels, found.level) == (levels, 2)


def test_studies_of_one_file_are_told_apart(storage: SQLiteStorage) -> None:
    other = StudyRecord("other", "val_mae", "maximize", {}, {})
    storage.attach(other)
    plan = SearchPlan("grid 1", "grid", 4, None, 0, 1, SPACE)
    storage.write("other", [SearchSaved(plan), TrialAdded(waiting(0)), WeightsKept((0, 0), b"o")])
    storage.write(RECORD.name, [TrialAdded(Trial(0, {}, runs=(Run(0, 0, 1), Run(0, 1, 2))))])
    storage.write("other", [EpochsEnded((0, 0), {"loss": (1.0,)})])
    storage.write(RECORD.name, [EpochsEnded((0, 1), {"loss": (2.0,)})])

    assert storage.names() == (RECORD.name, "other")
    mine, theirs = saved(storage), saved(storage, "other")
    assert [run.history for run in mine.trials[0].runs] == [{}, {"loss": (2.0,)}]
    assert [run.history for run in theirs.trials[0].runs] == [{"loss": (1.0,)}]
    assert (mine.searches, theirs.searches) == ((), (plan,))
    assert storage.weights(RECORD.name) is None
    assert storage.weights("other") == ((0, 0), b"o")


# What is refused leaves no trace


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (EpochsEnded((3, 1), {"loss": (1.0,)}), "run 1 of trial 3"),
        (TrialAdded(Trial(1, {"act": object()})), "give a name"),
        (TrialAdded(waiting(0)), "UNIQUE"),
        (TrialAdded(Trial(1, {}, runs=(Run(1, 0, 2**70),))), "too large"),
    ],
)
def test_a_write_is_all_or_nothing(storage: SQLiteStorage, change: Any, words: str) -> None:
    storage.write(RECORD.name, [TrialAdded(waiting(0)), EpochsEnded((0, 0), {"loss": (1.0,)})])
    before = saved(storage)
    with pytest.raises(StorageError, match=words):
        storage.write(RECORD.name, [RunStarted((0, 0)), LevelOpened(LevelRecord(2, 1, {})), change])
    assert saved(storage) == before
    storage.write(RECORD.name, [RunStarted((0, 0))])
    assert one_run(storage).state is State.RUNNING


def test_only_an_attached_study_can_be_written(place: Place) -> None:
    with pytest.raises(StorageError, match="never here"):
        place.storage.write(RECORD.name, [])


def test_a_closed_storage_says_so(storage: SQLiteStorage) -> None:
    storage.close()
    storage.close()
    with pytest.raises(StorageError, match="it was closed"):
        storage.names()
    with pytest.raises(StorageError, match="it was closed"):
        storage.write(RECORD.name, [])


# Threads


def test_threads_share_a_storage(storage: SQLiteStorage) -> None:
    n_threads, n_writes = 6, 20
    storage.write(RECORD.name, [TrialAdded(waiting(number)) for number in range(n_threads)])
    failures: list[BaseException] = []

    def train(number: int) -> None:
        try:
            for epoch in range(n_writes):
                storage.write(RECORD.name, [EpochsEnded((number, 0), {"loss": (float(epoch),)})])
                saved(storage)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=train, args=(number,)) for number in range(n_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    for trial in saved(storage).trials:
        assert trial.runs[0].history == {"loss": tuple(map(float, range(n_writes)))}


# Speed


@pytest.mark.slow
def test_a_thousand_runs_load_at_once(storage: SQLiteStorage) -> None:
    curve = tuple(1 / (1 + epoch) for epoch in range(100))
    history = dict.fromkeys(("loss", "mae", "val_loss", "val_mae"), curve)
    runs = [Run(number, 0, 7, state=State.COMPLETE, history=history) for number in range(1000)]
    storage.write(RECORD.name, [TrialAdded(Trial(run.trial, {}, runs=(run,))) for run in runs])
    started = time.process_time()  # whatever else the machine does meanwhile
    found = saved(storage)
    seconds = time.process_time() - started
    assert [trial.runs[0] for trial in found.trials] == runs
    assert seconds < 2
