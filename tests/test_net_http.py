"""Fetching over HTTP, against real servers on this machine."""

from __future__ import annotations

import gzip
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from campaign.errors import CollectError
from campaign.language import LANGUAGES, Language
from campaign.settings import FetchSettings
from net.http import Fetcher, StatusError
from servers import CERTIFICATE, RawServer, Reply, Request, Route, Server, drip, redirect, reset

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@contextmanager
def fetcher(*allow: str, **changed: Any) -> Iterator[Fetcher]:
    """Yield a fetcher that may ask ``allow``, without pace; ``changed`` are settings or arguments of Fetcher."""
    arguments = {name: changed.pop(name) for name in ("resolve", "tls", "sleep", "monotonic") if name in changed}
    settings = {"per_host": timedelta(0), "total": timedelta(seconds=5), **changed}
    with Fetcher(
        FetchSettings(allow=allow, **settings),
        version="9.9",
        clock=lambda: NOW,
        **arguments,
    ) as made:
        yield made


def failure(url: str, *allow: str, **changed: Any) -> CollectError:
    """Return the error that fetching ``url`` ends in."""
    with fetcher(*allow, **changed) as client, pytest.raises(CollectError) as caught:
        client.fetch(url)
    return caught.value


def local(_host: str, _port: int) -> list[str]:
    """Resolve every name to this machine."""
    return ["127.0.0.1"]


def trusting() -> ssl.SSLContext:
    """Return a context that trusts the test servers' certificate."""
    return ssl.create_default_context(cafile=CERTIFICATE)


def test_answer() -> None:
    """An answer carries status, address, headers in any case, body, validators and moment."""
    page = Reply(body="Hallå", headers={"ETag": '"1"', "Last-Modified": "Fri, 20 Nov 2026 11:00:00 GMT"})
    with Server({"/a": page}) as server, fetcher(server.address) as client:
        answer = client.fetch(server.url("/a?q=å#del"))
        assert (answer.status, answer.body.decode(), answer.fetched_at) == (200, "Hallå", NOW)
        assert answer.url == server.url("/a?q=%C3%A5")
        assert (answer.etag, answer.last_modified) == ('"1"', "Fri, 20 Nov 2026 11:00:00 GMT")
        assert answer.headers["eTaG"] == '"1"'
        assert (answer.not_modified, answer.moved_to) == (False, None)


def test_who_asks() -> None:
    """Each request says who asks and how to reach them, wants gzip at most, and carries no more than needed."""
    settings = {"contact_url": "https://växer.example.se/about", "contact": "info@example.se"}
    with Server({"/": b""}) as server, fetcher(server.address, **settings) as client:
        client.fetch(server.url("/"), accept="application/atom+xml")
        sent = {name.lower(): value for name, value in server.requests[0].headers.items()}
    agent = sent.pop("user-agent").encode("latin-1").decode()
    assert agent == "Skord/9.9 (+https://växer.example.se/about; mailto:info@example.se)"
    assert sent == {"host": server.address, "accept": "application/atom+xml", "accept-encoding": "gzip"}


def test_not_modified() -> None:
    """A 304 to a conditional request is a named result that keeps the validators."""
    with Server({"/": Reply(status=304)}) as server, fetcher(server.address) as client:
        answer = client.fetch(server.url("/"), etag='"7"', last_modified="Fri, 20 Nov 2026 11:00:00 GMT")
        asked = server.requests[0].headers
    assert (answer.not_modified, answer.body, answer.etag) == (True, b"", '"7"')
    assert (asked["if-none-match"], asked["if-modified-since"]) == ('"7"', "Fri, 20 Nov 2026 11:00:00 GMT")


def test_not_modified_unasked() -> None:
    """A 304 to a request without conditions is no answer."""
    with Server({"/": Reply(status=304)}) as server:
        assert failure(server.url("/"), server.address).key == "bad_answer"


def test_gzip_over_the_wire() -> None:
    """A gzipped answer arrives unpacked."""
    packed = Reply(body=gzip.compress(b"a" * 5000), headers={"Content-Encoding": "gzip"})
    with Server({"/": packed}) as server, fetcher(server.address) as client:
        assert client.fetch(server.url("/")).body == b"a" * 5000


def test_connection_is_used_again() -> None:
    """Two requests after each other to one host share a connection."""
    talks: list[int] = []

    def talk(connection: socket.socket) -> None:
        while connection.recv(65536):
            talks.append(1)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")

    with RawServer(talk) as server:
        with fetcher(server.address) as client:
            client.fetch(server.url())
            client.fetch(server.url())
        assert (server.connections, len(talks)) == (1, 2)


