"""Which addresses may be asked."""

from __future__ import annotations

import socket
import threading

import pytest

from campaign.errors import CollectError
from net.guard import Guard, check_url, is_public, look_up, parse_allowed

# fmt: off
CLOSED = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1",
    "172.31.255.255", "192.0.0.1", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1",
    "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::8.8.8.8",
    "64:ff9b:1::1", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:2::1", "2001:10::1",
    "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1", "4000::1", "5f00::1", "fc00::1",
    "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
]
# fmt: on
OPEN = ["8.8.8.8", "193.10.255.1", "100.128.0.1", "172.32.0.1", "192.0.1.1", "223.255.255.255"]
OPEN += ["2001:4860:4860::8888", "2a00:801::1", "2606:4700::1111", "2001:200::1"]


@pytest.mark.parametrize("address", CLOSED)
def test_closed_address(address: str) -> None:
    """No address of this machine, a local network, or a range that leads there in disguise counts as public."""
    assert not is_public(address)


@pytest.mark.parametrize("address", OPEN)
def test_open_address(address: str) -> None:
    """Ordinary addresses beside the closed ranges are public."""
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f.1", "127.1", "0", "017700000001", "127.0.0.1", "::1", "::ffff:7f00:1", "localhost"],
)
def test_spellings_of_this_machine(host: str) -> None:
    """Every way to write this machine's address is refused by the system's own reading of it."""
    with pytest.raises(CollectError) as caught:
        Guard().addresses(host, 80, seconds=5)
    assert caught.value.key == "private_address"


def test_only_open_addresses_are_left() -> None:
    """Of a name's several addresses only those that may be asked are returned."""
    guard = Guard(resolve=lambda _host, _port: ["10.0.0.1", "8.8.8.8", "::1"])
    assert guard.addresses("blandat.example", 443, seconds=5) == ["8.8.8.8"]


@pytest.mark.parametrize("entry", ["127.0.0.1:8001", "LOCALHOST:8001", "localhost.:8001", "[::1]:8001"])
def test_listed_with_port(entry: str) -> None:
    """A private address may be asked by the name or the address, and at the port, that are listed."""
    guard = Guard((entry,), resolve=lambda _host, _port: ["127.0.0.1", "::1"])
    assert guard.addresses("localhost", 8001, seconds=5)


def test_listed_for_another_port() -> None:
    """An entry opens its own port and no other."""
    with pytest.raises(CollectError):
        Guard(("127.0.0.1:8001",)).addresses("127.0.0.1", 8002, seconds=5)


def test_listed_swedish_name() -> None:
    """A listed name with Swedish letters is the name that goes out in ASCII."""
    guard = Guard(("våxnät.se:80",), resolve=lambda _host, _port: ["10.0.0.1"])
    assert guard.addresses("våxnät.se".encode("idna").decode(), 80, seconds=5) == ["10.0.0.1"]


@pytest.mark.parametrize("entry", ["127.0.0.1", "::1", "intern.se:", ":80", "intern.se:0", "intern.se:99999", "a:b"])
def test_entry_without_port(entry: str) -> None:
    """An entry that names no port, or no possible one, is wrong rather than wide."""
    with pytest.raises(ValueError):
        parse_allowed(entry)


def test_unknown_name() -> None:
    """A name without addresses is told as one that cannot be found."""

    def resolve(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    with pytest.raises(CollectError) as caught:
        Guard(resolve=resolve).addresses("finns-inte.example", 80, seconds=5)
    assert (caught.value.key, caught.value.facts) == ("dns_failed", {"host": "finns-inte.example"})


def test_impossible_name() -> None:
    """A name that the system cannot even ask for is one that cannot be found."""
    with pytest.raises(CollectError) as caught:
        Guard().addresses("a" * 70 + ".example", 80, seconds=5)
    assert caught.value.key == "dns_failed"


def test_silent_resolver() -> None:
    """A resolver that does not answer is not waited for longer than allowed."""
    release = threading.Event()

    def resolve(_host: str, _port: int) -> list[str]:
        release.wait(10)
        return []

    with pytest.raises(TimeoutError):
        Guard(resolve=resolve).addresses("trög.example", 80, seconds=0.05)
    release.set()


def test_each_address_once() -> None:
    """The system's look-up gives each address once."""
    found = look_up("localhost", 80)
    assert found
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.se/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "//example.se/",
        "example.se",
        "",
        "http://",
        "http:///path",
        "http://anna@example.se/",
        "http://anna:hemligt@example.se/",
        "http://example.com\\@127.0.0.1/",
        "http://example.se/a\\b",
        "http://example.se/\n",
        " http://example.se/",
        "http://exa\tmple.se/",
        "http://example.se/\x00",
        "http://example.se/\x85",
        "http://example.se:0/",
        "http://example.se:99999/",
        "http://example.se:abc/",
        "http://[::1/",
        "http://example.se/" + "a" * 9000,
        "http://example.se/\udc80",
    ],
)
def test_refused_url(url: str) -> None:
    """An address that is no plain http(s) address is refused, for good."""
    with pytest.raises(CollectError) as caught:
        check_url(url)
    assert (caught.value.key, caught.value.permanent) == ("bad_url", True)


@pytest.mark.parametrize(
    "url",
    ["http://example.se", "HTTPS://Example.SE/a b?q=å@#x", "http://växtkraft.se/flöde", "http://[2a00::1]:8080/"],
)
def test_plain_url(url: str) -> None:
    """Addresses as people write them pass."""
    check_url(url)
