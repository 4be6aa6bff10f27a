"""Turns a drawn letter into the bytes that leave.

The message is built once per issue, in full, and cut where a subscriber's own values go; each letter is then a join
of ready pieces. List headers are written as raw bytes: the standard library folds long addresses in them into
encoded words, and mail programs then hide the button that leaves the list.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from functools import lru_cache

from campaign.settings import NewsletterSettings
from digest.encoding import quoted_printable, soft_break
from digest.letter import Letter
from digest.pictures import MailPicture
from digest.render import LEAVE_MARK, Rendered

#: With its brackets 76: longer ones are folded into what mail programs do not read.
_LONGEST_URI = 74
_ASCII_PHRASE = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]+")


class Slot(StrEnum):
    """What differs between two subscribers' letters."""

    TO = "to"
    DATE = "date"
    MESSAGE_ID = "message_id"
    LEAVE = "leave"
    LEAVE_MAIL = "leave_mail"
    DELIVERY = "delivery"
    LEAVE_BODY = "leave_body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One subscriber's values. ``leave_url`` with its brackets is at most 76 letters; ``sent_at`` is this attempt's."""

    address: str
    message_id: str
    leave_url: str
    leave_mail: str
    delivery: str
    sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Master:
    """A finished message cut at its slots: bytes and slots in turn, in order."""

    pieces: tuple[bytes | Slot, ...]

    def join(self, to: Recipient) -> bytes:
        """Return one subscriber's message, ready for the server."""
        values = {
            Slot.TO: to.address.encode("ascii"),
            Slot.DATE: _date(to.sent_at),
            Slot.MESSAGE_ID: to.message_id.encode("ascii"),
            Slot.LEAVE: to.leave_url.encode("ascii"),
            Slot.LEAVE_MAIL: to.leave_mail.encode("ascii"),
            Slot.DELIVERY: to.delivery.encode("ascii"),
            Slot.LEAVE_BODY: soft_break(quoted_printable(to.leave_url)),
        }
        return b"".join([values[piece] if isinstance(piece, Slot) else piece for piece in self.pieces])

    def keep(self) -> bytes:
        """Return the master as bytes that ``from_kept`` understands."""
        return b"\x00".join(b"s" + piece.encode() if isinstance(piece, Slot) else b"b" + piece for piece in self.pieces)


@lru_cache(maxsize=16)
def _date(sent_at: datetime) -> bytes:
    """Return a moment as the Date header has it; letters that leave together share it."""
    return format_datetime(sent_at.astimezone(UTC)).encode("ascii")


def from_kept(kept: bytes) -> Master:
    """Return the master that ``keep`` wrote. Mail holds no NUL, so it can stand between the pieces."""
    return Master(
        pieces=tuple(Slot(piece[1:].decode()) if piece[:1] == b"s" else piece[1:] for piece in kept.split(b"\x00"))
    )


def build_master(
    letter: Letter,
    rendered: Rendered,
    newsletter: NewsletterSettings,
    *,
    pictures: Mapping[str, MailPicture],
    issue_id: int,
    subject: str = "",
) -> Master:
    """Return the issue's message for everybody. ``pictures`` are embedded, by their content id without brackets.

    ``subject`` replaces the letter's own, for tests that must not be mistaken for the issue.
    """
    top, related = f"=_skord-{issue_id}-a", f"=_skord-{issue_id}-b"
    pieces: list[bytes | Slot] = [
        *_headers(letter, newsletter, issue_id, subject or letter.subject),
        f'Content-Type: multipart/alternative; boundary="{top}"\r\n\r\n'.encode(),
        f"--{top}\r\n".encode(),
        *_text_part("plain", rendered.text),
        f"\r\n--{top}\r\n".encode(),
    ]
    if pictures:
        pieces.append(f'Content-Type: multipart/related; type="text/html"; boundary="{related}"\r\n\r\n'.encode())
        pieces.append(f"--{related}\r\n".encode())
    pieces += _text_part("html", rendered.html)
    for content_id, picture in pictures.items():
        pieces += [f"\r\n--{related}\r\n".encode(), _picture_part(content_id, picture)]
    if pictures:
        pieces.append(f"\r\n--{related}--\r\n".encode())
    pieces.append(f"\r\n--{top}--\r\n".encode())
    return Master(pieces=_merged(pieces))


def sender(newsletter: NewsletterSettings) -> Address:
    """Return who the letter is from; the domain in the form that mail can carry."""
    return Address(display_name=newsletter.sender_name, addr_spec=ascii_address(newsletter.sender_address))


def ascii_address(address: str) -> str:
    """Return an address with its domain in ASCII ("å.se" becomes "xn--…"). Raises UnicodeError for other letters."""
    local, _, domain = address.strip().rpartition("@")
    local.encode("ascii")
    # The domain alone: the standard library would write it as an encoded word, which no server understands.
    return f"{local}@{domain.encode('idna').decode('ascii')}"


