"""The lab as a Voilà page, used as a person would."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path

import pytest
import serve
from playwright.sync_api import Page, expect

from tests.browser.conftest import study_cell, trials, wait_for
from tunewidgets.trial import State

pytestmark = pytest.mark.slow

FEW_SAMPLES = """
few = tw.Study(build_model, {"n_neurons": (1, 5)}, x[:8], y[:8], validation_data=(x, y), epochs=3)
tw.Lab(few)
"""


@pytest.fixture
def open_lab(tmp_path: Path, study_file: Path, page: Page, servers: ExitStack):
    """Serve a study of a kind, and open its page."""

    def opened(shown: str = "tw.Lab(study)", *, kept: bool = True, **options) -> str:
        cells = [study_cell(study_file if kept else None, **options), shown]
        notebook = serve.write_notebook(tmp_path / "lab.ipynb", cells)
        address = servers.enter_context(serve.lab(notebook))
        page.goto(address)
        expect(page.get_by_role("button", name="Train these values").first).to_be_enabled()
        return address

    return opened


def rows(page: Page, text: str):
    return page.locator(".tw-table tbody tr").filter(has_text=text)


def field(page: Page, label: str):
    """Find the control below a small label."""
    boxes = page.locator(".tw-field").filter(has=page.get_by_text(label, exact=True))
    return boxes.locator("input, select").first


def curve_lengths(page: Page) -> list[int]:
    """Count the points of every curve drawn."""
    paths = page.locator(".tw-lab .bqplot path.line, .tw-lab svg path.curve")
    drawn = [path.get_attribute("d") or "" for path in paths.all()]
    return [len(re.findall(r"[ML]", path)) for path in drawn]


def test_move_a_slider_train_and_watch_the_curve_grow(open_lab, page, study_file):
    open_lab(epochs=40)
    expect(page.get_by_text("Press Train")).to_be_visible()
    slider = page.get_by_role("slider").first
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
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


def test_search_with_folds_pause_resume_and_stop(open_lab, page, study_file):
    open_lab(epochs=60)
    field(page, "trials").fill("4")
    field(page, "folds").select_option(label="2 folds")
    box = page.locator(".tw-search")
    box.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_text(re.compile("of 8 runs"))).to_be_visible()
    wait_for(lambda: any(trial.state is State.COMPLETE for trial in trials(study_file)), page)
    box.get_by_role("button", name="Pause").click()
    expect(page.locator(".tw-word")).to_have_text("paused")
    paused = trials(study_file)
    assert len(paused) < 4
    box.get_by_role("button", name="Resume").click()
    wait_for(lambda: len(trials(study_file)) > len(paused), page)
    box.get_by_role("button", name="Stop").click()
    expect(page.locator(".tw-word")).to_have_text("idle")
    wait_for(lambda: all(trial.state.is_finished for trial in trials(study_file)), page)
    ended = trials(study_file)
    assert {trial.origin for trial in ended} == {"random-1"}
    assert {trial.folds for trial in ended} == {2}
    assert State.COMPLETE in {trial.state for trial in ended}
    assert all(run.epochs for trial in ended if trial.state is State.COMPLETE for run in trial.runs)


def test_a_failing_builder_is_shown_in_words_and_the_others_go_on(open_lab, page, study_file):
    open_lab(epochs=3, activations=("relu", "tanh", "broken"))
    page.get_by_role("button", name="broken").or_(
        page.get_by_role("radio", name="broken")
    ).first.click()
    page.get_by_role("button", name="Train these values").click()
    expect(rows(page, "failed")).to_have_count(1)
    page.get_by_role("button", name="Why did #0 fail?").click()
    told = page.locator(".tw-why [role=alert]")
    expect(told).to_contain_text("ValueError: no <b>such</b> activation")
    page.locator(".tw-why summary").click()
    expect(page.locator(".tw-why pre")).to_contain_text("in build_model")
    page.get_by_role("button", name="tanh").or_(
        page.get_by_role("radio", name="tanh")
    ).first.click()
    page.get_by_role("button", name="Train these values").click()
    expect(rows(page, "complete")).to_have_count(1)
    wait_for(lambda: len(trials(study_file)) == 2, page)
    assert trials(study_file)[0].error == "ValueError: no <b>such</b> activation"


def test_selecting_a_row_loads_its_values_and_stops_it(open_lab, page, study_file):
    open_lab(epochs=100_000)
    page.get_by_role("button", name="Train these values").click()
    row = rows(page, "running")
    row.click()
    expect(row).to_have_attribute("aria-selected", "true")
    page.get_by_role("button", name="Use these values").click()
    expect(page.get_by_text("values of #0")).to_be_visible()
    page.locator(".tw-table-head").get_by_role("button", name="Stop").click()
    expect(rows(page, "stopped")).to_have_count(1)
    wait_for(lambda: trials(study_file)[0].state is State.STOPPED, page)
    assert trials(study_file)[0].epochs > 0


def test_two_labs_of_a_study_stay_in_step(open_lab, page):
    open_lab("import ipywidgets\nipywidgets.VBox([tw.Lab(study), tw.Lab(study)])", epochs=3)
    buttons = page.get_by_role("button", name="Train these values")
    expect(buttons).to_have_count(2)
    buttons.nth(1).click()
    expect(rows(page, "complete")).to_have_count(2)


def test_bad_input_is_told_beside_its_control(open_lab, page):
    open_lab(FEW_SAMPLES)
    field(page, "folds").select_option(label="10 folds")
    page.locator(".tw-search").get_by_role("button", name="Search", exact=True).click()
    expect(page.locator(".tw-search [role=alert]")).to_contain_text("at most the number of samples")
    expect(page.locator(".tw-table tbody tr")).to_have_count(0)


def test_a_reloaded_page_is_a_new_lab(open_lab, page):
    address = open_lab(kept=False, epochs=3)
    page.get_by_role("button", name="Train these values").click()
    expect(rows(page, "complete")).to_have_count(1)
    page.goto(address)
    expect(page.get_by_role("button", name="Train these values")).to_be_enabled()
    expect(page.get_by_text(re.compile("Press Train"))).to_be_visible()
