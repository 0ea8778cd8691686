"""The inspector and what can be taken away, on snapshots made by hand and on a study on paper."""

from __future__ import annotations

from dataclasses import replace

import ipywidgets
import pytest

from tests.lab_helpers import (
    SPACE,
    ScriptedExecutor,
    button,
    no_widget_outlives_a_test,
    snapshot,
    trial,
    until,
)
from tests.paper import PaperExecutor, paper_study
from tunewidgets.language import speaking
from tunewidgets.space import SearchSpace
from tunewidgets.trial import Run, State, Trial
from tunewidgets.widgets import Lab
from tunewidgets.widgets.closing import tree
from tunewidgets.widgets.commands import Export, Exported, MoreEpochs
from tunewidgets.widgets.highlights import Highlights
from tunewidgets.widgets.inspector import Inspector
from tunewidgets.widgets.inspector_parts import time_words
from tunewidgets.widgets.takeaway import TakeAway, reasons_of

__all__ = ["no_widget_outlives_a_test"]

SETTINGS = {"epochs": 10, "patience": 3}


def builder(n_neurons=4, learning_rate=0.01):
    raise AssertionError(f"nobody builds {n_neurons, learning_rate}")


@pytest.fixture
def sent():
    return []


@pytest.fixture
def highlights():
    return Highlights()


@pytest.fixture
def inspector(sent, highlights):
    return Inspector(SearchSpace.read(SPACE, builder), SETTINGS, highlights, sent.append)


def run(number=0, index=0, losses=(1.0, 0.5, 0.25), gap=0.1, **rest):
    history = {"loss": tuple(losses), "val_loss": tuple(loss + gap for loss in losses)}
    rest = {"state": State.COMPLETE, "value": losses[-1] + gap, "seconds": 2.0, **rest}
    return Run(number, index, 7, history=history, **rest)


def tried(number=0, *runs, **params):
    return Trial(
        number, {"n_neurons": 4, "learning_rate": 0.01, **params}, runs=runs or (run(number),)
    )


def shown(inspector, highlights, *trials, selected=()):
    seen = snapshot(*trials)
    highlights.select(selected)
    highlights.update(seen)
    inspector.render(seen)
    return visible(inspector.widget)


def visible(root):
    """Give all that the panel shows and does not hide."""
    if root.layout.display == "none":
        return ""
    if isinstance(root, ipywidgets.HTML):
        return root.value
    return " ".join(visible(child) for child in getattr(root, "children", ()))


