"""Sends what is due: plans, takes over, and lets some threads send, each with one connection (``digest.sending``).

One process at a time on SQLite; on PostgreSQL as many as are started, each under a lease of its own.

What was promised: no letter is lost, and after a crash at most one a connection is in doubt, which a person decides
about (or, with ``uncertain = "resend"``, goes again under the same Message-ID). SMTP cannot give more.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from campaign.errors import ConflictError, Fact
from campaign.newsletter import DeliveryState, IssueState, Why
from campaign.settings import Settings
from digest import desk
from digest.edition import is_ours
from digest.keys import message_id
from digest.message import sender
from digest.sending import Sender
from digest.variants import masters
from net import smtp
from storage import deliveries, issue_states, issues, leases, outbox, senders
from storage.ledger import LeaseLost, Ledger, Outcome, Worker
from storage.pacing import Pace
from storage.store import JOB, Store

log = logging.getLogger("skord.digest.outbox")

LEASE_TERM = timedelta(seconds=60)
RENEW_SECONDS = 10.0
#: So many failures in a row pause everything that is being sent: it is not the subscribers' fault any more.
FAILURES_IN_A_ROW = 10
Clock = Callable[[], datetime]
Opener = Callable[[], smtp.SmtpConnection]

#: Two runs in one process would hold one lease and think the other dead.
_ONE_RUN = threading.Lock()


@dataclass(slots=True, kw_only=True)
class Report:
    """What a run did. ``busy`` means that another process, or another run in this one, is sending; ``copy`` that this
    is not the database from which letters left before, and a person must say which is the one.

    ``finished`` are issues of which no letter is open any more, ``paused`` those that too many failures stopped;
    ``problem`` is why the mail server could not be reached, as an error that can be explained.
    """

    busy: bool = False
    copy: bool = False
    counts: Counter[DeliveryState] = field(default_factory=Counter)
    in_doubt: list[int] = field(default_factory=list)
    finished: list[int] = field(default_factory=list)
    paused: list[int] = field(default_factory=list)
    problem: smtp.MailError | None = None


def send_due(
    store: Store,
    settings: Settings,
    *,
    clock: Clock,
    stopping: Callable[[], bool] = lambda: False,
    open_mail: Opener | None = None,
    renew_seconds: float = RENEW_SECONDS,
) -> Report:
    """Send every letter that is due now, and return what became of them.

    Ends when nothing is due, when ``stopping`` says so (each connection finishes the letter it has in hand), or when
    the mail server cannot be reached. Letters deferred by the server wait for a later run.
    """
    if not outbox.has_work(store):
        return Report()
    if not senders.may_send(store, now=clock()):
        return Report(copy=True, paused=_pause_all(store, clock()))
    if not _ONE_RUN.acquire(blocking=False):
        return Report(busy=True)
    try:
        name = outbox.lease_name(store, leases.this_process())
        lease = leases.take(store, name, now=clock(), term=LEASE_TERM)
        if lease is None:
            return Report(busy=True)
        try:
            run = _Run(store, settings, lease, clock=clock, stopping=stopping, open_mail=open_mail)
            # Counted before and after, and now and then meanwhile: a database put back is always behind.
            senders.advance(store)
            return run.run(renew_seconds)
        finally:
            leases.release(store, lease, now=clock())
            senders.advance(store)
    finally:
        _ONE_RUN.release()


class _Run:
    """One run under one lease; shared by its threads."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        lease: leases.Lease,
        *,
        clock: Clock,
        stopping: Callable[[], bool],
        open_mail: Opener | None,
    ) -> None:
        self.store = store
        self.settings = settings
        self.lease = lease
        self.clock = clock
        self.open_mail = open_mail or (lambda: smtp.open(settings.mail))
        mail = settings.mail
        pace = Pace(per_minute=mail.per_minute, per_domain=mail.per_domain, domains=mail.domains)
        self.ledger = Ledger(store, lease, pace=pace)
        self.report = Report()
        self._asked_to_stop = stopping
        self._halt = threading.Event()
        self._lock = threading.Lock()
        self._in_a_row = 0
        self._errors: list[BaseException] = []

    def run(self, renew_seconds: float) -> Report:
        """Take over, plan what is new, send with as many threads as there may be connections, and finish."""
        self._take_over()
        for issue in issues.issues_in(self.store, IssueState.SENDING):
            if not is_ours(self.settings, issue):
                self._pause(issue.id, Why(key="newsletter_gone", facts={"newsletter": issue.newsletter}))
            elif issue.audience is None:
                self._plan(issue.id, issue.newsletter)
            # Also a sending that somebody opened again long after its story was hidden.
            if (why := desk.lost(self.store, issue, now=self.clock())) is not None:
                self._pause(issue.id, why)
        due = deliveries.next_due(self.store)
        if due is not None and due <= self.clock():
            self._send(renew_seconds)
        self.report.finished = deliveries.finish(self.store, now=self.clock())
        if self._errors:
            raise self._errors[0]
        return self.report

    @property
    def stopped(self) -> bool:
        """Whether no new letter may be begun."""
        return self._halt.is_set() or self._asked_to_stop()

    def wait(self, how_long: timedelta) -> None:
        """Wait, but not longer than a moment, so that a wish to stop is heard."""
        self._halt.wait(min(how_long.total_seconds(), 0.5))

    def _take_over(self) -> None:
        resend = [each.id for each in self.settings.newsletters.values() if each.uncertain == "resend"]
        doubtful = outbox.take_over(self.store, self.lease, resend=resend, now=self.clock())
        self.report.in_doubt += doubtful
        for issue_id, count in sorted(Counter(doubtful.values()).items()):
            log.warning(
                "%d letters of issue %d are in doubt after a crash", count, issue_id,
                extra={"action": "letters_in_doubt", "issue": issue_id},
            )  # fmt: skip

    def _plan(self, issue_id: int, newsletter_id: str) -> None:
        domain = sender(self.settings.newsletters[newsletter_id]).domain
        outbox.plan(
            self.store,
            issue_id,
            lambda subscriber_id: message_id(self.store.secret, issue_id, subscriber_id, domain),
            areas=[node for node, _ in masters(self.store, self.settings, issue_id)[""].areas],
            now=self.clock(),
        )

    def _send(self, renew_seconds: float) -> None:
        threads = [
            threading.Thread(target=self._work, args=(number,), name=f"outbox-{number}")
            for number in range(max(1, self.settings.mail.connections))
        ]
        try:
            for thread in threads:
                thread.start()
        finally:
            self._until_ended([thread for thread in threads if thread.ident is not None], renew_seconds)
            self.ledger.close()

    def _until_ended(self, threads: Sequence[threading.Thread], renew_seconds: float) -> None:
        """Wait until every thread has put down its letter: the lease is given back, and another run may begin, only
        then. Whatever goes wrong meanwhile stops them and is raised at the end.
        """
        while living := [thread for thread in threads if thread.is_alive()]:
            try:
                again = time.monotonic() + renew_seconds
                for thread in living:
                    thread.join(max(0.0, again - time.monotonic()))
                # A server may take minutes to answer for a letter; the lease must not run out meanwhile.
                if any(thread.is_alive() for thread in living):
                    self._renew()
            except BaseException as error:  # noqa: BLE001 - raised by ``run`` once nobody has a letter in hand
                self._errors.append(error)
                self._halt.set()

    def _renew(self) -> None:
        senders.advance(self.store)
        held = leases.take(self.store, self.lease.name, now=self.clock(), term=LEASE_TERM)
        if held is None or held.epoch != self.lease.epoch:
            self._halt.set()

    def _work(self, number: int) -> None:
        try:
            Sender(self, Worker(number=number, lease=self.lease)).work()
        except LeaseLost:
            log.warning("another process has taken over the sending", extra={"action": "lease_lost"})
            self._halt.set()
        except BaseException as error:  # noqa: BLE001 - carried to the thread that asked, and raised there
            self._errors.append(error)
            self._halt.set()

    def unreachable(self, problem: smtp.MailError) -> None:
        """Stop the run: without the server no letter can leave."""
        self.report.problem = problem
        self._halt.set()

    def count(self, outcome: Outcome, issue_id: int, text: str) -> None:
        """Count what became of a letter; too many failures in a row pause the issue."""
        with self._lock:
            self.report.counts[outcome.state] += 1
            if outcome.state is DeliveryState.UNCERTAIN:
                self.report.in_doubt.append(outcome.delivery_id)
            self._in_a_row = 0 if outcome.state is DeliveryState.SENT else self._in_a_row + 1
            too_many = self._in_a_row >= FAILURES_IN_A_ROW
            if too_many:
                self._in_a_row = 0
        if too_many:
            facts: dict[str, Fact] = {"count": FAILURES_IN_A_ROW, "text": text}
            self._pause(issue_id, Why(key="errors", facts=facts))

    def _pause(self, issue_id: int, why: Why) -> None:
        if _pause(self.store, issue_id, why, self.clock()):
            self.report.paused.append(issue_id)


def _pause_all(store: Store, now: datetime) -> list[int]:
    """Pause whatever is being sent from what may be a copy; return the issues."""
    sending = [issue.id for issue in issues.issues_in(store, IssueState.SENDING)]
    return [issue_id for issue_id in sending if _pause(store, issue_id, Why(key="copy"), now)]


def _pause(store: Store, issue_id: int, why: Why, now: datetime) -> bool:
    """Pause an issue; False where a person paused or stopped it at the same moment, or another thread did."""
    try:
        expected = (IssueState.SENDING,)
        issue_states.set_state(store, issue_id, IssueState.PAUSED, expect=expected, by=JOB, now=now, why=why)
    except ConflictError:
        return False
    return True
