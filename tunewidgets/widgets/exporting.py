"""Makes what a person takes away, each in a thread of its own, so that the lab goes on meanwhile.

A model takes a process and some seconds (see ``tunewidgets.exports.models``); the rest is quick. A
thread touches no widget: what it made, or why it could not, comes back as a command.
"""

from __future__ import annotations

import re
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tunewidgets.errors import TuneError
from tunewidgets.retelling import retold
from tunewidgets.widgets.commands import Export, Exported, Send

if TYPE_CHECKING:
    from tunewidgets.study import Study

KERAS = "application/zip"


@dataclass(frozen=True, slots=True)
class File:
    """What a page gets to save."""

    name: str
    mime: str
    data: bytes


class Exporter:
    """Carries `Export` commands out and answers each with `Exported`.

    Parameters
    ----------
    study
        What is taken away from.
    send
        Raises commands, from any thread.
    """

    def __init__(self, study: Study, send: Send) -> None:
        self._study = study
        self._send = send
        self._cancelled = threading.Event()
        self._threads: list[threading.Thread] = []
        self._makers: dict[str, Callable[[int | None], File]] = {
            "csv": self._csv,
            "report": self._report,
            "code": self._code,
            "model": lambda _: self._model(retrain=False),
            "retrained": lambda _: self._model(retrain=True),
        }

    def begin(self, asked: Export, number: int | None) -> None:
        """Start to make something; of trial `number` where it is about one, None for the best."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(
            target=self._make, args=(asked, number), name="tunewidgets-export", daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def close(self) -> None:
        """Give up what is being made."""
        self._cancelled.set()
        for thread in self._threads:
            thread.join()

    def _make(self, asked: Export, number: int | None) -> None:
        try:
            file = self._makers[asked.kind](number)
        except TuneError as error:
            self._send(Exported(asked, error=retold(str(error))))
        except Exception as error:  # else the page would wait for ever
            self._send(Exported(asked, error=f"{type(error).__name__}: {error}"))
        else:
            self._send(Exported(asked, file.name, file.mime, file.data))

    @property
    def _slug(self) -> str:
        return re.sub(r"[^\w-]+", "-", self._study.name).strip("-").lower() or "study"

    def _csv(self, _: int | None) -> File:
        return File(f"{self._slug}-trials.csv", "text/csv", self._study.to_csv().encode())

    def _report(self, _: int | None) -> File:
        return File(f"{self._slug}.html", "text/html", self._study.report().encode())

    def _code(self, number: int | None) -> File:
        trial = self._study.best_trial if number is None else self._study.trials[number]
        text = self._study.code(trial)
        return File(f"{self._slug}-trial-{trial.number}.py", "text/x-python", text.encode())

    def _model(self, *, retrain: bool) -> File:
        number = self._study.best_trial.number
        how = "-retrained" if retrain else ""
        with tempfile.TemporaryDirectory(prefix="tunewidgets-export-") as folder:
            path = Path(folder, "model.keras")
            self._study.save_model(path, retrain=retrain, cancelled=self._cancelled)
            return File(f"{self._slug}-trial-{number}{how}.keras", KERAS, path.read_bytes())
