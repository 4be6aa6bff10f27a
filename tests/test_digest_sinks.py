"""Mail servers that refuse, hang up, dawdle or talk nonsense: what each leaves of a letter, and of the others."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from builders import account
from campaign.newsletter import Delivery, DeliveryState, Issue, IssueState
from campaign.settings import Settings
from digest import desk, subscribe
from digest.outbox import send_due
from servers import MailSink, RawServer
from storage import issues, leases, schema, subscribers
from storage import outbox as rows
from storage.deliveries import balance, decide_uncertain, list_deliveries, retry_failed
from storage.ledger import LeaseLost, Ledger, Outcome, Worker
from storage.pacing import DOMAIN_WAITS, Pace
from storage.store import Actor, Store
from test_digest_outbox import HOME, NOW, WORDING, ready, run, site, states

CUT, DRIP, LATE = b"cut", b"drip", b"late"
STAGES = ("MAIL", "RCPT", "DATA", ".")


class Moody(RawServer):
    """A mail server that answers one stage its own way: with words, by hanging up, drop by drop, or late.

    ``arrived`` counts the letters that it took.
    """

    def __init__(self, stage: str, answer: bytes, *, pipelining: bool) -> None:
        super().__init__(self._serve)
        self._stage, self._answer, self._pipelining = stage, answer, pipelining
        self.arrived = 0

    def _serve(self, connection: socket.socket) -> None:
        file = connection.makefile("rb")
        connection.sendall(b"220 moody\r\n")
        for line in file:
            command = line[:4].strip().upper().decode()
            if command == "EHLO":
                connection.sendall(b"250-moody\r\n250 PIPELINING\r\n" if self._pipelining else b"250 moody\r\n")
            elif command == "QUIT":
                connection.sendall(b"221 bye\r\n")
                return
            elif not self._stage_of(connection, file, command):
                return

    def _stage_of(self, connection: socket.socket, file: Iterator[bytes], command: str) -> bool:
        good = b"354 go\r\n" if command == "DATA" else b"250 ok\r\n"
        if not self._say(connection, command, good):
            return False
        if command == "DATA" and (self._stage != "DATA" or self._answer in (DRIP, LATE)):
            if b".\r\n" not in file:
                return False  # hung up in the middle of the letter
            well = self._stage != "." or self._answer in (DRIP, LATE)
            self.arrived += well
            return self._say(connection, ".", b"250 2.0.0 queued as 1\r\n")
        return True

    def _say(self, connection: socket.socket, stage: str, good: bytes) -> bool:
        """Answer a stage; False where the line is cut."""
        if stage != self._stage:
            connection.sendall(good)
        elif self._answer == CUT:
            return False
        elif self._answer == DRIP:
            for byte in good:
                connection.sendall(bytes((byte,)))
        elif self._answer == LATE:
            time.sleep(0.2)
            connection.sendall(good)
        else:
            connection.sendall(self._answer + b"\r\n")
            return not self._answer.startswith(b"421")
        return True


#: Stage, what the server does there, what becomes of the letter, and whether its domain is left alone for a while.
CASES = [
    *((stage, b"421 4.7.0 Too many", "deferred", stage != "MAIL") for stage in STAGES),
    *((stage, b"421 Goodbye", "deferred", stage != "MAIL") for stage in STAGES),
    *((stage, b"450 4.2.1 Mailbox busy", "deferred", False) for stage in STAGES),
    *((stage, b"451 4.3.0 Try later", "deferred", stage != "MAIL") for stage in STAGES),
    *((stage, b"452 4.7.28 Rate limited", "deferred", stage != "MAIL") for stage in STAGES),
    ("MAIL", b"550 5.7.1 Not you", "deferred", False),
    ("RCPT", b"550 5.1.1 No such user", "failed", False),
    ("RCPT", b"550 No such user", "failed", False),
    ("RCPT", b"550 5.7.1 Policy", "deferred", False),
    ("DATA", b"550 5.7.1 Not this", "deferred", False),
    (".", b"550 5.7.1 Looks like spam", "deferred", False),
    ("MAIL", b"552 5.3.4 Too big", "deferred", False),
    ("RCPT", b"552 5.2.2 Mailbox full", "failed", False),
    ("DATA", b"552 5.3.4 Too big", "deferred", False),
    (".", b"552 5.3.4 Too big", "deferred", False),
    *((stage, CUT, "queued", False) for stage in ("MAIL", "RCPT", "DATA")),
    (".", CUT, "uncertain", False),
    *((stage, b"what? \xff\x00", "queued", False) for stage in ("MAIL", "RCPT", "DATA")),
    (".", b"what? \xff\x00", "uncertain", False),
    *((stage, way, "sent", False) for stage in STAGES for way in (DRIP, LATE)),
]


@pytest.mark.parametrize("pipelining", [False, True], ids=["one by one", "at once"])
@pytest.mark.parametrize(
    ("stage", "answer", "state", "rests"), CASES, ids=[f"{case[0]} {case[1].decode('latin-1')[:9]}" for case in CASES]
)
def test_every_answer_leaves_the_letter_in_one_state(
    sqlite_store: Store, tmp_path: Path, stage: str, answer: bytes, state: str, rests: bool, pipelining: bool
) -> None:
    """Sent is what was taken; later, never, safe to repeat and in doubt are told apart; a domain that asked rests."""
    with Moody(stage, answer, pipelining=pipelining) as server:
        made = site(tmp_path, server.port)
        issue = ready(sqlite_store, made, readers=1)
        run(sqlite_store, made)
    assert states(sqlite_store, issue) == {state: 1}
    assert server.arrived == (state == "sent")
    assert bool(resting(sqlite_store)) is rests
    assert balance(sqlite_store, issue.id).holds


def resting(store: Store) -> dict[str, tuple[datetime, int]]:
    """The domains that are left alone, until when, and how often in a row they asked."""
    with store.read() as connection:
        return {row.domain: (row.until, row.failures) for row in connection.execute(select(schema.domain_pause))}


def test_domain_that_asks_for_time_rests_ever_longer_while_others_go_on(store: Store, tmp_path: Path) -> None:
    """Nothing is tried at the domain meanwhile, all else leaves; the first letter it takes ends it."""
    with MailSink() as sink:
        made = site(tmp_path, sink.port)
        for number in range(4):
            address = f"a{number}@busy.example"
            subscribers.add(store, HOME, address, wording=WORDING, now=NOW, confirmed_at=NOW - timedelta(days=1))
        issue = ready(store, made, readers=3)
        sink.refuse("RCPT", "451 4.7.1 Slow down", address="a0@busy.example")
        sink.refuse("RCPT", "451 4.7.1 Slow down", address="a1@busy.example")
        run(store, made)
        assert states(store, issue) == {"sent": 3, "deferred": 1, "queued": 3}
        (until, failures) = resting(store)["busy.example"]
        assert (until, failures) == (NOW + DOMAIN_WAITS[0], 1)
        run(store, made, now=NOW + timedelta(minutes=4))
        assert states(store, issue) == {"sent": 3, "deferred": 1, "queued": 3}
        run(store, made, now=until)
        assert resting(store)["busy.example"] == (until + DOMAIN_WAITS[1], 2)
        sink.accept()
        run(store, made, now=until + DOMAIN_WAITS[1])
        assert resting(store) == {}
        run(store, made, now=NOW + timedelta(hours=3))
        assert states(store, issue) == {"sent": 7}


def test_each_domain_has_its_measure_a_minute(store: Store, tmp_path: Path) -> None:
    """So many to each domain and no more, exceptions as set, counted from the rows; the rest follow."""
    with MailSink() as sink:
        made = site(tmp_path, sink.port)
        for number in range(5):
            for domain in ("big.example", "free.example"):
                subscribers.add(
                    store, HOME, f"r{number}@{domain}", wording=WORDING, now=NOW, confirmed_at=NOW - timedelta(days=1)
                )
        issue = ready(store, made, readers=3)
        rows.plan(store, issue.id, lambda who: f"<{who}@x>", now=NOW)
        pace = Pace(per_domain=2, domains={"free.example": 0})
        for minute, sent in ((0, 9), (0, 9), (1, 12), (2, 13)):
            now = NOW + timedelta(minutes=minute, milliseconds=minute)
            work_off(store, pace, now)
            assert states(store, issue)["sent"] == sent


def work_off(store: Store, pace: Pace, now: datetime) -> None:
    """Send, on paper, all that may leave at a moment."""
    lease = leases.take(store, "outbox", now=now)
    assert lease is not None
    worker = Worker(number=0, lease=lease)
    ledger = Ledger(store, lease, pace=pace)
    while claimed := ledger.claim(worker, now=now):
        for delivery in claimed:
            if ledger.advance(worker, None, delivery, now=now).open:
                ledger.advance(worker, Outcome(delivery_id=delivery.id, state=DeliveryState.SENT), None, now=now)
    ledger.close()


def test_clock_that_was_wrong_stops_nothing_for_long(sqlite_store: Store, tmp_path: Path) -> None:
    """Letters begun "tomorrow" do not fill this minute's measure once the clock is right again."""
    with MailSink() as sink:
        made = site(tmp_path, sink.port, per_minute=2)
        issue = ready(sqlite_store, made, readers=4)
        rows.plan(sqlite_store, issue.id, lambda who: f"<{who}@x>", now=NOW)
        with sqlite_store.write() as connection:
            tomorrow = {"started_at": NOW + timedelta(days=1)}
            connection.execute(update(schema.delivery).where(schema.delivery.c.subscriber_id <= 2).values(tomorrow))
        lease = leases.take(sqlite_store, "outbox", now=NOW)
        assert lease is not None
        worker, ledger = Worker(number=0, lease=lease), Ledger(sqlite_store, lease, pace=Pace(per_minute=2))
        claimed = ledger.claim(worker, now=NOW)
        assert ledger.advance(worker, None, claimed[0], now=NOW).open
        ledger.close()
        assert states(sqlite_store, issue)["sending"] == 1


