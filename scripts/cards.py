"""Take the index's pictures from the labs' own pages: ``python scripts/cards.py [NAME ...]``.

A notebook's metadata may name the tab that its picture shows (``"picture": "Growth"``); otherwise
it shows the curves. In labs that come without trials one is trained first. The pictures are small
and of few colours, as the index holds them all.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import serve
from pictures import shrunk, train
from playwright.sync_api import Browser, Locator

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
SIZE = {"width": 980, "height": 1600}
READY_MS = 120_000
SETTLED_MS = 3_000
SHAPE = 8 / 5
"""Width by height, as on the card."""


def take(browser: Browser, address: str, stem: str, tab: str | None) -> Path:
    """Open a lab's page and take the picture of its chart."""
    page = browser.new_page(viewport=SIZE)
    page.goto(f"{address.rstrip('/')}/voila/render/{stem}.ipynb?lang=en", timeout=READY_MS)
    page.locator(".tw-exercise").last.wait_for(timeout=READY_MS)
    if tab:
        page.get_by_role("tab", name=tab).click()
    page.wait_for_timeout(SETTLED_MS)
    if not (NOTEBOOKS / "studies" / f"{stem}.db").exists():
        train(page)
        page.wait_for_timeout(SETTLED_MS)
    place = ".tw-tabs" if tab else ".tw-right-column"
    charts = page.locator(f"{place} .tw-figure:visible")  # hidden tabs hold some too
    if charts.and_(page.locator(".tw-blank")).count():
        raise RuntimeError(
            f"The lab must have something to show, but the chart of {stem!r} is empty: see on its "
            f"page which data could not be had."
        )
    file = NOTEBOOKS / "images" / f"{stem}.png"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(shrunk(page.screenshot(clip=_clip(charts.first))))
    page.close()
    return file


def _clip(chart: Locator) -> dict[str, float]:
    chart.scroll_into_view_if_needed()  # what is out of sight would be cut off
    box = chart.bounding_box()
    if box is None:
        raise RuntimeError("The page shows no chart: name another tab in the notebook's metadata.")
    width = min(box["width"], box["height"] * SHAPE)
    left = box["x"] + (box["width"] - width) / 2
    return {"x": left, "y": box["y"], "width": width, "height": width / SHAPE}


def main() -> None:
    """Take the picture of each lab of the index, or of those that are named."""
    tabs = {}
    for file in sorted(NOTEBOOKS.glob("*.ipynb")):
        said = json.loads(file.read_text(encoding="utf-8"))["metadata"].get("tunewidgets")
        if said:
            tabs[file.stem] = said.get("picture")
    with serve.chromium() as browser, serve.lab() as address:
        for stem in sys.argv[1:] or tabs:
            sys.stdout.write(f"{take(browser, address, stem, tabs[stem])}\n")


if __name__ == "__main__":
    main()
