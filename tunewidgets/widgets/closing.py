"""Close widgets with everything that hangs on them, so that none outlives the lab."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import ipywidgets


def tree(*roots: ipywidgets.Widget) -> list[ipywidgets.Widget]:
    """List widgets and all that they hold: children, layouts, styles, marks, scales."""
    found: dict[int, ipywidgets.Widget] = {}
    waiting = list(roots)
    while waiting:
        widget = waiting.pop()
        if id(widget) in found:
            continue
        found[id(widget)] = widget
        for name in widget.keys:
            waiting.extend(_widgets_in(getattr(widget, name)))
    return list(found.values())


def close_tree(*roots: ipywidgets.Widget) -> None:
    """Close widgets and all that they hold."""
    for widget in tree(*roots):
        widget.close()


def _widgets_in(value: Any) -> Iterator[ipywidgets.Widget]:
    if isinstance(value, ipywidgets.Widget):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _widgets_in(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _widgets_in(part)
