"""A post of Bluesky as a candidate: from the view that the network resolves, or from the bare record of the stream.

Both say the same words, links and pictures, so that a post is the same post whichever way it came. Offsets of facets
count UTF-8 bytes; what is broken in a facet is left out and its words stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any
from urllib.parse import quote

from campaign.records import Candidate, CandidateMedia
from collector import html, tidy
from collector.entries import MOST_TAGS

NETWORK = "bluesky"
COLLECTION = "app.bsky.feed.post"
APP = "https://bsky.app"

_DID = re.compile(r"did:[a-z]{1,20}:[A-Za-z0-9._:%-]{1,500}")
_URI = re.compile(
    rf"at://(did:[a-z]{{1,20}}:[A-Za-z0-9._:%-]{{1,500}})/{re.escape(COLLECTION)}/([A-Za-z0-9._:~-]{{1,512}})"
)
_IMAGES = "https://cdn.bsky.app/img"
_VIDEOS = "https://video.bsky.app/watch"
_BLOB = re.compile(r"[a-z0-9]{10,200}")

#: Labels that hide a picture behind a warning in the network's own app.
_WARNING = frozenset({"porn", "sexual", "nudity", "graphic-media", "gore", "nsfl", "sexual-figurative", "!warn"})

#: Labels of the network's moderation under which a post is shown to nobody.
_CLOSED = frozenset({"!hide", "!takedown", "!suspend"})

_MEMBERS_ONLY = "!no-unauthenticated"
_MOST_FACETS = 200
_MOST_MEDIA = 20


def from_view(view: object) -> Candidate | None:
    """Return a post as search, feeds and getPosts show it; None for what is no post, or is hidden by moderation."""
    given = tidy.mapping(view)
    uri, record, author = given.get("uri"), tidy.mapping(given.get("record")), tidy.mapping(given.get("author"))
    own = (*_labels(given.get("labels")), *_labels(tidy.mapping(record.get("labels")).get("values")))
    of_author = tuple(_labels(author.get("labels")))
    if not _CLOSED.isdisjoint((*own, *of_author)):
        return None
    handle = tidy.line(author.get("handle"), 300)
    return _candidate(
        uri,
        record,
        moments=(moment(record.get("createdAt")), moment(given.get("indexedAt"))),
        name=tidy.line(author.get("displayName"), 200),
        handle="" if handle == "handle.invalid" else handle,
        labels=(*own, *(label for label in of_author if label in _WARNING)),
        members_only=_MEMBERS_ONLY in of_author,
        media=tuple(_shown(tidy.mapping(given.get("embed")))),
        engagement=tidy.counted(*(given.get(f"{name}Count") for name in ("like", "repost", "reply", "quote"))),
    )


def from_record(did: str, rkey: str, record: Mapping[str, Any], *, seen_at: datetime | None) -> Candidate | None:
    """Return a post as the stream tells it, without its author's name.

    What the author wants of readers who are not logged in is not told either, so that it counts as unwanted.
    """
    return _candidate(
        f"at://{did}/{COLLECTION}/{rkey}",
        record,
        moments=(moment(record.get("createdAt")), seen_at),
        name="",
        handle="",
        labels=tuple(_labels(tidy.mapping(record.get("labels")).get("values"))),
        members_only=True,
        media=tuple(_stored(did, tidy.mapping(record.get("embed")))),
    )


def _candidate(
    uri: object,
    record: Mapping[str, Any],
    *,
    moments: tuple[datetime | None, datetime | None],
    name: str,
    handle: str,
    labels: tuple[str, ...],
    members_only: bool,
    media: tuple[CandidateMedia, ...],
    engagement: int | None = None,
) -> Candidate | None:
    found = _URI.fullmatch(uri) if isinstance(uri, str) else None
    if found is None or not isinstance(record.get("text", ""), str):
        return None
    did, rkey = found.groups()
    body = html.clean(_marked_up(record).removeprefix("<p></p>"))
    known = [each for each in moments if each is not None]
    return Candidate(
        network=NETWORK,
        identity=found.group(),
        url=f"{APP}/profile/{did}/post/{rkey}",
        published_at=min(known) if known else None,
        text=html.clean(_words(record)).text,
        html=body.html,
        author_name=name or handle,
        author_handle=handle,
        author_url=f"{APP}/profile/{did}",
        language=_language(record.get("langs")),
        warning=", ".join(dict.fromkeys(label for label in labels if label in _WARNING and label[0] != "!")),
        sensitive=not _WARNING.isdisjoint(labels),
        reply=bool(tidy.mapping(record.get("reply"))),
        members_only=members_only,
        tags=tags(record),
        media=media[:_MOST_MEDIA],
        engagement=engagement,
    )


def tags(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the tags beside the text: of its facets, and those that stand outside it."""
    facets = (
        feature.get("tag")
        for facet in tidy.items(record.get("facets"))[:_MOST_FACETS]
        for feature in map(tidy.mapping, tidy.items(tidy.mapping(facet).get("features")))
        if str(feature.get("$type")).endswith("#tag")
    )
    found = (tidy.line(tag, 200).lstrip("#\uff03") for tag in (*facets, *tidy.items(record.get("tags"))))
    return tuple(dict.fromkeys(tag for tag in found if tag))[:MOST_TAGS]


