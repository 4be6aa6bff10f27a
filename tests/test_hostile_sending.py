"""Sending under attack: servers that answer out of order, a full disk in the middle of a shared commit, leases lost."""

from __future__ import annotations

import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select, text, update

from builders import account, approved
from campaign.errors import StorageError
from campaign.newsletter import Delivery, DeliveryState, EventKind, Issue, IssueState
from campaign.settings import MailSettings, Settings
from digest import desk, subscribe
from digest.outbox import send_due
from digest.work import tick
from digest_samples import settings
from servers import RawServer
from storage import issues, leases, outbox, returns, schema, subscribers
from storage.addresses import Home
from storage.decisions import Action, decide
from storage.deliveries import balance, decide_uncertain, finish, list_deliveries, retry_failed
from storage.ledger import LeaseLost, Ledger, Outcome, Step, Worker
from storage.pacing import Pace
from storage.store import JOB, Actor, Store
from storage.subscribers import Wording

NOW = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
HOME = Home(campaign="hallandvaxer", newsletter="veckobrevet")
WORDING = Wording(text="Ja tack", version="1", language="sv")


class Server:
    """Speaks SMTP with pipelining; answers MAIL, RCPT, DATA and the final dot as it was told, and keeps every letter.

    ``cut`` names the command after which it hangs up without a word, ``meanwhile`` happens while it has a letter and
    has not answered.
    """

    def __init__(self, *, cut: str = "", meanwhile: Callable[[int], None] = lambda _: None, **answers: str) -> None:
        self.answers = {"mail": "250 2.1.0 Ok", "rcpt": "250 2.1.5 Ok", "data": "354 Go on", "dot": "250 2.0.0 Taken"}
        self.answers |= {name: text.replace("_", " ") for name, text in answers.items()}
        self.cut = cut
        self.meanwhile = meanwhile
        self.bodies: list[bytes] = []
        self.strays: list[bytes] = []

    @contextmanager
    def running(self) -> Iterator[int]:
        """Yield the port."""
        with RawServer(self._talk) as raw:
            yield raw.port

    def _talk(self, line: socket.socket) -> None:
        lines = line.makefile("rb")
        line.sendall(b"220 sink\r\n")
        while given := lines.readline():
            name = given.split()[0].decode("ascii", "replace").lower()
            if name == "ehlo":
                line.sendall(b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
            elif name == "quit":
                line.sendall(b"221 Bye\r\n")
                return
            elif name == "rset":
                line.sendall(b"250 Ok\r\n")
            elif name not in self.answers:
                self.strays.append(given)
                return
            elif not self._answer(line, name) or (name == "data" and not self._body(line, lines.readline)):
                return

    def _answer(self, line: socket.socket, name: str) -> bool:
        if name == self.cut:
            return False
        line.sendall(self.answers[name].encode() + b"\r\n")
        return not self.answers[name].startswith("421")

    def _body(self, line: socket.socket, read: Callable[[], bytes]) -> bool:
        if not self.answers["data"].startswith("354"):
            return True
        body = []
        while (given := read()) != b".\r\n":
            if not given:
                return False
            body.append(given)
        self.bodies.append(b"".join(body))
        self.meanwhile(len(self.bodies))
        return self._answer(line, "dot")


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


def state(store: Store, issue: Issue) -> str:
    """The state of the one letter of an issue."""
    with store.read() as connection:
        query = select(schema.delivery.c.state).where(schema.delivery.c.issue_id == issue.id)
        return str(connection.execute(query).scalar_one())


@pytest.mark.parametrize(
    ("cut", "answers", "becomes", "bodies"),
    [
        ("", {"mail": "250 Ok", "rcpt": "550 5.1.1 Nobody", "data": "354 Go on"}, "failed", 0),
        ("", {"rcpt": "550 No", "data": "354 Go on"}, "failed", 0),
        ("", {"rcpt": "451 4.7.1 Later", "data": "354 Go on"}, "deferred", 0),
        ("", {"mail": "553 5.1.8 Who?", "rcpt": "503 First MAIL", "data": "354 Go on"}, "deferred", 0),
        ("", {"mail": "421 4.3.2 Bye"}, "deferred", 0),
        ("", {"rcpt": "421 4.3.2 Bye"}, "deferred", 0),
        ("", {"data": "421 4.3.2 Bye"}, "deferred", 0),
        ("", {"rcpt": "550 5.1.1 Nobody", "data": "421 4.3.2 Bye"}, "failed", 0),
        ("", {"rcpt": "550 5.1.1 Nobody", "data": "503 No recipients"}, "failed", 0),
        ("", {"dot": "421 4.3.2 Bye"}, "deferred", 1),
        ("", {"dot": "552 5.3.4 Too big"}, "deferred", 1),
        ("", {"dot": "999 What"}, "uncertain", 1),
        ("", {"data": "299 What"}, "queued", 0),
        ("mail", {}, "queued", 0),
        ("rcpt", {}, "queued", 0),
        ("data", {}, "queued", 0),
        ("data", {"rcpt": "550 5.1.1 Nobody"}, "failed", 0),
        ("dot", {}, "uncertain", 1),
    ],
)
def test_every_answer_to_commands_sent_at_once_ends_in_one_state(
    sqlite_store: Store, tmp_path: Path, cut: str, answers: dict[str, str], becomes: str, bodies: int
) -> None:
    """Whatever comes back for MAIL, RCPT and DATA in one write, no body goes to nobody, and the row says what is so."""
    server = Server(cut=cut, **answers)
    with server.running() as port:
        made = settings(tmp_path, mail=MailSettings(host="127.0.0.1", port=port, connections=1))
        issue = ready(sqlite_store, made, readers=1)
        send_due(sqlite_store, made, clock=lambda: NOW)
    assert state(sqlite_store, issue) == becomes
    assert len(server.bodies) == bodies
    assert server.strays == []
    assert balance(sqlite_store, issue.id).holds


def planned(store: Store, tmp_path: Path, *, readers: int) -> tuple[Issue, Ledger, list[Worker], list[Delivery]]:
    """An issue with rows, and as many workers of one ledger, each with one claimed letter."""
    issue = ready(store, settings(tmp_path), readers=readers)
    outbox.plan(store, issue.id, lambda who: f"<{who}@x>", now=NOW)
    lease = leases.take(store, "outbox", now=NOW)
    assert lease is not None
    ledger = Ledger(store, lease)
    workers = [Worker(number=number, lease=lease) for number in range(readers)]
    return issue, ledger, workers, [ledger.claim(each, now=NOW, size=1)[0] for each in workers]


def together(ledger: Ledger, workers: list[Worker], ask: Callable[[Worker], bool]) -> list[object]:
    """Let all workers ask at the same moment; return what each was told, or the error it met."""
    told: dict[int, object] = {}

    def work(worker: Worker) -> None:
        try:
            told[worker.number] = ask(worker)
        except (LeaseLost, StorageError) as error:
            told[worker.number] = type(error)

    threads = [threading.Thread(target=work, args=(each,)) for each in workers]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    ledger.close()
    return [told[each.number] for each in workers]


def test_shared_commit_that_fails_lets_nobody_send(sqlite_store: Store, tmp_path: Path) -> None:
    """With a full disk every connection that asked meets the error, and no row says that its letter was begun."""
    issue, ledger, workers, claimed = planned(sqlite_store, tmp_path, readers=6)
    assert ledger.advance(workers[0], None, claimed[0], now=NOW).open
    kept = ledger._open
    assert kept is not None
    raw = kept.connection.dbapi_connection
    assert raw is not None
    pages = raw.cursor().execute("PRAGMA page_count").fetchone()[0]
    raw.cursor().execute(f"PRAGMA max_page_count = {pages}")
    long = Outcome(delivery_id=claimed[0].id, state=DeliveryState.SENT, reply_text="x" * 3_000_000)
    with pytest.raises(StorageError):
        ledger.advance(workers[0], long, claimed[1], now=NOW)
    ledger.close()
    with sqlite_store.read() as connection:
        rows = connection.execute(select(schema.delivery.c.state).order_by(schema.delivery.c.id)).scalars().all()
    assert rows == ["sending", *["claimed"] * 5]
    assert balance(sqlite_store, issue.id).open == 6


def test_lease_lost_between_claim_and_commit_lets_none_of_the_group_send(store: Store, tmp_path: Path) -> None:
    """Connections that share a commit are all told of a take-over; none begins a letter."""
    _, ledger, workers, claimed = planned(store, tmp_path, readers=5)
    with store.write() as connection:
        connection.execute(update(schema.lease).values(holder="elsewhere:9:z", epoch=schema.lease.c.epoch + 1))
    told = together(ledger, workers, lambda each: ledger.advance(each, None, claimed[each.number], now=NOW).open)
    assert told == [LeaseLost] * 5
    with store.read() as connection:
        assert set(connection.execute(select(schema.delivery.c.state)).scalars()) == {"claimed"}


def test_nobody_is_let_go_before_the_commit_that_began_the_letter(store: Store, tmp_path: Path) -> None:
    """Every worker that may send finds its row durable: a commit with it has ended before it is told."""
    _, ledger, workers, claimed = planned(store, tmp_path, readers=6)
    commits: list[int] = []
    event.listen(store.engine, "commit", lambda _: commits.append(1))

    def ask(worker: Worker) -> bool:
        step = ledger.advance(worker, None, claimed[worker.number], now=NOW)
        with store.engine.connect() as other:
            query = select(schema.delivery.c.state).where(schema.delivery.c.id == claimed[worker.number].id)
            return step.open and other.execute(query).scalar_one() == "sending"

    assert together(ledger, workers, ask) == [True] * 6
    assert commits


# --- pressed meanwhile -----------------------------------------------------------------------------------


def site(tmp_path: Path, port: int, **changed: Any) -> Settings:
    """Settings that send to a port over one connection."""
    return settings(tmp_path, mail=MailSettings(host="127.0.0.1", port=port, connections=1), **changed)


def editor(store: Store) -> Actor:
    """Somebody who presses."""
    return Actor(kind="person", account_id=account(store))


def rows(store: Store, issue: Issue) -> list[Any]:
    """The letters of an issue, in order."""
    with store.read() as connection:
        query = select(schema.delivery).where(schema.delivery.c.issue_id == issue.id).order_by(schema.delivery.c.id)
        return list(connection.execute(query).all())


def states(store: Store, issue: Issue) -> list[str]:
    """The states of the letters of an issue, in order."""
    return [row.state for row in rows(store, issue)]


@contextmanager
def before(store: Store, start: str, act: Callable[[], None]) -> Iterator[None]:
    """Do something once, just before the first statement that begins so."""
    done: list[str] = []

    def look(_: object, __: object, statement: str, *___: object) -> None:
        if statement.startswith(start) and not done:
            done.append(statement)
            act()

    event.listen(store.engine, "before_cursor_execute", look)
    try:
        yield
    finally:
        event.remove(store.engine, "before_cursor_execute", look)
    assert done


def fail() -> None:
    """A power cut, as the database sees it: the transaction never ends."""
    raise InterruptedError


def secret_story(store: Store) -> int:
    """A story that is hidden later; return its id."""
    words = "HEMLIGHETEN stod här #hallandväxer"
    return approved(store, at=NOW - timedelta(days=2), text=words, html=f"<p>{words}</p>").id


def test_story_hidden_in_a_pause_leaves_in_no_letter_of_the_batch_in_hand(sqlite_store: Store, tmp_path: Path) -> None:
    """Paused, hidden and resumed within one batch: only what was under way before the pause tells the story."""
    store, told = sqlite_store, secret_story(sqlite_store)

    def press(number: int) -> None:
        if number == 2:
            desk.pause(store, issue.id, by=by, now=NOW)
            decide(store, told, Action.HIDE, by=by, now=NOW)
            desk.resume(store, made, issue.id, by=by, now=NOW)

    server = Server(meanwhile=press)
    with server.running() as port:
        made, by = site(tmp_path, port), editor(store)
        issue = ready(store, made, readers=8)
        send_due(store, made, clock=lambda: NOW)
    assert [b"HEMLIGHETEN" in body for body in server.bodies] == [True, True] + [False] * 6


def test_nobody_waits_for_the_pace_with_a_letter_that_is_not_to_be_sent(store: Store, tmp_path: Path) -> None:
    """The issue's state is looked at before the measure of the minute: a claimed letter goes back at a pause."""
    issue, ledger, (worker, *_), (first, *_) = planned(store, tmp_path, readers=2)
    paced = Ledger(store, ledger.lease, pace=Pace(per_minute=1))
    assert paced.advance(worker, None, first, now=NOW).open
    other = Worker(number=1, lease=ledger.lease)
    second = next(row.id for row in rows(store, issue) if row.state == "claimed")
    (waiting,) = list_deliveries(store, issue.id, DeliveryState.CLAIMED)
    assert waiting.id == second
    assert paced.advance(other, None, waiting, now=NOW).wait is not None
    desk.pause(store, issue.id, by=editor(store), now=NOW)
    assert paced.advance(other, None, waiting, now=NOW) == Step()
    paced.close()
    assert states(store, issue) == ["sending", "queued"]


def test_letters_asked_for_again_after_their_story_was_hidden_wait_for_a_person(
    sqlite_store: Store, tmp_path: Path
) -> None:
    """A sent issue that is opened again is paused with the reason; resumed, it leaves without the story."""
    store, told, server = sqlite_store, secret_story(sqlite_store), Server(rcpt="550 5.2.2 Full")
    with server.running() as port:
        made, by = site(tmp_path, port), editor(store)
        issue = ready(store, made, readers=3)
        send_due(store, made, clock=lambda: NOW)
        decide(store, told, Action.HIDE, by=by, now=NOW)
        server.answers["rcpt"] = "250 Ok"
        assert retry_failed(store, issue.id, by=by, now=NOW) == 3
        assert send_due(store, made, clock=lambda: NOW).paused == [issue.id]
        assert server.bodies == []
        why = issues.get_issue(store, issue.id).why
        assert why is not None
        assert why.key == "story_hidden"
        desk.resume(store, made, issue.id, by=by, now=NOW)
        send_due(store, made, clock=lambda: NOW)
    assert [b"HEMLIGHETEN" in body for body in server.bodies] == [False] * 3


def test_renewal_that_fails_lets_go_of_the_lease_only_when_no_letter_is_in_hand(
    sqlite_store: Store, tmp_path: Path
) -> None:
    """With the database busy at the renewal the run ends with that error, but not before its letter is put down."""
    store, answer, inside, failed = sqlite_store, threading.Event(), threading.Event(), threading.Event()
    errors: list[BaseException] = []

    def hold(_: int) -> None:
        inside.set()
        answer.wait(30)

    def send() -> None:
        try:
            send_due(store, made, clock=lambda: NOW, renew_seconds=0.05)
        except StorageError as error:
            errors.append(error)

    server = Server(meanwhile=hold)
    with server.running() as port:
        made = site(tmp_path, port, uncertain="resend")
        issue = ready(store, made, readers=1)
        store.engine.dispose()
        event.listen(store.engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout = 100"))
        event.listen(store.engine, "handle_error", lambda _: failed.set())
        first = threading.Thread(target=send)
        first.start()
        assert inside.wait(20)
        lock = sqlite3.connect(str(store.engine.url.database), isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        assert failed.wait(20)
        lock.execute("ROLLBACK")
        lock.close()
        first.join(1)
        assert first.is_alive()
        assert send_due(store, made, clock=lambda: NOW + timedelta(minutes=6)).busy
        answer.set()
        first.join(20)
    assert [error.key for error in errors if isinstance(error, StorageError)] == ["database_busy"]
    assert (len(server.bodies), states(store, issue)) == (1, ["sent"])


@pytest.mark.parametrize("asked", ["resend", "retry"])
def test_letters_asked_for_again_while_an_issue_is_finished_are_sent(store: Store, tmp_path: Path, asked: str) -> None:
    """Whoever comes second sees what the first did: no letter waits in an issue that is marked as sent."""
    by, server = editor(store), Server()
    issue, ledger, *_ = planned(store, tmp_path, readers=2)
    ledger.close()
    with store.write() as connection:
        given = "uncertain" if asked == "resend" else "failed"
        connection.execute(update(schema.delivery).values(state=given, worker=None, epoch=None))
    end = threading.Thread(target=lambda: finish(store, now=NOW))

    def meanwhile() -> None:
        end.start()
        if store.dialect == "postgresql":
            end.join(0.5)

    with before(store, "UPDATE delivery SET", meanwhile):
        if asked == "resend":
            decide_uncertain(store, issue.id, resend=True, by=by, now=NOW)
        else:
            retry_failed(store, issue.id, by=by, now=NOW)
    end.join()
    with server.running() as port:
        send_due(store, site(tmp_path, port), clock=lambda: NOW)
    assert (len(server.bodies), states(store, issue)) == (2, ["sent", "sent"])


# --- stopped for good ------------------------------------------------------------------------------------


def test_stop_is_whole_or_nothing(store: Store, tmp_path: Path) -> None:
    """Cut before its letters are skipped, a stop has not stopped the issue either, and can be pressed again."""
    issue, ledger, *_ = planned(store, tmp_path, readers=3)
    ledger.close()
    with pytest.raises(InterruptedError), before(store, "UPDATE delivery SET", fail):
        desk.stop(store, issue.id, by=editor(store), now=NOW)
    assert issues.get_issue(store, issue.id).state is IssueState.SENDING
    assert desk.stop(store, issue.id, by=editor(store), now=NOW) == 3
    assert balance(store, issue.id).open == 0


def test_letter_that_comes_back_to_a_stopped_issue_is_skipped(sqlite_store: Store, tmp_path: Path) -> None:
    """Refused for now while the issue is stopped: no letter waits for ever in it."""
    store, stopped = sqlite_store, []

    def press(_: int) -> None:
        stopped.append(desk.stop(store, issue.id, by=by, now=NOW))

    server = Server(dot="451 4.3.0 Later", meanwhile=press)
    with server.running() as port:
        made, by = site(tmp_path, port), editor(store)
        issue = ready(store, made, readers=3)
        send_due(store, made, clock=lambda: NOW)
    assert stopped == [2]
    assert states(store, issue) == ["skipped"] * 3
    assert all(row.finished_at == NOW for row in rows(store, issue))


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_stop_waits_for_the_commit_of_a_sending_process(store: Store, tmp_path: Path) -> None:
    """On PostgreSQL it locks no letter while another transaction holds some: they cannot wait for each other."""
    issue, ledger, workers, claimed = planned(store, tmp_path, readers=3)
    waits: list[bool] = []
    press = threading.Thread(target=lambda: desk.stop(store, issue.id, by=JOB, now=NOW))

    def stop() -> None:
        press.start()
        press.join(0.5)
        waits.append(press.is_alive())

    with before(store, "UPDATE delivery SET", stop):
        assert ledger.advance(workers[1], None, claimed[1], now=NOW).open
    press.join()
    ledger.close()
    assert waits == [True]
    assert states(store, issue) == ["skipped", "sending", "skipped"]


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_commit_undone_for_another_is_written_once_more(store: Store, tmp_path: Path) -> None:
    """Where PostgreSQL ends a wait of two for each other at our cost, the letter that was taken is still recorded."""
    issue, ledger, (worker, *_), (first, second) = planned(store, tmp_path, readers=2)
    assert ledger.advance(worker, None, first, now=NOW).open
    with store.write() as connection:
        connection.execute(update(schema.delivery).where(schema.delivery.c.id == second.id).values(worker=worker.name))
    held, go = threading.Event(), threading.Event()

    def other() -> None:
        lock = select(schema.delivery.c.id).with_for_update()
        with store.write() as connection:
            connection.execute(text("SET LOCAL deadlock_timeout = '30s'"))  # the ledger notices first, and is undone
            connection.execute(lock.where(schema.delivery.c.id == second.id))
            held.set()
            go.wait(20)
            connection.execute(lock.where(schema.delivery.c.id == first.id))

    thread = threading.Thread(target=other)
    thread.start()
    held.wait(20)
    done = Outcome(delivery_id=first.id, state=DeliveryState.SENT)
    began = "UPDATE delivery SET state=%(state)s"
    with before(store, began, go.set):
        assert ledger.advance(worker, done, second, now=NOW).open
    thread.join()
    ledger.close()
    assert states(store, issue) == ["sent", "sending"]


# --- after a death, a leave, a loss ----------------------------------------------------------------------


def test_resend_cut_in_the_middle_of_a_take_over_still_sends(store: Store, tmp_path: Path) -> None:
    """The take-over and the wish to send again are one: a letter in hand is never left in doubt between them."""
    issue, ledger, workers, claimed = planned(store, tmp_path, readers=2)
    assert ledger.advance(workers[0], None, claimed[0], now=NOW).open
    ledger.close()
    server = Server()
    with server.running() as port:
        made = site(tmp_path, port, uncertain="resend")
        with pytest.raises(InterruptedError), before(store, "INSERT INTO decision", fail):
            send_due(store, made, clock=lambda: NOW)
        send_due(store, made, clock=lambda: NOW + timedelta(minutes=5))
    assert (len(server.bodies), states(store, issue)) == (2, ["sent", "sent"])


def test_address_of_a_complainer_is_forgotten_in_the_letter_in_hand(store: Store, tmp_path: Path) -> None:
    """A claimed letter keeps no address of somebody who has complained meanwhile, and goes to nobody."""
    issue, ledger, (worker, _), (letter, _) = planned(store, tmp_path, readers=2)
    returns.take(store, returns.Return(kind=EventKind.COMPLAINED, mail="m1", delivery=letter.id), now=NOW)
    assert not ledger.advance(worker, None, letter, now=NOW).open
    ledger.close()
    assert [(row.state, row.address == "") for row in rows(store, issue)] == [("suppressed", True), ("claimed", False)]


def test_addresses_of_leavers_are_forgotten_through_stop_and_take_over(store: Store, tmp_path: Path) -> None:
    """One letter begun and one claimed when their readers leave, then a stop and a death: no address stays."""
    issue, ledger, (worker, *_), (begun, held) = planned(store, tmp_path, readers=2)
    assert ledger.advance(worker, None, begun, now=NOW).open
    ledger.close()
    for letter in (begun, held):
        assert subscribe.leave(store, letter.token, now=NOW)
    desk.stop(store, issue.id, by=editor(store), now=NOW)
    taken = leases.take(store, "outbox", now=NOW)
    assert taken is not None
    assert outbox.take_over(store, taken, now=NOW) == {begun.id: issue.id}
    decide_uncertain(store, issue.id, resend=False, by=editor(store), now=NOW)
    assert [(row.state, row.address) for row in rows(store, issue)] == [("sent", ""), ("skipped", "")]


def test_letter_on_which_the_server_always_hangs_up_is_given_up(sqlite_store: Store, tmp_path: Path) -> None:
    """It waits longer each time, and has failed after some days: the issue ends, and the letter is listed."""
    server = Server(cut="data")
    with server.running() as port:
        made, now = site(tmp_path, port), NOW
        issue = ready(sqlite_store, made, readers=1)
        waits = []
        while issues.get_issue(sqlite_store, issue.id).state is IssueState.SENDING and len(waits) < 30:
            send_due(sqlite_store, made, clock=partial(now.astimezone, UTC))
            (row,) = rows(sqlite_store, issue)
            waits.append(row.not_before_at - now)
            now = max(now, row.not_before_at)
    assert (row.state, row.attempt) == ("failed", 11)
    assert waits[:-1] == sorted(waits[:-1])
    assert issues.get_issue(sqlite_store, issue.id).state is IssueState.SENT


def test_rest_of_a_domain_survives_letters_that_were_under_way_when_it_asked(store: Store, tmp_path: Path) -> None:
    """Only a letter begun after the rest says that the domain takes letters again."""
    _, ledger, (one, two), (first, second) = planned(store, tmp_path, readers=2)
    for worker, letter in ((one, first), (two, second)):
        assert ledger.advance(worker, None, letter, now=NOW).open
    soon = NOW + timedelta(seconds=1)
    kept = {"domain": "example.se", "not_before_at": soon}
    later = Outcome(delivery_id=first.id, state=DeliveryState.DEFERRED, asked_for_time=True, **kept)  # type: ignore[arg-type]
    ledger.advance(one, later, None, now=soon)
    ledger.advance(two, Outcome(delivery_id=second.id, state=DeliveryState.SENT, domain="example.se"), None, now=soon)
    with store.read() as connection:
        until = connection.execute(select(schema.domain_pause.c.until)).scalar_one()
    (again,) = ledger.claim(one, now=until)
    assert ledger.advance(one, None, again, now=until).open
    ledger.advance(one, Outcome(delivery_id=again.id, state=DeliveryState.SENT, domain="example.se"), None, now=until)
    ledger.close()
    with store.read() as connection:
        assert connection.execute(select(schema.domain_pause)).all() == []


def test_reader_whose_address_is_refused_as_gone_stands_in_the_trail(sqlite_store: Store, tmp_path: Path) -> None:
    """That letters to somebody were stopped at the mail server's word is told, with the issue's number."""
    server = Server(rcpt="550 5.1.1 Nobody here")
    with server.running() as port:
        made = site(tmp_path, port)
        issue = ready(sqlite_store, made, readers=1)
        send_due(sqlite_store, made, clock=lambda: NOW)
    with sqlite_store.read() as connection:
        query = select(schema.decision.c.facts).where(schema.decision.c.action == "subscriber_bounced")
        (facts,) = connection.execute(query).scalars()
    assert facts["number"] == issue.number
