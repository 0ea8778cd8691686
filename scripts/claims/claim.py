"""What came of one of the lecture's claims."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Claim:
    """One of the lecture's claims, and what the runs say of it.

    Attributes
    ----------
    number
        In the lecture's list, from 1 to 21.
    claim
        In a few words.
    lab
        Number of the lab in which a student tries it.
    figures
        What the runs gave, in a sentence.
    held
        ``"yes"``, ``"no"`` or ``"partly"``, as the figures decide; the sentence says why.
    """

    number: int
    claim: str
    lab: int
    figures: str
    held: str

    def __post_init__(self) -> None:
        if self.held not in ("yes", "no", "partly"):
            raise ValueError(f"held must be yes, no or partly, but got {self.held!r}: choose one.")
