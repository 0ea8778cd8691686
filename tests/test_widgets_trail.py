"""The trail of levels, by itself and in a lab of a study."""

from __future__ import annotations

import pytest

from tests.lab_helpers import button, labelled, no_widget_outlives_a_test, snapshot, trial, words
from tests.lab_helpers import until as eventually
from tests.paper import paper_study
from tunewidgets.distributions import Float
from tunewidgets.level import Level
from tunewidgets.space import SearchSpace
from tunewidgets.widgets import Lab
from tunewidgets.widgets.closing import tree
from tunewidgets.widgets.commands import GoTo, Suggest, Zoom
from tunewidgets.widgets.controls import Controls
from tunewidgets.widgets.highlights import Highlights
from tunewidgets.widgets.trail import Trail

__all__ = ["no_widget_outlives_a_test"]

SPACE = {
    "n_neurons": (1, 8),
    "learning_rate": Float(1e-3, 1e-1, log=True),
    "activation": ["relu", "tanh", "selu"],
}


def build(n_neurons=5, learning_rate=1e-2, activation="relu"):
    """Take three hyperparameters."""


def shown(trail):
    """Give the words of the levels in the page, the present one in capitals."""
    buttons = [w for w in tree(trail.widget) if "tw-level" in getattr(w, "_dom_classes", ())]
    (levels,) = [w for w in tree(trail.widget) if "tw-levels" in getattr(w, "_dom_classes", ())]
    assert set(buttons) == set(levels.children)
    return [
        b.description.upper() if "tw-here" in b._dom_classes else b.description
        for b in levels.children
        if b.layout.display != "none"
    ]


class TestTrail:
    @pytest.fixture
    def sent(self):
        return []

    @pytest.fixture
    def controls(self):
        return Controls(SearchSpace.read(SPACE, build), {}, Highlights(), lambda _: None)

    @pytest.fixture
    def trail(self, controls, sent):
        return Trail(controls, sent.append)

    def levels(self):
        space = SearchSpace.read(SPACE, build)
        second = space.narrow(learning_rate=(2e-3, 1e-2), activation=["relu", "tanh"])
        third = second.narrow(n_neurons=(2, 4))
        return (
            Level(1, None, space),
            Level(2, 1, second),
            Level(3, 2, third),
            Level(4, 1, space.narrow(n_neurons=(5, 8))),
        )

    def test_the_way_down_and_what_lies_inside(self, trail, sent):
        second = "Level 2: learning_rate 2.00e-3 … 1.00e-2, activation relu, tanh"
        for level, words_shown in [
            (1, ["LEVEL 1", second, "Level 4: n_neurons 5 … 8"]),
            (2, ["Level 1", second.upper(), "Level 3: n_neurons 2 … 4"]),
            (3, ["Level 1", second, "LEVEL 3: N_NEURONS 2 … 4"]),
            (4, ["Level 1", "LEVEL 4: N_NEURONS 5 … 8"]),
        ]:
            trail.render(snapshot(levels=self.levels(), level=level))
            assert shown(trail) == words_shown
        button(trail.widget, "Level 1").click()
        assert sent == [GoTo(1)]

    def test_search_here_needs_a_brush(self, trail, controls, sent):
        here = button(trail.widget, "Search here")
        trail.render(snapshot(levels=self.levels()[:1]))
        assert here.disabled
        assert "Drag over the dots" in here.tooltip
        controls.brush({"learning_rate": (2e-3, 1e-2), "activation": ("selu",)})
        trail.render(snapshot(levels=self.levels()[:1]))
        assert not here.disabled
        assert "learning_rate 2.00e-3 … 1.00e-2, activation selu" in words(trail.widget)
        here.click()
        (zoom,) = sent
        assert isinstance(zoom, Zoom)
        assert zoom.bounds["activation"] == ("selu",)

    def test_suggesting_needs_trials(self, trail, controls, sent):
        suggest = button(trail.widget, "Suggest")
        for n, is_greyed in ((0, True), (3, True), (4, False)):
            seen = snapshot(
                *(trial(i, [[1 / (1 + i)]], n_neurons=1 + i) for i in range(n)),
                levels=self.levels()[:1],
            )
            controls.render(seen)
            trail.render(seen)
            assert suggest.disabled is is_greyed
        suggest.click()
        assert sent == [Suggest()]

    def test_an_answer_is_about_the_ranges_shown(self, trail, controls):
        seen = snapshot(levels=self.levels()[:1])
        controls.brush({"n_neurons": (2, 4)})
        trail.say("The box around the best.")
        trail.render(seen)
        assert "The box around the best." in words(trail.widget)
        controls.brush({"n_neurons": (2, 5)})
        trail.render(seen)
        assert "The box around the best." not in words(trail.widget)

    def test_reason_when_nothing_can_be_trained(self, trail, controls):
        controls.brush({"n_neurons": (2, 4)})
        trail.render(snapshot(levels=self.levels(), level=2, cannot_train="Only to <look>."))
        assert button(trail.widget, "Search here").tooltip == "Only to <look>."
        assert button(trail.widget, "Level 1").disabled


