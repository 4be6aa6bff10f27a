"""Which format a file has, found out from its names and its first signs."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from campaign.errors import CollectError, InputError
from collector import tidy
from collector.imports import mastodon, meta, tables, x
from collector.imports.container import Container
from collector.imports.rows import How, Reading, as_json

FORMATS = ("csv", "jsonl", "instagram", "facebook", "x", "mastodon")


def read(container: Container, name: str, how: How, *, format: str = "") -> Reading:
    """Return a file's or archive's posts. ``format`` overrides what would be found out.

    Raises CollectError ``import_unknown`` and those of the readers, InputError ``import_format``.
    """
    if format and format not in FORMATS:
        raise InputError("format", "import_format", format=format, known=", ".join(FORMATS))
    names = container.names()
    if not names:
        raise CollectError("import_empty", permanent=True, file=name)
    found = format or _recognised(container, name)
    if found == "instagram":
        return meta.instagram(container, name)
    if found == "facebook":
        return meta.facebook(container, name)
    if found == "x":
        return x.read(container, name)
    if found == "mastodon":
        return mastodon.read(container)
    if len(names) != 1:
        raise CollectError("import_unknown", permanent=True, file=name)
    body = container.read(names[0])
    if found == "csv":
        return tables.table(body, name, how)
    listed = _as_list(body)
    return tables.lines(body, name, how) if listed is None else tables.objects(listed, body, how)


def _recognised(container: Container, name: str) -> str:
    names = container.names()
    if len(names) == 1:
        return _single(container, names[0], name)
    for found, pattern in (
        ("mastodon", mastodon.POSTS),
        ("x", x.POSTS),
        ("facebook", meta.FACEBOOK_POSTS),
        ("instagram", meta.INSTAGRAM_POSTS),
    ):
        if any(pattern.search(each) for each in names):
            return found
    if any(meta.AS_HTML.search(each) for each in names):
        raise CollectError("import_html", permanent=True, file=name)
    raise CollectError("import_unknown", permanent=True, file=name)


def _single(container: Container, member: str, name: str) -> str:
    """Return the format of a file by itself, whatever it is called."""
    end = PurePosixPath(member).suffix.lower()
    start = container.read(member)[:2000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"window."):
        return "x"
    if start.startswith(b"<"):
        raise CollectError("import_html", permanent=True, file=name)
    if end in (".jsonl", ".ndjson"):
        return "jsonl"
    if start.startswith((b"{", b"[")):
        return _json(container.read(member))
    if end in (".csv", ".tsv", ".txt", "") or start:
        if b"\0\0\0\0" in start or start[:4] in (b"%PDF", b"\xd0\xcf\x11\xe0"):
            raise CollectError("import_unknown", permanent=True, file=name)
        return "csv"
    raise CollectError("import_empty", permanent=True, file=name)


def _json(body: bytes) -> str:
    try:
        found: Any = as_json(body)
    except ValueError:
        return "jsonl"  # one object a line is no JSON as a whole
    if isinstance(found, dict) and "orderedItems" in found:
        return "mastodon"
    listed = (
        found if isinstance(found, list) else next((v for v in tidy.mapping(found).values() if isinstance(v, list)), [])
    )
    first = tidy.mapping(next(iter(listed), None))
    if any("uri" in tidy.mapping(each) for each in tidy.items(first.get("media"))):
        return "instagram"
    if "timestamp" in first and ("data" in first or "attachments" in first):
        return "facebook"
    return "jsonl"


def _as_list(body: bytes) -> list[Any] | None:
    """Return a JSON list as such; None for anything else, lines of objects among it."""
    if not body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
        return None
    try:
        found = as_json(body)
    except ValueError:
        return None
    return found if isinstance(found, list) else None
