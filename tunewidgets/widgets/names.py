"""Names for screen readers where ipywidgets leaves them out.

It ties a control's label to fields and lists, but not to a slider's handles and readout, nor to
a group of buttons, and it does not say which button is pressed. This unseen widget sits in a
panel and writes that into the page, in the words of the labels that are shown.
"""

from __future__ import annotations

from tunewidgets.widgets.scripted import Unseen, script


class Names(Unseen):
    """Names the controls of the card that it is in."""

    _esm = script("card.js", "names.js")