def test_full_disk_while_recording_leaves_the_letter_in_doubt_and_sends_no_other(
    sqlite_store: Store, tmp_path: Path
) -> None:
    """Where "sent" cannot be written the run ends; what was handed over is listed, nothing leaves unrecorded."""
    with MailSink() as sink:
        made = site(tmp_path, sink.port)
        issue = ready(sqlite_store, made, readers=5)
        rows.plan(sqlite_store, issue.id, lambda who: f"<{who}@x>", now=NOW)
        with sqlite_store.write() as connection:
            connection.exec_driver_sql(
                "CREATE TRIGGER full_disk BEFORE UPDATE ON delivery WHEN NEW.state = 'sent' "
                "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
            )
        with pytest.raises(Exception, match="disk"):
            run(sqlite_store, made)
        assert len(sink.letters) == 1
        with sqlite_store.write() as connection:
            connection.exec_driver_sql("DROP TRIGGER full_disk")
        run(sqlite_store, made)
        assert states(sqlite_store, issue) == {"sent": 4, "uncertain": 1}
        assert len(sink.letters) == 5
        (doubtful,) = list_deliveries(sqlite_store, issue.id, DeliveryState.UNCERTAIN)
        assert sink.letters[0].recipients == [doubtful.address]


@pytest.mark.parametrize("end", ["pause", "stop"])
def test_pause_and_stop_in_the_middle_let_no_further_letter_begin(
    sqlite_store: Store, tmp_path: Path, end: str
) -> None:
    """The letter in hand is finished; the next is not opened, whatever was claimed."""
    with MailSink() as sink:
        made = site(tmp_path, sink.port)
        issue = ready(sqlite_store, made, readers=9)
        by = Actor(kind="person", account_id=account(sqlite_store))

        def clock() -> datetime:
            if len(sink.letters) == 3 and issues.get_issue(sqlite_store, issue.id).state is IssueState.SENDING:
                getattr(desk, end)(sqlite_store, issue.id, by=by, now=NOW)
            return NOW

        send_due(sqlite_store, made, clock=clock)
        assert len(sink.letters) == 3
        left = {"pause": {"sent": 3, "queued": 6}, "stop": {"sent": 3, "skipped": 6}}[end]
        assert states(sqlite_store, issue) == left
        assert balance(sqlite_store, issue.id).holds


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_in_whatever_order_everybody_is_accounted_for(
    sqlite_store: Store, tmp_path: Path, seed: int
) -> None:
    """Claims, openings, endings, take-overs, leavers, pauses, decisions in any order: the balance holds, no connection
    has two letters open, and what was sent is not opened again by itself.
    """
    made = site(tmp_path, 1)
    issue = ready(sqlite_store, made, readers=14)
    rows.plan(sqlite_store, issue.id, lambda who: f"<{who}@x>", now=NOW)
    play = Play(sqlite_store, made, issue, random.Random(seed))
    for _ in range(120):
        play.step()
        assert balance(sqlite_store, issue.id).holds
        assert states(sqlite_store, issue)["sending"] <= 2
    play.ledger.close()
    assert play.doubled == []


