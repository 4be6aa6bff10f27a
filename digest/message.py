"""Turns a drawn letter into the bytes that leave.

The message is built once per issue, in full, and cut where a subscriber's own values go; each letter is then a join
of ready pieces. List headers are written as raw bytes: the standard library folds long addresses in them into
encoded words, and mail programs then hide the button that leaves the list.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.utils import format_datetime
from enum import StrEnum
from functools import lru_cache
from html import escape
from typing import TypeVar

from campaign.mailboxes import ascii_domain
from campaign.records import NodeRef
from campaign.settings import NewsletterSettings
from digest import headers
from digest.encoding import quoted_printable, soft_break
from digest.letter import Letter
from digest.marks import ALL, CHOSEN, QUIET, Marks, Piece, marks_of
from digest.pictures import MailPicture
from digest.render import Rendered

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
    AREAS_HTML = "areas_html"
    AREAS_TEXT = "areas_text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Only:
    """A piece for those who chose an area (its node), or one of ``digest.marks``' numbers."""

    area: int
    piece: bytes | Slot


#: What stands in a master, in order.
Part = bytes | Slot | Only

_P = TypeVar("_P", Part, bytes | Slot)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One subscriber's values. ``leave_url`` with its brackets is at most 76 letters; ``sent_at`` is this attempt's.
    ``areas`` are the nodes of the focus areas that they chose, none for all.
    """

    address: str
    message_id: str
    leave_url: str
    leave_mail: str
    delivery: str
    sent_at: datetime
    areas: tuple[int, ...] = ()


#: A variant as it is joined: pieces with holes, and which value goes into which hole.
_Variant = tuple[list[bytes], tuple[tuple[int, int], ...]]

#: Where each of a recipient's own values stands among those that ``join`` makes.
_VALUES = {
    slot: number
    for number, slot in enumerate(
        (Slot.TO, Slot.DATE, Slot.MESSAGE_ID, Slot.LEAVE, Slot.LEAVE_MAIL, Slot.DELIVERY, Slot.LEAVE_BODY)
    )
}
_MOST_VARIANTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Master:
    """A finished message cut at its slots: bytes, slots and what only some get, in order.

    ``areas`` are the focus areas that can be chosen, by node and title, also those of which it tells nothing.
    """

    pieces: tuple[Part, ...]
    areas: tuple[tuple[int, str], ...] = ()
    _variants: dict[tuple[int, ...], _Variant] = field(default_factory=dict, init=False, repr=False, compare=False)

    def join(self, to: Recipient) -> bytes:
        """Return one subscriber's message, ready for the server, without the areas that they did not choose."""
        variant = self._variants.get(to.areas)
        ready, holes = variant if variant is not None else self._vary(to.areas)
        values = (
            to.address.encode("ascii"),
            _date(to.sent_at),
            to.message_id.encode("ascii"),
            to.leave_url.encode("ascii"),
            to.leave_mail.encode("ascii"),
            to.delivery.encode("ascii"),
            _in_body(to.leave_url),
        )
        parts = ready.copy()
        for hole, value in holes:
            parts[hole] = values[value]
        return b"".join(parts)

    def _vary(self, wanted: tuple[int, ...]) -> _Variant:
        """Return the letter of all who chose the same areas; choices that no area answers to are as none."""
        titles = [title for node, title in self.areas if node in wanted]
        chosen = {node for node, _ in self.areas if node in wanted}
        told = {each.area for each in self.pieces if isinstance(each, Only)} & chosen
        asked = (chosen | {CHOSEN} | (set() if told else {QUIET})) if chosen else set()
        filled = {
            Slot.AREAS_HTML: soft_break(quoted_printable(escape(", ".join(titles)))),
            Slot.AREAS_TEXT: soft_break(quoted_printable(", ".join(titles))),
        }
        parts: list[bytes | Slot] = []
        for each in self.pieces:
            if not isinstance(each, Only):
                parts.append(each)
            elif each.area in asked or (each.area > ALL and not chosen):
                parts.append(filled.get(each.piece, each.piece) if isinstance(each.piece, Slot) else each.piece)
        merged = _merged(parts)
        variant = (
            [b"" if isinstance(each, Slot) else each for each in merged],
            tuple((number, _VALUES[each]) for number, each in enumerate(merged) if isinstance(each, Slot)),
        )
        if len(self._variants) >= _MOST_VARIANTS:
            self._variants.clear()
        self._variants[wanted] = variant
        return variant

    def keep(self) -> bytes:
        """Return the master as bytes that ``from_kept`` understands."""
        areas = [b"n%d:%s" % (node, title.encode()) for node, title in self.areas]
        return b"\x00".join([*areas, *map(_kept, self.pieces)])


