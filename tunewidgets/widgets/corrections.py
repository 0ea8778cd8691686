"""A sentence where ipywidgets corrects what was typed.

Its sliders and number fields move what is out of bounds to the nearest number that may be, in the
page and without a word, so that the kernel never hears of it. This unseen widget sits in a panel
and tells, beside the control, what was typed and what became of it. It also has a slider take the
number that was typed beside it when a person goes on without pressing Enter.
"""

from __future__ import annotations

from tunewidgets.widgets.scripted import Unseen, script


class Corrections(Unseen):
    """Tells of corrected numbers in the card that it is in."""

    _esm = script("card.js", "corrections.js")
