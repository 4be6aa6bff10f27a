"""Takes in what comes back: one mail from a pipe, or what is new in the mailbox of bounces.

Nothing in the mailbox is changed or marked as read. How far it has been read stands in the database and moves after
what was read has been kept, so that a crash repeats some mails; a mail counts once all the same.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.parser import BytesHeaderParser
from pathlib import Path
from traceback import extract_tb
from typing import Any

from campaign.errors import CollectError
from campaign.settings import BounceSettings
from digest.bounces import MOST_BYTES, Judged, judge
from net import imap
from net.guard import Guard
from storage import mailboxes, returns
from storage.returns import Return, Taken
from storage.store import Store

log = logging.getLogger("skord.digest.returning")

MAILBOX = "bounces"
MOST_MESSAGES = 400
"""Looked at in one run; what is left waits for the next."""
PER_STEP = 20
"""So many mails may be read again after a crash."""


@dataclass(slots=True, kw_only=True)
class Report:
    """What a reading found. ``error`` is why it could not go on, None where it came to its end."""

    counts: Counter[Taken] = field(default_factory=Counter)
    read: int = 0
    error: CollectError | None = None


def take_mail(store: Store, mail: bytes, *, now: datetime, to: str = "") -> Counter[Taken]:
    """Judge one mail and do what follows from it; return what became of each thing that it says.

    ``to`` is the envelope recipient where it is known. A mail that cannot be read is told in the log and counted.
    """
    taken: Counter[Taken] = Counter()
    try:
        read = _read_mail(mail, secret=store.secret, to=to)
    except Exception as problem:  # noqa: BLE001 - whatever a stranger's bytes lead to, the mails behind them are read
        # Where it broke, without the mail's own words.
        told = (type(problem).__name__, _where(problem))
        log.warning("a mail that came back cannot be read: %s at %s", *told, extra={"action": "mail_unread"})
        return Counter({Taken.UNREAD: 1})
    for said, back in read:
        if back is not None:
            taken[returns.take(store, back, now=now)] += 1
        elif said.kind is not None:
            taken[Taken.STRANGER] += 1
    return taken


def _read_mail(mail: bytes, *, secret: bytes, to: str) -> list[tuple[Judged, Return | None]]:
    """Return what a mail says and what is to be kept of it, before anything of it is kept."""
    name = _name(mail)
    return [(said, _return(said, name)) for said in judge(mail, secret=secret, to=to)]


def _where(problem: Exception) -> str:
    """Return the place in our own code that a mail broke."""
    own = [each for each in extract_tb(problem.__traceback__) if "digest" in Path(each.filename).parts]
    return f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else ""


def read_mailbox(
    store: Store,
    settings: BounceSettings,
    *,
    guard: Guard,
    clock: Callable[[], datetime],
    stopping: Callable[[], bool] = lambda: False,
) -> Report:
    """Take in what has come to the mailbox since the last time. What goes wrong is kept and returned, never raised."""
    report = Report()
    try:
        with imap.open(login(settings), settings.folder, guard=guard) as box:
            _read(store, settings, box, report=report, clock=clock, stopping=stopping)
    except CollectError as error:
        report.error = error
        mailboxes.fail(store, MAILBOX, error)
    return report


def login(settings: BounceSettings) -> imap.Login:
    """Return where and how the mailbox is entered. CollectError where the password is missing."""
    if not settings.password:
        raise CollectError("mailbox_no_password", permanent=True, host=settings.host)
    return imap.Login(
        host=settings.host,
        port=settings.port,
        user=settings.user,
        secret=settings.password,
        security=settings.security,
    )


def _read(
    store: Store,
    settings: BounceSettings,
    box: imap.Mailbox,
    *,
    report: Report,
    clock: Callable[[], datetime],
    stopping: Callable[[], bool],
) -> None:
    last = _last(mailboxes.progress(store, MAILBOX).cursor, settings, box.validity)
    waiting = box.uids_after(last)[:MOST_MESSAGES]
    for start in range(0, len(waiting), PER_STEP):
        if stopping():
            return
        for uid in waiting[start : start + PER_STEP]:
            item = box.beginning(uid, MOST_BYTES)
            if item is not None:
                report.read += 1
                report.counts += take_mail(store, item.content, now=clock())
            last = uid
        mailboxes.advance(store, MAILBOX, _cursor(settings, box.validity, last), now=clock())
    if not waiting:
        mailboxes.advance(store, MAILBOX, _cursor(settings, box.validity, last), now=clock())


def _cursor(settings: BounceSettings, validity: int, last: int) -> dict[str, Any]:
    return {"mailbox": _place(settings), "validity": validity, "last": last}


def _last(cursor: Any, settings: BounceSettings, validity: int) -> int:
    """Return the last message that was read; 0 for another mailbox, or one whose messages were numbered anew."""
    if cursor.get("mailbox") != _place(settings) or cursor.get("validity") != validity:
        return 0
    last = cursor.get("last")
    return last if isinstance(last, int) else 0


def _place(settings: BounceSettings) -> str:
    return f"{settings.user} {settings.host} {settings.folder}"


def _return(said: Judged, name: str) -> Return | None:
    """Return what is to be kept of a judgement, None where nothing is."""
    if said.kind is None or (said.delivery is None and said.letter is None and not said.token):
        return None
    about = said.token or said.delivery or said.letter
    mail = hashlib.sha256(f"{name}\x1f{about}\x1f{said.kind}".encode()).hexdigest()
    return Return(
        kind=said.kind,
        mail=mail,
        delivery=said.delivery,
        letter=said.letter,
        token=said.token,
        address=said.address,
        alone=said.alone,
        status=said.status,
        text=said.text,
    )


def _name(mail: bytes) -> str:
    """Return what is the same for a mail whichever way it came: a pipe and a mailbox add headers of their own."""
    head = BytesHeaderParser(policy=policy.compat32).parsebytes(mail[:MOST_BYTES])
    kept = [str(head.get(name, "")).strip()[:1000] for name in ("message-id", "date", "from", "subject")]
    if kept[0]:
        return "\x1f".join(kept[:2])
    # Without a Message-ID the words tell mails apart; line ends differ from way to way.
    body = mail[:MOST_BYTES].replace(b"\r\n", b"\n").partition(b"\n\n")[2]
    return "\x1f".join([*kept, hashlib.sha256(body.rstrip()).hexdigest()])
