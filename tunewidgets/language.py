"""The language that a person reads: English or Korean.

One language holds for a kernel, since a kernel has one person. It is chosen by the page's address
(``?lang=ko``), the environment (``TUNEWIDGETS_LANGUAGE=ko``), or the languages that the browser
prefers, in this order; a script can `use` another. Texts of the lab itself come from gettext
catalogues (``locale/``), with the English text as the key; what is in no catalogue stays English.
"""

from __future__ import annotations

import gettext
import os
from pathlib import Path
from urllib.parse import parse_qs

from tunewidgets.errors import StudyError

LANGUAGES = {"en": "English", "ko": "한국어"}
"""Language tag (BCP 47) to what its speakers call it."""

_LOCALES = Path(__file__).with_name("locale")

_used: str | None = None
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


def current() -> str:
    """Give the tag of the language that holds."""
    return _used or _asked_for()


def translate(text: str) -> str:
    """Give a text of the lab in the language that holds."""
    tag = current()
    if tag not in _catalogues:
        _catalogues[tag] = gettext.translation("tunewidgets", _LOCALES, [tag], fallback=True)
    return _catalogues[tag].gettext(text) if text else text


def _asked_for() -> str:
    """Read the wishes of the page, of the environment, and of the browser, in this order."""
    address = parse_qs(os.environ.get("QUERY_STRING", "")).get("lang", [""])[-1]
    setting = os.environ.get("TUNEWIDGETS_LANGUAGE", "")
    browser = os.environ.get("HTTP_ACCEPT_LANGUAGE", "")  # as Voilà hands it on
    for wish in (address, setting, *browser.split(",")):
        tag = wish.partition(";")[0].strip().partition("-")[0].partition("_")[0].lower()
        if tag in LANGUAGES:
            return tag
    return "en"
