"""Find a Chromium for the browser tests and the pictures; as a command, install one if need be.

A browser that the system has comes first, then the one that Playwright keeps. Where there is
neither, root on a Debian system gets Debian's package and everybody else Playwright's own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

COMMANDS = ("chromium", "chromium-browser", "google-chrome")

# Nothing but the page under test may touch the network.
ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


def launch_options() -> dict[str, Any]:
    """Keyword arguments for Playwright's ``chromium.launch``."""
    options: dict[str, Any] = {"args": list(ARGUMENTS)}
    if _is_root():
        options["args"].append("--no-sandbox")  # Chromium's sandbox does not work as root.
    system = _system_browser()
    return options if system is None else options | {"executable_path": system}


def ensure() -> None:
    """Install a browser unless there is one."""
    if _system_browser() or _playwright_has_one():
        return
    if _is_root() and shutil.which("apt-get"):
        _run("apt-get", "update", "-qq")
        _run("apt-get", "install", "-qq", "-y", "--no-install-recommends", "chromium")
    else:
        _run(sys.executable, "-m", "playwright", "install", "chromium")


def _system_browser() -> str | None:
    return next(filter(None, map(shutil.which, COMMANDS)), None)


def _playwright_has_one() -> bool:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _run(*command: str) -> None:
    sys.stdout.write(f"Installing Chromium: {' '.join(command)}\n")
    sys.stdout.flush()
    subprocess.run(command, check=True, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})


if __name__ == "__main__":
    ensure()
