"""Signing up: nobody is mailed by the thousand, and nobody is told who is known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select

from campaign.errors import DigestError
from campaign.language import Language
from campaign.newsletter import SubscriberState
from campaign.settings import MailSettings
from digest import guard, subscribe
from digest.guard import Answer, Asked, form_mark, is_work, network_of, work_mark
from digest.work import tick
from digest_samples import settings
from servers import MailSink
from storage import attempts, schema, subscribers
from storage.attempts import Tries
from storage.store import Store

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SV = Language("sv", ZoneInfo("Europe/Stockholm"))
MINUTE = timedelta(minutes=1)


def asked(store: Store, *, network: str = "198.51.100.0/24", shown: timedelta = MINUTE, **more: Any) -> Asked:
    """A form that was shown a minute ago."""
    return Asked(form=form_mark(store.secret, NOW - shown), network=network, page="https://x.example/subscribe", **more)


def sign_up(store: Store, tmp_path: Path, address: str, how: Asked, *, now: datetime = NOW) -> Answer:
    """Send the form."""
    made = settings(tmp_path)
    letter = made.newsletters["veckobrevet"]
    return subscribe.sign_up(store, made, letter, address, language=SV, now=now, asked=how)


def work(mark: str, bits: int = guard.WORK_BITS) -> str:
    """Do what the page's script does."""
    return next(str(number) for number in range(100_000_000) if is_work(mark, str(number), bits))


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """Every statement that runs meanwhile."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(store.engine, "before_cursor_execute", note)


def test_known_and_unknown_addresses_cost_the_same_statements(store: Store, tmp_path: Path) -> None:
    """New, pending, active, left, removed: the same work is done, so that time tells nothing."""
    made = settings(tmp_path)
    letter = made.newsletters["veckobrevet"]
    sign_up(store, tmp_path, "pending@example.se", asked(store))
    subscribe.add(store, letter, "active@example.se", source="x", language="sv", now=NOW)
    subscribe.add(store, letter, "left@example.se", source="x", language="sv", now=NOW)
    gone = subscribers.find_by_address(store, "veckobrevet", "left@example.se")
    assert gone is not None
    subscribe.leave(store, gone.token, now=NOW)
    subscribe.remove(store, letter, "removed@example.se", now=NOW)
    counts = set()
    for name in ("new", "pending", "active", "left", "removed"):
        with statements(store) as seen:
            assert sign_up(store, tmp_path, f"{name}@example.se", asked(store)) is Answer.TAKEN
        counts.add(tuple(each.split()[0] for each in seen))
    assert len({len(each) for each in counts}) == 1, counts


def test_form_that_nobody_can_have_read_is_asked_for_once_more(store: Store, tmp_path: Path) -> None:
    """Too fast, forged, missing or years old: nothing is stored, and the address is not lost to its owner."""
    for how in (
        Asked(network=""),
        Asked(form="1700000000.aaaaaaaaaaaaaaaaaaaa"),
        Asked(form=form_mark(b"another secret", NOW - MINUTE)),
        asked(store, shown=timedelta(seconds=1)),
        asked(store, shown=timedelta(seconds=-60)),
        asked(store, shown=timedelta(days=90)),
    ):
        assert sign_up(store, tmp_path, "anna@example.se", how) is Answer.AGAIN
    assert subscribers.find_by_address(store, "veckobrevet", "anna@example.se") is None
    assert sign_up(store, tmp_path, "anna@example.se", asked(store)) is Answer.TAKEN


def test_network_that_tries_often_pays_with_work_for_each_address(store: Store, tmp_path: Path) -> None:
    """Work done opens for the one address that it was asked for."""
    for number in range(guard.NETWORK):
        assert sign_up(store, tmp_path, f"a{number}@d{number}.se", asked(store)) is Answer.TAKEN
    assert sign_up(store, tmp_path, "anna@example.se", asked(store)) is Answer.WORK
    assert subscribers.find_by_address(store, "veckobrevet", "anna@example.se") is None
    mark = work_mark(store.secret, "anna@example.se", NOW)
    done = asked(store, later=mark, work=work(mark))
    assert sign_up(store, tmp_path, "bo@example.se", done) is Answer.WORK
    assert sign_up(store, tmp_path, "anna@example.se", done) is Answer.TAKEN
    stale = asked(store, later=work_mark(store.secret, "eva@example.se", NOW - timedelta(hours=2)))
    assert sign_up(store, tmp_path, "eva@example.se", stale) is Answer.WORK
    assert sign_up(store, tmp_path, "eva@example.se", asked(store, network="203.0.113.0/24")) is Answer.TAKEN


def test_network_that_does_not_stop_is_told_to_come_back(store: Store, tmp_path: Path) -> None:
    """Whatever work is done; others are not kept out, and an hour later all is well again."""
    for number in range(guard.NETWORK_MOST):
        sign_up(store, tmp_path, f"a{number}@d{number}.se", asked(store))
    mark = work_mark(store.secret, "anna@example.se", NOW)
    with pytest.raises(DigestError, match="sign_ups_too_many"):
        sign_up(store, tmp_path, "anna@example.se", asked(store, later=mark, work=work(mark)))
    later = NOW + timedelta(hours=1, minutes=1)
    assert sign_up(store, tmp_path, "anna@example.se", asked(store), now=later) is Answer.TAKEN


def test_many_to_one_domain_cost_work_and_nobody_is_locked_out(store: Store, tmp_path: Path) -> None:
    """Bombing one organisation's mailboxes from many networks is slowed; its people get in with a little patience."""
    for number in range(guard.DOMAIN):
        sign_up(store, tmp_path, f"a{number}@example.se", asked(store, network=f"198.51.{number}.0/24"))
    elsewhere = asked(store, network="203.0.113.0/24")
    assert sign_up(store, tmp_path, "anna@example.se", elsewhere) is Answer.PROVE
    assert sign_up(store, tmp_path, "anna@example.org", elsewhere) is Answer.TAKEN


