"""What a live lab takes from the fits: the same search with and without one, in turn.

Each search runs in a kernel of its own behind a Voilà page, in a browser on this machine: once
with the lab on the page, once with a line of text. The ratio is that of the time an epoch takes,
over all epochs but the first of each run, which compiles. Both go by the graph, as choosing between
that and XLA by measuring would make the searches differ by chance.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.table import Figure

N_PAIRS = 5
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
    search = study.search("random", 12, seed=2)
    search.wait()
    runs = [run for trial in search.trials for run in trial.runs]
    seconds = sum(run.epochs_seconds - run.first_epoch_seconds for run in runs)
    Path(OUT).write_text(str(seconds / sum(run.epochs - 1 for run in runs)))

threading.Thread(target=go).start()
"""


def measure() -> list[Figure]:
    ratios = []
    for _ in range(N_PAIRS):
        without = _seconds("import ipywidgets; ipywidgets.HTML('no lab')")
        ratios.append(_seconds("tw.Lab(study)") / without)
    slower = 100 * (statistics.median(ratios) - 1)
    return [
        Figure(f"fits slowed by the live lab (median of {N_PAIRS} pairs)", slower, 3, "%"),
        Figure("the same, best pair", 100 * (min(ratios) - 1), None, "%"),
        Figure("the same, worst pair", 100 * (max(ratios) - 1), None, "%"),
    ]


def _seconds(shown: str) -> float:
    import serve

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "seconds"
        notebook = Path(folder) / "search.ipynb"
        serve.write_notebook(notebook, [f"OUT = {str(out)!r}\n{SEARCH}", shown])
        with serve.chromium() as browser, serve.lab(notebook) as address:
            browser.new_page(viewport={"width": 1280, "height": 800}).goto(address)
            deadline = time.monotonic() + TIMEOUT_S
            while not (out.exists() and out.read_text()) and time.monotonic() < deadline:
                time.sleep(0.2)
            return float(out.read_text())
