"""What a mail server's answer means for a letter: sent, later, never, or nobody knows. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TypedDict

from campaign.newsletter import Delivery, DeliveryState
from net import smtp
from storage.ledger import Outcome

#: How long a letter waits after each refusal for now; some 63 hours in all, then it has failed.
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 120, 240, 480, 720, 720, 720, 720))
#: A letter that certainly did not arrive goes again a little later, so that a broken server is not hammered.
AGAIN_AFTER_LOSS = timedelta(seconds=30)
#: A refusal for good that is not about the address may be about us: it is tried so often before it counts.
TRIES_WHEN_REFUSED = 3

_BAD_ADDRESS = re.compile(r"\b5\.1\.(1|2|3|6|10)\b")
_ABOUT_MAILBOX = re.compile(r"\b5\.[12]\.\d+\b")

#: What a domain answers that wants to be left alone for a while (RFC 5321, and how the large ones use it).
_LATER = (421, 450, 451)
_ABOUT_ONE, _POLICY = re.compile(r"\b4\.[12]\.\d+\b"), re.compile(r"\b4\.7\.\d+\b")


class Said(TypedDict):
    """What an outcome keeps of an answer."""

    reply_code: int
    reply_text: str
    domain: str


def answered(delivery: Delivery, answer: smtp.MailAnswered, now: datetime) -> Outcome:
    """Return what a refusal means: later, or never again."""
    text = str(answer.facts["text"])[:200]
    for_good = isinstance(answer, smtp.MailRefused) and (
        answer.stage is smtp.Stage.RECIPIENT
        and (answer.code == 0 or not re.search(r"\b5\.\d+\.\d+\b", answer.text) or _ABOUT_MAILBOX.search(answer.text))
    )
    tries = TRIES_WHEN_REFUSED if isinstance(answer, smtp.MailRefused) else len(BACK_OFF) + 1
    said: Said = {"reply_code": answer.code, "reply_text": text, "domain": delivery.domain}
    if for_good or delivery.attempt >= tries:
        return Outcome(delivery_id=delivery.id, state=DeliveryState.FAILED, **said)
    return Outcome(
        delivery_id=delivery.id,
        state=DeliveryState.DEFERRED,
        not_before_at=now + BACK_OFF[min(delivery.attempt, len(BACK_OFF)) - 1],
        asked_for_time=asks_for_time(answer),
        **said,
    )


def asks_for_time(answer: smtp.MailAnswered) -> bool:
    """Return whether a refusal is about all letters to a domain: too many at once, not now, a policy.

    A refused sender is about us and every domain, and 4.1 and 4.2 are about one mailbox alone.
    """
    if not isinstance(answer, smtp.MailDeferred) or answer.stage is smtp.Stage.SENDER:
        return False
    return (answer.code in _LATER and not _ABOUT_ONE.search(answer.text)) or bool(_POLICY.search(answer.text))


def in_doubt(delivery: Delivery, now: datetime, *, resend: bool) -> Outcome:
    """Return what becomes of a letter that arrived or not: held for a person, or sent again, but not for ever."""
    if not resend or delivery.attempt >= TRIES_WHEN_REFUSED:
        return Outcome(delivery_id=delivery.id, state=DeliveryState.UNCERTAIN)
    again = now + BACK_OFF[delivery.attempt - 1]
    return Outcome(delivery_id=delivery.id, state=DeliveryState.QUEUED, not_before_at=again)


def lost(delivery: Delivery, now: datetime) -> Outcome:
    """Return what becomes of a letter on which the server hung up before it was complete: tried again a little later,
    then ever more seldom, and given up at last.
    """
    if delivery.attempt > len(BACK_OFF):
        return Outcome(delivery_id=delivery.id, state=DeliveryState.FAILED, domain=delivery.domain)
    wait = AGAIN_AFTER_LOSS if delivery.attempt < 2 else BACK_OFF[delivery.attempt - 2]
    return Outcome(delivery_id=delivery.id, state=DeliveryState.QUEUED, not_before_at=now + wait)


def is_bad_address(answer: smtp.MailRefused) -> bool:
    """Return whether the server says that the address does not exist."""
    return answer.stage is smtp.Stage.RECIPIENT and bool(_BAD_ADDRESS.search(answer.text))
