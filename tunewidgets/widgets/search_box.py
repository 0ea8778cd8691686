"""The search box: what to ask a sampler for, what that will take, and how far it has come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import ipywidgets

from tunewidgets import format as fmt
from tunewidgets.errors import TuneError
from tunewidgets.snapshot import SearchProgress, SearchState, Snapshot
from tunewidgets.widgets.commands import (
    Bounds,
    PauseSearch,
    ResumeSearch,
    Send,
    StartSearch,
    StopSearch,
    Touched,
)
from tunewidgets.widgets.controls import Controls
from tunewidgets.widgets.markup import Kind, bar, field, heading, line, show

SAMPLERS = ("random", "grid")
MOST_TRIALS = 1_000_000
MOST_SEED = 2**31 - 1
SEARCH_TOOLTIP = "Let the sampler choose values inside the ranges shown"

Plan = Callable[[str, Mapping[str, Bounds], Mapping[str, Any]], int | None]
"""Sampler, bounds and pins to the exact number of combinations, or None when endless."""


class SearchBox:
    """The panel that starts and follows searches.

    Parameters
    ----------
    controls
        Give the ranges and pins.
    plan
        Counts the combinations.
    send
        Raises commands.
    """

    def __init__(self, controls: Controls, plan: Plan, send: Send) -> None:
        self._controls = controls
        self._plan = plan
        self._send = send
        self._current: SearchProgress | None = None
        self._words: tuple[str, Kind] = ("", "quiet")
        self._planned: tuple[Any, tuple[int | None, str]] = (None, (None, ""))
        self._make_fields()
        self._make_buttons()
        self._estimate, self._answer, self._progress = (ipywidgets.HTML() for _ in range(3))
        self._estimate.add_class("tw-estimate")
        self.widget = ipywidgets.VBox(
            [heading("Search"), self._fields, self._estimate, self._buttons, self._answer,
             self._progress]
        )  # fmt: skip
        self.widget.add_class("tw-card")
        self.widget.add_class("tw-search")

    def _make_fields(self) -> None:
        self._sampler = ipywidgets.Dropdown(options=SAMPLERS)
        self._trials = ipywidgets.BoundedIntText(value=10, min=1, max=MOST_TRIALS)
        self._folds = ipywidgets.Dropdown(
            options=[("no folds", 0), *((f"{k} folds", k) for k in range(2, 11))]
        )
        self._seed = ipywidgets.BoundedIntText(value=42, min=0, max=MOST_SEED)
        self._fields = ipywidgets.Box(
            [
                field("sampler", self._sampler, "random: draws; grid: every combination in turn"),
                field("trials", self._trials, "How many combinations to try"),
                field("folds", self._folds, "Fits a trial, each scored on its own fold"),
                field("seed", self._seed, "The same seed gives the same candidates"),
            ]
        )
        self._fields.add_class("tw-fields")
        for widget in (self._sampler, self._trials, self._folds, self._seed):
            widget.observe(lambda _: self._send(Touched()), names="value")

    def _make_buttons(self) -> None:
        self._search = ipywidgets.Button(description="Search", tooltip=SEARCH_TOOLTIP)
        self._pause = ipywidgets.Button(description="Pause")
        self._stop = ipywidgets.Button(description="Stop", tooltip="End this search and its runs")
        self._search.add_class("tw-second")
        self._search.on_click(lambda _: self._press_search())
        self._pause.on_click(lambda _: self._press_pause())
        self._stop.on_click(lambda _: self._press_stop())
        self._buttons = ipywidgets.Box([self._search, self._pause, self._stop])
        self._buttons.add_class("tw-buttons")

    @property
    def request(self) -> StartSearch:
        """A search as it is set here, with the pins and the settings, in all of the level."""
        return StartSearch(
            sampler=self._sampler.value,
            n_trials=int(self._trials.value),
            folds=int(self._folds.value) or None,
            seed=int(self._seed.value),
            pins=self._controls.pins,
            fixed=self._controls.fixed,
        )

    def say(self, sentence: str, kind: Kind = "quiet") -> None:
        """Answer a press in words, at once."""
        self._words = (sentence, kind)
        self._answer.value = line(sentence, kind)
        show(self._answer, bool(sentence))

    def render(self, snapshot: Snapshot) -> None:
        """Count, estimate, and tell how far the newest unfinished search has come."""
        unfinished = [search for search in snapshot.searches if not search.is_finished]
        self._current = unfinished[-1] if unfinished else None
        n_trials, sentence = self._count()
        reason = snapshot.cannot_train
        self._estimate.value = line(sentence + self._time(snapshot, n_trials))
        self._search.disabled = reason is not None or n_trials == 0
        self._search.tooltip = reason or SEARCH_TOOLTIP
        paused = self._current is not None and self._current.state is SearchState.PAUSED
        self._pause.description = "Resume" if paused else "Pause"
        self._pause.tooltip = "Go on" if paused else "Finish the runs under way, start no others"
        for button in (self._pause, self._stop):
            button.disabled = self._current is None
            show(button, self._current is not None)
        shown = self._current or (snapshot.searches[-1] if snapshot.searches else None)
        self._progress.value = "" if shown is None else _progress(shown)
        show(self._progress, shown is not None)
        self._answer.value = line(*self._words)
        show(self._answer, bool(self._words[0]))

    def _count(self) -> tuple[int, str]:
        """Give how many trials a search would make, and say how many combinations there are."""
        n_trials = int(self._trials.value)
        asked = (self._sampler.value, self._controls.bounds, self._controls.pins)
        if asked != self._planned[0]:
            self._planned = (asked, self._size(*asked))
        size, trouble = self._planned[1]
        if trouble:
            return 0, trouble
        if size is None:
            return n_trials, "Endless combinations (a continuous range)"
        sentence = fmt.count(size, "combination")
        if n_trials > size:
            return size, f"{sentence}: all of {'it' if size == 1 else 'them'} will be run"
        return n_trials, sentence

    def _size(self, sampler: str, bounds: Any, pins: Any) -> tuple[int | None, str]:
        try:
            return self._plan(sampler, bounds, pins), ""
        except TuneError as error:
            return None, str(error)

    def _time(self, snapshot: Snapshot, n_trials: int) -> str:
        if snapshot.seconds_per_run is None or not n_trials:
            return ""
        n_runs = n_trials * max(1, int(self._folds.value))
        estimate = n_runs * snapshot.seconds_per_run / max(1, snapshot.n_workers)
        return f", {fmt.about(estimate)} for {fmt.count(n_runs, 'run')}"

    def _press_search(self) -> None:
        self._send(replace(self.request, bounds=self._controls.bounds))

    def _press_pause(self) -> None:
        search = self._current
        if search is not None:
            paused = search.state is SearchState.PAUSED
            self._send(ResumeSearch(search.name) if paused else PauseSearch(search.name))

    def _press_stop(self) -> None:
        if self._current is not None:
            self._send(StopSearch(self._current.name))


def _progress(search: SearchProgress) -> str:
    done = search.n_complete + search.n_failed + search.n_stopped
    is_going = search.state is SearchState.RUNNING
    name = search.name if is_going else f"{search.name} {search.state}"
    parts = [f"{name}: {done} of {fmt.count(search.n_trials, 'trial')}"]
    if search.n_running:
        parts.append(f"{search.n_running} running")
    if search.n_failed:
        parts.append(f"{search.n_failed} failed")
    if search.n_stopped:
        parts.append(f"{search.n_stopped} stopped")
    if search.seconds_left is not None and not search.is_finished:
        parts.append(f"{fmt.clock(search.seconds_left)} left")
    note = line(search.note, "notice") if search.note else ""
    drawn = "" if search.is_finished else bar(search.n_runs_finished, search.n_runs, search.name)
    return drawn + line(" · ".join(parts)) + note
