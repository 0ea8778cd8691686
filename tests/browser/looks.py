"""What a page must not look like: words cut off, a sideways scrollbar, text too faint to read."""

from __future__ import annotations

from playwright.sync_api import Page

READABLE = 4.5
"""WCAG's least contrast (AA) of text with what is behind it."""

CLIPPED = """() => {
  const words = document.querySelectorAll(
    ".tw-card :is(label, button, .tw-heading, .tw-line, .tw-state span, .widget-label, select)"
  );
  const isSeen = (part) => part.offsetParent && !part.closest(".tw-unseen > label, .tw-scroller")
    && getComputedStyle(part).clipPath === "none";
  return [...words].filter((part) => isSeen(part)).flatMap((part) => {
    const box = part.getBoundingClientRect();
    const card = part.closest(".tw-card").getBoundingClientRect();
    const isCut = part.scrollWidth > part.clientWidth + 1 && part.clientWidth > 0;
    const isOut = box.left < card.left - 1 || box.right > card.right + 1;
    return isCut || isOut ? [part.className + ": " + part.textContent] : [];
  });
}"""

OVERFLOWING = """() => [document.documentElement, ...document.querySelectorAll(
  ".tw-lab, .tw-lab .tw-card, .jp-WindowedPanel-outer, .jp-OutputArea-output"
)].filter((part) => part.scrollWidth > part.clientWidth + 1)
  .map((part) => `${part.className}: ${part.scrollWidth} in ${part.clientWidth}`)"""

FAINT = """() => {
  const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  // A canvas mixes colours as the page does, whatever way they are written.
  const mixed = (colours) => {
    for (const colour of colours) {
      pixel.fillStyle = colour;
      pixel.fillRect(0, 0, 1, 1);
    }
    return [...pixel.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 :
      ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (part) => part ? [...behind(part.parentElement),
    getComputedStyle(part).backgroundColor] : ["white"];
  const kinds = [".tw-study", ".tw-word", ".tw-heading", ".tw-primary", ".tw-second", ".tw-line",
    ".tw-value > .widget-label", ".tw-range > .widget-label", ".tw-field > .widget-label",
    ".tw-field > input", ".tw-field > select", ".tw-value .widget-readout", ".tw-sort",
    ".tw-range .widget-readout", ".widget-toggle-button.mod-active",
    ".tw-value .widget-toggle-button", ".tw-chips .widget-toggle-button", ".tw-pin", ".tw-quiet",
    ".tw-error", ".tw-notice", "tr.tw-best td:first-child", "tr[data-state=failed] td",
    "tr[data-state=complete] td", ".tw-link"];
  return kinds.flatMap((kind) => {
    const part = document.querySelector(`.tw-card ${kind}:not(:disabled)`);
    if (!part) return [];
    const below = behind(part);
    const [a, b] = [light(mixed(below)), light(mixed([...below, getComputedStyle(part).color]))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    return contrast < LEAST ? [`${kind}: ${contrast.toFixed(2)}`] : [];
  });
}"""


def clipped(page: Page) -> list[str]:
    """Give the words that are cut off, or stick out of their card."""
    return page.evaluate(CLIPPED)


def overflowing(page: Page) -> list[str]:
    """Give what would have to be scrolled sideways; the table of runs may be."""
    return page.evaluate(OVERFLOWING)


def faint(page: Page) -> list[str]:
    """Give the kinds of text, one example of each, that are too faint for what is behind them."""
    return page.evaluate(FAINT.replace("LEAST", str(READABLE)))


def has_two_columns(page: Page) -> bool:
    """Tell whether the controls are beside the chart, rather than above it."""
    columns = page.locator(".tw-left-column, .tw-right-column")
    left, right = (box.bounding_box() for box in columns.all())
    return left["x"] < right["x"]
