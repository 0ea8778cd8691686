"""A question to answer before trying: the page alone keeps the answer, the kernel is not asked."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from html import escape
from string import Template

import ipywidgets

from tunewidgets.lesson.words import Words

_PAGE = Template("""\
<style>
.tw-guess { border: 1px solid var(--jp-border-color1, #bdbdbd); border-radius: 4px;
  margin: 4px 0 12px; padding: 8px 14px 10px; max-width: 720px; line-height: 1.5;
  font-size: var(--jp-content-font-size1, 14px); color: var(--jp-ui-font-color1, #212121) }
.tw-guess legend { font-weight: 600; padding: 0 6px }
.tw-guess label { display: block; padding: 2px 0; cursor: pointer }
.tw-guess .tw-then { display: none; margin-top: 6px; color: var(--jp-ui-font-color2, #616161) }
.tw-guess:has(input:checked) .tw-then { display: block }
</style>
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
        _PAGE.substitute(question=escape(str(question)), options=buttons, then=escape(str(then)))
    )
