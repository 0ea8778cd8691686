"""The lab in JupyterLab: a busy cell, reloads, restarts, themes, and pages that were closed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import serve
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

BUSY = "import os, time\nwhile not os.path.exists({!r}): time.sleep(0.1)"

IMPATIENT = """
from tunewidgets.widgets import audience
audience.ASK_S, audience.SILENCE_S = 0.5, 1.5
"""


@pytest.fixture(scope="module")
def jupyterlab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """One server for all notebooks: its folder and its address."""
    folder = tmp_path_factory.mktemp("notebooks")
    with ExitStack() as stack:
        yield folder, stack.enter_context(serve.jupyterlab(folder))


@pytest.fixture
def open_notebook(
    jupyterlab: tuple[Path, str], page: Page, request: pytest.FixtureRequest
) -> Iterator[Callable[..., None]]:
    """Open a notebook of some cells, and run it."""
    folder, address = jupyterlab

    def opened(*cells: str) -> None:
        name = f"{request.node.name}.ipynb"
        serve.write_notebook(folder / name, cells)
        page.goto(f"{address}/lab/tree/{name}?reset")  # with no tabs from before
        expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()
        page.locator(".jp-Notebook .jp-CodeCell").first.click()
        choose(page, "Run", "runmenu:run-all")
        expect(page.get_by_role("button", name="Train these values")).to_be_enabled()

    yield opened
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    for kernel in kernels(page, address):
        where, mine = f"{address}/api/kernels/{kernel['id']}", {"X-XSRFToken": cookies["_xsrf"]}
        assert page.request.delete(where, headers=mine).ok


def choose(page: Page, menu: str, command: str) -> None:
    """Choose from a menu."""
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.locator(f".lm-Menu-item[data-command='{command}']").click()


def save(page: Page) -> None:
    """Save the notebook with what its cells show."""
    page.locator(".jp-Notebook .jp-CodeCell").first.click()
    page.keyboard.press("Control+s")
    expect(page.locator(".lm-TabBar-tab.jp-mod-dirty")).to_have_count(0)


def kernels(page: Page, address: str) -> list[dict]:
    """Ask the server about its kernels."""
    return page.request.get(f"{address}/api/kernels").json()


def test_train_while_a_cell_is_busy_in_both_themes_and_reload(
    open_notebook, page, study_file, tmp_path
):
    done, activations = tmp_path / "done", ("relu", "tanh", "broken")
    open_notebook(
        study_cell(study_file, epochs=40, activations=activations),
        'tw.Lab(study, note="A note")',
        BUSY.format(str(done)),
    )
    expect(page.get_by_text(re.compile("Press Train"))).to_be_visible()
    expect(page.locator(".jp-InputPrompt").filter(has_text="[*]")).to_have_count(1)
    page.get_by_role("button", name="Train these values").click()
    expect(rows(page, "complete")).to_have_count(1)
    expect(page.locator(".jp-InputPrompt").filter(has_text="[*]")).to_have_count(1)  # still busy
    wait_for(lambda: trials(study_file)[0].state is State.COMPLETE, page)
    assert trials(study_file)[0].epochs == 40
    outputs = page.locator(".jp-OutputArea-output").all_inner_texts()
    assert not any("Traceback" in text or "Warning" in text for text in outputs)
    activation = page.get_by_role("group", name="activation", exact=True)
    activation.get_by_role("button", name="broken").click()
    page.get_by_role("button", name="Train these values").click()
    expect(rows(page, "failed")).to_have_count(1)
    assert faint(page) == []
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    for choice in ("Theme", "JupyterLab Dark"):
        page.locator(".lm-Menu-itemLabel").get_by_text(choice, exact=True).click()
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    assert faint(page) == []
    for width, is_wide in ((1920, True), (1280, False), (900, False)):
        page.set_viewport_size({"width": width, "height": 800})
        wait_for(lambda: has_two_columns(page) is is_wide, page)  # noqa: B023 - called at once
        assert clipped(page) == []
        assert overflowing(page) == []
    save(page)
    done.touch()
    page.reload()
    expect(rows(page, "complete")).to_have_count(1)


def test_search_pauses_goes_on_after_a_restart_and_stops(open_notebook, page, study_file):
    open_notebook(study_cell(study_file, epochs=20, epoch_s=0.05), "tw.Lab(study)")
    pause_and_resume(page, search_with_folds(page), study_file)
    wait_for(lambda: any(trial.state is State.RUNNING for trial in trials(study_file)), page)
    choose(page, "Run", "runmenu:restart-and-run-all")
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    go_on = page.get_by_role("button", name="Continue unfinished")
    expect(go_on).to_be_visible()
    expect(page.locator(".tw-word")).to_have_text("paused")
    before = trials(study_file)
    go_on.click()
    expect(go_on).to_be_hidden()
    expect(page.locator(".tw-notice")).to_have_count(0)
    wait_for(lambda: n_complete(trials(study_file)) > n_complete(before), page)
    stop_search(page, page.locator(".tw-search"), study_file)


def n_complete(found: list) -> int:
    return sum(trial.state is State.COMPLETE for trial in found)


def test_a_closed_page_is_not_drawn_for_until_it_is_back(
    open_notebook, page, study_file, jupyterlab
):
    def last_activity() -> str:
        (kernel,) = kernels(page, jupyterlab[1])
        return kernel["last_activity"]

    def is_quiet() -> bool:
        seen, epochs = last_activity(), trials(study_file)[0].epochs
        wait_for(lambda: trials(study_file)[0].epochs > epochs + 10, page)
        return last_activity() == seen

    open_notebook(IMPATIENT + study_cell(study_file, epochs=100_000, epoch_s=0.05), "tw.Lab(study)")
    page.get_by_role("button", name="Train these values").click()
    expect(rows(page, "running")).to_have_count(1)
    page.wait_for_timeout(2000)  # longer than a page may be silent, but this one answers
    assert not is_quiet()
    save(page)
    notebook = page.url
    page.goto("about:blank")
    wait_for(is_quiet, page)
    page.goto(notebook)
    expect(rows(page, "running")).to_have_count(1)
    wait_for(lambda: not is_quiet(), page)
    expect(page.locator(".tw-answer")).to_contain_text("epoch")
