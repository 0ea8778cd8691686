"""A session on Binder, which has one processor and 1 GB: from lab to lab, training in each."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import serve
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

MOST_MB = 1000
LOOK_S = 0.2

ON_ONE_PROCESSOR = """
import os, sys
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_from_lab_to_lab_in_one_gigabyte_on_one_processor(root, tmp_path, page):
    for name in ("binder", "notebooks"):
        shutil.copytree(root / name, tmp_path / name)
    subprocess.run(
        ["bash", str(tmp_path / "binder" / "postBuild")],
        check=True, timeout=300, env=_with_this_python(), stdout=subprocess.DEVNULL,
    )  # fmt: skip
    starter = [sys.executable, "-c", ON_ONE_PROCESSOR, str(tmp_path / "binder" / "start")]
    with serve.jupyterlab(tmp_path, starter) as address, _weighed() as megabytes:
        page.goto(f"{address}/voila/render/notebooks/index.ipynb")
        for lab in ("The first lab", "Hidden layers: wide or deep"):
            page.get_by_role("link", name=lab).first.click()
            train = page.get_by_role("button", name="Train these values")
            expect(train).to_be_enabled()
            train.click()
            box = page.locator(".tw-search")
            box.get_by_label("trials", exact=True).fill("4")
            box.get_by_role("button", name="Search", exact=True).click()
            expect(page.get_by_text("random-1 complete: 4 of 4 trials")).to_be_visible()
            page.get_by_role("link", name="All labs").click()
    assert max(megabytes) < MOST_MB


def _with_this_python() -> dict[str, str]:
    return {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }


@contextmanager
def _weighed() -> Iterator[list[float]]:
    """Weigh the server and all that it starts, again and again; in megabytes."""
    found: list[float] = []
    is_over = threading.Event()

    def weigh() -> None:
        (server,) = (c for c in psutil.Process().children() if "jupyterlab" in c.cmdline())
        while not is_over.wait(LOOK_S):
            found.append(sum(map(_megabytes, [server, *server.children(recursive=True)])))

    scales = threading.Thread(target=weigh, name="scales")
    scales.start()
    try:
        yield found
    finally:
        is_over.set()
        scales.join()


def _megabytes(process: psutil.Process) -> float:
    """Give a process's share of the memory in use; none where it has just ended."""
    try:
        return float(process.memory_full_info().pss) / 1e6
    except psutil.Error:
        return 0.0
