"""Keeps programs from signing up other people's addresses by the thousand, without asking anybody outside.

Layers that work without scripts: a form remembers when it was shown; tries are counted by network, and what was taken
by receiving domain and in all; beyond what is usual each address costs work (a small script does it) or, from a network
that is known and calm, a wait. What is answered never depends on whether an address is known.

Nobody shuts the door for others: a network that does not stop is refused alone, and what is refused leaves no trace.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from campaign.errors import DigestError
from campaign.mailboxes import key_of
from digest.keys import fits, keyed
from storage import attempts
from storage.attempts import Tries
from storage.store import Store

#: Nobody reads and fills in a form faster; and a page that is older was kept by a program.
QUICKEST, OLDEST = timedelta(seconds=2), timedelta(days=45)

#: What costs work or a wait beyond so many an hour: from one network, to one receiving domain, in all.
NETWORK, DOMAIN, ALL = 10, 30, 60
#: In all and by domain so many times the usual are still calm: a campaign may be in the news.
CALM_TIMES = 6
#: From one network nothing more is taken in an hour, whatever work was done; what a network tries counts, taken or not.
NETWORK_MOST = 60
#: Beyond so many in all only calm networks get in, and everybody works harder.
ALL_MOST = 2_000

#: What a script has to find: a number after which a hash begins with so many zero bits; some seconds on a phone, or,
#: while a flood lasts, a minute or two.
WORK_BITS, HARD_BITS = 16, 20
WAIT, WORK_LASTS = timedelta(seconds=60), timedelta(hours=1)


class Answer(StrEnum):
    """What became of a form: taken; to be sent once more; to be sent with work done, or after a wait; with work done
    (a wait does not do), which may be hard.
    """

    TAKEN = "taken"
    AGAIN = "again"
    PROVE = "prove"
    WORK = "work"
    HARD = "hard"

    @property
    def bits(self) -> int:
        """How much work is asked for; 0 for none."""
        return {Answer.PROVE: WORK_BITS, Answer.WORK: WORK_BITS, Answer.HARD: HARD_BITS}.get(self, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came with a form. ``network`` is who sent it as far as that can be told, "" where it cannot; ``page`` where
    the form stood.
    """

    form: str = ""
    later: str = ""
    work: str = ""
    network: str = ""
    page: str = ""


def form_mark(secret: bytes, now: datetime) -> str:
    """Return what a form carries so that it is known when it was shown."""
    return _stamp(secret, "sign-up form", now)


def work_mark(secret: bytes, address: str, now: datetime) -> str:
    """Return what is to be worked on, for one address alone. Raises InputError ``email``."""
    return _stamp(secret, "sign-up work", now, key_of(address))


def look(store: Store, address: str, asked: Asked, *, now: datetime) -> Answer:
    """Say whether a sign-up is taken, and count it. Raises InputError ``email``, DigestError ``sign_ups_too_many``.

    The network's own limit comes first, and beyond it nothing is counted: who is refused can neither fill the database
    nor use up what others have. In all and by domain only what is taken counts.
    """
    key = key_of(address)
    sender = [("sign-up network", asked.network)] if asked.network else []
    whole = [("sign-up all", ""), ("sign-up domain", key.rpartition("@")[2])]
    in_all, domain, *own = attempts.tries(store, whole + sender, now=now)
    network = own[0] if own else None
    if network is not None and network.hour >= (NETWORK if in_all.hour >= ALL_MOST else NETWORK_MOST):
        raise DigestError("sign_ups_too_many")
    answer = _answer(store.secret, key, asked, _price(in_all, domain, network), now)
    attempts.take(store, sender + whole if answer is Answer.TAKEN else sender, now=now)
    return answer


def _answer(secret: bytes, key: str, asked: Asked, price: Answer, now: datetime) -> Answer:
    age = _age(secret, "sign-up form", asked.form, now)
    if age is None or not QUICKEST <= age <= OLDEST:
        return Answer.AGAIN
    return Answer.TAKEN if price is Answer.TAKEN or _paid(secret, key, asked, price, now) else price


def _price(in_all: Tries, domain: Tries, network: Tries | None) -> Answer:
    """Return what an address costs: nothing while things are calm.

    A thousand waits pass in one minute, so only who is seen to send few may pay so.
    """
    if is_calm(in_all, domain, network):
        return Answer.TAKEN
    if in_all.hour >= ALL_MOST:
        return Answer.HARD
    return Answer.PROVE if network is not None and network.hour < NETWORK else Answer.WORK


def is_calm(in_all: Tries, domain: Tries, network: Tries | None) -> bool:
    """Return whether nothing unusual goes on; None for a network that cannot be told."""
    return (
        in_all.hour < max(ALL, CALM_TIMES * in_all.usual)
        and domain.hour < max(DOMAIN, CALM_TIMES * domain.usual)
        and (network is None or network.hour < NETWORK)
    )


def network_of(address: str, *, proxies: Sequence[str]) -> str:
    """Return the network that an address of a machine is counted under: 24 bits of IPv4, 48 of IPv6 (what one customer
    may have for the asking).

    "" where it cannot be told who sends: behind a proxy that the configuration does not name everybody is the proxy.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if found.is_loopback or (found.is_private and not proxies):
        return ""
    return str(ipaddress.ip_network((found, 24 if found.version == 4 else 48), strict=False))


def _paid(secret: bytes, key: str, asked: Asked, price: Answer, now: datetime) -> bool:
    age = _age(secret, "sign-up work", asked.later, now, key)
    if age is None or not timedelta() <= age <= WORK_LASTS:
        return False
    return (price is Answer.PROVE and age >= WAIT) or is_work(asked.later, asked.work, price.bits)


def is_work(mark: str, number: str, bits: int = WORK_BITS) -> bool:
    """Return whether a number is the answer to what was to be worked on."""
    if not (number.isascii() and number.isdigit() and len(number) <= 12):
        return False
    digest = hashlib.sha256(f"{mark}:{number}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> (32 - bits) == 0


def _stamp(secret: bytes, purpose: str, now: datetime, *parts: object) -> str:
    moment = int(now.timestamp())
    return f"{moment}.{keyed(secret, purpose, moment, *parts, length=20)}"


def _age(secret: bytes, purpose: str, given: str, now: datetime, *parts: object) -> timedelta | None:
    """Return how long ago a mark of ours was made, None for one that is not ours."""
    moment, _, mark = given.partition(".")
    if not (moment.isascii() and moment.isdigit() and len(moment) <= 12 and len(mark) == 20):
        return None
    if not fits(secret, purpose, mark, int(moment), *parts):
        return None
    return now - datetime.fromtimestamp(int(moment), UTC)
