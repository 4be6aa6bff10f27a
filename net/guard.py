"""Which addresses may be asked: nothing on this machine or its own network unless the configuration lists it.

The check is made on the address that is connected to, after the name has been looked up, so that neither
spellings (``127.1``, ``2130706433``) nor a name that changes its answer between check and use get through.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from urllib.parse import urlsplit

from campaign.errors import CollectError

Resolver = Callable[[str, int], Sequence[str]]
"""Takes a host in ASCII and a port, returns addresses as text, best first. Raises OSError when there are none."""

MAX_URL_LENGTH = 8000

# ipaddress.is_private and is_global let through several of these in Python 3.11, so the table is our own
# (IANA special-purpose registries). IPv6 is the other way round: only global unicast, less its exceptions,
# which leaves out ::/8 (IPv4-compatible and -mapped), 64:ff9b::/96 and 64:ff9b:1::/48 (NAT64), fc00::/7,
# fe80::/10, fec0::/10, ff00::/8 and all that has not been given out.
_CLOSED_V4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_OPEN_V6 = ipaddress.IPv6Network("2000::/3")
_CLOSED_V6 = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo (2001::/32) among them
        "2001:db8::/32",
        "2002::/16",  # 6to4 carries an IPv4 address, which may be a private one
        "3fff::/20",
    )
)


def is_public(address: str) -> bool:
    """Return whether an IP address, as text, belongs to the open internet. Raises ValueError for anything else."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv4Address):
        return not any(ip in network for network in _CLOSED_V4)
    return ip in _OPEN_V6 and not any(ip in network for network in _CLOSED_V6)


def check_url(url: str) -> None:
    """Refuse an address that is no plain http(s) address, or that programs read differently.

    Raises CollectError ``bad_url``. Says nothing about where the host leads; that is ``Guard``'s to find out.
    """
    if not _is_plain(url):
        raise CollectError("bad_url", permanent=True)


def _is_plain(url: str) -> bool:
    if len(url) > MAX_URL_LENGTH or "\\" in url or url != url.strip():
        return False
    if any(ord(letter) < 32 or 127 <= ord(letter) < 160 or 0xD800 <= ord(letter) < 0xE000 for letter in url):
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc and port != 0


def parse_allowed(entry: str) -> tuple[str, int]:
    """Return host and port of one entry of the allow-list ("127.0.0.1:8001", "[::1]:80", "intern.se:443").

    Raises ValueError where host or port is missing: a whole machine is never let in.
    """
    host, _, port = entry.strip().rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536 or (":" in host and host[0] != "["):
        raise ValueError(entry)
    return _same_host(host.removeprefix("[").removesuffix("]")), int(port)


def _same_host(host: str) -> str:
    """Return the one spelling of a host: addresses in their short form, names in lower-case ASCII."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        name = host.rstrip(".").lower()
        return name if name.isascii() else name.encode("idna").decode("ascii")


def look_up(host: str, port: int) -> list[str]:
    """Return the addresses of a host as the operating system finds them, each once."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Guard:
    """Looks names up and says which of their addresses may be connected to. Safe to share between threads."""

    def __init__(self, allow: Iterable[str] = (), *, resolve: Resolver = look_up) -> None:
        self._allowed = frozenset(parse_allowed(entry) for entry in allow)
        self._resolve = resolve

    def addresses(self, host: str, port: int, *, seconds: float) -> list[str]:
        """Return the addresses of ``host`` that may be asked at ``port``, at least one.

        Raises CollectError ``dns_failed``, or ``private_address`` where none is left; TimeoutError when the
        name has not been found within ``seconds``.
        """
        found = self._found(host, port, seconds)
        open_ones = [address for address in found if self._may_ask(host, address, port)]
        if not open_ones:
            raise CollectError("private_address", host=host, address=found[0], port=port)
        return open_ones

    def _may_ask(self, host: str, address: str, port: int) -> bool:
        asked = {(_same_host(host), port), (_same_host(address), port)}
        return is_public(address) or not asked.isdisjoint(self._allowed)

    def _found(self, host: str, port: int, seconds: float) -> Sequence[str]:
        try:
            return [str(ipaddress.ip_address(host))]
        except ValueError:
            pass  # a name, or an odd spelling of an address, which the resolver reads as connecting would
        try:
            found = _within(seconds, lambda: self._resolve(host, port))
        except TimeoutError:
            raise
        except (OSError, UnicodeError) as error:
            raise CollectError("dns_failed", host=host) from error
        if not found:
            raise CollectError("dns_failed", host=host)
        return found


def _within(seconds: float, work: Callable[[], Sequence[str]]) -> Sequence[str]:
    """Run ``work`` in a thread and wait at most ``seconds``: the system's resolver itself knows no limit."""
    future: Future[Sequence[str]] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except (OSError, UnicodeError) as error:
            future.set_exception(error)

    threading.Thread(target=run, name="skord-dns", daemon=True).start()
    return future.result(timeout=seconds)
