"""Sending under attack: servers that answer out of order, a full disk in the middle of a shared commit, leases lost."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, select, update

from builders import account, approved
from campaign.errors import StorageError
from campaign.newsletter import Delivery, DeliveryState, Issue
from campaign.settings import MailSettings, Settings
from digest import desk
from digest.outbox import send_due
from digest.work import tick
from digest_samples import settings
from servers import RawServer
from storage import issues, leases, outbox, schema, subscribers
from storage.addresses import Home
from storage.deliveries import balance
from storage.ledger import LeaseLost, Ledger, Outcome, Worker
from storage.store import Actor, Store
from storage.subscribers import Wording

NOW = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
HOME = Home(campaign="hallandvaxer", newsletter="veckobrevet")
WORDING = Wording(text="Ja tack", version="1", language="sv")


class Server:
    """Speaks SMTP with pipelining; answers MAIL, RCPT, DATA and the final dot as it was told, and keeps every letter.

    ``cut`` names the command after which it hangs up without a word.
    """

    def __init__(self, *, cut: str = "", **answers: str) -> None:
        self.answers = {"mail": "250 2.1.0 Ok", "rcpt": "250 2.1.5 Ok", "data": "354 Go on", "dot": "250 2.0.0 Taken"}
        self.answers |= {name: text.replace("_", " ") for name, text in answers.items()}
        self.cut = cut
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
