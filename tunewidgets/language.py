"""The language that a person reads: English or Korean.

One language holds for a kernel, since a kernel has one person. It is chosen by the page's address
(``?lang=ko``), the environment (``TUNEWIDGETS_LANGUAGE=ko``), or the languages that the browser
prefers, in this order; a script can `use` another. Texts of the lab itself come from gettext
catalogues (``locale/``), with the English text as the key; what is in no catalogue stays English.
Records, files and commands are in English always: a text is translated when it is shown.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qs

from tunewidgets.errors import StudyError
from tunewidgets.particles import settled

LANGUAGES = {"en": "English", "ko": "한국어"}
"""Language tag (BCP 47) to what its speakers call it."""

_LOCALES = Path(__file__).with_name("locale")
_WISHES = ("QUERY_STRING", "TUNEWIDGETS_LANGUAGE", "HTTP_ACCEPT_LANGUAGE")
"""Environment variables; Voilà hands the first and the last on."""

_used: str | None = None
_spoken: ContextVar[str | None] = ContextVar("tunewidgets_language", default=None)
_catalogues: dict[str, gettext.NullTranslations] = {}


def use(language: str | None) -> None:
    """Choose a language for all that is made from now on.

    Parameters
    ----------
    language
        ``"en"``, ``"ko"``, or None to go by the page and the environment again.

    Raises
    ------
    StudyError
        For another language.
    """
    global _used
    if language is not None and language not in LANGUAGES:
        known = ", ".join(f"{tag!r} ({name})" for tag, name in LANGUAGES.items())
        raise StudyError(f"language must be one of {known}, but got {language!r}: choose one.")
    _used = language


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Have a language hold inside a block, in this thread alone; as English for a file."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


def current() -> str:
    """Give the tag of the language that holds."""
    return _spoken.get() or _used or _asked_for(*(os.environ.get(name, "") for name in _WISHES))


def translate(text: str, /, **values: object) -> str:
    """Give a text of the lab in the language that holds.

    Parameters
    ----------
    text
        In English, with a field in braces for each value.
    **values
        What the fields hold; none for a text without fields.
    """
    found = _catalogue().gettext(text) if text else text
    return _filled(found, values) if values else found


def in_context(context: str, text: str, /) -> str:
    """Give a text that is another word elsewhere, as `translate` does.

    Parameters
    ----------
    context
        What tells the two apart, for those who translate.
    text
        In English.
    """
    return _catalogue().pgettext(context, text)


def counted(n: int, one: str, many: str, /, **values: object) -> str:
    """Give a text about so many things in the language that holds.

    Parameters
    ----------
    n
        How many; the field ``{n}`` of the texts.
    one, many
        In English, of one thing and of several.
    **values
        What other fields hold.
    """
    return _filled(_catalogue().ngettext(one, many, n), {"n": f"{n:,}", **values})


def later(text: str) -> str:
    """Mark a text that is translated when it is shown, for the catalogue; give it as it is."""
    return text


def _filled(text: str, values: Mapping[str, object]) -> str:
    told = text.format(**values)
    return settled(told) if current() == "ko" else told


def _catalogue() -> gettext.NullTranslations:
    tag = current()
    if tag not in _catalogues:
        _catalogues[tag] = gettext.translation("tunewidgets", _LOCALES, [tag], fallback=True)
    return _catalogues[tag]


@lru_cache(maxsize=8)
def _asked_for(query: str, setting: str, browser: str) -> str:
    """Read the wishes of the page, of the environment, and of the browser, in this order."""
    address = parse_qs(query).get("lang", [""])[-1]
    for wish in (address, setting, *browser.split(",")):
        tag = wish.partition(";")[0].strip().partition("-")[0].partition("_")[0].lower()
        if tag in LANGUAGES:
            return tag
    return "en"
