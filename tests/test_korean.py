"""The lab in Korean: the catalogue is whole, and what is shown is in it, records stay English."""

from __future__ import annotations

import gettext
import json
from string import Formatter

import catalogue
import ipywidgets
import pytest
from babel.messages import Catalog

from tests.builders import build_model, line
from tests.lab_helpers import SPACE, ScriptedExecutor, no_widget_outlives_a_test, until
from tunewidgets import language
from tunewidgets.errors import SpaceError, StudyError
from tunewidgets.pruners import PRUNERS
from tunewidgets.retelling import retold, stated
from tunewidgets.samplers import SAMPLERS
from tunewidgets.snapshot import SearchState
from tunewidgets.space import SearchSpace
from tunewidgets.study import Study
from tunewidgets.trial import State
from tunewidgets.widgets import Lab
from tunewidgets.widgets.closing import tree
from tunewidgets.widgets.scripted import Scripted, words_of
from tunewidgets.widgets.state_words import state_word

__all__ = ["no_widget_outlives_a_test"]

TAG, FILE = next(catalogue.languages())


@pytest.fixture(autouse=True)
def english_before_and_after(monkeypatch):
    for name in ("QUERY_STRING", "TUNEWIDGETS_LANGUAGE", "HTTP_ACCEPT_LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    yield
    language.use(None)


@pytest.fixture(scope="module")
def korean() -> Catalog:
    return catalogue.read(TAG, FILE)


@pytest.fixture
def lab():
    x, y = line()
    study = Study(
        build_model, SPACE, x, y, validation_split=0.25, epochs=4, executor=ScriptedExecutor()
    )
    shown = Lab(study, language="ko")
    yield shown
    shown.close()
    study.close()


def texts(message: str | tuple[str, ...]) -> tuple[str, ...]:
    return message if isinstance(message, tuple) else (message,)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def is_korean(text: str) -> bool:
    return any("가" <= letter <= "힣" for letter in text)


class TestCatalogue:
    def test_it_holds_what_the_code_says_and_nothing_else(self, korean):
        said, held = ({(m.context, m.id) for m in c if m.id} for c in (catalogue.said(), korean))
        assert said == held, "run python scripts/catalogue.py, then translate what it lists"

    def test_every_text_is_translated(self, korean):
        assert [m.id for m in korean if m.id and not all(texts(m.string))] == []
        assert not any(m.fuzzy for m in korean if m.id)

    def test_the_list_of_stated_sentences_is_that_of_the_code(self):
        assert catalogue.SENTENCES.read_text(encoding="utf-8") == catalogue.sentences()

    def test_translations_have_the_fields_of_the_texts(self, korean):
        differing = [
            m.id
            for m in korean
            if m.id and any(fields(told) != fields(texts(m.id)[-1]) for told in texts(m.string))
        ]
        assert differing == []

    def test_what_gettext_reads_is_what_people_edit(self, korean):
        with FILE.with_suffix(".mo").open("rb") as opened:
            read = gettext.GNUTranslations(opened)
        for message in (m for m in korean if m.id):
            first, told = texts(message.id)[0], texts(message.string)[0]
            if isinstance(message.id, tuple):
                assert read.ngettext(*message.id, 1) == told
            elif message.context:
                assert read.pgettext(message.context, first) == told
            else:
                assert read.gettext(first) == told

    def test_names_of_states_samplers_and_pruners_are_translated(self):
        language.use("ko")
        assert all(is_korean(state_word(state)) for state in (*State, *SearchState))
        kinds = [word for kind in SAMPLERS.values() for word in (kind.label, kind.help)]
        kinds += [word for pair in PRUNERS.values() for word in pair]
        assert all(is_korean(language.translate(word)) for word in kinds)


class TestLanguage:
    def test_numbers_of_things(self):
        said = "{n} run", "{n} runs"
        assert [language.counted(n, *said) for n in (1, 1200)] == ["1 run", "1,200 runs"]
        language.use("ko")
        assert [language.counted(n, *said) for n in (1, 1200)] == ["실행 1회", "실행 1,200회"]

    def test_one_word_in_two_contexts(self):
        language.use("ko")
        assert language.translate("training") == "학습 중"
        assert language.in_context("data", "training") == "훈련"

    def test_values_are_no_templates(self):
        language.use("ko")
        assert language.translate("Queued as {trial}", trial="{0.x}") == "{0.x} 대기 중"

    def test_a_block_can_speak_another_language(self):
        language.use("ko")
        with language.speaking("en"):
            assert language.current() == "en"
        assert language.current() == "ko"


class TestRetelling:
    def test_a_sentence_made_elsewhere_is_told_with_its_values(self):
        told = stated(
            "The loss is lowest at {turning}: a tenth of that is {rate}.", turning=1, rate=0.1
        )
        assert told == "The loss is lowest at 1: a tenth of that is 0.1."
        assert retold(told) == told
        language.use("ko")
        assert retold(told) == "손실이 가장 낮은 학습률은 1이고, 그 10분의 1은 0.1입니다."

    def test_a_sentence_within_a_sentence(self):
        language.use("ko")
        with pytest.raises(SpaceError) as caught:
            SearchSpace.read({"n_neurons": (1, 8, 2)}, build_model).narrow(n_neurons=(3.1, 4))
        assert retold(str(caught.value)).startswith("'n_neurons': 범위 안에 값이 둘 이상")

    def test_words_of_the_study_and_other_sentences_stay(self):
        language.use("ko")
        assert retold("ValueError: no, {0.x}") == "ValueError: no, {0.x}"
        told = retold(stated("For '{name}': {error}", name="epochs", error="{training}"))
        assert told == "'epochs': {training}"

    def test_every_one_of_them_is_found_again(self, korean):
        language.use("ko")
        texts = json.loads(catalogue.SENTENCES.read_text(encoding="utf-8"))
        by_id = {m.id: m.string for m in korean}
        for text in texts:
            values = {name: f"<{name}>" for name in fields(text)}
            assert retold(text.format(**values)) == by_id[text].format(**values)


class TestLab:
    def test_an_unknown_language_is_refused(self):
        with pytest.raises(StudyError, match="'xx'"):
            Lab(None, language="xx")

    def test_its_words_are_korean_and_the_records_english(self, lab):
        assert button(lab.controls, "이 값으로 학습")
        assert button(lab.trail, "여기서 탐색")
        until(lambda: ">쉬는 중<" in words(lab.status) and "tw-idle" in words(lab.status))
        assert "실행 목록" in next(w for w in tree(lab.tabs) if hasattr(w, "titles")).titles
        trial = lab.study.enqueue({"n_neurons": 3})
        lab.study.wait(20)
        until(lambda: lab.leaderboard.rows and lab.leaderboard.rows[0]["state"] == "complete")
        assert lab.leaderboard.rows[0]["cells"][2] == "완료"
        until(lambda: "최고 기록" in words(lab.inspector))
        assert lab.study.trials[trial.number].state is State.COMPLETE
        heads = {head["key"]: head["label"] for head in lab.leaderboard.columns}
        assert heads["state"] == "상태"
        assert heads["params_n_neurons"] == "n_neurons"

    def test_no_word_of_its_controls_is_left_in_english(self, lab):
        until(lambda: ">쉬는 중<" in words(lab.status))
        own = {*SPACE, *SPACE.values(), *lab.study.settings}
        kinds = ipywidgets.Button | ipywidgets.ToggleButtons | ipywidgets.Dropdown
        shown = [w.description for w in tree(lab) if isinstance(w, kinds) and w.description]
        assert [text for text in shown if text not in own and not is_korean(text)] == []

    def test_scripts_get_all_of_their_words(self, lab):
        scripted = [w for w in (*tree(lab), *tree(lab.values)) if isinstance(w, Scripted)]
        assert len({type(w) for w in scripted}) >= 3
        for widget in scripted:
            said = words_of(widget._esm)
            assert said
            assert {word for word in said if is_korean(widget.labels.get(word, ""))} == {*said}

    def test_files_are_in_english(self, lab):
        lab.study.enqueue({"n_neurons": 3})
        lab.study.wait(20)
        made = []
        twin = next(w for w in tree(lab.values) if hasattr(w, "is_open"))
        until(lambda: lab.leaderboard.rows and lab.leaderboard.rows[0]["state"] == "complete")
        twin.send = made.append
        twin._handle_custom_msg({"kind": "csv", "token": "a"}, [])
        until(lambda: made)
        assert made[0]["text"].splitlines()[0] == "trial,state,val_loss,best so far"
        assert "complete" in made[0]["text"]
        assert twin.title == "결과 추이"
        assert twin.file == "values"
        assert not is_korean(lab.study.report())


def button(panel, words: str):
    return any(getattr(w, "description", None) == words for w in tree(panel))


def words(panel) -> str:
    return " ".join(w.value for w in tree(panel) if isinstance(w, ipywidgets.HTML))
