"""Where the runs of a study are made, in the worker: what goes wrong in one is in its outcome."""

from __future__ import annotations

import re
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tunewidgets.errors import TuneError
from tunewidgets.events import RunEnded
from tunewidgets.training.callbacks import Report
from tunewidgets.training.checkpoints import Shelf
from tunewidgets.training.fitting import Compiler
from tunewidgets.training.job import Job, Task
from tunewidgets.training.judging import unpacked_judge
from tunewidgets.training.objective import OneRun, Tell, tell_nobody
from tunewidgets.training.tensorboard import RunLog
from tunewidgets.trial import State

_BOLD = re.compile(r"\x1b\[\d*m")
"""How a terminal is told to print in bold; a page shows it as rubbish."""


class Workshop:
    """Where the runs of a study are made, one after the other.

    Parameters
    ----------
    job
        What all the runs share.
    folder
        Where the workers of a study keep what is theirs together; None where there is one alone.
    is_thrifty
        Whether memory is scarce.
    """

    def __init__(self, job: Job, folder: Path | None = None, *, is_thrifty: bool = False) -> None:
        self._job = job
        self._judge = None if job.judge is None else unpacked_judge(job.judge)
        self._compiler = Compiler(folder, is_thrifty=is_thrifty)
        self._own: tempfile.TemporaryDirectory[str] | None = None
        self._shelf = self._shelf_in(folder)

    def close(self) -> None:
        """Delete the checkpoints that nobody else keeps."""
        if self._own is not None:
            self._own.cleanup()

    def _shelf_in(self, folder: Path | None) -> Shelf | None:
        keeping = self._job.keeping
        if keeping is None:
            return None
        if keeping.folder is not None:
            return Shelf(Path(keeping.folder), keeping.limit)
        if folder is None:
            self._own = tempfile.TemporaryDirectory(prefix="tunewidgets-")
            folder = Path(self._own.name)
        return Shelf(folder / "checkpoints", keeping.limit)

    def run(
        self,
        task: Task,
        report: Report,
        should_stop: Callable[[], bool],
        tell: Tell = tell_nobody,
    ) -> RunEnded:
        """Do one run; whatever goes wrong is in the outcome, nothing is raised.

        Parameters
        ----------
        task
            What to do.
        report
            Receives each epoch's metrics as it ends.
        should_stop
            Asked before the first epoch and at the end of each.
        tell
            Receives word of the model once it is built, and of what it predicts.
        """
        if self._job.logs is None:
            return self.train(task, report, should_stop, tell)[1]
        log = RunLog(self._job.logs, task)
        ended = self.train(task, log.hearing(report), should_stop, tell)[1]
        log.end(ended)
        return ended

    def train(
        self,
        task: Task,
        report: Report,
        should_stop: Callable[[], bool],
        tell: Tell = tell_nobody,
    ) -> tuple[Any, RunEnded]:
        """Do one run as `run` does, and give the model too (None where it was not built)."""
        run = OneRun(
            self._job,
            self._compiler,
            task,
            report,
            should_stop,
            tell,
            judge=self._judge,
            shelf=self._shelf,
        )
        begun = time.perf_counter()
        try:
            state, outcome = run.outcome()
        except (Exception, SystemExit) as error:  # a user's code may raise anything; others go on
            state = State.FAILED
            outcome = {"error": _sentence(error), "traceback": traceback.format_exc()}
        seconds = run.attempt.earlier_seconds + time.perf_counter() - begun
        first, epochs = run.epoch_seconds
        return run.model, RunEnded(
            task.key,
            state,
            seconds=seconds,
            engine=run.attempt.way(run.path),
            first_epoch_seconds=first,
            epochs_seconds=epochs,
            **outcome,
        )


def _sentence(error: BaseException) -> str:
    if isinstance(error, TuneError):
        return str(error)
    lines = [line.strip() for line in _BOLD.sub("", str(error)).splitlines()]
    if lines and lines[0].startswith("Graph execution error"):
        # TensorFlow says where in all the lines before the last, and then names the node.
        lines = [line for line in reversed(lines) if not line.startswith("[[")]
    # Where a layer fails, Keras says so first, and in the next line why.
    told = next((s for s in lines if s and not s.startswith("Exception encountered when")), "")
    return f"{type(error).__name__}: {told}" if told else type(error).__name__
