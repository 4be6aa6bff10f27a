"""What the world must find of the domain that letters come from, so that they arrive: ``skord doctor mail``.

Looks up SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489), reverse names and TLS, and says of each how it stands and
what to ask the keeper of the domain for. What cannot be known from here is said to be unknown, never to be well.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from campaign.errors import Fact
from campaign.settings import MailSettings, NewsletterSettings, Settings
from digest import spf
from digest.message import ascii_address, sender
from net import smtp
from net.dns import DnsError, Lookup
from net.guard import is_public
from storage import mail_checks
from storage.store import Store

#: Shorter RSA keys are refused by the big receivers, longer are what they ask for.
LEAST_BITS, WANTED_BITS = 1024, 2048

#: An address may have many names in reverse; so many are looked up.
MOST_NAMES = 10

#: So long what was looked up is believed; what is red only shortly, so that a mend, or a network, is seen.
FRESH, FRESH_RED = timedelta(hours=6), timedelta(minutes=10)

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class Standing(StrEnum):
    """How one thing stands. ``RED`` keeps the first real sending back; ``YELLOW`` is unknown or could be better."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked up: ``what`` (spf, dkim, dmarc, reverse, tls, sender, answers, site), how it stands,
    and in which words: ``key`` under ``mailcheck`` with ``.told`` and, where there is something to do, ``.do``.
    """

    what: str
    standing: Standing
    key: str
    facts: dict[str, Fact] = field(default_factory=dict)

    @property
    def red(self) -> bool:
        """Whether letters would be refused or thrown away for it."""
        return self.standing is Standing.RED


Connect = Callable[[MailSettings], smtp.SmtpConnection]


def look(
    settings: Settings, newsletter: NewsletterSettings, lookup: Lookup, *, connect: Connect | None = None
) -> list[Finding]:
    """Return what was found about the domain that a newsletter's letters come from, in the order to read it."""
    address = sender(newsletter)
    domain = address.domain.lower()
    envelope = domain
    if settings.mail.bounces.address:
        envelope = ascii_address(settings.mail.bounces.address).rpartition("@")[2].lower()
    found = list(_sender(address.username, newsletter, settings))
    if unknown := _asked("spf", domain, lambda: _unknown(lookup, domain)):
        # Without the domain, or without a network, nothing below could be told from what is missing.
        return found + unknown + _tls(settings.mail, connect or smtp.open)
    found += _asked("spf", envelope, lambda: _spf(settings.mail, lookup, envelope))
    found += _asked("dkim", domain, lambda: _dkim(settings.mail, lookup, domain))
    found += _asked("dmarc", domain, lambda: _dmarc(lookup, domain, envelope))
    found += _asked("reverse", domain, lambda: _reverse(settings.mail, lookup))
    found += _asked("answers", domain, lambda: _answers(settings, newsletter, lookup))
    found += _tls(settings.mail, connect or smtp.open)
    return found


def standing(
    store: Store, settings: Settings, newsletter: NewsletterSettings, *, now: datetime, lookup: Lookup | None = None
) -> list[Finding]:
    """Return what is known about a newsletter's domain, looked up anew where that was long ago."""
    domain = sender(newsletter).domain.lower()
    kept = mail_checks.get_check(store, domain)
    known = from_json(kept.findings) if kept is not None else []
    if kept is not None and now - (FRESH_RED if is_red(known) else FRESH) < kept.at <= now:
        return known
    found = look(settings, newsletter, lookup or Lookup())
    mail_checks.put_check(store, domain, as_json(found), now=now)
    return found


def keeps_back(
    store: Store, settings: Settings, newsletter: NewsletterSettings, *, now: datetime, lookup: Lookup | None = None
) -> list[Finding]:
    """Return what is red and keeps a newsletter's first real letters from leaving; nothing once some have left, where
    a person said to send all the same, or where ``[mail] check`` is off.
    """
    if not settings.mail.check or mail_checks.has_sent(store, newsletter.id):
        return []
    red = [each for each in standing(store, settings, newsletter, now=now, lookup=lookup) if each.red]
    kept = mail_checks.get_check(store, sender(newsletter).domain.lower()) if red else None
    return [] if kept is not None and kept.accepted_at is not None else red


def is_red(findings: Iterable[Finding]) -> bool:
    """Return whether anything stands so that letters would be refused or thrown away."""
    return any(each.red for each in findings)


def known_red(store: Store, settings: Settings, newsletter: NewsletterSettings) -> list[Finding]:
    """Return what ``keeps_back`` would from what was looked up last; nobody is asked."""
    kept = mail_checks.get_check(store, sender(newsletter).domain.lower()) if settings.mail.check else None
    if kept is None or kept.accepted_at is not None or mail_checks.has_sent(store, newsletter.id):
        return []
    return [each for each in from_json(kept.findings) if each.red]


