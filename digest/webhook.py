"""What waits, told to one address of the organisation's own by a signed POST: numbers and a link, nobody's data.

The receiver believes a call whose ``Skord-Signature`` is right and whose ``Skord-Timestamp`` is minutes old at most;
``Skord-Delivery`` is the same each time one call is tried again. docs/settings.md says how it is checked.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from campaign.errors import SkordError
from campaign.settings import Settings
from digest.waiting import Digest, digests, latest
from net.http import Fetcher
from storage.store import Store
from storage.told import Told, last_told, swap_told

log = logging.getLogger("skord.digest.webhook")

SUBJECT = "webhook"

#: How long after a try that failed the next one is made; after the last none is.
AGAIN = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))

_ANSWER_BYTES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookState:
    """How the last call went. ``error`` is None where it went well; ``again_at`` None where it is not tried again."""

    due: datetime
    tries: int
    error: SkordError | None
    again_at: datetime | None


def call(store: Store, settings: Settings, fetcher: Fetcher, *, clock: Callable[[], datetime]) -> bool:
    """Call the webhook if its time has come, or again where it failed; return whether a call went well."""
    now, given = clock(), settings.notices
    if not given.webhook or not given.webhook_secret:
        return False
    before = last_told(store, SUBJECT)
    due = latest(given.webhook_times, settings.site.timezone, now)
    known = _read(before)
    if due is None or (known is not None and known.due >= due and (known.again_at is None or known.again_at > now)):
        return False
    tries = known.tries + 1 if known is not None and known.due == due else 1
    # Taken first, with the time of the next try: a process that dies now leaves it to be tried again, not doubled.
    taken = _told(due, tries, "webhook_died", {}, _again(now, tries))
    if not swap_told(store, before, taken):
        return False
    found = digests(store, settings, settings.campaigns.values(), now=now)
    if not given.always and all(each.is_empty for each in found):
        return not swap_told(store, taken, _told(due, tries, "", {}, None))
    return _send(store, settings, fetcher, found, taken=taken, due=due, tries=tries, now=now)


def webhook_state(store: Store) -> WebhookState | None:
    """Return how the last call went, None where there was none yet."""
    return _read(last_told(store, SUBJECT))


def payload(settings: Settings, found: list[Digest], *, due: datetime) -> dict[str, Any]:
    """Return what is sent: counts and links, no words of posts and nobody's name."""
    return {
        "version": 1,
        "site": settings.site.name,
        "at": due.isoformat(),
        "waiting": sum(each.waiting.stories for each in found),
        "link": f"{settings.site.base_url}/desk",
        "campaigns": [
            {
                "id": each.campaign.id,
                "name": each.campaign.name,
                "waiting": each.waiting.stories,
                "oldest_at": each.waiting.oldest_at.isoformat() if each.waiting.oldest_at else None,
                "waiting_for_a_second": each.waiting.second,
                "due": each.waiting.due,
                "rights_ending": each.waiting.rights_ending,
                "areas": [{"title": title, "waiting": count} for title, count in each.waiting.areas],
                "issue": {
                    "number": each.issue.number,
                    "state": str(each.issue.state),
                    "send_at": each.issue.send_at.isoformat(),
                }
                if each.issue
                else None,
                "link": each.link,
            }
            for each in found
        ],
    }


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """Return what ``Skord-Signature`` holds: HMAC-SHA256 of the timestamp, a full stop and the body, in hex."""
    return "v1=" + hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def _send(
    store: Store, settings: Settings, fetcher: Fetcher, found: list[Digest], *, taken: Told, due: datetime, tries: int,
    now: datetime,
) -> bool:  # fmt: skip
    content = payload(settings, found, due=due)
    body = json.dumps(content, ensure_ascii=False).encode()
    timestamp = int(now.timestamp())
    headers = {
        "Skord-Timestamp": str(timestamp),
        "Skord-Signature": signature(settings.notices.webhook_secret, timestamp, body),
        "Skord-Delivery": hashlib.sha256(f"{settings.site.base_url} {due.isoformat()}".encode()).hexdigest()[:32],
    }
    try:
        fetcher.fetch(settings.notices.webhook, headers=headers, json=content, max_bytes=_ANSWER_BYTES)
    except SkordError as error:
        again_at = _again(now, tries)
        facts = {name: value for name, value in error.facts.items() if isinstance(value, str | int)}
        swap_told(store, taken, _told(due, tries, error.key, facts, again_at))
        log.warning("the webhook failed: %s", error.key, extra={"action": "webhook_failed", "tries": tries})
        return False
    swap_told(store, taken, _told(due, tries, "", {}, None))
    return True


def _again(now: datetime, tries: int) -> datetime | None:
    return now + AGAIN[tries - 1] if tries <= len(AGAIN) else None


def _told(due: datetime, tries: int, error: str, facts: dict[str, Any], again_at: datetime | None) -> Told:
    content = {"tries": tries, "error": error, "facts": facts, "again_at": again_at.isoformat() if again_at else None}
    return Told(subject=SUBJECT, at=due, content=json.dumps(content, sort_keys=True))


def _read(told: Told | None) -> WebhookState | None:
    if told is None:
        return None
    content = json.loads(told.content)
    again_at = content["again_at"]
    return WebhookState(
        due=told.at,
        tries=content["tries"],
        error=SkordError(content["error"], **content["facts"]) if content["error"] else None,
        again_at=datetime.fromisoformat(again_at) if again_at else None,
    )
