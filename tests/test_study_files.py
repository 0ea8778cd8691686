"""Studies and their files: two in one, attached again, taken over, looked at, killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from contextlib import contextmanager
from dataclasses import replace

import pytest
from scipy.stats import loguniform

import tunewidgets as tw
from tests.paper import SPACE, PaperExecutor, until
from tunewidgets.events import RunEnded
from tunewidgets.snapshot import SearchState
from tunewidgets.trial import State

WIDE = {"n_neurons": (1, 500), "learning_rate": loguniform(1e-4, 1e-1)}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "study.db"


class SlowExecutor(PaperExecutor):
    """Says that each run took nine seconds."""

    def do(self, task, emit):
        def tell(event):
            emit(replace(event, seconds=9.0) if isinstance(event, RunEnded) else event)

        super().do(task, tell)


def params_of(trials):
    return [dict(trial.params) for trial in trials]


def one_runs(seen):
    return seen.n_running == 1


@contextmanager
def in_another_process(code, path, root):
    """Run code that says when it is ready, where the study's file lies."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=path.parent,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout.readline() == b"ready\n"
        yield process


def interrupt_after(study, executor, n_trials):
    """Close a study when so many of its trials are complete and another one is at work."""
    executor.release(n_trials)
    until(study, lambda s: sum(t.value is not None for t in s.trials) == n_trials and one_runs(s))
    study.close()


def test_what_was_found_is_there_again(make, path):
    study = make(storage=path, seed=3, epochs=7)
    study.enqueue({"n_neurons": 13})
    study.search("grid", 3, cv=2).wait(20)
    study.zoom(n_neurons=[2, 4])
    study.wait(20)
    before, table = study.trials, study.dataframe()
    study.close()
    for again in (tw.load(path), make(storage=path)):
        assert again.trials == before
        assert again.dataframe().equals(table)
        assert (again.level, again.space["n_neurons"].grid()) == (2, (2, 4))
        assert again.best_trial == study.best_trial
        assert again.searches[0].state is SearchState.COMPLETE
        assert again.snapshot().notices == ()
        again.close()


def test_what_runs_take_here_is_told_by_those_of_the_session(make, path):
    """Those of the file may come from another machine."""
    study = make(SlowExecutor(), storage=path)
    study.search("grid", 3).wait(20)
    study.close()
    again = make(storage=path)
    assert again.forecast("grid").seconds == 5 * 9.0
    assert again.snapshot().seconds_per_run == 9.0
    again.search("grid", 1).wait(20)
    assert again.forecast("grid").seconds == 4 * 1.0
    assert again.snapshot().seconds_per_run == 1.0
    again.close()


@pytest.mark.parametrize("sampler", ["grid", "random"])
@pytest.mark.parametrize("space", [SPACE, WIDE, {**SPACE, "n_neurons": list(range(1000))}])
def test_an_interrupted_search_goes_on_with_the_candidates_it_would_have_had(
    make, path, sampler, space
):
    whole = make(space=space, seed=5)
    assert whole.search(sampler, 8, seed=1).wait(20)

    executor = PaperExecutor(held=True)
    study = make(executor, space, storage=path, seed=5)
    study.search(sampler, 8, seed=1)
    interrupt_after(study, executor, 3)

    again = make(space=space, storage=path)
    (search,) = again.searches
    assert search.state is SearchState.PAUSED
    assert again.trials[3].state is State.WAITING
    assert again.trials[3].epochs == 1  # to be seen until it starts over
    assert again.wait(20)
    assert again.snapshot().notices == (
        "1 trial is unfinished from an earlier session: study.resume() goes on with it.",
    )
    assert again.resume() == 1
    assert again.snapshot().notices == ()
    assert search.wait(20)
    assert again.trials == whole.trials
    assert again.resume() == 0


def test_the_candidates_stay_the_same_where_few_are_drawn_from_many(make, path):
    space = {"n_neurons": list(range(1, 4000)), "learning_rate": [0.1]}
    whole = make(space=space, seed=5)
    assert whole.search("random", 39, seed=1).wait(20)
    executor = PaperExecutor(held=True)
    study = make(executor, space, storage=path, seed=5)
    study.search("random", 39, seed=1)
    interrupt_after(study, executor, 10)
    again = make(space=space, storage=path)
    again.resume()
    assert again.wait(20)
    assert params_of(again.trials) == params_of(whole.trials)


def test_an_unfinished_search_can_be_resumed_or_stopped_by_itself(make, path):
    executor = PaperExecutor(held=True)
    study = make(executor, storage=path)
    study.search("grid", 4)
    study.search("random", 2, seed=1)
    interrupt_after(study, executor, 1)
    again = make(storage=path)
    grid, random = again.searches
    random.stop()
    grid.resume()
    assert grid.wait(20)
    assert (grid.state, random.state) == (SearchState.COMPLETE, SearchState.STOPPED)
    assert [trial.state for trial in grid.trials] == [State.COMPLETE] * 4
    assert again.resume() == 0
    assert again.wait(20)
    assert (random.state, random.trials) == (SearchState.STOPPED, ())


