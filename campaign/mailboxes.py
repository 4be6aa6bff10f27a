"""E-mail addresses as people write them: checked, compared, masked. Pure.

A domain may hold å, ä and ö (IDNA 2008) and is turned into what mail servers understand. Before the @ only ASCII is
taken: an address with other letters there can be written to by few servers, and the letter would silently reach nobody.
"""

from __future__ import annotations

import re

import idna

from campaign.errors import InputError

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
#: What belongs to quoted names, comments, routes and lists of addresses, none of which is one plain address.
_UNUSUAL = re.compile(r"[\"()<>\[\]\\,;:]")
_LONGEST_LOCAL, _LONGEST = 64, 254
_LONGEST_WORDS = 2_000

#: An address in a server's words, in angle brackets or not.
_QUOTED = re.compile(r"<?(?:\"[^\"]*\"|[^\s<>@]+)@[^\s<>@:,;]+>?")

#: Where dots before the @ mean nothing, and so one mailbox has many addresses.
_DOTLESS = frozenset({"gmail.com", "googlemail.com"})


def ascii_domain(domain: str) -> str:
    """Return a domain as mail servers understand it ("växer.se" becomes "xn--vxer-loa.se"). Raises UnicodeError."""
    if domain.isascii():
        return domain.lower()
    return idna.encode(domain, uts46=True, transitional=False).decode("ascii")  # IDNAError is a UnicodeError


def split(address: str) -> tuple[str, str]:
    """Return what stands before the @, as written, and the domain in ASCII.

    InputError ``email``: ``email_signs`` for line breaks, quotes, comments and the like, ``email_local`` for letters
    before the @ that most mail servers refuse, ``email_invalid`` for whatever else is no address.
    """
    written = address.strip(" \t")
    if not written.isprintable() or _UNUSUAL.search(written):
        raise InputError("email", "email_signs")
    local, at, domain = written.rpartition("@")
    if at and not local.isascii():
        raise InputError("email", "email_local")
    try:
        found = ascii_domain(domain)
    except UnicodeError:
        found = ""
    fits = len(local) <= _LONGEST_LOCAL and len(local) + 1 + len(found) <= _LONGEST
    if not at or not fits or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(found):
        raise InputError("email", "email_invalid", text=written[:100])
    return local, found


def key_of(address: str) -> str:
    """Return an address folded to compare: lower case, its domain in ASCII. Raises as ``split``."""
    local, domain = split(address)
    return f"{local}@{domain}".lower()


def mailbox_of(key: str) -> str:
    """Return what is the same for the addresses of one mailbox: no tag after a plus sign, no dots where they mean
    nothing. Good for counting only: letters go to the address as it was written.
    """
    local, _, domain = key.rpartition("@")
    plain = local.partition("+")[0] or local
    return f"{plain.replace('.', '') if domain in _DOTLESS else plain}@{domain}"


def scrubbed(words: str) -> str:
    """Return a mail server's words without the addresses in them: those are kept where they can be forgotten."""
    return _QUOTED.sub("…", words[:_LONGEST_WORDS])


def masked(address: str) -> str:
    """Return an address of which its owner knows the rest: "a•••@h•••.se"."""
    local, _, domain = address.rpartition("@")
    name, _, top = domain.rpartition(".")
    return f"{local[:1]}•••@{name[:1]}•••.{top}" if local and name else "•••"
