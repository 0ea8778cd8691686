"""The status line: what is going on, how far it is, and how to hold it."""

from __future__ import annotations

from html import escape

import ipywidgets

from tunewidgets import format as fmt
from tunewidgets.language import counted, later
from tunewidgets.language import translate as tr
from tunewidgets.retelling import retold
from tunewidgets.snapshot import SearchState, Snapshot
from tunewidgets.trial import State
from tunewidgets.widgets.commands import (
    ContinueUnfinished,
    PauseSearch,
    ResumeSearch,
    Send,
    StopAll,
)
from tunewidgets.widgets.markup import bar, fault, line, show


class Status:
    """The panel on top.

    Parameters
    ----------
    send
        Raises commands.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._running: tuple[str, ...] = ()
        self._paused: tuple[str, ...] = ()
        self._faults: list[tuple[str, str]] = []
        self._left, self._right, self._below = (ipywidgets.HTML() for _ in range(3))
        self._pause = ipywidgets.Button(description=tr("Pause"))
        self._pause.on_click(lambda _: self._press_pause())
        self._stop = ipywidgets.Button(description=tr("Stop all"))
        self._stop.on_click(lambda _: self._send(StopAll()))
        self._left.add_class("tw-status-left")
        self._right.add_class("tw-status-right")
        row = ipywidgets.Box([self._left, self._right, self._pause, self._stop])
        row.add_class("tw-status-row")
        self._continue = ipywidgets.Button(
            description=tr("Continue unfinished"),
            tooltip=tr("Go on with what an earlier session of the file left unfinished"),
        )
        self._continue.on_click(lambda _: self._send(ContinueUnfinished()))
        self._below.add_class("tw-notices")
        self._lower = ipywidgets.Box([self._below, self._continue])
        self._lower.add_class("tw-status-lower")
        self.widget = ipywidgets.VBox([row, self._lower])
        self.widget.add_class("tw-card")
        self.widget.add_class("tw-status")

    def blame(self, sentence: str, traceback: str) -> None:
        """Keep an error of the lab itself in sight."""
        if (sentence, traceback) not in self._faults:
            self._faults = [*self._faults, (sentence, traceback)][-3:]
        self._below.value = self._notices(())
        show(self._lower, True)

    def render(self, snapshot: Snapshot) -> None:
        """Show the state in a word, the progress in a bar, the notices in sentences."""
        names = {state: tuple(s.name for s in snapshot.searches if s.state is state)
                 for state in (SearchState.RUNNING, SearchState.PAUSED)}  # fmt: skip
        self._running, self._paused = names[SearchState.RUNNING], names[SearchState.PAUSED]
        n_running = snapshot.n_running
        is_busy = n_running > 0 or _n_awaited(snapshot, self._paused) > 0
        self._left.value = _state(snapshot, self._word(is_busy), n_running)
        self._right.value = _progress(snapshot)
        self._render_buttons(is_busy)
        notices = snapshot.notices
        if snapshot.cannot_train and snapshot.cannot_train not in notices:
            notices = (snapshot.cannot_train, *notices)
        self._below.value = self._notices(notices)
        show(self._continue, snapshot.has_unfinished and snapshot.cannot_train is None)
        show(self._lower, bool(self._below.value))

    def _word(self, is_busy: bool) -> str:
        if self._running:
            return later("searching")
        if self._paused:
            return later("pausing") if is_busy else later("paused")
        return later("training") if is_busy else later("idle")

    def _render_buttons(self, is_busy: bool) -> None:
        can_pause = bool(self._running or self._paused)
        resumes = bool(self._paused) and not self._running
        self._pause.description = tr("Resume") if resumes else tr("Pause")
        self._pause.disabled = not can_pause
        self._pause.tooltip = (
            tr("No search is going on")
            if not can_pause
            else tr("Go on with the search")
            if resumes
            else tr("Finish the runs under way, start no others")
        )
        self._stop.disabled = not (is_busy or can_pause)
        self._stop.tooltip = (
            tr("Nothing is going on")
            if self._stop.disabled
            else tr("End every search and every run")
        )

    def _notices(self, notices: tuple[str, ...]) -> str:
        faults = [fault(sentence, traceback) for sentence, traceback in self._faults]
        return "".join([*(line(retold(notice), "notice") for notice in notices), *faults])

    def _press_pause(self) -> None:
        for name in self._running:
            self._send(PauseSearch(name))
        if not self._running:
            for name in self._paused:
                self._send(ResumeSearch(name))


def _state(snapshot: Snapshot, word: str, n_running: int) -> str:
    workers = counted(
        snapshot.n_workers, "{busy} of {n} worker", "{busy} of {n} workers", busy=n_running
    )
    return (
        f'<div class="tw-state"><span class="tw-study">{escape(retold(snapshot.name))}</span>'
        f'<span class="tw-word tw-{word}" role="status">{escape(tr(word))}</span>'
        f'<span class="tw-quiet">{escape(workers) if snapshot.n_workers else ""}</span></div>'
    )


def _n_awaited(snapshot: Snapshot, paused: tuple[str, ...]) -> int:
    """Count the runs that will start without being asked again."""
    going = (trial for trial in snapshot.trials if trial.origin not in paused)
    return sum(run.state is State.WAITING for trial in going for run in trial.runs)


def _progress(snapshot: Snapshot) -> str:
    """Tell how far the unfinished searches, and runs that a person asked for, have come."""
    unfinished = [search for search in snapshot.searches if not search.is_finished]
    if not unfinished:
        n_waiting = snapshot.n_waiting
        words = counted(n_waiting, "{n} run waiting", "{n} runs waiting") if n_waiting else ""
        return f'<div class="tw-progress"><span class="tw-quiet">{escape(words)}</span></div>'
    done = sum(search.n_runs_finished for search in unfinished)
    total = sum(search.n_runs for search in unfinished)
    times = [s.seconds_left for s in unfinished if s.seconds_left is not None]
    left = tr("{time} left", time=fmt.clock(max(times))) if times else ""
    told = counted(total, "{done} of {n} run", "{done} of {n} runs", done=done)
    drawn = bar(done, total, tr("runs done"))
    return (
        f'<div class="tw-progress"><span>{escape(told)}</span>{drawn}'
        f'<span class="tw-quiet tw-left">{escape(left)}</span></div>'
    )
