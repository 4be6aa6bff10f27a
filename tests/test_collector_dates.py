"""When an entry was written, in the words of feeds that exist."""

from __future__ import annotations

from datetime import UTC, datetime
from time import struct_time
from zoneinfo import ZoneInfo

import pytest
from feedparser.datetimes import _parse_date

from collector.dates import moment, rfc3339

STOCKHOLM = ZoneInfo("Europe/Stockholm")

# What is written, and the moment in UTC; None where there is none.
WRITTEN = [
    ("Thu, 01 Oct 2026 10:00:00 GMT", "2026-10-01T10:00:00"),
    ("Thu, 01 Oct 2026 10:00:00 +0200", "2026-10-01T08:00:00"),
    ("2026-10-01T10:00:00Z", "2026-10-01T10:00:00"),
    ("2026-10-01T10:00:00.123+02:00", "2026-10-01T08:00:00"),
    ("Thu, 01 Oct 2026 10:00:00 EST", "2026-10-01T15:00:00"),
    ("14 Jan 2026 16:33 +0000", "2026-01-14T16:33:00"),
    ("2026-10-01", "2026-10-01T00:00:00"),
    # feedparser takes these as UTC
    ("Thu, 01 Oct 2026 10:00:00 CEST", "2026-10-01T08:00:00"),
    ("Thu, 01 Jan 2026 10:00:00 CET", "2026-01-01T09:00:00"),
    ("Thu Oct 01 10:00:00 CEST 2026", "2026-10-01T08:00:00"),
    ("2026-10-01 10:00:00 CEST", "2026-10-01T08:00:00"),
    ("2026-10-01T10:00:00", "2026-10-01T08:00:00"),
    ("2026-01-01 10:00", "2026-01-01T09:00:00"),
    ("01 Oct 2026 10:00:00", "2026-10-01T08:00:00"),
    # feedparser does not read these
    ("Thu, 01 Oct 2026 10:00:00", "2026-10-01T08:00:00"),
    ("tors, 01 okt 2026 10:00:00 +0200", "2026-10-01T08:00:00"),
    ("mån, 04 maj 2026 11:12:00 GMT", "2026-05-04T11:12:00"),
    ("måndag 4 maj 2026 kl. 11.12", "2026-05-04T09:12:00"),
    ("lör, 3 januari 2026 08:00", "2026-01-03T07:00:00"),
    # no calendar has these
    ("0001-01-01T00:00:00+14:00", None),
    ("9999-12-31T23:59:59-14:00", None),
    ("Thu, 31 Feb 2026 10:00:00 CEST", None),
    ("2026-13-01T10:00:00", None),
    ("igår", None),
    ("", None),
    (None, None),
]


@pytest.mark.parametrize(("written", "expected"), WRITTEN)
def test_a_date_is_read_as_its_writer_meant_it(written: str | None, expected: str | None) -> None:
    """Zone names are known, no zone means the source's, Swedish is read, and nonsense is no date."""
    found = moment(written, _parse_date(written), STOCKHOLM)
    assert found == (datetime.fromisoformat(expected).replace(tzinfo=UTC) if expected else None)


def test_a_year_before_the_first_is_no_date() -> None:
    """The year 0, which feedparser can give, is no date and no crash."""
    assert moment("x", struct_time((0, 12, 31, 10, 0, 0, 0, 1, 0)), STOCKHOLM) is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-05-04T11:12:00+02:00", "2026-05-04T09:12:00"),
        ("2026-05-04T11:12:00.5z", "2026-05-04T11:12:00.500000"),
        ("2026-05-04T11:12:00", "2026-05-04T09:12:00"),
        ("0001-01-01T00:00:00+14:00", None),
        ("not a date", None),
        ({}, None),
        (12, None),
    ],
)
def test_a_date_in_json_is_read_or_left_out(written: object, expected: str | None) -> None:
    """RFC 3339, with the source's zone where none is written."""
    found = rfc3339(written, STOCKHOLM)
    assert found == (datetime.fromisoformat(expected).replace(tzinfo=UTC) if expected else None)
