"""Checkpoints: all that a run needs to go on where it was, as an uncompressed ``.npz``.

One file a run: the model's variables (weights, the states of its seed generators, statistics), the
optimizer's, and the history, so that a run that goes on tells of its earlier epochs again, and no
epoch is doubled or lost. Written beside and renamed, so that a killed worker leaves the last one
whole. Nothing in it is pickled.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
import time
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tunewidgets.trial import RunKey

EVERY_S = 5.0
"""How often a run that goes on writes one."""

LIMIT = 500_000_000
"""Bytes that the checkpoints of a study take together, unless it says otherwise."""

SHARE = 1 / 32
"""How much of the room a worker may fill before it looks again: the others fill it too."""

FREED = 1 / 10
"""How much of the limit is free again where the oldest had to go."""

EARLIER, BEST = "earlier-", "best-"
"""Begin the names of metrics' curves, and of the best epoch's weights, in the file."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """Whether and where the checkpoints of a study are kept.

    Attributes
    ----------
    folder
        Beside the study's file; None for the workers' own folder, which goes with the study.
    limit
        Bytes in all.
    """

    folder: str | None
    limit: int = LIMIT


class MismatchError(Exception):
    """A checkpoint is of another model than the one built now."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a run was.

    Attributes
    ----------
    variables
        Of the model, then of its optimizer.
    n_optimizer
        How many of them are the optimizer's.
    history
        Metric key to one float an epoch.
    seconds
        Wall time that the run has taken so far.
    best
        The weights of its best epoch, where the run is to end with those; else none.
    """

    variables: Sequence[np.ndarray]
    n_optimizer: int
    history: Mapping[str, tuple[float, ...]]
    seconds: float = 0.0
    best: Sequence[np.ndarray] = ()

    @property
    def epoch(self) -> int:
        """How many epochs have been trained."""
        return max(map(len, self.history.values()), default=0)

    def restore(self, model: Any) -> None:
        """Give a model and its optimizer what they had.

        Raises
        ------
        MismatchError
            Where their variables are not of the same shapes; nothing is changed then.
        """
        if not model.built:
            raise MismatchError
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        own, optimizer = _variables(model)
        its = [(v.shape, np.dtype(v.dtype)) for v in (*own, *optimizer)]
        mine = [(value.shape, value.dtype) for value in self.variables]
        if mine != its or len(optimizer) != self.n_optimizer:
            raise MismatchError
        for variable, value in zip((*own, *optimizer), self.variables, strict=True):
            variable.assign(value)


class Shelf:
    """The checkpoints of a study, as one worker reads and writes them.

    Parameters
    ----------
    folder
        Made with the first one.
    limit
        Bytes; beyond them the oldest go, but for those of the best trial.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._room = 0  # bytes that may be written before the folder is looked through again

    def write(
        self,
        key: RunKey,
        mark: str,
        model: Any,
        history: Any,
        seconds: float,
        best: Sequence[np.ndarray] = (),
    ) -> None:
        """Keep where a run is; a full disk costs the checkpoint and not the run."""
        own, optimizer = _variables(model)
        arrays: dict[str, Any] = {
            f"v{i}": np.asarray(variable) for i, variable in enumerate((*own, *optimizer))
        }
        arrays.update({f"{BEST}{i}": value for i, value in enumerate(best)})
        arrays.update({f"{EARLIER}{name}": np.array(its) for name, its in history.items()})
        facts: dict[str, Any] = {"mark": mark, "n_optimizer": len(optimizer), "seconds": seconds}
        path = self._path(key)
        beside = path.with_suffix(f".{os.getpid()}")
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            try:
                with beside.open("wb") as file:
                    np.savez(file, allow_pickle=False, **arrays, **facts)
                    self._room -= file.tell()
                beside.replace(path)
            finally:
                beside.unlink(missing_ok=True)

    def read(self, key: RunKey, mark: str) -> Checkpoint | None:
        """Give where a run was; None where that is not known, or is of another run."""
        try:
            with np.load(self._path(key), allow_pickle=False) as arrays:
                if str(arrays["mark"]) != mark:
                    return None
                n_variables = sum(name[0] == "v" for name in arrays.files)
                history = {
                    name.removeprefix(EARLIER): tuple(arrays[name].tolist())
                    for name in arrays.files
                    if name.startswith(EARLIER)
                }
                n_best = sum(name.startswith(BEST) for name in arrays.files)
                return Checkpoint(
                    [arrays[f"v{i}"] for i in range(n_variables)],
                    int(arrays["n_optimizer"]),
                    history,
                    float(arrays["seconds"]),
                    [arrays[f"{BEST}{i}"] for i in range(n_best)],
                )
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None  # missing or damaged: the run begins anew, and says so

    def forget(self, key: RunKey) -> None:
        """Drop what an earlier run of that number left."""
        with contextlib.suppress(OSError):
            self._path(key).unlink(missing_ok=True)

    def tidy(self, best: int | None) -> None:
        """Drop the oldest beyond the limit, but for the best trial's.

        Looking through the folder takes the longer the more there are, so it is not done each time.
        """
        if self._room > 0:
            return
        kept = []
        with contextlib.suppress(OSError):  # another worker may tidy too
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    stat = entry.stat()
                    is_best = entry.name.split("-")[0] == str(best)
                    kept.append((is_best, stat.st_mtime, stat.st_size, entry.path))
            total = sum(size for _, _, size, _ in kept)
            limit = self._limit if total <= self._limit else self._limit * (1 - FREED)
            for is_best, _, size, path in sorted(kept):
                if total <= limit or is_best:
                    break
                Path(path).unlink(missing_ok=True)
                total -= size
            self._room = int(SHARE * (self._limit - total))

    def _path(self, key: RunKey) -> Path:
        return self._folder / f"{key[0]}-{key[1]}.npz"


