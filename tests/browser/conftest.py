"""Real pages for the browser tests: a study in a notebook, under Voilà and under JupyterLab.

The study keeps a file, so that a test asserts what Python has beside what the page shows.
Every test leaves a screenshot in ``screenshots/`` for a person to look at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import serve
from playwright.sync_api import Browser, Locator, Page, expect

import tunewidgets as tw
from tunewidgets.trial import State

SCREENSHOTS = Path(__file__).parents[2] / "screenshots"
READY_MS = 90_000
SIZE = {"width": 1280, "height": 800}

expect.set_options(timeout=READY_MS)

STUDY = """
import numpy as np
import tunewidgets as tw

def build_model(n_neurons=8, learning_rate=1e-2, activation="relu", input_shape=(3,)):
    import keras
    if activation == "broken":
        raise ValueError("no <b>such</b> activation")
    model = keras.Sequential([keras.Input(input_shape)])
    model.add(keras.layers.Dense(n_neurons, activation=activation))
    model.add(keras.layers.Dense(1))
    model.compile(loss="mse", optimizer=keras.optimizers.SGD(learning_rate))
    return model

def slowly():
    import time
    import keras
    return [keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: time.sleep(EPOCH_S))]

rng = np.random.default_rng(0)
x = rng.normal(size=(400, 3)).astype("float32")
y = x[:, 0] * x[:, 1] + x[:, 2]
space = {
    "n_neurons": (1, 50),
    "learning_rate": tw.Float(1e-3, 1e-1, log=True),
    "activation": ACTIVATIONS,
}
study = tw.Study(
    build_model, space, x, y, validation_split=0.25, epochs=EPOCHS, seed=1,
    n_workers=WORKERS, name="A small study", storage=FILE, callbacks=slowly if EPOCH_S else (),
)
"""


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One headless browser for all tests."""
    with serve.chromium() as opened:
        yield opened


@pytest.fixture(scope="package")
def voila(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """One server for the notebooks of all tests: their folder and its address."""
    folder = tmp_path_factory.mktemp("pages")
    with serve.pages(folder) as address:
        yield folder, address


@pytest.fixture
def open_page(
    voila: tuple[Path, str], page: Page, request: pytest.FixtureRequest
) -> Callable[..., str]:
    """Make a notebook of some cells, open its page, and give the address."""
    folder, address = voila

    def opened(*cells: str, query: str = "") -> str:
        name = f"{name_of(request)}.ipynb"
        serve.write_notebook(folder / name, cells)
        page.goto(f"{address}/{name}{query}")
        return page.url

    return opened


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page that is photographed at the end, and must not have raised an error."""
    errors: list[str] = []
    opened = browser.new_page(viewport=SIZE)
    opened.set_default_timeout(READY_MS)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    SCREENSHOTS.mkdir(exist_ok=True)
    opened.screenshot(path=SCREENSHOTS / f"{name_of(request)}.png")
    opened.close()
    assert not errors


def name_of(request: pytest.FixtureRequest) -> str:
    """Give the test's name as that of a file."""
    return re.sub(r"[^a-z0-9]+", "-", request.node.name)


@pytest.fixture
def study_file(tmp_path: Path) -> Path:
    """Where the page's study keeps itself."""
    return tmp_path / "study.db"


def study_cell(
    file: Path | None,
    *,
    epochs: int = 20,
    activations: tuple[str, ...] = ("relu", "tanh"),
    n_workers: int = 1,
    epoch_s: float = 0.0,
) -> str:
    """Give the code that makes the study.

    Without a file it stays in memory. Epochs that take at least `epoch_s` leave time to press.
    """
    settings = {
        "FILE": None if file is None else str(file),
        "EPOCHS": epochs,
        "ACTIVATIONS": list(activations),
        "WORKERS": n_workers,
        "EPOCH_S": epoch_s,
    }
    return "".join(f"{name} = {value!r}\n" for name, value in settings.items()) + STUDY


def rows(page: Page, text: str) -> Locator:
    """Find the table's rows in a state."""
    return page.locator(".tw-table tbody tr").filter(has_text=text)


def search_with_folds(page: Page) -> Locator:
    """Ask for a search of 4 trials of 2 folds; give the box with its buttons."""
    box = page.locator(".tw-search")
    box.get_by_label("trials", exact=True).fill("4")
    box.get_by_label("folds", exact=True).select_option(label="2 folds")
    box.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_text(re.compile("of 8 runs"))).to_be_visible()
    return box


def pause_and_resume(page: Page, box: Locator, file: Path) -> None:
    """Pause a search after its first trial, and let it go on."""
    wait_for(lambda: any(trial.state is State.COMPLETE for trial in trials(file)), page)
    box.get_by_role("button", name="Pause").click()
    expect(page.locator(".tw-word")).to_have_text("paused")
    paused = trials(file)
    assert len(paused) < 4
    box.get_by_role("button", name="Resume").click()
    wait_for(lambda: len(trials(file)) > len(paused), page)


def stop_search(page: Page, box: Locator, file: Path) -> None:
    """Stop a search, and see that its trials are what was asked for."""
    box.get_by_role("button", name="Stop").click()
    expect(page.locator(".tw-word")).to_have_text("idle")
    wait_for(lambda: all(trial.state.is_finished for trial in trials(file)), page)
    ended = trials(file)
    assert {trial.origin for trial in ended} == {"random-1"}
    assert {trial.folds for trial in ended} == {2}
    complete = [trial for trial in ended if trial.state is State.COMPLETE]
    assert complete
    assert all(run.epochs for trial in complete for run in trial.runs)


def wait_for(is_so: Callable[[], object], page: Page, timeout_s: float = 90) -> None:
    """Wait for something that Python can tell, while the page goes on."""
    for _ in range(int(timeout_s * 10)):
        if is_so():
            return
        page.wait_for_timeout(100)
    raise TimeoutError(f"It did not come true within {timeout_s} s.")


def trials(file: Path) -> list[tw.Trial]:
    """Read the trials that the study's file holds now."""
    view = tw.load(file)
    try:
        return list(view.trials)
    finally:
        view.close()
