"""What is settled and what came late, of marks that grow."""

from __future__ import annotations

from tunewidgets.widgets.charts.growing import FEW, Growing


def test_few_are_late_and_many_are_settled():
    growing, items = Growing(), {n: object() for n in range(FEW)}
    assert growing.update(items) == (False, True)
    assert growing.update(items) == (False, False)
    items[FEW] = object()
    assert growing.update(items) == (True, True)
    assert (len(growing.settled), len(growing.late)) == (FEW + 1, 0)
    items[-1] = object()
    assert growing.update(items) == (False, True)


def test_more_stay_late_where_many_are_settled():
    growing, items = Growing(), {n: object() for n in range(200)}
    growing.update(items)
    for n in range(200, 220):
        items[n] = object()
        assert growing.update(items) == (False, True)
    items[220] = object()
    assert growing.update(items) == (True, True)


def test_what_is_settled_may_change_or_go():
    growing, items = Growing(), {n: object() for n in range(FEW + 1)}
    growing.update(items)
    items[3] = object()
    assert growing.update(items) == (True, True)
    del items[3]
    assert growing.update(items) == (True, True)
    assert 3 not in growing.settled
