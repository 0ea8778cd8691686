"""Take the pictures of the README and of the index of labs, from the real pages: ``make pictures``.

Serves each lab as a user would, in a headless browser, and trains where there is nothing to see
yet. Writes ``docs/images/lab-light.png`` and ``lab-dark.png``, and for every notebook that the
index shows ``notebooks/images/<its name>.png``, small and of few colours, as the index holds them
all. Words on the command line, as in ``python scripts/pictures.py 03``, take only the index's
pictures of the notebooks whose names begin so.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import serve
from PIL import Image
from playwright.sync_api import Browser, Locator, Page

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
FIRST = NOTEBOOKS / "01_first_lab.ipynb"
IMAGES = ROOT / "docs" / "images"
SIZE = {"width": 1280, "height": 800}
READY_MS = 90_000
DONE_MS = 900_000  # Two cores take their time over the lecture's 100 epochs.
SMALL = (480, 300)
COLOURS = 48
SEEN = """() => [...document.querySelectorAll(".tw-curves path.line")]
    .some(line => (line.getAttribute("d") ?? "").length > 100)"""


def take_readme(browser: Browser, address: str) -> bytes:
    """Train once, search, and take the picture while the curves still grow."""
    page = _opened(browser, address, scale=2)
    _train(page)
    page.get_by_role("button", name="Search", exact=True).click()
    rows = page.locator("tbody tr")
    rows.filter(has_text="complete").nth(5).wait_for(timeout=DONE_MS)
    rows.filter(has_text="running").first.wait_for(timeout=READY_MS)
    picture = page.locator(".tw-lab").screenshot()
    page.close()
    return picture


def take_card(browser: Browser, address: str) -> bytes:
    """Take a lab's upper part once it has curves to show, training where it has none."""
    page = _opened(browser, address, scale=1)
    lab = page.locator(".tw-lab").first
    page.wait_for_timeout(4_000)  # what is stored is drawn by then
    if not page.evaluate(SEEN) and _train_button(page).is_enabled():
        _train(page)
    lab.evaluate("lab => window.scrollTo(0, lab.getBoundingClientRect().top + scrollY)")
    page.wait_for_timeout(500)
    picture = page.screenshot()
    page.close()
    return picture


def shrunk(picture: bytes) -> bytes:
    """Make the index's picture of a page: small, with a palette."""
    image = Image.open(io.BytesIO(picture)).convert("RGB").resize(SMALL, Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def of_the_index() -> Iterator[Path]:
    """Give the notebooks that the index shows: those that say their title in their metadata."""
    for file in sorted(NOTEBOOKS.glob("*.ipynb")):
        if "tunewidgets" in json.loads(file.read_text(encoding="utf-8"))["metadata"]:
            yield file


def _opened(browser: Browser, address: str, scale: int) -> Page:
    page = browser.new_page(viewport=SIZE, device_scale_factor=scale)
    page.goto(address)
    _train_button(page).wait_for(timeout=READY_MS)
    return page


def _train_button(page: Page) -> Locator:
    return page.locator(".tw-train .tw-primary").first


def _train(page: Page) -> None:
    epochs = page.get_by_role("spinbutton", name="epochs", exact=True).first
    if epochs.count():
        epochs.fill("25")  # enough to see, and soon done
        epochs.press("Tab")
    _train_button(page).click()
    page.locator("tbody tr").filter(has_text="complete").first.wait_for(timeout=DONE_MS)


def _write(file: Path, picture: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(picture)
    sys.stdout.write(f"{file.relative_to(ROOT)}, {len(picture) / 1e3:.0f} kB\n")


def main(beginnings: tuple[str, ...]) -> None:
    """Take all pictures, or those of some of the index's notebooks."""
    with serve.chromium() as browser:
        for theme in () if beginnings else ("light", "dark"):
            with serve.lab(FIRST, theme=theme) as address:
                _write(IMAGES / f"lab-{theme}.png", take_readme(browser, address))
        for file in of_the_index():
            if file.name.startswith(beginnings or ""):
                with serve.lab(file) as address:
                    picture = shrunk(take_card(browser, address))
                _write(NOTEBOOKS / "images" / f"{file.stem}.png", picture)


if __name__ == "__main__":
    main(tuple(sys.argv[1:]))
