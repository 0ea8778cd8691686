"""What a live lab takes from the fits: the same search with and without one, in turn.

Each search runs in a kernel of its own behind a Voilà page, in a browser on this machine: once
with the lab on the page, once with a line of text. Two things are compared. The time of an epoch,
over all but the first of each run, which compiles, is what a person notices, but differs from run
to run by more than the lab takes. The processor time of kernel, server and browser is steady, and
the fits, which use all processors, cannot lose more than that. All go by the graph, as choosing
between that and XLA by measuring would make the searches differ by chance.

Nothing drives the browser, as what drives one is told of each message that comes to the page.
"""

from __future__ import annotations

import contextlib
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.table import Figure

N_PAIRS = 3
TIMEOUT_S = 600

SEARCH = """
import threading, time
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
    search = study.search("random", 12, seed=2)
    search.wait()
    runs = [run for trial in search.trials for run in trial.runs]
    seconds = sum(run.epochs_seconds - run.first_epoch_seconds for run in runs)
    draft = Path(OUT + "~")
    draft.write_text(str(seconds / sum(run.epochs - 1 for run in runs)))
    draft.replace(OUT)

threading.Thread(target=go).start()
"""


@dataclass(frozen=True, slots=True)
class Watched:
    """A search: the seconds of an epoch, and what all but the workers took of the processors."""

    epoch_s: float
    share: float


def measure() -> list[Figure]:
    ratios, shares = [], []
    for _ in range(N_PAIRS):
        without = _watched("import ipywidgets; ipywidgets.HTML('no lab')")
        live = _watched("tw.Lab(study)")
        ratios.append(live.epoch_s / without.epoch_s)
        shares.append(live.share - without.share)
    slower = 100 * (statistics.median(ratios) - 1)
    return [
        Figure("processor time that the live lab takes", 100 * statistics.median(shares), 3, "%"),
        Figure(f"fits slowed by the live lab (median of {N_PAIRS} pairs)", slower, 3, "%"),
        Figure("the same, best pair", 100 * (min(ratios) - 1), None, "%"),
        Figure("the same, worst pair", 100 * (max(ratios) - 1), None, "%"),
    ]


def _watched(shown: str) -> Watched:
    import serve

    with tempfile.TemporaryDirectory() as folder:
        begun, out = Path(folder) / "begun", Path(folder) / "seconds"
        names = f"BEGUN, OUT = {str(begun)!r}, {str(out)!r}"
        notebook = serve.write_notebook(
            Path(folder) / "search.ipynb", [f"{names}\n{SEARCH}", shown]
        )
        with serve.lab(notebook) as address, _page(address, Path(folder) / "profile"):
            _await(begun)
            at, taken = time.perf_counter(), _others_s()
            _await(out)
            seconds, taken = time.perf_counter() - at, _others_s() - taken
            return Watched(float(out.read_text()), taken / seconds / (psutil.cpu_count() or 1))


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
