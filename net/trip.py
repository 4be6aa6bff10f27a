"""The time that one asking may take, from the first look-up to the last byte."""

from __future__ import annotations

from collections.abc import Callable

from campaign.errors import CollectError


class Trip:
    """The time one asking may take in all; waiting for a host's pace does not count.

    ``host`` is who is being asked now; ``received`` and ``ended`` say whether it has sent anything, and hung up.
    """

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        self.host = ""
        self.seconds = seconds
        self.received = False
        self.ended = False
        self._monotonic = monotonic
        self._ends_at = monotonic() + seconds

    def start_hop(self, host: str, *, waited: float) -> None:
        """Begin to ask ``host``, after ``waited`` seconds for its pace."""
        self.host = host
        self.received = self.ended = False
        self._ends_at += waited

    def left(self) -> float:
        """Return the seconds that are left. Raises CollectError when none are."""
        left = self._ends_at - self._monotonic()
        if left <= 0:
            raise self.late()
        return left

    def late(self) -> CollectError:
        """Return the error of a server that said nothing in time, or that never came to an end."""
        seconds = int(self.seconds) if float(self.seconds).is_integer() else self.seconds
        return CollectError("dripped" if self.received else "timed_out", host=self.host, seconds=seconds)
