"""Sending: once each, through refusals, cut lines, kills and people who leave meanwhile."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from builders import account, approved
from campaign.newsletter import Delivery, DeliveryState, Issue, IssueState, SubscriberState
from campaign.settings import MailSettings, Settings
from digest import desk, subscribe
from digest.lint import lint_bytes
from digest.outbox import Report, send_due
from digest.work import tick
from digest_samples import settings
from servers import MailSink, RawServer
from storage import issues, leases, schema, subscribers
from storage import outbox as rows
from storage.addresses import Home
from storage.deliveries import balance, decide_uncertain, list_deliveries, retry_failed
from storage.ledger import LeaseLost, Ledger, Outcome, Step, Worker
from storage.pacing import Pace
from storage.store import JOB, Actor, Store
from storage.subscribers import Wording

NOW = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
HOME = Home(campaign="hallandvaxer", newsletter="veckobrevet")
WORDING = Wording(text="Ja tack", version="1", language="sv")


@pytest.fixture
def sink() -> Iterator[MailSink]:
    """A mail server."""
    with MailSink() as running:
        yield running


def site(tmp_path: Path, port: int, *, connections: int = 1, per_minute: int = 0, **changed: Any) -> Settings:
    """Settings that send to a port."""
    mail = MailSettings(host="127.0.0.1", port=port, connections=connections, per_minute=per_minute)
    return settings(tmp_path, mail=mail, **changed)


def ready(store: Store, made: Settings, *, readers: int) -> Issue:
    """An issue whose sending has begun, to so many subscribers."""
    by = Actor(kind="person", account_id=account(store))
    for number in range(readers):
        subscribers.add(
            store, HOME, f"reader{number}@example.se", wording=WORDING, now=NOW, confirmed_at=NOW - timedelta(days=1)
        )
    approved(store, at=NOW - timedelta(days=2))
    issue = desk.draft_now(store, made, "veckobrevet", by=by, now=NOW)
    desk.approve(store, made, issue.id, by=by, now=NOW)
    desk.send_now(store, made, issue.id, by=by, now=NOW)
    tick(store, made, clock=lambda: NOW)
    return issues.get_issue(store, issue.id)


def run(store: Store, made: Settings, *, now: datetime = NOW) -> Report:
    """Send what is due at a moment."""
    return send_due(store, made, clock=lambda: now)


def states(store: Store, issue: Issue) -> Counter[str]:
    """How many deliveries are in each state."""
    with store.read() as connection:
        found = connection.execute(select(schema.delivery.c.state).where(schema.delivery.c.issue_id == issue.id))
        return Counter(found.scalars())


def test_every_subscriber_gets_one_sound_letter(store: Store, sink: MailSink, tmp_path: Path) -> None:
    """Each address once, its own leave link and Message-ID, no fault in the bytes; then the issue is sent."""
    made = site(tmp_path, sink.port, connections=3)
    issue = ready(store, made, readers=40)
    report = run(store, made)
    assert sorted(letter.recipients[0] for letter in sink.letters) == sorted(f"reader{n}@example.se" for n in range(40))
    assert len({letter.message["Message-ID"] for letter in sink.letters}) == 40
    assert len({letter.message["List-Unsubscribe"] for letter in sink.letters}) == 40
    assert lint_bytes(sink.letters[0].data) == []
    assert report.finished == [issue.id]
    assert issues.get_issue(store, issue.id).state is IssueState.SENT
    assert balance(store, issue.id).holds
    assert run(store, made).counts == {}
    assert len(sink.letters) == 40


def test_planning_again_adds_nobody(sqlite_store: Store, sink: MailSink, tmp_path: Path) -> None:
    """A plan that a crash cut short is made whole, in small steps, and late subscribers are not in it."""
    made = site(tmp_path, sink.port)
    issue = ready(sqlite_store, made, readers=7)
    subscribers.add(sqlite_store, HOME, "late@example.se", wording=WORDING, now=NOW + timedelta(minutes=1))
    with pytest.raises(ZeroDivisionError):
        rows.plan(sqlite_store, issue.id, lambda who: f"<{who}>" if who < 4 else str(1 // 0), now=NOW, size=2)
    assert issues.get_issue(sqlite_store, issue.id).audience is None
    assert rows.plan(sqlite_store, issue.id, lambda who: f"<{who}>", now=NOW, size=2) == 7
    assert rows.plan(sqlite_store, issue.id, lambda who: f"<{who}>", now=NOW, size=2) == 7
    assert sum(states(sqlite_store, issue).values()) == 7


def opened(store: Store, *, at: datetime = NOW, number: int = 1, pace: Pace | None = None, **lease: Any) -> Book:
    """A ledger with one worker, under a lease taken now."""
    taken = leases.take(store, "outbox", now=at, **lease)
    assert taken is not None
    return Book(Ledger(store, taken, pace=pace), Worker(number=number, lease=taken))


class Book:
    """A ledger and the one worker that a test writes as."""

    def __init__(self, ledger: Ledger, worker: Worker) -> None:
        self.ledger, self.worker = ledger, worker

    def claim(self, size: int = 50, *, now: datetime = NOW) -> list[Delivery]:
        """Claim as the worker."""
        return self.ledger.claim(self.worker, now=now, size=size)

    def advance(self, done: Outcome | None, following: Delivery | None, *, now: datetime = NOW) -> Step:
        """Close and open as the worker, and let go of the database."""
        try:
            return self.ledger.advance(self.worker, done, following, now=now)
        finally:
            self.ledger.close()


def test_who_leaves_between_claim_and_sending_gets_no_letter(store: Store, sink: MailSink, tmp_path: Path) -> None:
    """Leaving takes effect at the next letter: the claimed row is skipped and its address forgotten."""
    made = site(tmp_path, sink.port)
    issue = ready(store, made, readers=3)
    rows.plan(store, issue.id, lambda who: f"<{who}@x>", now=NOW)
    book = opened(store)
    claimed = book.claim()
    leaver = subscribers.find_by_address(store, "veckobrevet", "reader0@example.se")
    assert leaver is not None
    assert subscribe.leave(store, leaver.token, now=NOW)
    assert not book.advance(None, claimed[0]).open
    assert book.advance(None, claimed[1]).open
    (skipped,) = list_deliveries(store, issue.id, DeliveryState.SKIPPED)
    assert (skipped.subscriber_id, skipped.address) == (leaver.id, "")
    assert balance(store, issue.id).holds


def test_claims_of_two_workers_never_meet(store: Store, sink: MailSink, tmp_path: Path) -> None:
    """What one worker holds no other gets."""
    made = site(tmp_path, sink.port)
    issue = ready(store, made, readers=10)
    rows.plan(store, issue.id, lambda who: f"<{who}@x>", now=NOW)
    book = opened(store)
    one = book.claim(6)
    two = book.ledger.claim(Worker(number=2, lease=book.worker.lease), now=NOW, size=6)
    assert (len(one), len(two)) == (6, 4)
    assert not {each.id for each in one} & {each.id for each in two}


def test_letter_drawn_anew_during_a_pause_is_never_sent_as_it_was(store: Store, sink: MailSink, tmp_path: Path) -> None:
    """What a sending process had claimed before the pause it cannot begin after: it holds the letter as it was."""
    made = site(tmp_path, sink.port)
    issue = ready(store, made, readers=3)
    rows.plan(store, issue.id, lambda who: f"<{who}@x>", now=NOW)
    book = opened(store)
    claimed = book.claim()
    by = Actor(kind="person", account_id=account(store))
    desk.pause(store, issue.id, by=by, now=NOW)
    desk.resume(store, made, issue.id, by=by, now=NOW)
    assert issues.get_issue(store, issue.id).state is IssueState.SENDING
    assert not book.advance(None, claimed[0]).open
    assert len(book.claim()) == 3


def test_stalled_process_cannot_write_after_a_take_over(store: Store, sink: MailSink, tmp_path: Path) -> None:
    """Whose lease was taken over neither claims, begins nor closes a letter; the begun one is in doubt."""
    made = site(tmp_path, sink.port)
    issue = ready(store, made, readers=3)
    rows.plan(store, issue.id, lambda who: f"<{who}@x>", now=NOW)
    stalled = opened(store, holder="elsewhere:1:a", term=timedelta(seconds=1))
    claimed = stalled.claim()
    assert stalled.advance(None, claimed[0]).open
    new = leases.take(store, "outbox", now=NOW + timedelta(minutes=1), holder="elsewhere:2:b")
    assert new is not None
    assert rows.take_over(store, new, now=NOW) == {claimed[0].id: issue.id}
    assert states(store, issue) == {"uncertain": 1, "queued": 2}
    done = Outcome(delivery_id=claimed[0].id, state=DeliveryState.SENT)
    for write in (
        stalled.claim,
        lambda: stalled.advance(done, None),
        lambda: stalled.advance(None, claimed[1]),
    ):
        with pytest.raises(LeaseLost):
            write()
    assert states(store, issue) == {"uncertain": 1, "queued": 2}


def test_refused_for_now_is_tried_later_and_at_last_given_up(
    sqlite_store: Store, sink: MailSink, tmp_path: Path
) -> None:
    """4xx waits longer each time, less than three days in all."""
    made = site(tmp_path, sink.port)
    issue = ready(sqlite_store, made, readers=2)
    sink.refuse("RCPT", "450 4.2.0 Try later", address="reader0@example.se")
    now = NOW
    for _ in range(20):
        run(sqlite_store, made, now=now)
        if states(sqlite_store, issue)["failed"]:
            break
        (waiting,) = list_deliveries(sqlite_store, issue.id, DeliveryState.DEFERRED)
        assert waiting.not_before_at > now
        assert waiting.reply_code == 450
        now = waiting.not_before_at
    assert states(sqlite_store, issue) == {"sent": 1, "failed": 1}
    assert timedelta(hours=48) < now - NOW < timedelta(hours=72)
    assert issues.get_issue(sqlite_store, issue.id).state is IssueState.SENT


def test_letter_refused_for_now_arrives_later_with_the_same_message_id(
    sqlite_store: Store, sink: MailSink, tmp_path: Path
) -> None:
    """A retry is the same letter."""
    made = site(tmp_path, sink.port)
    issue = ready(sqlite_store, made, readers=1)
    sink.refuse("DATA", "451 4.3.0 Later", times=1)
    run(sqlite_store, made)
    (waiting,) = list_deliveries(sqlite_store, issue.id, DeliveryState.DEFERRED)
    run(sqlite_store, made, now=waiting.not_before_at)
    assert [letter.message["Message-ID"] for letter in sink.letters] == [waiting.message_id]


def test_address_that_does_not_exist_gets_no_more_letters(sqlite_store: Store, sink: MailSink, tmp_path: Path) -> None:
    """A hard refusal of the address fails the letter at once and ends the subscription, visibly and reversibly."""
    made = site(tmp_path, sink.port)
    issue = ready(sqlite_store, made, readers=2)
    sink.refuse("RCPT", "550 5.1.1 No such user", address="reader1@example.se")
    run(sqlite_store, made)
    assert states(sqlite_store, issue) == {"sent": 1, "failed": 1}
    gone = subscribers.find_by_address(sqlite_store, "veckobrevet", "reader1@example.se")
    assert gone is not None
    assert gone.state is SubscriberState.BOUNCED


def test_refusal_of_everything_pauses_and_tells(sqlite_store: Store, sink: MailSink, tmp_path: Path) -> None:
    """Ten failures in a row pause the issue; no letter is lost, and after the repair all arrive."""
    made = site(tmp_path, sink.port)
    issue = ready(sqlite_store, made, readers=30)
    sink.refuse("RCPT", "554 5.7.1 Relay denied")
    report = run(sqlite_store, made)
    assert report.paused == [issue.id]
    paused = issues.get_issue(sqlite_store, issue.id)
    assert paused.state is IssueState.PAUSED
    assert paused.why is not None
    assert "Relay denied" in str(paused.why.facts["text"])
    assert states(sqlite_store, issue)["failed"] == 0
    sink.accept()
    tick(sqlite_store, made, clock=lambda: NOW)
    assert "pausat" in str(sink.letters.pop().message["Subject"])
    by = Actor(kind="person", account_id=account(sqlite_store))
    desk.resume(sqlite_store, made, issue.id, by=by, now=NOW)
    run(sqlite_store, made, now=NOW + timedelta(hours=1))
    assert Counter(letter.recipients[0] for letter in sink.letters).most_common(1)[0][1] == 1
    assert len(sink.letters) == 30


def test_failed_letters_can_be_tried_again_by_a_person(sqlite_store: Store, sink: MailSink, tmp_path: Path) -> None:
    """What was refused for good goes once more when somebody has mended the cause, and finishes the issue again."""
    made = site(tmp_path, sink.port)
    issue = ready(sqlite_store, made, readers=3)
    sink.refuse("RCPT", "550 Mailbox full", address="reader1@example.se")
    run(sqlite_store, made)
    sink.accept()
    assert retry_failed(sqlite_store, issue.id, by=JOB, now=NOW) == 1
    assert issues.get_issue(sqlite_store, issue.id).state is IssueState.SENDING
    run(sqlite_store, made)
    assert states(sqlite_store, issue) == {"sent": 3}


def test_server_that_is_down_loses_nothing(sqlite_store: Store, tmp_path: Path) -> None:
    """Without a server every letter waits, unbegun, and the reason is handed back."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    made = site(tmp_path, port, connections=2)
    issue = ready(sqlite_store, made, readers=5)
    report = run(sqlite_store, made)
    assert report.problem is not None
    assert states(sqlite_store, issue) == {"queued": 5}


