"""Trouble around a study at work: a full disk, a file that is gone, threads, careless watchers."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

import tunewidgets as tw
from tests.paper import PaperExecutor, paper_study, until
from tunewidgets.errors import StudyError
from tunewidgets.trial import State

ROOT = Path(__file__).parents[2]


def run_python(code: str, *arguments: object) -> list[str]:
    """Run a program in another process, and give the lines that it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return (done.stdout + done.stderr).splitlines()


# The file

# A limit on the size of files does to a process what a full disk does, without one.
FULL_DISK = """
import os, resource, sys, warnings
from tests.paper import paper_study, until
study = paper_study(storage=sys.argv[1])
unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(sys.argv[1]), unlimited[1]))
for n in range(300):
    study.enqueue({"n_neurons": n + 100})
study.wait()
assert len(study.trials) == 300
assert {str(trial.state) for trial in study.trials} == {"complete"}
print(*study.snapshot().notices, sep="; ")
"""


@pytest.mark.slow
def test_a_disk_that_is_full_until_space_is_made(tmp_path):
    code = FULL_DISK + (
        "resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)\n"
        "until(study, lambda seen: not seen.notices)\n"  # by itself, without another word
        "study.close()\n"
    )
    (notice,) = run_python(code, tmp_path / "study.db")
    assert notice.startswith("the disk must have room for the file")
    assert "free space on the disk and try again" in notice
    assert notice.endswith("What was trained is kept in memory meanwhile.")
    with closing(tw.load(tmp_path / "study.db")) as seen:
        assert len(seen.trials) == 300
        assert all(trial.state is State.COMPLETE and trial.epochs == 2 for trial in seen.trials)


@pytest.mark.slow
def test_a_disk_that_is_full_to_the_end(tmp_path):
    code = FULL_DISK + (
        "with warnings.catch_warnings(record=True) as caught:\n"
        "    warnings.simplefilter('always')\n"
        "    study.close()\n"
        "print(*(warning.message for warning in caught))\n"
        "assert len(study.dataframe()) == 300\n"
    )
    _, warning = run_python(code, tmp_path / "study.db")
    assert "It was not written before the study was closed" in warning
    assert warning.endswith("study.trials and study.dataframe() still have them.")
    with closing(tw.load(tmp_path / "study.db")) as seen:  # a whole file still
        assert len(seen.trials) < 300


def test_a_file_that_is_deleted_meanwhile(tmp_path):
    file = tmp_path / "study.db"
    study = paper_study(storage=file)
    study.enqueue()
    assert study.wait(20)
    file.unlink()
    study.enqueue()
    assert study.wait(20)
    (notice,) = study.snapshot().notices
    assert "must stay in its place" in notice
    assert "was moved or deleted" in notice
    assert [trial.state for trial in study.trials] == [State.COMPLETE] * 2
    with pytest.warns(UserWarning, match="moved or deleted.*study.trials and study.dataframe"):
        study.close()
    assert [trial.state for trial in study.trials] == [State.COMPLETE] * 2
    assert not file.exists()


def test_a_file_that_is_moved_and_moved_back(tmp_path):
    file, elsewhere = tmp_path / "study.db", tmp_path / "elsewhere.db"
    with closing(paper_study(storage=file)) as study:
        file.rename(elsewhere)
        study.enqueue()
        assert study.wait(20)
        assert study.snapshot().notices
        elsewhere.rename(file)
        until(study, lambda seen: not seen.notices)
    with closing(tw.load(file)) as seen:
        assert [trial.state for trial in seen.trials] == [State.COMPLETE]


# Threads


def test_many_threads_enqueue_at_once(make):
    study = make(PaperExecutor(3))
    barrier = threading.Barrier(8)

    def enqueue():
        barrier.wait(10)
        for n_neurons in range(1, 11):
            study.enqueue({"n_neurons": n_neurons})

    threads = [threading.Thread(target=enqueue) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert study.wait(20)
    assert [trial.number for trial in study.trials] == list(range(80))
    assert len({trial.runs[0].seed for trial in study.trials}) == 80
    assert all(trial.state is State.COMPLETE for trial in study.trials)


def test_stopping_right_after_enqueueing_comes_to_an_end(make):
    study = make(PaperExecutor(2))
    for _ in range(300):
        study.stop(study.enqueue())
    assert study.wait(20)
    assert {trial.state for trial in study.trials} <= {State.STOPPED, State.COMPLETE}


def test_closing_while_others_enqueue_and_wait(make):
    study = make(PaperExecutor(2))
    is_busy = threading.Event()
    refusals = []

    def enqueue():
        while not refusals:
            try:
                study.enqueue()
                is_busy.set()
            except StudyError as error:
                refusals.append(str(error))

    threads = [threading.Thread(target=enqueue), threading.Thread(target=study.wait)]
    for thread in threads:
        thread.start()
    assert is_busy.wait(10)
    study.close()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    assert refusals == ["The study is closed: make it again to go on."]
    begun = time.monotonic()
    study.wait()
    assert time.monotonic() - begun < 1


def test_what_is_asked_for_just_as_the_study_closes_is_refused(make):
    study = make(PaperExecutor(2))

    class Slow(dict):
        def __iter__(self):
            study.close()  # as another thread may, between the check and the record
            return super().__iter__()

    with pytest.raises(StudyError, match="The study is closed"):
        study.enqueue(Slow(n_neurons=2))
    assert study.trials == ()


# Watchers


def test_a_watcher_that_raises_is_dropped_and_told_of(make):
    study = make()
    calls = []

    def careless():
        calls.append(len(calls))
        raise ZeroDivisionError("of nothing")

    heard = threading.Event()
    study.subscribe(careless)
    unsubscribe = study.subscribe(heard.set)
    study.enqueue()
    assert study.wait(20)
    assert heard.wait(10)
    unsubscribe()
    assert len(calls) <= 2  # two threads may announce at the same time
    assert study.trials[0].state is State.COMPLETE
    (notice,) = study.snapshot().notices
    assert "careless raised ZeroDivisionError: of nothing. It is called no more" in notice


def test_a_watcher_may_use_the_study(make):
    study = make()
    seen = []

    def nosy():
        seen.append(len(study.snapshot().trials))
        if len(study.trials) < 5:
            study.enqueue()

    unsubscribe = study.subscribe(nosy)
    study.enqueue()
    until(study, lambda now: len(now.trials) == 5)
    assert study.wait(20)
    unsubscribe()
    assert all(trial.state is State.COMPLETE for trial in study.trials)


# A fork


def test_a_fork_that_exits_leaves_the_study_alone(tmp_path):
    code = (
        "import os, sys\n"
        "from tests.paper import paper_study, PaperExecutor\n"
        "study = paper_study(storage=sys.argv[1])\n"
        "study.enqueue(); study.wait()\n"
        "pid = os.fork()\n"
        "if pid == 0:\n"
        "    sys.exit(0)\n"  # by the front door, with what is registered for the exit
        "os.waitpid(pid, 0)\n"
        "study.enqueue(); study.wait()\n"
        "assert not study.snapshot().notices, study.snapshot().notices\n"
        "study.close()\n"
    )
    run_python(code, tmp_path / "study.db")
    with closing(tw.load(tmp_path / "study.db")) as seen:
        assert [trial.state for trial in seen.trials] == [State.COMPLETE] * 2
