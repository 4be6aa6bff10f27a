"""Sends what is due: claims, sends, records. One process at a time, some threads, each with one connection.

What was promised: no letter is lost, and after a crash at most one a connection is in doubt, which a person decides
about (or, with ``uncertain = "resend"``, goes again under the same Message-ID). SMTP cannot give more.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from campaign.errors import ConflictError, Fact
from campaign.newsletter import Delivery, DeliveryState, IssueState, Why
from campaign.settings import Settings
from digest.addresses import Addresses
from digest.answers import answered, in_doubt, is_bad_address
from digest.edition import is_ours
from digest.keys import delivery_name, message_id, return_path
from digest.message import Master, Recipient, ascii_address, leave_mail, sender
from digest.variants import masters
from net import smtp
from storage import deliveries, issue_states, issues, leases, outbox, subscribers
from storage.outbox import LeaseLost, Outcome, Worker
from storage.store import JOB, Store

log = logging.getLogger("skord.digest.outbox")

LEASE = "outbox"
LEASE_TERM = timedelta(seconds=60)
RENEW_SECONDS = 10.0
LETTERS_PER_CONNECTION = 100
#: So many failures in a row pause everything that is being sent: it is not the subscribers' fault any more.
FAILURES_IN_A_ROW = 10
Clock = Callable[[], datetime]
Opener = Callable[[], smtp.SmtpConnection]

#: Two runs in one process would hold one lease and think the other dead.
_ONE_RUN = threading.Lock()


@dataclass(slots=True, kw_only=True)
class Report:
    """What a run did. ``busy`` means that another process, or another run in this one, is sending.

    ``finished`` are issues of which no letter is open any more, ``paused`` those that too many failures stopped;
    ``problem`` is why the mail server could not be reached, as an error that can be explained.
    """

    busy: bool = False
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
    if not _ONE_RUN.acquire(blocking=False):
        return Report(busy=True)
    try:
        lease = leases.take(store, LEASE, now=clock(), term=LEASE_TERM)
        if lease is None:
            return Report(busy=True)
        try:
            run = _Run(store, settings, lease, clock=clock, stopping=stopping, open_mail=open_mail)
            return run.run(renew_seconds)
        finally:
            leases.release(store, lease, now=clock())
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
        doubtful = outbox.take_over(self.store, self.lease, now=self.clock())
        for issue_id in sorted(set(doubtful.values())):
            ids = [delivery_id for delivery_id, owner in doubtful.items() if owner == issue_id]
            newsletter = self.settings.newsletters.get(issues.get_issue(self.store, issue_id).newsletter)
            if newsletter is not None and newsletter.uncertain == "resend":
                deliveries.decide_uncertain(
                    self.store, issue_id, resend=True, by=JOB, delivery_ids=ids, now=self.clock()
                )
            else:
                self.report.in_doubt += ids
                log.warning(
                    "%d letters of issue %d are in doubt after a crash", len(ids), issue_id,
                    extra={"action": "letters_in_doubt", "issue": issue_id},
                )  # fmt: skip

    def _plan(self, issue_id: int, newsletter_id: str) -> None:
        domain = sender(self.settings.newsletters[newsletter_id]).domain
        outbox.plan(
            self.store,
            issue_id,
            lambda subscriber_id: message_id(self.store.secret, issue_id, subscriber_id, domain),
            now=self.clock(),
        )

    def _send(self, renew_seconds: float) -> None:
        threads = [
            threading.Thread(target=self._work, args=(number,), name=f"outbox-{number}")
            for number in range(max(1, self.settings.mail.connections))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            # A server may take minutes to answer for a letter; the lease must not run out meanwhile.
            while thread.is_alive():
                thread.join(renew_seconds)
                if thread.is_alive():
                    self._renew()

    def _renew(self) -> None:
        held = leases.take(self.store, LEASE, now=self.clock(), term=LEASE_TERM)
        if held is None or held.epoch != self.lease.epoch:
            self._halt.set()

    def _work(self, number: int) -> None:
        worker = Worker(name=f"{self.lease.holder}/{number}", lease=self.lease)
        try:
            _Sender(self, worker).work()
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
        try:
            issue_states.set_state(
                self.store,
                issue_id,
                IssueState.PAUSED,
                expect=(IssueState.SENDING,),
                by=JOB,
                now=self.clock(),
                why=why,
            )
        except ConflictError:
            return  # a person paused or stopped it at the same moment, or another thread did
        self.report.paused.append(issue_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """What all letters of one issue share."""

    masters: dict[str, Master]
    envelope: str
    bounces: str
    contact: str
    addresses: Addresses
    resend: bool


class _Sender:
    """One thread with one connection."""

    def __init__(self, run: _Run, worker: Worker) -> None:
        self._run = run
        self._worker = worker
        self._mail: smtp.SmtpConnection | None = None
        self._over_it = 0
        self._sheets: dict[int, _Sheet] = {}

    def work(self) -> None:
        """Claim and send until nothing is due or the run stops; give back what was not begun."""
        try:
            while not self._run.stopped:
                claimed = outbox.claim(self._run.store, self._worker, now=self._run.clock())
                if not claimed:
                    break
                self._sheets = {issue_id: self._sheet(issue_id) for issue_id in set(claimed.values())}
                self._batch(list(claimed))
        finally:
            outbox.release(self._run.store, self._worker)
            if self._mail is not None:
                self._mail.close()

    def _batch(self, ids: list[int]) -> None:
        done: Outcome | None = None
        for delivery_id in ids:
            if self._run.stopped or not self._connected():
                break
            delivery = self._begin(done, delivery_id)
            done = self._send(delivery) if delivery is not None else None
        self._record(done)

    def _begin(self, done: Outcome | None, delivery_id: int) -> Delivery | None:
        """Record the letter before and open this one, waiting where the rate says so; None where it is not wanted."""
        while True:
            step = outbox.advance(
                self._run.store,
                self._worker,
                done,
                delivery_id,
                now=self._run.clock(),
                per_minute=self._run.settings.mail.per_minute,
            )
            done = None
            if step.wait is None:
                return step.delivery
            if self._run.stopped:
                return None
            self._run.wait(step.wait)

    def _record(self, done: Outcome | None) -> None:
        if done is not None:
            outbox.advance(self._run.store, self._worker, done, None, now=self._run.clock())

    def _connected(self) -> bool:
        """Open a connection where there is none that can take another letter; False where none can be had."""
        if self._mail is not None and (not self._mail.usable or self._over_it >= LETTERS_PER_CONNECTION):
            self._mail.close()
            self._mail = None
        if self._mail is None:
            try:
                self._mail = self._run.open_mail()
            except smtp.MailUnreachable as problem:
                self._run.unreachable(problem)
                return False
            self._over_it = 0
        return True

    def _send(self, delivery: Delivery) -> Outcome:
        """Send one letter and say what became of it; whatever goes wrong that nobody foresaw leaves it in doubt."""
        try:
            outcome, text = self._try(delivery)
        except BaseException:
            self._record(Outcome(delivery_id=delivery.id, state=DeliveryState.UNCERTAIN))
            raise
        self._run.count(outcome, delivery.issue_id, text)
        return outcome

    def _try(self, delivery: Delivery) -> tuple[Outcome, str]:
        mail = self._mail
        if mail is None:
            return Outcome(delivery_id=delivery.id, state=DeliveryState.QUEUED), ""
        self._over_it += 1
        now, sheet = self._run.clock(), self._sheets[delivery.issue_id]
        try:
            reply = mail.send(self._envelope(sheet, delivery), delivery.address, self._message(sheet, delivery, now))
        except smtp.MailAnswered as answer:
            if isinstance(answer, smtp.MailRefused) and is_bad_address(answer):
                subscribers.bounced(self._run.store, delivery.subscriber_id, now=now)
            return answered(delivery, answer, now), str(answer.facts["text"])
        except smtp.MailUncertain:
            return in_doubt(delivery, now, resend=sheet.resend), ""
        except smtp.MailLost:
            # Not delivered for certain; a little later, so that a broken server is not hammered.
            again = now + timedelta(seconds=30)
            return Outcome(delivery_id=delivery.id, state=DeliveryState.QUEUED, not_before_at=again), ""
        sent = Outcome(
            delivery_id=delivery.id, state=DeliveryState.SENT, reply_code=reply.code, reply_text=reply.text[:200]
        )
        return sent, ""

    def _sheet(self, issue_id: int) -> _Sheet:
        """Read what all letters of an issue share, before any of them is begun."""
        issue = issues.get_issue(self._run.store, issue_id)
        settings = self._run.settings
        newsletter = settings.newsletters[issue.newsletter]
        return _Sheet(
            masters=masters(self._run.store, settings, issue_id),
            envelope=sender(newsletter).addr_spec,
            bounces=ascii_address(settings.mail.bounces.address) if settings.mail.bounces.address else "",
            contact=newsletter.reply_to or settings.site.contact,
            addresses=Addresses(settings, issue.campaign, settings.site.language),
            resend=newsletter.uncertain == "resend",
        )

    def _envelope(self, sheet: _Sheet, delivery: Delivery) -> str:
        """Return whom the letter comes back to: the mailbox of bounces, which then knows whose it is."""
        if not sheet.bounces:
            return sheet.envelope
        return return_path(self._run.store.secret, sheet.bounces, delivery.id)

    def _message(self, sheet: _Sheet, delivery: Delivery, now: datetime) -> bytes:
        # Who chose a language after the letters were frozen gets the site's once more.
        return sheet.masters.get(delivery.language, sheet.masters[""]).join(
            Recipient(
                address=ascii_address(delivery.address),
                message_id=delivery.message_id,
                leave_url=sheet.addresses.leave(delivery.token),
                leave_mail=leave_mail(sheet.contact, delivery.token, bounces=sheet.bounces),
                delivery=delivery_name(self._run.store.secret, delivery.id),
                sent_at=now.replace(microsecond=0),
                areas=delivery.areas,
            )
        )
