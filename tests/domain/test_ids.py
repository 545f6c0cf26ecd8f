"""One id, three spellings (hms.md: "the three spellings of an id are one bijection")."""

from datetime import UTC, datetime, timedelta

from app.domain import ids


def test_twelve_bytes_say_the_same_as_the_uuid() -> None:
    made = [ids.new_id() for _ in range(1000)]
    assert [ids.from_bytes(ids.to_bytes(id)) for id in made] == made


def test_uuid_is_version_7_and_valid() -> None:
    made = ids.new_id()
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"


def test_ids_rise_in_both_spellings() -> None:
    made = [ids.new_id() for _ in range(10_000)]
    assert made == sorted(set(made))
    spelled = [ids.to_bytes(id).hex() for id in made]
    assert spelled == sorted(spelled)


def test_an_id_knows_its_millisecond() -> None:
    before = datetime.now(UTC)
    made = ids.moment(ids.new_id())
    assert before - timedelta(milliseconds=1) < made <= datetime.now(UTC) + timedelta(milliseconds=1)


def test_a_span_of_time_is_a_span_of_ids() -> None:
    made = ids.new_id()
    exact = ids.moment(made)
    microsecond, millisecond = timedelta(microseconds=1), timedelta(milliseconds=1)
    assert ids.first_from(exact) <= made < ids.first_past(exact)
    assert ids.first_from(exact - microsecond) == ids.first_from(exact)
    assert ids.first_from(exact + microsecond) == ids.first_from(exact + millisecond) == ids.first_past(exact)
    assert ids.first_past(exact + millisecond - microsecond) == ids.first_past(exact)


def test_a_span_may_lead_beyond_every_id() -> None:
    made = ids.new_id()
    for before in (datetime(1, 1, 1, tzinfo=UTC), datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)):
        assert ids.first_from(before) == ids.first_from(datetime(1970, 1, 1, tzinfo=UTC)) < made
    assert ids.first_past(datetime.max.replace(tzinfo=UTC)) > made


def test_only_24_hex_digits_are_an_id() -> None:
    made = ids.new_id()
    digits = ids.to_hex(made)
    assert ids.from_hex(digits) == ids.from_hex(digits.upper()) == made
    for other in ("", digits[1:], f"{digits}0", f" {digits[1:]}", f"{digits[1:]}\n", digits[:-1] + "g", "\u0660" * 24):
        assert ids.from_hex(other) is None
