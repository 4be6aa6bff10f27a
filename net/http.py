"""The only way out over HTTP: guarded, bounded in time and bytes, paced, honest about who asks.

httpx reads addresses and headers; httpcore, the layer under it, carries the bytes, because it lets us look names
up, check addresses and keep time ourselves. Redirects, decoding and limits are ours: httpx has no limit for the
whole of a request, and its decoders unpack a bomb before anyone can count.
"""

from __future__ import annotations

import re
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from json import dumps
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import httpcore
import httpx

from campaign.errors import CollectError
from campaign.settings import FetchSettings
from net.answers import Answer, StatusError, read_body, read_start, refusal, spent_until, too_large, wanted_until
from net.guard import Guard, Resolver, check_url, look_up
from net.pace import Pace
from net.streams import open_lines, open_messages
from net.trip import Trip
from net.wire import SILENCE_SECONDS, Door

__all__ = ["Answer", "Fetcher", "StatusError"]

MOST_REDIRECTS = 5
ERROR_BODY_BYTES = 64_000
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT_REDIRECTS = frozenset({301, 308})
_KEEP_ALIVE_SECONDS = 5
_WEBSOCKET = re.compile(r"^ws(s?)://")
_HOST = re.compile(rb"[a-z0-9._-]+|[0-9a-f:.]+")  # httpx percent-encodes what no host can have