def moment(value: object) -> datetime | None:
    """Return a moment in UTC; None for what is none, or lies beyond what a calendar holds."""
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value[:40])
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def from_microseconds(value: object) -> datetime | None:
    """Return a moment that is counted in microseconds since 1970, in UTC."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 1 << 56:
        return None
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value)
    except OverflowError:
        return None


def is_did(value: object) -> bool:
    """Return whether something is an account's permanent name."""
    return isinstance(value, str) and _DID.fullmatch(value) is not None


def is_uri(value: object) -> bool:
    """Return whether something is a post's permanent name."""
    return isinstance(value, str) and _URI.fullmatch(value) is not None


# Words


def _words(record: Mapping[str, Any]) -> str:
    return _broken(escape(str(record.get("text") or ""), quote=False))


def _marked_up(record: Mapping[str, Any]) -> str:
    """Return the text as HTML with the links of its facets, and what it points at below it."""
    data = str(record.get("text") or "").encode("utf-8", "surrogatepass")
    pieces, end = [], 0
    for start, stop, target in _links(record, len(data)):
        before, inside = _decoded(data[end:start]), _decoded(data[start:stop])
        if start < end or before is None or inside is None:
            continue  # it overlaps another, or cuts a letter in two
        pieces += [escape(before, quote=False), f'<a href="{escape(target)}">{escape(inside, quote=False)}</a>']
        end = stop
    rest = _decoded(data[end:]) or ""
    pieces.append(escape(rest, quote=False))
    cards = "".join(
        f'<p><a href="{escape(target)}">{escape(words, quote=False)}</a></p>' for target, words in _cards(record)
    )
    return _broken("".join(pieces)) + cards


def _broken(marked: str) -> str:
    """Return text with its line breaks as HTML has them."""
    return f"<p>{marked}</p>".replace("\r\n", "\n").replace("\n", "<br>")


def _decoded(data: bytes) -> str | None:
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return None


def _links(record: Mapping[str, Any], size: int) -> list[tuple[int, int, str]]:
    """Return first and last byte and target of each usable facet, in their order in the text."""
    found = []
    for facet in map(tidy.mapping, tidy.items(record.get("facets"))[:_MOST_FACETS]):
        index = tidy.mapping(facet.get("index"))
        start, stop = index.get("byteStart"), index.get("byteEnd")
        if type(start) is not int or type(stop) is not int or not 0 <= start < stop <= size:
            continue
        target = next(filter(None, map(_target, map(tidy.mapping, tidy.items(facet.get("features"))))), "")
        if target:
            found.append((start, stop, target))
    return sorted(found)


