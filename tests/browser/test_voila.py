"""The lab as a Voilà page, used as a person would."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import (
    pause_and_resume,
    rows,
    search_with_folds,
    stop_search,
    study_cell,
    trials,
    wait_for,
)
from tests.browser.looks import clipped, faint, has_two_columns, overflowing
from tunewidgets.trial import State

pytestmark = pytest.mark.slow

COLD = 'import os; os.environ["TUNEWIDGETS_WARM"] = "0"  # nothing is trained here'

FEW_SAMPLES = f"""
{COLD}
few = tw.Study(build_model, {{"n_neurons": (1, 5)}}, x[:8], y[:8], validation_data=(x, y), epochs=3)
tw.Lab(few)
"""


LONG = "the_rate_of_the_dropout_layer_after_the_last_hidden_layer"

MANY_KINDS = f"""
{COLD}

def build_many(n_neurons=8, depth=1, rate=1e-2, norm=False, units=10, optimizer="adam", {LONG}=0.2):
    raise ValueError("nobody trains this")

space = {{
    "n_neurons": (1, 50), "depth": [0, 1, 2], "rate": tw.Float(1e-3, 1e-1, log=True),
    "norm": [False, True], "units": list(range(10, 110, 10)), "{LONG}": (0.0, 0.5),
    "optimizer": ["adam", "stochastic gradient descent", "adam with decoupled weight decay"],
    "batch_size": [16, 32],
}}
many = tw.Study(build_many, space, x, y, validation_split=0.25, patience=5)
tw.Lab(many)
"""

NAMED = [
    ("slider", "search n_neurons from"),
    ("slider", "search n_neurons to"),
    ("group", "depth"),
    ("group", "search depth"),
    ("slider", "rate"),
    ("textbox", "rate"),
    ("slider", "search rate from"),
    ("checkbox", "norm"),
    ("button", "pin norm"),
    ("slider", "units"),
    ("slider", LONG),
    ("combobox", "optimizer"),
    ("group", "batch_size"),
    ("spinbutton", "epochs"),
    ("spinbutton", "patience"),
    ("combobox", "sampler"),
    ("spinbutton", "trials"),
    ("combobox", "folds"),
    ("spinbutton", "seed"),
    ("combobox", "metric"),
    ("group", "axis"),
]
"""Role and accessible name of what a person can set."""


@pytest.fixture
def open_lab(open_page: Callable[..., str], study_file: Path, page: Page):
    """Open the page of a study of a kind."""

    def opened(shown: str = "tw.Lab(study)", *, kept: bool = True, **options) -> str:
        address = open_page(study_cell(study_file if kept else None, **options), shown)
        expect(page.get_by_role("button", name="Train these values").first).to_be_enabled()
        return address

    return opened


def curve_lengths(page: Page) -> list[int]:
    """Count the points of every curve drawn."""
    paths = page.locator(".tw-lab .bqplot path.line, .tw-lab svg path.curve")
    drawn = [path.get_attribute("d") or "" for path in paths.all()]
    return [len(re.findall(r"[ML]", path)) for path in drawn]


def test_train_and_watch_see_why_one_failed_and_stop_another(open_lab, page, study_file):
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda said: sent.append(str(said))))
    open_lab(epochs=40, epoch_s=0.05, activations=("relu", "tanh", "broken"))
    move_a_slider_train_and_watch_the_curve_grow(page, study_file, sent)
    a_failing_builder_is_shown_in_words_and_the_others_go_on(page, study_file)
    selecting_a_row_loads_its_values_and_stops_it(page, study_file)


def move_a_slider_train_and_watch_the_curve_grow(page, study_file, sent):
    expect(page.get_by_text("Press Train")).to_be_visible()
    page.get_by_role("slider", name="n_neurons", exact=True).focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    # ipywidgets keeps a value back while the one before is under way, and a click overtakes it.
    wait_for(lambda: any('"value":13' in said for said in sent), page)
    page.get_by_role("button", name="Train these values").click()
    expect(rows(page, "running")).to_have_count(1)
    wait_for(lambda: max(curve_lengths(page), default=0) >= 3, page)
    seen = max(curve_lengths(page))
    wait_for(lambda: max(curve_lengths(page)) > seen, page)
    expect(rows(page, "complete")).to_have_count(1)
    wait_for(lambda: trials(study_file)[0].state is State.COMPLETE, page)
    (trial,) = trials(study_file)
    assert trial.params["n_neurons"] == 8 + 5
    assert trial.origin == "person"
    assert trial.epochs == 40
    expect(rows(page, "complete")).to_contain_text(f"{trial.value:.4g}")


def a_failing_builder_is_shown_in_words_and_the_others_go_on(page, study_file):
    activation = page.get_by_role("group", name="activation", exact=True)
    activation.get_by_role("button", name="broken").click()
    page.get_by_role("button", name="Train these values").click()
    expect(rows(page, "failed")).to_have_count(1)
    page.get_by_role("button", name="Why did #1 fail?").click()
    told = page.locator(".tw-why [role=alert]")
    expect(told).to_contain_text("ValueError: no <b>such</b> activation")
    page.locator(".tw-why summary").click()
    expect(page.locator(".tw-why pre")).to_contain_text("in build_model")
    activation.get_by_role("button", name="tanh").click()
    page.get_by_role("button", name="Train these values").click()
    expect(rows(page, "complete")).to_have_count(2)
    wait_for(lambda: len(trials(study_file)) == 3, page)
    assert trials(study_file)[1].error == "ValueError: no <b>such</b> activation"


def selecting_a_row_loads_its_values_and_stops_it(page, study_file):
    epochs = page.get_by_role("spinbutton", name="epochs", exact=True)
    epochs.fill("100000")
    epochs.press("Enter")
    page.get_by_role("button", name="Train these values").click()
    row = rows(page, "running")
    row.click()
    expect(row).to_have_attribute("aria-selected", "true")
    page.get_by_role("button", name="Use these values").click()
    expect(page.get_by_text("values of #3")).to_be_visible()
    page.locator(".tw-table-head").get_by_role("button", name="Stop").click()
    expect(rows(page, "stopped")).to_have_count(1)
    wait_for(lambda: trials(study_file)[3].state is State.STOPPED, page)
    assert trials(study_file)[3].epochs > 0


def test_the_first_run_moves_no_button_on_a_low_page(open_lab, page):
    open_lab(kept=False)  # on a higher one the strips get their charts beneath each other
    buttons = [
        page.get_by_role("button", name=name, exact=True)
        for name in ("Train these values", "Search", "Search here")
    ]
    buttons[0].scroll_into_view_if_needed()
    before = [button.bounding_box() for button in buttons]

    buttons[0].click()

    expect(rows(page, "complete")).to_have_count(1)
    expect(page.locator(".tw-estimate")).to_contain_text("1 done")
    expect(page.locator(".tw-answer")).to_contain_text("the best so far")
    assert [button.bounding_box() for button in buttons] == before


TAKEN_OUT = """
() => {
  const body = document.querySelector(".tw-table tbody");
  window.takenOut = new Set();
  new MutationObserver((changes) => {
    for (const { removedNodes } of changes)
      for (const row of removedNodes) window.takenOut.add(row.dataset.number);
  }).observe(body, { childList: true });
}
"""


def test_a_row_whose_run_ends_keeps_the_focus_and_moves_no_other(open_lab, page):
    open_lab(epochs=30, epoch_s=0.05, kept=False)
    train = page.get_by_role("button", name="Train these values")
    train.click()
    expect(rows(page, "complete")).to_have_count(1)
    rate = page.get_by_role("textbox", name="learning_rate", exact=True)
    rate.fill("0.001")
    rate.press("Enter")
    train.click()
    rows(page, "running").click()
    page.mouse.move(0, 0)
    page.evaluate(TAKEN_OUT)

    expect(rows(page, "complete")).to_have_count(2)

    assert page.locator(".tw-table tbody tr").all_inner_texts()[1].split("\t")[:2] == ["2", "1"]
    assert page.evaluate("document.activeElement.dataset.number") == "1"
    assert page.evaluate("[...window.takenOut]") == ["1"]


def test_search_with_folds_pause_resume_and_stop(open_lab, page, study_file):
    open_lab(epochs=20, epoch_s=0.05)
    box = search_with_folds(page)
    pause_and_resume(page, box, study_file)
    stop_search(page, box, study_file)


def test_every_control_has_its_name_and_room_for_it(open_lab, page):
    open_lab(MANY_KINDS)
    expect(page.get_by_role("slider", name="n_neurons", exact=True)).to_have_count(1)
    for role, name in NAMED:
        expect(page.get_by_role(role, name=name, exact=True)).to_have_count(1)
    readout = page.get_by_role("textbox", name="n_neurons", exact=True)
    readout.fill("17")
    readout.press("Enter")
    expect(page.get_by_role("slider", name="n_neurons", exact=True)).to_have_attribute(
        "aria-valuetext", "17"
    )
    choice = page.get_by_role("group", name="depth", exact=True).get_by_role("button", name="2")
    choice.click()
    expect(choice).to_have_attribute("aria-pressed", "true")
    for width in (1920, 1280, 900):
        page.set_viewport_size({"width": width, "height": 800})
        wait_for(lambda: has_two_columns(page) is (width > 900), page)  # noqa: B023 - called at once
        assert clipped(page) == []
        assert overflowing(page) == []
    assert faint(page) == []


TWO_LABS = "import ipywidgets\nipywidgets.VBox([tw.Lab(study), tw.Lab(study)])"


def test_two_labs_of_a_study_stay_in_step_and_a_reloaded_page_begins_anew(open_lab, page):
    address = open_lab(TWO_LABS, kept=False, epochs=3)
    buttons = page.get_by_role("button", name="Train these values")
    expect(buttons).to_have_count(2)
    buttons.nth(1).click()
    expect(rows(page, "complete")).to_have_count(2)
    page.goto(address)
    expect(buttons.first).to_be_enabled()
    expect(page.get_by_text(re.compile("Press Train")).first).to_be_visible()
    expect(rows(page, "complete")).to_have_count(0)


def test_bad_input_is_told_beside_its_control(open_lab, page):
    open_lab(FEW_SAMPLES)
    box = page.locator(".tw-search")
    box.get_by_label("folds", exact=True).select_option(label="10 folds")
    expect(page.locator(".tw-search [role=alert]")).to_contain_text("at most the number of samples")
    expect(box.get_by_role("button", name="Search", exact=True)).to_be_disabled()
    box.get_by_label("folds", exact=True).select_option(label="2 folds")
    expect(page.locator(".tw-search [role=alert]")).to_have_count(0)
    expect(box.get_by_role("button", name="Search", exact=True)).to_be_enabled()
