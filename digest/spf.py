"""Whether a domain lets an address send for it: SPF (RFC 7208), as far as a check before sending needs it.

Macros and the "exists" and "ptr" mechanisms are not evaluated: whoever uses them gets ``UNKNOWN``, not a guess.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from enum import StrEnum

from net.dns import DnsError, Lookup

#: More look-ups than this make the record invalid for every receiver (RFC 7208 4.6.4).
MOST_LOOKUPS = 10


class Verdict(StrEnum):
    """What SPF says about an address. ``UNKNOWN`` is ours: the record holds what is not evaluated here."""

    PASS = "pass"  # noqa: S105 - RFC 7208's word
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    PERMERROR = "permerror"
    TEMPERROR = "temperror"
    UNKNOWN = "unknown"


_QUALIFIERS = {"+": Verdict.PASS, "-": Verdict.FAIL, "~": Verdict.SOFTFAIL, "?": Verdict.NEUTRAL}


class _Stop(Exception):
    """Ends an evaluation with its verdict."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict)
        self.verdict = verdict


def records(texts: Iterable[str]) -> list[str]:
    """Return those of a name's TXT records that are SPF."""
    return [text for text in texts if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]


def judge(ip: str, domain: str, lookup: Lookup) -> Verdict:
    """Return what a domain's record says about letters from an address."""
    try:
        return _Evaluation(ip, lookup).of(domain)
    except _Stop as stop:
        return stop.verdict
    except DnsError:
        return Verdict.TEMPERROR


class _Evaluation:
    """One evaluation, which counts its look-ups."""

    def __init__(self, ip: str, lookup: Lookup) -> None:
        self._ip = ipaddress.ip_address(ip)
        self._lookup = lookup
        self._asked = 0

    def of(self, domain: str) -> Verdict:
        """Return the verdict of one domain's record."""
        found = records(self._lookup.txt(domain))
        if len(found) != 1:
            return Verdict.PERMERROR if found else Verdict.NONE
        redirect = ""
        for term in found[0].split()[1:]:
            if "%" in term:
                raise _Stop(Verdict.UNKNOWN)
            name, equals, value = term.partition("=")
            if equals and ":" not in name and "/" not in name:
                redirect = value if name.lower() == "redirect" else redirect
                continue
            verdict = self._term(term, domain)
            if verdict is not None:
                return verdict
        if redirect:
            self._count()
            verdict = self.of(redirect)
            return Verdict.PERMERROR if verdict is Verdict.NONE else verdict
        return Verdict.NEUTRAL

    def _term(self, term: str, domain: str) -> Verdict | None:
        """Return what a mechanism says where it matches, else None."""
        said = _QUALIFIERS.get(term[0], Verdict.PASS)
        body = term[1:] if term[0] in _QUALIFIERS else term
        name, _, rest = body.partition(":")
        name, slash, length = (name, "", "") if rest else body.partition("/")
        name = name.lower()
        if name == "all":
            return said
        if name in ("ip4", "ip6"):
            return said if self._within(rest) else None
        if name in ("a", "mx"):
            target, _, after = rest.partition("/")
            return said if self._hosts(name, target or domain, after or (length if slash else "")) else None
        if name == "include":
            self._count()
            inner = self.of(rest)
            if inner in (Verdict.NONE, Verdict.PERMERROR):
                raise _Stop(Verdict.PERMERROR)
            return said if inner is Verdict.PASS else None
        raise _Stop(Verdict.UNKNOWN if name in ("exists", "ptr") else Verdict.PERMERROR)

    def _within(self, network: str) -> bool:
        try:
            return self._ip in ipaddress.ip_network(network, strict=False)
        except ValueError:
            raise _Stop(Verdict.PERMERROR) from None

    def _hosts(self, kind: str, name: str, length: str) -> bool:
        self._count()
        hosts = self._lookup.mail_hosts(name)[:MOST_LOOKUPS] if kind == "mx" else [name]
        four, _, six = ("", "", length[1:]) if length.startswith("/") else length.partition("//")
        bits = (six if self._ip.version == 6 else four) or ("128" if self._ip.version == 6 else "32")
        return any(
            self._within(f"{address}/{bits}")
            for host in hosts
            for address in self._lookup.addresses(host)
            if (":" in address) == (self._ip.version == 6)
        )

    def _count(self) -> None:
        self._asked += 1
        if self._asked > MOST_LOOKUPS:
            raise _Stop(Verdict.PERMERROR)
