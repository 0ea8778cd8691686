"""The Lab: a layout around a study's panels, for JupyterLab and Voilà."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import ipywidgets

from tunewidgets.errors import StudyError
from tunewidgets.language import use
from tunewidgets.view import StudyView
from tunewidgets.widgets.closing import close_tree
from tunewidgets.widgets.desk import Desk, Panel
from tunewidgets.widgets.markup import line

if TYPE_CHECKING:
    from tunewidgets.study import Study

_lock = threading.Lock()
_desks: dict[int, tuple[Study, Desk, set[str]]] = {}
"""By the study's identity: the study, its desk, and the model ids of the labs that show it."""


class Lab(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """Shows a study and lets a person steer it.

    All labs of a study share their panels: sliders, selection and curves are the same in each.

    Parameters
    ----------
    study
        What to show.
    note
        A sentence to show above everything else, as when a substitute data set is used.
    height
        CSS height of the lab, or pixels; as high as it needs to be by default.
    language
        ``"en"`` or ``"ko"``, for all that this kernel says from now on; by default it is what
        the page, the environment or the browser ask for, see `tunewidgets.language`. What other
        labs show already stays as it is, and so do the panels that this one shares with them.

    Raises
    ------
    StudyError
        For what is no study, or another language.

    Attributes
    ----------
    study
        What it shows.
    status, trail, controls, search_box, curves, tabs, leaderboard, inspector, take_away
        The panels' widgets, which can be put into other layouts too.
    values, parallel, heat_map, importance, growth, range_chart
        The charts behind the tabs, likewise. Asking for one has it drawn always, as it may then
        be shown somewhere else.
    thinking
        What a model predicts as it learns, likewise; for data of one or two columns alone.

    Examples
    --------
    >>> lab = Lab(study)  # doctest: +SKIP
    """

    def __init__(
        self,
        study: Study,
        note: str | None = None,
        height: int | str | None = None,
        language: str | None = None,
    ) -> None:
        if language is not None:
            use(language)
        if not isinstance(study, StudyView):
            raise StudyError(
                f"A lab shows a study, but got {study!r:.80}: give it what tw.Study(...) or "
                f"tw.load(...) has made."
            )
        self.study = study
        self._frames: list[ipywidgets.Box] = []
        super().__init__()
        self._desk = desk = _acquire(study, self.model_id)
        self.status: ipywidgets.Widget = desk.status.widget
        self.trail: ipywidgets.Widget = desk.trail.widget
        self.controls: ipywidgets.Widget = desk.controls.widget
        self.search_box: ipywidgets.Widget = desk.search_box.widget
        self.curves: ipywidgets.Widget = desk.curves.widget
        self.tabs: ipywidgets.Widget = desk.tabs.widget
        self.inspector: ipywidgets.Widget = desk.inspector.widget
        self.take_away: ipywidgets.Widget = desk.take_away.widget
        left = self._frame("tw-left-column", self.trail, self.controls, self.search_box)
        right = self._frame(
            "tw-right-column", self.curves, self.tabs, self.inspector, self.take_away
        )
        page = self._frame("tw-page", self.status, self._frame("tw-columns", left, right))
        self.children = (self._banner(note), page) if note else (page,)
        self.add_class("tw-lab")
        if height is not None:
            self.layout.height = f"{height}px" if isinstance(height, int) else height
            self.add_class("tw-fixed")

    @property
    def leaderboard(self) -> ipywidgets.Widget:
        """The list of runs."""
        return self._desk.tabs.place("Runs")

    @property
    def values(self) -> ipywidgets.Widget:
        """The value of every trial, and the best so far."""
        return self._desk.tabs.place("Values")

    @property
    def parallel(self) -> ipywidgets.Widget:
        """Every trial as a line across its hyperparameters."""
        return self._desk.tabs.place("Parameters")

    @property
    def heat_map(self) -> ipywidgets.Widget:
        """The value over two hyperparameters."""
        return self._desk.tabs.place("Heat map")

    @property
    def importance(self) -> ipywidgets.Widget:
        """How much each hyperparameter mattered."""
        return self._desk.tabs.place("Importance")

    @property
    def growth(self) -> ipywidgets.Widget:
        """Training and validation as one hyperparameter grows."""
        return self._desk.tabs.place("Growth")

    @property
    def range_chart(self) -> ipywidgets.Widget:
        """The loss as the learning rate grows, and the rate that it suggests.

        Raises
        ------
        StudyError
            Where the space has no ``learning_rate`` or ``lr``.
        """
        self._desk.range_chart  # noqa: B018 - says so where there is none
        return self._desk.tabs.place("Learning rate")

    @property
    def thinking(self) -> ipywidgets.Widget:
        """What the selected run's model predicts as it learns.

        Raises
        ------
        StudyError
            Where the data are other than one array of one or two columns and one target.
        """
        if self.study.snapshot().scene is None:
            raise StudyError(
                "lab.thinking needs x to be one array of one or two columns of numbers and y one "
                "target a sample, but the study has other data: leave it out of the layout."
            )
        return self._desk.tabs.place("Prediction")

    def add(self, panel: Panel) -> None:
        """Have a panel of your own drawn with the lab's.

        Parameters
        ----------
        panel
            An object whose ``render(snapshot)`` brings its own widgets up to date. It is called
            in the lab's thread whenever something has changed and somebody looks.
        """
        self._desk.add(panel)

    def _frame(self, name: str, *parts: ipywidgets.Widget) -> ipywidgets.Box:
        frame = ipywidgets.Box(parts)
        frame.add_class(name)
        self._frames.append(frame)
        return frame

    def _banner(self, note: str) -> ipywidgets.Box:
        return self._frame("tw-note", ipywidgets.HTML(line(note, "notice")))

    def close(self) -> None:
        """Close this lab; with the study's last one, the panels and their thread too.

        The study itself goes on.
        """
        if self.comm is None:
            return
        name, parts = self.model_id, [part for frame in self._frames for part in frame.children]
        shared = set(_release(self.study, name))
        for box in (self, *self._frames):
            box.children = ()
        layout = self.layout
        super().close()
        close_tree(layout, *self._frames, *(part for part in parts if part not in shared))


def _acquire(study: Study, name: str) -> Desk:
    with _lock:
        if id(study) not in _desks:
            _desks[id(study)] = (study, Desk(study), set())
        _, desk, users = _desks[id(study)]
        users.add(name)
        return desk


def _release(study: Study, name: str) -> tuple[ipywidgets.Widget, ...]:
    """Take a lab off its desk; give the panels' widgets, which other labs may still show."""
    with _lock:
        _, desk, users = _desks.get(id(study), (study, None, set()))
        users.discard(name)
        if desk is None:
            return ()
        if not users:
            del _desks[id(study)]
    if not users:
        desk.close()
    return desk.widgets
