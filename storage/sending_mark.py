"""How far sending has come, as a number in a file outside the database.

A database that is laid back in place, or whose disk is rolled back, cannot know that it is old. The file does: it
stands beside the installation's secret, in no backup, and its number never falls.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
from collections.abc import Iterator
from pathlib import Path

from storage.store import Store

log = logging.getLogger("skord.storage")

NAME = "sending-epoch"


def path_of(store: Store) -> Path:
    """Return where the file is: beside the secret that the program makes."""
    return store.media.parent / NAME


def read(store: Store) -> int | None:
    """Return the highest number that letters left under, None where nothing readable stands there."""
    try:
        words = path_of(store).read_text(encoding="ascii").strip()
    except (OSError, UnicodeError):
        return None
    return int(words) if words.isdigit() and len(words) <= 18 else None


def lift(store: Store, epoch: int) -> None:
    """Write down a number unless a higher one stands there. A folder that cannot be written is told in the log."""
    path = path_of(store)
    try:
        with _alone_in(path.parent):
            if (read(store) or 0) >= epoch:
                return
            part = path.with_name(f"{NAME}.part")
            with part.open("w", encoding="ascii") as file:
                file.write(f"{epoch}\n")
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
    except OSError as problem:
        log.warning(
            "%s cannot be written (%s): an old database laid back in place would not be known as a copy",
            path, problem.strerror, extra={"action": "sending_mark_unwritable", "lasting": True},
        )  # fmt: skip


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Let one process at a time write, on this machine."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)
