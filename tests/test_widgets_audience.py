"""What nobody watches is not drawn; who comes back sees everything."""

from __future__ import annotations

import pytest
from IPython.core.events import EventManager

from tests.builders import build_model, line
from tests.lab_helpers import (
    SPACE,
    TIMEOUT_S,
    ScriptedExecutor,
    button,
    no_widget_outlives_a_test,
    states,
    tell,
    until,
    words,
)
from tunewidgets.study import Study
from tunewidgets.widgets import Lab, audience
from tunewidgets.widgets.audience import Audience, Cells

__all__ = ["no_widget_outlives_a_test"]

EVENTS = ("pre_execute", "post_execute")


@pytest.fixture
def no_patience(monkeypatch):
    """Whoever does not answer at once is gone."""
    monkeypatch.setattr(audience, "ASK_S", 0.0)
    monkeypatch.setattr(audience, "SILENCE_S", 0.0)


@pytest.fixture
def study():
    x, y = line()
    made = Study(build_model, SPACE, x, y, validation_split=0.25, executor=ScriptedExecutor())
    yield made
    made.close()


@pytest.mark.usefixtures("no_patience")
class TestAudience:
    def test_before_any_page_came_everything_is_drawn(self):
        pages = Audience(lambda: None, Cells())
        pages.ask()
        assert pages.is_there()

    def test_silence_ends_with_a_word(self):
        pages = Audience(lambda: None, Cells())
        pages.heard()
        assert pages.is_there()
        pages.ask()
        assert not pages.is_there()
        pages.heard()
        assert pages.is_there()

    def test_silence_counts_from_the_first_question(self, monkeypatch):
        pages = Audience(lambda: None, Cells())
        pages.heard()
        pages.ask()
        pages.ask()
        assert not pages.is_there()
        monkeypatch.setattr(audience, "SILENCE_S", TIMEOUT_S)
        assert pages.is_there()

    def test_asks_now_and_then(self, monkeypatch):
        asked = []
        pages = Audience(lambda: asked.append(1), Cells())
        monkeypatch.setattr(audience, "ASK_S", TIMEOUT_S)
        for _ in range(3):
            pages.ask()
        assert asked == [1]

    def test_silence_says_nothing_while_a_cell_runs(self, monkeypatch):
        monkeypatch.setattr(audience, "SILENCE_S", 1e-9)
        events = EventManager(None, EVENTS)
        cells = Cells(events)
        pages = Audience(lambda: None, cells)
        pages.heard()
        pages.ask()
        assert cells.is_running  # the one that made it
        events.trigger("post_execute")
        until(lambda: not pages.is_there())
        events.trigger("pre_execute")
        assert cells.is_running
        pages.close()
        assert not cells.is_running
        assert not any(events.callbacks.values())


@pytest.mark.usefixtures("no_patience")
class TestLab:
    def test_without_a_page_it_is_drawn(self, study):
        lab = Lab(study)
        study.enqueue()
        until(lambda: states(lab) == ["complete"])
        lab.close()

    def test_an_abandoned_lab_sends_nothing_until_a_page_is_back(self, study):
        lab = Lab(study)
        until(lambda: ">idle<" in words(lab.status))
        sent = []
        lab.leaderboard.send = lambda _: sent.append("do not differ" in words(lab.trail))
        tell(lab, kind="here")
        button(lab.trail, "Suggest").click()  # answered in turn: the page was heard by then
        until(lambda: True in sent)  # asked at the end of drawing, and nobody answers
        sent.clear()
        study.enqueue()
        assert study.wait(TIMEOUT_S)
        assert states(lab) == []
        assert sent == []
        tell(lab, kind="here")
        until(lambda: states(lab) == ["complete"])
        lab.close()

    def test_a_press_is_answered_in_any_case(self, study):
        lab = Lab(study)
        tell(lab, kind="here")
        button(lab.controls, "Train these values").click()
        until(lambda: states(lab) != [])
        lab.close()
