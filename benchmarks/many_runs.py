"""A lab of a thousand finished runs of a hundred epochs, while others go on.

Nothing is trained: an executor of threads hands out curves, the first thousand at once, later
ones an epoch at a time, so many a second in all. Pages are Voilà's, in a browser on this machine.
"""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from benchmarks.table import Figure

N_RUNS = 1000
EPOCHS = 100
WATCH_S = 12.0
SETTLE_S = 4.0
READY_S = 12.0
"""By then a kernel stands by for the next page."""

ALONE_S = 12.0
"""By then a lab takes it that nobody is at its controls."""

TIMEOUT_MS = 180_000
SIZE = {"width": 1280, "height": 800}

STUDY = """
import json, math, queue, threading, time
from pathlib import Path
import numpy as np
import tunewidgets as tw
from tunewidgets.events import EpochsEnded, RunEnded, RunStarted
from tunewidgets.trial import State

TIMED = N_RUNS + N_WORKERS
emitted = []

def build_model(n_hidden=1, n_neurons=30, learning_rate=3e-3, activation="relu"):
    raise AssertionError("nothing is trained")

def curve(task):
    rng = np.random.default_rng(task.key[0])
    off = abs(math.log10(task.params["learning_rate"]) + 2.5) + 20 / task.params["n_neurons"]
    fall = (0.3 + off / 4) * (1 + 2 * np.exp(-np.arange(EPOCHS) / 15))
    loss = fall + rng.normal(0, 0.01, EPOCHS)
    if task.key[0] % 50 == 7:
        loss[20:] *= np.geomspace(1, 1e9, EPOCHS - 20)
    return loss.tolist()

class Handed:
    def __init__(self, n_workers):
        self.n_workers = n_workers
        self._queue = queue.SimpleQueue()
        self._closed = threading.Event()

    def open(self, job, emit):
        for _ in range(self.n_workers):
            threading.Thread(target=self._work, args=(emit,), daemon=True).start()

    def warm(self): pass
    def submit(self, task): self._queue.put(task)
    def stop(self, key): pass

    def close(self):
        self._closed.set()
        for _ in range(self.n_workers):
            self._queue.put(None)

    def _work(self, emit):
        while (task := self._queue.get()) is not None and not self._closed.is_set():
            loss = curve(task)
            emit(RunStarted(task.key))
            pace = 0.0 if task.key[0] < N_RUNS else self.n_workers / EPOCHS_A_SECOND
            for batch in ([loss] if not pace else ([value] for value in loss)):
                time.sleep(pace)
                if self._closed.is_set():
                    return
                train = tuple(0.9 * value for value in batch)
                if task.key[0] == TIMED:
                    emitted.append(time.time())
                emit(EpochsEnded(task.key, {"loss": train, "val_loss": tuple(batch)}))
            emit(RunEnded(task.key, State.COMPLETE, loss[-1], 4.0, engine="none"))
            if task.key[0] == TIMED:
                Path(EMITTED).write_text(json.dumps(emitted))

x = np.zeros((8, 1), "float32")
space = {"n_hidden": [0, 1, 2, 3], "n_neurons": (1, 100),
         "learning_rate": tw.Float(3e-4, 3e-2, log=True), "activation": ["relu", "tanh", "selu"]}
study = tw.Study(build_model, space, x, x[:, 0], validation_split=0.25, epochs=EPOCHS, seed=1,
                 name="A thousand runs", storage=FILE, executor=Handed(N_WORKERS))
study.search("random", N_RUNS, seed=1).wait()
"""

LIVE = """
def go():
    while not Path(GO).exists():
        time.sleep(0.1)
    study.search("random", 10_000, seed=2)

threading.Thread(target=go, daemon=True).start()
tw.Lab(study)
"""

LOAD = """
import time
from pathlib import Path
import tunewidgets as tw
begun = time.time()
lab = tw.Lab(tw.load(FILE))
Path(BEGUN).write_text(str(begun))
lab
"""

