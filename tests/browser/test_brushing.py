"""The strips and the levels as a Voilà page, used as a person would: brush, search there, go back.

The study trains on paper, so that there is something to brush at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

import tunewidgets as tw
from tests.browser.conftest import trials, wait_for
from tests.browser.looks import clipped, faint, overflowing

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
N_TRIALS = 24

STUDY = """
import sys
sys.path.insert(0, ROOT)
import tunewidgets as tw
from tests.paper import PaperExecutor

def build_model(n_neurons=4, learning_rate=0.01, activation="relu", optimizer="adam"):
    raise AssertionError("nothing is built on paper")

study = tw.Study(
    build_model,
    {
        "n_neurons": (1, 50),
        "learning_rate": tw.Float(1e-3, 1e-1, log=True),
        "activation": ["relu", "tanh", "selu"],
        "optimizer": ["stochastic gradient descent", "adam", "adam with decoupled weight decay"],
    },
    [[1.0]] * 8, [1.0] * 8, validation_split=0.25, executor=PaperExecutor(), storage=FILE,
    name="On paper",
)
study.search("random", n_trials=N_TRIALS, seed=1).wait()
tw.Lab(study)
"""


@pytest.fixture
def open_lab(open_page: Callable[..., str], study_file: Path, page: Page):
    """Open the page of the study with so many trials."""

    def opened(n_trials: int = N_TRIALS) -> None:
        code = STUDY if n_trials else re.sub(r"(?m)^study\.search.*\n", "", STUDY)
        settings = {"ROOT": str(ROOT), "FILE": str(study_file), "N_TRIALS": n_trials}
        open_page("".join(f"{name} = {value!r}\n" for name, value in settings.items()) + code)
        expect(page.get_by_role("button", name="Train these values")).to_be_enabled()

    return opened


def strip(page: Page, name: str) -> Locator:
    """Find a hyperparameter's strip."""
    return page.locator(".tw-strip").filter(has=page.get_by_text(name, exact=True))


def brush(page: Page, name: str, first: float, last: float) -> None:
    """Drag over a strip's chart, between two fractions of its width."""
    strip(page, name).scroll_into_view_if_needed()
    overlay = strip(page, name).locator(".brushintsel .overlay")
    expect(overlay).to_be_visible()
    box = overlay.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + first * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + (first + last) / 2 * box["width"], y, steps=4)
    page.mouse.move(box["x"] + last * box["width"], y, steps=4)
    page.mouse.up()


def selection(page: Page, name: str) -> tuple[float, float]:
    """Give where a strip's brush begins and ends, as fractions of the chart's width."""
    chart = strip(page, name)
    brushed = chart.locator(".brushintsel .selection").bounding_box()
    whole = chart.locator(".brushintsel .overlay").bounding_box()
    first = (brushed["x"] - whole["x"]) / whole["width"]
    return first, first + brushed["width"] / whole["width"]


def levels(file: Path) -> tuple[int, list[int | None]]:
    """Read the present level of the study's file, and the parents of all."""
    view = tw.load(file)
    try:
        return view.level, [level.parent for level in view.levels]
    finally:
        view.close()


def off_line(page: Page, name: str) -> float:
    """Tell by how many pixels the ends of a strip's chart and of its range control differ."""
    control = strip(page, name).locator(".tw-range .noUi-base").bounding_box()
    chart = strip(page, name).locator(".brushintsel .overlay").bounding_box()
    return max(abs(control["x"] - chart["x"]), abs(control["width"] - chart["width"]))


def n_dots(page: Page, name: str, nth: int) -> int:
    """Count the calm dots of a strip: those outside what is brushed (0), or inside (1)."""
    path = strip(page, name).locator("path.line").nth(nth).get_attribute("d") or ""
    return path.count("M")


def read_range(page: Page, name: str) -> tuple[float, float]:
    """Read what a strip's range control says."""
    words = strip(page, name).locator(".tw-range .widget-readout").inner_text()
    low, high = re.findall(r"[\d.]+(?:e-?\d+)?", words)
    return float(low), float(high)