class TestLab:
    @pytest.fixture
    def study(self):
        made = paper_study(space={"n_neurons": (1, 8), "learning_rate": Float(0.01, 1, log=True)})
        yield made
        made.close()

    @pytest.fixture
    def lab(self, study):
        made = Lab(study)
        yield made
        made.close()

    def slider(self, lab):
        ranges = [w for w in tree(lab.controls) if "tw-range" in getattr(w, "_dom_classes", ())]
        return next(w for w in ranges if hasattr(w, "min"))

    def brush(self, lab, low, high):
        eventually(lambda: self.slider(lab).max == 8)  # once the strip is that of level 1
        self.slider(lab).value = (low, high)
        eventually(lambda: not button(lab.trail, "Search here").disabled)

    def test_search_here_opens_a_level_and_searches_it(self, lab, study):
        labelled(lab.search_box, "trials").value = 3
        self.brush(lab, 2, 4)
        button(lab.trail, "Search here").click()
        eventually(lambda: len(study.trials) == 3)
        assert study.wait(20)
        assert study.level == 2
        assert {t.level for t in study.trials} == {2}
        assert {t.params["n_neurons"] for t in study.trials} <= {2, 3, 4}
        eventually(lambda: "Level 2: n_neurons 2 … 4" in self.levels(lab))
        # What was brushed is the level now: there is nothing more to zoom into.
        eventually(lambda: button(lab.trail, "Search here").disabled)

    def test_going_back_up_and_branching(self, lab, study):
        labelled(lab.search_box, "trials").value = 1
        self.brush(lab, 2, 4)
        button(lab.trail, "Search here").click()
        eventually(lambda: "Level 2: n_neurons 2 … 4" in self.levels(lab))
        button(lab.trail, "Level 1").click()
        eventually(lambda: study.level == 1)
        self.brush(lab, 6, 8)
        button(lab.trail, "Search here").click()
        eventually(lambda: study.level == 3)
        assert [level.parent for level in study.levels] == [None, 1, 1]
        assert study.space["n_neurons"].low == 6

    def test_suggesting_brushes_and_says_how(self, lab, study):
        study.search("random", n_trials=12, seed=1)
        assert study.wait(20)
        eventually(lambda: not button(lab.trail, "Suggest").disabled)
        button(lab.trail, "Suggest").click()
        eventually(lambda: "best 3 of 12" in words(lab.trail))
        eventually(lambda: not button(lab.trail, "Search here").disabled)
        assert study.level == 1
        assert len(study.trials) == 12

    def levels(self, lab):
        return [
            w.description for w in tree(lab.trail) if "tw-level" in getattr(w, "_dom_classes", ())
        ]
