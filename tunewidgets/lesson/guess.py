"""A question to answer before trying: the page alone keeps the answer, the kernel is not asked."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from html import escape
from string import Template

import ipywidgets

from tunewidgets.lesson.page import STYLE
from tunewidgets.lesson.words import Words

_PAGE = Template("""\
$style
<fieldset class="tw-guess"><legend>$question</legend>$options
<div class="tw-then" role="status">$then</div></fieldset>""")


def guess(question: Words, options: Sequence[Words], then: Words) -> ipywidgets.HTML:
    """Ask for a guess, and answer it with what to try.

    Parameters
    ----------
    question
        What is asked, in plain text.
    options
        What can be guessed.
    then
        Appears once one of them is chosen, whichever it is: what to look for now.
    """
    group = secrets.token_hex(4)
    buttons = "".join(
        f'<label><input type="radio" name="guess-{group}"> {escape(str(option))}</label>'
        for option in options
    )
    return ipywidgets.HTML(
        _PAGE.substitute(
            style=STYLE, question=escape(str(question)), options=buttons, then=escape(str(then))
        )
    )
