"""How often a lab draws."""

from __future__ import annotations

import psutil
import pytest

from tests.lab_helpers import until
from tunewidgets.widgets import pace
from tunewidgets.widgets.commands import PageHere, Touched
from tunewidgets.widgets.loop import Loop
from tunewidgets.widgets.pace import Pace, frame_s


class Machine:
    """A clock, and processors that are idle for a share of the time."""

    def __init__(self):
        self.now = self.idle = 0.0
        self.pace = Pace(2, lambda: self.idle, lambda: self.now)

    def draw(self, after_s, idle):
        self.now += after_s
        self.idle += after_s * psutil.cpu_count() * idle
        return self.pace.next_s()


@pytest.fixture
def machine():
    made = Machine()
    made.draw(60, idle=0)
    return made


def test_a_large_machine_has_room_for_more():
    assert [frame_s(n) for n in (1, 2, 4, 8, 64)] == [0.5, 0.5, 0.25, 0.125, 0.125]


def test_fits_that_use_every_processor_are_watched_at_half_the_pace(machine):
    assert machine.draw(0.5, idle=0.05) == 1.0
    assert machine.draw(1.0, idle=0.5) == 0.5
    assert machine.draw(0.5, idle=0) == 1.0


def test_a_person_at_the_controls_sees_more(machine):
    machine.pace.touch()
    assert machine.draw(pace.AT_HAND_S / 2, idle=0) == 0.5
    assert machine.draw(pace.AT_HAND_S, idle=0) == 1.0


def test_what_moves_is_drawn_as_for_a_person(machine):
    Loop(lambda _: None, lambda: None, lambda _: None, pace=machine.pace).touch()
    assert machine.draw(0.5, idle=0) == 0.5


def test_a_lab_that_was_opened_just_now_is_at_hand():
    assert Machine().draw(0.5, idle=0) == 0.5


def test_the_idle_time_of_this_machine_only_grows():
    assert 0 < pace.idle_s() <= pace.idle_s()


@pytest.mark.parametrize(("command", "seconds"), [(PageHere(), 1.0), (Touched(), 0.5)])
def test_a_page_that_is_asked_whether_it_is_there_is_no_person(machine, command, seconds):
    done = []
    loop = Loop(done.append, lambda: None, done.append, pace=machine.pace)
    loop.start()
    loop.send(command)
    until(lambda: done)
    loop.close()
    assert machine.draw(0.5, idle=0) == seconds
