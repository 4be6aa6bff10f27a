"""How many wrong passwords one address may send, where it can be told who sends them.

Each account has a limit of its own (``storage.logins``); this one is for whoever tries one password on many names.
"""

from __future__ import annotations

import ipaddress
import threading
from collections import OrderedDict, deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from campaign.errors import InputError

#: So many wrong passwords in so long are let through for one address; a whole office may share one.
MOST = 30
WITHIN = timedelta(minutes=15)

#: So many addresses are remembered; the longest silent are forgotten first.
_MOST_ADDRESSES = 10_000


class Guesses:
    """Counts wrong passwords by address, in memory: a restart forgets them.

    Behind a proxy that the configuration does not name everybody has the proxy's address, which is one of a private
    network: nobody is counted then. IPv6 is counted by the network of 64 bits, which one customer has whole.
    """

    def __init__(self, proxies: Sequence[str]) -> None:
        self._proxies = bool(proxies)
        self._wrong: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, address: str, now: datetime) -> None:
        """Raise InputError ``password``, ``login_slow`` where an address has guessed wrong too often of late."""
        place = self._place(address)
        with self._lock:
            found = self._wrong.get(place) if place else None
            while found and found[0] <= now - WITHIN:
                found.popleft()
            if found is not None and len(found) >= MOST:
                raise InputError("password", "login_slow")

    def count(self, address: str, now: datetime) -> None:
        """Count a wrong password."""
        place = self._place(address)
        if not place:
            return
        with self._lock:
            self._wrong.setdefault(place, deque(maxlen=MOST)).append(now)
            self._wrong.move_to_end(place)
            while len(self._wrong) > _MOST_ADDRESSES:
                self._wrong.popitem(last=False)

    def _place(self, address: str) -> str:
        return counted(address, behind_proxies=self._proxies)


def counted(address: str, *, behind_proxies: bool) -> str:
    """Return what is counted for an address, "" where it cannot be told who sends."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    # Who listens on both kinds of address is told "::ffff:192.0.2.1": each of those is somebody of their own.
    found = getattr(found, "ipv4_mapped", None) or found
    if found.is_loopback or (found.is_private and not behind_proxies):
        return ""
    return str(found if found.version == 4 else ipaddress.ip_network((found, 64), strict=False))
