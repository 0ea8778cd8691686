"""How often a lab draws, and how much."""

from __future__ import annotations

from functools import partial
from itertools import chain, count

import psutil
import pytest

from tests.lab_helpers import snapshot, trial, until
from tunewidgets.trial import State
from tunewidgets.widgets import pace
from tunewidgets.widgets.commands import PageHere, Touched
from tunewidgets.widgets.loop import Loop
from tunewidgets.widgets.moments import Moments
from tunewidgets.widgets.pace import Pace, frame_s


class Machine:
    """A clock, and processors that are idle for a share of the time."""

    def __init__(self):
        self.now = self.idle = 0.0
        self.pace = Pace(2, lambda: self.idle, lambda: self.now)

    def draw(self, after_s, idle):
        self.now += after_s
        self.idle += after_s * psutil.cpu_count() * idle
        return self.pace.is_whole()


@pytest.fixture
def machine():
    made = Machine()
    assert made.draw(60, idle=0)
    return made


def test_a_large_machine_has_room_for_more():
    assert [frame_s(n) for n in (1, 2, 4, 8, 64)] == [0.5, 0.5, 0.25, 0.125, 0.125]


def test_fits_that_use_every_processor_are_shown_whole_each_sixth_time(machine):
    idle = (0.05, 0, 0, 0, 0, 0, 0, 0.5, 0.5, 0, 0, 0, 0, 0, 0)
    assert [machine.draw(0.5, share) for share in idle] == [
        False, False, False, False, False, True, False,
        True, True,
        False, False, False, False, False, True,
    ]  # fmt: skip


def test_what_happens_after_a_pause_is_shown_at_once(machine):
    assert not machine.draw(0.5, idle=0)
    assert machine.draw(4.0, idle=0)


def test_a_person_at_the_controls_sees_all(machine):
    machine.pace.touch()
    assert all([machine.draw(0.5, idle=0), machine.draw(0.5, idle=0)])
    machine.draw(pace.AT_HAND_S, idle=0)
    assert not machine.draw(0.5, idle=0)


def test_a_lab_that_was_opened_just_now_is_at_hand():
    opened = Machine()
    assert opened.draw(0.5, idle=0)
    assert opened.draw(0.5, idle=0)


def test_the_idle_time_of_this_machine_only_grows():
    assert 0 < pace.idle_s() <= pace.idle_s()


def test_what_was_left_out_is_drawn_next():
    drawn = []
    moments = chain([0.0], count(2 * pace.AT_HAND_S, frame_s(8)))
    loop = Loop(
        drawn.append,
        partial(drawn.append, "all"),
        partial(drawn.append, "what goes on"),
        drawn.append,
        pace=Pace(8, lambda: 0.0, partial(next, moments)),
    )
    loop.start()
    until(lambda: drawn)
    loop.poke()
    until(lambda: len(drawn) == 7)
    loop.close()
    assert drawn == ["all", *["what goes on"] * 5, "all"]


@pytest.mark.parametrize(("seconds", "is_worth_it"), [(None, True), (3.9, False), (4.0, True)])
def test_between_drawings_runs_that_last_are_shown_with_later_epochs(seconds, is_worth_it):
    def moment(*losses):
        running = [trial(n, [row], State.RUNNING) for n, row in enumerate(losses)]
        return snapshot(*running, seconds_per_run=seconds)

    now = [moment([2.0], [2.0])]
    moments = Moments(lambda: now[0])
    assert moments.between() is None
    now[0] = moment([2.0, 1.0], [2.0], [2.0])
    shown = moments.between()
    assert (shown is not None) == is_worth_it
    if shown is not None:
        assert shown.trials == now[0].trials[:2]
        assert moments.between() is None
    assert moments.whole() is now[0]
    assert moments.between() is None


@pytest.mark.parametrize(("command", "is_whole"), [(PageHere(), False), (Touched(), True)])
def test_a_page_that_is_asked_whether_it_is_there_is_no_person(machine, command, is_whole):
    done = []
    loop = Loop(done.append, int, int, done.append, pace=machine.pace)
    loop.start()
    loop.send(command)
    until(lambda: done)
    loop.close()
    assert machine.draw(0.5, idle=0) == is_whole
