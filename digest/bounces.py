"""Judges one mail that came to the mailbox of bounces: what it says, and about which letter. Pure.

Which letter is believed only by a keyed hash that left with it: in the envelope sender (VERP), or in the header of
the returned letter. Anybody may write "this address does not exist"; only who has had the letter can prove it.
Mail from outside is bounded before it is read: in bytes, in depth, in parts, in lines.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from email.message import Message

from flufl.bounce import all_failures

from campaign.newsletter import EventKind
from digest.causes import is_for_good
from digest.keys import fits
from digest.mail_parts import (
    TEXT_CHARACTERS,
    address_in,
    envelope,
    header,
    inside,
    kind_of,
    one_line,
    parsed,
    parts,
    text_of,
    words,
)

MOST_BYTES = 1_000_000
"""Of one mail; what says why stands before the returned letter, and its header at that one's beginning."""

_MOST_RECIPIENTS = 20
_MOST_NAMES = 20
_ODD_BYTES = 50_000  # flufl.bounce goes through every line some twenty times

_HASH = "[a-z2-7]{12}"  # as keyed() makes it; a shorter one would be easy to guess
_VERP = re.compile(rf"\+(\d{{1,12}})\.({_HASH})@", re.IGNORECASE)
_NAME = re.compile(rf"^x-skord-delivery:[ \t]*(\d{{1,12}})\.({_HASH})\b", re.IGNORECASE | re.MULTILINE)
_MESSAGE_ID = re.compile(rf"<i(\d{{1,12}})\.s(\d{{1,12}})\.({_HASH})@", re.IGNORECASE)
_LEAVE_ADDRESS = re.compile(r"\+leave\.([A-Za-z0-9_-]{16,43})@", re.IGNORECASE)
_LEAVE_SUBJECT = re.compile(r"\s*leave\s+([A-Za-z0-9_-]{16,43})\s*", re.IGNORECASE)
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<!\d)([45]\d\d)(?!\d)")

