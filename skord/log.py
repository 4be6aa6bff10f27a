"""How the program talks on stderr while it runs: one line a happening, UTC, no addresses of readers, no post texts."""

from __future__ import annotations

import logging
import re
import sys
import time

#: Libraries that tell of every tick and request; only their warnings are for us.
_TALKATIVE = ("apscheduler", "uvicorn", "httpx", "httpcore", "PIL", "alembic")


#: What a terminal would take as a command, and line breaks, which would let a message pretend to be two.
_COMMANDS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


class _OneLine(logging.Formatter):
    """Writes each message on one line; what a server said may stand in it."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return the line without what would act or break it."""
        return _COMMANDS.sub(" ", super().formatMessage(record))


#: What lasts is said again after so many seconds.
_AGAIN_SECONDS = 3600


class _Lasting(logging.Filter):
    """Lets a state that lasts (``lasting`` in a record's extra) through once: again when it changed, or in an hour.

    Every round of a job that runs every five seconds would say the same, and bury what else happened.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, tuple[str, float]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is news."""
        if not getattr(record, "lasting", False):
            return True
        action, words = str(getattr(record, "action", record.name)), record.getMessage()
        before = self._said.get(action)
        if before is not None and before[0] == words and abs(record.created - before[1]) < _AGAIN_SECONDS:
            return False
        self._said[action] = (words, record.created)
        return True


def set_up() -> None:
    """Send what ``skord.*`` logs to stderr, and warnings of everybody else."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = _OneLine("%(asctime)sZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    handler.addFilter(_Lasting())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    # That a job is still at work when its next tick comes is as it should be.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
