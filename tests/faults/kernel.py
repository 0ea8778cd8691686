"""A process like a notebook's kernel: it trains without end and tells of it, line by line.

Run as ``python -m tests.faults.kernel study.db``. After the first line, which says what there is
to look after, each line holds a time and the epochs of every run at that time.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

import tunewidgets as tw
from tests.builders import build_model, line
from tunewidgets.executors import Executor, ProcessExecutor

interrupts: list[float] = []


def main() -> None:
    # A kernel goes on after an interrupt, wherever that strikes.
    signal.signal(signal.SIGINT, lambda *_: interrupts.append(time.monotonic()))
    executor = ProcessExecutor(2)
    study = again(sys.argv[1], executor)
    for n_neurons in (2, 4):
        study.enqueue({"n_neurons": n_neurons})
    while not all(trial.epochs for trial in study.trials):
        time.sleep(0.02)
    tell(workers=executor.pids, fork=fork())
    while True:
        epochs = [trial.epochs for trial in study.trials]
        tell(time=time.monotonic(), epochs=epochs, interrupts=interrupts)
        time.sleep(0.1)


def again(file: str | Path, executor: Executor) -> tw.Study:
    """Open the study, as the cell of a notebook does that is run in one kernel after the other."""
    x, y = line()
    return tw.Study(
        build_model,
        {"n_neurons": (1, 9)},
        x,
        y,
        validation_split=0.25,
        epochs=10**9,
        storage=file,
        executor=executor,
    )


def fork() -> int:
    """Begin a process that does nothing but hold open what this one has, its output apart."""
    pid = os.fork()
    if pid == 0:
        os.close(1)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        while True:
            signal.pause()
    return pid


def tell(**what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