def _target(feature: Mapping[str, Any]) -> str:
    """Return where a facet leads."""
    kind = str(feature.get("$type")).rpartition("#")[2]
    if kind == "link":
        return tidy.address(feature.get("uri"))
    if kind == "mention" and is_did(feature.get("did")):
        return f"{APP}/profile/{feature['did']}"
    if kind == "tag" and (tag := tidy.line(feature.get("tag"), 200)):
        return tidy.address(f"{APP}/hashtag/{quote(tag, safe='')}")
    return ""


def _cards(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the page or post that a post points at below its text: target and words."""
    for embed in _parts(tidy.mapping(record.get("embed"))):
        external = tidy.mapping(embed.get("external"))
        if target := tidy.address(external.get("uri")):
            yield target, tidy.line(external.get("title"), 300) or target
        quoted = _URI.fullmatch(str(tidy.mapping(embed.get("record")).get("uri")))
        if quoted is not None:
            target = f"{APP}/profile/{quoted.group(1)}/post/{quoted.group(2)}"
            yield target, target


def _parts(embed: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """Return an embed's parts: the media and the quoted post of one that is both."""
    media = tidy.mapping(embed.get("media"))
    return (media, tidy.mapping(embed.get("record"))) if media else (embed,)


# Pictures and films


def _shown(embed: Mapping[str, Any]) -> Iterator[CandidateMedia]:
    """Yield the pictures and films of a view, at the network's own addresses."""
    for part in _parts(embed):
        for item in map(tidy.mapping, (*tidy.items(part.get("images")), *tidy.items(part.get("items")))):
            url = tidy.address(item.get("fullsize"))
            preview = tidy.address(item.get("thumb")) or tidy.address(item.get("thumbnail"))
            if url:
                yield _medium(item, url, preview)
        if playlist := tidy.address(part.get("playlist")):
            yield _medium(part, playlist, tidy.address(part.get("thumbnail")), kind="video")


def _stored(did: str, embed: Mapping[str, Any]) -> Iterator[CandidateMedia]:
    """Yield the pictures and films of a record, at the addresses under which views show them."""
    for part in _parts(embed):
        for item in map(tidy.mapping, (*tidy.items(part.get("images")), *tidy.items(part.get("items")))):
            if name := _blob(item.get("image")):
                yield _medium(item, *(f"{_IMAGES}/{size}/plain/{did}/{name}@jpeg" for size in _SIZES))
        if name := _blob(part.get("video")):
            home = f"{_VIDEOS}/{quote(did, safe='')}/{name}"
            yield _medium(part, f"{home}/playlist.m3u8", f"{home}/thumbnail.jpg", kind="video")


_SIZES = ("feed_fullsize", "feed_thumbnail")


def _blob(value: object) -> str:
    name = tidy.mapping(tidy.mapping(value).get("ref")).get("$link")
    return name if isinstance(name, str) and _BLOB.fullmatch(name) else ""


def _medium(item: Mapping[str, Any], url: str, preview: str, kind: str = "image") -> CandidateMedia:
    ratio = tidy.mapping(item.get("aspectRatio"))
    width, height = tidy.number(ratio.get("width")), tidy.number(ratio.get("height"))
    real = (width or 0) >= _PIXELS and (height or 0) >= _PIXELS
    return CandidateMedia(
        url=url,
        kind=kind,
        # The network has no word for a decorative picture: an empty description is a forgotten one.
        alt=tidy.lines(item.get("alt"), 1500).strip() or None,
        width=width if real else None,
        height=height if real else None,
        preview_url=preview or None,
    )


_PIXELS = 100
"""Smaller numbers are a bare ratio (16:9), not a size."""


def _labels(values: object) -> Iterable[str]:
    """Return the values of labels that stand; one that was taken back does not."""
    given = [tidy.mapping(value) for value in tidy.items(values)[:50]]
    return [tidy.line(each.get("val"), 100) for each in given if each.get("val") and each.get("neg") is not True]


def _language(value: object) -> str | None:
    found = re.match(r"[A-Za-z]{2,3}(?![A-Za-z])", tidy.line(next(iter(tidy.items(value)), None), 35))
    return found.group().lower() if found else None
