"""The fields of the search box: what a search is to do."""

from __future__ import annotations

from typing import Any

import ipywidgets

from tunewidgets.language import later
from tunewidgets.language import translate as tr
from tunewidgets.pruners import PRUNERS
from tunewidgets.samplers import SAMPLERS
from tunewidgets.widgets.commands import Send, StartSearch, Touched
from tunewidgets.widgets.markup import field, show

MOST_TRIALS = 1_000_000
MOST_MINUTES = 10_000
MOST_SEED = 2**31 - 1
HALVING = "halving"
WHOLE = "whole"
"""The end of a grid that has tried all its combinations."""
NO_PRUNER = later("Every run goes on to its end")
ORDERS = {
    "listed": (later("as listed"), later("The last name varies fastest, as scikit-learn lists it")),
    "shuffled": (
        later("shuffled"),
        later("In an order that the seed draws, so that any part is spread"),
    ),
}


class SearchFields:
    """Sampler, end, folds, seed, pruner and order.

    Parameters
    ----------
    send
        Raises commands.
    """

    def __init__(self, send: Send) -> None:
        samplers = [(tr(kind.label), name) for name, kind in SAMPLERS.items()]
        self._sampler = ipywidgets.Dropdown(options=samplers)
        self._ends = [(tr("trials"), "trials"), (tr("minutes"), "minutes")]
        self._end = ipywidgets.Dropdown(options=self._ends)
        self._trials = ipywidgets.BoundedIntText(value=10, min=1, max=MOST_TRIALS)
        self._minutes = ipywidgets.BoundedFloatText(value=2, min=0, max=MOST_MINUTES, step=0.5)
        self._folds = ipywidgets.Dropdown(
            options=[(tr("no folds"), 0), *((tr("{k} folds", k=k), k) for k in range(2, 11))]
        )
        self._seed = ipywidgets.BoundedIntText(value=42, min=0, max=MOST_SEED)
        pruners = [(tr(label), name) for name, (label, _) in PRUNERS.items()]
        self._pruner = ipywidgets.Dropdown(options=[(tr("none"), ""), *pruners])
        self._order = ipywidgets.Dropdown(
            options=[(tr(label), k) for k, (label, _) in ORDERS.items()]
        )
        wide = (self._sampler, self._pruner, self._order)
        fields = [
            field(tr("sampler"), self._sampler),
            field(tr("folds"), self._folds, tr("Fits a trial, each scored on its own fold")),
            field(tr("seed"), self._seed, tr("The same seed gives the same candidates")),
            field(tr("pruner"), self._pruner),
            field(
                tr("until"),
                self._end,
                tr("A number of trials, a time after which no more begin, or a whole grid"),
            ),
            field(tr("trials"), self._trials, tr("How many combinations to try")),
            field(
                tr("minutes"),
                self._minutes,
                tr("No trial begins after so many; those under way end"),
            ),
            field(tr("order"), self._order),
        ]
        for widget in fields:
            widget.observe(lambda _: send(Touched()), names="value")
        for widget in wide:
            widget.add_class("tw-wide")
        self.widget = ipywidgets.Box(fields)
        self.widget.add_class("tw-fields")
        self.render()

    def request(self, pins: Any, fixed: Any) -> StartSearch:
        """Give a search as it is set here, in all of the level."""
        end = "trials" if self._sampler.value == HALVING else self._end.value
        return StartSearch(
            sampler=self._sampler.value,
            n_trials=int(self._trials.value) if end == "trials" else None,
            budget_s=60 * float(self._minutes.value) if end == "minutes" else None,
            folds=int(self._folds.value) or None,
            seed=int(self._seed.value),
            pruner=None if self._sampler.value == HALVING else self._pruner.value or None,
            order=self._order.value if self._sampler.value == "grid" else "listed",
            pins=pins,
            fixed=fixed,
        )

    def render(self) -> None:
        """Show the fields that go with what is chosen, and say what that does."""
        self._sampler.tooltip = tr(SAMPLERS[self._sampler.value].help)
        chosen = PRUNERS.get(self._pruner.value)
        self._pruner.tooltip = tr(NO_PRUNER if chosen is None else chosen[1])
        self._order.tooltip = tr(ORDERS[self._order.value][1])
        self._offer_whole(is_grid=self._sampler.value == "grid")
        is_halving = self._sampler.value == HALVING  # must know how many begin, and prunes itself
        show(self._end, not is_halving)
        show(self._trials, is_halving or self._end.value == "trials")
        show(self._minutes, not is_halving and self._end.value == "minutes")
        show(self._pruner, not is_halving)
        show(self._order, self._sampler.value == "grid")

    def _offer_whole(self, *, is_grid: bool) -> None:
        """Let a grid, which is the only one to have an end of its own, go on to that."""
        offered = [*self._ends, (tr("the end"), WHOLE)] if is_grid else self._ends
        if len(offered) != len(self._end.options):
            chosen = self._end.value
            self._end.options = offered  # which chooses the first
            self._end.value = "trials" if chosen == WHOLE else chosen
