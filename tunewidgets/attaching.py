"""Opening a study's file: to train, with a builder and data again, or only to look."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from tunewidgets.errors import StorageError, StudyError
from tunewidgets.ledger import Ledger
from tunewidgets.plan import SearchPlan
from tunewidgets.snapshot import SearchState
from tunewidgets.space import SearchSpace
from tunewidgets.storage import SavedStudy, SQLiteStorage, StudyRecord
from tunewidgets.trial import Run, State

NO_CODE = (
    "This study was opened to look: a file holds no code, so nothing can be trained. Attach the "
    "builder and the data again with tw.Study(build_model, space, x, y, ..., storage=...)."
)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What an earlier session of a file did not come to finish."""

    runs: tuple[Run, ...] = ()
    plans: tuple[SearchPlan, ...] = ()

    def runs_of(self, ledger: Ledger, origin: str | None) -> list[Run]:
        """Give the runs of a search by its name, or with None those of no unfinished search."""
        names = [plan.name for plan in self.plans]
        origins = {run.key: ledger.trials[run.trial].origin for run in self.runs}
        if origin is None:
            return [run for run in self.runs if origins[run.key] not in names]
        return [run for run in self.runs if origins[run.key] == origin]


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
            record = _reconciled(record, saved.record, keep_seed=keep_seed)
        storage.attach(record)
        saved = storage.load(record.name) or SavedStudy(record, (record.space,), (), ())
        if len(saved.levels) == 1:
            saved = replace(saved, levels=(record.space,))  # its ranges may have been rewritten
    except BaseException:
        storage.close()
        raise
    return Ledger(storage, _decoded(saved))


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
        ledger = Ledger(storage, _decoded(saved))
        ledger.cannot_train = NO_CODE
        n_open = sum(not trial.state.is_finished for trial in saved.trials)
        if n_open and not storage.has_live_writer(wanted):
            ledger.tell("unfinished", _unfinished_sentence(n_open))
    except BaseException:
        storage.close()
        raise
    return ledger


def interrupted(ledger: Ledger) -> Unfinished:
    """Let what an earlier session left unfinished wait until somebody resumes it."""
    runs = tuple(run for trial in ledger.trials for run in trial.runs if not run.state.is_finished)
    plans = tuple(
        replace(plan, state=SearchState.PAUSED)
        for plan in ledger.plans
        if plan.state in (SearchState.RUNNING, SearchState.PAUSED)
    )
    for run in runs:
        if run.state is State.RUNNING:
            ledger.reset_run(run.key)
    for plan in plans:
        ledger.save_plan(plan)
    if runs or plans:
        ledger.tell("unfinished", _unfinished_sentence(len({run.trial for run in runs})))
    return Unfinished(runs, plans)


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


def _decoded(saved: SavedStudy) -> SavedStudy:
    """Give the trials the choices as they were written: JSON turns tuples into lists."""
    space = SearchSpace.from_json(saved.record.space)
    trials = tuple(replace(trial, params=space.decode(trial.params)) for trial in saved.trials)
    return replace(saved, trials=trials)


def _unfinished_sentence(n_trials: int) -> str:
    what = {0: "A search is", 1: "1 trial is"}.get(n_trials, f"{n_trials} trials are")
    return f"{what} unfinished from an earlier session: study.resume() goes on with it."
