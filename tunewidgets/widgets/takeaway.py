"""Take it away: buttons that hand the page a file, or code to copy.

The page asks with a token of its own making, and only the page that asked gets the answer, however
many show the lab. Files travel in a message and are saved as the browser saves downloads, which
works the same in a notebook and on a served page.
"""

from __future__ import annotations

from typing import Any

import traitlets

from tunewidgets.language import later
from tunewidgets.language import translate as tr
from tunewidgets.snapshot import Snapshot
from tunewidgets.widgets.commands import Export, Exported, Send
from tunewidgets.widgets.scripted import Scripted, script

NOTHING_YET = later("Nothing has been trained yet")
NONE_COMPLETE = later("No trial is complete yet")
NO_SINGLE_RUN = later(
    "The best trial is cross-validated: take the retrained model, trained on all folds"
)


class Shelf(Scripted):
    """The buttons; it reports presses and saves what arrives."""

    _esm = script("takeaway.js")

    reasons = traitlets.Dict().tag(sync=True)
    """Kind of export to why it cannot be had now; empty where it can."""


class TakeAway:
    """The panel with the buttons.

    Parameters
    ----------
    send
        Raises commands.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self.widget = Shelf()
        self.widget.on_msg(self._hear)
        self.widget.add_class("tw-card")
        self.widget.add_class("tw-takeaway")

    def render(self, snapshot: Snapshot) -> None:
        """Grey what there is not yet, and say why."""
        reasons = reasons_of(snapshot)
        if self.widget.reasons != reasons:
            self.widget.reasons = reasons

    def answer(self, made: Exported) -> None:
        """Hand what was made to the page that asked."""
        told = {"token": made.asked.token, "kind": made.asked.kind, "error": made.error}
        self.widget.send({**told, "name": made.name, "mime": made.mime}, [made.data])

    def _hear(self, _: Any, content: dict[str, Any], __: Any) -> None:
        match content:
            case {"kind": str(kind), "token": str(token)} if kind in self.widget.reasons:
                self._send(Export(kind, token))


def reasons_of(snapshot: Snapshot) -> dict[str, str]:
    """Say for each kind of export why it cannot be had, or nothing where it can."""
    nothing = "" if snapshot.trials else NOTHING_YET
    best = None if snapshot.best is None else snapshot.trials[snapshot.best]
    none = nothing or ("" if best is not None else NONE_COMPLETE)
    cannot = none or (snapshot.cannot_train or "")
    own = cannot or (NO_SINGLE_RUN if best is not None and best.folds is not None else "")
    reasons = {"model": own, "retrained": cannot, "code": none, "csv": nothing, "report": nothing}
    return {kind: tr(reason) for kind, reason in reasons.items()}