def _kept(piece: Part) -> bytes:
    if isinstance(piece, Only):
        return b"o%d:%s" % (piece.area, _kept(piece.piece))
    return b"s" + piece.encode() if isinstance(piece, Slot) else b"b" + piece


def _in_body(url: str) -> bytes:
    """Return a leave link as it stands in a body, on a line of its own."""
    if len(url) < 76 and "=" not in url and url.isascii() and url.isprintable():
        return url.encode("ascii") + b"=\r\n"
    return soft_break(quoted_printable(url))


@lru_cache(maxsize=16)
def _date(sent_at: datetime) -> bytes:
    """Return a moment as the Date header has it; letters that leave together share it."""
    return format_datetime(sent_at.astimezone(UTC)).encode("ascii")


def from_kept(kept: bytes) -> Master:
    """Return the master that ``keep`` wrote. Mail holds no NUL, so it can stand between the pieces."""
    pieces, areas = [], []
    for each in kept.split(b"\x00"):
        if each[:1] == b"n":
            node, _, title = each[1:].partition(b":")
            areas.append((int(node), title.decode()))
        else:
            pieces.append(_piece(each))
    return Master(pieces=tuple(pieces), areas=tuple(areas))


def _piece(kept: bytes) -> Part:
    if kept[:1] == b"o":
        area, _, inner = kept[1:].partition(b":")
        piece = _piece(inner)
        assert not isinstance(piece, Only)
        return Only(area=int(area), piece=piece)
    return Slot(kept[1:].decode()) if kept[:1] == b"s" else kept[1:]


def build_master(
    letter: Letter,
    rendered: Rendered,
    newsletter: NewsletterSettings,
    *,
    pictures: Mapping[str, MailPicture],
    issue_id: int,
    subject: str = "",
    areas: Sequence[NodeRef] = (),
) -> Master:
    """Return the issue's message for everybody. ``pictures`` are embedded, by their content id without brackets.

    ``subject`` replaces the letter's own, for tests that must not be mistaken for the issue. ``areas`` are the focus
    areas that subscribers can choose.
    """
    marks = marks_of(letter)
    top, related = f"=_skord-{issue_id}-a", f"=_skord-{issue_id}-b"
    pieces: list[Part] = [
        *_headers(letter, newsletter, issue_id, subject or letter.subject),
        f'Content-Type: multipart/alternative; boundary="{top}"\r\n\r\n'.encode(),
        f"--{top}\r\n".encode(),
        *_text_part("plain", rendered.text_pieces or (Piece(text=rendered.text),), marks),
        f"\r\n--{top}\r\n".encode(),
    ]
    if pictures:
        pieces.append(f'Content-Type: multipart/related; type="text/html"; boundary="{related}"\r\n\r\n'.encode())
        pieces.append(f"--{related}\r\n".encode())
    pieces += _text_part("html", rendered.html_pieces or (Piece(text=rendered.html),), marks)
    for content_id, picture in pictures.items():
        part = f"\r\n--{related}\r\n".encode() + _picture_part(content_id, picture)
        homes = {piece.area for piece in rendered.html_pieces if f'"cid:{content_id}"' in piece.text}
        home = homes.pop() if len(homes) == 1 else ALL
        # A picture of a section that is left out is left out too: some mail programs show strays as attachments.
        pieces.append(Only(area=home, piece=part) if home else part)
    if pictures:
        pieces.append(f"\r\n--{related}--\r\n".encode())
    pieces.append(f"\r\n--{top}--\r\n".encode())
    return Master(pieces=_merged(pieces), areas=tuple((area.id, headers.one_line(area.title)) for area in areas))


def sender(newsletter: NewsletterSettings) -> Address:
    """Return who the letter is from; the domain in the form that mail can carry."""
    return Address(
        display_name=headers.one_line(newsletter.sender_name), addr_spec=ascii_address(newsletter.sender_address)
    )