def conversation(cut: str) -> RawServer:
    """A mail server that hangs up before it has the whole letter, or after it and before its answer."""

    def script(connection: socket.socket) -> None:
        file = connection.makefile("rb")
        connection.sendall(b"220 x\r\n")
        for line in file:
            command = line[:4].upper()
            if command == b"DATA":
                if cut == "before":
                    return
                connection.sendall(b"354 go\r\n")
                for body in file:
                    if body == b".\r\n":
                        return
            elif command == b"EHLO":
                connection.sendall(b"250 x\r\n")
            else:
                connection.sendall(b"250 ok\r\n")

    return RawServer(script)


def test_line_cut_after_the_letter_leaves_it_in_doubt_for_a_person(sqlite_store: Store, tmp_path: Path) -> None:
    """Nobody knows whether it arrived: it is listed, not sent again by itself, and a person settles it."""
    with conversation("after") as server:
        made = site(tmp_path, server.port)
        issue = ready(sqlite_store, made, readers=1)
        report = run(sqlite_store, made)
    (doubtful,) = list_deliveries(sqlite_store, issue.id, DeliveryState.UNCERTAIN)
    assert report.in_doubt == [doubtful.id]
    assert balance(sqlite_store, issue.id).holds
    assert issues.get_issue(sqlite_store, issue.id).state is IssueState.SENT
    with MailSink() as sink:
        made = site(tmp_path, sink.port)
        assert run(sqlite_store, made).counts == {}
        assert decide_uncertain(sqlite_store, issue.id, resend=True, by=JOB, now=NOW) == 1
        run(sqlite_store, made)
        assert [letter.message["Message-ID"] for letter in sink.letters] == [doubtful.message_id]
    assert states(sqlite_store, issue) == {"sent": 1}


