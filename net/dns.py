"""Looking up what a domain says of itself. Bounded in time; an answer that there is none is no error.

Names go out to the resolver of this machine alone, as any program's do; what comes back is foreign text.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

import dns.exception
import dns.name
import dns.resolver
import dns.reversename

from campaign.errors import CollectError

SECONDS = 4.0
"""How long one question may take, all tries together."""


class DnsError(CollectError):
    """The resolver did not answer, or answered that it could not find out. ``dns_silent`` with ``name``."""


class Lookup:
    """Asks the resolver of this machine, or the servers given ("127.0.0.1") at ``port``."""

    def __init__(self, servers: Sequence[str] = (), *, port: int = 53, seconds: float = SECONDS) -> None:
        try:
            # Without servers those of /etc/resolv.conf are asked.
            self._resolver = dns.resolver.Resolver(configure=not servers)
        except dns.resolver.NoResolverConfiguration:
            self._resolver = dns.resolver.Resolver(configure=False)  # every question fails, and is told
        if servers:
            self._resolver.nameservers = list(servers)
            self._resolver.port = port
        self._resolver.lifetime = seconds
        self._resolver.timeout = seconds / 2

    def txt(self, name: str) -> list[str]:
        """Return the TXT records of a name, each with its strings joined (RFC 7208 3.3). Raises DnsError."""
        return ["".join(part.decode("utf-8", "replace") for part in each.strings) for each in self._ask(name, "TXT")]

    def addresses(self, name: str) -> list[str]:
        """Return the addresses of a name, version 4 before 6. Raises DnsError."""
        return [str(each.address) for kind in ("A", "AAAA") for each in self._ask(name, kind)]

    def mail_hosts(self, name: str) -> list[str]:
        """Return the hosts that take mail for a name, the preferred first. Raises DnsError."""
        found = sorted(self._ask(name, "MX"), key=lambda each: int(each.preference))
        return [str(each.exchange).rstrip(".").lower() for each in found]

    def names(self, address: str) -> list[str]:
        """Return the names that an address has in reverse. Raises DnsError; ValueError for what is no address."""
        ipaddress.ip_address(address)
        reverse = dns.reversename.from_address(address).to_text()
        return [str(each.target).rstrip(".").lower() for each in self._ask(reverse, "PTR")]

    def _ask(self, name: str, kind: str) -> list[dns.resolver.Answer]:
        try:
            return list(self._resolver.resolve(name, kind, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, UnicodeError, OSError) as error:
            raise DnsError("dns_silent", name=name) from error