def test_brush_search_here_and_go_back_up(open_lab, page, study_file):
    open_lab()
    brush(page, "learning_rate", 0.5, 0.85)
    wait_for(lambda: 4.5e-2 < read_range(page, "learning_rate")[1] < 5.5e-2, page)
    low, high = read_range(page, "learning_rate")
    assert 9e-3 < low < 1.1e-2
    first, last = selection(page, "learning_rate")
    assert abs(first - 0.5) < 0.02
    assert abs(last - 0.85) < 0.02
    # The other charts show which trials those were.
    n_inside = sum(low <= t.params["learning_rate"] <= high for t in trials(study_file))
    expect(page.locator(".tw-table tbody tr[aria-selected=true]")).to_have_count(n_inside)
    wait_for(lambda: n_dots(page, "n_neurons", 0) < N_TRIALS, page)
    trail = page.locator(".tw-trail")
    trail.get_by_role("button", name="Search here").click()
    second = trail.get_by_role("button", name=re.compile("Level 2: learning_rate"))
    expect(second).to_be_visible()
    wait_for(lambda: len(trials(study_file)) == N_TRIALS + 10, page)
    new = trials(study_file)[N_TRIALS:]
    assert {trial.level for trial in new} == {2}
    assert all(low <= trial.params["learning_rate"] <= high for trial in new)
    # The strip is the level's: its range is whole, and nothing is brushed.
    wait_for(lambda: read_range(page, "learning_rate") == (low, high), page)
    expect(strip(page, "learning_rate").locator(".brushintsel .selection")).to_be_hidden()
    expect(trail.get_by_role("button", name="Search here")).to_be_disabled()
    trail.get_by_role("button", name="Level 1", exact=True).click()
    wait_for(lambda: read_range(page, "learning_rate") == (1e-3, 1e-1), page)
    expect(second).to_be_visible()
    wait_for(lambda: levels(study_file) == (1, [None, 1]), page)


def test_strips_have_room_and_the_keyboard_does_all_that_the_brush_does(open_lab, page):
    open_lab()
    for width in (1920, 900, 480, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        wait_for(lambda: off_line(page, "n_neurons") < 2, page)
        assert clipped(page) == []
        assert overflowing(page) == []
    assert faint(page) == []
    handle = page.get_by_role("slider", name="search n_neurons from", exact=True)
    handle.focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    drawn = strip(page, "n_neurons").locator(".brushintsel .selection")
    expect(drawn).to_be_visible()
    wait_for(lambda: abs(selection(page, "n_neurons")[0] - 9.5 / 49) < 0.02, page)
    chips = page.get_by_role("group", name="search activation", exact=True)
    chips.get_by_role("button", name="selu").focus()
    page.keyboard.press("Space")
    words = page.locator(".tw-next")
    expect(words).to_contain_text("n_neurons 11 … 50, activation relu, tanh")
    page.get_by_role("button", name="Search here").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=re.compile("Level 2"))).to_be_visible()


def test_clear_a_brush_click_a_column_and_take_a_suggestion(open_lab, page):
    open_lab()
    brush(page, "n_neurons", 0.2, 0.6)
    wait_for(lambda: read_range(page, "n_neurons") != (1, 50), page)
    overlay = strip(page, "n_neurons").locator(".brushintsel .overlay").bounding_box()
    page.mouse.click(overlay["x"] + 0.9 * overlay["width"], overlay["y"] + 20)
    wait_for(lambda: read_range(page, "n_neurons") == (1, 50), page)
    strip(page, "activation").scroll_into_view_if_needed()
    column = strip(page, "activation").locator(".tw-strip-chart").bounding_box()
    page.mouse.click(column["x"] + column["width"] / 2, column["y"] + 15)
    chips = page.get_by_role("group", name="search activation", exact=True)
    expect(chips.get_by_role("button", name="tanh")).to_have_attribute("aria-pressed", "false")
    brush(page, "optimizer", 0.1, 0.4)
    chips = page.get_by_role("group", name="search optimizer", exact=True)
    wait_for(lambda: chips.locator(".mod-active").count() == 2, page)
    page.get_by_role("button", name="Suggest").click()
    expect(page.locator(".tw-trail")).to_contain_text("best 6 of 23 complete trials")
    wait_for(lambda: read_range(page, "n_neurons")[1] < 30, page)
    expect(page.get_by_role("button", name=re.compile("Level"))).to_have_count(1)


def test_before_there_are_trials_the_strips_are_low(open_lab, page):
    open_lab(0)
    expect(strip(page, "n_neurons").locator(".tw-strip-chart")).to_be_hidden()
    assert strip(page, "n_neurons").bounding_box()["height"] < 80
    page.get_by_role("button", name="Train these values").click()
    expect(strip(page, "n_neurons").locator(".tw-strip-chart")).to_be_visible()
    expect(strip(page, "n_neurons").locator(".dot")).to_have_count(1)