def ascii_address(address: str) -> str:
    """Return an address with its domain in ASCII ("å.se" becomes "xn--…"). Raises UnicodeError for other letters."""
    local, _, domain = address.strip().rpartition("@")
    local.encode("ascii")
    # The domain alone: the standard library would write it as an encoded word, which no server understands.
    return f"{local}@{ascii_domain(domain)}"


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
    writer = sender(newsletter)
    top = [
        ("From", headers.mailbox("From", writer.display_name, writer.addr_spec)),
        ("Reply-To", ascii_address(newsletter.reply_to or letter.contact).encode("ascii")),
        ("Subject", headers.unstructured("Subject", subject)),
    ]
    owner = ascii_address(letter.contact)
    raw = [
        ("MIME-Version", b"1.0"),
        ("Content-Language", letter.language.encode()),
        ("List-Id", list_id(newsletter)),
        ("List-Unsubscribe-Post", b"List-Unsubscribe=One-Click"),
        *_page("List-Archive", letter.links.archive),
        *_page("List-Help", letter.links.about),
        *_page("List-Subscribe", letter.links.subscribe),
        ("List-Owner", f"<mailto:{owner}>".encode()),
        *_page("Archived-At", letter.links.web),
        ("Auto-Submitted", b"auto-generated"),
        ("Precedence", b"bulk"),
        ("Feedback-ID", f"i{issue_id}:{letter.newsletter}:{letter.campaign}:skord".encode("ascii", "replace")),
        ("X-Skord-Issue", str(issue_id).encode()),
    ]
    return [
        b"".join(name.encode() + b": " + value + b"\r\n" for name, value in top),
        b"To: <", Slot.TO,
        b">\r\nDate: ", Slot.DATE,
        b"\r\nMessage-ID: ", Slot.MESSAGE_ID,
        b"\r\nList-Unsubscribe: <", Slot.LEAVE, b">,\r\n <", Slot.LEAVE_MAIL, b">",
        b"\r\nX-Skord-Delivery: ", Slot.DELIVERY, b"\r\n",
        *(name.encode() + b": " + value + b"\r\n" for name, value in raw),
    ]  # fmt: skip


def _page(name: str, url: str) -> list[tuple[str, bytes]]:
    """Return a header that names a page; none for an address so long that mail programs would fold it."""
    written = headers.page(url)
    return [(name, written)] if len(written) <= headers.LONGEST_ADDRESS else []


def _text_part(subtype: str, body: Sequence[Piece], marks: Marks) -> list[Part]:
    """Return a text part in quoted-printable, cut at the leave link, the names of areas and what only some get.

    Whatever may be left out or filled in ends with a line end, so that any of it can follow any other.
    """
    head = (
        f'Content-Type: text/{subtype}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n"
        "Content-Disposition: inline\r\n\r\n"
    ).encode()
    names = Slot.AREAS_HTML if subtype == "html" else Slot.AREAS_TEXT
    slots = {marks.leave: Slot.LEAVE_BODY, marks.names: names}
    cuts = re.compile("(" + "|".join(map(re.escape, slots)) + ")")
    pieces: list[Part] = [head]
    for number, piece in enumerate(body, 1):
        parts = [part for part in cuts.split(piece.text) if part]
        for place, part in enumerate(parts, 1):
            encoded: bytes | Slot = slots[part] if part in slots else quoted_printable(part)
            is_last = number == len(body) and place == len(parts)
            if isinstance(encoded, bytes) and not is_last and not encoded.endswith(b"\r\n"):
                encoded = soft_break(encoded)
            pieces.append(Only(area=piece.area, piece=encoded) if piece.area else encoded)
    return pieces


def _picture_part(content_id: str, picture: MailPicture) -> bytes:
    head = (
        f"Content-Type: image/{picture.subtype}\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        f"Content-ID: <{content_id}>\r\n"
        f'Content-Disposition: inline; filename="{content_id.partition("@")[0]}.{picture.subtype}"\r\n\r\n'
    )
    return head.encode("ascii") + base64.encodebytes(picture.data).replace(b"\n", b"\r\n").rstrip(b"\r\n")


def _merged(pieces: Sequence[_P]) -> tuple[_P, ...]:
    """Return the pieces with neighbouring bytes joined, so that a letter is few of them."""
    merged: list[_P] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        # A slot is a str, never bytes.
        if isinstance(piece, bytes) and isinstance(last, bytes):
            merged[-1] = last + piece
        else:
            merged.append(piece)
    return tuple(merged)