def test_doubtful_letter_goes_again_by_itself_where_that_is_the_rule(sqlite_store: Store, tmp_path: Path) -> None:
    """With ``uncertain = "resend"`` it is sent again a little later, three times at most, then a person decides."""
    now = NOW
    with conversation("after") as server:
        made = site(tmp_path, server.port, uncertain="resend")
        issue = ready(sqlite_store, made, readers=1)
        for state in ("queued", "queued", "uncertain"):
            run(sqlite_store, made, now=now)
            assert states(sqlite_store, issue) == {state: 1}
            assert run(sqlite_store, made, now=now).counts == {}
            now += timedelta(hours=1)
        assert server.connections == 3


def test_line_cut_before_the_letter_was_whole_loses_and_doubles_nothing(sqlite_store: Store, tmp_path: Path) -> None:
    """A letter that certainly did not arrive waits a moment and goes again."""
    with conversation("before") as server:
        made = site(tmp_path, server.port)
        issue = ready(sqlite_store, made, readers=2)
        run(sqlite_store, made)
    assert states(sqlite_store, issue) == {"queued": 2}
    with MailSink() as sink:
        run(sqlite_store, site(tmp_path, sink.port), now=NOW + timedelta(minutes=5))
        assert len(sink.letters) == 2


def test_rate_is_counted_from_the_rows(sqlite_store: Store, sink: MailSink, tmp_path: Path) -> None:
    """Five a minute stay five a minute through any number of restarts."""
    made = site(tmp_path, sink.port)
    issue = ready(sqlite_store, made, readers=12)
    rows.plan(sqlite_store, issue.id, lambda who: f"<{who}@x>", now=NOW)
    for number in range(4):
        book = opened(sqlite_store, pace=Pace(per_minute=5), holder=f"elsewhere:{number}:a", term=timedelta(0))
        rows.take_over(sqlite_store, book.worker.lease, now=NOW)
        now = NOW + timedelta(seconds=10 * number)
        for delivery in book.claim(2, now=now):
            step = book.advance(None, delivery, now=now)
            if not step.open:
                assert step.wait is not None
                assert step.wait <= timedelta(seconds=60)
                break
            book.advance(Outcome(delivery_id=delivery.id, state=DeliveryState.SENT), None, now=now)
    assert states(sqlite_store, issue)["sent"] == 5


