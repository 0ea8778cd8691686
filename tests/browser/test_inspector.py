"""The inspector and the take-away buttons on a Voilà page, and files opened by their readers."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import SCREENSHOTS, rows, study_cell, trials
from tests.browser.looks import clipped, faint, overflowing

pytestmark = pytest.mark.slow

CELLS = """
study.enqueue({"n_neurons": 8})
study.enqueue({"n_neurons": 40, "learning_rate": 0.05})
tw.Lab(study)
"""


@pytest.fixture
def lab_page(open_page: Callable[..., str], study_file: Path, page: Page) -> Page:
    """A page with two complete runs."""
    open_page(study_cell(study_file, epochs=15, n_workers=1), CELLS)
    expect(rows(page, "complete")).to_have_count(2)
    return page


def saved(page: Page, words: str, folder: Path) -> Path:
    """Press a button that saves a file, and give the file."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=words, exact=True).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def test_inspect_compare_and_take_away(lab_page, study_file, tmp_path, browser):
    page = lab_page
    inspector = page.locator(".tw-inspector")
    expect(inspector).to_contain_text("the best")
    rows(page, "complete").nth(1).click()
    expect(inspector).to_contain_text("place 2 of 2")
    expect(inspector.locator("svg").first).to_be_visible()
    expect(inspector).to_contain_text("weights")
    inspector.get_by_text("The model: ").click()
    expect(inspector.locator("pre")).to_contain_text("Dense")
    page.keyboard.down("Control")
    rows(page, "complete").nth(0).click()
    page.keyboard.up("Control")
    side = inspector.locator(".tw-compare")
    expect(side.locator("tbody tr").first).to_have_class("tw-differs")
    expect(side).to_contain_text("val_loss")
    for width in (1920, 1280, 900):
        page.set_viewport_size({"width": width, "height": 800})
        assert clipped(page) == []
        assert overflowing(page) == []
    assert faint(page) == []
    take_away(page, study_file, tmp_path, browser)


def take_away(page: Page, study_file: Path, folder: Path, browser: Browser) -> None:
    """Save everything there is, and open it as its readers do."""
    table = saved(page, "Trials as CSV", folder)
    with table.open(encoding="utf-8", newline="") as lines:
        read = list(csv.DictReader(lines))
    assert [float(row["value"]) for row in read] == [t.value for t in trials(study_file)]
    page.get_by_role("button", name="Code", exact=True).click()
    shown = page.locator(".tw-code pre")
    expect(shown).to_contain_text("def build_model(")
    compile(shown.inner_text(), "pasted", "exec")
    report = saved(page, "Report", folder)
    opens_offline(report, browser, "light")
    opens_offline(report, browser, "dark")
    opens_in_keras(saved(page, "Best model", folder), study_file)
    expect(page.locator(".tw-shelf .tw-line")).to_contain_text("Saved a-small-study-trial-")


def opens_offline(report: Path, browser: Browser, scheme: str) -> None:
    """Open a report without a network."""
    asked: list[str] = []
    context = browser.new_context(offline=True, color_scheme=scheme)
    opened = context.new_page()
    opened.on("console", lambda message: asked.append(message.text))
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(report.as_uri())
    expect(opened.get_by_role("heading", name="A small study")).to_be_visible()
    assert opened.locator("svg[role=img]").count() >= 5
    assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
    SCREENSHOTS.mkdir(exist_ok=True)
    opened.screenshot(path=SCREENSHOTS / f"report-{scheme}.png", full_page=True)
    context.close()
    assert asked == [report.as_uri()]


def opens_in_keras(path: Path, study_file: Path) -> None:
    """Load a model's file, and see that it is the best trial's."""
    import keras

    best = min(trials(study_file), key=lambda trial: trial.value)
    model = keras.models.load_model(path, safe_mode=True)
    assert model.count_params() == best.runs[0].n_weights
