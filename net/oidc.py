"""Logging in by way of an organisation: OpenID Connect's code flow with PKCE, as a client.

Everything goes out through the Fetcher; signatures are checked by joserfc and claims by Authlib, then once more here
where the organisation's word is not enough. What the organisation publishes of itself (addresses, keys) is kept for an
hour; a token signed with an unknown key has the keys fetched anew, once a minute at most.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from campaign.errors import CollectError, LoginError
from campaign.oidc import Identity, Passage
from campaign.settings import OidcSettings
from net.http import Fetcher

#: What an identity may be signed with: public keys only, so that nobody who knows our secret can make one.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")

#: So much may two clocks differ.
SKEW = timedelta(minutes=2)

#: An identity that was made out longer ago than this was not made out for this login.
_FRESH = timedelta(minutes=10)
_KEEP = timedelta(hours=1)
_KEYS_AGAIN = timedelta(minutes=1)
_MOST_BYTES = 500_000
_MOST_ROLES = 200
_MOST_AT_ONCE = 6
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Metadata:
    """What the organisation says of its own login. ``end_session`` is "" where it offers no logout."""

    authorization: str
    token: str
    keys: str
    end_session: str
    can_post_secret: bool
    fetched_at: datetime


class OidcProvider:
    """One organisation's login. Safe to share between threads; ``clock`` gives the time in UTC. Close it after use."""

    def __init__(self, settings: OidcSettings, fetcher: Fetcher, *, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._fetcher = fetcher
        self._clock = clock
        self._lock = threading.Lock()
        # A login elsewhere that answers slowly must not take every thread that answers pages here.
        self._turns = threading.BoundedSemaphore(_MOST_AT_ONCE)
        self._kept: _Metadata | None = None
        self._keys: KeySet | None = None
        self._keys_at: datetime | None = None

    def address(self, passage: Passage) -> str:
        """Return where the browser is sent to log in. Raises LoginError."""
        asked = {
            "response_type": "code",
            "response_mode": "query",
            "client_id": self._settings.client_id,
            "redirect_uri": passage.back,
            "scope": "openid profile email",
            "state": passage.state,
            "nonce": passage.nonce,
            "code_challenge": _challenge(passage.verifier),
            "code_challenge_method": "S256",
        }
        if passage.again:
            asked |= {"prompt": "login", "max_age": "0"}
        with self._turn():
            return _with_query(self._metadata().authorization, asked)

    def identify(self, passage: Passage, code: str, *, issuer: str = "") -> Identity:
        """Return who came back with a code. Raises LoginError.

        ``issuer`` is the answer's own ``iss`` (RFC 9207): another's answer must not be taken for this one's.
        """
        if issuer and issuer != self._settings.issuer:
            raise LoginError("oidc_refused", why="iss")
        with self._turn():
            answer = self._redeem(passage, code)
            token = answer.get("id_token")
            if not isinstance(token, str):
                raise LoginError("oidc_refused", why="id_token")
            claims = self._claims(token, passage, access_token=answer.get("access_token"))
            return self._identity(claims, passage)

    def farewell(self, back: str) -> str:
        """Return where the browser ends its login there, "" where that is not offered or not known yet."""
        end = self._kept.end_session if self._kept else ""
        asked = {"client_id": self._settings.client_id, "post_logout_redirect_uri": back}
        return _with_query(end, asked) if end else ""

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(blocking=False):
            raise LoginError("oidc_busy")
        try:
            yield
        finally:
            self._turns.release()

    def close(self) -> None:
        """Close the way out."""
        self._fetcher.close()

    def _redeem(self, passage: Passage, code: str) -> Mapping[str, Any]:
        """Return what the organisation gives for a code; it is asked once, a code is good for one asking."""
        found = self._metadata()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": passage.back,
            "client_id": self._settings.client_id,
            "code_verifier": passage.verifier,
        }
        if self._settings.client_secret:
            if not found.can_post_secret:
                raise LoginError("oidc_unfit", why="client_secret_post")
            form["client_secret"] = self._settings.client_secret
        return self._json(found.token, form=form)

    def _claims(self, token: str, passage: Passage, *, access_token: Any) -> CodeIDToken:
        """Return what a token says, once its signature and every claim stand."""
        try:
            try:
                signed = jwt.decode(token, self._key_set(), algorithms=list(ALGORITHMS))
            except InvalidKeyIdError:
                # They have new keys: ours are an hour old at most, theirs may be a minute old.
                signed = jwt.decode(token, self._key_set(renew=True), algorithms=list(ALGORITHMS))
            claims = CodeIDToken(
                signed.claims,
                signed.header,
                options={
                    "iss": {"essential": True, "value": self._settings.issuer},
                    "aud": {"essential": True, "value": self._settings.client_id},
                    "nonce": {"essential": True, "value": passage.nonce},
                    "sub": {"essential": True},
                },
                params={
                    "nonce": passage.nonce,
                    "client_id": self._settings.client_id,
                    "access_token": access_token if isinstance(access_token, str) else None,
                },
            )
            now = self._clock()
            claims.validate(now=int(now.timestamp()), leeway=int(SKEW.total_seconds()))
            self._check(claims, now)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            # The name of the claim and no value: values are about people.
            raise LoginError("oidc_refused", why=_why(error)) from error
        return claims

    def _check(self, claims: Mapping[str, Any], now: datetime) -> None:
        """Raise for what the libraries let pass: several audiences without azp, odd types, tokens of long ago."""
        audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        if len(audiences) > 1 and claims.get("azp") != self._settings.client_id:
            raise ValueError("azp")
        for name in ("exp", "iat"):
            if isinstance(claims[name], bool) or not isinstance(claims[name], int | float):
                raise ValueError(name)
        made_at = datetime.fromtimestamp(claims["iat"], UTC)
        if not now - _FRESH <= made_at <= now + SKEW:
            raise ValueError("iat")
        if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
            raise ValueError("sub")

    def _identity(self, claims: Mapping[str, Any], passage: Passage) -> Identity:
        at = claims.get("auth_time")
        proved_at = datetime.fromtimestamp(at, UTC) if isinstance(at, int | float) and 0 < at < 2**33 else None
        if passage.again and (proved_at is None or self._clock() - proved_at > _FRESH):
            # Asked for a login now, the organisation may still answer with that of this morning.
            raise LoginError("oidc_not_proved")
        roles = claims.get(self._settings.claim)
        listed = roles if isinstance(roles, list) else [roles]
        return Identity(
            issuer=self._settings.issuer,
            subject=claims["sub"],
            name=_line(claims.get("name")),
            username=_line(claims.get("preferred_username")) or _line(claims.get("upn")),
            email=_line(claims.get("email")),
            roles=tuple(role for role in listed[:_MOST_ROLES] if isinstance(role, str)),
            proved_at=proved_at,
        )

    def _metadata(self) -> _Metadata:
        """Return what the organisation says of its own login, fetched once an hour."""
        now = self._clock()
        with self._lock:
            if self._kept is None or now - self._kept.fetched_at > _KEEP:
                told = self._json(self._settings.issuer.rstrip("/") + "/.well-known/openid-configuration")
                self._kept = _read(told, self._settings.issuer, now)
            return self._kept

    def _key_set(self, *, renew: bool = False) -> KeySet:
        """Return the keys that the organisation signs with."""
        address, now = self._metadata().keys, self._clock()
        with self._lock:
            age = now - self._keys_at if self._keys_at is not None else None
            if self._keys is None or age is None or age > _KEEP or (renew and age > _KEYS_AGAIN):
                told = self._json(address)
                try:
                    self._keys = KeySet.import_key_set({"keys": _usable(told)})
                except (JoseError, ValueError, TypeError, KeyError) as error:
                    raise LoginError("oidc_refused", why="jwks") from error
                self._keys_at = now
            return self._keys

    def _json(self, url: str, *, form: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        try:
            answer = self._fetcher.fetch(url, form=form, accept="application/json", max_bytes=_MOST_BYTES)
        except CollectError as error:
            why = _refusal_of(error)
            if why:
                raise LoginError("oidc_refused", why=why) from error
            raise LoginError("oidc_unreachable", why=error.key) from error
        try:
            found = json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise LoginError("oidc_unfit", why="json") from error
        if not isinstance(found, dict):
            raise LoginError("oidc_unfit", why="json")
        return found


def _read(told: Mapping[str, Any], issuer: str, now: datetime) -> _Metadata:
    """Return what a discovery document says. LoginError ``oidc_tenants``, ``oidc_issuer`` or ``oidc_unfit``."""
    named = told.get("issuer")
    if isinstance(named, str) and "{tenantid}" in named:
        raise LoginError("oidc_tenants")
    if named != issuer:
        raise LoginError("oidc_issuer", found=_line(named), wanted=issuer)
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    addresses = {name: told.get(name) for name in (*names, "end_session_endpoint")}
    for name, address in addresses.items():
        if (address is not None or name in names) and not _is_safe(address, issuer):
            raise LoginError("oidc_unfit", why=name)
    ways = told.get("token_endpoint_auth_methods_supported")
    return _Metadata(
        authorization=str(addresses["authorization_endpoint"]),
        token=str(addresses["token_endpoint"]),
        keys=str(addresses["jwks_uri"]),
        end_session=str(addresses["end_session_endpoint"] or ""),
        can_post_secret=not isinstance(ways, list) or "client_secret_post" in ways,
        fetched_at=now,
    )


def _is_safe(address: Any, issuer: str) -> bool:
    """Return whether an address may be gone to: encrypted, or on this machine where the issuer is too."""
    if not isinstance(address, str) or not address.isascii() or not address.isprintable():
        return False
    try:
        parts, own = urlsplit(address), urlsplit(issuer)
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == "http" and parts.hostname in _LOOPBACK and own.hostname in _LOOPBACK


def _usable(told: Mapping[str, Any]) -> list[Any]:
    """Return the public keys that sign; what is for other things, or of a kind unknown here, is passed over."""
    keys = told.get("keys")
    listed = keys if isinstance(keys, list) else []
    return [
        key
        for key in listed[:50]
        if isinstance(key, dict) and key.get("kty") in ("RSA", "EC", "OKP") and key.get("use", "sig") == "sig"
    ]


def _refusal_of(error: CollectError) -> str:
    """Return the organisation's own word ("invalid_client") in a refused answer, "" where there is none."""
    try:
        told = json.loads(getattr(error, "body", b"") or b"{}")
    except (ValueError, RecursionError):
        return ""
    word = told.get("error") if isinstance(told, dict) else None
    return word[:60] if isinstance(word, str) and word.replace("_", "").isalnum() else ""


def _why(error: Exception) -> str:
    """Return what did not stand, as one word for the log and for whoever mends it."""
    return str(getattr(error, "claim", "") or getattr(error, "error", "") or error.args[0] if error.args else "")[:60]


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode()


def _with_query(address: str, query: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"


def _line(value: Any) -> str:
    """Return a claim as one line of plain text, "" where it is none."""
    if not isinstance(value, str):
        return ""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in value).split())[:200]
