"""The search box: what to ask a sampler for, what that will take, and how far it has come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import ipywidgets

from tunewidgets.errors import TuneError
from tunewidgets.language import later
from tunewidgets.language import translate as tr
from tunewidgets.requests import Forecast
from tunewidgets.retelling import retold
from tunewidgets.snapshot import SearchProgress, SearchState, Snapshot
from tunewidgets.widgets.commands import (
    PauseSearch,
    ResizeSearch,
    ResumeSearch,
    Send,
    StartSearch,
    StopSearch,
)
from tunewidgets.widgets.controls import Controls
from tunewidgets.widgets.corrections import Corrections
from tunewidgets.widgets.markup import Kind, field, heading, line, show
from tunewidgets.widgets.search_fields import HALVING, MOST_TRIALS, SearchFields
from tunewidgets.widgets.search_words import outlook, progress

SEARCH_TOOLTIP = later("Let the sampler choose values inside the ranges shown")

Plan = Callable[[StartSearch], Forecast]
"""Says what a search would do."""


class SearchBox:
    """The panel that starts and follows searches.

    Parameters
    ----------
    controls
        Give the ranges and pins.
    plan
        Counts the combinations, and estimates the time.
    send
        Raises commands.
    """

    def __init__(self, controls: Controls, plan: Plan, send: Send) -> None:
        self._controls = controls
        self._plan = plan
        self._send = send
        self._current: SearchProgress | None = None
        self._words: tuple[str, Kind] = ("", "quiet")
        self._planned: tuple[Any, ...] = ()
        self._outlook = (False, "")
        self._fields = SearchFields(send)
        self._make_buttons()
        self._make_total()
        self._estimate, self._answer, self._progress = (ipywidgets.HTML() for _ in range(3))
        self._estimate.add_class("tw-estimate")
        self.widget = ipywidgets.VBox(
            [heading(tr("Search")), self._fields.widget, self._estimate, self._buttons,
             self._answer, self._progress, self._total, Corrections()]
        )  # fmt: skip
        self.widget.add_class("tw-card")
        self.widget.add_class("tw-search")

    def _make_buttons(self) -> None:
        self._search = ipywidgets.Button(description=tr("Search"), tooltip=tr(SEARCH_TOOLTIP))
        self._pause = ipywidgets.Button(description=tr("Pause"))
        self._stop = ipywidgets.Button(
            description=tr("Stop"), tooltip=tr("End this search and its runs")
        )
        self._search.add_class("tw-second")
        self._search.on_click(lambda _: self._press_search())
        self._pause.on_click(lambda _: self._press_pause())
        self._stop.on_click(lambda _: self._press_stop())
        self._buttons = ipywidgets.Box([self._search, self._pause, self._stop])
        self._buttons.add_class("tw-buttons")

    def _make_total(self) -> None:
        """Make the stepper that changes how many trials the search that goes on will make."""
        self._shown_total = 1
        self._total = ipywidgets.BoundedIntText(value=1, min=1, max=MOST_TRIALS)
        told = tr("More or fewer trials for the search that goes on")
        field(tr("trials in all"), self._total, told)
        self._total.add_class("tw-total")
        self._total.observe(lambda _: self._press_total(), names="value")

    @property
    def request(self) -> StartSearch:
        """A search as it is set here, with the pins and the settings, in all of the level."""
        return self._fields.request(self._controls.pins, self._controls.fixed)

    def say(self, sentence: str, kind: Kind = "quiet") -> None:
        """Answer a press in words, at once."""
        self._words = (sentence, kind)
        self._answer.value = line(sentence, kind)
        show(self._answer, bool(sentence))

    def render(self, snapshot: Snapshot) -> None:
        """Count, estimate, and tell how far the newest unfinished search has come."""
        unfinished = [search for search in snapshot.searches if not search.is_finished]
        self._current = unfinished[-1] if unfinished else None
        self._fields.render()
        can_search, told = self._look_out(snapshot)
        reason = snapshot.cannot_train
        self._estimate.value = line("") if reason else told  # beside Train it is said already
        # While a search goes on, what it does is of more interest than what the next one would.
        show(self._estimate, not can_search or self._current is None)
        self._search.disabled = reason is not None or not can_search
        self._search.tooltip = tr(reason or SEARCH_TOOLTIP)
        paused = self._current is not None and self._current.state is SearchState.PAUSED
        self._pause.description = tr("Resume") if paused else tr("Pause")
        self._pause.tooltip = (
            tr("Go on") if paused else tr("Finish the runs under way, start no others")
        )
        for button in (self._pause, self._stop):
            button.disabled = self._current is None
            show(button, self._current is not None)
        shown = self._current or (snapshot.searches[-1] if snapshot.searches else None)
        self._progress.value = "" if shown is None else progress(shown)
        show(self._progress, shown is not None)
        self._render_total()
        self._answer.value = line(*self._words)
        show(self._answer, bool(self._words[0]))

    def _render_total(self) -> None:
        search = self._current
        has_total = search is not None and search.budget_s is None and search.sampler != HALVING
        if search is not None and has_total and search.n_trials != self._shown_total:
            self._shown_total = max(1, search.n_trials)
            self._total.value = self._shown_total
        show(self._total, has_total)

    def _look_out(self, snapshot: Snapshot) -> tuple[bool, str]:
        """Tell whether a search would make any trial, and in a line what it would take.

        It counts all trials, so only when another is asked for, or a run begins or ends.
        """
        asked = self._asked
        state = (
            asked,
            snapshot.level,
            len(snapshot.trials),
            snapshot.n_running,
            snapshot.n_waiting,
        )
        if state != self._planned:
            self._planned = state
            try:
                seen = self._plan(asked)
            except TuneError as error:
                self._outlook = False, line(retold(str(error)), "error")
            else:
                self._outlook = seen.n_trials != 0, line(outlook(seen))
        return self._outlook

    @property
    def _asked(self) -> StartSearch:
        return replace(self.request, bounds=self._controls.bounds)

    def _press_search(self) -> None:
        self._send(self._asked)

    def _press_total(self) -> None:
        n_trials = int(self._total.value)
        if self._current is not None and n_trials != self._shown_total:
            self._send(ResizeSearch(self._current.name, n_trials))

    def _press_pause(self) -> None:
        search = self._current
        if search is not None:
            paused = search.state is SearchState.PAUSED
            self._send(ResumeSearch(search.name) if paused else PauseSearch(search.name))

    def _press_stop(self) -> None:
        if self._current is not None:
            self._send(StopSearch(self._current.name))
