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