def flood(store: Store, *tried: tuple[str, str], count: int, at: datetime = NOW) -> None:
    """So many tries at a moment."""
    attempts.take(store, tried * count, now=at)


def rows(store: Store) -> int:
    """How many tries are remembered."""
    with store.read() as connection:
        return len(connection.execute(select(schema.attempt)).all())


def test_refused_tries_leave_no_row_and_shut_nobody_out(store: Store, tmp_path: Path) -> None:
    """One network that goes on and on is refused alone; others are as calm as before, and nothing grows."""
    loud = "203.0.113.0/24"
    for number in range(guard.NETWORK_MOST):
        sign_up(store, tmp_path, f"x@d{number}.example", Asked(network=loud))
    before = rows(store)
    assert before == guard.NETWORK_MOST
    for number in range(20):
        with pytest.raises(DigestError, match="sign_ups_too_many"):
            sign_up(store, tmp_path, f"y@d{number}.example", asked(store, network=loud))
    assert rows(store) == before
    assert sign_up(store, tmp_path, "anna@example.se", asked(store)) is Answer.TAKEN


def test_only_taken_tries_make_what_is_usual(store: Store, tmp_path: Path) -> None:
    """Forms that were not taken raise no threshold, neither in all nor of a domain."""
    for number in range(30):
        how = Asked(network="203.0.113.0/24" if number % 2 else "")
        assert sign_up(store, tmp_path, f"x{number}@gmail.com", how, now=NOW - timedelta(hours=2)) is Answer.AGAIN
    found = attempts.tries(store, [("sign-up all", ""), ("sign-up domain", "gmail.com")], now=NOW)
    assert [(each.hour, each.usual) for each in found] == [(0, 0.0), (0, 0.0)]


def test_wait_pays_only_from_a_network_that_is_known_and_calm(store: Store, tmp_path: Path) -> None:
    """Marks gathered at one moment are worth nothing where nobody can be told apart; work always is."""
    flood(store, ("sign-up all", ""), count=guard.ALL)

    def waited(name: str, network: str) -> Answer:
        later = work_mark(store.secret, name, NOW - guard.WAIT)
        return sign_up(store, tmp_path, name, asked(store, network=network, later=later))

    assert waited("anna@example.se", "198.51.100.0/24") is Answer.TAKEN
    assert waited("bo@example.se", "") is Answer.WORK
    flood(store, ("sign-up network", "203.0.113.0/24"), count=guard.NETWORK)
    assert waited("bo@example.se", "203.0.113.0/24") is Answer.WORK
    mark = work_mark(store.secret, "bo@example.se", NOW)
    done = asked(store, network="", later=mark, work=work(mark))
    assert sign_up(store, tmp_path, "bo@example.se", done) is Answer.TAKEN


def test_flood_in_all_asks_for_harder_work_and_locks_nobody_out(store: Store, tmp_path: Path) -> None:
    """Calm networks, and people whom nobody can tell apart, still get in; busy networks do not."""
    flood(store, ("sign-up all", ""), count=guard.ALL_MOST)
    mark = work_mark(store.secret, "anna@example.se", NOW)
    easy, hard = work(mark), work(mark, guard.HARD_BITS)
    for network in ("198.51.100.0/24", ""):
        for number, answer in ((easy, Answer.HARD), (hard, Answer.TAKEN)):
            how = asked(store, network=network, later=mark, work=number)
            assert sign_up(store, tmp_path, "anna@example.se", how) is answer
    flood(store, ("sign-up network", "203.0.113.0/24"), count=guard.NETWORK)
    with pytest.raises(DigestError, match="sign_ups_too_many"):
        sign_up(store, tmp_path, "anna@example.se", asked(store, network="203.0.113.0/24"))