def leave_mail(contact: str, token: str, *, bounces: str = "") -> str:
    """Return the address that leaves the list by mail, in brackets at most 76 letters where that can be.

    That is the mailbox of bounces, which is read by the program, the token after a plus sign; where there is none, or
    its name is too long, a mailbox that a person reads, the token in the subject.
    """
    if bounces:
        local, _, domain = ascii_address(bounces).rpartition("@")
        uri = f"mailto:{local}+leave.{token}@{domain}"
        if len(uri) <= _LONGEST_URI:
            return uri
    return f"mailto:{ascii_address(contact)}?subject=leave%20{token}"


def list_id(newsletter: NewsletterSettings) -> bytes:
    """Return the list's name for ever; filters depend on it. A phrase only where it needs no encoding."""
    domain = sender(newsletter).domain
    name = f"{newsletter.name} " if _ASCII_PHRASE.fullmatch(newsletter.name or "-") and newsletter.name else ""
    return f"{name}<{newsletter.id}.{domain}>".encode("ascii")


def _headers(letter: Letter, newsletter: NewsletterSettings, issue_id: int, subject: str) -> list[bytes | Slot]:
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = sender(newsletter)
    message["Reply-To"] = Address(addr_spec=ascii_address(newsletter.reply_to or letter.contact))
    message["Subject"] = _subject(subject)
    owner = ascii_address(letter.contact)
    raw = [
        ("MIME-Version", b"1.0"),
        ("Content-Language", letter.language.encode()),
        ("List-Id", list_id(newsletter)),
        ("List-Unsubscribe-Post", b"List-Unsubscribe=One-Click"),
        ("List-Archive", _bracketed(letter.links.archive)),
        ("List-Help", _bracketed(letter.links.about)),
        ("List-Subscribe", _bracketed(letter.links.subscribe)),
        ("List-Owner", f"<mailto:{owner}>".encode()),
        ("Archived-At", _bracketed(letter.links.web)),
        ("Auto-Submitted", b"auto-generated"),
        ("Precedence", b"bulk"),
        ("Feedback-ID", f"i{issue_id}:{letter.newsletter}:{letter.campaign}:skord".encode("ascii", "replace")),
        ("X-Skord-Issue", str(issue_id).encode()),
    ]
    return [
        message.as_bytes().removesuffix(b"\r\n"),
        b"To: ", Slot.TO,
        b"\r\nDate: ", Slot.DATE,
        b"\r\nMessage-ID: ", Slot.MESSAGE_ID,
        b"\r\nList-Unsubscribe: <", Slot.LEAVE, b">,\r\n <", Slot.LEAVE_MAIL, b">",
        b"\r\nX-Skord-Delivery: ", Slot.DELIVERY, b"\r\n",
        *(name.encode() + b": " + value + b"\r\n" for name, value in raw),
    ]  # fmt: skip


def _bracketed(url: str) -> bytes:
    return f"<{url}>".encode("ascii")


def _subject(subject: str) -> str:
    """Return the subject without line breaks and other control characters, which a header cannot hold."""
    return " ".join("".join(each if each.isprintable() else " " for each in subject).split())


def _text_part(subtype: str, body: str) -> list[bytes | Slot]:
    """Return a text part in quoted-printable, cut at the leave link; the link stands on lines of its own."""
    head = (
        f'Content-Type: text/{subtype}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n"
        "Content-Disposition: inline\r\n\r\n"
    ).encode()
    pieces: list[bytes | Slot] = [head]
    before, *after = body.split(LEAVE_MARK)
    pieces.append(soft_break(quoted_printable(before)) if after else quoted_printable(before))
    for number, part in enumerate(after, 1):
        encoded = quoted_printable(part)
        pieces += [Slot.LEAVE_BODY, encoded if number == len(after) else soft_break(encoded)]
    return pieces


def _picture_part(content_id: str, picture: MailPicture) -> bytes:
    head = (
        f"Content-Type: image/{picture.subtype}\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        f"Content-ID: <{content_id}>\r\n"
        f'Content-Disposition: inline; filename="{content_id.partition("@")[0]}.{picture.subtype}"\r\n\r\n'
    )
    return head.encode("ascii") + base64.encodebytes(picture.data).replace(b"\n", b"\r\n").rstrip(b"\r\n")


def _merged(pieces: Sequence[bytes | Slot]) -> tuple[bytes | Slot, ...]:
    """Return the pieces with neighbouring bytes joined, so that a letter is few of them."""
    merged: list[bytes | Slot] = []
    for piece in pieces:
        if isinstance(piece, bytes) and merged and isinstance(merged[-1], bytes) and not isinstance(merged[-1], Slot):
            merged[-1] += piece
        else:
            merged.append(piece)
    return tuple(merged)
