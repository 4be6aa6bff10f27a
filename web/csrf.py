"""Every form of the desk carries a token bound to the login that it was made for; others are refused."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from starlette.requests import Request

#: The field that carries the token, and the header that scripts send it in.
FIELD = "token"
HEADER = "x-skord-token"


def make_token(secret: bytes, bound_to: str) -> str:
    """Return the token for everything that one login (its key) may send."""
    return hmac.new(secret, b"desk form\0" + bound_to.encode(), hashlib.sha256).hexdigest()


def is_ours(request: Request, given: str, *, secret: bytes, bound_to: str) -> bool:
    """Return whether a request was made from a page of ours, for this login.

    The browser's own word on where it came from is believed where it says "elsewhere"; it never replaces the token.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    return bool(bound_to) and hmac.compare_digest(make_token(secret, bound_to).encode(), given.encode())


def new_binding() -> str:
    """Return something random to bind a form to while nobody has logged in."""
    return secrets.token_urlsafe(24)
