"""The same thousand trials in the lab, in optuna-dashboard and in TensorBoard's HParams.

Each has its own server, started anew, and a browser on this machine. What a page is asked for is
what it offers for the purpose: the lab and Optuna draw the curves of all trials at once,
TensorBoard a table of the first hundred, and the curve of a trial when its box is ticked.
Optuna's list cannot be sorted by a column; TensorBoard's is sorted in a form, which is left out.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks import fresh, many_runs
from benchmarks.dashboard_data import write_optuna, write_ours, write_tensorboard
from benchmarks.table import Figure

TIMEOUT_MS = 120_000
SETTLE_S = 3.0
SCROLL_S = 4.0

DEEP = """const all = function* (root) {
    for (const e of root.querySelectorAll('*')) {
        yield e;
        if (e.shadowRoot) yield* all(e.shadowRoot);
    }
};"""
"""TensorBoard's page is made of shadow trees."""

# Scrolls the longest list of the page, and gives the times between frames.
SCROLL = f"""seconds => new Promise(done => {{
    {DEEP}
    const lists = [...all(document)].filter(e => e.clientHeight > 100
        && ['auto', 'scroll'].includes(getComputedStyle(e).overflowY));
    const list = lists.sort((a, b) => b.scrollHeight - a.scrollHeight)[0];
    const gaps = [];
    let before = performance.now();
    const end = before + 1000 * seconds;
    const step = now => {{
        gaps.push(now - before);
        before = now;
        list.scrollTop += 40;
        if (now < end) requestAnimationFrame(step); else done(gaps);
    }};
    requestAnimationFrame(step);
}})"""

FIRST_ROW = f"""() => {{
    {DEEP}
    const rows = [...all(document)].map(e => e.childElementCount ? '' : e.textContent);
    return rows.find(text => /^\\s*trial-\\d+\\s*$/.test(text)) ?? '';
}}"""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One of the contestants.

    Attributes
    ----------
    name
        In the table.
    needs
        Modules that it needs.
    served
        Serves the study that lies in a folder; gives the page's address.
    is_painted
        JavaScript that tells whether the page shows all that it was asked for.
    to_list
        Goes to the list of trials.
    select
        Selects a trial of it, and waits until it is shown.
    sort
        Sorts the list, and waits for it; None where there is no such thing.
    """

    name: str
    needs: tuple[str, ...]
    served: Callable[[Path], Any]
    is_painted: str
    to_list: Callable[[Any], None]
    select: Callable[[Any], None]
    sort: Callable[[Any], None] | None


def measure() -> list[Figure]:
    import serve

    import tunewidgets as tw

    figures = []
    with tempfile.TemporaryDirectory() as name, serve.chromium() as browser:
        folder = Path(name)
        write_ours(folder / "study.db")
        trials = tw.load(folder / "study.db").trials
        for one in DASHBOARDS:
            if fresh.are_installed(*one.needs):
                if one.name == "optuna-dashboard":
                    write_optuna(trials, folder / "optuna.log")
                elif one.name == "TensorBoard HParams":
                    fresh.call(write_tensorboard, trials, folder / "runs")
                figures += _figures(one, browser, folder)
            else:
                figures.append(Figure(f"{one.name}: server start to painted page", None, None, "s"))
    return figures


def _figures(one: Dashboard, browser: Any, folder: Path) -> list[Figure]:
    received = [0]
    begun = time.perf_counter()
    with one.served(folder) as address:
        page = browser.new_page(viewport=many_runs.SIZE)
        first = _painted(page, one, address, begun)
        page.close()
        time.sleep(SETTLE_S)
        page = browser.new_page(viewport=many_runs.SIZE)
        _count(page, received)
        again = _painted(page, one, address, time.perf_counter())
        time.sleep(SETTLE_S)
        loaded, memory = received[0], _memory()
        one.to_list(page)
        time.sleep(SETTLE_S)
        selected = _timed(lambda: one.select(page))
        sorted_in = None if one.sort is None else _timed(lambda: one.sort and one.sort(page))
        gaps = page.evaluate(SCROLL, SCROLL_S)
        page.close()
    rows = [
        ("server start to painted page", first, "s"),
        ("page to painted, warm server", again, "s"),
        ("selecting a trial to what it shows", 1000 * selected, "ms"),
        ("sorting the list", None if sorted_in is None else 1000 * sorted_in, "ms"),
        ("frames a second, scrolling the list", 1000 * len(gaps) / sum(gaps), ""),
        ("to the browser for the page", loaded / 1e6, "MB"),
        ("memory of the server", memory / 1e6, "MB"),
    ]
    return [Figure(f"{one.name}: {what}", value, None, unit)
            for what, value, unit in rows if value is not None]  # fmt: skip


def _timed(act: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def _painted(page: Any, one: Dashboard, address: str, begun: float) -> float:
    page.goto(address, wait_until="commit")
    page.wait_for_function(one.is_painted, timeout=TIMEOUT_MS, polling=20)
    return time.perf_counter() - begun


def _count(page: Any, received: list[int]) -> None:
    """Count all that travels to the page, as it travels: compressed where it is."""

    def add(event: dict[str, Any]) -> None:
        received[0] += int(event.get("encodedDataLength", 0))

    def add_frame(event: dict[str, Any]) -> None:
        received[0] += len(event["response"]["payloadData"])

    network = page.context.new_cdp_session(page)
    network.on("Network.loadingFinished", add)
    network.on("Network.webSocketFrameReceived", add_frame)
    network.send("Network.enable")


def _memory() -> float:
    """Resident bytes of the servers that this process has started, and of their kernels."""
    mine = psutil.Process().children(recursive=True)
    words = ("tunewidgets.cli", "ipykernel_launcher", "optuna-dashboard", "tensorboard")
    found = {}
    for process in mine:
        with contextlib.suppress(psutil.NoSuchProcess):
            line = " ".join(process.cmdline())
            if any(word in line for word in words):
                found[process.pid] = process.memory_info().rss
    return float(sum(found.values()))


@contextlib.contextmanager
def _lab(folder: Path) -> Iterator[str]:
    import serve

    settings = {"FILE": str(folder / "study.db"), "BEGUN": str(folder / "begun")}
    cell = "".join(f"{key} = {value!r}\n" for key, value in settings.items()) + many_runs.LOAD
    with serve.lab(serve.write_notebook(folder / "lab.ipynb", [cell])) as address:
        yield address


@contextlib.contextmanager
def _command(words: list[str], path: str) -> Iterator[str]:
    """Run a peer's command on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = Path(sys.executable).with_name(words[0])
    command = [str(program), *words[1:], "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            deadline = time.monotonic() + TIMEOUT_MS / 1000
            while time.monotonic() < deadline and server.poll() is None:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}{path}"
        finally:
            server.terminate()


