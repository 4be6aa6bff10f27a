"""One sending thread with one connection: has each letter written in the ledger, hands it over, says what came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from campaign.mailboxes import scrubbed
from campaign.newsletter import Delivery, DeliveryState
from campaign.settings import Settings
from digest.addresses import Addresses
from digest.answers import answered, in_doubt, is_bad_address, lost
from digest.keys import delivery_name, return_path
from digest.message import Master, Only, Part, Recipient, Slot, ascii_address, leave_mail, sender
from digest.variants import masters
from net import smtp
from storage import issues, subscribers
from storage.ledger import Ledger, Outcome, Worker
from storage.store import Store

LETTERS_PER_CONNECTION = 100

_LONGEST_LOCAL = 64


class Run(Protocol):
    """What the threads of one run share."""

    store: Store
    settings: Settings
    ledger: Ledger
    clock: Callable[[], datetime]
    open_mail: Callable[[], smtp.SmtpConnection]

    @property
    def stopped(self) -> bool:
        """Whether no new letter may be begun."""

    def wait(self, how_long: timedelta) -> None:
        """Wait, but not longer than a moment."""

    def unreachable(self, problem: smtp.MailError) -> None:
        """End the run: the mail server cannot be reached."""

    def count(self, outcome: Outcome, issue_id: int, text: str) -> None:
        """Count what became of a letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """What all letters of one issue share."""

    number: int
    masters: dict[str, Master]
    envelope: str
    bounces: str
    contact: str
    addresses: Addresses
    resend: bool
    whole_lines: bool


class Sender:
    """One thread's work. What it claimed and did not begin it gives back at the end."""

    def __init__(self, run: Run, worker: Worker) -> None:
        self._run = run
        self._worker = worker
        self._mail: smtp.SmtpConnection | None = None
        self._over_it = 0
        self._sheets: dict[int, _Sheet] = {}

    def work(self) -> None:
        """Claim and send until nothing is due or the run stops; give back what was not begun."""
        ledger = self._run.ledger
        try:
            while not self._run.stopped:
                claimed = ledger.claim(self._worker, now=self._run.clock())
                if not claimed:
                    break
                self._sheets = {issue_id: self._sheet(issue_id) for issue_id in {each.issue_id for each in claimed}}
                self._batch(claimed)
        finally:
            ledger.release(self._worker)
            if self._mail is not None:
                self._mail.close()

    def _batch(self, claimed: Sequence[Delivery]) -> None:
        done: Outcome | None = None
        for delivery in claimed:
            if self._run.stopped or not self._connected():
                break
            opened = self._begin(done, delivery)
            done = self._send(opened) if opened is not None else None
        self._record(done)

    def _begin(self, done: Outcome | None, delivery: Delivery) -> Delivery | None:
        """Record the letter before and open this one, waiting where the rate says so; None where it is not wanted."""
        while True:
            step = self._run.ledger.advance(self._worker, done, delivery, now=self._run.clock())
            done = None
            if step.wait is None:
                return _begun(delivery) if step.open else None
            if self._run.stopped:
                return None
            self._run.wait(step.wait)

    def _record(self, done: Outcome | None) -> None:
        if done is not None:
            self._run.ledger.advance(self._worker, done, None, now=self._run.clock())

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
            reply = mail.send(
                self._envelope(sheet, delivery),
                delivery.address,
                self._message(sheet, delivery, now),
                # What is a reader's own stands in no line break: ``_message`` sees to it.
                whole_lines=sheet.whole_lines,
            )
        except smtp.MailAnswered as answer:
            if isinstance(answer, smtp.MailRefused) and is_bad_address(answer):
                subscribers.bounced(self._run.store, delivery.subscriber_id, number=sheet.number, now=now)
            return answered(delivery, answer, now), str(answer.facts["text"])
        except smtp.MailUncertain:
            return in_doubt(delivery, now, resend=sheet.resend), ""
        except smtp.MailLost:
            return lost(delivery, now), ""
        sent = Outcome(
            delivery_id=delivery.id,
            state=DeliveryState.SENT,
            reply_code=reply.code,
            reply_text=scrubbed(reply.text)[:200],
            domain=delivery.domain,
        )
        return sent, ""

    def _sheet(self, issue_id: int) -> _Sheet:
        """Read what all letters of an issue share, before any of them is begun."""
        issue = issues.get_issue(self._run.store, issue_id)
        settings = self._run.settings
        newsletter = settings.newsletters[issue.newsletter]
        kept = masters(self._run.store, settings, issue_id)
        return _Sheet(
            number=issue.number,
            masters=kept,
            envelope=sender(newsletter).addr_spec,
            bounces=ascii_address(settings.mail.bounces.address) if settings.mail.bounces.address else "",
            contact=newsletter.reply_to or settings.site.contact,
            addresses=Addresses(settings, issue.campaign, settings.site.language),
            resend=newsletter.uncertain == "resend",
            whole_lines=all(_whole(part) for master in kept.values() for part in master.pieces),
        )

    def _envelope(self, sheet: _Sheet, delivery: Delivery) -> str:
        """Return whom the letter comes back to: the mailbox of bounces, which then knows whose it is."""
        if not sheet.bounces:
            return sheet.envelope
        named = return_path(self._run.store.secret, sheet.bounces, delivery.id)
        # A name that is too long is refused by the server; the letter's own header says whose it is as well.
        return named if len(named.rpartition("@")[0]) <= _LONGEST_LOCAL else sheet.bounces

    def _message(self, sheet: _Sheet, delivery: Delivery, now: datetime) -> bytes:
        to = Recipient(
            address=ascii_address(delivery.address),
            message_id=delivery.message_id,
            leave_url=sheet.addresses.leave(delivery.token),
            leave_mail=leave_mail(sheet.contact, delivery.token, bounces=sheet.bounces),
            delivery=delivery_name(self._run.store.secret, delivery.id),
            sent_at=now.replace(microsecond=0),
            areas=delivery.areas,
        )
        if not (to.address + to.message_id + to.leave_url + to.leave_mail).isprintable():
            raise ValueError(f"delivery {delivery.id} holds a line break")
        # Who chose a language after the letters were frozen gets the site's once more.
        return sheet.masters.get(delivery.language, sheet.masters[""]).join(to)


def _whole(part: Part) -> bool:
    """Return whether a piece of a master can stand beside any other without a lone CR or LF coming of it."""
    piece = part.piece if isinstance(part, Only) else part
    return isinstance(piece, Slot) or smtp.has_whole_lines(piece)


def _begun(delivery: Delivery) -> Delivery:
    """Return a claimed letter as it stands once it has been opened."""
    return replace(delivery, state=DeliveryState.SENDING, attempt=delivery.attempt + 1, reply_code=None, reply_text="")