_AWAY = re.compile(
    r"\b(out of (?:the )?office|automatic reply|auto(?:matic)?[- ]?re(?:ply|sponse)|autosvar|automatiskt svar|"
    r"frånvaro\w*|frånvarande|ej på kontoret|inte på kontoret|semester|föräldraledig\w*|vacation|on leave|"
    r"away until)\b",
    re.IGNORECASE,
)
_MACHINE = re.compile(r"mailer-?daemon|postmaster|mail delivery|<>|microsoftexchange|exchange-server", re.IGNORECASE)
_RETURNED = re.compile(
    r"undeliver|delivery (?:status|failure|has failed|notification)|returned (?:mail|to sender)|mail delivery|"
    r"failure notice|mail failure|message \S{1,80} delayed|complaint about message|could ?n[o']t be delivered|olever|"
    r"kunde inte levereras|inte levererat|leverans(?:en)? misslyckades|"
    r"meddelandet kom inte fram|gick inte att leverera|kunde inte leverera",
    re.IGNORECASE,
)
_SAYS = re.compile(
    r"\b[45]\d\d\b|\b[45]\.\d+\.\d+\b|finns inte|hittades inte|okänd|ogiltig|är full|avvisa|unknown|does not exist|"
    r"not found|rejected|quota|disabled",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What one mail says about one letter.

    ``kind`` is None where nothing follows and nothing is kept: a server that is still trying, a receipt, a stranger's
    mail. ``delivery`` is the letter's id, None where no hash proves one; ``letter`` is the same as (issue, subscriber).
    ``address`` is whom the server names, "" for nobody; ``alone`` whether it names only one. ``token`` is that of who
    wants to leave. ``why`` says by what it was judged: verp, name, message_id for which letter, then dsn, arf, odd,
    text, away, reply, leave.
    """

    kind: EventKind | None
    why: str
    delivery: int | None = None
    letter: tuple[int, int] | None = None
    address: str = ""
    status: str = ""
    text: str = ""
    token: str = ""
    alone: bool = True


def judge(mail: bytes, *, secret: bytes, to: str = "") -> tuple[Judged, ...]:
    """Return what a mail says, one for each recipient that it speaks of; never none.

    ``to`` is the envelope recipient where the mail came by a pipe that names it.
    """
    body = mail[:MOST_BYTES]
    message = parsed(body)
    head = [to[:1000], *envelope(message)]
    which = _which(secret, head, body)
    if away := _away(message):
        return (replace(which, kind=EventKind.REPLIED, why=f"{which.why}away", text=away),)
    for read in (_complaint, _report, _leaving):
        if found := read(message, head, which):
            return found
    return _odd(message, which, parsed(body[:_ODD_BYTES]))


# --- about which letter ----------------------------------------------------------------------------------


def _which(secret: bytes, head: Sequence[str], body: bytes) -> Judged:
    """Return the letter that the mail proves to be about, by the address it came to or by what it returns."""
    for delivery in _proven(secret, _VERP, "\n".join(head)):
        return Judged(kind=None, why="verp ", delivery=delivery)
    text = body.decode("latin-1")
    for pattern, why in ((_NAME, "name "), (_VERP, "name ")):
        for delivery in _proven(secret, pattern, text):
            return Judged(kind=None, why=why, delivery=delivery)
    for number, match in enumerate(_MESSAGE_ID.finditer(text)):
        if number == _MOST_NAMES:
            break
        issue, subscriber = int(match[1]), int(match[2])
        if fits(secret, "message", match[3].lower(), issue, subscriber):
            return Judged(kind=None, why="message_id ", letter=(issue, subscriber))
    return Judged(kind=None, why="")


def _proven(secret: bytes, pattern: re.Pattern[str], text: str) -> Iterator[int]:
    for number, match in enumerate(pattern.finditer(text)):
        if number == _MOST_NAMES:
            return
        # An id is written without zeros in front: the hash is of the number, and "007" must not be another name of 7.
        if str(int(match[1])) == match[1] and fits(secret, "delivery", match[2].lower(), int(match[1])):
            yield int(match[1])


# --- what it says ----------------------------------------------------------------------------------------


def _away(message: Message) -> str:
    """Return the subject of an absence note or another answer by machine, "" for what is none."""
    kind = kind_of(message)
    subject = header(message, "subject")
    if kind in ("multipart/report", "message/delivery-status") or _MACHINE.search(header(message, "from")):
        return ""
    submitted = header(message, "auto-submitted").lower()
    if submitted.startswith("auto-replied") and not _RETURNED.search(subject):
        return subject or "auto-replied"
    marked = any(message.get(name) for name in ("x-autoreply", "x-autorespond", "x-autoresponse"))
    marked = marked or header(message, "precedence").lower() in ("auto_reply", "auto-reply")
    if marked or (_AWAY.search(subject) and not _RETURNED.search(subject)):
        return subject or "auto-replied"
    return ""


def _complaint(message: Message, head: Sequence[str], which: Judged) -> tuple[Judged, ...]:  # noqa: ARG001 - one shape
    """Read a feedback report (RFC 5965): somebody pressed "this is spam"."""
    for part in parts(message):
        if kind_of(part) != "message/feedback-report":
            continue
        fields = _fields(part)
        kind = fields.get("feedback-type", "").lower()
        # Reports about failed proofs, and "this is no spam", are no complaints.
        is_one = kind in ("", "abuse", "fraud", "other", "virus", "opt-out", "miscategorized", "spam")
        return (
            replace(
                which,
                kind=EventKind.COMPLAINED if is_one else None,
                why=f"{which.why}arf",
                address=address_in(fields.get("original-rcpt-to", "")),
                text=one_line(kind or "abuse"),
            ),
        )
    if header(message, "subject").lower().startswith("complaint about message from"):  # Outlook's own older shape
        return (replace(which, kind=EventKind.COMPLAINED, why=f"{which.why}arf", text="abuse"),)
    return ()


def _fields(part: Message) -> dict[str, str]:
    """Return the fields of a report, which the standard library keeps as a message inside, or as text."""
    inner = inside(part)
    return _named(inner[0]) if inner else _fields_of(words(part))


def _named(part: Message) -> dict[str, str]:
    return {name.lower(): one_line(str(value)) for name, value in part.items()[:50]}


def _report(message: Message, head: Sequence[str], which: Judged) -> tuple[Judged, ...]:  # noqa: ARG001 - one shape
    """Read a delivery report (RFC 3464), one for each recipient that it names."""
    found: list[Judged] = []
    for part in parts(message):
        if kind_of(part) in ("message/delivery-status", "message/global-delivery-status"):
            found += [_recipient(fields, which) for fields in _groups(part)]
    found = found[:_MOST_RECIPIENTS]
    if len(found) == 1:
        return (_explained(message, found[0]),)
    return tuple(replace(each, alone=False) for each in found)


def _groups(part: Message) -> Iterator[dict[str, str]]:
    """Yield the groups of fields about one recipient each."""
    inner = inside(part)
    encoded = str(part.get("content-transfer-encoding", "")).strip().lower() in ("base64", "quoted-printable")
    found: Iterable[dict[str, str]]
    if inner and not encoded:
        found = map(_named, inner)
    else:
        found = (_fields_of(block) for block in re.split(r"\r?\n[ \t]*\r?\n", _status_text(part)))
    for number, fields in enumerate(found):
        if number > _MOST_RECIPIENTS:
            return
        if fields.keys() & {"final-recipient", "original-recipient", "action"}:
            yield fields


def _status_text(part: Message) -> str:
    """Return a report's part as text, decoded. The standard library takes its encoded lines for fields of their own."""
    inner = inside(part)
    if not inner:
        return words(part)
    raw = Message()
    raw["Content-Transfer-Encoding"] = str(part.get("content-transfer-encoding", ""))
    raw.set_payload("\n".join(map(_block, inner[: _MOST_RECIPIENTS + 1])))
    return words(raw)


def _block(part: Message) -> str:
    """Return a message as it was written, as far as it is read."""
    lines = [f"{name}: {one_line(str(value))}" for name, value in part.items()[:50]]
    return "\n".join([*lines, "", words(part)])


def _fields_of(block: str) -> dict[str, str]:
    lines = (line.partition(":") for line in block[:TEXT_CHARACTERS].splitlines()[:200])
    return {name.strip().lower(): one_line(value) for name, mark, value in lines if mark}


def _recipient(fields: dict[str, str], which: Judged) -> Judged:
    action = fields.get("action", "").partition(" ")[0].lower()
    text = fields.get("diagnostic-code", "").partition(";")[2].strip() or fields.get("diagnostic-code", "")
    status = _status(fields.get("status", ""), text)
    kind = None
    if action in ("failed", "expired", "") and not status.startswith("2."):
        kind = _hard_or_soft(status, text)
    return replace(
        which,
        kind=kind,
        why=f"{which.why}dsn {one_line(action)[:20]}".rstrip(),
        # Whom we wrote to comes first: the other is where it was sent on to.
        address=address_in(fields.get("original-recipient", "")) or address_in(fields.get("final-recipient", "")),
        status=status,
        text=text,
    )


def _status(said: str, text: str) -> str:
    """Return the status; the server's own words win over a report's vague "5.0.0"."""
    told, inside = _STATUS.search(said), _STATUS.search(text)
    if told and inside and told[1].endswith(".0.0") and told[1][0] == inside[1][0]:
        return inside[1]
    return (told or inside or [None, ""])[1] or ""


def _explained(message: Message, found: Judged) -> Judged:
    """Look into the text above a report that gives no reason: some servers say it only to people."""
    if found.kind is None or found.text:
        return found
    text = _telling(text_of(message))
    status = found.status if not found.status.endswith(".0.0") else _status(found.status, text)
    return replace(found, kind=_hard_or_soft(status, text), status=status, text=text)


def _hard_or_soft(status: str, text: str) -> EventKind:
    code = _CODE.search(text)
    for_good = is_for_good(int(code[1]) if code else None, status, text)
    return EventKind.HARD if for_good else EventKind.SOFT


def _leaving(message: Message, head: Sequence[str], which: Judged) -> tuple[Judged, ...]:
    """Read a mail of who wants to leave: sent to the plus address, or with the subject that the letter proposes."""
    if kind_of(message) == "multipart/report" or header(message, "auto-submitted").lower() not in ("", "no"):
        return ()
    found = _LEAVE_ADDRESS.search("\n".join(head)) or _LEAVE_SUBJECT.fullmatch(header(message, "subject"))
    if found is None:
        return ()
    return (replace(which, kind=EventKind.LEFT, why="leave", delivery=None, letter=None, token=found[1]),)


def _odd(message: Message, which: Judged, beginning: Message) -> tuple[Judged, ...]:
    """Read bounces that follow no standard: by the shapes that flufl.bounce knows, else by their words."""
    text = text_of(message)
    temporary, permanent = _known_shapes(beginning)
    named = sorted(permanent or temporary)[:_MOST_RECIPIENTS]
    if named:
        line = _telling(text)
        status = _status("", line)
        kind = _hard_or_soft(status, line) if permanent else EventKind.SOFT
        found = [
            replace(which, kind=kind, why=f"{which.why}odd", address=one_line(each), status=status, text=line)
            for each in named
        ]
        return tuple(replace(each, alone=len(found) == 1) for each in found)
    subject, sender = header(message, "subject"), f"{header(message, 'from')} {header(message, 'return-path')}"
    by_machine = bool(_MACHINE.search(sender)) or bool(_RETURNED.search(subject))
    if by_machine and which.why == "verp " and _RETURNED.search(f"{subject} {text[:4000]}"):
        line = _telling(text)
        status = _status("", line)
        return (replace(which, kind=_hard_or_soft(status, line), why=f"{which.why}text", status=status, text=line),)
    if by_machine:
        return (replace(which, why=f"{which.why}unread", text=subject),)
    return (replace(which, kind=EventKind.REPLIED, why=f"{which.why}reply", text=subject),)


def _known_shapes(message: Message) -> tuple[set[str], set[str]]:
    """Return who failed for now and for good as flufl.bounce sees it; nobody where it stumbles over the mail."""
    # It writes a stack for each detector that stumbles over bytes of strangers: nobody can do anything about it.
    logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)
    try:
        temporary, permanent = all_failures(message)
    except Exception:  # noqa: BLE001 - seventeen detectors meet bytes of strangers; which error they end in says nothing
        return set(), set()
    return tuple({address_in(each.decode("latin-1")) for each in found} - {""} for found in (temporary, permanent))  # type: ignore[return-value]


def _telling(text: str) -> str:
    """Return the line of a text that says most about why."""
    lines = [line for line in map(one_line, text.splitlines()[:300]) if line]
    for pattern in (re.compile(r"[45]\d\d[ -].{0,20}[45]\.\d+\.\d+"), _STATUS, _SAYS):
        for line in lines:
            if pattern.search(line):
                return line
    return lines[0] if lines else ""
