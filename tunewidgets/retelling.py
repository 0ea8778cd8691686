"""Sentences that are made in one place and read in another: told in English, retold when shown.

What a worker says of a run, or an error that a script may catch, is English wherever it travels
and is kept: in messages, records, files. `stated` makes such a sentence from a text of the
catalogue and its values. `retold` is where the lab shows it: it finds the text that the sentence
was made from and the values in it, and gives its translation. Nothing else need travel or be
stored, and sentences of old files are retold too. Which texts there are, ``scripts/catalogue.py``
reads off the code into ``locale/sentences.json``. A sentence that is in no catalogue (Keras's, or
a user's own error) stays as it is.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from string import Formatter

from tunewidgets.language import current, translate

_TEXTS = Path(__file__).with_name("locale") / "sentences.json"


def stated(text: str, /, **values: object) -> str:
    """Make an English sentence that `retold` can give in another language.

    Parameters
    ----------
    text
        In English, with a plain field in braces for each value; it must be a literal.
    **values
        What the fields hold, each shown as ``str`` has it. A value may be such a sentence itself.
    """
    return text.format(**values) if values else text


def retold(sentence: str) -> str:
    """Give a sentence that `stated` made in the language that holds.

    Parameters
    ----------
    sentence
        In English; one that is not known is given back as it is.
    """
    language = current()
    if language == "en" or not sentence:
        return sentence
    return _from_text(sentence, language) or translate(sentence)


@lru_cache(maxsize=512)
def _from_text(sentence: str, language: str) -> str | None:
    for text, pattern in _patterns():
        found = pattern.fullmatch(sentence)
        if found:
            values = found.groupdict()  # words of the study, or a sentence within this one
            inner = {name: _from_text(value, language) or value for name, value in values.items()}
            return translate(text, **inner)
    return None


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Give each text and what reads its values; the most telling first."""
    texts = json.loads(_TEXTS.read_text(encoding="utf-8"))
    known = [(_n_fixed(text), text) for text in texts]
    return tuple((text, _pattern(text)) for _, text in sorted(known, reverse=True))


def _n_fixed(text: str) -> int:
    return sum(len(words) for words, *_ in Formatter().parse(text))


def _pattern(text: str) -> re.Pattern[str]:
    written, seen = "", set()
    for words, name, _, _ in Formatter().parse(text):
        written += re.escape(words)
        if name:
            written += f"(?P={name})" if name in seen else f"(?P<{name}>.+?)"
            seen.add(name)
    return re.compile(written, re.DOTALL)
