"""Telling the receiver of a campaign's changes what came, changed and went: ids and addresses, nobody's words.

The receiver believes a call whose ``Skord-Signature`` is right and whose ``Skord-Timestamp`` is minutes old at most,
and does nothing twice for one ``Skord-Delivery``. What is told is read from the shelf at the moment of sending, so that
a thing which was hidden meanwhile is told as gone. docs/api.md says how it is checked.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from campaign.errors import SkordError
from campaign.settings import HookSettings
from digest.webhook import signature
from skord.wiring import House
from storage.archive import Change, changed_since
from storage.hooks import HookState, begin_hook, fail_hook, take_hook, tell_hook
from web.api.changes import plain

log = logging.getLogger("skord.hooks")

#: So many changes in a call; those of one public revision are never parted, so a few more may come.
BATCH = 100

#: How long after each failed try the next one is made; the last holds on until it has failed for ``PATIENCE``.
AGAIN = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
PATIENCE = timedelta(days=1)

_ANSWER_BYTES = 10_000


def tell(house: House, stopping: Callable[[], bool]) -> int:
    """Tell every receiver what it does not know yet, as far as it can be reached; return how many calls it took."""
    calls = 0
    for campaign, hook in house.settings.hooks.items():
        while not stopping() and _tell_one(house, campaign, hook):
            calls += 1
    return calls


def _tell_one(house: House, campaign: str, hook: HookSettings) -> bool:
    """Make one call where there is something to tell and it is time; return whether it was taken."""
    store, now = house.store, house.clock()
    state = begin_hook(store, campaign)
    if state.stopped or (state.retry_at is not None and state.retry_at > now):
        return False
    found = changed_since(store, campaign, state.changed, limit=BATCH)
    if not found or not take_hook(store, state, retry_at=now + delay(state.tries + 1), now=now):
        return False
    try:
        _send(house, campaign, hook, state, found)
    except SkordError as error:
        since = state.failing_since or now
        last = now - since >= PATIENCE
        retry_at = None if last else now + delay(state.tries + 1)
        fail_hook(store, campaign, error, since=since, retry_at=retry_at)
        told = {"action": "hook_stopped" if last else "hook_failed", "campaign": campaign, "key": error.key}
        log.warning("the receiver of %s: %s", campaign, house.language.explain(error), extra=told)
        return False
    tell_hook(store, campaign, changed=found[-1].changed, now=now)
    return True


def delay(tries: int) -> timedelta:
    """Return how long after so many failed tries in a row the next one is made."""
    return AGAIN[min(tries, len(AGAIN)) - 1]


def payload(house: House, campaign: str, state: HookState, found: list[Change]) -> dict[str, Any]:
    """Return what is sent. ``id`` is the same whenever the same is sent again."""
    settings = house.settings
    site = settings.site.base_url + (f"/c/{campaign}" if len(settings.campaigns) > 1 else "")
    changes = plain(house.store, found, site=site)
    body = {"version": 1, "campaign": campaign, "after": state.changed, "since": found[-1].changed, "changes": changes}
    whole = json.dumps([site, body], sort_keys=True).encode()
    return {"id": hashlib.sha256(whole).hexdigest()[:32], **body}


def _send(house: House, campaign: str, hook: HookSettings, state: HookState, found: list[Change]) -> None:
    content = payload(house, campaign, state, found)
    # The very bytes that the way out makes of it: it is they that are signed.
    body = json.dumps(content, ensure_ascii=False).encode()
    timestamp = int(house.clock().timestamp())
    headers = {
        "Skord-Timestamp": str(timestamp),
        "Skord-Signature": signature(hook.secret, timestamp, body),
        "Skord-Delivery": content["id"],
    }
    house.fetcher.fetch(hook.url, headers=headers, json=content, max_bytes=_ANSWER_BYTES)
