"""Histories, rankings and states: what a study makes of what its workers tell."""

from __future__ import annotations

import math
import threading
import time
from contextlib import closing

import pytest

from tunewidgets.applying import extended
from tunewidgets.attaching import attach
from tunewidgets.events import EpochsEnded, RunEnded, RunStarted
from tunewidgets.journal import Journal
from tunewidgets.snapshot import Snapshot
from tunewidgets.space import SearchSpace
from tunewidgets.storage import SQLiteStorage, StudyRecord, TrialAdded
from tunewidgets.trial import Run, State, Trial

NAN = math.nan


def same(left, right):
    """Compare histories; NaN is equal to NaN here."""
    return repr(dict(left)) == repr(dict(right))


@pytest.fixture
def ledger():
    def build(n_neurons=1):
        return n_neurons

    space = SearchSpace.read({"n_neurons": (1, 9)}, build)
    settings = {"training": {}, "seed": 0}
    record = StudyRecord("s", "val_loss", "minimize", space.to_json(), settings)
    opened = attach(None, record, keep_seed=False)
    yield opened
    opened.close()


def add(ledger, folds=None, origin="person"):
    return ledger.add_trial({"n_neurons": 3}, origin, folds, 1)


@pytest.mark.parametrize(
    ("history", "metrics", "longer"),
    [
        ({}, {"loss": [1.0, 2.0]}, {"loss": (1.0, 2.0)}),
        ({"loss": (1.0,)}, {"loss": (2.0,)}, {"loss": (1.0, 2.0)}),
        (
            {"loss": (1.0, 2.0)},
            {"loss": (3.0,), "val_loss": (4.0,)},
            {"loss": (1.0, 2.0, 3.0), "val_loss": (NAN, NAN, 4.0)},
        ),
        (
            {"loss": (1.0,), "val_loss": (2.0,)},
            {"loss": (3.0,)},
            {"loss": (1.0, 3.0), "val_loss": (2.0, NAN)},
        ),
        ({"loss": (1.0,)}, {}, {"loss": (1.0,)}),
    ],
)
def test_epochs_keep_step_whatever_they_report(history, metrics, longer):
    assert same(extended(history, metrics), longer)


def test_a_run_from_start_to_end(ledger):
    trial = add(ledger)
    assert (trial.state, trial.epochs) == (State.WAITING, 0)
    ledger.apply(RunStarted((0, 0)))
    ledger.apply(EpochsEnded((0, 0), {"loss": (2.0, 1.0)}))
    assert ledger.trials[0].state is State.RUNNING
    ledger.apply(RunEnded((0, 0), State.COMPLETE, 0.5, seconds=3.0, engine="by hand"))
    run = ledger.run((0, 0))
    assert (run.value, run.epochs, run.seconds, run.engine) == (0.5, 2, 3.0, "by hand")
    assert ledger.snapshot().best == 0


@pytest.mark.parametrize("state", [State.STOPPED, State.FAILED])
def test_a_run_that_could_not_tell_its_time_is_timed_here(ledger, state):
    for _ in range(2):
        add(ledger)
    before = time.monotonic()
    ledger.apply(RunStarted((0, 0)))
    time.sleep(0.01)
    ledger.apply(RunEnded((0, 0), state))
    assert 0.01 <= ledger.run((0, 0)).seconds <= time.monotonic() - before
    ledger.apply(RunEnded((1, 0), state))  # it never began
    assert ledger.run((1, 0)).seconds == 0


def test_a_second_start_voids_what_the_first_attempt_told(ledger):
    add(ledger)
    ledger.apply(RunStarted((0, 0)))
    ledger.apply(EpochsEnded((0, 0), {"loss": (2.0,)}))
    ledger.reset_run((0, 0))
    assert (ledger.run((0, 0)).state, ledger.run((0, 0)).epochs) == (State.WAITING, 1)
    ledger.apply(RunStarted((0, 0)))
    assert (ledger.run((0, 0)).state, ledger.run((0, 0)).epochs) == (State.RUNNING, 0)


def test_late_words_of_an_ended_run_are_not_heard(ledger):
    add(ledger)
    ledger.apply(RunStarted((0, 0)))
    ledger.apply(RunEnded((0, 0), State.STOPPED))
    before = ledger.trials
    for event in (
        EpochsEnded((0, 0), {"loss": (2.0,)}),
        RunEnded((0, 0), State.COMPLETE, 1.0),
        RunStarted((0, 0)),
    ):
        ledger.apply(event)
    assert ledger.trials == before


