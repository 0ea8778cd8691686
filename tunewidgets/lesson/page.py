"""Pieces of a lesson's page that are plain HTML, and how they look."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tunewidgets.widgets.theme import static

_STATIC = Path(__file__).with_name("static")

STYLE = f"<style>{(_STATIC / 'lesson.css').read_text(encoding='utf-8')}</style>"
"""Goes with every piece, as pieces stand in cells of their own."""

LEAVING = f"<script>{static('leaving.js')}</script>"
"""Ends the kernel of a page that has gone; a lab does so too."""


def script(*names: str) -> str:
    """Give scripts of the ``static`` folder, as a page holds them."""
    codes = ((_STATIC / f"{name}.js").read_text(encoding="utf-8") for name in names)
    return "".join(f"<script>{code}</script>" for code in codes)


@dataclass(frozen=True, slots=True)
class Page:
    """A piece of HTML; as the last line of a cell it shows itself."""

    html: str

    def _repr_html_(self) -> str:
        return self.html
