"""Widgets whose page part says words: the scripts are in English, the kernel translates.

A script writes its words as ``tr("...")``, with fields in braces as in Python. They are read off
the script itself, so that they stand in one place, and what they are called in the language that
holds travels with the widget, as `labels`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import anywidget
import traitlets

from tunewidgets.language import translate
from tunewidgets.widgets.theme import static

_WORD = re.compile(r'\btr\(\s*"([^"]+)"')


class Scripted(anywidget.AnyWidget):
    """A widget that draws itself, in the language that holds when it is made."""

    _esm = ""

    labels = traitlets.Dict().tag(sync=True)
    """The script's English words to those shown, where they differ."""

    def __init__(self, **traits: Any) -> None:
        pairs = ((word, translate(word)) for word in words_of(self._esm))
        labels = {word: shown for word, shown in pairs if shown != word}
        super().__init__(labels=labels, **traits)


class Unseen(Scripted):
    """A widget that draws nothing: its script works on the card that it is in."""

    def __init__(self) -> None:
        super().__init__()
        self.add_class("tw-script")


def script(*names: str) -> str:
    """Read scripts of the ``static`` folder as one, with what translates its words."""
    return "\n".join(static(name) for name in ("words.js", *names))


@cache
def words_of(source: str) -> tuple[str, ...]:
    """List the words that a script says."""
    return tuple(dict.fromkeys(_WORD.findall(source)))