class TestInspector:
    def test_empty(self, inspector, highlights):
        assert "Train something" in shown(inspector, highlights)

    def test_the_way_a_run_went_is_told_in_korean(self, inspector, highlights):
        ways = (
            "graph, then XLA from epoch 3, continued from epoch 10",
            "model.fit: the model runs eagerly, began anew",
        )
        with speaking("ko"):
            text = shown(inspector, highlights, tried(0, *(run(0, engine=way) for way in ways)))
        assert "graph, 에포크 3부터 XLA, 에포크 10부터 이어서 학습" in text
        assert "모델이 즉시 실행(run_eagerly) 상태입니다, 처음부터 다시 학습" in text

    def test_nothing_selected_shows_the_best(self, inspector, highlights):
        text = shown(inspector, highlights, tried(0, run(0, losses=(2.0,))), tried(1))
        assert "<b>#1" in text
        assert "the best" in text
        assert "<b>#0" not in text

    def test_all_that_is_known_of_one_run(self, inspector, highlights):
        known = run(
            0, n_weights=2311, summary="dense  <Dense>  (None, 1)  5\nSGD, loss mse",
            engine="XLA from epoch 2", build_seconds=0.25, first_epoch_seconds=0.5,
            epochs_seconds=0.9,
        )  # fmt: skip
        text = shown(inspector, highlights, tried(0, known))
        for part in (
            "2,311", "3 of 10, stopped early", "building 0.25 s", "first epoch 0.50 s",
            "2 other epochs 0.40 s (200 ms each)", "the rest 0.85 s",
            "compiled epochs (XLA from epoch 2)",
            "<td>7</td>", "loss (dashed) and val_loss: 0.25 and 0.35, gap 0.1", "&lt;Dense&gt;",
        ):  # fmt: skip
            assert part in text, part
        assert "<svg" in text

    def test_learning_rate_is_drawn_where_it_changed(self, inspector, highlights):
        changed = replace(run(0), history={**run(0).history, "learning_rate": (0.1, 0.1, 0.01)})
        text = shown(inspector, highlights, tried(0, changed))
        assert "learning rate: 0.1 at first, 0.01 at the end" in text
        still = replace(run(0), history={**run(0).history, "learning_rate": (0.1, 0.1, 0.1)})
        assert "at first" not in shown(inspector, highlights, tried(0, still))

    def test_folds_with_their_spread(self, inspector, highlights):
        runs = [replace(run(0, i, (1.0, 0.2 + 0.1 * i)), fold=i) for i in range(3)]
        text = shown(inspector, highlights, tried(0, *runs))
        assert "Mean 0.4, standard deviation 0.1, from 0.3 to 0.5" in text
        assert text.count("<td>complete</td>") == 3

    def test_failure_with_its_traceback(self, inspector, highlights):
        failed = Run(0, 0, 7, state=State.FAILED, error="no <b>", traceback="in build_model")
        text = shown(inspector, highlights, tried(0, failed), selected=(0,))
        assert "no &lt;b&gt;" in text
        assert "in build_model" in text

    def test_what_is_doubtful_about_a_model(self, inspector, highlights):
        doubtful = run(0, warning="An output with <relu> gives only 0 and more.")
        text = shown(inspector, highlights, tried(0, doubtful))
        assert "&lt;relu&gt; gives only 0" in text
        assert "&lt;relu&gt;" not in shown(inspector, highlights, tried(1))

    def test_several_side_by_side(self, inspector, highlights):
        many = [tried(n, run(n), n_neurons=n + 1, learning_rate=0.01) for n in range(8)]
        text = shown(inspector, highlights, *many, selected=(2, 5))
        assert text.index("n_neurons") < text.index("val_loss") < text.index("The same in all")
        assert "The same in all: learning_rate 0.01" in text
        assert "<b>#" not in text
        text = shown(inspector, highlights, *many, selected=tuple(range(8)))
        assert "2 more trials selected" in text
        same = [tried(n, run(n)) for n in range(2)]
        assert "The same values" in shown(inspector, highlights, *same, selected=(0, 1))

    def test_a_run_that_was_still_improving_is_offered_more_epochs(
        self, inspector, highlights, sent
    ):
        falling = [1.0 / (epoch + 1) for epoch in range(10)]
        text = shown(inspector, highlights, tried(0, run(0, losses=falling, gap=0.0)))
        assert "improving" in text
        assert "Seen in" in text
        button(inspector.widget, "5 more epochs").click()
        (command,) = sent
        assert command == MoreEpochs(0, 5)

    def test_what_stands_still_is_not_sent_again(self, inspector, highlights):
        going = run(0, state=State.RUNNING, value=None, summary="a  Dense\nSGD")
        shown(inspector, highlights, tried(0, going), selected=(0,))
        sent = []
        model = next(
            w for w in tree(inspector.widget) if "The model" in str(getattr(w, "value", ""))
        )
        model.observe(sent.append, names="value")
        longer = replace(going, history={"loss": (1.0,) * 5, "val_loss": (1.0,) * 5})
        assert "5" in shown(inspector, highlights, tried(0, longer), selected=(0,))
        assert sent == []

    @pytest.mark.parametrize(
        "trials",
        [
            (),
            (trial(0, [[]], State.WAITING),),
            (trial(0, [[float("nan")]], State.FAILED),),
            (trial(0, [[0.5], [0.4]], folds=True),),
            tuple(trial(n, [[1 / (n + 1)] * 100], n_neurons=n) for n in range(1000)),
        ],
        ids=["empty", "waiting", "failed", "folds", "thousand"],
    )
    def test_renders_any_snapshot(self, inspector, highlights, trials):
        numbers = tuple(t.number for t in trials)
        for selected in ((), numbers[:1], numbers[:3], numbers):
            shown(inspector, highlights, *trials, selected=selected)