def test_a_persons_trials_go_on_too(make, held, path):
    study = make(held, storage=path)
    study.enqueue({"n_neurons": 1}, cv=2)
    study.enqueue({"n_neurons": 2})
    held.release(1)
    until(study, lambda seen: seen.runs[0].value is not None and one_runs(seen))
    study.close()
    again = make(storage=path)
    assert "2 trials are unfinished" in again.snapshot().notices[0]
    assert again.resume() == 2
    assert again.wait(20)
    assert [trial.state for trial in again.trials] == [State.COMPLETE] * 2
    assert again.trials[0].runs[0] == study.trials[0].runs[0]


def test_stopping_drops_what_was_unfinished(make, held, path):
    study = make(held, storage=path)
    study.search("grid")
    until(study, one_runs)
    study.close()
    again = make(storage=path)
    again.stop()
    assert again.snapshot().notices == ()
    assert (again.trials[0].state, again.searches[0].state) == (
        State.STOPPED,
        SearchState.STOPPED,
    )
    assert again.resume() == 0
    again.close()
    assert tw.load(path).trials[0].state is State.STOPPED


def test_two_studies_share_a_file(make, path):
    one, two = make(storage=path, name="one"), make(storage=path, name="two", objective="loss")
    one.enqueue({"n_neurons": 1})
    two.enqueue({"n_neurons": 2})
    two.enqueue({"n_neurons": 4})
    assert one.wait(20)
    assert two.wait(20)
    assert len(tw.load(path, "one").trials) == 1
    assert params_of(tw.load(path, name="two").trials) == params_of(two.trials)
    with pytest.raises(tw.StorageError, match="take 'one' or 'two'"):
        tw.load(path)
    with pytest.raises(tw.StorageError, match="got name='three'"):
        tw.load(path, "three")


def test_the_same_cell_run_again_takes_the_file_over(make, held, path):
    first = make(held, storage=path)
    search = first.search("grid")
    until(first, one_runs)
    second = make(storage=path)
    assert search.wait(20) is False
    assert len(second.trials) == 1
    with pytest.raises(tw.StudyError, match="is closed"):
        first.enqueue()
    second.resume()
    assert second.wait(20)
    assert len(second.trials) == 8


def test_values_of_one_study_must_mean_the_same(make, path):
    make(storage=path).close()
    with pytest.raises(tw.StudyError, match="give it another name"):
        make(storage=path, objective="val_accuracy")
    executor = PaperExecutor()
    with pytest.raises(tw.StorageError):
        make(executor, storage=path / "nowhere" / "study.db")
    make(storage=path).enqueue()  # neither left anything behind that is in the way


def test_looking_while_it_goes_on(make, held, path):
    study = make(held, storage=path)
    study.search("grid")
    held.release(2)
    until(study, lambda seen: sum(t.value is not None for t in seen.trials) == 2)
    assert study.searches[0].wait(0) is False  # waiting writes what has changed
    seen = tw.load(path)
    assert [trial.state for trial in seen.trials[:2]] == [State.COMPLETE] * 2
    assert seen.snapshot().notices == ()  # its writer lives
    assert seen.wait()
    assert seen.searches[0].wait() is False  # here it will not go on
    assert seen.best_value == study.best_value
    for command in (seen.enqueue, seen.search, seen.zoom, seen.go_to, seen.stop, seen.resume):
        with pytest.raises(tw.StudyError, match="opened to look: a file holds no code"):
            command()
    for result in (seen.best_model, seen.refit):
        with pytest.raises(tw.StudyError, match=r"tw\.Study\(build_model"):
            result()
    with pytest.raises(tw.StudyError, match="opened to look"):
        seen.searches[0].stop()
    assert "opened to look" in seen.snapshot().cannot_train
    seen.close()
    seen.close()


ENDING = """
    import time
    from tests.paper import PaperExecutor, paper_study
    study = paper_study(PaperExecutor(), storage="study.db")
    print("ready", flush=True)
    input()
    time.sleep(0.5)
"""


@pytest.mark.slow
def test_a_study_that_another_process_is_about_to_leave_is_waited_for(make, path, root):
    with in_another_process(ENDING, path, root) as process:
        process.stdin.write(b"\n")
        process.stdin.flush()
        make(storage=path).close()


KILLED = """
    from tests.paper import PaperExecutor, paper_study, until
    executor = PaperExecutor(held=True)
    study = paper_study(executor, storage="study.db", seed=5)
    study.enqueue({"n_neurons": 7}, cv=2)
    search = study.search("random", 6, seed=1)
    executor.release(4)
    until(study, lambda seen: sum(r.value is not None for r in seen.runs) == 4
          and seen.n_running == 1)
    search.wait(0)
    print("ready", flush=True)
    input()
"""


@pytest.mark.slow
def test_a_killed_session_goes_on_where_it_was(make, path, root):
    with in_another_process(KILLED, path, root) as process:
        with pytest.raises(tw.StorageError, match="one writer"):
            make(storage=path)
        process.send_signal(signal.SIGKILL)
    seen = tw.load(path)
    assert "study.resume()" in seen.snapshot().notices[0]
    assert sum(trial.value is not None for trial in seen.trials) == 3
    seen.close()

    again = make(storage=path)
    assert again.resume() == 1
    assert again.wait(20)
    whole = make(seed=5)
    whole.enqueue({"n_neurons": 7}, cv=2)
    whole.search("random", 6, seed=1)
    assert whole.wait(20)
    assert again.trials == whole.trials
