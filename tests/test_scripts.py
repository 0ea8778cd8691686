"""A study in a plain script: a progress bar, and an end on Ctrl-C that loses nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path

import psutil
import pytest

import tunewidgets as tw
from tests.builders import build_model, line
from tests.interrupts import hear_interrupts
from tests.paper import SPACE, PaperExecutor, until
from tests.paper import build_model as paper_model
from tunewidgets.trial import State


class Script:
    """The script of `tests.script`, alone in a terminal of its own, as far as Ctrl-C goes."""

    def __init__(self, root: Path, file: Path | str, mood: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(root / "tests" / "script.py"), str(file), mood],
            env={**os.environ, "PYTHONPATH": str(root)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=hear_interrupts,
        )

    def interrupt(self, n_times: int = 1) -> tuple[int, str, str, list[psutil.Process]]:
        """Press Ctrl-C once it trains; give its exit code, output, errors, and who outlived it."""
        assert self._process.stdout is not None
        first = self._process.stdout.readline()
        assert first == "training\n", self._process.communicate(timeout=20)
        children = psutil.Process(self._process.pid).children(recursive=True)
        assert children
        for _ in range(n_times):
            os.killpg(self._process.pid, signal.SIGINT)
        out, told = self._process.communicate(timeout=60)
        _, alive = psutil.wait_procs(children, timeout=10)
        return self._process.returncode, out, told, alive


def study_again(file: Path) -> tw.Study:
    x, y = line()
    space = {"n_neurons": (1, 9), "epochs": [2, 10**9]}
    executor = PaperExecutor(held=True)
    return tw.Study(
        build_model, space, x, y, validation_split=0.25, storage=file, executor=executor
    )


@pytest.mark.slow
def test_an_interrupted_script_keeps_what_was_done(root, tmp_path):
    file = tmp_path / "study.db"
    code, _, told, alive = Script(root, file, "plain").interrupt(n_times=2)
    assert code == -signal.SIGINT
    assert not alive
    assert "Traceback" not in told
    assert told.splitlines()[-1] == (
        f"Interrupted. 1 trial has ended, and what was done is kept in '{file}': make the study "
        f"again with this file as its storage, and study.resume() goes on with the rest."
    )
    assert "study:" in told
    assert "best val_loss" in told
    assert [t.state for t in tw.load(file).trials] == [State.COMPLETE, State.WAITING]
    study = study_again(file)
    try:
        assert study.resume() == 1
        until(study, lambda seen: seen.n_running == 1)
    finally:
        study.close()


@pytest.mark.slow
def test_a_script_may_catch_the_interrupt_and_go_on(root):
    code, out, told, alive = Script(root, "", "catches").interrupt()
    assert (code, alive) == (0, [])
    assert "caught, stopped" in out.splitlines()
    assert "Traceback" not in told


def test_a_bar_shows_how_far_it_is(make, capsys):
    study = make()
    search = study.search("grid", cv=2)
    assert search.wait(20, progress=True)
    told = capsys.readouterr().err
    assert "grid-1: 100%" in told
    assert "16/16" in told
    assert "best val_loss 1.25" in told
    study.enqueue({"n_neurons": 3, "learning_rate": 0.1})
    assert study.wait(20, progress=True)
    told = capsys.readouterr().err
    assert "17/17" in told
    assert "best val_loss 0" in told


def test_a_bar_gives_up_in_time(make, held, capsys):
    study = make(held)
    study.search("random", budget_s=100)
    assert not study.wait(0.05, progress=True)
    assert "study: 0fit" in capsys.readouterr().err


def press_once_it_waits(thread):
    """Send Ctrl-C to a thread that is inside our waiting."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        stack = traceback.extract_stack(sys._current_frames()[thread])
        if any(call.name == "wait_for" for call in stack):
            signal.pthread_kill(thread, signal.SIGINT)
            return
        time.sleep(0.01)


def test_at_a_prompt_the_study_goes_on(make, held, monkeypatch):
    study = make(held)
    study.enqueue()
    until(study, lambda seen: seen.n_running == 1)
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    main, heard = threading.main_thread().ident, signal.getsignal(signal.SIGINT)
    hear_interrupts()
    pressing = threading.Thread(target=press_once_it_waits, args=(main,))
    pressing.start()
    try:
        with pytest.raises(KeyboardInterrupt, match="Only the waiting was interrupted"):
            study.wait(20)
    finally:
        pressing.join()
        signal.signal(signal.SIGINT, heard)
    held.release()
    assert study.wait(20)


def test_an_interrupt_spoils_no_writing(tmp_path, monkeypatch):
    """Each comes a moment after a run, as the study is being written."""
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    x, y = line()
    file, n_trials, n_heard = tmp_path / "study.db", 60, 0
    study = tw.Study(
        paper_model, SPACE, x, y, validation_split=0.25, storage=file, executor=PaperExecutor()
    )
    heard = signal.getsignal(signal.SIGINT)
    hear_interrupts()
    try:
        for number in range(n_trials):
            pressing = threading.Timer(
                0.005 * number / n_trials,
                signal.pthread_kill,
                [threading.get_ident(), signal.SIGINT],
            )
            try:
                study.enqueue()
                pressing.start()
                study.wait(20)
                pressing.join()
            except KeyboardInterrupt:
                n_heard += 1
        study.wait(20)  # the last ones may still be at it
    finally:
        signal.signal(signal.SIGINT, heard)
        study.close()
    assert n_heard == n_trials
    assert [trial.epochs for trial in tw.load(file).trials] == [2] * n_trials
