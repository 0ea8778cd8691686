"""What a live lab takes from the fits.

Each search runs in a kernel of its own behind a Voilà page, in a browser on this machine. The
processor time of kernel, server and browser is compared between a page with the lab and one with a
line of text, in turn: it is steady. What a person notices is how fast epochs go by, which also
suffers from being interrupted. It is compared within one search of runs that are all alike, while
the lab draws and while it does not, some seconds each in turn, and only from one word of a run's
epochs to another, so that neither the start of a run nor its end counts. It differs from pair to
pair by more than the lab takes: the mean is told with its standard error. All go by the graph, as
choosing between that and XLA by measuring would make the searches differ by chance.

Nothing drives the browser, as what drives one is told of each message that comes to the page.
"""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from benchmarks.table import Figure

N_PAIRS = 3
N_WINDOWS = 40
WINDOW_S = 6.0
LOOK_S = 0.1
TIMEOUT_S = 900

SEARCH = """
import json, threading, time
from pathlib import Path
import numpy as np
import tunewidgets as tw

def build_model(n_hidden=1, n_neurons=30, learning_rate=3e-3, input_shape=(8,)):
    import keras
    model = keras.Sequential([keras.Input(shape=input_shape)])
    for _ in range(n_hidden):
        model.add(keras.layers.Dense(n_neurons, activation="relu"))
    model.add(keras.layers.Dense(1))
    model.compile(loss="mse", optimizer=keras.optimizers.SGD(learning_rate))
    return model

rng = np.random.default_rng(0)
x = rng.normal(size=(4000, 8)).astype("float32")
y = x[:, 0] * x[:, 1] + x[:, 2]
space = {"n_hidden": [1, 2], "n_neurons": np.arange(10, 60),
         "learning_rate": tw.Float(3e-4, 3e-2, log=True)}
study = tw.Study(build_model, space, x, y, validation_split=0.2, epochs=600, seed=1, engine="graph")

def go():
    time.sleep(8)  # the page is drawn by then
    study.search("random", 2, seed=1).wait()  # starts the workers
    Path(BEGUN).touch()
    told = watch()
    draft = Path(OUT + "~")
    draft.write_text(json.dumps(told))
    draft.replace(OUT)

threading.Thread(target=go).start()
"""

WHOLE = """
def watch():
    study.search("random", 12, seed=2).wait()
"""

NO_LAB = "import ipywidgets; ipywidgets.HTML('no lab')"
LAB = "lab = tw.Lab(study); lab"

IN_TURN = f"""
def watch():
    draws = True
    lab._desk._loop._is_watched = lambda: draws  # as if the page came and went
    alike = study.space.pin(n_hidden=1, n_neurons=40)
    search = study.search("random", 10_000, seed=2, space=alike)
    rates = []
    for number in range(2 * {N_WINDOWS}):
        draws = number % 2 == 0
        rates.append(epochs_per_s({WINDOW_S}))
    search.stop()
    return rates

def epochs_per_s(window_s):
    told = {{}}  # by run: when its epochs were heard of, and how many there were
    end = time.perf_counter() + window_s
    while (now := time.perf_counter()) < end:
        for trial in study.trials[-6:]:
            words = told.setdefault(trial.number, [])
            if trial.state == "running" and (not words or words[-1][1] != trial.epochs):
                words.append((now, trial.epochs))
        time.sleep({LOOK_S})
    runs = [words[1:] for words in told.values() if len(words) > 2]
    epochs = sum(words[-1][1] - words[0][1] for words in runs)
    return epochs / sum(words[-1][0] - words[0][0] for words in runs)
"""


def measure() -> list[Figure]:
    shares = []
    for _ in range(N_PAIRS):
        without, _ = _watched(WHOLE, NO_LAB)
        live, _ = _watched(WHOLE, LAB)
        shares.append(live - without)
    _, rates = _watched(IN_TURN, LAB)
    pairs = zip(rates[::2], rates[1::2], strict=True)
    slower = [100 * (idle / live - 1) for live, idle in pairs]
    mean, error = statistics.mean(slower), statistics.stdev(slower) / N_WINDOWS**0.5
    return [
        Figure("processor time that the live lab takes", 100 * statistics.median(shares), 3, "%"),
        Figure(f"epochs slowed by the live lab (mean of {N_WINDOWS} pairs)", mean, 3, "%"),
        Figure("the same, standard error", error, None, "%"),
        Figure("the same, median", statistics.median(slower), 3, "%"),
    ]


def _watched(watch: str, shown: str) -> tuple[float, list[float]]:
    """Give what all but the workers took of the processors meanwhile, and what `watch` told."""
    import serve

    with tempfile.TemporaryDirectory() as folder:
        begun, out = Path(folder) / "begun", Path(folder) / "told"
        names = f"BEGUN, OUT = {str(begun)!r}, {str(out)!r}"
        notebook = serve.write_notebook(
            Path(folder) / "search.ipynb", [f"{names}\n{watch}\n{SEARCH}", shown]
        )
        with serve.lab(notebook) as address, _page(address, Path(folder) / "profile"):
            _await(begun)
            at, taken = time.perf_counter(), _others_s()
            _await(out)
            seconds, taken = time.perf_counter() - at, _others_s() - taken
            share = taken / seconds / (psutil.cpu_count() or 1)
            return share, json.loads(out.read_text()) or []


@contextlib.contextmanager
def _page(address: str, profile: Path) -> Iterator[None]:
    from chromium import launch_options
    from playwright.sync_api import sync_playwright

    options = launch_options()
    with sync_playwright() as playwright:
        path = options.get("executable_path", playwright.chromium.executable_path)
    command = [path, "--headless", "--window-size=1280,800", f"--user-data-dir={profile}"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([*command, *options["args"], address], **quiet) as browser:
        try:
            yield
        finally:
            browser.terminate()


def _await(file: Path) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not file.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"The search took more than {TIMEOUT_S} s.")
        time.sleep(0.1)


def _others_s() -> float:
    """Sum up the processor time of server, kernel and browser, not of those that fit."""
    seconds = 0.0
    for process in psutil.Process().children(recursive=True):
        try:
            if "nursery_main" not in " ".join(process.cmdline()):  # its forks have its name
                seconds += sum(process.cpu_times()[:2])
        except psutil.NoSuchProcess:
            continue
    return seconds
