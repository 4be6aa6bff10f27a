"""A status of the Mastodon interface as a candidate, whichever server wrote it.

Mastodon, Pleroma, Akkoma, GoToSocial, Pixelfed, Friendica, Firefish and Iceshrimp speak it with dialects: fields
are missing or null, ids hold letters. Nothing is taken for granted but a name and that the post is public.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from campaign.records import Candidate, CandidateMedia
from collector import html, tidy
from collector.entries import MOST_TAGS

_KINDS = {"image": "image", "gifv": "video", "video": "video", "audio": "audio"}
_MOST_DIGITS = 20
"""Of an id: no server counts farther than 64 bits."""

_PICTURE = re.compile(r"\.(jpe?g|png|webp|gif|avif)$", re.IGNORECASE)


def candidate(status: object, *, server: str) -> Candidate | None:
    """Return a status as a candidate; None for boosts, for what is not public, and for what has no name."""
    if not isinstance(status, dict) or status.get("reblog") or status.get("visibility") != "public":
        return None
    named = identity(status)
    if not named:
        return None
    account = tidy.mapping(status.get("account"))
    title = tidy.line(tidy.mapping(status.get("friendica")).get("title"))
    warning = tidy.line(status.get("spoiler_text"))
    url = tidy.address(status.get("url")) or tidy.address(named) or server
    body = html.clean(tidy.lines(status.get("content")), url)
    return Candidate(
        network="mastodon",
        identity=named,
        url=url,
        published_at=tidy.moment(status.get("created_at")),
        edited_at=tidy.moment(status.get("edited_at")),
        title=title,
        text=body.text,
        html=body.html,
        author_name=_name(account),
        author_handle=_handle(account, server),
        author_url=tidy.address(account.get("url")) or tidy.address(account.get("uri")),
        language=_language(status.get("language")),
        # Friendica gives its posts' headlines in the place of warnings.
        warning=warning if warning != title else "",
        sensitive=status.get("sensitive") is True,
        reply=status.get("in_reply_to_id") is not None,
        shy=_is_shy(account),
        tags=tuple(dict.fromkeys(name for tag in tidy.items(status.get("tags"))[:MOST_TAGS] if (name := _tag(tag)))),
        tags_folded=True,
        media=tuple(filter(None, (_medium(item) for item in tidy.items(status.get("media_attachments"))[:20]))),
        local=((server, local_id(status)),) if local_id(status) else (),
        engagement=tidy.counted(*(status.get(f"{name}_count") for name in ("favourites", "reblogs", "replies"))),
    )


def identity(status: object) -> str:
    """Return a status's global name, "" where it has none."""
    given = tidy.mapping(status)
    return tidy.name(tidy.line(given.get("uri"), 1000)) or tidy.address(given.get("url"))


def newest(statuses: list[Any]) -> str:
    """Return the newest id of a page, "" where none has an id.

    Numbers are compared as such without ever becoming one; what holds letters has an order only by its place.
    """
    return next(iter(_newest_first(statuses)), "")


def oldest(statuses: list[Any]) -> str:
    """Return the oldest id of a page, as ``newest`` does."""
    return next(reversed(_newest_first(statuses)), "")


def newer(statuses: list[Any], known: str) -> tuple[list[Any], bool]:
    """Return what a page holds that is newer than an id, and whether the page reaches back to that id.

    Where ids hold letters and the page lacks this one, nobody can tell, and all of it counts as newer.
    """
    ids = _newest_first(statuses)
    if _are_numbers([*ids, known]):
        late = {each for each in ids if _size(each) > _size(known)}
    else:
        late = set(ids[: ids.index(known)] if known in ids else ids)
    return [status for status in statuses if local_id(status) in late], len(late) < len(ids)


def _newest_first(statuses: list[Any]) -> list[str]:
    """Return a page's ids, newest first; Friendica gives some pages the other way round, which their dates tell.

    Where most are numbers the others are nonsense: taken for the newest, one would hide all posts that follow.
    """
    ids = list(dict.fromkeys(found for found in map(local_id, statuses) if found))
    numbers = [each for each in ids if _are_numbers([each]) and len(each) <= _MOST_DIGITS]
    ids = numbers if len(numbers) * 2 >= len(ids) > len(numbers) > 0 else ids
    if _are_numbers(ids):
        return sorted(ids, key=_size, reverse=True)
    moments = [found for found in map(written_at, statuses) if found is not None]
    rising = sum((late > early) - (late < early) for early, late in pairwise(moments))
    return ids[::-1] if rising > 0 else ids


def _are_numbers(ids: list[str]) -> bool:
    return all(each.isascii() and each.isdigit() for each in ids)


def _size(number: str) -> tuple[int, str]:
    return len(number), number


def written_at(status: object) -> datetime | None:
    """Return when a status was written, in UTC; None where it does not say."""
    return tidy.moment(tidy.mapping(status).get("created_at"))


def local_id(status: object) -> str:
    """Return a status's id on the asked server, "" where it has none."""
    value = tidy.mapping(status).get("id")
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else tidy.line(value, 100)


def _name(account: Mapping[str, Any]) -> str:
    """Return the display name without the custom emoji that only its own server can draw."""
    shown = tidy.line(account.get("display_name"), 200)
    for emoji in tidy.items(account.get("emojis"))[:50]:
        code = tidy.line(tidy.mapping(emoji).get("shortcode"), 100)
        shown = shown.replace(f":{code}:", "") if code else shown
    return tidy.line(shown) or tidy.line(account.get("username"), 200)


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
    return tidy.line(tidy.mapping(tag).get("name"), 200).lstrip("#")


def _medium(item: object) -> CandidateMedia | None:
    """Return a picture, film or sound at its original's address, which is the same on every server."""
    given = tidy.mapping(item)
    url = tidy.address(given.get("remote_url")) or tidy.address(given.get("url"))
    preview = tidy.address(given.get("preview_url"))
    kind = _KINDS.get(tidy.line(given.get("type")))
    if kind is None and _PICTURE.search(urlsplit(url).path):
        kind = "image"
    if not url or kind is None:
        return None
    meta = tidy.mapping(given.get("meta"))
    size = tidy.mapping(meta.get("original")) or meta
    return CandidateMedia(
        url=url,
        kind=kind,
        # An empty description is a forgotten one here: the interface has no word for a decorative picture.
        alt=tidy.lines(given.get("description"), 1500).strip() or None,
        width=tidy.number(size.get("width")),
        height=tidy.number(size.get("height")),
        preview_url=preview or None,
    )