def test_closed_fetcher() -> None:
    """A closed fetcher asks nobody."""
    with fetcher() as client:
        pass
    with pytest.raises(RuntimeError):
        client.fetch("http://127.0.0.1/")


# Redirects


def test_redirects_are_followed() -> None:
    """Redirects are followed to the answer; only an all permanent way says that the address moved."""
    routes: dict[str, Route] = {
        "/301": redirect("/308", 301),
        "/308": redirect("/ä", 308),
        "/mixed": redirect("/302", 301),
        "/302": redirect("/end", 302),
        "/end": b"end",
        "/%C3%A4": b"moved",
    }
    with Server(routes) as server, fetcher(server.address) as client:
        answer = client.fetch(server.url("/301"))
        assert (answer.body, answer.moved_to) == (b"moved", server.url("/%C3%A4"))
        answer = client.fetch(server.url("/mixed"))
        assert (answer.body, answer.moved_to, answer.url) == (b"end", None, server.url("/end"))


def test_five_redirects_and_no_more() -> None:
    """Five redirects are followed, the sixth is an error."""

    def count_down(request: Request) -> Reply:
        left = int(request.path[1:])
        return redirect(f"/{left - 1}") if left else Reply(body=b"there")

    with Server({"*": count_down}) as server:
        with fetcher(server.address) as client:
            assert client.fetch(server.url("/5")).body == b"there"
        error = failure(server.url("/6"), server.address)
    assert (error.key, error.facts) == ("too_many_redirects", {"host": "127.0.0.1", "limit": 5})


@pytest.mark.parametrize(
    "location",
    [
        "ftp://example.se/",
        "file:///etc/passwd",
        "http://a:b@example.se/",
        "http://[",
        "http://a%20b.se/",
        "http://xn--a.se/",
        "http://example.com\\@127.0.0.1/",
    ],
)
def test_redirect_to_nonsense(location: str) -> None:
    """A redirect to what is no plain http(s) address is an error of the server's, not for good."""
    with Server({"/": redirect(location)}) as server:
        error = failure(server.url("/"), server.address)
    assert (error.key, error.permanent) == ("bad_redirect", False)


def test_redirect_without_location() -> None:
    """A redirect to nowhere is an error."""
    with Server({"/": Reply(status=302)}) as server:
        assert failure(server.url("/"), server.address).key == "bad_redirect"


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "[::1]", "[::127.0.0.1]", "169.254.169.254"])
def test_redirect_to_private_address(host: str) -> None:
    """A redirect into this machine or its network is refused before anything is sent there."""
    with Server({"*": b"secret"}) as inner, Server({"/": redirect(f"http://{host}:{inner.port}/")}) as outer:
        error = failure(outer.url("/"), outer.address)
        assert (error.key, error.permanent) == ("private_address", False)
        assert inner.requests == []


def test_token_stays_with_its_host() -> None:
    """Token and own headers follow a redirect within the host and stay behind when it leaves."""
    with Server({"*": b"there"}) as other, Server() as own:
        own.routes = {"/in": redirect("/out"), "/out": redirect(other.url("/", host="annan.example"))}
        with fetcher(own.address, other.address, resolve=local) as client:
            client.fetch(own.url("/in"), token="hemlig", headers={"X-Key": "nyckel"})
        kept = [request.headers["authorization"] for request in own.requests]
        assert kept == ["Bearer hemlig", "Bearer hemlig"]
        assert own.requests[1].headers["x-key"] == "nyckel"
        assert (other.requests[0].headers["authorization"], other.requests[0].headers["x-key"]) == (None, None)


def test_token_stays_gone() -> None:
    """A token left behind does not come back when the way returns to its host."""
    with Server() as other, Server() as own:
        own.routes = {"/": redirect(other.url("/", host="annan.example")), "/end": b"end"}
        other.routes = {"/": redirect(own.url("/end"))}
        with fetcher(own.address, other.address, resolve=local) as client:
            client.fetch(own.url("/"), token="hemlig")
        assert own.requests[1].headers["authorization"] is None


def test_token_is_not_sent_in_the_clear() -> None:
    """A token given to an encrypted address is not sent on to an open one, and the open one is no new address."""
    with Server({"*": b"open"}) as plain, Server(tls=True) as safe:
        safe.routes = {"/": redirect(plain.url("/", host="localhost"), 301)}
        with fetcher(safe.address, plain.address, tls=trusting(), resolve=local) as client:
            answer = client.fetch(safe.url("/", host="localhost"), token="hemlig")
        assert safe.requests[0].headers["authorization"] == "Bearer hemlig"
        assert plain.requests[0].headers["authorization"] is None
        assert answer.moved_to is None


