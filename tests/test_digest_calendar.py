"""Calendar files of events: right to the byte, whatever words they hold."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from digest.calendar import Occasion, calendar, occasion
from digest.letter import Item

STOCKHOLM = ZoneInfo("Europe/Stockholm")
STARTS = datetime(2026, 12, 3, 8, 0, tzinfo=UTC)


def event(**changes: Any) -> Occasion:
    """An event in Halmstad."""
    made: dict[str, Any] = {
        "uid": "event-7@halland.example",
        "stamp": datetime(2026, 11, 20, 7, 0, tzinfo=UTC),
        "sequence": 0,
        "starts_at": STARTS,
        "ends_at": STARTS + timedelta(hours=2),
        "all_day": False,
        "zone": STOCKHOLM,
        "title": "Framtidsdag",
        "text": "",
        "place": "Halmstad",
        "url": "https://halland.example/framtid",
    }
    return Occasion(**(made | changes))


def read(*events: Occasion) -> Any:
    """What an independent reader finds first in the file."""
    return Calendar.from_ical(calendar(events)).walk("VEVENT")[0]


def test_an_event_is_written_to_the_byte() -> None:
    """Every line ends with CR LF, times are in UTC, and the file is what the standard's grammar asks for."""
    assert calendar([event()]) == (
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Skord//Skord//SV\r\nCALSCALE:GREGORIAN\r\n"
        b"BEGIN:VEVENT\r\nUID:event-7@halland.example\r\nDTSTAMP:20261120T070000Z\r\nSEQUENCE:0\r\n"
        b"DTSTART:20261203T080000Z\r\nDTEND:20261203T100000Z\r\nSUMMARY:Framtidsdag\r\nLOCATION:Halmstad\r\n"
        b"URL:https://halland.example/framtid\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )


@pytest.mark.parametrize(
    "words",
    [
        "Å" * 200,
        "Växt; kraft, och \\n baksnedstreck\\",
        "Rad ett\nRad två\r\nRad tre",
        "😀" * 60 + "; " + "é" * 99,
        "BEGIN:VALARM\nEND:VEVENT\nBEGIN:VEVENT",
    ],
)
def test_any_words_come_back_as_they_were(words: str) -> None:
    """No words can end a line, cut a letter or begin a part of their own; a line has 75 octets at most."""
    file = calendar([event(title=words, text=words, place=words)])
    lines = file.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert all(line.decode() is not None for line in lines)
    assert b"\n" not in file.replace(b"\r\n", b"")
    assert file.count(b"\r\nBEGIN:VEVENT\r\n") == 1
    found = read(event(title=words, text=words, place=words))
    plain = words.replace("\r\n", "\n")
    assert [str(found[name]) for name in ("SUMMARY", "DESCRIPTION", "LOCATION")] == [plain] * 3


def test_control_characters_and_broken_addresses_are_left_out() -> None:
    """What the standard has no place for is not in the file, and an address cannot bring a line of its own."""
    file = calendar([event(title="a\x00b\x0bc\u2028d", url="https://x.example/\r\nATTACH:evil")])
    assert b"SUMMARY:abc\\nd\r\n" in file
    assert b"\r\nATTACH" not in file


def test_whole_days_are_days_of_the_site() -> None:
    """A day that begins at midnight in Stockholm is that day, and the file's end is the day after the last."""
    begins = datetime(2026, 5, 5, 22, 0, tzinfo=UTC)  # midnight on the sixth
    found = read(event(all_day=True, starts_at=begins, ends_at=begins + timedelta(days=1)))
    assert (found["DTSTART"].dt, found["DTEND"].dt) == (date(2026, 5, 6), date(2026, 5, 8))
    alone = read(event(all_day=True, starts_at=begins, ends_at=None))
    assert (alone["DTSTART"].dt, alone["DTEND"].dt) == (date(2026, 5, 6), date(2026, 5, 7))


def test_an_end_that_nobody_told_or_that_is_no_end_is_left_out() -> None:
    """An event without an end, or with one before its beginning, has a beginning alone."""
    for ends in (None, STARTS, STARTS - timedelta(hours=1)):
        assert "DTEND" not in read(event(ends_at=ends))


def test_an_event_keeps_its_name_when_the_site_moves() -> None:
    """The name by which calendars know an event has the host that its letter named, not the host of today."""
    item = Item(
        story_id=0, title="Möte", kind="event", item_id=7, starts_at=STARTS,
        calendar="https://gammal.example/issues/veckobrevet/3/events/7.ics", text="**Välkommen**", url="javascript:1",
    )  # fmt: skip
    made = occasion(item, stamp=STARTS, sequence=2, zone=STOCKHOLM, page="https://ny.example/issues/veckobrevet/3")
    assert made is not None
    assert (made.uid, made.sequence, made.text) == ("event-7@gammal.example", 2, "Välkommen")
    assert made.url == "https://ny.example/issues/veckobrevet/3"


@pytest.mark.parametrize("kind", ["story", "link", "number", "note"])
def test_only_events_are_events(kind: str) -> None:
    """Whatever else stands in a letter is no event, even with a time."""
    item = Item(story_id=0, title="x", kind=kind, item_id=7, starts_at=STARTS)
    assert occasion(item, stamp=STARTS, sequence=0, zone=STOCKHOLM, page="") is None


def test_a_calendar_without_events_can_be_read() -> None:
    """A calendar that is subscribed to before there is any event is a whole file, with its name."""
    file = calendar([], name="Kalender, Halland; växer")
    found = Calendar.from_ical(file)
    assert (found.walk("VEVENT"), len(found.subcomponents)) == ([], 1)
    assert "\r\nNAME:Kalender\\, Halland\\; växer\r\n".encode() in file
