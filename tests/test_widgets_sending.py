"""What a drawing sends leaves at its end, in order, whatever happens."""

from __future__ import annotations

import ipywidgets
import pytest

from tests.lab_helpers import no_widget_outlives_a_test
from tunewidgets.widgets.sending import post, send_traits, together

__all__ = ["no_widget_outlives_a_test"]


@pytest.fixture
def slider():
    made = ipywidgets.IntSlider()
    yield made
    made.close()
    made.layout.close()
    made.style.close()


def test_outside_a_drawing_it_leaves_at_once(slider):
    send_traits(slider, value=3)
    assert slider.value == 3


def test_in_a_drawing_it_leaves_at_the_end(slider):
    with together():
        send_traits(slider, value=3, description="so many")
        assert slider.value == 0
    assert (slider.value, slider.description) == (3, "so many")


def test_the_order_is_kept():
    sent = []
    with together():
        for number in range(3):
            post(lambda number=number: sent.append(number))
    assert sent == [0, 1, 2]


def test_what_cannot_be_sent_keeps_nothing_else_back():
    sent = []

    def draw():
        post(lambda: 1 / 0)
        post(lambda: sent.append("next"))

    with pytest.raises(ZeroDivisionError), together():
        draw()
    assert sent == ["next"]


def test_what_was_drawn_before_an_error_leaves_too():
    sent = []

    def draw():
        post(lambda: sent.append("drawn"))
        raise KeyError("the rest")

    with pytest.raises(KeyError), together():
        draw()
    assert sent == ["drawn"]
