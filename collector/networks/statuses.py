"""A status of the Mastodon interface as a candidate, whichever server wrote it.

Mastodon, Pleroma, Akkoma, GoToSocial, Pixelfed, Friendica, Firefish and Iceshrimp speak it with dialects: fields
are missing or null, ids hold letters. Nothing is taken for granted but a name and that the post is public.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from campaign.records import Candidate, CandidateMedia
from collector import html, tidy
from collector.entries import MOST_TAGS

_KINDS = {"image": "image", "gifv": "video", "video": "video", "audio": "audio"}
_PICTURE = re.compile(r"\.(jpe?g|png|webp|gif|avif)$", re.IGNORECASE)


def candidate(status: object, *, server: str) -> Candidate | None:
    """Return a status as a candidate; None for boosts, for what is not public, and for what has no name."""
    if not isinstance(status, dict) or status.get("reblog") or status.get("visibility") != "public":
        return None
    identity = tidy.name(tidy.line(status.get("uri"), 1000)) or tidy.address(status.get("url"))
    if not identity:
        return None
    account = _dict(status.get("account"))
    url = tidy.address(status.get("url")) or tidy.address(identity) or server
    body = html.clean(tidy.lines(status.get("content")), url)
    return Candidate(
        network="mastodon",
        identity=identity,
        url=url,
        published_at=_moment(status.get("created_at")),
        edited_at=_moment(status.get("edited_at")),
        text=body.text,
        html=body.html,
        author_name=_name(account),
        author_handle=_handle(account, server),
        author_url=tidy.address(account.get("url")) or tidy.address(account.get("uri")),
        language=_language(status.get("language")),
        warning=tidy.line(status.get("spoiler_text")),
        sensitive=status.get("sensitive") is True,
        reply=status.get("in_reply_to_id") is not None,
        shy=_is_shy(account),
        tags=tuple(dict.fromkeys(name for tag in _list(status.get("tags"))[:MOST_TAGS] if (name := _tag(tag)))),
        tags_folded=True,
        media=tuple(filter(None, (_medium(item) for item in _list(status.get("media_attachments"))[:20]))),
        local=((server, _id(status)),) if _id(status) else (),
    )


def newest(statuses: list[Any]) -> str:
    """Return the newest id of a page. Numbers are compared as such without ever becoming one; else the first counts."""
    ids = [found for found in map(_id, statuses) if found]
    if ids and all(each.isascii() and each.isdigit() for each in ids):
        return max(ids, key=lambda each: (len(each), each))
    return ids[0] if ids else ""


def oldest(statuses: list[Any]) -> str:
    """Return the oldest id of a page, as ``newest`` does."""
    ids = [found for found in map(_id, statuses) if found]
    if ids and all(each.isascii() and each.isdigit() for each in ids):
        return min(ids, key=lambda each: (len(each), each))
    return ids[-1] if ids else ""


def written_at(status: object) -> datetime | None:
    """Return when a status was written, in UTC; None where it does not say."""
    return _moment(_dict(status).get("created_at"))


def _id(status: object) -> str:
    value = _dict(status).get("id")
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else tidy.line(value, 100)


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value[:40])
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _name(account: Mapping[str, Any]) -> str:
    """Return the display name without the custom emoji that only its own server can draw."""
    name = tidy.line(account.get("display_name"), 200)
    for emoji in _list(account.get("emojis"))[:50]:
        code = tidy.line(_dict(emoji).get("shortcode"), 100)
        name = name.replace(f":{code}:", "") if code else name
    return tidy.line(name) or tidy.line(account.get("username"), 200)


def _handle(account: Mapping[str, Any], server: str) -> str:
    """Return user@host; the interface leaves the host out where it is that of the asked server."""
    acct = tidy.line(account.get("acct") or account.get("username"), 300).lstrip("@")
    if not acct or "@" in acct:
        return acct
    home = next((found for name in ("url", "uri") if (found := tidy.address(account.get(name)))), server)
    return f"{acct}@{urlsplit(home).netloc}"


def _is_shy(account: Mapping[str, Any]) -> bool:
    """Return whether the author asks search engines and directories to stay away."""
    return account.get("noindex") is True or account.get("indexable") is False or account.get("discoverable") is False


def _language(value: object) -> str | None:
    found = re.match(r"[A-Za-z]{2,3}(?![A-Za-z])", tidy.line(value, 35))
    return found.group().lower() if found else None


def _tag(tag: object) -> str:
    return tidy.line(_dict(tag).get("name"), 200).lstrip("#")


def _medium(item: object) -> CandidateMedia | None:
    """Return a picture, film or sound at its original's address, which is the same on every server."""
    given = _dict(item)
    url = tidy.address(given.get("remote_url")) or tidy.address(given.get("url"))
    preview = tidy.address(given.get("preview_url"))
    kind = _KINDS.get(tidy.line(given.get("type")))
    if kind is None and _PICTURE.search(urlsplit(url).path):
        kind = "image"
    if not url or kind is None:
        return None
    meta = _dict(given.get("meta"))
    size = _dict(meta.get("original")) or meta
    return CandidateMedia(
        url=url,
        kind=kind,
        # An empty description is a forgotten one here: the interface has no word for a decorative picture.
        alt=tidy.lines(given.get("description"), 1500).strip() or None,
        width=tidy.number(size.get("width")),
        height=tidy.number(size.get("height")),
        preview_url=preview or None,
    )


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
