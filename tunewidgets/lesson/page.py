"""Pieces of a lesson's page that are plain HTML, and how they look."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_STATIC = Path(__file__).with_name("static")

STYLE = f"<style>{(_STATIC / 'lesson.css').read_text(encoding='utf-8')}</style>"
"""Goes with every piece, as pieces stand in cells of their own."""

SCRIPT = f"<script>{(_STATIC / 'gallery.js').read_text(encoding='utf-8')}</script>"


@dataclass(frozen=True, slots=True)
class Page:
    """A piece of HTML; as the last line of a cell it shows itself."""

    html: str

    def _repr_html_(self) -> str:
        return self.html
