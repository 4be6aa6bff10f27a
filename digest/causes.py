"""Why a letter was not taken, in kinds that a person can act on: read from the server's code and words. Pure."""

from __future__ import annotations

import re
from enum import StrEnum


class Cause(StrEnum):
    """What stood in the way of a letter."""

    NO_ADDRESS = "no_address"
    """The address does not exist (any more)."""
    NO_DOMAIN = "no_domain"
    """What stands after the @ takes no mail."""
    FULL = "full"
    CLOSED = "closed"
    """The mailbox is there but takes nothing: switched off, or not used for long."""
    SPAM = "spam"
    """The receiver takes the letter, or its sender, for unwanted."""
    PROOF = "proof"
    """The sender could not be proven: SPF, DKIM, DMARC, reverse name."""
    TOO_BIG = "too_big"
    BUSY = "busy"
    """The receiver wants fewer letters, or letters later."""
    UNREACHABLE = "unreachable"
    """The receiving server did not answer for so long that the letter was given up."""
    REFUSED = "refused"
    """Said no for a reason that fits nowhere else."""
    UNKNOWN = "unknown"
    """Said nothing that can be understood."""


#: The address itself is wrong: no letter will ever arrive.
FOR_GOOD = frozenset({Cause.NO_ADDRESS, Cause.NO_DOMAIN, Cause.CLOSED})
_ABOUT_US = frozenset({Cause.FULL, Cause.SPAM, Cause.PROOF, Cause.BUSY})

_LINK = re.compile(r"https?://\S+")
_CODE = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")

_BY_CODE = {
    "1.1": Cause.NO_ADDRESS, "1.2": Cause.NO_DOMAIN, "1.3": Cause.NO_ADDRESS, "1.6": Cause.NO_ADDRESS,
    "1.10": Cause.NO_DOMAIN, "2.1": Cause.CLOSED, "2.2": Cause.FULL, "2.3": Cause.TOO_BIG, "3.1": Cause.FULL,
    "3.2": Cause.BUSY, "3.4": Cause.TOO_BIG, "4.2": Cause.UNREACHABLE,
    "1.7": Cause.REFUSED, "1.8": Cause.REFUSED, "4.5": Cause.BUSY, "4.7": Cause.UNREACHABLE, "7.8": Cause.REFUSED,
    "7.13": Cause.CLOSED,
    "7.20": Cause.PROOF, "7.23": Cause.PROOF, "7.24": Cause.PROOF, "7.25": Cause.PROOF, "7.26": Cause.PROOF,
    "7.27": Cause.PROOF, "7.28": Cause.BUSY, "7.29": Cause.PROOF, "7.515": Cause.PROOF,
}  # fmt: skip

#: Words that decide where the code says little, the surest first. Text is in lower case.
_BY_WORDS = tuple(
    (cause, re.compile(words))
    for cause, words in (
        (
            Cause.FULL,
            r"over ?quota|quota exceeded|exceeded (?:his|its|their|the) (?:storage|quota)|"
            r"mail(?:box)? (?:is |exceeded|disk )?(?:full|quota)|mailbox.{0,20} full|insufficient (?:system )?storage|"
            r"out of storage|"
            r"(?:brevlådan|inkorgen|postlådan|e-?postlådan) är full|full (?:brevlåda|inkorg|postlåda)",
        ),
        (
            Cause.SPAM,
            r"\bspam|spamhaus|black ?list|block ?list|\bdnsbl|\brbl\b|reputation|unsolicited|junk mail|"
            r"content (?:rejected|filter)|skräppost",
        ),
        (Cause.PROOF, r"\bspf\b|\bdkim\b|\bdmarc\b|unauthenticated|reverse dns|ptr record|not authenticated"),
        (
            Cause.NO_ADDRESS,
            r"user ?unknown|unknown (?:user|recipient|address|account|mailbox|local)|no such (?:user|recipient|address|"
            r"mailbox|person|account)|(?:user|recipient|address|account|mailbox|inbox)(?: \S{1,80})? "
            r"(?:does ?n[o']t|do not|not|was not|could not be|is not) ?(?:be )?(?:exist|found|known|listed|valid)|"
            r"recipnotfound|invalid (?:recipient|mailbox|address|user)|not a valid (?:mailbox|recipient|user)|"
            r"no mailbox (?:here|by that name)|mailbox unavailable|no longer (?:valid|on server|available)|"
            r"have a .{0,40}account|recipient address rejected: access denied|tried to reach does not exist|"
            r"(?:adressen|mottagaren|kontot|användaren|brevlådan) (?:finns inte|hittades inte|kunde inte hittas|är "
            r"okänd)|"
            r"okänd (?:mottagare|användare|adress)|(?:ogiltig|felaktig) (?:mottagare|e-?postadress|adress)",
        ),
        (
            Cause.NO_DOMAIN,
            r"(?:host|domain)(?: name| \S{1,80})? (?:unknown|not found|does not exist|lookup)|unknown (?:host|domain)|"
            r"nxdomain|null mx|unrouteable|domain .{0,60}(?:no valid|not exist)|domänen (?:finns inte|hittades inte)",
        ),
        (
            Cause.CLOSED,
            r"(?:account|mailbox|user|recipient)(?: \S{1,80})? (?:is |has been |was )?(?:disabled|inactive|suspended|"
            r"closed|deactivated|locked|discontinued)|disabled recipient|"
            r"tried to reach is (?:disabled|inactive)|"
            r"(?:kontot|brevlådan) är (?:stängt|stängd|avstängt|avstängd|inaktivt)",
        ),
        (
            Cause.TOO_BIG,
            r"message (?:size|too (?:big|large))|exceeds? (?:the )?(?:maximum )?(?:size|message)|för stort",
        ),
        (Cause.BUSY, r"too many|rate limit|throttl|grey ?list|try again later|temporarily deferred|4\.7\.0"),
        (
            Cause.UNREACHABLE,
            r"timed? ?out|connection (?:refused|reset)|no route|could not (?:be )?connect|retry time|not reachable|"
            r"delivery (?:time )?expired|queue too long|inte kontakt",
        ),
    )
)


def cause(code: int | None, status: str, text: str) -> Cause:
    """Return what stood in the way. ``code`` is SMTP's (550), ``status`` RFC 3463's ("5.1.1"); None and "" for none."""
    words = _LINK.sub("", " ".join(text.lower().split())[:2000])
    found = _CODE.search(status) or _CODE.search(words)
    by_code = _BY_CODE.get(f"{found[2]}.{found[3]}") if found else None
    by_words = next((kind for kind, pattern in _BY_WORDS if pattern.search(words)), None)
    if by_code in FOR_GOOD and by_words in _ABOUT_US:
        # "5.1.1 … has sent to too many recipients": servers say that nobody is there when they mean us.
        return by_words
    if by_code is not None or by_words is not None:
        return by_code or by_words or Cause.UNKNOWN
    if found and found[1] == "4":
        return Cause.UNREACHABLE if found[2] == "4" else Cause.BUSY
    if found and found[2] == "4":
        return Cause.UNREACHABLE
    return Cause.REFUSED if code or found else Cause.UNKNOWN


def is_for_good(code: int | None, status: str, text: str) -> bool:
    """Return whether no letter will ever reach the address: it, or its domain, is not there."""
    found = _CODE.search(status)
    if found and found[1] == "4":
        return False
    return cause(code, status, text) in FOR_GOOD
