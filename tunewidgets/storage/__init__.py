"""The study file: everything a study knows, kept in one SQLite database.

The study's process is the only writer: `SQLiteStorage.attach` claims a study, and every
`SQLiteStorage.write` is one transaction. Other processes may open the file to look. Without a
path the same database lives in memory. The file holds plain values and text, never code.
"""

from __future__ import annotations

from tunewidgets.storage.records import (
    Change,
    LevelChosen,
    LevelOpened,
    LevelRecord,
    RunReset,
    SavedStudy,
    SearchSaved,
    StudyRecord,
    TrialAdded,
    WeightsKept,
    ended_as,
)
from tunewidgets.storage.sqlite import SQLiteStorage

__all__ = [
    "Change",
    "LevelChosen",
    "LevelOpened",
    "LevelRecord",
    "RunReset",
    "SQLiteStorage",
    "SavedStudy",
    "SearchSaved",
    "StudyRecord",
    "TrialAdded",
    "WeightsKept",
    "ended_as",
]