def test_stop_leaves_the_rest_unsent_and_the_balance_holds(sqlite_store: Store, sink: MailSink, tmp_path: Path) -> None:
    """A stopped issue sends no letter more; everybody is accounted for."""
    made = site(tmp_path, sink.port)
    issue = ready(sqlite_store, made, readers=4)
    rows.plan(sqlite_store, issue.id, lambda who: f"<{who}@x>", now=NOW)
    by = Actor(kind="person", account_id=account(sqlite_store))
    assert desk.stop(sqlite_store, issue.id, by=by, now=NOW) == 4
    assert run(sqlite_store, made).counts == {}
    assert sink.letters == []
    assert balance(sqlite_store, issue.id).holds


def test_two_runs_never_send_together(sqlite_store: Store, sink: MailSink, tmp_path: Path) -> None:
    """While another process holds the lease a run does nothing and says so."""
    made = site(tmp_path, sink.port)
    issue = ready(sqlite_store, made, readers=2)
    held = leases.take(sqlite_store, "outbox", now=NOW, holder="elsewhere:1:a")
    assert held is not None
    assert run(sqlite_store, made).busy
    leases.release(sqlite_store, held, now=NOW)
    assert run(sqlite_store, made).finished == [issue.id]


def test_swedish_domain_is_sent_to_in_ascii(sqlite_store: Store, sink: MailSink, tmp_path: Path) -> None:
    """An address at "växer.se" gets its letter."""
    made = site(tmp_path, sink.port)
    subscribers.add(sqlite_store, HOME, "anna@växer.se", wording=WORDING, now=NOW - timedelta(days=1))
    issue = ready(sqlite_store, made, readers=0)
    run(sqlite_store, made)
    assert [letter.recipients for letter in sink.letters] == [["anna@xn--vxer-loa.se"]]
    assert states(sqlite_store, issue) == {"sent": 1}


