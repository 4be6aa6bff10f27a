"""One feed: RSS, Atom, RDF or JSON Feed. Asked politely; what has not changed is not read again.

The cursor: ``etag`` and ``last_modified`` to send back, ``body`` a hash of what was read last, and ``moved``, how
often in a row the server has said that the feed has moved for good, and where to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from campaign.errors import CollectError
from collector import parsing
from collector.networks.page import Cursor, Page, Visit
from net.answers import Answer

ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml;q=0.9,"
    " application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)


def pages(visit: Visit) -> Iterator[Page]:
    """Yield the feed's entries as one page; ``unchanged`` where the server or the body says that nothing is new.

    Raises CollectError as ``net.http`` and ``collector.feeds`` do.
    """
    source, cursor = visit.source, visit.cursor
    url = str(source.options.get("url") or "")
    if not url:
        raise CollectError("bad_url", permanent=True)
    answer = visit.ask.fetch(
        url, etag=_text(cursor, "etag"), last_modified=_text(cursor, "last_modified"), accept=ACCEPT
    )
    known = _text(cursor, "body")
    body = hashlib.sha256(answer.body).hexdigest()
    state = {
        "etag": answer.etag,
        "last_modified": answer.last_modified,
        "body": known if answer.not_modified else body,
        "moved": _moved(cursor, answer),
    }
    if answer.not_modified or body == known:
        yield Page(candidates=(), cursor=state, unchanged=True)
        return
    parsed = parsing.parse(
        parsing.Body(
            content=answer.body,
            url=url,
            content_type=answer.headers.get("content-type", ""),
            zone=source.timezone.key,
            final_url=answer.url,
            tags=visit.spellings if source.keep == "tagged" else (),
        )
    )
    yield Page(candidates=() if parsed is None else parsed.candidates, cursor=state)


def _moved(cursor: Cursor, answer: Answer) -> dict[str, Any] | None:
    """Return where the feed says it has moved for good, and how often in a row; None while it stands where it was."""
    if answer.moved_to is None:
        return None
    before = cursor.get("moved")
    same = isinstance(before, dict) and before.get("to") == answer.moved_to
    return {"to": answer.moved_to, "times": int(before["times"]) + 1 if same and isinstance(before, dict) else 1}


def _text(cursor: Cursor, name: str) -> str:
    value = cursor.get(name)
    return value if isinstance(value, str) else ""
