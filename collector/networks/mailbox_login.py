"""How a mailbox is entered: with a password, or with an access token that is renewed before it expires.

Microsoft 365 and Google Workspace take no passwords. For them the secret is ``oauth:`` and a JSON object on one line:
``token_url``, ``client_id``, ``client_secret``, and ``refresh_token`` where a person gave consent once, or ``scope``
where the application itself may read the mailbox. An access token alone (``oauth:eyJ…``) lasts about an hour.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from campaign.errors import CollectError
from collector.networks.page import Visit, as_json
from net import imap
from net.answers import StatusError
from net.guard import Guard
from net.http import Fetcher

_EARLY = timedelta(minutes=5)
_FORM = ("client_id", "client_secret", "refresh_token", "scope")


def login(visit: Visit) -> imap.Login:
    """Return where and how the source's mailbox is entered. Raises CollectError for settings that cannot work."""
    options = visit.source.options
    host = str(options.get("host") or "").strip()
    security = str(options.get("security") or "tls").strip().lower()
    port = options.get("port") or imap.PORTS.get(security, 993)
    if security not in imap.SECURITIES:
        raise CollectError("mailbox_security", permanent=True, security=security)
    if not isinstance(port, int) or not 0 < port < 65536 or not host or any(sign in host for sign in " /@"):
        raise CollectError("mailbox_address", permanent=True, host=host, port=str(port))
    secret = visit.source.token.strip()
    if not secret:
        raise CollectError("mailbox_no_password", permanent=True, host=host)
    bearer = secret.startswith("oauth:")
    return imap.Login(
        host=host,
        port=port,
        user=str(options.get("user") or "").strip(),
        secret=_access_token(visit, secret.removeprefix("oauth:").strip()) if bearer else secret,
        security=security,
        bearer=bearer,
    )


def guard(visit: Visit) -> Guard:
    """Return the guard that holds for everything that goes out: the same for mail as for the web."""
    return visit.ask._guard if isinstance(visit.ask, Fetcher) else Guard()


def _access_token(visit: Visit, written: str) -> str:
    """Return an access token that is still good, renewed where it has to be."""
    if not written.startswith("{"):
        return written
    given = _given(written)
    kept = visit.session.get()
    expires = kept.get("expires_at", "")
    # A token that was got with other words (a new consent, another application) is of no use.
    if kept.get("for") == given["client_id"] and expires > (visit.now + _EARLY).isoformat():
        return kept["access_token"]
    return _renewed(visit, given, kept)


def _given(written: str) -> dict[str, str]:
    try:
        found = json.loads(written)
    except (ValueError, RecursionError) as error:
        raise CollectError("mailbox_oauth_secret", permanent=True) from error
    if not isinstance(found, dict) or not all(isinstance(found.get(name), str) for name in ("token_url", "client_id")):
        raise CollectError("mailbox_oauth_secret", permanent=True)
    return {name: value for name, value in found.items() if isinstance(value, str)}


def _renewed(visit: Visit, given: dict[str, str], kept: dict[str, str]) -> str:
    form = {name: given[name] for name in _FORM if given.get(name)}
    form["grant_type"] = "refresh_token" if "refresh_token" in form else "client_credentials"
    if "refresh_token" in form and kept.get("refresh_given") == given["refresh_token"]:
        form["refresh_token"] = kept.get("refresh_token") or form["refresh_token"]
    host = urlsplit(given["token_url"]).netloc
    try:
        found: Any = as_json(visit.ask.fetch(given["token_url"], form=form, accept="application/json"), host=host)
    except StatusError as error:
        if error.status in (400, 401, 403):
            raise CollectError("mailbox_oauth_refused", permanent=True, host=host) from None  # it may repeat secrets
        raise
    token = found.get("access_token") if isinstance(found, dict) else None
    if not isinstance(token, str) or not token:
        raise CollectError("answer_odd", host=host)
    seconds = found.get("expires_in")
    lasts = (
        timedelta(seconds=min(seconds, 86400)) if isinstance(seconds, int) and seconds > 0 else timedelta(minutes=30)
    )
    fresh = found.get("refresh_token")
    visit.session.put(
        {
            "for": given["client_id"],
            "access_token": token,
            "expires_at": (visit.now + lasts).isoformat(),
            "refresh_given": given.get("refresh_token", ""),
            "refresh_token": fresh if isinstance(fresh, str) else form.get("refresh_token", ""),
        }
    )
    return token
