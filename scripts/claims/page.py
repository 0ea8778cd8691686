"""The claims' page, ``docs/lecture.md``: a section a lab, whose table stands between two marks.

Only the sections of the labs that were run change, so the labs can be run one by one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from scripts.claims.claim import Claim

PAGE = Path(__file__).parents[2] / "docs" / "lecture.md"
HEAD = "| # | claim | what the runs said | held here |\n|--:|---|---|---|"


def table(claims: Sequence[Claim]) -> str:
    """Draw the claims as a Markdown table, in the order of their numbers."""
    rows = [
        f"| {claim.number} | {_cell(claim.claim)} | {_cell(claim.figures)} | {claim.held} |"
        for claim in sorted(claims, key=lambda claim: claim.number)
    ]
    return "\n".join([HEAD, *rows])


def write(lab: int, claims: Sequence[Claim], page: Path = PAGE) -> None:
    """Put a lab's claims into its section of the page.

    Raises
    ------
    ValueError
        Where the page has no such section.
    """
    start, end = f"<!-- lab {lab}: made by `make lecture` -->", f"<!-- end of lab {lab} -->"
    text = page.read_text(encoding="utf-8")
    section = re.compile(f"(?<={re.escape(start)}\n).*?(?={re.escape(end)})", re.DOTALL)
    made, n_found = section.subn(lambda _: f"\n{table(claims)}\n\n", text)
    if n_found != 1:
        raise ValueError(f"{page.name} must have one section of lab {lab}: write {start} in it.")
    page.write_text(made, encoding="utf-8")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
