"""Words of a lesson, in every language that it is taught in."""

from __future__ import annotations

from dataclasses import dataclass

from tunewidgets.language import current


@dataclass(frozen=True, slots=True)
class Words:
    """A text in Markdown; as the last line of a cell it shows itself.

    Attributes
    ----------
    en
        In English, which also stands in where the other is missing.
    ko
        In Korean.

    Examples
    --------
    >>> from tunewidgets import lesson
    >>> str(lesson.say(en="Layers", ko="층"))
    'Layers'
    """

    en: str
    ko: str = ""

    def __str__(self) -> str:
        """Give the text in the language that holds."""
        return (self.ko if current() == "ko" else "") or self.en

    def _repr_markdown_(self) -> str:
        return str(self)