@pytest.mark.parametrize("token", ["a\nb", "nyckel med mellanslag", "nyckäl"])
def test_impossible_token(token: str) -> None:
    """A token that cannot stand in a header is told as such, without being told."""
    with fetcher() as client, pytest.raises(CollectError) as caught:
        client.fetch("http://example.se/", token=token)
    assert (caught.value.key, caught.value.permanent) == ("bad_token", True)
    assert token not in repr(caught.value)


# Where to


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "127.1", "0", "localhost", "[::1]"])
def test_private_address(host: str) -> None:
    """This machine is not asked, however it is written, unless it is listed."""
    error = failure(f"http://{host}/")
    assert (error.key, error.permanent) == ("private_address", True)


def test_listed_port_only() -> None:
    """Of a listed machine only the listed port is asked."""
    with Server({"*": b""}) as listed, Server({"*": b""}) as other:
        with fetcher(listed.address) as client:
            assert client.fetch(listed.url("/")).status == 200
        assert failure(other.url("/"), listed.address).facts["port"] == other.port


def test_rebinding() -> None:
    """A name that changes to a private address between two look-ups is refused at the second."""
    answers = [["127.0.0.1"], ["10.0.0.1"]]
    with (
        Server({"*": Reply(headers={"Connection": "close"})}) as server,
        fetcher(server.address, resolve=lambda _host, _port: answers.pop(0)) as client,
    ):
        client.fetch(server.url("/", host="byter.example"))
        with pytest.raises(CollectError) as caught:
            client.fetch(server.url("/", host="byter.example"))
    assert caught.value.facts == {"host": "byter.example", "address": "10.0.0.1", "port": server.port}


def test_host_is_kept() -> None:
    """The checked address is connected to, and the server still hears the name it was asked by."""
    with Server({"*": b""}) as server, fetcher(server.address, resolve=local) as client:
        client.fetch(server.url("/", host="växer.example"))
        assert server.requests[0].headers["host"] == f"xn--vxer-loa.example:{server.port}"


def test_certificate_is_checked_for_the_name() -> None:
    """Over TLS the certificate is checked for the name in the address, not for the address behind it."""
    with Server({"*": b"safe"}, tls=True) as server:
        with fetcher(server.address, tls=trusting(), resolve=local) as client:
            assert client.fetch(server.url("/", host="a.skord.test")).body == b"safe"
        error = failure(server.url("/", host="fel.example"), server.address, tls=trusting(), resolve=local)
    assert error.key == "tls_failed"
    assert "fel.example" in str(error.facts["reason"])


def test_name_in_tls_greeting() -> None:
    """The TLS greeting names the host that was asked for."""
    greetings: list[bytes] = []
    with RawServer(lambda connection: greetings.append(connection.recv(4096))) as server:
        url = f"https://namnet.example:{server.port}/"
        assert failure(url, server.address, resolve=local).key == "tls_failed"
    assert b"namnet.example" in greetings[0]


def test_next_address_is_tried() -> None:
    """Where the first of a name's addresses does not answer, the next one is asked."""
    with Server({"*": b"here"}) as server:
        addresses = ["127.0.0.2", "127.0.0.1"]
        allow = (f"127.0.0.2:{server.port}", server.address)
        with fetcher(*allow, resolve=lambda _host, _port: addresses) as client:
            assert client.fetch(server.url("/", host="två.example")).body == b"here"


# Refusals


def test_status_error() -> None:
    """A refusal carries its status, the server's words and when to come back."""
    words = Reply(status=429, body=b'{"error":"Too many requests"}', headers={"Retry-After": "90"})
    with Server({"/": words}) as server:
        error = failure(server.url("/"), server.address)
    assert isinstance(error, StatusError)
    assert (error.key, error.status, error.body) == ("http_too_many", 429, b'{"error":"Too many requests"}')
    assert error.retry_at == NOW + timedelta(seconds=90)


def test_long_refusal() -> None:
    """Of a refusal's body at most 64 kB are kept, even where it never ends."""

    def endless(_request: Request) -> Reply:
        return Reply(status=503, chunks=drip(b"a" * 10_000_000, 0, 10_000))

    with Server({"/": endless}) as server:
        error = failure(server.url("/"), server.address)
    assert isinstance(error, StatusError)
    assert len(error.body) == 64_000


def test_errors_tell_no_secrets() -> None:
    """Neither token nor query stands in an error."""
    server = Server({"*": Reply(status=403)})
    with server, fetcher(server.address) as client, pytest.raises(CollectError) as caught:
        client.fetch(server.url("/?access_token=lösen"), token="hemlig")
    assert "hemlig" not in repr(caught.value)
    assert "access_token" not in repr(caught.value)


