"""Korean particles: which of two forms, by how the word before it ends.

A catalogue cannot know the words that fill its fields, so it writes both: ``{n}이(가)``. Where the
word ends in a syllable or a digit, its sound decides; after other letters both stay, as people
write them too.
"""

from __future__ import annotations

import re

_FIRST, _LAST = "가", "힣"
_N_ENDINGS = 28
"""Syllables are listed by their endings; the first of each has none."""

_RIEUL = 8
"""The ending after which 로 stands, as after none."""

_DIGITS = dict(zip("0123456789", "영일이삼사오육칠팔구", strict=True))

_BOTH = re.compile(r"(?P<last>\w)(?P<quote>[')]?)(?P<pair>이\(가\)|을\(를\)|은\(는\)|\(으\)로)")
_FORMS = {"이(가)": "이가", "을(를)": "을를", "은(는)": "은는"}


def settled(sentence: str) -> str:
    """Choose among the forms of each particle that has both, where the word before it tells."""
    return _BOTH.sub(_settle, sentence)


def _settle(found: re.Match[str]) -> str:
    last, quote, pair = found.group("last", "quote", "pair")
    syllable = _DIGITS.get(last, last)
    if not _FIRST <= syllable <= _LAST:
        return found.group()
    ending = (ord(syllable) - ord(_FIRST)) % _N_ENDINGS
    if pair == "(으)로":
        chosen = "로" if ending in (0, _RIEUL) else "으로"
    else:
        chosen = _FORMS[pair][0 if ending else 1]
    return f"{last}{quote}{chosen}"
