"""The first lab as a person meets it: how soon it is there, and how soon it answers."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

import psutil

from benchmarks.table import Figure

FIRST = Path(__file__).parents[1] / "notebooks" / "01_first_lab.ipynb"
N_LOADS = 5
N_LATER = 3
TIMEOUT_MS = 120_000

# An epoch shows when the trial's row counts one; its curve is drawn from the same snapshot.
FIRST_EPOCH = """number => {
    const table = document.querySelector('.tw-lab .tw-table');
    const heads = [...table.tHead.rows[0].cells];
    const trained = heads.findIndex(head => head.textContent === 'trained');
    return [...table.tBodies[0].rows].some(row =>
        row.dataset.number === number && parseInt(row.cells[trained].textContent) > 0);
}"""


def measure() -> list[Figure]:
    import serve

    loads, memory, later = [], [], []
    with serve.chromium() as browser, serve.lab(FIRST) as address:
        for _ in range(N_LOADS + 1):  # the first warms the server and the browser
            time.sleep(8)  # the last page and its workers come to rest, as between two visitors
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            loads.append(_load(page, address))
            memory.append(max(_kernels()))
            if len(loads) <= N_LOADS:
                page.close()
        first = _train(page, "0")
        for number in range(1, N_LATER + 1):
            _stop(page)
            later.append(_train(page, str(number)))
    return [
        Figure("page load to a usable lab, warm server (median)", _median(loads[1:]), 5, "s"),
        Figure("kernel of the lab app, idle after load", max(memory) / 1e6, 170, "MB"),
        Figure("Train to the first epoch on the page, first run", first, 8, "s"),
        Figure("Train to the first epoch on the page, later (median)", _median(later), 1.5, "s"),
    ]


def _median(values: list[float]) -> float:
    return statistics.median(values)


def _load(page: Any, address: str) -> float:
    begun = time.perf_counter()
    page.goto(address)
    button = page.get_by_role("button", name="Train these values")
    button.wait_for(timeout=TIMEOUT_MS)
    button.click(trial=True, timeout=TIMEOUT_MS)  # enabled, and nothing lies over it
    return time.perf_counter() - begun


def _train(page: Any, number: str) -> float:
    begun = time.perf_counter()
    page.get_by_role("button", name="Train these values").click()
    page.wait_for_function(FIRST_EPOCH, arg=number, timeout=TIMEOUT_MS, polling=20)
    return time.perf_counter() - begun


def _stop(page: Any) -> None:
    """End the run, unless its hundred epochs are over already."""
    page.get_by_role("button", name="Stop all").evaluate("button => button.click()")
    running = page.locator("tbody tr").filter(has_text="running")
    running.wait_for(state="hidden", timeout=TIMEOUT_MS)


def _kernels() -> list[int]:
    """Resident bytes of the kernels that this process' servers have started."""
    return [
        process.memory_info().rss
        for process in psutil.Process().children(recursive=True)
        if "ipykernel_launcher" in " ".join(process.cmdline())
    ]