def test_time_is_told_as_far_as_it_is_known():
    assert time_words([Run(0, 0, 1)]) == ""
    assert time_words([Run(0, 0, 1, seconds=3.0)]) == "3.0 s"


class TestTakeAway:
    def test_reasons(self):
        def failed(*trials, **rest):
            return reasons_of(snapshot(*trials, **rest))

        assert set(failed().values()) == {"Nothing has been trained yet"}
        reasons = failed(trial(0, [[]], State.FAILED))
        assert reasons["csv"] == reasons["report"] == ""
        assert reasons["model"] == reasons["code"] == "No trial is complete yet"
        assert set(failed(trial(0, [[0.5]])).values()) == {""}
        assert "cross-validated" in failed(trial(0, [[0.5], [0.4]], folds=True))["model"]
        assert failed(trial(0, [[0.5]]), cannot_train="closed")["retrained"] == "closed"

    def test_only_what_it_knows_is_asked_for(self, sent):
        panel = TakeAway(sent.append)
        panel.render(snapshot(trial(0, [[0.5]])))
        for message in ({"kind": "csv", "token": "a"}, {"kind": "rm", "token": "b"}, {"kind": 3}):
            panel.widget._handle_custom_msg(message, [])
        assert sent == [Export("csv", "a")]
        panel.answer(Exported(sent[0], "a.csv", "text/csv", b"x"))


class TestLab:
    @pytest.fixture
    def study(self):
        made = paper_study(PaperExecutor(), name="A study")
        made.enqueue({"n_neurons": 4, "learning_rate": 0.1})
        assert made.wait(20)
        yield made
        made.close()

    @pytest.fixture
    def lab(self, study):
        made = Lab(study)
        yield made
        made.close()

    def answers(self, lab):
        """Collect what the pages would get."""
        sent = []
        lab.take_away.send = lambda content, buffers=None: sent.append((content, buffers))
        return sent

    @pytest.mark.parametrize(
        ("kind", "name", "start"),
        [
            ("csv", "a-study-trials.csv", b"number,state,value"),
            ("report", "a-study.html", b"<!DOCTYPE html>"),
            ("code", "a-study-trial-0.py", b'"""Trial 0 of'),
        ],
    )
    def test_files(self, lab, kind, name, start):
        sent = self.answers(lab)
        until(lambda: lab.take_away.reasons.get(kind) == "")
        lab.take_away._handle_custom_msg({"kind": kind, "token": "t"}, [])
        until(lambda: sent)
        ((content, (data,)),) = sent
        assert (content["name"], content["token"], content["error"]) == (name, "t", None)
        assert data.startswith(start)

    def test_what_fails_is_told_to_the_page(self, lab, study):
        sent = self.answers(lab)
        until(lambda: lab.take_away.reasons.get("model") == "")
        study.close()
        lab.take_away._handle_custom_msg({"kind": "model", "token": "t"}, [])
        until(lambda: sent)
        assert sent[0][0]["error"]


def test_a_run_that_was_still_improving_trains_on():
    study = paper_study(ScriptedExecutor(epochs=12), SPACE, epochs=12)
    study.enqueue({"n_neurons": 1})
    assert study.wait(20)
    lab = Lab(study)
    until(lambda: "improving" in visible(lab.inspector))
    button(lab.inspector, "6 more epochs").click()
    until(lambda: study.trials[0].runs[0].goal == 18)
    assert study.wait(20)
    lab.close()
    study.close()


def finding_buttons(root):
    """Find the buttons of what was found."""
    return [w for w in tree(root) if isinstance(w, ipywidgets.Button) and w.description]
