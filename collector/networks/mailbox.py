"""Newsletters and tips that arrive by e-mail, read over IMAP from one folder. Nothing there is changed.

Only letters from listed senders are read at all, and only where our own mail server vouches for the sender; of all
others nothing but the header is looked at. The cursor holds for each folder how far it has been read:

    {"folders": {"INBOX": {"validity": 1700000000, "last": 4711}}}

A new ``validity`` means that the server has numbered its messages anew: the folder is read from its beginning, and
letters that are known stay what they are, since a letter is known by its Message-ID.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from campaign.errors import CollectError
from campaign.records import Candidate
from campaign.settings import SourceSettings
from collector import mail_header, mails
from collector.mail_header import Header, Trust
from collector.networks import mailbox_login
from collector.networks.page import Page, Visit
from net import imap

log = logging.getLogger("skord.collector")

PER_PAGE = 20
MOST_MESSAGES = 400
"""Looked at in one run; what is left waits for the next."""

MOST_IN_A_RUN = 40_000_000
"""Bytes of letters in one run, well below what one connection takes in; what is left waits for the next."""

MOST_BYTES = 10_000_000
"""Of one letter. What is larger carries files, and its words are not worth taking them in."""


def pages(visit: Visit) -> Iterator[Page]:
    """Yield the letters that are new in the folder, twenty messages at a time.

    Letters that were refused for want of proof, or are too large, come as errors with the last page. Raises
    CollectError where the mailbox cannot be opened.
    """
    source = visit.source
    verifier = _text(source, "verified_by")
    login = mailbox_login.login(visit)
    folder = _text(source, "folder") or "INBOX"
    tally = _Tally(host=login.host, verifier=verifier)
    state: dict[str, Any] = deepcopy(dict(visit.cursor))
    with imap.open(login, folder, guard=mailbox_login.guard(visit)) as box:
        if not verifier:
            raise _no_verifier(box, login.host)
        last = _last(state, folder, box.validity)
        waiting = box.uids_after(last)[:MOST_MESSAGES]
        for start in range(0, len(waiting), PER_PAGE):
            uids = waiting[start : start + PER_PAGE]
            found, last = _letters(box, uids, source, tally)
            state = _moved(state, folder, box.validity, last)
            ended = last == waiting[-1] or tally.is_full
            yield Page(candidates=found, cursor=deepcopy(state), errors=tally.errors() if ended else ())
            if ended or visit.stopping():
                return
        if not waiting:
            yield Page(candidates=(), cursor=_moved(state, folder, box.validity, last), unchanged=True)


@dataclass(slots=True, kw_only=True)
class _Tally:
    """What was left aside in a run: unproven senders, and letters that are too large."""

    host: str
    verifier: str
    unverified: Counter[str] = field(default_factory=Counter)
    named: str = ""
    large: int = 0
    taken: int = 0

    @property
    def is_full(self) -> bool:
        """Whether so much has been taken in that the rest waits for the next run."""
        return self.taken >= MOST_IN_A_RUN

    def refuse(self, header: Header) -> None:
        self.unverified[header.domain] += 1
        self.named = mail_header.server_of(header.verdict)

    def errors(self) -> tuple[CollectError, ...]:
        """Return what a person should know. Letters from strangers are nothing to know."""
        found = []
        if self.unverified:
            domain, _ = self.unverified.most_common(1)[0]
            found.append(
                CollectError(
                    "mailbox_unverified",
                    permanent=True,
                    count=self.unverified.total(),
                    domain=domain,
                    verifier=self.verifier,
                    named=self.named or "–",
                )
            )
        if self.large:
            most = MOST_BYTES // 1_000_000
            found.append(CollectError("mailbox_too_large", permanent=True, count=self.large, limit=most))
        return tuple(found)


def _letters(
    box: imap.Mailbox, uids: list[int], source: SourceSettings, tally: _Tally
) -> tuple[tuple[Candidate, ...], int]:
    """Return the letters among these messages that may come in, and the last message that was looked at."""
    senders = source.options.get("senders")
    allowed = senders if isinstance(senders, tuple) else ()
    found: list[Candidate] = []
    for item in box.headers(uids):
        header = mail_header.read(item.content)
        trust = mail_header.judge(header, allowed, tally.verifier)
        if trust is Trust.UNVERIFIED:
            tally.refuse(header)
        elif trust is Trust.WELCOME and item.size > MOST_BYTES:
            tally.large += 1
        elif trust is Trust.WELCOME:
            whole = box.message(item.uid)
            # Judged again as a whole: what is stored is what was let in, whatever the server gave first.
            if (
                whole is not None
                and mail_header.judge(mail_header.read(whole.content), allowed, tally.verifier) is Trust.WELCOME
            ):
                found.append(_candidate(whole, source))
            tally.taken += item.size
            if tally.is_full:
                return tuple(found), item.uid
    return tuple(found), uids[-1]


def _candidate(item: imap.Item, source: SourceSettings) -> Candidate:
    letter = mails.read(item.content, arrived_at=item.arrived_at, ours=_text(source, "user"))
    if letter.inside:
        log.info(
            "pictures inside a letter are not kept: they have no address",
            extra={"action": "mail_pictures_inside", "source": source.id, "count": letter.inside},
        )
    return letter.candidate


def _no_verifier(box: imap.Mailbox, host: str) -> CollectError:
    """Return the refusal to believe anybody, with the name that the newest letters suggest."""
    newest = box.headers(box.uids_after(0)[-5:])
    named = (mail_header.server_of(mail_header.read(item.content).verdict) for item in reversed(newest))
    return CollectError("mailbox_no_verifier", permanent=True, host=host, named=next(filter(None, named), "–"))


def _last(state: dict[str, Any], folder: str, validity: int) -> int:
    known = state.get("folders", {}).get(folder, {})
    last = known.get("last") if known.get("validity") == validity else 0
    return last if isinstance(last, int) else 0


def _moved(state: dict[str, Any], folder: str, validity: int, last: int) -> dict[str, Any]:
    return {**state, "folders": {**state.get("folders", {}), folder: {"validity": validity, "last": last}}}


def _text(source: SourceSettings, name: str) -> str:
    value = source.options.get(name)
    return value.strip() if isinstance(value, str) else ""
