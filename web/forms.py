"""Reads what people send with forms: small, plain, every field a text."""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

from campaign.errors import SkordError

#: More than the longest message that any form takes.
MOST_BYTES = 64_000

#: A field that people do not see and that programs fill in.
TRAP = "website"


class Throttle:
    """How many forms the whole installation takes in an hour; beyond it people are asked to come back."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: deque[datetime] = deque()
        self._lock = threading.Lock()

    def take(self, now: datetime) -> None:
        """Count one form. Raises BusyError when there were too many."""
        with self._lock:
            while self._taken and self._taken[0] <= now - timedelta(hours=1):
                self._taken.popleft()
            if len(self._taken) >= self._most:
                raise BusyError("forms_too_many")
            self._taken.append(now)


class BusyError(SkordError):
    """More was sent than can be taken in; waiting helps."""


class Form(dict[str, str]):
    """The fields of a form, each the last of its name; a missing one reads as ""."""

    def __missing__(self, name: str) -> str:
        return ""

    @property
    def is_trapped(self) -> bool:
        """Whether a program filled in the field that people do not see."""
        return bool(self[TRAP].strip())


async def read_form(request: Request) -> Form:
    """Return the fields of a urlencoded form. Answers 413 beyond ``MOST_BYTES`` and 415 for another kind of body."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("", "application/x-www-form-urlencoded"):
        raise HTTPException(415)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise HTTPException(413)
    try:
        fields = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=1000)
    except ValueError as error:
        raise HTTPException(413) from error
    return Form((name, value.replace("\r\n", "\n").replace("\0", "")) for name, value in fields)
