"""Rows as records: one query a table, and one ordered query for every curve of a study."""

from __future__ import annotations

import math
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from tunewidgets.plan import SearchPlan
from tunewidgets.scene import Grid, Thought
from tunewidgets.snapshot import SearchState
from tunewidgets.storage.claim import Writer
from tunewidgets.storage.codec import from_json
from tunewidgets.storage.records import LevelRecord, SavedStudy, StudyRecord
from tunewidgets.trial import NOTHING, History, Run, RunKey, State, Trial


def get_names(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Names of the studies, oldest first."""
    return tuple(name for (name,) in connection.execute("SELECT name FROM study ORDER BY id"))


def get_writer(connection: sqlite3.Connection, name: str) -> Writer | None:
    """Look up who claimed the study; None when nobody did or there is no such study."""
    row = connection.execute(
        "SELECT writer_pid, writer_started, writer_host FROM study "
        "WHERE name = ? AND writer_pid IS NOT NULL",
        (name,),
    ).fetchone()
    return None if row is None else Writer(*row)


def get_study(connection: sqlite3.Connection, name: str) -> SavedStudy | None:
    """Read a study with all that belongs to it; None when there is none of that name."""
    row = connection.execute(
        "SELECT id, objective, direction, space, settings, level FROM study WHERE name = ?", (name,)
    ).fetchone()
    if row is None:
        return None
    study, objective, direction, space, settings, level = row
    record = StudyRecord(name, objective, direction, from_json(space), from_json(settings))
    return SavedStudy(
        record=record,
        levels=tuple(_levels(connection, study)),
        searches=tuple(_searches(connection, study)),
        trials=tuple(_trials(connection, study)),
        level=level,
    )


def get_weights(connection: sqlite3.Connection, name: str) -> tuple[RunKey, bytes] | None:
    """Read the weights that the study kept last, and the run they are of."""
    row = connection.execute(
        "SELECT trial.number, run.position, weights.archive FROM study "
        "JOIN weights ON weights.study = study.id JOIN run ON run.id = weights.run "
        "JOIN trial ON trial.id = run.trial WHERE study.name = ?",
        (name,),
    ).fetchone()
    return None if row is None else ((row[0], row[1]), row[2])


def _levels(connection: sqlite3.Connection, study: int) -> Iterator[LevelRecord]:
    rows = connection.execute(
        "SELECT number, parent, space FROM level WHERE study = ? ORDER BY number", (study,)
    )
    for number, parent, space in rows:
        yield LevelRecord(number, parent, from_json(space))


def _searches(connection: sqlite3.Connection, study: int) -> Iterator[SearchPlan]:
    rows = connection.execute(
        "SELECT name, sampler, n_trials, folds, seed, level, space, fixed, n_points, is_shuffled, "
        "pruner, budget_s, spent_s, n_drawn, state, note, rungs FROM search WHERE study = ? "
        "ORDER BY id",
        (study,),
    )
    for name, sampler, n_trials, folds, seed, level, space, fixed, n_points, *rest in rows:
        is_shuffled, pruner, budget_s, spent_s, n_drawn, state, note, rungs = rest
        yield SearchPlan(
            name=name,
            sampler=sampler,
            n_trials=n_trials,
            folds=folds,
            seed=seed,
            level=level,
            space=from_json(space),
            fixed=from_json(fixed),
            n_points=n_points,
            is_shuffled=bool(is_shuffled),
            pruner=pruner,
            budget_s=budget_s,
            spent_s=spent_s,
            n_drawn=n_drawn,
            state=SearchState(state),
            note=note,
            rungs=tuple((n, epochs) for n, epochs in from_json(rungs)),
        )


def _trials(connection: sqlite3.Connection, study: int) -> Iterator[Trial]:
    runs = _runs(connection, study)
    rows = connection.execute(
        "SELECT number, params, origin, level FROM trial WHERE study = ? ORDER BY number", (study,)
    )
    for number, params, origin, level in rows:
        yield Trial(number, from_json(params), origin, level, tuple(runs[number]))


def _runs(connection: sqlite3.Connection, study: int) -> dict[int, list[Run]]:
    """Trial number to its runs, in order."""
    histories = _histories(connection, study)
    thoughts = _thoughts(connection, study)
    rows = connection.execute(
        "SELECT run.id, trial.number, run.position, run.seed, run.fold, run.state, run.seconds, "
        "run.value, run.error, run.traceback, run.engine, run.n_weights, run.summary, "
        "run.warning, run.build_seconds, run.first_epoch_seconds, run.epochs_seconds, "
        "run.scores, run.score_seconds, run.judge_seconds, run.goal FROM run "
        "JOIN trial ON trial.id = run.trial WHERE trial.study = ? ORDER BY run.position",
        (study,),
    )
    runs: defaultdict[int, list[Run]] = defaultdict(list)
    for row, trial, index, seed, fold, state, seconds, value, *rest in rows:
        error, traceback, engine, n_weights, summary, warning, *rest = rest
        build, first_epoch, epochs, *judged = rest
        scores, score_seconds, judge_seconds, goal = judged
        runs[trial].append(
            Run(
                trial=trial,
                index=index,
                seed=seed,
                fold=fold,
                state=State(state),
                history=histories.get(row, NOTHING),
                seconds=seconds,
                # float() reads the text 'nan' too.
                value=None if value is None else float(value),
                error=error,
                traceback=traceback,
                engine=engine,
                n_weights=n_weights,
                summary=summary,
                warning=warning,
                build_seconds=build,
                first_epoch_seconds=first_epoch,
                epochs_seconds=epochs,
                thought=thoughts.get(row),
                scores=from_json(scores),
                score_seconds=score_seconds,
                judge_seconds=judge_seconds,
                goal=goal,
            )
        )
    return runs


def _thoughts(connection: sqlite3.Connection, study: int) -> dict[int, Thought]:
    """Id of a run's row to what its model predicted last."""
    rows = connection.execute(
        "SELECT thought.run, thought.epoch, thought.spans, thought.outputs, thought.trouble "
        "FROM thought JOIN run ON run.id = thought.run JOIN trial ON trial.id = run.trial "
        "WHERE trial.study = ?",
        (study,),
    )
    return {
        run: Thought(epoch, Grid.read(from_json(spans)), outputs, trouble)
        for run, epoch, spans, outputs, trouble in rows
    }


def _histories(connection: sqlite3.Connection, study: int) -> dict[int, History]:
    """Id of a run's row to its curves, all of one length; an epoch that lacks a metric is NaN."""
    names = dict(connection.execute("SELECT id, key FROM metric").fetchall())
    # CROSS JOIN fixes the order of the loops, which gives the order for nothing: trials lead
    # to their runs, and a run's epochs lie side by side.
    rows = connection.execute(
        "SELECT epoch.run, epoch.metric, epoch.number, epoch.value FROM trial CROSS JOIN run "
        "ON run.trial = trial.id CROSS JOIN epoch ON epoch.run = run.id WHERE trial.study = ? "
        "ORDER BY trial.number, run.position, epoch.number, epoch.metric",
        (study,),
    )
    histories: dict[int, History] = {}
    for run, group in groupby(rows, key=itemgetter(0)):
        epochs = list(group)
        n_epochs = epochs[-1][2] + 1
        blank = [math.nan] * n_epochs
        curves: defaultdict[int, list[float]] = defaultdict(blank.copy)
        for _, metric, number, value in epochs:
            curves[metric][number] = math.nan if value is None else value
        histories[run] = {names[metric]: tuple(curve) for metric, curve in curves.items()}
    return histories
