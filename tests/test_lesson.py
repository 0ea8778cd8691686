"""What the lessons are made of: words, guesses, exercises, stored studies, the language."""

from __future__ import annotations

from dataclasses import replace

import ipywidgets
import pytest

from tests.builders import build_model, line
from tests.lab_helpers import SPACE, ScriptedExecutor, no_widget_outlives_a_test, until
from tunewidgets import datasets, language, lesson
from tunewidgets.errors import StorageError, StudyError
from tunewidgets.study import Study
from tunewidgets.widgets import Lab

__all__ = ["no_widget_outlives_a_test"]

WISHES = ("QUERY_STRING", "TUNEWIDGETS_LANGUAGE", "HTTP_ACCEPT_LANGUAGE")


@pytest.fixture(autouse=True)
def no_wishes(monkeypatch):
    for name in WISHES:
        monkeypatch.delenv(name, raising=False)
    yield
    language.use(None)


@pytest.fixture
def lab():
    x, y = line()
    study = Study(
        build_model, SPACE, x, y, validation_split=0.25, epochs=4, executor=ScriptedExecutor()
    )
    shown = Lab(study)
    yield shown
    shown.close()
    study.close()


@pytest.mark.parametrize(
    ("wishes", "tag"),
    [
        ((None, None, None), "en"),
        ((None, "ko", None), "ko"),
        (("lang=ko", "en", None), "ko"),
        (("theme=dark&lang=en", "ko", "ko"), "en"),
        ((None, None, "de-DE,de;q=0.9,ko-KR;q=0.8,en;q=0.7"), "ko"),
        ((None, "ko_KR.UTF-8", "en"), "ko"),
        (("lang=de", None, None), "en"),
    ],
)
def test_the_address_goes_before_the_environment_and_that_before_the_browser(
    monkeypatch, wishes, tag
):
    for name, wish in zip(WISHES, wishes, strict=True):
        if wish is not None:
            monkeypatch.setenv(name, wish)
    assert language.current() == tag


def test_a_script_chooses_for_itself(monkeypatch):
    monkeypatch.setenv("TUNEWIDGETS_LANGUAGE", "ko")
    language.use("en")
    assert language.current() == "en"
    language.use(None)
    assert language.current() == "ko"


def test_an_unknown_language_is_refused():
    with pytest.raises(StudyError, match=r"'ko' .*but got 'xx'"):
        language.use("xx")


def test_what_no_catalogue_holds_stays_as_it_is():
    language.use("ko")
    assert language.translate("No such words <b>") == "No such words <b>"
    assert language.translate("") == ""


def test_words_are_shown_in_the_language_that_holds():
    words = lesson.say(en="# Layers", ko="# 층")
    assert words._repr_markdown_() == "# Layers"
    language.use("ko")
    assert words._repr_markdown_() == "# 층"
    assert str(lesson.say(en="only English")) == "only English"


def test_a_guess_shows_what_it_is_told_and_no_markup_of_it():
    asked = lesson.guess(
        lesson.say(en="Which <wins>?"), [lesson.say(en="a & b"), lesson.say(en="c")],
        then=lesson.say(en="Try both."),
    )  # fmt: skip
    assert "Which &lt;wins&gt;?" in asked.value
    assert asked.value.count('type="radio"') == 2
    assert "a &amp; b" in asked.value


def test_guesses_of_one_page_do_not_share_their_answer():
    one, two = (
        lesson.guess(lesson.say(en="?"), [lesson.say(en="a")], lesson.say(en=".")) for _ in "ab"
    )
    assert one.value != two.value


def test_an_exercise_sees_when_it_is_done_and_stays_done(lab):
    exercise = lesson.exercise(
        lab,
        lesson.say(en="Train two & look."),
        check=lambda seen: len([t for t in seen.trials if t.value is not None]) == 2,
    )
    assert isinstance(exercise, ipywidgets.HTML)
    assert "Not yet" in exercise.value
    assert "two &amp; look" in exercise.value
    for n in (3, 4):
        lab.study.enqueue({"n_neurons": n})
    lab.study.wait(20)
    until(lambda: "Done" in exercise.value)
    lab.study.enqueue({"n_neurons": 5})
    lab.study.wait(20)
    assert "Done" in exercise.value


def test_a_check_that_fails_is_said_and_the_lab_goes_on(lab):
    lesson.exercise(lab, lesson.say(en="?"), check=lambda seen: seen.nothing)
    until(lambda: "AttributeError" in _all_words(lab))
    lab.study.enqueue({"n_neurons": 3})
    lab.study.wait(20)
    until(lambda: "AttributeError" in _all_words(lab))


def test_an_unknown_stored_study_is_named():
    with pytest.raises(StorageError, match="but got 'nothing'"):
        lesson.stored("nothing")


def test_a_stored_model_is_copied_too():
    copy = lesson.stored("09_transfer.keras")
    assert copy.suffix == ".keras"
    assert copy.stat().st_size > 0
    assert copy.parent != lesson.notebooks() / "studies"


def test_a_lab_without_its_data_says_that_it_begins_without_their_trials():
    data = datasets.load("diabetes")
    assert lesson.note(data) is None
    said = lesson.note(replace(data, note="This is the diabetes data instead."))
    assert said.startswith("This is the diabetes data instead. The trials")


def _all_words(lab):
    from tunewidgets.widgets.closing import tree

    return " ".join(w.value for w in tree(lab.status) if isinstance(w, ipywidgets.HTML))
