"""Importing tunewidgets is cheap: a notebook pays for what it uses."""

from __future__ import annotations

import subprocess
import sys

HEAVY = (
    "anywidget",
    "bqplot",
    "ipywidgets",
    "keras",
    "optuna",
    "pandas",
    "scipy",
    "sklearn",
    "tensorflow",
)


def python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


def test_import_loads_no_heavy_library() -> None:
    loaded = python("import sys, tunewidgets; print(*sys.modules)").split()
    assert "tunewidgets" in loaded
    assert not {name for name in loaded if name.partition(".")[0] in HEAVY}


def test_loading_data_keeps_scikit_learn_out_of_the_kernel() -> None:
    loaded = python(
        "import sys; from tunewidgets import datasets; datasets.load('diabetes');"
        "print(*sys.modules)"
    ).split()
    assert "numpy" in loaded
    assert "sklearn" not in loaded


def test_looking_at_a_file_loads_nothing_that_trains() -> None:
    loaded = python("import sys, tunewidgets as tw; tw.load, tw.Lab; print(*sys.modules)").split()
    assert "tunewidgets.widgets" in loaded
    assert not {"tunewidgets.scheduler", "tunewidgets.executors", "keras"} & set(loaded)
