"""Places at receivers: a few at each, fewer at one that does not answer."""

import time

import pytest

from app.adapters.webhooks.receivers import Receivers

AT_ONE, OF_THE_SILENT = 4, 16


class Clock:
    """Goes when it is told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def receivers(clock: Clock) -> Receivers:
    return Receivers(clock)


def silence(receivers: Receivers, *origins: str) -> None:
    """Have each be tried once, in vain."""
    for origin in origins:
        assert receivers.admit(origin) == 0
        receivers.is_silent(origin)
        receivers.leave(origin)


def test_there_are_four_at_each(receivers: Receivers) -> None:
    for origin in ("one", "another"):
        assert [receivers.admit(origin) for _ in range(AT_ONE)] == [0] * AT_ONE
        assert 1 <= receivers.admit(origin) <= 5
    receivers.leave("one")
    assert receivers.admit("one") == 0


def test_the_silent_rests_the_longer_the_more_often_in_turn(receivers: Receivers, clock: Clock) -> None:
    for rest in (1, 3, 10, 30, 60, 60):
        silence(receivers, "one")
        assert rest + 1 <= receivers.admit("one") <= rest + 5
        clock.now += rest


def test_behind_its_rest_it_is_tried_by_one(receivers: Receivers, clock: Clock) -> None:
    silence(receivers, "one")
    clock.now += 1
    assert receivers.admit("one") == 0
    assert receivers.admit("one") > 0


def test_who_answers_rests_no_more(receivers: Receivers) -> None:
    assert [receivers.admit("one"), receivers.admit("one")] == [0, 0]
    receivers.is_silent("one")
    receivers.leave("one")
    assert receivers.admit("one") > 0
    receivers.answers("one")
    receivers.leave("one")
    assert [receivers.admit("one") for _ in range(AT_ONE)] == [0] * AT_ONE


def test_many_silent_ones_leave_places_to_all_others(receivers: Receivers, clock: Clock) -> None:
    origins = [str(number) for number in range(OF_THE_SILENT + 5)]
    silence(receivers, *origins)
    clock.now += 1
    assert [not receivers.admit(origin) for origin in origins] == [True] * OF_THE_SILENT + [False] * 5
    assert receivers.admit("one that answers") == 0
    receivers.leave(origins[0])
    assert receivers.admit(origins[-1]) == 0


def test_it_is_forgotten_when_nobody_wants_it_for_long(receivers: Receivers, clock: Clock) -> None:
    silence(receivers, "one", "another")
    clock.now += 700
    silence(receivers, "another")
    assert [receivers.admit("one") for _ in range(AT_ONE)] == [0] * AT_ONE


def test_thousands_of_silent_ones_cost_no_more_each(receivers: Receivers, clock: Clock) -> None:
    began = time.process_time()
    for _ in range(2):
        silence(receivers, *map(str, range(5000)))
        clock.now += 1
    assert time.process_time() - began < 2  # where all are looked at for each it is eight