# Broken servers


def raw(answer: bytes, after: Callable[[socket.socket], None] | None = None) -> RawServer:
    """Return a server that reads a request, sends ``answer`` as it stands and hangs up."""

    def talk(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer)
        if after:
            after(connection)

    return RawServer(talk)


BROKEN = {
    "nothing": (b"", "cut_off"),
    "half a head": (b"HTTP/1.1 200 OK\r\nContent-", "cut_off"),
    "half a body": (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "cut_off"),
    "half a chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "cut_off"),
    "another protocol": (b"SSH-2.0-OpenSSH_9.2\r\n\r\n\r\n", "bad_answer"),
    "two lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "bad_answer"),
    "endless head": (b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 20_000, "bad_answer"),
    "too long by its own word": (b"HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n", "too_large"),
    "too long": (b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 200_001, "too_large"),
    "brotli": (b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\na", "bad_encoding"),
    "no gzip": (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\na", "bad_encoding"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_server(case: str) -> None:
    """Each way to answer wrongly ends in its own named error, and none is for good."""
    answer, key = BROKEN[case]
    with raw(answer) as server:
        error = failure(server.url(), server.address, max_bytes=200_000)
    assert (error.key, error.permanent, error.facts["host"]) == (key, False, "127.0.0.1")


def test_gzip_bomb() -> None:
    """A small answer that unpacks to more than allowed is refused."""
    bomb = Reply(body=gzip.compress(bytes(50_000_000)), headers={"Content-Encoding": "gzip"})
    with Server({"/": bomb}) as server:
        error = failure(server.url("/"), server.address)
    assert (error.key, error.facts["limit_mb"]) == ("too_large", 10)


def test_own_limit() -> None:
    """An asking may have a limit of its own."""
    server = Server({"/": b"a" * 1001})
    with server, fetcher(server.address) as client, pytest.raises(CollectError) as caught:
        client.fetch(server.url("/"), max_bytes=1000)
    assert caught.value.key == "too_large"


def test_reset() -> None:
    """A connection that is reset in the middle was cut off."""
    with raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", reset) as server:
        assert failure(server.url(), server.address).key == "cut_off"


def test_nobody_listens() -> None:
    """A port where nobody listens refuses the connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    assert failure(f"http://127.0.0.1:{port}/", f"127.0.0.1:{port}").key == "connect_refused"


def test_no_way_there() -> None:
    """An address that the system cannot connect to cannot be reached."""
    error = failure("http://alla.example:9/", "alla.example:9", resolve=lambda _host, _port: ["255.255.255.255"])
    assert error.key == "connect_failed"


def test_unknown_host() -> None:
    """A name that does not exist is not found."""

    def resolve(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    assert failure("http://finns-inte.example/", resolve=resolve).key == "dns_failed"


@pytest.mark.parametrize("url", ["http://a b.se/", "http://exa%00mple.se/", "http://xn--a.se./", "http://☃.☃/"])
def test_unusable_host(url: str) -> None:
    """A host that cannot be one ends in a named error, whoever finds out."""
    assert failure(url, resolve=lambda _host, _port: []).key in ("bad_url", "dns_failed")


@pytest.mark.parametrize("case", ["silent", "dripping head", "dripping body", "early hints"])
def test_slow_server(case: str) -> None:
    """A server that says nothing, or never ends, is left when the time for the whole asking is over."""
    pieces = {
        "silent": (b"", "timed_out"),
        "dripping head": (b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"a" * 1000, "dripped"),
        "dripping body": (b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 1000, "dripped"),
        "early hints": (b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100, "dripped"),
    }
    data, key = pieces[case]
    stop = threading.Event()

    def talk(connection: socket.socket) -> None:
        connection.recv(65536)
        for at in range(0, len(data), 20):
            connection.sendall(data[at : at + 20])
            if stop.wait(0.03):
                return
        stop.wait(5)

    with RawServer(talk) as server:
        started = time.monotonic()
        error = failure(server.url(), server.address, total=timedelta(seconds=0.4))
        took = time.monotonic() - started
        stop.set()
    assert (error.key, error.facts["seconds"]) == (key, 0.4)
    assert took < 2


def test_silent_tls() -> None:
    """A server that never finishes its TLS greeting is left in time."""
    stop = threading.Event()

    def talk(_connection: socket.socket) -> None:
        stop.wait(5)

    with RawServer(talk) as server:
        error = failure(server.url(scheme="https"), server.address, total=timedelta(seconds=0.3))
        stop.set()
    assert error.key == "timed_out"


def test_silent_resolver() -> None:
    """A name that is not found in time ends the asking."""
    stop = threading.Event()

    def resolve(_host: str, _port: int) -> list[str]:
        stop.wait(5)
        return []

    error = failure("http://trög.example/", resolve=resolve, total=timedelta(seconds=0.2))
    stop.set()
    assert error.key == "timed_out"


# Pace


class Clock:
    """Seconds that pass only where somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.slept.append(round(seconds, 3))
        self.now += seconds

    def read(self) -> float:
        """Return the seconds so far."""
        return self.now


def test_pace_per_host() -> None:
    """One host is asked at its pace, redirects included; waiting does not use up the time for the asking."""
    clock = Clock()
    routes: dict[str, Route] = {"/": b"", "/on": redirect("/")}
    with Server(routes) as server:
        pace = {
            "per_host": timedelta(seconds=10),
            "hosts": {"Fort.example": timedelta(seconds=0.5)},
            "monotonic": clock.read,
            "sleep": clock.sleep,
            "resolve": local,
        }
        with fetcher(server.address, **pace) as client:
            client.fetch(server.url("/"))
            client.fetch(server.url("/on"))
            client.fetch(server.url("/", host="fort.example"))
            client.fetch(server.url("/", host="fort.example"))
            client.fetch(server.url("/", host="annan.example"))
    assert clock.slept == [10, 10, 0.5]


def test_pace_across_threads() -> None:
    """Threads that ask one host at once are spread over time."""
    with Server({"/": b""}) as server, fetcher(server.address, per_host=timedelta(seconds=0.1)) as client:
        threads = [threading.Thread(target=client.fetch, args=(server.url("/"),)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        moments = sorted(request.at for request in server.requests)
    assert len(moments) == 4
    assert moments[-1] - moments[0] > 0.25


# Words

# fmt: off
KEYS = [
    "bad_url", "bad_token", "private_address", "dns_failed", "connect_refused", "connect_failed", "tls_failed",
    "timed_out", "dripped", "too_large", "bad_encoding", "bad_answer", "bad_redirect", "too_many_redirects",
    "cut_off", "http_unauthorized", "http_forbidden", "http_not_found", "http_gone", "http_too_many", "http_client",
    "http_server",
]
# fmt: on


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("key", KEYS)
def test_words(code: str, key: str) -> None:
    """Each error says in each language what failed, whether to wait and what to do, with its facts filled in."""
    facts: dict[str, Any] = {
        "host": "example.se",
        "address": "::1",
        "port": 80,
        "status": 400,
        "limit": 5,
        "limit_mb": 10,
    }
    error = CollectError(key, seconds=30, **facts)
    told = Language(code, ZoneInfo("Europe/Stockholm")).explain(error)
    assert told.what
    assert told.wait
    assert told.do
    assert "{" not in str(told)


def test_no_error_without_words() -> None:
    """Every key that the fetching code names stands in the table above, so that it has words."""
    net = Path(__file__).parent.parent / "net"
    code = "".join((net / name).read_text() for name in ("guard.py", "answers.py", "http.py", "trip.py"))
    named = re.findall(r'"((?:http|bad|connect)_[a-z_]+|[a-z_]+_failed)"|CollectError\("([a-z_]+)"', code)
    assert {first or second for first, second in named} <= set(KEYS)


def test_a_post_carries_its_json_and_a_form_its_fields() -> None:
    """Both travel as POST with their type; the answer comes back as any other."""
    with Server({"*": {"ok": True}}) as server, fetcher(server.address) as asked:
        assert asked.fetch(server.url("/a"), json={"namn": "Åsa"}).body == b'{"ok": true}'
        asked.fetch(server.url("/b"), form={"namn": "Åsa"})
    first, second = server.requests
    assert (first.method, first.headers["content-type"], first.body) == (
        "POST",
        "application/json",
        '{"namn": "Åsa"}'.encode(),
    )
    assert (second.headers["content-type"], second.body) == ("application/x-www-form-urlencoded", b"namn=%C3%85sa")


def test_a_post_is_not_sent_on_to_another_address() -> None:
    """A redirect of a POST is refused: a password goes where it was meant and nowhere else."""
    routes = {"/there": {"ok": True}, "/here": redirect("/there", status=307)}
    with Server(routes) as server, fetcher(server.address) as asked, pytest.raises(CollectError) as told:
        asked.fetch(server.url("/here"), json={"password": "x"})
    assert told.value.key == "bad_redirect"
    assert [request.path for request in server.requests] == ["/here"]
