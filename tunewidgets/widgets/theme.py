"""Colours and the style sheet; the colours themselves are CSS variables in ``static/palette.css``.

Variables follow the page's theme, light or dark, without the kernel knowing which it is.
The fallbacks in ``var()`` serve where the sheet has not arrived yet.
"""

from __future__ import annotations

from importlib.resources import files

ACCENT = "var(--tw-accent, #0072b2)"
"""The best trial and the primary action; nothing else."""

CALM = "var(--tw-calm, #8a8f98)"
"""Finished trials that nobody selected."""

CROWD = "var(--tw-orange, #e69f00)"
"""Selected trials that are too many for a colour each."""

SOFT = "var(--tw-soft, #606772)"
TEXT = "var(--tw-text, #333333)"
FAINT = "var(--tw-grid, #e4e6ea)"

PALETTE = (
    "var(--tw-orange, #e69f00)",
    "var(--tw-green, #009e73)",
    "var(--tw-purple, #cc79a7)",
    "var(--tw-vermillion, #d55e00)",
    "var(--tw-sky, #56b4e9)",
    "var(--tw-yellow, #b8ac00)",
)
"""Okabe and Ito's colours for trials that stand out; their blue is the accent."""


SHEETS = (
    "palette", "layout", "fields", "status", "controls", "strips", "trail", "charts", "tabs",
    "growth", "thinking", "runs", "inspector", "takeaway",
)  # fmt: skip
"""In order: a later sheet may refine an earlier one."""


def static(name: str) -> str:
    """Read a file of the ``static`` folder."""
    return (files("tunewidgets.widgets") / "static" / name).read_text(encoding="utf-8")


def style_sheet() -> str:
    """Give the lab's one style sheet, which is kept in a file a panel."""
    return "\n".join(static(f"{name}.css") for name in SHEETS)