def as_json(findings: list[Finding]) -> list[dict[str, object]]:
    """Return findings as they are kept."""
    return [
        {"what": each.what, "standing": str(each.standing), "key": each.key, "facts": each.facts} for each in findings
    ]


def from_json(kept: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """Return the findings that ``as_json`` kept."""
    return [
        Finding(
            what=str(each["what"]),
            standing=Standing(str(each["standing"])),
            key=str(each["key"]),
            facts=dict(each["facts"]),
        )
        for each in kept
    ]


def _asked(what: str, domain: str, ask: Callable[[], list[Finding]]) -> list[Finding]:
    """Return what an asking found, or that the resolver did not answer: waiting helps."""
    try:
        return ask()
    except DnsError as error:
        name = str(error.facts.get("name", domain))
        return [Finding(what=what, standing=Standing.YELLOW, key="unanswered", facts={"name": name})]


def _unknown(lookup: Lookup, domain: str) -> list[Finding]:
    """Return that the resolver knows nothing at all of a domain, nothing where it does."""
    if lookup.txt(domain) or lookup.mail_hosts(domain) or lookup.addresses(domain):
        return []
    return [Finding(what="spf", standing=Standing.RED, key="domain_unknown", facts={"domain": domain})]


def _sender(local: str, newsletter: NewsletterSettings, settings: Settings) -> Iterator[Finding]:
    nobody = re.fullmatch(r"(no|do[-_.]?not|ej|svara[-_.]?(ej|inte))[-_.]?(reply|svara)?", local, re.IGNORECASE)
    if nobody and not newsletter.reply_to:
        facts: dict[str, Fact] = {"address": newsletter.sender_address}
        yield Finding(what="sender", standing=Standing.RED, key="sender_nobody", facts=facts)
    secure = settings.site.base_url.startswith("https://")
    yield Finding(
        what="site",
        standing=Standing.GREEN if secure else Standing.RED,
        key="site_secure" if secure else "site_plain",
        facts={"url": settings.site.base_url},
    )


def _outgoing(mail: MailSettings, lookup: Lookup) -> list[str]:
    """Return the public addresses that letters leave from, as far as they can be known from here."""
    if mail.sends_from:
        return list(mail.sends_from)
    if mail.host.lower() in _LOCAL:
        return []
    try:
        return [mail.host] if is_public(mail.host) else []
    except ValueError:
        return [each for each in lookup.addresses(mail.host) if is_public(each)]


def _spf(mail: MailSettings, lookup: Lookup, domain: str) -> list[Finding]:
    def finding(standing: Standing, key: str, **facts: Fact) -> list[Finding]:
        return [Finding(what="spf", standing=standing, key=key, facts={"domain": domain, **facts})]

    records = spf.records(lookup.txt(domain))
    ips = _outgoing(mail, lookup)
    proposed = " ".join(f"ip{6 if ':' in each else 4}:{each}" for each in ips) or "include:…"
    if not records:
        return finding(Standing.RED, "spf_missing", record=f"v=spf1 {proposed} -all")
    if len(records) > 1:
        return finding(Standing.RED, "spf_twice", count=len(records))
    if not ips:
        return finding(Standing.YELLOW, "spf_unproved", record=records[0])
    for ip in ips:
        verdict = spf.judge(ip, domain, lookup)
        if verdict in (spf.Verdict.PERMERROR, spf.Verdict.TEMPERROR):
            return finding(Standing.RED, "spf_broken", record=records[0])
        if verdict is spf.Verdict.UNKNOWN:
            return finding(Standing.YELLOW, "spf_unproved", record=records[0])
        if verdict is not spf.Verdict.PASS:
            return finding(Standing.RED, "spf_refuses", record=records[0], ip=ip, proposed=proposed)
    return finding(Standing.GREEN, "spf_passes", record=records[0], ips=", ".join(ips))


def _dkim(mail: MailSettings, lookup: Lookup, domain: str) -> list[Finding]:
    if not mail.dkim:
        facts: dict[str, Fact] = {"domain": domain}
        return [Finding(what="dkim", standing=Standing.YELLOW, key="dkim_unknown", facts=facts)]
    return [_dkim_key(lookup, f"{selector}._domainkey.{domain}") for selector in mail.dkim]


def _dkim_key(lookup: Lookup, name: str) -> Finding:
    def finding(standing: Standing, key: str, **facts: Fact) -> Finding:
        return Finding(what="dkim", standing=standing, key=key, facts={"name": name, **facts})

    found = [tags(record) for record in lookup.txt(name)]
    keys = [each for each in found if "p" in each and each.get("v", "DKIM1") == "DKIM1"]
    if not keys:
        return finding(Standing.RED, "dkim_missing")
    if not keys[0]["p"]:
        return finding(Standing.RED, "dkim_revoked")
    if keys[0].get("k", "rsa") != "rsa":
        return finding(Standing.GREEN, "dkim_found", bits=keys[0]["k"])
    try:
        key = load_der_public_key(base64.b64decode("".join(keys[0]["p"].split()), validate=True))
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        return finding(Standing.RED, "dkim_unreadable")
    bits = key.key_size if isinstance(key, RSAPublicKey) else 0
    if bits < LEAST_BITS:
        return finding(Standing.RED, "dkim_short", bits=bits)
    if bits < WANTED_BITS:
        return finding(Standing.YELLOW, "dkim_small", bits=bits)
    return finding(Standing.GREEN, "dkim_found", bits=bits)


def tags(record: str) -> dict[str, str]:
    """Return a record of "name=value" parts between semicolons (RFC 6376 3.2), names in lower case."""
    parts = (part.partition("=") for part in record.split(";"))
    return {name.strip().lower(): value.strip() for name, equals, value in parts if equals}


def _dmarc(lookup: Lookup, domain: str, envelope: str) -> list[Finding]:
    def finding(standing: Standing, key: str, **facts: Fact) -> list[Finding]:
        return [Finding(what="dmarc", standing=standing, key=key, facts={"domain": domain, **facts})]

    for name in _upwards(domain):
        found = [record for record in lookup.txt(f"_dmarc.{name}") if record.lower().startswith("v=dmarc1")]
        if not found:
            continue
        if len(found) > 1:
            return finding(Standing.RED, "dmarc_twice", name=name)
        policy = tags(found[0]).get("sp" if name != domain else "p", tags(found[0]).get("p", ""))
        if policy.lower() not in ("none", "quarantine", "reject"):
            return finding(Standing.RED, "dmarc_broken", name=name, record=found[0])
        strict = tags(found[0]).get("aspf", "r").lower() == "s"
        if envelope != domain and (strict or not _same_house(envelope, domain, name)):
            return finding(Standing.YELLOW, "dmarc_apart", name=name, envelope=envelope)
        if "rua" not in tags(found[0]):
            return finding(Standing.YELLOW, "dmarc_silent", name=name, policy=policy)
        return finding(Standing.GREEN, "dmarc_found", name=name, policy=policy)
    return finding(Standing.RED, "dmarc_missing", record="v=DMARC1; p=none; rua=mailto:…")


def _upwards(domain: str) -> list[str]:
    """Return a domain and those above it that have at least two labels: where a policy may stand."""
    labels = domain.split(".")
    return [".".join(labels[at:]) for at in range(max(1, len(labels) - 1))][:5]


def _same_house(one: str, other: str, house: str) -> bool:
    return all(each == house or each.endswith(f".{house}") for each in (one, other))


def _reverse(mail: MailSettings, lookup: Lookup) -> list[Finding]:
    found = []
    for ip in _outgoing(mail, lookup):
        names = lookup.names(ip)
        back = [name for name in names[:MOST_NAMES] if ip in lookup.addresses(name)]
        key = "reverse_found" if back else "reverse_apart" if names else "reverse_missing"
        facts: dict[str, Fact] = {"ip": ip, "name": (back or names or [""])[0]}
        found.append(Finding(what="reverse", standing=Standing.GREEN if back else Standing.RED, key=key, facts=facts))
    return found or [Finding(what="reverse", standing=Standing.YELLOW, key="reverse_unknown")]


def _answers(settings: Settings, newsletter: NewsletterSettings, lookup: Lookup) -> list[Finding]:
    """Look whether somebody takes in what comes back: answers, and letters that could not be delivered."""
    wanted = {newsletter.reply_to or settings.site.contact, settings.mail.bounces.address or newsletter.sender_address}
    found = []
    for address in sorted(ascii_address(each) for each in wanted):
        domain = address.rpartition("@")[2]
        takes = lookup.mail_hosts(domain) or lookup.addresses(domain)
        standing, key = (Standing.GREEN, "answers_found") if takes else (Standing.RED, "answers_nowhere")
        found.append(Finding(what="answers", standing=standing, key=key, facts={"address": address}))
    return found


def _tls(mail: MailSettings, connect: Connect) -> list[Finding]:
    facts: dict[str, Fact] = {"host": mail.host, "port": mail.port}
    try:
        connect(mail).close()
    except smtp.MailUnreachable as problem:
        return [Finding(what="tls", standing=Standing.RED, key="tls_failed", facts={**facts, "problem": problem.key})]
    if mail.security == "none" and mail.host.lower() not in _LOCAL:
        return [Finding(what="tls", standing=Standing.RED, key="tls_none", facts=facts)]
    key = "tls_local" if mail.security == "none" else "tls_found"
    return [Finding(what="tls", standing=Standing.GREEN, key=key, facts=facts)]