def test_what_is_usual_adapts() -> None:
    """A campaign that is in the news every week asks nobody for work; a sudden flood does."""
    quiet, busy = Tries(hour=guard.ALL, usual=1.0), Tries(hour=guard.ALL, usual=20.0)
    none = Tries(hour=0, usual=0.0)
    assert not guard.is_calm(quiet, none, none)
    assert guard.is_calm(busy, none, none)
    assert guard.is_calm(none, none, None)


@pytest.mark.parametrize(
    ("address", "proxies", "network"),
    [
        ("8.8.4.77", (), "8.8.4.0/24"),
        ("2a00:1450:1:2:3::4", (), "2a00:1450:1::/48"),
        ("::ffff:8.8.4.77", (), "8.8.4.0/24"),
        ("10.0.0.7", (), ""),
        ("10.0.0.7", ("10.0.0.1",), "10.0.0.0/24"),
        ("127.0.0.1", ("127.0.0.1",), ""),
        ("testclient", (), ""),
        ("", (), ""),
    ],
)
def test_who_sends_is_counted_by_network_where_it_can_be_told(
    address: str, proxies: tuple[str, ...], network: str
) -> None:
    """Behind a proxy that nobody named everybody would be one: then nobody is counted."""
    assert network_of(address, proxies=proxies) == network


def test_no_address_of_a_machine_or_person_is_kept_in_counts(store: Store, tmp_path: Path) -> None:
    """Only keyed hashes stand in the rows, and they go after a week."""
    sign_up(store, tmp_path, "anna@example.se", asked(store))
    with store.read() as connection:
        rows = repr(connection.execute(select(schema.attempt)).all())
    assert "198.51" not in rows
    assert "example.se" not in rows
    assert attempts.forget(store, now=NOW + timedelta(days=6)) == 0
    assert attempts.forget(store, now=NOW + timedelta(days=8)) == 3


def test_spellings_of_one_mailbox_do_not_multiply_mails(store: Store, tmp_path: Path) -> None:
    """Plus signs and dots that mean nothing share three mails; the address that confirms keeps its spelling."""
    with MailSink() as sink:
        made = settings(tmp_path, mail=MailSettings(host=sink.host, port=sink.port))
        letter = made.newsletters["veckobrevet"]
        for day in range(12):
            for spelling in (f"an.na+{day}@gmail.com", "anna@gmail.com"):
                now = NOW + timedelta(days=day)
                subscribe.sign_up(store, made, letter, spelling, language=SV, now=now)
                tick(store, made, clock=lambda now=now: now)  # type: ignore[misc] # a default keeps the moment
        assert len(sink.letters) == 3
        first = sink.letters[0].recipients[0]
    found = subscribers.find_by_address(store, "veckobrevet", first)
    assert found is not None
    confirmed = subscribe.confirm(store, made, found.token, now=NOW)
    assert confirmed is not None
    assert (confirmed.email, confirmed.state) == (first, SubscriberState.ACTIVE)


def test_proof_says_what_was_agreed_to_where_and_when(store: Store, tmp_path: Path) -> None:
    """The words with their version, the language, the pages without any secret; rows are only ever added."""
    sign_up(store, tmp_path, "anna@example.se", asked(store))
    found = subscribers.find_by_address(store, "veckobrevet", "anna@example.se")
    assert found is not None
    made = settings(tmp_path)
    for _ in range(2):
        subscribe.confirm(store, made, found.token, now=NOW + MINUTE, page="https://x.example/subscribe/confirm")
    told = subscribe.wording(made, made.newsletters["veckobrevet"], SV)
    kept = subscribers.proofs(store, found.id)
    assert [(each.kind, each.at, each.page) for each in kept] == [
        ("asked", NOW, "https://x.example/subscribe"),
        ("confirmed", NOW + MINUTE, "https://x.example/subscribe/confirm"),
    ]
    assert {(each.wording, each.wording_version, each.language) for each in kept} == {(told.text, told.version, "sv")}


def test_work_is_believed_only_where_it_was_done() -> None:
    """A number belongs to one mark; anything else is no work."""
    mark = work_mark(b"secret", "anna@example.se", NOW)
    number = work(mark)
    assert is_work(mark, number)
    assert not is_work(mark + "x", number)
    assert not any(is_work(mark, wrong) for wrong in ("", "-1", "x", "1" * 20, "²"))
