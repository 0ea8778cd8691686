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

import tunewidgets as tw
from tests.builders import build_model, line
from tunewidgets.executors import ProcessExecutor


def main() -> None:
    x, y = line()
    executor = ProcessExecutor(2)
    study = tw.Study(
        build_model,
        {"n_neurons": (1, 9)},
        x,
        y,
        validation_split=0.25,
        epochs=10**9,
        storage=sys.argv[1],
        executor=executor,
    )
    for n_neurons in (2, 4):
        study.enqueue({"n_neurons": n_neurons})
    while not all(trial.epochs for trial in study.trials):
        time.sleep(0.02)
    tell(workers=executor.pids, fork=fork())
    while True:
        try:
            tell(time=time.monotonic(), epochs=[trial.epochs for trial in study.trials])
            time.sleep(0.1)
        except KeyboardInterrupt:
            tell(interrupted=True)


def fork() -> int:
    """Begin a process that holds open all that this one has, and does nothing."""
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        while True:
            signal.pause()
    return pid


def tell(**what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
