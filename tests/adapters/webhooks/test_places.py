"""Places at receivers: a few at each origin, fewer for those that have not answered the last time."""

import pytest

from app.adapters.webhooks.receivers import Place, Receivers

HERE = "https://one.example:443"
URL = f"{HERE}/hook"


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


def taken(receivers: Receivers, origin: str = HERE, url: str = URL) -> Place:
    place = receivers.admit(origin, url)
    assert isinstance(place, Place)
    return place


def pause(receivers: Receivers, origin: str = HERE, url: str = URL) -> int:
    seconds = receivers.admit(origin, url)
    assert isinstance(seconds, int)
    return seconds


def silence(receivers: Receivers, *urls: str) -> None:
    """Have each be tried once, in vain."""
    for url in urls:
        place = taken(receivers, url, url)
        receivers.is_silent(place)
        receivers.leave(place)


def answer(receivers: Receivers, origin: str = HERE, url: str = URL) -> None:
    place = taken(receivers, origin, url)
    receivers.answers(place)
    receivers.leave(place)


def test_there_are_four_at_one(receivers: Receivers) -> None:
    for url in (URL, f"{HERE}/another"):
        first, *_ = [taken(receivers, url=url) for _ in range(4)]
        assert 1 <= pause(receivers, url=url) <= 5
        receivers.leave(first)
        taken(receivers, url=url)


def test_there_are_sixteen_at_an_origin_twelve_of_them_for_those_that_have_not_answered(receivers: Receivers) -> None:
    answer(receivers)
    [taken(receivers, url=f"{HERE}/new/{number}") for number in range(12)]
    assert 1 <= pause(receivers, url=f"{HERE}/new/12") <= 5
    [taken(receivers) for _ in range(4)]
    answered = f"{HERE}/answered"
    assert pause(receivers, url=answered)
    taken(receivers, "https://another.example:443", answered)


def test_the_silent_rests_the_longer_the_more_often_in_turn(receivers: Receivers, clock: Clock) -> None:
    for rest in (1, 3, 10, 30, 60, 60):
        silence(receivers, URL)
        assert pause(receivers, URL) == rest + 1
        clock.now += rest


def test_behind_its_rest_it_is_tried_by_one(receivers: Receivers, clock: Clock) -> None:
    silence(receivers, URL)
    clock.now += 1
    taken(receivers, URL)
    assert pause(receivers, URL)


def test_another_of_the_same_origin_does_not_rest(receivers: Receivers) -> None:
    place = taken(receivers)
    receivers.is_silent(place)
    receivers.leave(place)
    assert pause(receivers)
    taken(receivers, url=f"{HERE}/another")


def test_those_told_beside_it_are_no_news(receivers: Receivers, clock: Clock) -> None:
    places = [taken(receivers), taken(receivers)]
    assert [receivers.is_silent(place) for place in places] == [True, False]
    assert pause(receivers) == 2
    clock.now += 1
    assert not receivers.is_silent(places[0])


def test_who_answers_rests_no_more(receivers: Receivers) -> None:
    places = [taken(receivers), taken(receivers)]
    receivers.is_silent(places[0])
    assert [receivers.answers(places[1]), receivers.answers(places[1])] == [True, False]
    taken(receivers)


def test_many_that_are_unknown_leave_places_to_those_that_answer(receivers: Receivers) -> None:
    answer(receivers)
    doubtful = receivers.places * 3 // 4
    [taken(receivers, str(number), str(number)) for number in range(doubtful)]
    assert 1 <= pause(receivers, "one more", "one more") <= 5
    taken(receivers)


def test_what_nobody_wants_is_forgotten(receivers: Receivers, clock: Clock) -> None:
    silence(receivers, URL)
    clock.now += 601
    answer(receivers, url="of somebody else")
    assert not receivers.answers(taken(receivers))
