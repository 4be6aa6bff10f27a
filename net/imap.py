"""The only way out to a mailbox: read-only, guarded, bounded in time and bytes. Nothing is ever marked as read.

``imaplib`` speaks the protocol; how bytes come in is ours, because it waits for as long and reads as much as the
other side wants. Whatever fails is a CollectError whose key begins with ``mailbox_``.
"""

from __future__ import annotations

import binascii
import imaplib
import re
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from types import TracebackType
from typing import Any, Self

from campaign.errors import CollectError
from net.guard import Guard, is_public

SECURITIES = ("tls", "starttls", "none")
PORTS = {"tls": 993, "starttls": 143, "none": 143}

TOTAL_SECONDS = 120.0
STEP_SECONDS = 30.0
MOST_BYTES = 100_000_000
"""What one connection takes in, all answers together."""

_LONGEST_LINE = 12_000_000  # a search in a mailbox of a million messages answers with one line
_MONTHS = {name: at for at, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), start=1)}
_UID, _SIZE = re.compile(rb"\bUID (\d{1,10})\b"), re.compile(rb"\bRFC822\.SIZE (\d{1,12})\b")
_DATE = re.compile(
    rb'\bINTERNALDATE "([ \d]\d)-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"', re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Where a mailbox is and how to get in. With ``bearer`` the secret is an access token and not a password."""

    host: str
    port: int
    user: str
    secret: str = field(repr=False)
    security: str = "tls"
    bearer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One message as the server describes it. ``arrived_at`` is when the server took it, None where it does not say.

    ``content`` is what was asked for: its header, or all of it.
    """

    uid: int
    size: int
    arrived_at: datetime | None
    content: bytes = field(repr=False)


class Mailbox:
    """One folder, opened for reading alone. Not to be shared between threads; close it after use, or use ``with``."""

    def __init__(self, imap: _Imap, *, validity: int) -> None:
        self._imap = imap
        self.validity = validity
        """Changes when the server has numbered its messages anew; older numbers then mean nothing."""

    def uids_after(self, last: int) -> list[int]:
        """Return the numbers of the messages that came after ``last``, the oldest first."""
        found = self._ask("SEARCH", f"UID {last + 1}:*")
        numbers = (int(each) for line in found if isinstance(line, bytes) for each in line.split() if each.isdigit())
        # "n:*" names the last message even where its number is below n.
        return sorted({number for number in numbers if number > last})

    def headers(self, uids: Sequence[int]) -> list[Item]:
        """Return the headers of these messages, in their order; those that have gone meanwhile are missing."""
        return self._fetch(uids, "(UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER])")

    def message(self, uid: int) -> Item | None:
        """Return a whole message; None where it has gone meanwhile."""
        found = self._fetch([uid], "(UID RFC822.SIZE INTERNALDATE BODY.PEEK[])")
        return found[0] if found else None

    def beginning(self, uid: int, most: int) -> Item | None:
        """Return a message up to so many bytes; None where it has gone meanwhile."""
        found = self._fetch([uid], f"(UID RFC822.SIZE INTERNALDATE BODY.PEEK[]<0.{most}>)")
        return found[0] if found else None

    def close(self) -> None:
        """Say goodbye where somebody still listens, and close."""
        with _closing():
            self._imap.logout()
        self._imap.drop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, command: str, *words: str) -> list[Any]:
        with _told(self._imap.login_to):
            kind, found = self._imap.uid(command, *words)
            if kind != "OK":
                raise CollectError("mailbox_lost", host=self._imap.host)
            return list(found)

    def _fetch(self, uids: Sequence[int], what: str) -> list[Item]:
        if not uids:
            return []
        wanted = set(uids)
        items = _items(self._ask("FETCH", ",".join(map(str, uids)), what))
        return sorted((item for item in items if item.uid in wanted), key=lambda item: item.uid)


def open(  # the module is read as imap.open
    login: Login,
    folder: str,
    *,
    guard: Guard,
    tls: ssl.SSLContext | None = None,
    total_seconds: float = TOTAL_SECONDS,
    step_seconds: float = STEP_SECONDS,
    most_bytes: int = MOST_BYTES,
) -> Mailbox:
    """Connect, encrypt, log in, and open a folder for reading alone.

    ``total_seconds`` is for the connection's whole life, ``step_seconds`` for each wait; ``tls`` replaces which
    certificates are trusted. Raises CollectError.
    """
    with _told(login):
        imap = _Imap(
            login, guard, tls, deadline=time.monotonic() + total_seconds, step=step_seconds, most_bytes=most_bytes
        )
    try:
        with _told(login):
            if login.security == "starttls":
                imap.encrypt()
            imap.enter()
            return Mailbox(imap, validity=imap.look_into(folder))
    except BaseException:
        imap.drop()
        raise


