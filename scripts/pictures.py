"""Take the README's pictures of the first lab from the real page: ``make pictures``.

Serves the lab as a user would, trains and searches in a headless browser until there is
something to see, and writes ``docs/images/lab-light.png`` and ``docs/images/lab-dark.png``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import serve
from playwright.sync_api import Browser

IMAGES = Path(__file__).parents[1] / "docs" / "images"
SIZE = {"width": 1280, "height": 800}
READY_MS = 60_000
DONE_MS = 900_000  # Two cores take their time over the lecture's 100 epochs.


def take(browser: Browser, address: str, file: Path) -> None:
    """Train once, search, and take the picture while the curves still grow."""
    page = browser.new_page(viewport=SIZE, device_scale_factor=2)
    page.goto(address)
    train = page.get_by_role("button", name="Train these values")
    train.wait_for(timeout=READY_MS)
    epochs = page.get_by_role("spinbutton", name="epochs", exact=True)
    epochs.fill("25")  # enough to see, and soon done
    epochs.press("Tab")
    train.click()
    rows = page.locator("tbody tr")
    rows.filter(has_text="complete").first.wait_for(timeout=DONE_MS)
    page.get_by_role("button", name="Search", exact=True).click()
    rows.filter(has_text="complete").nth(5).wait_for(timeout=DONE_MS)
    rows.filter(has_text="running").first.wait_for(timeout=READY_MS)
    page.locator(".tw-lab").screenshot(path=file)
    page.close()


def main() -> None:
    """Take both pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with serve.chromium() as browser:
        for theme in ("light", "dark"):
            file = IMAGES / f"lab-{theme}.png"
            with serve.lab(theme=theme) as address:
                take(browser, address, file)
            sys.stdout.write(f"{file}\n")


if __name__ == "__main__":
    main()