def test_weights_are_those_of_the_best_single_run(ledger):
    def end(folds, value, weights):
        number = add(ledger, folds).number
        ledger.apply(RunEnded((number, 0), State.COMPLETE, value, weights=weights))

    assert ledger.weights() is None
    end(None, 2.0, b"two")
    end(None, 3.0, b"three")
    assert ledger.weights() == ((0, 0), b"two")
    end(None, 1.0, b"one")
    assert ledger.weights() == ((2, 0), b"one")
    ledger.flush()
    assert ledger.weights() == ((2, 0), b"one")
    assert ledger.best_single.value == 1.0


def test_what_is_being_written_is_not_written_yet(ledger, tmp_path):
    """The thread that writes again later asks for it while another thread writes."""

    class Watched(SQLiteStorage):
        def write(self, *what):
            seen.append(journal.has_pending)
            super().write(*what)

    seen, told = [], []
    with closing(Watched(tmp_path / "study.db")) as storage:
        storage.attach(ledger.record)
        journal = Journal(storage, ledger.record.name, threading.Condition(), told.append)
        journal.add(TrialAdded(Trial(0, {"n_neurons": 3}, "person", 1, (Run(0, 0, 7),))))
        journal.flush()
        assert (seen, told, journal.has_pending) == ([True], [None], False)


def test_the_revision_grows_with_every_change_and_only_then(ledger):
    revision = ledger.snapshot().revision
    add(ledger)
    ledger.tell("topic", "A sentence.")
    seen = ledger.snapshot()
    assert seen.revision > revision
    assert seen.notices == ("A sentence.",)
    ledger.tell("topic", "A sentence.")
    ledger.flush()
    assert ledger.snapshot().revision == seen.revision
    ledger.tell("topic", None)
    assert ledger.snapshot().notices == ()
    assert ledger.snapshot().revision > seen.revision


def test_a_moment_may_learn_of_epochs_alone(ledger):
    going_on, ending = add(ledger), add(ledger)
    for trial in (going_on, ending):
        ledger.apply(RunStarted((trial.number, 0)))
    before = ledger.snapshot()
    assert before.with_epochs_of(before) is before
    epoch = {"val_loss": (0.5,)}
    for trial in (going_on, ending):
        ledger.apply(EpochsEnded((trial.number, 0), epoch))
    ledger.apply(RunEnded((ending.number, 0), State.COMPLETE, 0.5, 1.0))
    add(ledger)
    now = ledger.snapshot()
    seen = before.with_epochs_of(now)
    assert seen.trials == (now.trials[0], before.trials[1])
    assert (seen.n_running, seen.ranking, seen.best) == (2, (), None)
    assert seen.with_epochs_of(now) is seen


def trial_of(number, *states, value=1.0, fold=None):
    runs = tuple(
        Run(
            number,
            index,
            seed=0,
            fold=None if fold is None else index,
            state=state,
            value=value if state is State.COMPLETE else None,
        )
        for index, state in enumerate(states)
    )
    return Trial(number, {}, runs=runs)


@pytest.mark.parametrize(
    ("states", "state"),
    [
        ("W", "waiting"),
        ("WW", "waiting"),
        ("RW", "running"),
        ("CW", "running"),
        ("FW", "running"),
        ("CC", "complete"),
        ("CF", "failed"),
        ("SF", "failed"),
        ("SC", "stopped"),
        ("PC", "pruned"),
    ],
)
def test_the_state_of_a_trial_follows_from_its_runs(states, state):
    named = {s.value[0].upper(): s for s in State}
    trial = trial_of(0, *(named[letter] for letter in states), fold=0)
    assert trial.state == state
    assert (trial.value is None) == (state != "complete")
    assert trial.folds == len(states)


@pytest.mark.parametrize(("direction", "order"), [("minimize", (2, 1, 4)), ("maximize", (1, 4, 2))])
def test_the_ranking_leaves_out_what_has_no_value(direction, order):
    trials = (
        trial_of(0, State.FAILED),
        trial_of(1, State.COMPLETE, value=2.0),
        trial_of(2, State.COMPLETE, value=-1.0),
        trial_of(3, State.RUNNING),
        trial_of(4, State.COMPLETE, value=2.0),  # the earlier one comes first
    )
    seen = Snapshot(0, "s", "val_loss", direction, trials)
    assert seen.ranking == order
    assert (seen.n_running, seen.n_waiting) == (1, 0)
    assert seen.trial(4) is trials[4]
    assert seen.trial(5) is None
