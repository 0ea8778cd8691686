"""The index of the lessons: a card for each, in both languages, and the way back from a page.

What a card says is in the notebook itself (its metadata, under ``tunewidgets``), so a teacher who
adds a notebook adds a card. Both languages are in the page; which one shows is the browser's
matter, so the index can be made before anybody comes. The links carry the language on to the
lessons' kernels.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from tunewidgets.language import LANGUAGES, current
from tunewidgets.lesson.page import LEAVING, STYLE, Page, script
from tunewidgets.lesson.shelf import notebooks
from tunewidgets.lesson.words import Words

INDEX = "index.ipynb"
IMAGES = "images"

HEADING = Words(en="Tuning neural networks, hands on", ko="손으로 해 보는 신경망 튜닝")
LEAD = Words(
    en="Each lab asks a question, lets you guess, and then lets you try it: real Keras models, "
    "trained while you watch.",
    ko="실험마다 질문이 하나 있습니다. 먼저 예상해 보고, 바로 해 보세요. 실제 Keras 모델이 "
    "눈앞에서 학습됩니다.",
)
MINUTES = Words(en="about $n minutes", ko="약 $n분")
BACK = Words(en="All labs", ko="실험 목록")


@dataclass(frozen=True, slots=True)
class Card:
    """What the index says of a lesson.

    Attributes
    ----------
    file
        The notebook's name.
    title, summary
        In every language.
    minutes
        How long it takes.
    picture
        A PNG file, or None.
    """

    file: str
    title: Words
    summary: Words
    minutes: int
    picture: Path | None


def cards() -> tuple[Card, ...]:
    """Read the cards of all lessons, in the order of their names."""
    found = []
    for file in sorted(notebooks().glob("*.ipynb")):
        said = json.loads(file.read_text(encoding="utf-8"))["metadata"].get("tunewidgets")
        if said:
            picture = file.parent / IMAGES / f"{file.stem}.png"
            title, summary = Words(**said["title"]), Words(**said["summary"])
            shown = picture if picture.is_file() else None
            found.append(Card(file.name, title, summary, int(said["minutes"]), shown))
    return tuple(found)


def gallery() -> Page:
    """Show all lessons, each with a picture."""
    return Page(
        _GALLERY.substitute(
            style=STYLE,
            script=script("gallery", "links") + LEAVING,
            heading=_both(HEADING),
            lead=_both(LEAD),
            cards="".join(map(_card, cards())),
            switch="".join(
                f'<button type="button" data-to="{tag}" lang="{tag}">{name}</button>'
                for tag, name in LANGUAGES.items()
            ),
        )
    )


def header() -> Page:
    """Show the way back to the index, and to the same page in another language."""
    here = current()
    links = " · ".join(
        f'<b lang="{tag}">{name}</b>'
        if tag == here
        else f'<a href="?lang={tag}" lang="{tag}">{name}</a>'
        for tag, name in LANGUAGES.items()
    )
    return Page(
        f"{STYLE}"
        f'<nav class="tw-way"><a href="{INDEX}?lang={here}">← {escape(str(BACK))}</a>'
        f"<span>{links}</span></nav>{script('links')}{LEAVING}"
    )


def _card(card: Card) -> str:
    number = card.file.partition("_")[0]
    picture = ""
    if card.picture:
        data = base64.b64encode(card.picture.read_bytes()).decode()
        picture = f'<img src="data:image/png;base64,{data}" alt="">'
    mark = f'<span class="tw-number">{int(number)}</span>' if number.isdigit() else ""
    return _CARD.substitute(
        file=escape(card.file, quote=True),
        picture=picture,
        number=mark,
        title=_both(card.title),
        summary=_both(card.summary),
        minutes=_both(
            Words(
                **{
                    tag: Template(getattr(MINUTES, tag)).substitute(n=card.minutes)
                    for tag in LANGUAGES
                }
            )
        ),
    )


def _both(words: Words) -> str:
    texts: dict[str, Any] = {"en": words.en, "ko": words.ko or words.en}
    return "".join(f'<span lang="{tag}">{escape(text)}</span>' for tag, text in texts.items())


_CARD = Template(
    '<a class="tw-card" href="$file" data-file="$file"><div class="tw-picture">$picture</div>'
    "<div><h3>$number$title</h3><p>$summary</p><small>$minutes</small></div></a>"
)

_GALLERY = Template("""\
$style
<div class="tw-gallery" data-lang="en"><div class="tw-gallery-top"><div><h1>$heading</h1>
<p>$lead</p></div>
<div class="tw-switch" role="group" aria-label="Language · 언어">$switch</div></div>
<div class="tw-cards">$cards</div></div>
$script""")