class Saver:
    """Writes the checkpoints of one run: every few seconds, and at its end."""

    def __init__(self, shelf: Shelf, key: RunKey, mark: str, earlier_s: float) -> None:
        self._shelf = shelf
        self._key = key
        self._mark = mark
        self._earlier_s = earlier_s
        self._begun_at = self._written_at = time.monotonic()

    def maybe(
        self, model: Any, history: Mapping[str, Sequence[float]], best: Sequence[np.ndarray]
    ) -> None:
        """Write one, if the last was some seconds ago."""
        if time.monotonic() - self._written_at >= EVERY_S:
            self.now(model, history, best)

    def now(
        self, model: Any, history: Mapping[str, Sequence[float]], best: Sequence[np.ndarray]
    ) -> None:
        """Write one."""
        seconds = self._earlier_s + time.monotonic() - self._begun_at
        self._shelf.write(self._key, self._mark, model, history, seconds, best)
        self._written_at = time.monotonic()


def mark_of(seed: int, params: Mapping[str, Any], fold: int | None) -> str:
    """Tell runs apart, also those of another study of the same file name."""
    said = repr((seed, sorted(params.items()), fold))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def folder_for(file: Path, study: str) -> str:
    """Name the folder beside a study's file."""
    short = hashlib.sha256(study.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return str(file.with_name(f"{file.name}-checkpoints") / short)


def resuming(checkpoint: Checkpoint, replay: Any, stopping: Any = None) -> Any:
    """Make a callback that restores a checkpoint as the training begins; it must stand late.

    Those before it have read the learning rate of a model that has trained nothing, and begun with
    a clean memory; those after it see where the run goes on.

    Parameters
    ----------
    checkpoint
        Where to go on.
    replay
        Called once it is restored.
    stopping
        The ``EarlyStopping`` of the run, if any: the best epoch may be of an earlier attempt.
    """
    import keras

    monitor = "" if stopping is None else stopping.monitor

    class Resuming(keras.callbacks.Callback):  # type: ignore[misc]
        only_listens = True

        def on_train_begin(self, logs: Any = None) -> None:  # noqa: ARG002 - Keras's signature
            checkpoint.restore(self.model)
            values = [v for v in checkpoint.history.get(monitor, ()) if not math.isnan(v)]
            if checkpoint.best and values:
                stopping.best = min(values) if stopping.mode == "min" else max(values)
                stopping.best_weights = [*checkpoint.best]
            replay()

    return Resuming()


def saving(settled: Any) -> Any:
    """Make a callback that hands over the model after each epoch, for ``model.fit``."""
    import keras

    class Saving(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
            settled(self.model)

    return Saving()


def _variables(model: Any) -> tuple[list[Any], list[Any]]:
    return list(model.variables), list(model.optimizer.variables)
