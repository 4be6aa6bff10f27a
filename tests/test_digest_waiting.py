"""What waits is told once at each chosen time, by mail and by a signed webhook, over real sockets."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import desk
from builders import node, story
from campaign.flags import Flag
from campaign.records import Role
from campaign.settings import FetchSettings, MailSettings, NoticesSettings, Settings, WeekTime
from digest.waiting import latest, parse_time, tell
from digest.webhook import call, webhook_state
from net import smtp
from net.http import Fetcher
from servers import MailSink, Reply, Server, redirect
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.flags import set_flag
from storage.people import add_account, disable, set_preferences
from storage.store import Actor, Store
from storage.told import last_told
from storage.waiting import set_notice_times

STOCKHOLM = ZoneInfo("Europe/Stockholm")
#: A Friday at eight in the morning in Sweden.
EIGHT = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
SECRET = "en nyckel som bara mottagaren har"
FRIDAY = (WeekTime(weekday=4, hour=8, minute=0),)


@pytest.fixture
def sink() -> Iterator[MailSink]:
    """A mail server."""
    with MailSink() as made:
        yield made


def person(store: Store, name: str = "anna", *, language: str = "", times: tuple[str, ...] = ("friday 08:00",)) -> int:
    """The id of an editor who wants to be told at these times."""
    made = add_account(store, name, role=Role.EDITOR, password=None, now=EIGHT, email=f"{name}@exempel.se")
    set_preferences(
        store, made.id, display_name=name.title(), email=f"{name}@exempel.se", language=language, shortcuts=True
    )
    set_notice_times(store, made.id, times)
    return made.id


def told(store: Store, sink: MailSink, at: datetime, **changes: Any) -> list[Any]:
    """Run the job at a moment and return the letters that it sent."""
    before = len(sink.letters)
    settings = desk.settings(mail=MailSettings(host=sink.host, port=sink.port), **changes)
    tell(store, settings, clock=lambda: at, open_mail=lambda: smtp.open(settings.mail))
    return list(sink.letters[before:])


def test_what_waits_is_told_once_at_the_chosen_time(store: Store, sink: MailSink) -> None:
    """Not a minute before; once at eight; not again at the next looks, nor after a restart."""
    person(store)
    story(store)
    assert told(store, sink, EIGHT - timedelta(minutes=1)) == []
    (letter,) = told(store, sink, EIGHT + timedelta(seconds=20))
    assert letter.recipients == ["anna@exempel.se"]
    assert letter.message["Subject"] == "1 berättelse väntar i Halland växer"
    for minutes in (1, 60, 60 * 24):
        assert told(store, sink, EIGHT + timedelta(minutes=minutes)) == []
    assert len(told(store, sink, EIGHT + timedelta(days=7))) == 1


def test_the_mail_says_how_many_since_when_of_what_and_where(sqlite_store: Store, sink: MailSink) -> None:
    """Number, oldest, focus area, second pair of eyes, what fell due, and a link; as text and as HTML alike."""
    store = sqlite_store
    anna = Actor(kind="person", account_id=person(store))
    area = node(store, title="En <attraktiv> region")
    one, two, three = (story(store, now=EIGHT - timedelta(days=days)) for days in (3, 2, 1))
    attach(store, one.id, area, by=anna, now=EIGHT)
    set_flag(store, two.id, Flag.CHILD, on=True, by=anna, now=EIGHT)
    decide(store, two.id, Action.APPROVE, by=anna, now=EIGHT)
    decide(store, three.id, Action.LATER, by=anna, now=EIGHT, later_until=EIGHT - timedelta(hours=1))
    (letter,) = told(store, sink, EIGHT)
    text = letter.message.get_body(("plain",)).get_content()
    page = letter.message.get_body(("html",)).get_content()
    for line in (
        "3 berättelser att granska.",
        "Det äldsta kom in 17 november 2026 08:00.",
        "1 flaggad väntar på en andra person.",
        "1 som lades åt sidan är tillbaka.",
    ):
        assert line in text
        assert line in page
    assert "Per del av strategin: En <attraktiv> region 1." in text
    assert "En &lt;attraktiv&gt; region" in page
    assert "http://127.0.0.1/desk" in text
    assert "<img" not in page


def test_nothing_is_mailed_where_nothing_waits_unless_wanted(store: Store, sink: MailSink) -> None:
    """An empty desk is silent, also when something comes in an hour later; a setting tells always."""
    person(store)
    assert told(store, sink, EIGHT) == []
    story(store)
    assert told(store, sink, EIGHT + timedelta(hours=1)) == []
    person(store, "bo", times=("friday 10:00",))
    for each in (1,):
        decide(store, each, Action.HIDE, by=Actor(kind="person", account_id=1), now=EIGHT)
    assert len(told(store, sink, EIGHT + timedelta(hours=2), notices=NoticesSettings(always=True))) == 1


def test_each_is_told_in_their_own_language_and_who_left_is_not(store: Store, sink: MailSink) -> None:
    """English to whom chose it; nobody without an address, without times, or whose account is closed."""
    story(store)
    person(store, "ann", language="en")
    person(store, "nevers", times=())
    closed = person(store, "closed")
    disable(store, closed, now=EIGHT)
    (letter,) = told(store, sink, EIGHT)
    assert letter.message["Subject"] == "1 story waits in Halland växer"


def test_two_processes_tell_it_once(store: Store, sink: MailSink) -> None:
    """Who takes the time's row first tells it; the other finds it taken."""
    import threading

    person(store)
    story(store)
    threads = [threading.Thread(target=told, args=(store, sink, EIGHT)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sink.letters) == 1


def test_a_mail_server_that_refuses_is_tried_again_until_it_is_too_late(store: Store, sink: MailSink) -> None:
    """A refusal takes nothing away: the next look sends; half a day later nobody is told of the morning."""
    person(store)
    story(store)
    sink.refuse("MAIL", "451 4.3.0 Later", times=1)
    assert told(store, sink, EIGHT) == []
    assert len(told(store, sink, EIGHT + timedelta(minutes=1))) == 1
    assert told(store, sink, EIGHT + timedelta(days=7, hours=13)) == []


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (datetime(2027, 3, 28, 12, 0, tzinfo=UTC), "2027-03-28T01:30:00+00:00"),
        (datetime(2027, 10, 31, 12, 0, tzinfo=UTC), "2027-10-31T00:30:00+00:00"),
    ],
)
def test_a_time_that_the_clocks_skip_or_repeat_is_one_moment(day: datetime, expected: str) -> None:
    """Half past two on the Sundays when the clocks change happens once."""
    at = latest([parse_time("sunday 02:30")], STOCKHOLM, day)
    assert at is not None
    assert at.isoformat() == expected
    looks = {latest([parse_time("sunday 02:30")], STOCKHOLM, at + timedelta(minutes=15 * step)) for step in range(20)}
    assert looks == {at}


