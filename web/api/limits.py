"""How much anybody may ask in a minute: a window for each address or token, in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=1)

#: So many who ask are remembered; those who came first are forgotten first.
_MOST_KNOWN = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What is left of somebody's minute. ``seconds`` is how long until it begins anew, at least one."""

    most: int
    left: int
    seconds: int
    allowed: bool

    @property
    def headers(self) -> dict[str, str]:
        """The same as the headers that clients know, the standard's draft and the older ones."""
        return {
            "RateLimit-Policy": f'"minute";q={self.most};w={int(WINDOW.total_seconds())}',
            "RateLimit": f'"minute";r={self.left};t={self.seconds}',
            "X-RateLimit-Limit": str(self.most),
            "X-RateLimit-Remaining": str(self.left),
            "X-RateLimit-Reset": str(self.seconds),
        }


class Limits:
    """Counts questions. A restart forgets them; several processes count each for itself."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[datetime, int]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, who: str, most: int, now: datetime) -> Share:
        """Count one question of somebody and return what is left; one too many is not counted."""
        with self._lock:
            began, count = self._known.get(who, (now, 0))
            if not began <= now < began + WINDOW:
                began, count = now, 0
            allowed = count < most
            self._known[who] = (began, count + allowed)
            self._known.move_to_end(who)
            if len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)
        left = began + WINDOW - now
        seconds = max(1, -(-left // timedelta(seconds=1)))
        return Share(most=most, left=most - count - allowed, seconds=seconds, allowed=allowed)