def _optuna(folder: Path) -> Any:
    return _command(["optuna-dashboard", str(folder / "optuna.log")], "/dashboard/studies/0")


def _tensorboard(folder: Path) -> Any:
    return _command(["tensorboard", "--logdir", str(folder / "runs")], "/#hparams")


def _select_ours(page: Any) -> None:
    before = page.evaluate(many_runs.SELECTED)
    page.locator(".tw-runs tbody tr").nth(9).click()
    other = f"before => ({many_runs.SELECTED})() !== before"
    page.wait_for_function(other, arg=before, polling=10)


def _sort_ours(page: Any) -> None:
    page.evaluate(many_runs.SORT, 1)


def _list_optuna(page: Any) -> None:
    page.goto(page.url.split("?")[0].rstrip("/") + "/trials")
    page.get_by_text("Trial 9", exact=True).wait_for()


def _select_optuna(page: Any) -> None:
    page.get_by_text("Trial 9", exact=True).click()
    page.get_by_text("Trial 9 (trial_id=9)").wait_for()


def _select_tensorboard(page: Any) -> None:
    n_before = page.locator("tf-line-chart-data-loader, vz-line-chart2").count()
    page.locator("vaadin-grid paper-checkbox, vaadin-grid vaadin-checkbox").nth(3).click()
    page.locator("tf-line-chart-data-loader, vz-line-chart2").nth(n_before).wait_for()


DASHBOARDS = (
    Dashboard(
        "tunewidgets", (), _lab, f"() => ({many_runs.PAINTED})({many_runs.N_RUNS})",
        lambda _: None, _select_ours, _sort_ours,
    ),
    Dashboard(
        "optuna-dashboard", ("optuna_dashboard",), _optuna,
        f"() => document.querySelectorAll('path.js-line').length >= {many_runs.N_RUNS}",
        _list_optuna, _select_optuna, None,
    ),
    Dashboard(
        "TensorBoard HParams", ("tensorboard",), _tensorboard,
        f"() => ({FIRST_ROW})() !== ''", lambda _: None, _select_tensorboard, None,
    ),
)  # fmt: skip
