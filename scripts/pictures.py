"""Take the README's pictures of the first lab from the real page: ``make pictures``.

Serves the lab as a user would, trains and searches in a headless browser until there is
something to see, and writes ``docs/images/lab-light.png`` and ``docs/images/lab-dark.png``.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

import serve
from PIL import Image
from playwright.sync_api import Browser, Locator, Page

ROOT = Path(__file__).parents[1]
FIRST = ROOT / "notebooks" / "01_first_lab.ipynb"
IMAGES = ROOT / "docs" / "images"
SIZE = {"width": 1280, "height": 800}
READY_MS = 180_000  # Where much else goes on.
DONE_MS = 900_000  # Two cores take their time over the lecture's 100 epochs.
SMALL = (480, 300)
COLOURS = 48


def take_readme(browser: Browser, address: str) -> bytes:
    """Train once, search, and take the picture while the curves still grow."""
    page = _opened(browser, address, scale=2)
    train(page)
    page.get_by_role("button", name="Search", exact=True).click()
    rows = page.locator("tbody tr")
    rows.filter(has_text="complete").nth(5).wait_for(timeout=DONE_MS)
    rows.filter(has_text="running").first.wait_for()
    # The page scrolls inside the window: what lies below it would come out empty.
    page.locator(".tw-lab").evaluate("lab => lab.scrollIntoView({ block: 'start' })")
    page.locator(".tw-strips").evaluate("strips => strips.scrollTo(0, 0)")
    picture = page.screenshot()
    page.close()
    return picture


def shrunk(picture: bytes) -> bytes:
    """Make the index's picture of a page: small, with a palette."""
    image = Image.open(io.BytesIO(picture)).convert("RGB").resize(SMALL, Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def _opened(browser: Browser, address: str, scale: int) -> Page:
    page = browser.new_page(viewport=SIZE, device_scale_factor=scale)
    page.set_default_timeout(READY_MS)
    page.goto(address)
    _train_button(page).wait_for()
    return page


def _train_button(page: Page) -> Locator:
    return page.locator(".tw-train .tw-primary").first


def train(page: Page) -> None:
    """Train the values shown once, for as many epochs as there is something to see."""
    epochs = page.get_by_role("spinbutton", name="epochs", exact=True).first
    if epochs.count():
        epochs.fill("25")  # enough to see, and soon done
        epochs.press("Tab")
    _train_button(page).click()
    page.locator("tbody tr").filter(has_text="complete").first.wait_for(timeout=DONE_MS)


def main() -> None:
    """Take both pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with serve.chromium() as browser:
        for theme in ("light", "dark"):
            file = IMAGES / f"lab-{theme}.png"
            with serve.lab(FIRST, theme=theme) as address:
                file.write_bytes(take_readme(browser, address))
            sys.stdout.write(f"{file}\n")


if __name__ == "__main__":
    main()