class Play:
    """Two workers of one process, people, and other processes that take over, by chance."""

    def __init__(self, store: Store, made: Settings, issue: Issue, chance: random.Random) -> None:
        self.store, self.made, self.issue, self.chance = store, made, issue, chance
        self.by = Actor(kind="person", account_id=account(store))
        self.now, self.lives = NOW, 0
        self.sent: set[int] = set()
        self.doubled: list[int] = []
        self.ledger, self.workers = self._live()

    def _live(self) -> tuple[Ledger, list[Worker]]:
        self.lives += 1
        self.claimed: dict[int, list[Delivery]] = {0: [], 1: []}
        self.in_hand: dict[int, Delivery | None] = {0: None, 1: None}
        holder = f"elsewhere:{self.lives}:a"
        lease = leases.take(self.store, "outbox", now=self.now, holder=holder, term=timedelta(seconds=1))
        assert lease is not None
        rows.take_over(self.store, lease, now=self.now)
        return Ledger(self.store, lease), [Worker(number=number, lease=lease) for number in (0, 1)]

    def step(self) -> None:
        """Let one thing happen."""
        self.now += timedelta(seconds=self.chance.choice((0, 1, 400)))
        things = [self.work] * 8 + [self.die, self.leave, self.halt, self.go_on, self.decide, self.retry]
        self.chance.choice(things)()

    def work(self) -> None:
        """One connection records the letter in hand and begins another."""
        number = self.chance.choice((0, 1))
        worker, hand = self.workers[number], self.in_hand[number]
        if not self.claimed[number]:
            self.claimed[number] = self.ledger.claim(worker, now=self.now, size=3)
        done = None
        if hand is not None:
            state = self.chance.choice(("sent", "sent", "deferred", "failed", "queued", "uncertain"))
            done = Outcome(delivery_id=hand.id, state=DeliveryState(state), not_before_at=self.now)
            self.sent |= {hand.id} if state == "sent" else set()
        following = self.claimed[number].pop(0) if self.claimed[number] else None
        try:
            opened = self.ledger.advance(worker, done, following, now=self.now).open
        except LeaseLost:
            pytest.fail("the lease was lost to nobody")
        self.in_hand[number] = following if opened else None
        if opened and following is not None and following.id in self.sent:
            self.doubled.append(following.id)

    def die(self) -> None:
        """The process is killed, and another takes over."""
        self.ledger.close()
        self.now += timedelta(seconds=2)
        self.ledger, self.workers = self._live()

    def leave(self) -> None:
        """A subscriber leaves, whatever becomes of their letter."""
        address = f"reader{self.chance.randrange(14)}@example.se"
        found = subscribers.find_by_address(self.store, "veckobrevet", address)
        if found is not None:
            subscribe.leave(self.store, found.token, now=self.now)

    def halt(self) -> None:
        """An editor pauses."""
        if issues.get_issue(self.store, self.issue.id).state is IssueState.SENDING:
            desk.pause(self.store, self.issue.id, by=self.by, now=self.now)

    def go_on(self) -> None:
        """An editor lets it go on."""
        if issues.get_issue(self.store, self.issue.id).state is IssueState.PAUSED:
            desk.resume(self.store, self.made, self.issue.id, by=self.by, now=self.now)

    def decide(self) -> None:
        """An editor takes what is in doubt as arrived."""
        decide_uncertain(self.store, self.issue.id, resend=False, by=self.by, now=self.now)

    def retry(self) -> None:
        """An editor lets refused letters be tried again."""
        retry_failed(self.store, self.issue.id, by=self.by, now=self.now)
