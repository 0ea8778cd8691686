"""A trial's model as a ``.keras`` file, made by a child process.

Keras would cost the notebook's kernel 0.6 GB for good, so a fresh Python builds the model, with
the weights that its run ended with or trained anew on all of the data, and saves it. The job goes
to its standard input, like a worker's; the end of that input ends it, whatever it is doing, so it
outlives neither the kernel nor a call that is given up. It saves into a folder of our own, and only
a whole file is moved to where it is to be.
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, cast

from tunewidgets.errors import StudyError, TuneError
from tunewidgets.exports.paths import path_of
from tunewidgets.training.job import Job, Task

POLL_S = 0.05
CALL = "from tunewidgets.exports import models; models.main()"
MODEL, ANSWER, LOG = "model.keras", "answer.json", "log.txt"


@dataclass(frozen=True, slots=True)
class _Errand:
    """What the child is to do.

    Attributes
    ----------
    archive
        The weights to give the model; None to train it on all of the data.
    folder
        Where the file goes.
    """

    job: Job
    task: Task
    archive: bytes | None
    folder: str


def save_model(
    job: Job,
    task: Task,
    archive: bytes | None,
    path: str | os.PathLike[str],
    cancelled: threading.Event | None = None,
) -> Path:
    """Have a child process make a model's file, and wait for it.

    Parameters
    ----------
    job, task
        How the model is built and fit.
    archive
        Its weights, or None to train it on all of the data.
    path
        Where the file goes, ending in ``.keras``; what is there is replaced.
    cancelled
        Gives up once it is set.

    Raises
    ------
    StudyError
        Where the path cannot be, the model cannot be built, trained or saved, or it was given up.
    """
    target = _checked(path)
    with tempfile.TemporaryDirectory(prefix="tunewidgets-model-") as folder:
        errand = _Errand(job.saved(Path(folder)), task, archive, folder)
        code = _done(errand, cancelled or threading.Event())
        answer = Path(folder, ANSWER)
        if not answer.is_file():
            tail = Path(folder, LOG).read_text(errors="replace").strip()[-2000:]
            raise StudyError(
                f"The model could not be made: its process ended with code {code}.\n{tail}".rstrip()
            )
        error = json.loads(answer.read_text(encoding="utf-8"))["error"]
        if error is not None:
            raise StudyError(f"The model could not be saved. {error}")
        try:
            shutil.move(Path(folder, MODEL), target)
        except OSError as failed:
            raise StudyError(
                f"{str(target)!r} must be a file that can be written, but got "
                f"{failed.strerror!r}: choose another path."
            ) from failed
    return target


def _checked(path: str | os.PathLike[str]) -> Path:
    target = path_of(path, "model.keras").resolve()
    if target.suffix != ".keras":
        raise StudyError(
            f"A model's file must end in .keras, but got {target.name!r}: write "
            f"'{target.stem}.keras'."
        )
    if not target.parent.is_dir() or target.is_dir():
        raise StudyError(
            f"The folder of {str(target)!r} must exist, and no folder may have that name, but it "
            f"is not so: create {str(target.parent)!r} first, or choose another path."
        )
    return target


def _done(errand: _Errand, cancelled: threading.Event) -> int:
    """Run the child, hand it the errand, and wait for its end; give the exit code."""
    import cloudpickle

    packed = cloudpickle.dumps(errand)
    root = str(Path(__file__).resolve().parents[2])
    with Path(errand.folder, LOG).open("wb") as log:
        child = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-P", "-c", CALL],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env={**os.environ, "PYTHONPATH": root},
            start_new_session=True,  # out of reach of the notebook's interrupt
        )
    stream = cast("BinaryIO", child.stdin)
    try:
        _send(stream, packed)
        while child.poll() is None:
            if cancelled.is_set():
                raise StudyError("The model was not saved: it was given up.")
            time.sleep(POLL_S)
        return child.returncode
    finally:
        child.kill()
        child.wait()
        _send_end(stream)


def _send(stream: BinaryIO, packed: bytes) -> None:
    """Send the path to the user's modules, then the errand; a child that has died says so later."""
    try:
        pickle.dump((tuple(sys.path), packed), stream)
        stream.flush()
    except BrokenPipeError:
        return


def _send_end(stream: BinaryIO) -> None:
    try:
        stream.close()
    except BrokenPipeError:
        return


def main() -> None:
    """Do the errand that comes from standard input, in the child."""
    path, packed = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own kernel's pipe
    sys.path[:] = path
    errand: _Errand = pickle.loads(packed)  # noqa: S301 - our own kernel's pipe
    threading.Thread(target=_end_with_kernel, args=(errand.folder,), daemon=True).start()
    error: str | None = None
    try:
        _made(errand).save(Path(errand.folder, MODEL))
    except Exception as failed:  # a user's code may raise anything; the kernel tells of it
        sentence = str(failed).strip()
        error = (
            sentence if isinstance(failed, TuneError) else f"{type(failed).__name__}: {sentence}"
        )
    Path(errand.folder, ANSWER).write_text(json.dumps({"error": error}), encoding="utf-8")


def _made(errand: _Errand) -> Any:
    from tunewidgets.training.restore import refitted, restored

    job = errand.job.opened()
    if errand.archive is None:
        return refitted(job, errand.task)
    return restored(job, errand.task, errand.archive)


def _end_with_kernel(folder: str) -> NoReturn:
    while os.read(0, 1):  # not through sys.stdin, whose lock would hang the exit
        continue
    shutil.rmtree(folder, ignore_errors=True)  # a killed kernel left it
    os._exit(1)
