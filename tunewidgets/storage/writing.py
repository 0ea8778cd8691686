"""Changes as SQL: each function here runs inside the caller's transaction.

Every value goes in through a placeholder. A run is found by study, trial number and position.
New epochs follow the last one that any metric has, so that a metric that is not reported at
every epoch stays in step with the others.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from tunewidgets.errors import StorageError
from tunewidgets.events import EpochsEnded, ModelBuilt, PredictionMade, RunEnded, RunStarted
from tunewidgets.plan import SearchPlan
from tunewidgets.scene import Thought
from tunewidgets.storage.codec import number_or_none, printable, to_json
from tunewidgets.storage.records import (
    Change,
    LevelChosen,
    LevelOpened,
    LevelRecord,
    RunReset,
    SearchSaved,
    StudyRecord,
    TrialAdded,
    WeightsKept,
    ended_as,
)
from tunewidgets.trial import RunKey, State, Trial


def put_study(connection: sqlite3.Connection, record: StudyRecord) -> None:
    """Create the study with its first level, or bring its record up to date."""
    space = to_json(record.space)
    connection.execute(
        "INSERT INTO study (name, objective, direction, space, settings) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (name) DO UPDATE SET objective = excluded.objective, "
        "direction = excluded.direction, space = excluded.space, settings = excluded.settings",
        (record.name, record.objective, record.direction, space, to_json(record.settings)),
    )
    connection.execute(
        "INSERT OR IGNORE INTO level (study, number, space) "
        "SELECT id, 1, ? FROM study WHERE name = ?",
        (space, record.name),
    )


@dataclass(slots=True)
class Changes:
    """Applies changes to one study; lives as long as one transaction.

    Attributes
    ----------
    connection
        In a transaction.
    study
        The id of the study's row.
    """

    connection: sqlite3.Connection
    study: int
    _runs: dict[RunKey, int] = field(default_factory=dict)
    _metrics: dict[str, int] = field(default_factory=dict)

    def apply(self, change: Change) -> None:
        """Carry one change out.

        Raises
        ------
        StorageError
            When it tells of a run that was never added, or of values that cannot be kept.
        """
        match change:
            case TrialAdded(trial):
                self._add_trial(trial)
            case SearchSaved(plan):
                self._save_search(plan)
            case LevelOpened(level):
                self._open_level(level)
            case LevelChosen(number):
                self.connection.execute(
                    "UPDATE study SET level = ? WHERE id = ?", (number, self.study)
                )
            case RunStarted(key):
                self._put_outcome(RunEnded(key, State.RUNNING))
                self._put_model(ModelBuilt(key, None, None, 0.0))
                for table in ("epoch", "thought"):
                    self.connection.execute(
                        f"DELETE FROM {table} WHERE run = ?",  # noqa: S608 - names of ours
                        (self._run(key),),
                    )
            case ModelBuilt():
                self._put_model(change)
            case EpochsEnded(key, metrics):
                self._add_epochs(self._run(key), metrics)
            case PredictionMade(key, thought):
                self._put_thought(self._run(key), thought)
            case RunEnded():
                self._put_outcome(change)
            case RunReset(key, goal):
                self._put_outcome(RunEnded(key, State.WAITING))
                self.connection.execute(
                    "UPDATE run SET goal = coalesce(?, goal) WHERE id = ?", (goal, self._run(key))
                )
            case WeightsKept(key, weights):
                self.connection.execute(
                    "INSERT OR REPLACE INTO weights (study, run, archive) VALUES (?, ?, ?)",
                    (self.study, self._run(key), weights),
                )
            case _:
                assert_never(change)

    def _run(self, key: RunKey) -> int:
        if key not in self._runs:
            row = self.connection.execute(
                "SELECT run.id FROM run JOIN trial ON trial.id = run.trial "
                "WHERE trial.study = ? AND trial.number = ? AND run.position = ?",
                (self.study, *key),
            ).fetchone()
            if row is None:
                raise StorageError(
                    f"a run must be in the file before anything is told of it, but run {key[1]} "
                    f"of trial {key[0]} is not: write TrialAdded first."
                )
            self._runs[key] = row[0]
        return self._runs[key]

    def _metric(self, name: str) -> int:
        if name not in self._metrics:
            self.connection.execute("INSERT OR IGNORE INTO metric (key) VALUES (?)", (name,))
            row = self.connection.execute("SELECT id FROM metric WHERE key = ?", (name,))
            self._metrics[name] = row.fetchone()[0]
        return self._metrics[name]

    def _add_trial(self, trial: Trial) -> None:
        row = self.connection.execute(
            "INSERT INTO trial (study, number, params, origin, level) VALUES (?, ?, ?, ?, ?)",
            (self.study, trial.number, to_json(trial.params), trial.origin, trial.level),
        ).lastrowid
        for run in trial.runs:
            self.connection.execute(
                "INSERT INTO run (trial, position, seed, fold, state, seconds, goal) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (row, run.index, run.seed, run.fold, run.state, run.seconds, run.goal),
            )
            self._put_outcome(ended_as(run))
            told = (run.n_weights, run.summary, run.build_seconds, run.warning)
            self._put_model(ModelBuilt(run.key, *told))
            self._add_epochs(self._run(run.key), run.history)
            if run.thought is not None:
                self._put_thought(self._run(run.key), run.thought)

    def _put_outcome(self, end: RunEnded) -> None:
        self.connection.execute(
            "UPDATE run SET state = ?, value = ?, seconds = ?, error = ?, traceback = ?, "
            "engine = ?, first_epoch_seconds = ?, epochs_seconds = ?, scores = ?, "
            "score_seconds = ?, judge_seconds = ? WHERE id = ?",
            (
                end.state,
                number_or_none(end.value),
                float(end.seconds),
                printable(end.error),
                printable(end.traceback),
                end.engine,
                float(end.first_epoch_seconds),
                float(end.epochs_seconds),
                to_json(end.scores),
                float(end.score_seconds),
                float(end.judge_seconds),
                self._run(end.key),
            ),
        )

    def _put_model(self, built: ModelBuilt) -> None:
        self.connection.execute(
            "UPDATE run SET n_weights = ?, summary = ?, build_seconds = ?, warning = ? "
            "WHERE id = ?",
            (
                built.n_weights,
                printable(built.summary),
                float(built.seconds),
                printable(built.warning),
                self._run(built.key),
            ),
        )

    def _add_epochs(self, run: int, metrics: Mapping[str, Iterable[float]]) -> None:
        first: int = self.connection.execute(
            "SELECT coalesce(max(number) + 1, 0) FROM epoch WHERE run = ?", (run,)
        ).fetchone()[0]
        # float() because SQLite knows no NumPy scalars; SQLite itself makes NULL of NaN.
        self.connection.executemany(
            "INSERT INTO epoch (run, number, metric, value) VALUES (?, ?, ?, ?)",
            (
                (run, number, metric, float(value))
                for metric, values in [(self._metric(name), metrics[name]) for name in metrics]
                for number, value in enumerate(values, first)
            ),
        )

    def _put_thought(self, run: int, thought: Thought) -> None:
        self.connection.execute(
            "INSERT OR REPLACE INTO thought (run, epoch, spans, outputs, trouble) "
            "VALUES (?, ?, ?, ?, ?)",
            (
                run,
                thought.epoch,
                to_json(thought.grid.spans),
                thought.values,
                printable(thought.trouble),
            ),
        )

    def _open_level(self, level: LevelRecord) -> None:
        self.connection.execute(
            "INSERT OR REPLACE INTO level (study, number, parent, space) VALUES (?, ?, ?, ?)",
            (self.study, level.number, level.parent, to_json(level.space)),
        )

    def _save_search(self, plan: SearchPlan) -> None:
        self.connection.execute(
            "INSERT INTO search (study, name, sampler, n_trials, folds, seed, level, space, "
            "fixed, n_points, is_shuffled, pruner, budget_s, spent_s, n_drawn, state, note, rungs) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (study, name) DO UPDATE SET sampler = excluded.sampler, "
            "n_trials = excluded.n_trials, folds = excluded.folds, seed = excluded.seed, "
            "level = excluded.level, space = excluded.space, fixed = excluded.fixed, "
            "n_points = excluded.n_points, is_shuffled = excluded.is_shuffled, "
            "pruner = excluded.pruner, budget_s = excluded.budget_s, spent_s = excluded.spent_s, "
            "n_drawn = excluded.n_drawn, state = excluded.state, note = excluded.note, "
            "rungs = excluded.rungs",
            (
                self.study,
                plan.name,
                plan.sampler,
                plan.n_trials,
                plan.folds,
                plan.seed,
                plan.level,
                to_json(plan.space),
                to_json(plan.fixed),
                plan.n_points,
                plan.is_shuffled,
                plan.pruner,
                plan.budget_s,
                plan.spent_s,
                plan.n_drawn,
                plan.state,
                printable(plan.note),
                to_json(plan.rungs),
            ),
        )
