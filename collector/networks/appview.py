"""How Bluesky is asked: without login at its public host, or with an account's app password at the account's server.

A login is made once and kept: its token is renewed when it has run out, and the renewed pair is kept before it is
used, because it can be used only once. Bluesky allows 30 logins in five minutes and 300 a day, so that a password
that was refused is not tried again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from campaign.collecting import Quota
from campaign.errors import CollectError
from campaign.settings import SourceSettings
from collector import tidy
from collector.networks.atproto import moment
from collector.networks.page import Ask, Session, Visit, as_json
from net.answers import Answer, StatusError

PUBLIC = "https://public.api.bsky.app"
ENTRY = "https://bsky.social"
BATCH = 25
"""Posts in one getPosts."""

REQUESTS_PER_FIVE_MINUTES = 3000

_AGAIN = timedelta(hours=6)
"""A refused password is tried again after this long at the soonest, unless it is another one."""

_EXPIRED = frozenset({"ExpiredToken", "InvalidToken", "AuthenticationRequired", "AuthMissing"})
_CLOSED = frozenset({"AccountTakedown", "AccountDeactivated", "AccountSuspended", "RepoTakendown", "RepoDeactivated"})

Params = Sequence[tuple[str, str | int]]


@dataclass(slots=True, kw_only=True)
class AppView:
    """Bluesky as one visit asks it. ``quota`` is what the last answer said about how much may still be asked."""

    ask: Ask
    source: SourceSettings
    session: Session
    now: datetime
    quota: Quota | None = None
    _asked: str = ""

    @property
    def identifier(self) -> str:
        """The account that logs in, without the @ that people write; "" where nobody does."""
        return str(self.source.options.get("identifier") or "").strip().removeprefix("@")

    def search(self, params: Params) -> Mapping[str, Any]:
        """Return a page of search. Raises CollectError."""
        return self._logged_in("app.bsky.feed.searchPosts", params)

    def feed(self, account: str, cursor: str) -> Mapping[str, Any]:
        """Return a page of an account's own posts. Raises CollectError."""
        params: list[tuple[str, str | int]] = [("actor", account), ("filter", "posts_no_replies"), ("limit", 100)]
        params += [("cursor", cursor)] if cursor else []
        try:
            return self._open("app.bsky.feed.getAuthorFeed", params)
        except StatusError as error:
            if error.status == 400 and _said(error)[0] in (_CLOSED | {"InvalidRequest", "NotFound"}):
                raise CollectError("bluesky_no_such_account", permanent=True, account=account) from error
            raise told(error, _host(self.public)) from error

    def posts(self, uris: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """Return those of at most 25 posts that can be seen, by name. Raises CollectError."""
        try:
            found = self._open("app.bsky.feed.getPosts", [("uris", uri) for uri in uris]).get("posts")
        except StatusError as error:
            raise told(error, _host(self.public)) from error
        if not isinstance(found, list):
            raise CollectError("bluesky_odd", host=_host(self.public))
        views = [view for view in found if isinstance(view, dict) and isinstance(view.get("uri"), str)]
        return {view["uri"]: view for view in views}

    def knows(self, did: str) -> bool:
        """Return whether the network answers a question about an account, be it only that there is none."""
        try:
            return self._open("app.bsky.actor.getProfile", [("actor", did)]).get("did") == did
        except StatusError as error:
            return error.status == 400 and bool(_said(error)[0])
        except CollectError:
            return False

    def did(self, handle: str) -> str:
        """Return the permanent name of an account, "" where it has none. Raises CollectError."""
        try:
            found = self._open("com.atproto.identity.resolveHandle", [("handle", handle)]).get("did")
        except StatusError as error:
            if error.status == 400:
                return ""
            raise told(error, _host(self.public)) from error
        return tidy.line(found, 600)

    @property
    def server(self) -> str:
        """Who was asked last, as errors tell it."""
        return self._asked or _host(self.public)

    @property
    def public(self) -> str:
        """Where questions without login go."""
        return _api(self.source) or PUBLIC

    def _open(self, method: str, params: Params) -> Mapping[str, Any]:
        """Ask without login; at an organisation's own server with one, for it knows no strangers."""
        if _api(self.source) and self.identifier and self.source.token:
            return self._logged_in(method, params)
        url = f"{self.public}/xrpc/{method}?{urlencode(params)}"
        return self._read(self.ask.fetch(url, accept="application/json"))

    def _logged_in(self, method: str, params: Params) -> Mapping[str, Any]:
        kept = self._login()
        for last in (False, True):
            token, server = kept["accessJwt"], kept["pds"]
            try:
                url = f"{server}/xrpc/{method}?{urlencode(params)}"
                return self._read(self.ask.fetch(url, token=token, accept="application/json"))
            except StatusError as error:
                if last or error.status not in (400, 401) or _said(error)[0] not in _EXPIRED:
                    raise told(error, _host(server), self.identifier) from error
                kept = self._renewed(token)
        raise AssertionError  # the second time round ends above

    def _read(self, answer: Answer) -> Mapping[str, Any]:
        host = self._asked = _host(answer.url)
        self.quota = _quota(answer.headers) or self.quota
        found = as_json(answer, host=host)
        if not isinstance(found, dict):
            raise CollectError("bluesky_odd", host=host)
        return found

    # The login

    def _login(self) -> dict[str, str]:
        """Return the kept login, made now only where there is none that can be used."""
        kept = self.session.get()
        if kept.get("accessJwt") and kept.get("pds") and kept.get("account") == self._mark():
            return kept
        return self._new_login()

    def _renewed(self, used: str) -> dict[str, str]:
        """Return a login whose token is another than ``used``: another run's, a renewed one, or a new one."""
        kept = self.session.get()
        if kept.get("accessJwt") not in (None, "", used):
            return kept
        if not kept.get("refreshJwt"):
            return self._new_login()
        server = kept.get("pds") or self._entry
        try:
            found = self._post(server, "com.atproto.server.refreshSession", token=kept["refreshJwt"])
        except StatusError as error:
            if error.status not in (400, 401):
                raise told(error, _host(server), self.identifier) from error
            if _said(error)[0] in _CLOSED:
                raise told(error, _host(server), self.identifier) from error
            meanwhile = self.session.get()
            if meanwhile.get("accessJwt") not in (None, "", used):
                return meanwhile  # another run renewed it, and ours could be used only once
            return self._new_login()
        return self._keep(found, server)

    def _new_login(self) -> dict[str, str]:
        self._check_login()
        kept = self.session.get()
        refused_at = moment(kept.get("refused_at")) if kept.get("refused") == self._mark() else None
        if refused_at is not None and abs(self.now - refused_at) < _AGAIN:
            raise self._refused_password()
        body = {"identifier": self.identifier, "password": self.source.token.strip()}
        try:
            found = self._post(self._entry, "com.atproto.server.createSession", body=body)
        except StatusError as error:
            raise self._told_login(error) from error
        return self._keep(found, self._entry)

    def _check_login(self) -> None:
        if not self.identifier:
            raise CollectError("bluesky_no_account_name", permanent=True, source=self.source.id)
        if not self.source.token.strip():
            raise CollectError("bluesky_no_password", permanent=True, source=self.source.id)
        if "." not in self.identifier and "@" not in self.identifier and not self.identifier.startswith("did:"):
            raise CollectError("bluesky_bare_name", permanent=True, identifier=self.identifier)

    def _told_login(self, error: StatusError) -> CollectError:
        """Return what a refused login means, and remember a refused password."""
        name, _ = _said(error)
        if name == "AuthFactorTokenRequired":
            return CollectError("bluesky_two_factor", permanent=True, host=_host(self._entry))
        if name in _CLOSED or not name or error.status not in (400, 401):
            return told(error, _host(self._entry), self.identifier)
        self.session.put({"refused": self._mark(), "refused_at": self.now.isoformat()})
        return self._refused_password()

    def _refused_password(self) -> CollectError:
        return CollectError("bluesky_bad_password", permanent=True, host=_host(self._entry), identifier=self.identifier)

    def _keep(self, found: Mapping[str, Any], server: str) -> dict[str, str]:
        """Keep a login at once, before it is used. Raises CollectError for an answer that holds none."""
        tokens = {name: found.get(name) for name in ("accessJwt", "refreshJwt", "did")}
        if not all(isinstance(value, str) and value.isascii() and value.isprintable() for value in tokens.values()):
            raise CollectError("bluesky_odd", host=_host(server))
        if found.get("active") is False:
            raise CollectError("bluesky_closed", permanent=True, identifier=self.identifier)
        kept = {name: str(value) for name, value in tokens.items()}
        kept |= {"pds": self._own_server(found.get("didDoc")) or server, "account": self._mark()}
        self.session.put(kept)
        return kept

    def _own_server(self, document: object) -> str:
        """Return where an account lives; a token is sent to an encrypted address only, save on our own say."""
        services = document.get("service") if isinstance(document, dict) else None
        schemes = ("https",) if urlsplit(self._entry).scheme == "https" else ("http", "https")
        for service in services if isinstance(services, list) else []:
            if isinstance(service, dict) and str(service.get("id")).endswith("#atproto_pds"):
                return tidy.address(service.get("serviceEndpoint"), schemes=schemes).rstrip("/")
        return ""

    def _post(
        self, server: str, method: str, *, token: str = "", body: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        url = f"{server}/xrpc/{method}"
        if body is None:
            return self._read(self.ask.fetch(url, token=token, form={}, accept="application/json"))
        return self._read(self.ask.fetch(url, json=body, accept="application/json"))

    def _mark(self) -> str:
        """Return what tells one account and password from another, without being either."""
        return hashlib.sha256(f"{self._entry}\n{self.identifier}\n{self.source.token.strip()}".encode()).hexdigest()

    @property
    def _entry(self) -> str:
        return _api(self.source) or ENTRY


def appview(visit: Visit) -> AppView:
    """Return Bluesky as this visit asks it."""
    return AppView(ask=visit.ask, source=visit.source, session=visit.session, now=visit.now)


def told(error: StatusError, host: str, identifier: str = "") -> CollectError:
    """Return what a refusal means here. A web page in place of JSON is somebody's before the interface."""
    name, words = _said(error)
    if name in _CLOSED:
        return CollectError("bluesky_closed", permanent=True, identifier=identifier or host)
    if error.status == 429 or error.status >= 500:
        return error
    if not name and error.status in (401, 403):
        return CollectError("bluesky_refused", host=host, status=error.status)
    if name in _EXPIRED or error.status == 401:
        return CollectError("bluesky_login_needed", permanent=True, host=host)
    if name == "RateLimitExceeded":
        return error
    if error.status == 400 and name:
        return CollectError("bluesky_bad_query", host=host, said=words or name)
    if error.status == 403:
        return CollectError("bluesky_refused", host=host, status=error.status)
    return error


def batches(names: Iterable[str]) -> Iterator[list[str]]:
    """Cut names into lists that one getPosts takes."""
    everything = list(dict.fromkeys(names))
    for start in range(0, len(everything), BATCH):
        yield everything[start : start + BATCH]


def _said(error: StatusError) -> tuple[str, str]:
    """Return name and words of an error as the interface writes it, both "" for anything else."""
    try:
        body = json.loads(error.body, parse_int=tidy.json_number)
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(body, dict):
        return "", ""
    return tidy.line(body.get("error"), 100), tidy.line(body.get("message"), 300)


def _quota(headers: Mapping[str, str]) -> Quota | None:
    limit, left, resets = (headers.get(f"ratelimit-{name}", "") for name in ("limit", "remaining", "reset"))
    if not (limit.isdecimal() and left.isdecimal() and len(limit) < 10 and len(left) < 10):
        return None
    seconds = int(resets) if resets.isdecimal() and len(resets) < 12 else None
    used = max(0, int(limit) - int(left))
    at = moment(datetime.fromtimestamp(seconds, tz=UTC).isoformat()) if seconds is not None else None
    return Quota(name="bluesky_requests", used=used, limit=int(limit), resets_at=at)


def _api(source: SourceSettings) -> str:
    return str(source.options.get("api") or "").strip().rstrip("/")


def _host(url: str) -> str:
    return urlsplit(url).netloc
