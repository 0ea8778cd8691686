"""Small pieces of HTML; every word that comes from outside is escaped here."""

from __future__ import annotations

from html import escape
from typing import Literal

import ipywidgets

from tunewidgets.language import translate as tr

Kind = Literal["quiet", "busy", "error", "notice"]


def line(sentence: str, kind: Kind = "quiet") -> str:
    """Write a sentence, announced to screen readers; nothing for an empty one."""
    if not sentence:
        return ""
    role = "alert" if kind == "error" else "status"
    return f'<div class="tw-line tw-{kind}" role="{role}">{escape(sentence)}</div>'


def fault(sentence: str, traceback: str) -> str:
    """Write an error's sentence, with where it happened on demand."""
    where = escape(tr("Where it happened"))
    return (
        f'<div class="tw-line tw-error" role="alert">{escape(sentence)}'
        f"<details><summary>{where}</summary>"
        f"<pre>{escape(traceback)}</pre></details></div>"
    )


def bar(done: int, total: int, label: str) -> str:
    """Draw a progress bar."""
    percent = 100 * done / total if total else 0
    return (
        f'<div class="tw-bar" role="progressbar" aria-label="{escape(label)}" aria-valuemin="0"'
        f' aria-valuemax="{total}" aria-valuenow="{done}">'
        f'<div style="width:{percent:.1f}%"></div></div>'
    )


def heading(words: str) -> ipywidgets.HTML:
    """Make the heading of a group."""
    written = f'<div class="tw-heading" role="heading" aria-level="3">{escape(words)}</div>'
    return ipywidgets.HTML(written)


def field(label: str, widget: ipywidgets.DOMWidget, tooltip: str = "") -> ipywidgets.DOMWidget:
    """Give a control its label, which stands above it, small."""
    widget.description = label
    widget.tooltip = tooltip or label
    widget.add_class("tw-field")
    return widget


def unseen(label: str, widget: ipywidgets.DOMWidget) -> ipywidgets.DOMWidget:
    """Give a control a label for screen readers alone, where the eye needs none."""
    widget.description = label
    widget.tooltip = widget.tooltip or ""  # ipywidgets writes None into the page as "null"
    widget.add_class("tw-unseen")
    return widget


def show(widget: ipywidgets.DOMWidget, on: bool) -> None:
    """Show a widget, or take it out of the page without closing it."""
    widget.layout.display = None if on else "none"
