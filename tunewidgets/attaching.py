"""Opening a study's file: to train, with a builder and data again, or only to look."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from tunewidgets.errors import SpaceError, StorageError, StudyError
from tunewidgets.language import later
from tunewidgets.ledger import Ledger
from tunewidgets.level import are_a_tree
from tunewidgets.resuming import TOPIC, sentence
from tunewidgets.scene import Scene
from tunewidgets.space import SearchSpace
from tunewidgets.storage import LevelRecord, SavedStudy, SQLiteStorage, StudyRecord
from tunewidgets.storage.failures import damaged
from tunewidgets.study_settings import direction_of, read_seed
from tunewidgets.trial import Trial

NO_CODE = later(
    "This study was opened to look: a file holds no code, so nothing can be trained. Attach the "
    "builder and the data again with tw.Study(build_model, space, x, y, ..., storage=...)."
)


def file_of(storage: str | os.PathLike[str]) -> Path:
    """Give the one path by which a study file is known in this process.

    Raises
    ------
    StorageError
        For what is no path.
    """
    is_path = isinstance(storage, str | os.PathLike) and "\0" not in os.fspath(storage)
    if not is_path or storage == ":memory:":
        raise StorageError(
            f"storage must be the path of a file, but got {storage!r}: write 'study.db', or "
            f"leave it out to keep the study in memory."
        )
    return Path(storage).expanduser().resolve()


def attach(path: Path | None, record: StudyRecord, *, keep_seed: bool) -> Ledger:
    """Open a file to train, and become the study's only writer.

    Parameters
    ----------
    path
        The file; None for memory.
    record
        What the study is now; ranges and settings may differ from the file's.
    keep_seed
        Whether the file's seed goes on to hold.

    Raises
    ------
    StorageError
        Where the file cannot be opened for writing.
    StudyError
        Where values would not mean the same as the file's.
    """
    storage = SQLiteStorage(path)
    try:
        saved = storage.load(record.name)
        if saved is not None:
            saved = _read(saved, path)  # what makes no sense is refused before it is written to
            record = _reconciled(record, saved.record, keep_seed=keep_seed)
        storage.attach(record)
        first = LevelRecord(1, None, record.space)
        saved = storage.load(record.name) or SavedStudy(record, (first,), (), ())
        if len(saved.levels) == 1:
            saved = replace(saved, levels=(first,))  # its ranges may have been rewritten
    except BaseException:
        storage.close()
        raise
    return Ledger(storage, _read(saved, path))


def open_to_look(path: Path, name: str | None) -> Ledger:
    """Open a file read-only.

    Raises
    ------
    StorageError
        Where the file is missing, is no study file, or does not hold that study.
    """
    storage = SQLiteStorage(path, read_only=True)
    try:
        wanted = _choose(storage.names(), name, path)
        saved = storage.load(wanted)
        if saved is None:
            raise StorageError(f"{path} must hold {wanted!r}, but it is gone: open it again.")
        ledger = Ledger(storage, _read(saved, path))
        ledger.cannot_train = NO_CODE
        n_open = sum(not trial.state.is_finished for trial in saved.trials)
        if n_open and not storage.has_live_writer(wanted):
            ledger.tell(TOPIC, sentence(n_open))
    except BaseException:
        storage.close()
        raise
    return ledger


def names_of(path: Path) -> tuple[str, ...]:
    """Name the studies of a file, oldest first.

    Raises
    ------
    StorageError
        Where the file is missing or is no study file.
    """
    storage = SQLiteStorage(path, read_only=True)
    try:
        return storage.names()
    finally:
        storage.close()


def _choose(names: tuple[str, ...], name: str | None, path: Path) -> str:
    if not names:
        raise StorageError(f"{path} must hold a study, but it holds none yet: train one first.")
    if name is None and len(names) > 1:
        raise StorageError(
            f"A file of several studies needs name=..., but {path} was opened without: take "
            f"{' or '.join(map(repr, names))}."
        )
    if name is not None and name not in names:
        raise StorageError(
            f"{path} holds {', '.join(map(repr, names))}, but got name={name!r}: take one of those."
        )
    return names[0] if name is None else name


def _reconciled(new: StudyRecord, old: StudyRecord, *, keep_seed: bool) -> StudyRecord:
    if (new.objective, new.direction) != (old.objective, old.direction):
        raise StudyError(
            f"Values of one study must mean the same, but the file's {old.name!r} is to "
            f"{old.direction} {old.objective!r} and this one to {new.direction} "
            f"{new.objective!r}: give it another name."
        )
    seed = old.settings["seed"] if keep_seed else new.settings["seed"]
    return replace(new, settings={**new.settings, "seed": seed})


def _read(saved: SavedStudy, path: Path | None) -> SavedStudy:
    """Give the trials the choices as they were written, since JSON turns tuples into lists.

    Raises
    ------
    StorageError
        For content that SQLite takes for whole, but that makes no sense.
    """
    try:
        settings = saved.record.settings
        read_seed(settings["seed"])
        dict(settings["training"])
        Scene.from_json(settings.get("scene"))
        direction_of(saved.record.objective, saved.record.direction)
        spaces = [level.space for level in saved.levels]
        for written in (*spaces, *(plan.space for plan in saved.searches)):
            SearchSpace.from_json(written)
        space = SearchSpace.from_json(saved.record.space)
        trials = tuple(replace(trial, params=space.decode(trial.params)) for trial in saved.trials)
    except (SpaceError, StudyError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise damaged(path, error) from error
    if not _are_in_order(saved) or not all(_is_in_order(n, t) for n, t in enumerate(trials)):
        raise damaged(path, "a level, a trial or a run is missing")
    return replace(saved, trials=trials)


def _are_in_order(saved: SavedStudy) -> bool:
    numbers = [level.number for level in saved.levels]
    is_complete = numbers == list(range(1, len(numbers) + 1)) and saved.level in numbers
    return is_complete and are_a_tree([level.parent for level in saved.levels])


def _is_in_order(number: int, trial: Trial) -> bool:
    places = [run.index for run in trial.runs]
    return trial.number == number and places == list(range(max(1, len(places))))
