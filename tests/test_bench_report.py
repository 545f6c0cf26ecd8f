"""What the bench's rounds say together is spelled for people who read a table."""

from bench.report import Share, Spread

SPREAD = Spread.of([1234.567, 2.3, 99.14])


def test_a_spread_is_spelled_whole() -> None:
    assert f"{SPREAD}" == str(SPREAD) == "**99** (2 to 1,235)"


def test_a_spread_is_spelled_as_asked() -> None:
    assert f"{SPREAD:.1f}" == "**99.1** (2.3 to 1234.6)"


def test_a_share_says_whether_its_goal_is_met() -> None:
    assert str(Share(SPREAD, 35)) == "**99** (2 to 1,235); goal 35: met"
    assert str(Share(SPREAD, 100)) == "**99** (2 to 1,235); goal 100: **missed**"
    assert str(Share(SPREAD, None)) == "**99** (2 to 1,235)"
