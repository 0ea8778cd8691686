"""What a drawing says leaves at its end as one message, and a page that missed some gets it all."""

from __future__ import annotations

import json
import threading

import comm
import ipywidgets
import pytest
from comm.base_comm import BaseComm

from tests.lab_helpers import no_widget_outlives_a_test
from tunewidgets.widgets.sending import Drawings, set_traits

__all__ = ["no_widget_outlives_a_test"]


class Line:
    """Where what is said goes, instead of to a page."""

    def __init__(self):
        self.sent, self.closed = [], []

    def connect(self, **about):
        line = self

        class Wire(BaseComm):
            def publish_msg(self, kind, data=None, metadata=None, buffers=None, **_):
                json.dumps(data)  # as a real one does
                if kind == "comm_msg":
                    line.sent.append((self.comm_id, data, buffers))
                elif kind == "comm_close":
                    line.closed.append((self.comm_id, len(line.sent)))

        return Wire(**about)


@pytest.fixture
def line(monkeypatch):
    made = Line()
    monkeypatch.setattr(comm, "create_comm", made.connect)
    return made


@pytest.fixture
def missed():
    return []


@pytest.fixture
def drawings(line, missed):
    made = Drawings(lambda: missed.append(True))
    tell(made, "heard")
    return made


@pytest.fixture
def slider(line, drawings):
    made = ipywidgets.IntSlider()
    drawings.carry([drawings, made])
    return made


@pytest.fixture
def image(line, drawings, slider):
    made = ipywidgets.Image()
    drawings.carry([drawings, slider, made])
    return made


def tell(drawings, kind, **about):
    """Let the kernel hear what a page says of drawings."""
    drawings._handle_custom_msg({"kind": kind, **about}, [])


def parts(sent):
    """Give what one drawing, sent alone, has for each widget."""
    ((_, data, _),) = sent
    assert data["content"]["kind"] == "drawing"
    return [(part["id"], part["data"].get("state")) for part in data["content"]["parts"]]


def test_outside_a_drawing_it_leaves_at_once(line, slider):
    set_traits(slider, value=3, description="so many")
    ((told, data, _),) = line.sent
    assert told == slider.model_id
    assert data["state"] == {"value": 3, "description": "so many"}


def test_where_no_page_hears_drawings_all_leaves_at_once(line, slider, missed):
    unheard = Drawings(lambda: missed.append(True))
    with unheard.together():
        slider.value = 3
        assert [told for told, *_ in line.sent] == [slider.model_id]


def test_a_drawing_leaves_as_one_message_at_its_end_in_order(line, drawings, slider, image):
    with drawings.together():
        slider.value = 3
        image.format = "jpeg"
        slider.description = "so many"
        assert (slider.value, line.sent) == (3, [])
    assert parts(line.sent) == [
        (slider.model_id, {"value": 3}),
        (image.model_id, {"format": "jpeg"}),
        (slider.model_id, {"description": "so many"}),
    ]


def test_what_is_binary_travels_along(line, drawings, slider, image):
    with drawings.together():
        slider.value = 3
        image.value = b"picture"
    ((_, data, buffers),) = line.sent
    assert [part["n_buffers"] for part in data["content"]["parts"]] == [0, 1]
    assert [bytes(buffer) for buffer in buffers] == [b"picture"]


def test_messages_of_a_widget_s_own_travel_along(line, drawings, slider):
    with drawings.together():
        slider.send({"kind": "hello"})
    ((_, data, _),) = line.sent
    (part,) = data["content"]["parts"]
    assert part["data"] == {"method": "custom", "content": {"kind": "hello"}}


def test_a_drawing_in_which_nothing_changes_says_nothing(line, drawings, slider):
    with drawings.together():
        slider.value = slider.value
    assert line.sent == []


def test_what_was_drawn_before_an_error_leaves_too(line, drawings, slider):
    def draw():
        slider.value = 3
        raise KeyError("the rest")

    with pytest.raises(KeyError), drawings.together():
        draw()
    assert parts(line.sent) == [(slider.model_id, {"value": 3})]


def test_what_cannot_be_sent_keeps_no_close_back_and_is_missed(line, drawings, slider, image):
    own = image.model_id

    def draw():
        slider.send({"kind": object()})
        image.close()

    with pytest.raises(TypeError), drawings.together():
        draw()
    assert (line.sent, line.closed) == ([], [(own, 0)])
    line.sent.clear()
    tell(drawings, "ask", page="0.5")
    ((_, data, _),) = line.sent
    assert data["content"]["revision"] == 1  # one more than the page has heard of


def test_what_another_thread_says_meanwhile_does_not_wait(line, drawings, slider):
    with drawings.together():
        other = threading.Thread(target=setattr, args=(slider, "value", 3))
        other.start()
        other.join()
        assert [told for told, *_ in line.sent] == [slider.model_id]


def test_what_is_closed_in_a_drawing_goes_after_what_was_said_of_it(line, drawings, slider):
    own = slider.model_id
    with drawings.together():
        slider.value = 3
        slider.close()
    assert parts(line.sent) == [(own, {"value": 3})]
    assert line.closed == [(own, 1)]


def test_a_page_that_asks_hears_which_drawing_is_the_last(line, drawings, slider, missed):
    with drawings.together():
        slider.value = 3
    line.sent.clear()
    tell(drawings, "ask", page="0.5")
    ((_, data, _),) = line.sent
    assert data["content"] == {"kind": "last", "page": "0.5", "revision": 1}
    assert not missed


def test_a_page_that_was_loaded_and_does_not_hear_gets_single_messages(line, drawings, slider):
    tell(drawings, "ask", page="0.5")
    line.sent.clear()
    with drawings.together():
        slider.value = 3
    assert [told for told, *_ in line.sent] == [slider.model_id]
    tell(drawings, "heard")
    line.sent.clear()
    with drawings.together():
        slider.value = 4
    assert parts(line.sent) == [(slider.model_id, {"value": 4})]


def test_a_page_that_missed_one_gets_all_that_was_drawn(line, drawings, slider, image, missed):
    with drawings.together():
        slider.value = 3
    tell(drawings, "missed")
    assert missed
    line.sent.clear()
    drawings.repeat()
    ((told, data, _),) = line.sent  # the image was never drawn
    assert told == slider.model_id
    assert data["state"]["value"] == 3
    assert not [key for key in data["state"] if key.startswith("_")]


def test_what_has_been_closed_is_not_told_again(line, drawings, slider):
    with drawings.together():
        slider.value = 3
    slider.close()
    line.sent.clear()
    drawings.repeat()
    assert line.sent == []
