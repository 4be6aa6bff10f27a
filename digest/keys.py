"""Names that nobody can guess or forge, made with the installation's secret."""

from __future__ import annotations

import base64
import hashlib
import hmac


def keyed(secret: bytes, purpose: str, *parts: object, length: int = 12) -> str:
    """Return a keyed hash of the parts as ``length`` lower-case letters and digits.

    ``purpose`` separates uses, so that a hash made for one thing never fits another.
    """
    words = "\x1f".join((purpose, *(str(part) for part in parts)))
    mac = hmac.new(secret, words.encode(), hashlib.sha256).digest()
    return base64.b32encode(mac).decode().lower()[:length]


def fits(secret: bytes, purpose: str, given: str, *parts: object) -> bool:
    """Return whether a hash that came from outside is ours, in time that tells nothing."""
    return hmac.compare_digest(keyed(secret, purpose, *parts, length=len(given) or 1).encode(), given.encode())


def message_id(secret: bytes, issue_id: int, subscriber_id: int, domain: str) -> str:
    """Return the Message-ID of one issue to one subscriber, the same for every attempt."""
    mark = keyed(secret, "message", issue_id, subscriber_id)
    return f"<i{issue_id}.s{subscriber_id}.{mark}@{domain}>"


def delivery_name(secret: bytes, delivery_id: int) -> str:
    """Return what names a delivery in its headers; a bounce that brings it back is believed by its hash."""
    return f"{delivery_id}.{keyed(secret, 'delivery', delivery_id)}"


def return_path(secret: bytes, address: str, delivery_id: int) -> str:
    """Return the envelope sender of one delivery, so that whatever comes back says whose it is (VERP).

    ``address`` is the mailbox of bounces: "studs@example.se" becomes "studs+12.k3f9…@example.se".
    """
    local, _, domain = address.rpartition("@")
    return f"{local}+{delivery_name(secret, delivery_id)}@{domain}"