# What the row of a trial counts is looked at every frame; its curve is of the same snapshot.
SEEN = """number => {
    window.seen = [];
    const look = () => {
        const table = document.querySelector('.tw-runs table');
        const trained = [...table.tHead.rows[0].cells].findIndex(h => h.textContent === 'trained');
        const row = table.querySelector(`tr[data-number="${number}"]`);
        const epochs = parseInt(row?.cells[trained].textContent) || 0;
        const last = window.seen.at(-1);
        if (epochs && (!last || last[0] < epochs)) window.seen.push([epochs, Date.now() / 1000]);
        requestAnimationFrame(look);
    };
    look();
}"""

FRAMES = """seconds => new Promise(done => {
    const gaps = [];
    let before = performance.now();
    const end = before + 1000 * seconds;
    const step = now => {
        gaps.push(now - before);
        before = now;
        if (now < end) requestAnimationFrame(step); else done(gaps);
    };
    requestAnimationFrame(step);
})"""

PAINTED = """n => {
    const table = document.querySelector('.tw-runs table');
    const rows = Number(table?.getAttribute('aria-rowcount') ?? 0);
    const lines = [...document.querySelectorAll('.tw-curves path.line')];
    return rows > n && lines.some(line => (line.getAttribute('d') ?? '').length > 10_000);
}"""

SORT = """index => new Promise(done => {
    const begun = performance.now();
    document.querySelectorAll('.tw-runs .tw-sort')[index].click();
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - begun)));
})"""

SELECTED = """() => {
    const lines = [...document.querySelectorAll('.tw-curves path.line')];
    return lines.map(line => line.getAttribute('d') ?? '').join().length;
}"""


def measure() -> list[Figure]:
    import serve

    with tempfile.TemporaryDirectory() as folder, serve.chromium() as browser:
        file = Path(folder) / "study.db"
        four = _watch(browser, Path(folder), 4, file)
        two = _watch(browser, Path(folder), 2)
        with _busy():
            busy = _watch(browser, Path(folder), 4, wait_s=ALONE_S)
        again = _reopen(browser, Path(folder), file)
    live = f"{N_RUNS} runs, "
    return [
        Figure(f"{live}4 live: frames a second", four["fps"], 30, "", at_least=True),
        Figure(f"{live}4 live: longest frame", four["longest"], 250, "ms"),
        Figure(f"{live}4 live: 99th percentile of frames", four["late"], None, "ms"),
        Figure(f"{live}4 live: to the browser", four["bytes"] / 1e3, None, "kB/s"),
        Figure(f"{live}2 live: to the browser", two["bytes"] / 1e3, 300, "kB/s"),
        Figure("kernel at 100 epochs a second, 4 live", four["cpu"], 15, "% of a core"),
        Figure("kernel at 100 epochs a second, 2 live", two["cpu"], None, "% of a core"),
        Figure("epoch end in the worker to pixel, 4 live: median", four["pixel"], 350, "ms"),
        Figure("epoch end in the worker to pixel, 4 live: 95th", four["pixel_95"], 700, "ms"),
        Figure("the same, processors busy and nobody near: median", busy["pixel"], 350, "ms"),
        Figure("the same, processors busy and nobody near: 95th", busy["pixel_95"], 700, "ms"),
        Figure("tw.load to painted page, warm server", again["warm"], 3, "s"),
        Figure("the same, first page of the server", again["cold"], None, "s"),
        Figure("sorting the run list", again["sort"], 200, "ms"),
        Figure("selecting a row to the curves", again["select"], 200, "ms"),
        Figure("brushing an axis to the curves", again["brush"], 200, "ms"),
    ]