@pytest.mark.parametrize("text", ["", "monday", "someday 08:00", "monday 25:00", "08:00 monday"])
def test_what_is_no_time_is_left_out(text: str) -> None:
    """A row that holds anything else tells nobody and breaks nothing."""
    assert parse_time(text) is None


def hooked(server: Server, **changes: Any) -> Settings:
    """Settings with a webhook at a server."""
    given: dict[str, Any] = {"webhook": server.url("/hook"), "webhook_secret": SECRET, "webhook_times": FRIDAY}
    return desk.settings(
        notices=NoticesSettings(**(given | changes)),
        fetch=FetchSettings(allow=(server.address,), per_host=timedelta(0), total=timedelta(seconds=2)),
    )


def ring(store: Store, settings: Settings, at: datetime) -> bool:
    """Run the webhook's job at a moment."""
    with Fetcher(settings.fetch, version="0", clock=lambda: at) as fetcher:
        return call(store, settings, fetcher, clock=lambda: at)


def test_the_webhook_is_called_once_signed_and_without_anybodys_data(store: Store) -> None:
    """The signature is over timestamp and body as they came; the body has counts, links and no words of posts."""
    story(store, text="Hemliga Hilda #hallandväxer", author_name="Hilda")
    with Server({"/hook": b"ok"}) as server:
        settings = hooked(server)
        assert not ring(store, settings, EIGHT - timedelta(minutes=1))
        assert ring(store, settings, EIGHT)
        assert not ring(store, settings, EIGHT + timedelta(minutes=1))
        (request,) = server.requests
    signed = request.headers["Skord-Timestamp"].encode() + b"." + request.body
    expected = "v1=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert (request.method, request.headers["Skord-Signature"]) == ("POST", expected)
    assert request.headers["Skord-Timestamp"] == str(int(EIGHT.timestamp()))
    body = json.loads(request.body)
    assert (body["waiting"], body["campaigns"][0]["waiting"], body["link"]) == (1, 1, "http://127.0.0.1/desk")
    assert b"Hilda" not in request.body


