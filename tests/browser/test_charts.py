"""The charts behind the tabs as a Voilà page: one selection everywhere, the table, the files."""

from __future__ import annotations

import csv
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import pytest
import serve
from playwright.sync_api import Page, expect

from tests.browser.conftest import wait_for
from tests.browser.looks import clipped, overflowing

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

STUDY = """
import sys
sys.path.insert(0, ROOT)
import tunewidgets as tw
from tests.paper import PaperExecutor

def build_model(n_neurons=4, learning_rate=0.01, activation="relu"):
    raise AssertionError("nothing is built on paper")

study = tw.Study(
    build_model,
    {
        "n_neurons": (1, 50),
        "learning_rate": tw.Float(1e-3, 1e-1, log=True),
        "activation": ["relu", "tanh", "selu"],
    },
    [[1.0]] * 8, [1.0] * 8, validation_split=0.25, executor=PaperExecutor(), name="On paper",
)
study.search("random", n_trials=30, seed=1).wait()
tw.Lab(study)
"""


CELL = f"ROOT = {str(ROOT)!r}\n{STUDY}"


def show(page: Page, title: str) -> None:
    """Press a tab, and wait for its figure."""
    page.get_by_role("tab", name=title).click()
    figure = page.locator(".tw-tab-panel:visible .tw-figure")
    expect(figure).to_be_visible()
    wait_for(lambda: figure.locator("svg path, svg rect").count() > 10, page)


def expect_selected(page: Page, is_so: Callable[[int], bool]) -> None:
    """Look into the run list, which is drawn once its tab is pressed."""
    page.get_by_role("tab", name="Runs").click()
    rows = page.locator(".tw-runs tbody tr[aria-selected=true]")
    wait_for(lambda: is_so(rows.count()), page)


def test_one_selection_in_every_chart_and_each_can_be_taken_away(open_page, page, tmp_path):
    open_page(CELL)
    expect(page.locator(".tw-runs tbody tr")).to_have_count(30)
    show(page, "Values")
    dots = page.locator(".tw-tab-panel:visible .tw-figure .dot")
    wait_for(lambda: dots.count() >= 30, page)
    dots.nth(3).click()
    expect_selected(page, lambda n: n == 1)
    show(page, "Parameters")
    box = page.locator(".tw-tab-panel:visible .tw-figure").bounding_box()
    page.mouse.move(box["x"] + 24, box["y"] + 44)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.12 * box["width"], box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    expect_selected(page, lambda n: n > 1)
    show(page, "Heat map")
    expect(page.locator(".tw-heat .heatmapcell").first).to_be_attached()
    page.get_by_role("tab", name="Heat map").press("ArrowRight")
    expect(page.get_by_role("tab", name="Importance")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_text("complete trials")).to_be_visible()
    page.keyboard.press("Home")
    expect(page.get_by_role("tabpanel", name="Runs")).to_be_visible()
    assert clipped(page) == []
    assert overflowing(page) == []
    take_away(page, tmp_path)


def take_away(page: Page, folder: Path) -> None:
    """Have a chart as a table, as pictures, and as data."""
    show(page, "Values")
    panel = page.get_by_role("tabpanel", name="Values")
    panel.get_by_role("button", name="Values as a table").click()
    expect(panel.locator(".tw-twin-table tbody tr")).to_have_count(30)
    expect(panel.get_by_role("columnheader", name="best so far")).to_be_visible()
    panel.get_by_role("button", name="Values as a table").click()
    for kind in ("PNG", "SVG", "CSV"):
        with page.expect_download() as download:
            panel.get_by_role("button", name=kind).click()
        download.value.save_as(folder / f"values.{kind.lower()}")
        assert download.value.suggested_filename == f"values.{kind.lower()}"
    assert (folder / "values.png").read_bytes().startswith(b"\x89PNG")
    drawn = ElementTree.parse(folder / "values.svg").getroot()  # noqa: S314 - our own
    assert len(drawn.findall(".//{http://www.w3.org/2000/svg}path")) > 30
    assert "var(" not in (folder / "values.svg").read_text()
    rows = list(csv.DictReader((folder / "values.csv").read_text().splitlines()))
    assert len(rows) == 30
    values = [float(row["val_loss"]) for row in rows if row["val_loss"]]
    assert float(rows[-1]["best so far"]) == min(values)


def press(page: Page, name: str, key: str, times: int = 1) -> None:
    """Move a slider's handle by its keys; it is seen to have the focus."""
    handle = page.get_by_role("slider", name=name, exact=True)
    handle.focus()
    for _ in range(times):
        page.keyboard.press(key)
    assert handle.evaluate("handle => getComputedStyle(handle).outlineStyle") == "solid"


def test_the_keyboard_brushes_axes_and_cells_in_the_dark(page, tmp_path):
    notebook = serve.write_notebook(tmp_path / "lab.ipynb", [CELL])
    with serve.lab(notebook, theme="dark") as address:
        page.goto(address)
        expect(page.locator(".tw-runs tbody tr")).to_have_count(30)
        expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
        show(page, "Parameters")
        page.get_by_label("axis to select by", exact=True).select_option("n_neurons")
        press(page, "select n_neurons to", "ArrowLeft", 30)
        panel = page.locator(".tw-tab-panel:visible")
        expect(panel.locator(".brushintsel .selection")).to_be_visible()
        expect_selected(page, lambda n: 0 < n < 15)
        show(page, "Heat map")
        press(page, "select learning_rate to", "ArrowLeft", 5)
        press(page, "select n_neurons from", "End")
        outline = page.locator(
            ".tw-tab-panel:visible .tw-figure path.line[stroke-width='2.5'], "
            ".tw-tab-panel:visible .tw-figure path.line[style*='2.5']"
        )
        expect(outline).to_be_visible()
        expect_selected(page, lambda n: 0 < n < 5)
        assert clipped(page) == []
