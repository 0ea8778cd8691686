"""The lab in JupyterLab: run the notebook, train while a cell is busy, reload the page."""

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

BUSY = "import time\nfor _ in range(400): time.sleep(0.1)"


@pytest.fixture
def _notebook(tmp_path: Path, study_file: Path, page: Page, servers: ExitStack) -> None:
    """A notebook with a study's lab, opened and run."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    cells = [study_cell(study_file, epochs=40), "tw.Lab(study)", BUSY]
    serve.write_notebook(folder / "lab.ipynb", cells)
    address = servers.enter_context(serve.jupyterlab(folder))
    page.goto(f"{address}/lab/tree/lab.ipynb")
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()
    page.locator(".jp-Notebook .jp-CodeCell").first.click()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator(".lm-Menu-item[data-command='runmenu:run-all']").click()
    expect(page.get_by_role("button", name="Train these values")).to_be_enabled()


def rows(page: Page, text: str):
    return page.locator(".tw-table tbody tr").filter(has_text=text)


@pytest.mark.usefixtures("_notebook")
def test_train_while_a_cell_is_busy_and_reload(page, study_file):
    expect(page.get_by_text(re.compile("Press Train"))).to_be_visible()
    expect(page.locator(".jp-InputPrompt").filter(has_text="[*]")).to_have_count(1)
    page.get_by_role("button", name="Train these values").click()
    expect(rows(page, "complete")).to_have_count(1)
    expect(page.locator(".jp-InputPrompt").filter(has_text="[*]")).to_have_count(1)  # still busy
    wait_for(lambda: trials(study_file)[0].state is State.COMPLETE, page)
    assert trials(study_file)[0].epochs == 40
    outputs = page.locator(".jp-OutputArea-output").all_inner_texts()
    assert not any("Traceback" in text or "Warning" in text for text in outputs)
    page.locator(".jp-Notebook .jp-CodeCell").first.click()
    page.keyboard.press("Control+s")
    expect(page.locator(".jp-Notebook")).to_be_visible()
    expect(page.locator(".lm-TabBar-tab.jp-mod-dirty")).to_have_count(0)
    page.reload()
    expect(rows(page, "complete")).to_have_count(1)