class _Imap(imaplib.IMAP4):
    """imaplib with our own way of taking bytes in: never longer than the deadline, never more than the limit."""

    def __init__(
        self, login: Login, guard: Guard, tls: ssl.SSLContext | None, *, deadline: float, step: float, most_bytes: int
    ) -> None:
        self.login_to = login
        self._guard = guard
        self._tls = tls
        self._deadline = deadline
        self._step = step
        self._left = most_bytes
        self._buffer = bytearray()
        super().__init__(_ascii_host(login.host), login.port)

    def _create_socket(self, timeout: float | None) -> socket.socket:  # noqa: ARG002 - imaplib's signature
        login = self.login_to
        addresses = self._guard.addresses(self.host, self.port, seconds=self._wait())
        if login.security == "none":
            # A password in clear is for this machine, or for where the configuration expressly allows to go.
            addresses = [address for address in addresses if not is_public(address)]
            if not addresses:
                raise CollectError("mailbox_unencrypted", permanent=True, host=login.host)
        plain = self._connected(addresses)
        if login.security != "tls":
            return plain
        try:
            return self._context().wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise

    def _connected(self, addresses: Sequence[str]) -> socket.socket:
        for number, address in enumerate(addresses[:4], start=1):
            try:
                return socket.create_connection((address, self.port), self._wait())
            except OSError:
                if number == len(addresses[:4]):
                    raise
        raise AssertionError("unreachable")

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
        return self._tls

    def _wait(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return min(left, self._step)

    def _more(self) -> None:
        self.sock.settimeout(self._wait())
        piece = self.sock.recv(65536)
        if not piece:
            raise self.abort("the line was closed")
        self._left -= len(piece)
        if self._left < 0:
            raise CollectError("mailbox_flood", host=self.host)
        self._buffer += piece

    def read(self, size: int) -> bytes:
        """Return exactly so many bytes."""
        if size > self._left + len(self._buffer):
            raise CollectError("mailbox_flood", host=self.host)
        while len(self._buffer) < size:
            self._more()
        return self._taken(size)

    def readline(self) -> bytes:
        """Return the next line with its end."""
        seen = 0
        while (end := self._buffer.find(b"\n", seen)) < 0:
            seen = len(self._buffer)
            if seen > _LONGEST_LINE:
                raise CollectError("mailbox_flood", host=self.host)
            self._more()
        return self._taken(end + 1)

    def _taken(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def encrypt(self) -> None:
        """Go on encrypted. What the server said before that counts for nothing."""
        if "STARTTLS" not in self.capabilities:
            raise CollectError("mailbox_no_starttls", permanent=True, host=self.host)
        kind, _ = self._simple_command("STARTTLS")
        if kind != "OK" or self._buffer:
            # Bytes that came in clear behind the answer would be read as if they had been encrypted.
            raise CollectError("mailbox_no_starttls", permanent=True, host=self.host)
        self.sock = self._context().wrap_socket(self.sock, server_hostname=self.host)
        self.file.close()
        self.file = self.sock.makefile("rb")
        self.untagged_responses = {}
        self._get_capabilities()

    def enter(self) -> None:
        """Log in."""
        login = self.login_to
        user, secret = (re.sub(r"[\x00\r\n]", "", each) for each in (login.user, login.secret))
        try:
            if login.bearer:
                self._bearer(user, secret)
            elif "AUTH=PLAIN" in self.capabilities:
                self.authenticate("PLAIN", lambda _: f"\0{user}\0{secret}".encode())
            elif "LOGINDISABLED" in self.capabilities or not (user + secret).isascii():
                raise CollectError("mailbox_no_password_login", permanent=True, host=self.host)
            else:
                self.login(user, secret)
        except self.abort:
            raise
        except self.error as refused:
            raise self._refused(str(refused)) from None  # its words may repeat what was sent

    def _bearer(self, user: str, secret: str) -> None:
        answers = iter([f"user={user}\1auth=Bearer {secret}\1\1".encode()])
        # A refusal comes as one more question, which wants an empty answer.
        self.authenticate("XOAUTH2", lambda _: next(answers, b""))

    def _refused(self, words: str) -> CollectError:
        if "AUTH=XOAUTH2" in self.capabilities and not self.login_to.bearer:
            return CollectError("mailbox_wants_oauth", permanent=True, host=self.host)
        if re.search(r"\[(UNAVAILABLE|INUSE|LIMIT)\]", words):
            return CollectError("mailbox_busy", host=self.host)
        return CollectError("mailbox_bad_login", permanent=True, host=self.host)

    def look_into(self, folder: str) -> int:
        """Open a folder for reading alone and return its UIDVALIDITY."""
        kind, _ = self.select(quoted(folder), readonly=True)
        if kind != "OK":
            raise CollectError("mailbox_no_folder", permanent=True, host=self.host, folder=folder)
        told = self.response("UIDVALIDITY")[1]
        value = told[-1] if told else None
        if not isinstance(value, bytes) or not value.isdigit():
            raise CollectError("mailbox_lost", host=self.host)
        return int(value)

    def drop(self) -> None:
        """Close the line whatever state it is in."""
        with _closing():
            self.shutdown()


def _closing() -> suppress:
    """Let a goodbye fail: everything that was asked for has its answer already."""
    return suppress(OSError, ValueError, imaplib.IMAP4.error, CollectError)


@contextmanager
def _told(login: Login) -> Iterator[None]:
    """Name what went wrong on the line."""
    host, port = login.host, login.port
    try:
        yield
    except CollectError:
        raise
    except ssl.SSLError as error:
        reason = str(getattr(error, "verify_message", "") or error.reason or "")[:200]
        raise CollectError("mailbox_tls", host=host, port=port, reason=reason) from error
    except TimeoutError as error:
        raise CollectError("mailbox_slow", host=host) from error
    except OSError as error:
        raise CollectError("mailbox_unreachable", host=host, port=port) from error
    except (imaplib.IMAP4.error, ValueError, TypeError, IndexError, AttributeError, RecursionError) as error:
        # imaplib believes what it reads: an answer that fits no pattern surfaces as any of these.
        raise CollectError("mailbox_lost", host=host) from error


def quoted(folder: str) -> str:
    """Return a folder's name as the protocol wants it: in its own UTF-7, between quotes."""
    pieces = [
        piece.replace("&", "&-") if piece.isascii() else _shifted(piece)
        for piece in re.findall(r"[\x20-\x7e]+|[^\x20-\x7e]+", folder)
    ]
    return '"' + "".join(pieces).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _shifted(piece: str) -> str:
    wide = piece.replace("\r", "").replace("\n", "").encode("utf-16-be")
    return "&" + binascii.b2a_base64(wide, newline=False).decode().rstrip("=").replace("/", ",") + "-"


def _items(found: list[Any]) -> list[Item]:
    """Return what a FETCH answered. A message's facts stand before its content, and some servers put them behind it."""
    groups: list[tuple[bytes, bytes]] = []
    for piece in found:
        if isinstance(piece, tuple) and len(piece) == 2:
            groups.append((bytes(piece[0]), bytes(piece[1])))
        elif isinstance(piece, bytes) and groups:
            facts, content = groups[-1]
            groups[-1] = (facts + b" " + piece, content)
    return [item for facts, content in groups if (item := _item(facts, content)) is not None]


def _item(facts: bytes, content: bytes) -> Item | None:
    uid, size = _UID.search(facts), _SIZE.search(facts)
    if uid is None:
        return None
    return Item(
        uid=int(uid[1]),
        size=int(size[1]) if size else len(content),
        arrived_at=_moment(facts),
        content=content,
    )


def _moment(facts: bytes) -> datetime | None:
    match = _DATE.search(facts)
    if match is None:
        return None
    day, month, year, hour, minute, second, sign, hours, minutes = match.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == b"-" else 1)
    try:
        found = datetime(
            int(year), _MONTHS[month.title()], int(day), int(hour), int(minute), min(int(second), 59),
            tzinfo=timezone(offset),
        )  # fmt: skip
        return found.astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        return None


def _ascii_host(host: str) -> str:
    """Return a host in ASCII, as certificates name it; as it stands where it cannot be one."""
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return host