def test_a_webhook_that_fails_is_tried_again_with_the_same_name_and_then_given_up(store: Store) -> None:
    """After a minute, ten minutes and an hour; each call is the same delivery, and the desk knows what went wrong."""
    story(store)
    with Server({"/hook": Reply(status=500)}) as server:
        settings = hooked(server)
        for minutes in (0, 0.5, 1, 5, 12, 30, 80, 200, 600):
            assert not ring(store, settings, EIGHT + timedelta(minutes=minutes))
        names = [request.headers["Skord-Delivery"] for request in server.requests]
        times = {request.headers["Skord-Timestamp"] for request in server.requests}
    state = webhook_state(store)
    assert (len(names), len(set(names)), len(times)) == (4, 1, 4)
    assert state is not None
    assert (state.tries, state.again_at, state.error is not None) == (4, None, True)


def test_a_webhook_that_recovers_is_well_again(store: Store) -> None:
    """The second try gets through, and nothing more is sent."""
    story(store)
    with Server({"/hook": Reply(status=503)}) as server:
        settings = hooked(server)
        ring(store, settings, EIGHT)
        server.routes["/hook"] = b"ok"
        assert ring(store, settings, EIGHT + timedelta(minutes=2))
        assert not ring(store, settings, EIGHT + timedelta(minutes=20))
        assert len(server.requests) == 2
    state = webhook_state(store)
    assert state is not None
    assert (state.error, state.again_at) == (None, None)


def test_a_webhook_that_sends_elsewhere_is_not_followed(sqlite_store: Store) -> None:
    """What was signed for one address is never sent to another."""
    story(sqlite_store)
    with Server({"/other": b"ok"}) as server:
        server.routes["/hook"] = redirect(server.url("/other"), 307)
        assert not ring(sqlite_store, hooked(server), EIGHT)
        assert [request.path for request in server.requests] == ["/hook"]
    state = webhook_state(sqlite_store)
    assert state is not None
    assert state.error is not None
    assert state.error.key == "bad_redirect"


def test_a_dead_a_slow_and_a_private_webhook_are_told_in_words(sqlite_store: Store) -> None:
    """Whatever goes wrong has words for the desk; an inner address is refused unless it is allowed."""
    import time

    from campaign.language import Language

    story(sqlite_store)
    language = Language("sv", STOCKHOLM)
    with Server({"/hook": lambda _: time.sleep(4) or b"late"}) as server:
        slow = hooked(server)
        private = replace(slow, fetch=FetchSettings())
        dead = replace(slow, notices=replace(slow.notices, webhook="http://127.0.0.1:9/hook"))
        dead = replace(dead, fetch=replace(dead.fetch, allow=("127.0.0.1:9",)))
        for number, settings in enumerate((slow, private, dead)):
            ring(sqlite_store, settings, EIGHT + timedelta(days=7 * number))
            state = webhook_state(sqlite_store)
            assert state is not None
            assert state.error is not None
            assert len(language.explain(state.error).what) > 10
            assert state.again_at is not None


def test_no_webhook_is_called_without_a_key_or_where_nothing_waits(store: Store) -> None:
    """Unsigned calls are never made, and an empty desk calls nobody unless it is wanted."""
    with Server({"/hook": b"ok"}) as server:
        assert not ring(store, hooked(server, webhook_secret=""), EIGHT)
        assert not ring(store, hooked(server), EIGHT)
        assert ring(store, hooked(server, always=True), EIGHT + timedelta(days=7))
        assert len(server.requests) == 1
    assert last_told(store, "webhook") is not None
