"""A study file between processes: one writes, others look, and any may be killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tunewidgets.errors import StorageError
from tunewidgets.events import EpochsEnded
from tunewidgets.storage import RunReset, SavedStudy, SQLiteStorage, StudyRecord, TrialAdded
from tunewidgets.trial import Run, State, Trial

ROOT = Path(__file__).parents[2]
RECORD = StudyRecord("housing", "val_loss", "minimize", {}, {})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "study.db"


def saved(storage: SQLiteStorage, name: str = RECORD.name) -> SavedStudy:
    found = storage.load(name)
    assert found is not None
    return found


def one_run(storage: SQLiteStorage, name: str = RECORD.name) -> Run:
    return saved(storage, name).trials[0].runs[0]


def waiting(number: int) -> Trial:
    return Trial(number, {"rate": 0.1}, runs=(Run(number, 0, seed=7),))


@contextmanager
def other_process(code: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """Run code in a process of its own, from the moment on at which it prints a line."""
    prelude = (
        "import os, signal, sys\n"
        "from tunewidgets.events import *\n"
        "from tunewidgets.storage import *\n"
        "from tunewidgets.trial import *\n"
        "storage = SQLiteStorage(sys.argv[1])\n"
        "storage.attach(StudyRecord('a', 'val_loss', 'minimize', {}, {}))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", prelude + code, str(path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


WAIT = "print('ready', flush=True); sys.stdin.read()\n"


def test_a_second_look_follows_the_writer(file: Path) -> None:
    with closing(SQLiteStorage(file)) as writer:
        writer.attach(RECORD)
        with closing(SQLiteStorage(file, read_only=True)) as look:
            assert look.has_live_writer(RECORD.name)
            writer.write(RECORD.name, [TrialAdded(waiting(0))])
            assert saved(look).trials == (waiting(0),)
            writer.write(RECORD.name, [EpochsEnded((0, 0), {"loss": (1.0,)})])
            assert one_run(look).history == {"loss": (1.0,)}
            writer.close()
            assert not look.has_live_writer(RECORD.name)
            with pytest.raises(StorageError, match="opened to look"):
                look.write(RECORD.name, [])
            with pytest.raises(StorageError, match="opened to look"):
                look.attach(RECORD)


def test_a_live_writer_elsewhere_is_respected(file: Path) -> None:
    with other_process(WAIT, file) as process, closing(SQLiteStorage(file)) as storage:
        before = file.read_bytes()
        with pytest.raises(StorageError, match=rf"in process {process.pid}; close it there"):
            storage.attach(StudyRecord("a", "val_mae", "maximize", {}, {}))
        assert file.read_bytes() == before
        assert storage.has_live_writer("a")
        storage.attach(RECORD)  # another study of the same file is free
        storage.write(RECORD.name, [TrialAdded(waiting(0))])


def test_the_claim_of_a_closed_study_is_free(file: Path) -> None:
    with other_process("storage.close()\n" + WAIT, file), closing(SQLiteStorage(file)) as storage:
        assert not storage.has_live_writer("a")
        storage.attach(StudyRecord("a", "val_loss", "minimize", {}, {}))
        assert storage.has_live_writer("a")


def test_a_writer_on_another_computer_is_taken_over_with_a_warning(file: Path) -> None:
    with closing(SQLiteStorage(file)) as storage:
        storage.attach(RECORD)
        with closing(sqlite3.connect(file)) as plain, plain:
            plain.execute("UPDATE study SET writer_host = 'elsewhere'")
        assert not storage.has_live_writer(RECORD.name)
    with closing(SQLiteStorage(file)) as storage:
        with closing(sqlite3.connect(file)) as plain, plain:
            plain.execute("UPDATE study SET writer_pid = 1, writer_host = 'elsewhere'")
            plain.execute("UPDATE study SET writer_started = 0")
        with pytest.warns(UserWarning, match="on the computer 'elsewhere'"):
            storage.attach(RECORD)
        storage.write(RECORD.name, [TrialAdded(waiting(0))])


def test_a_later_process_with_the_same_number_is_no_writer(file: Path) -> None:
    with closing(SQLiteStorage(file)) as storage:
        storage.attach(RECORD)
        with closing(sqlite3.connect(file)) as plain, plain:
            plain.execute("UPDATE study SET writer_pid = ?", (os.getppid(),))
            plain.execute("UPDATE study SET writer_started = 1.0")
        assert not storage.has_live_writer(RECORD.name)
        storage.attach(RECORD)
        assert storage.has_live_writer(RECORD.name)


def test_a_study_opened_anew_leaves_the_old_one_unable_to_write(file: Path) -> None:
    with closing(SQLiteStorage(file)) as old, closing(SQLiteStorage(file)) as new:
        old.attach(RECORD)
        new.attach(RECORD)
        with pytest.raises(StorageError, match="opened elsewhere since"):
            old.write(RECORD.name, [TrialAdded(waiting(0))])
        old.close()
        assert new.has_live_writer(RECORD.name)
        new.write(RECORD.name, [TrialAdded(waiting(0))])


def test_a_killed_writer_leaves_what_it_wrote(file: Path) -> None:
    code = (
        "storage.write('a', [TrialAdded(Trial(0, {'n': 1}, runs=(Run(0, 0, 7),)))])\n"
        "for epoch in range(10**9):\n"
        "    storage.write('a', [EpochsEnded((0, 0), {'loss': (float(epoch),)})])\n"
        "    if epoch == 20: print('ready', flush=True)\n"
    )
    with other_process(code, file) as process:
        process.send_signal(signal.SIGKILL)
        # Nobody has waited for it yet, so that it may still be there as a zombie.
        with closing(SQLiteStorage(file, read_only=True)) as look:
            losses = one_run(look, "a").history["loss"]
            assert len(losses) > 20
            assert losses == tuple(map(float, range(len(losses))))
        while has_writer(file):
            time.sleep(0.01)
        with closing(SQLiteStorage(file)) as storage:
            storage.attach(StudyRecord("a", "val_loss", "minimize", {}, {}))
            storage.write("a", [RunReset((0, 0))])
            assert one_run(storage, "a").state is State.WAITING
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def has_writer(file: Path) -> bool:
    with closing(SQLiteStorage(file, read_only=True)) as look:
        return look.has_live_writer("a")


@pytest.mark.parametrize("read_only", [True, False])
def test_a_writer_killed_in_the_middle_of_a_write(file: Path, read_only: bool) -> None:
    # The weights are larger than SQLite's page cache, so that half of the write has reached the
    # file when the process dies.
    code = (
        "class Changes(list):\n"
        "    def __iter__(self):\n"
        "        yield from super().__iter__()\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "trial = Trial(0, {'n': 1}, runs=(Run(0, 0, 7),))\n"
        "storage.write('a', [TrialAdded(trial), WeightsKept((0, 0), b'x' * 8_000_000)])\n"
        "print('ready', flush=True)\n"
        "storage.write('a', Changes([RunStarted((0, 0)), WeightsKept((0, 0), b'y' * 9_000_000)]))\n"
    )
    with other_process(code, file) as process:
        assert process.wait(timeout=30) == -signal.SIGKILL
    assert file.with_name("study.db-journal").exists()
    with closing(SQLiteStorage(file, read_only=read_only)) as storage:
        assert one_run(storage, "a").state is State.WAITING
        assert storage.weights("a") == ((0, 0), b"x" * 8_000_000)
        assert not storage.has_live_writer("a")
    assert [path.name for path in file.parent.iterdir()] == [file.name]
