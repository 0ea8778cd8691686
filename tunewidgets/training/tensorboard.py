"""A run as TensorBoard's logs: a folder a run, its metrics after each epoch, and its HParams.

The worker writes them, as it has TensorFlow. Metrics are gathered and written together, once in a
while and at the end of the run, so that fast epochs stay fast. Their names are those of the history
(``loss``, ``val_loss``); the folds of a trial are one group for the HParams page.
"""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tunewidgets.errors import StudyError
from tunewidgets.events import RunEnded
from tunewidgets.fit_settings import TRAINING_NAMES
from tunewidgets.training.callbacks import Report
from tunewidgets.training.job import Task
from tunewidgets.trial import State

WRITE_S = 1.0
"""How far behind the logs of a run that goes on may be."""


def logs_of(folder: str | os.PathLike[str] | None, study: str) -> str | None:
    """Give the folder of a study's logs, made where it is missing.

    Raises
    ------
    StudyError
        Where it cannot be made, or TensorBoard is not installed.
    """
    if folder is None:
        return None
    if importlib.util.find_spec("tensorboard") is None:
        raise StudyError(
            "Logs for TensorBoard need the package tensorboard, but it is not installed: "
            "pip install tensorboard, or leave tensorboard=... out."
        )
    if not isinstance(folder, str | os.PathLike):
        raise StudyError(
            f"tensorboard must be a folder, but got {type(folder).__name__}: write 'logs'."
        )
    safe = "".join(letter if letter.isalnum() or letter in " -_" else "_" for letter in study)
    path = Path(folder).expanduser().resolve() / safe
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StudyError(
            f"tensorboard must be a folder that can be written to, but got {os.fspath(folder)!r} "
            f"({error.strerror}): name another."
        ) from error
    return str(path)


class RunLog:
    """Writes one run's logs; what an earlier attempt at it left is replaced.

    Parameters
    ----------
    folder
        The study's.
    task
        The run.
    """

    def __init__(self, folder: str, task: Task) -> None:
        import tensorflow as tf

        trial, _ = task.key
        group = Path(folder) / f"trial-{trial:04}"
        path = group if task.fold is None else group / f"fold-{task.fold}"
        for old in path.glob("events.out.tfevents.*"):
            old.unlink()
        self._writer = tf.summary.create_file_writer(str(path))
        self._held: list[Mapping[str, float]] = []
        self._n_written = 0
        self._written_at = time.monotonic()
        self._write_start(task, group.name)

    def hearing(self, report: Report) -> Report:
        """Make a report that is heard here too."""

        def heard(metrics: Mapping[str, float]) -> None:
            report(metrics)
            self._held.append(metrics)
            if time.monotonic() - self._written_at >= WRITE_S:
                self._write()

        return heard

    def end(self, ended: RunEnded) -> None:
        """Write what is left, and how the run ended."""
        from tensorboard.plugins.hparams import api_pb2, summary

        has_failed = ended.state is State.FAILED
        status = api_pb2.STATUS_FAILURE if has_failed else api_pb2.STATUS_SUCCESS
        self._write()
        self._write_pb(summary.session_end_pb(status))
        self._writer.close()

    def _write_start(self, task: Task, group: str) -> None:
        from tensorboard.plugins.hparams import summary_v2

        training = {name: getattr(task, name) for name in TRAINING_NAMES}
        told = {**task.params, **{k: v for k, v in training.items() if v is not None}}
        self._write_pb(summary_v2.hparams_pb({k: _plain(v) for k, v in told.items()}, group))

    def _write_pb(self, summary: Any) -> None:
        import tensorflow as tf

        with self._writer.as_default():
            tf.summary.experimental.write_raw_pb(summary.SerializeToString(), step=0)
        self._writer.flush()

    def _write(self) -> None:
        import tensorflow as tf
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.plugins.scalar.summary_v2 import scalar_pb

        held, self._held = self._held, []
        with self._writer.as_default():
            for step, metrics in enumerate(held, self._n_written):
                values = [scalar_pb(k, v).value[0] for k, v in metrics.items()]
                written = Summary(value=values).SerializeToString()  # one call, for all metrics
                tf.summary.experimental.write_raw_pb(written, step=step)
        self._n_written += len(held)
        self._writer.flush()
        self._written_at = time.monotonic()


def _plain(value: Any) -> bool | int | float | str:
    return value if isinstance(value, bool | int | float | str) else repr(value)
