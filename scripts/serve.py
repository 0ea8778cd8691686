"""Serve labs for the browser tests, the pictures and the benchmarks, as a person would.

Each server is a process of its own, on a free port of this machine, and ends with its context.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chromium import launch_options
from playwright.sync_api import Browser, sync_playwright

END_S = 15

FOLDER = """
import sys
from pathlib import Path
from tunewidgets import serving
serving.LEFT_S, serving.LOOK_S = 2, 0.5
serving.serve(Path(sys.argv[1]), port=8866, port_retries=50)
"""


@contextmanager
def lab(notebook: Path | None = None, *, theme: str = "light") -> Iterator[str]:
    """Serve a notebook with ``tunewidgets lab`` (None: all labs) and give its address."""
    command = [sys.executable, "-m", "tunewidgets.cli", "lab", "--no-browser", "--theme", theme]
    with _served([*command, *([str(notebook)] if notebook else [])]) as address:
        yield address


@contextmanager
def pages(folder: Path) -> Iterator[str]:
    """Serve a folder of notebooks with Voilà and give the address that their names follow.

    A kernel ends soon after its page went, so that one server does for many tests.
    """
    with _served([sys.executable, "-c", FOLDER, str(folder)]) as address:
        yield f"{address.rstrip('/')}/voila/render"


@contextmanager
def jupyterlab(folder: Path, starter: Sequence[str] = ()) -> Iterator[str]:
    """Serve a folder with JupyterLab and give its address, which needs no token.

    A starter is a command that starts the one that it is given.
    """
    command = [*starter, sys.executable, "-m", "jupyterlab", "--no-browser", "--port=0"]
    command += ["--IdentityProvider.token=", "--ServerApp.open_browser=False"]
    command += ["--ServerApp.root_dir=" + str(folder)]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    with tempfile.TemporaryDirectory() as home:  # nobody's settings and workspaces
        settings = {"JUPYTER_CONFIG_DIR": home, "JUPYTERLAB_WORKSPACES_DIR": home}
        with _served(command, settings) as address:
            yield address.split("?")[0].rstrip("/").removesuffix("/lab")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Give a headless browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        try:
            yield browser
        finally:
            browser.close()


def write_notebook(path: Path, cells: Sequence[str]) -> Path:
    """Write a notebook of code cells."""
    import nbformat

    code = [nbformat.v4.new_code_cell(cell) for cell in cells]
    notebook: Any = nbformat.v4.new_notebook(
        cells=code, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    )
    nbformat.write(notebook, path)
    return path


@contextmanager
def _served(command: Sequence[str], settings: dict[str, str] | None = None) -> Iterator[str]:
    environment = {**os.environ, **(settings or {})}
    with (
        tempfile.TemporaryFile("w+") as log,
        subprocess.Popen(
            command, stdout=log, stderr=log, env=environment, start_new_session=True
        ) as server,
    ):
        try:
            yield _address(server, log)
        finally:
            server.terminate()
            try:
                server.wait(END_S)
            except subprocess.TimeoutExpired:
                server.kill()


def _address(server: subprocess.Popen[bytes], log: Any) -> str:
    """Wait for the server's first line with an address of this machine."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        log.seek(0)
        for line in log.read().splitlines():
            for word in line.split():
                if word.startswith(("http://localhost:", "http://127.0.0.1:")):
                    return word
        time.sleep(0.1)
    log.seek(0)
    raise RuntimeError(f"The server gave no address:\n{log.read()}")