def send_in_process(url: str, port: int, folder: Path, *, uncertain: str = "hold") -> subprocess.Popen[bytes]:
    """Start a process that sends."""
    script = Path(__file__).with_name("outbox_process.py")
    root = str(script.parents[1])
    environ = {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{script.parent}"}
    return subprocess.Popen(
        [sys.executable, str(script), url, str(port), str(folder), uncertain], env=environ, cwd=root
    )


def wait_for(sink: MailSink, count: int) -> None:
    """Wait until so many letters have arrived."""
    end = time.monotonic() + 60
    while len(sink.letters) < count and time.monotonic() < end:
        time.sleep(0.005)
    assert len(sink.letters) >= count


@pytest.mark.parametrize("uncertain", ["hold", "resend"])
def test_killed_again_and_again_loses_nothing_and_doubles_as_little_as_was_promised(
    store: Store, sink: MailSink, tmp_path: Path, uncertain: str
) -> None:
    """Two connections, on PostgreSQL in each of two processes, killed three times. Held: nothing twice, and what did
    not arrive is listed. Sent again: everything arrives, at most one a connection and kill twice, the same letter.
    """
    made = site(tmp_path, sink.port, connections=2, uncertain=uncertain)
    issue = ready(store, made, readers=150)
    processes = 1 if store.dialect == "sqlite" else 2
    url = store.engine.url.render_as_string(hide_password=False)

    def start() -> list[subprocess.Popen[bytes]]:
        return [send_in_process(url, sink.port, tmp_path, uncertain=uncertain) for _ in range(processes)]

    for reached in (15, 55, 95):
        running = start()
        wait_for(sink, reached)
        for process in running:
            process.kill()
            process.wait()
    for process in start():
        assert process.wait(60) == 0
    run(store, made, now=datetime.now(UTC))
    arrived = Counter(letter.message["Message-ID"] for letter in sink.letters)
    doubtful = {each.message_id for each in list_deliveries(store, issue.id, DeliveryState.UNCERTAIN)}
    with store.read() as connection:
        everybody = set(connection.execute(select(schema.delivery.c.message_id)).scalars())
    assert len(everybody) == 150
    if uncertain == "hold":
        assert set(arrived.values()) == {1}
        assert everybody - set(arrived) <= doubtful
        assert len(doubtful) <= 2 * processes * 3
    else:
        assert set(arrived) == everybody
        assert sum(arrived.values()) - 150 <= 2 * processes * 3
        assert doubtful == set()
    counted = balance(store, issue.id)
    assert counted.holds
    assert counted.sent + counted.uncertain == 150
    assert issues.get_issue(store, issue.id).state is IssueState.SENT


def test_two_processes_on_postgresql_share_the_letters_and_leave_the_living_alone(
    store: Store, sink: MailSink, tmp_path: Path
) -> None:
    """A process that begins takes over what a dead one held, never what a living one does."""
    if store.dialect == "sqlite":
        assert rows.lease_name(store, "elsewhere:1:a") == rows.lease_name(store, "elsewhere:2:a")
        return  # one process at a time
    made = site(tmp_path, sink.port)
    issue = ready(store, made, readers=9)
    rows.plan(store, issue.id, lambda who: f"<{who}@x>", now=NOW)
    books = []
    for number, term in ((1, timedelta(minutes=1)), (2, timedelta(seconds=1))):
        name = f"elsewhere:{number}:a"
        lease = leases.take(store, rows.lease_name(store, name), now=NOW, holder=name, term=term)
        assert lease is not None
        books.append(Book(Ledger(store, lease), Worker(number=1, lease=lease)))
    held = [book.claim(3) for book in books]
    assert not {each.id for each in held[0]} & {each.id for each in held[1]}
    for book, claimed in zip(books, held, strict=True):
        assert book.advance(None, claimed[0]).open
    run(store, made, now=NOW + timedelta(seconds=5))
    assert states(store, issue) == {"sending": 1, "claimed": 2, "uncertain": 1, "sent": 5}
    with pytest.raises(LeaseLost):
        books[1].advance(Outcome(delivery_id=held[1][0].id, state=DeliveryState.SENT), None)
    books[0].advance(Outcome(delivery_id=held[0][0].id, state=DeliveryState.SENT), None)
    assert states(store, issue) == {"claimed": 2, "uncertain": 1, "sent": 6}


def test_sigterm_finishes_the_letter_in_hand(
    sqlite_store: Store, sqlite_url: str, sink: MailSink, tmp_path: Path
) -> None:
    """Asked to stop, a process leaves nothing in doubt and nothing claimed."""
    made = site(tmp_path, sink.port, connections=2)
    issue = ready(sqlite_store, made, readers=120)
    process = send_in_process(sqlite_url, sink.port, tmp_path)
    wait_for(sink, 10)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    found = states(sqlite_store, issue)
    assert set(found) == {"sent", "queued"}
    assert found["sent"] == len(sink.letters)
    run(sqlite_store, made, now=datetime.now(UTC))
    assert set(Counter(letter.recipients[0] for letter in sink.letters).values()) == {1}
    assert states(sqlite_store, issue) == {"sent": 120}


def test_issue_whose_newsletter_left_the_configuration_is_paused(
    sqlite_store: Store, sink: MailSink, tmp_path: Path
) -> None:
    """Without its settings nothing can be sent rightly, and nothing is."""
    made = site(tmp_path, sink.port)
    issue = ready(sqlite_store, made, readers=2)
    run(sqlite_store, replace(made, newsletters={}))
    assert issues.get_issue(sqlite_store, issue.id).state is IssueState.PAUSED
    assert sink.letters == []
    with sqlite_store.write() as connection:
        connection.execute(update(schema.issue).values(state=str(IssueState.SENDING)))
    assert run(sqlite_store, made).finished == [issue.id]
