"""How the program talks on stderr while it runs: one line a happening, UTC, no addresses of readers, no post texts."""

from __future__ import annotations

import logging
import sys
import time

#: Libraries that tell of every tick and request; only their warnings are for us.
_TALKATIVE = ("apscheduler", "uvicorn", "httpx", "httpcore", "PIL", "alembic")


def set_up() -> None:
    """Send what ``skord.*`` logs to stderr, and warnings of everybody else."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter("%(asctime)sZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    # That a job is still at work when its next tick comes is as it should be.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