class Fetcher:
    """Asks for things over HTTP. Safe to share between threads; each asking has connections to itself.

    ``clock`` gives the time in UTC, ``monotonic`` seconds from anywhere; ``sleep`` waits for a host's pace.
    ``resolve`` and ``tls`` replace how names are looked up and which certificates are trusted. An open stream
    of which nothing is heard for ``silence`` has failed. Close it after use.
    """

    def __init__(
        self,
        settings: FetchSettings,
        *,
        version: str,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        resolve: Resolver = look_up,
        tls: ssl.SSLContext | None = None,
        silence: timedelta = timedelta(seconds=SILENCE_SECONDS),
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._monotonic = monotonic
        self._guard = Guard(settings.allow, resolve=resolve)
        self._pace = Pace(settings.per_host, settings.hosts, clock=clock, monotonic=monotonic, sleep=sleep)
        self._tls = tls or httpx.create_ssl_context()
        self._silence = silence
        self._user_agent = _user_agent(settings, version)
        self._lock = threading.Lock()
        self._idle: list[_Line] = []
        self._closed = False

    def fetch(
        self,
        url: str,
        *,
        headers: Mapping[str, str] = {},
        token: str = "",
        etag: str = "",
        last_modified: str = "",
        max_bytes: int | None = None,
        accept: str = "",
        json: Any = None,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return the answer to a GET of ``url``, redirects followed; with ``json`` or ``form`` to a POST of that.

        A POST is sent once: what was sent to one address is never sent on to another. ``token`` is sent as a bearer
        token and, like ``headers``, only to the host that was asked, never to where it redirects. Raises StatusError
        for a status that is no success, CollectError for everything else.
        """
        ask = _Ask(
            url=_parsed(url),
            # A key may travel in a header of its own; where it cannot, the client below would write it into the log.
            headers={name: _checked_token(value) for name, value in headers.items()},
            token=_checked_token(token),
            etag=etag,
            last_modified=last_modified,
            accept=accept or "*/*",
            limit=self._settings.max_bytes if max_bytes is None else max_bytes,
            sends=_sent(json, form),
        )
        trip = Trip(self._settings.total.total_seconds(), self._monotonic)
        with self._line() as line:
            line.backend.trip = trip
            return self._follow(ask, trip, line.pool)

    def lines(
        self, url: str, *, token: str = "", stopping: Callable[[], bool] = lambda: False
    ) -> AbstractContextManager[Iterator[bytes | None]]:
        """Open a stream of server-sent events; inside the block its lines come one by one, without their ends.

        None comes about every second, so that the reader can look around; the lines end only when ``stopping`` says
        yes. Raises StatusError for a refusal (``bad_redirect``, with its Location, where the server sends elsewhere:
        nothing is followed), CollectError ``stream_ended``, ``cut_off`` or ``stream_silent`` when the server is gone.
        """
        accept = (b"Accept", b"text/event-stream")
        return open_lines(self._door(_parsed(url), accept, token=token, stopping=stopping))

    def messages(
        self, url: str, *, stopping: Callable[[], bool] = lambda: False
    ) -> AbstractContextManager[Iterator[bytes | None]]:
        """Open a WebSocket (ws://, wss://); inside the block its messages come one by one. Otherwise as ``lines``."""
        plain = _WEBSOCKET.sub(r"http\1://", url, count=1)
        return open_messages(self._door(_parsed(plain), stopping=stopping))

    def _door(
        self, url: httpx.URL, *headers: tuple[bytes, bytes], token: str = "", stopping: Callable[[], bool]
    ) -> Door:
        bearer = _checked_token(token)
        sent = httpx.Headers({"Host": url.netloc.decode("ascii"), "User-Agent": self._user_agent})
        trip = Trip(self._settings.total.total_seconds(), self._monotonic)
        trip.start_hop(url.host, waited=self._wait(url, bearer))
        return Door(
            host=url.host,
            raw_host=url.raw_host.decode("ascii"),
            port=url.port or (443 if url.scheme == "https" else 80),
            target=url.raw_path.decode("ascii"),
            headers=[*sent.raw, *headers, *([(b"Authorization", f"Bearer {bearer}".encode())] if bearer else [])],
            tls=self._tls if url.scheme == "https" else None,
            guard=self._guard,
            trip=trip,
            stopping=lambda: self._closed or stopping(),
            refused=lambda status, found, body: self._refused(url, status, found, body),
            silence=self._silence.total_seconds(),
        )

    def _refused(self, url: httpx.URL, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> StatusError:
        found = httpx.Headers(headers)
        if status in _REDIRECTS:
            return StatusError("bad_redirect", status=status, body=body, headers=found, host=url.host)
        refused = refusal(status, found, body, host=url.host, now=self._clock())
        self._pace.heed(_place(url), wanted_until(refused))
        return refused

    def _wait(self, url: httpx.URL, credential: str) -> float:
        return self._pace.wait(url.host, place=_place(url), credential=credential)

    def close(self) -> None:
        """Close all connections. Askings under way end first; new ones are refused."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for line in idle:
            line.pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _line(self) -> Iterator[_Line]:
        with self._lock:
            if self._closed:
                raise RuntimeError("the fetcher is closed")
            line = self._idle.pop() if self._idle else None
        line = line or _Line(self._guard, self._tls)
        try:
            yield line
        finally:
            with self._lock:
                closed = self._closed
                if not closed:
                    self._idle.append(line)
            if closed:
                line.pool.close()

    def _follow(self, ask: _Ask, trip: Trip, pool: httpcore.ConnectionPool) -> Answer:
        for _ in range(MOST_REDIRECTS + 1):
            trip.start_hop(ask.url.host, waited=self._wait(ask.url, ask.credential))
            try:
                outcome = self._hop(ask, pool)
            except httpcore.RemoteProtocolError as error:
                raise CollectError("cut_off" if trip.ended else "bad_answer", host=trip.host) from error
            except CollectError as error:
                # What the person wrote needs a person; what a redirect leads to may be right tomorrow.
                if error.key == "private_address":
                    error.permanent = not ask.hops
                raise
            if isinstance(outcome, Answer):
                return outcome
            ask = outcome
        raise CollectError("too_many_redirects", host=trip.host, limit=MOST_REDIRECTS)

    def _hop(self, ask: _Ask, pool: httpcore.ConnectionPool) -> Answer | _Ask:
        url = ask.url
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        method, content = ("GET", None) if ask.sends is None else ("POST", ask.sends.content)
        with pool.stream(method, target, headers=ask.wire_headers(self._user_agent), content=content) as response:
            headers = httpx.Headers(response.headers)
            if response.status in _REDIRECTS and headers.get("location") and ask.sends is None:
                return ask.redirected(response.status, headers["location"])
            if response.status in _REDIRECTS:
                raise CollectError("bad_redirect", host=url.host)
            return self._answer(ask, response, headers)

    def _answer(self, ask: _Ask, response: httpcore.Response, headers: httpx.Headers) -> Answer:
        status, host = response.status, ask.url.host
        encoding = headers.get("content-encoding", "")
        not_modified = status == 304 and bool(ask.etag or ask.last_modified)
        body = b""
        if 200 <= status < 300:
            length = headers.get("content-length", "")
            if length.isdecimal() and int(length) > ask.limit:
                raise too_large(ask.limit, host)
            body = read_body(response.iter_stream(), encoding=encoding, limit=ask.limit, host=host)
        elif not_modified:
            # It has no body, but the connection can be used again only once its end has been read.
            read_start(response.iter_stream(), encoding="", limit=1, host=host)
        else:
            words = read_start(response.iter_stream(), encoding=encoding, limit=ERROR_BODY_BYTES, host=host)
            refused = refusal(status, headers, words, host=host, now=self._clock())
            self._pace.heed(_place(ask.url), wanted_until(refused))
            raise refused
        self._pace.heed(_place(ask.url), spent_until(headers, now=self._clock()))
        return Answer(
            status=status,
            url=str(ask.url),
            headers=headers,
            body=body,
            not_modified=not_modified,
            moved_to=str(ask.url) if ask.hops and ask.moved else None,
            etag=_kept(headers.get("etag", ask.etag if not_modified else "")),
            last_modified=_kept(headers.get("last-modified", ask.last_modified if not_modified else "")),
            fetched_at=self._clock(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """What a POST carries; it may hold a password, and is never shown."""

    content: bytes = field(repr=False)
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ask:
    """What is asked of one hop. ``moved`` says that all hops so far were permanent and none gave up encryption."""

    url: httpx.URL
    headers: Mapping[str, str]
    token: str = field(repr=False)
    etag: str
    last_modified: str
    accept: str
    limit: int
    sends: _Sent | None
    hops: int = 0
    moved: bool = True

    @property
    def credential(self) -> str:
        """What tells the server who asks; never shown."""
        return self.token or next((self.headers[name] for name in self.headers if name.lower() == "authorization"), "")

    def wire_headers(self, user_agent: str) -> list[tuple[bytes, bytes]]:
        """Return the headers as sent; ours win over the caller's."""
        wanted = httpx.Headers([(name.encode(), value.encode()) for name, value in self.headers.items()])
        wanted["Host"] = self.url.netloc.decode("ascii")
        wanted["Accept"] = self.accept
        wanted["Accept-Encoding"] = "gzip"
        wanted["User-Agent"] = user_agent
        if self.sends is not None:
            wanted["Content-Type"] = self.sends.type
            wanted["Content-Length"] = str(len(self.sends.content))
        if self.token:
            wanted["Authorization"] = f"Bearer {self.token}"
        if self.etag:
            wanted["If-None-Match"] = self.etag
        if self.last_modified:
            wanted["If-Modified-Since"] = self.last_modified
        return list(wanted.raw)

    def redirected(self, status: int, location: str) -> _Ask:
        """Return what to ask next. Secrets stay behind when the host changes or the encryption ends."""
        old = self.url
        try:
            joined = str(old.join(location))
            check_url(joined)
            new = _parsed(joined)
        except (httpx.InvalidURL, UnicodeError, CollectError) as error:
            raise CollectError("bad_redirect", host=old.host) from error
        trusted = new.host == old.host and (
            (new.scheme, new.port) == (old.scheme, old.port)
            or (old.scheme == "http" and new.scheme == "https" and old.port is None and new.port is None)
        )
        weaker = old.scheme == "https" and new.scheme == "http"
        return replace(
            self,
            url=new,
            headers=self.headers if trusted else {},
            token=self.token if trusted else "",
            hops=self.hops + 1,
            moved=self.moved and status in _PERMANENT_REDIRECTS and not weaker,
        )


class _Line:
    """Connections that one asking at a time uses: httpcore's pool slows down with the number it shares."""

    def __init__(self, guard: Guard, tls: ssl.SSLContext) -> None:
        self.backend = _Backend(guard)
        self.pool = httpcore.ConnectionPool(
            ssl_context=tls,
            max_connections=4,
            keepalive_expiry=_KEEP_ALIVE_SECONDS,
            network_backend=self.backend,
        )


class _Backend(httpcore.NetworkBackend):
    """Connects to checked addresses only; Host and the name in the TLS greeting stay those of the address asked.

    Errors are named here, where the system's own error is at hand: httpcore's pool drops it on the way up.
    """

    def __init__(self, guard: Guard) -> None:
        self.trip: Trip
        self._guard = guard
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002  # the trip knows
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Look the host up, check what it leads to, and connect to the first address that answers."""
        try:
            addresses = self._guard.addresses(host, port, seconds=self.trip.left())[:4]
        except TimeoutError as error:
            raise self.trip.late() from error
        for number, address in enumerate(addresses):
            share = self.trip.left() / (len(addresses) - number)
            try:
                stream = self._sockets.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _Stream(stream, self)
        raise self._named(failure) from failure

    def _named(self, error: Exception) -> CollectError:
        if isinstance(error, httpcore.ConnectTimeout):
            return self.trip.late()
        key = "connect_refused" if isinstance(error.__cause__, ConnectionRefusedError) else "connect_failed"
        return CollectError(key, host=self.trip.host)


class _Stream(httpcore.NetworkStream):
    """A connection whose every step ends with its trip; it may serve several trips, one after the other."""

    def __init__(self, inner: httpcore.NetworkStream, backend: _Backend) -> None:
        self._inner = inner
        self._backend = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002  # the trip knows
        """Return what has come, at most ``max_bytes``; nothing at the end."""
        trip = self._backend.trip
        try:
            data = self._inner.read(max_bytes, trip.left())
        except httpcore.ReadTimeout as error:
            raise trip.late() from error
        except httpcore.ReadError as error:
            raise CollectError("cut_off", host=trip.host) from error
        trip.received = trip.received or bool(data)
        trip.ended = not data
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002  # the trip knows
        """Send all of ``buffer``. A WriteError is left to httpcore, which then reads what the server said."""
        trip = self._backend.trip
        try:
            self._inner.write(buffer, trip.left())
        except httpcore.WriteTimeout as error:
            raise trip.late() from error

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002  # the trip knows
    ) -> httpcore.NetworkStream:
        """Return the connection, encrypted, the server's certificate having been checked."""
        trip = self._backend.trip
        try:
            return _Stream(self._inner.start_tls(ssl_context, server_hostname, trip.left()), self._backend)
        except httpcore.ConnectTimeout as error:
            raise trip.late() from error
        except httpcore.ConnectError as error:
            reason = getattr(error.__cause__, "verify_message", "") or getattr(error.__cause__, "reason", "") or ""
            raise CollectError("tls_failed", host=trip.host, reason=str(reason)) from error

    def get_extra_info(self, info: str) -> Any:
        """Return what the connection below knows about itself."""
        return self._inner.get_extra_info(info)


def _sent(body: Any, form: Mapping[str, str] | None) -> _Sent | None:
    if form is not None:
        return _Sent(content=urlencode(form).encode("ascii"), type="application/x-www-form-urlencoded")
    if body is None:
        return None
    return _Sent(content=dumps(body, ensure_ascii=False).encode(), type="application/json")


def _place(url: httpx.URL) -> str:
    """Return host and port: on one machine several servers may listen, each with a word of its own."""
    return url.netloc.decode("ascii")


def _parsed(url: str) -> httpx.URL:
    check_url(url)
    try:
        parsed = httpx.URL(url).copy_with(fragment=None)
        parsed.host.encode()  # decoding it may fail too, and every error names it
    except (httpx.InvalidURL, UnicodeError) as error:
        raise CollectError("bad_url", permanent=True) from error
    if parsed.scheme not in ("http", "https") or not _HOST.fullmatch(parsed.raw_host) or parsed.userinfo:
        raise CollectError("bad_url", permanent=True)
    return parsed


def _checked_token(token: str) -> str:
    token = token.strip()  # a line break at the end of a secret's file is no part of it
    if not token.isascii() or not token.isprintable() or " " in token:
        raise CollectError("bad_token", permanent=True)
    return token


def _kept(value: str) -> str:
    """Return a validator of the server's if it can be sent back as it is."""
    return value if value.isascii() and value.isprintable() and len(value) <= 1000 else ""


def _user_agent(settings: FetchSettings, version: str) -> str:
    page = f"+{settings.contact_url}" if settings.contact_url else ""
    mail = f"mailto:{settings.contact}" if settings.contact else ""
    about = "; ".join(part for part in (page, mail) if part)
    return f"Skord/{version} ({about})" if about else f"Skord/{version}"