def _watch(
    browser: Any, folder: Path, n_workers: int, file: Path | None = None, wait_s: float = 0.0
) -> dict[str, float]:
    """Look at a live lab for a while; keep the study of the finished runs in a file."""
    go = folder / f"go-{n_workers}"
    go.unlink(missing_ok=True)
    settings: dict[str, Any] = {
        "N_RUNS": N_RUNS, "EPOCHS": EPOCHS, "EPOCHS_A_SECOND": 100, "N_WORKERS": n_workers,
        "FILE": None if file is None else str(file), "GO": str(go),
        "EMITTED": str(folder / f"emitted-{n_workers}"),
    }  # fmt: skip
    received = [0]
    with _page(browser, folder, settings, STUDY + LIVE) as (page, address):
        page.on("websocket", lambda socket: socket.on("framereceived", _adding(received)))
        page.goto(address)
        page.wait_for_function(PAINTED, arg=N_RUNS, timeout=TIMEOUT_MS)
        page.evaluate(SEEN, N_RUNS + n_workers)
        time.sleep(wait_s)
        go.touch()
        time.sleep(SETTLE_S)
        kernel = max(_kernels(), key=lambda process: process.memory_info().rss)
        received[0], cpu, begun = 0, sum(kernel.cpu_times()[:2]), time.perf_counter()
        gaps = sorted(page.evaluate(FRAMES, WATCH_S))
        wall = time.perf_counter() - begun
        cpu = sum(kernel.cpu_times()[:2]) - cpu
        seen = page.evaluate("() => window.seen")
    emitted = json.loads(Path(settings["EMITTED"]).read_text())
    late = sorted(
        1000 * (next(at for n, at in seen if n > epoch) - begun)
        for epoch, begun in enumerate(emitted)
        if epoch < seen[-1][0]
    )
    return {
        "pixel": statistics.median(late),
        "pixel_95": late[int(0.95 * len(late))],
        "fps": 1000 * len(gaps) / sum(gaps),
        "longest": gaps[-1],
        "late": gaps[int(0.99 * len(gaps))],
        "bytes": received[0] / wall,
        "cpu": 100 * cpu / wall,
    }


def _reopen(browser: Any, folder: Path, file: Path) -> dict[str, float]:
    begun = folder / "begun"
    with _page(browser, folder, {"FILE": str(file), "BEGUN": str(begun)}, LOAD) as (
        page,
        address,
    ):
        cold = _load(page, address, begun)
        time.sleep(READY_S)
        warm = _load(page, address, begun)
        time.sleep(SETTLE_S)
        sort = max(page.evaluate(SORT, column) for column in (3, 7, 7, 1))
        select = _until_drawn(page, lambda: page.locator(".tw-runs tbody tr").nth(9).click())
        page.get_by_role("tab", name="Parameters").click()
        time.sleep(SETTLE_S)
        brush = _until_drawn(page, lambda: _brush(page))
    return {"cold": cold, "warm": warm, "sort": sort, "select": select, "brush": brush}


def _load(page: Any, address: str, begun: Path) -> float:
    page.goto(address)
    page.wait_for_function(PAINTED, arg=N_RUNS, timeout=TIMEOUT_MS, polling=20)
    return time.time() - float(begun.read_text())


def _until_drawn(page: Any, act: Any) -> float:
    """Give the milliseconds from an act's end until the curves are others."""
    before = page.evaluate(SELECTED)
    act()
    begun = time.perf_counter()
    page.wait_for_function(f"before => ({SELECTED})() !== before", arg=before, polling=10)
    return 1000 * (time.perf_counter() - begun)


def _brush(page: Any) -> None:
    figure = page.locator(".tw-tab-panel:visible .tw-figure")
    figure.scroll_into_view_if_needed()
    box = figure.bounding_box()
    page.mouse.move(box["x"] + 24, box["y"] + 44)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.12 * box["width"], box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()


@contextlib.contextmanager
def _page(
    browser: Any, folder: Path, settings: dict[str, Any], code: str
) -> Iterator[tuple[Any, str]]:
    import serve

    cell = "".join(f"{name} = {value!r}\n" for name, value in settings.items()) + code
    notebook = serve.write_notebook(folder / "lab.ipynb", [cell])
    with serve.lab(notebook) as address:
        page = browser.new_page(viewport=SIZE)
        yield page, address
        page.close()


@contextlib.contextmanager
def _busy() -> Iterator[None]:
    """Have every processor at work, as fits would."""
    spin = [sys.executable, "-c", "while True: pass"]
    with contextlib.ExitStack() as stack:
        for _ in range(psutil.cpu_count() or 1):
            stack.callback(stack.enter_context(subprocess.Popen(spin)).kill)
        yield


def _adding(received: list[int]) -> Any:
    def add(payload: str | bytes) -> None:
        received[0] += len(payload)

    return add


def _kernels() -> list[psutil.Process]:
    """Give the kernels that this process' servers have started."""
    return [
        process
        for process in psutil.Process().children(recursive=True)
        if "ipykernel_launcher" in " ".join(process.cmdline())
    ]
