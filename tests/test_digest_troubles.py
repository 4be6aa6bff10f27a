"""One mail about the sources that need somebody, never a flood."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

import desk
from builders import approved
from campaign.errors import CollectError
from campaign.settings import MailSettings
from digest.troubles import tell
from net import smtp
from servers import MailSink
from storage import schema
from storage.sources import claim_source, finish_run, sync_sources
from storage.store import Store

#: A Friday at nine in the morning in Sweden.
FRIDAY = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
GIVEN = desk.settings()


class Clock:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.now = FRIDAY

    def __call__(self) -> datetime:
        """The time on it."""
        return self.now


@pytest.fixture
def clock(sqlite_store: Store) -> Clock:
    """A clock, with the source known since the day before."""
    sync_sources(sqlite_store, GIVEN, now=FRIDAY - timedelta(days=1))
    return Clock()


def run(store: Store, at: datetime, error: CollectError | None = None) -> None:
    """Let a run of the source end."""
    claim = claim_source(store, "nyheter", now=at)
    assert claim is not None
    finish_run(
        store,
        claim,
        status="failed" if error else "ok",
        next_attempt_at=at + timedelta(hours=1),
        now=at,
        error=error,
        permanent=error.permanent if error else False,
    )


def mails(store: Store, clock: Callable[[], datetime]) -> list[str]:
    """Run the job, and return the bodies of what it sent."""
    with MailSink() as sink:
        settings = desk.settings(mail=MailSettings(host=sink.host, port=sink.port))
        tell(store, settings, clock=clock, open_mail=lambda: smtp.open(settings.mail))
        return [letter.message.get_content() for letter in sink.letters]


def down(*, permanent: bool = False) -> CollectError:
    return CollectError("http_server", host="www.exempel.se", status=503, permanent=permanent)


def test_a_short_failure_is_told_to_nobody(sqlite_store: Store, clock: Clock) -> None:
    """Two hours without an answer are no news."""
    for hours in range(24, 1, -1):
        run(sqlite_store, FRIDAY - timedelta(hours=hours))
    run(sqlite_store, FRIDAY - timedelta(hours=1), down())
    assert mails(sqlite_store, clock) == []


def test_a_long_failure_is_told_once_and_again_after_a_week(sqlite_store: Store, clock: Clock) -> None:
    """One mail on the first morning, none on the six that follow while nothing changes, then one more."""
    run(sqlite_store, FRIDAY - timedelta(hours=20))
    run(sqlite_store, FRIDAY - timedelta(hours=10), down())
    told = []
    for _ in range(9):
        told.append(len(mails(sqlite_store, clock)))
        clock.now += timedelta(days=1)
    assert told == [1, 0, 0, 0, 0, 0, 0, 1, 0]


def test_what_a_person_must_mend_is_told_at_once(sqlite_store: Store, clock: Clock) -> None:
    """A refused token does not wait for six hours."""
    run(sqlite_store, FRIDAY - timedelta(hours=2))
    run(sqlite_store, FRIDAY - timedelta(hours=1), down(permanent=True))
    (mail,) = mails(sqlite_store, clock)
    assert "/desk/sources/nyheter" in mail


def test_nothing_is_sent_before_eight_in_the_morning(sqlite_store: Store, clock: Clock) -> None:
    """At seven in Sweden the mail waits."""
    run(sqlite_store, FRIDAY - timedelta(hours=20), down())
    clock.now = FRIDAY - timedelta(hours=2)
    assert mails(sqlite_store, clock) == []


def test_a_gap_that_ended_is_told_once(sqlite_store: Store, clock: Clock) -> None:
    """A night without an answer, over by the morning, is one sentence in one mail."""
    run(sqlite_store, FRIDAY - timedelta(hours=20))
    run(sqlite_store, FRIDAY - timedelta(hours=12), down())
    run(sqlite_store, FRIDAY - timedelta(hours=1))
    assert len(mails(sqlite_store, clock)) == 1
    clock.now += timedelta(days=1)
    assert mails(sqlite_store, clock) == []


def test_a_mail_that_did_not_leave_is_tried_again(sqlite_store: Store, clock: Clock) -> None:
    """With the mail server down nothing counts as told; when it is back the mail goes out."""
    run(sqlite_store, FRIDAY - timedelta(hours=20), down())
    run(sqlite_store, FRIDAY - timedelta(hours=2), down())
    with MailSink() as sink:
        closed = desk.settings(mail=MailSettings(host=sink.host, port=sink.port))
    assert tell(sqlite_store, closed, clock=clock, open_mail=lambda: smtp.open(closed.mail)) == 0
    assert len(mails(sqlite_store, clock)) == 1


def test_what_a_source_says_is_gone_is_told_while_it_is_doubted(sqlite_store: Store, clock: Clock) -> None:
    """One mail on the next morning says how many posts will be hidden; the day after it is no news."""
    for hours in range(24, 0, -1):
        run(sqlite_store, FRIDAY - timedelta(hours=hours))
    approved(sqlite_store)
    with sqlite_store.write() as connection:
        told = {"source_id": "nyheter", "doubted_at": FRIDAY - timedelta(hours=9), "doubts": 1}
        connection.execute(update(schema.post).values(told))
    (mail,) = mails(sqlite_store, clock)
    assert "1 publicerat inlägg" in mail.replace("\n", " ")
    clock.now += timedelta(days=1)
    assert mails(sqlite_store, clock) == []
