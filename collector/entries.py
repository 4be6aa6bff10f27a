"""From the entries of any feed to candidates: one place that names posts, bounds them, and takes each once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlsplit

from campaign.records import Candidate, CandidateMedia
from collector import tidy
from collector.html import Cleaned

MOST_ENTRIES = 2_000
MOST_TAGS = 100
MOST_MEDIA = 20
_NAME_LIMIT = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry, whatever format it came in. ``id`` is as its writer wrote it; ``link`` is absolute or ""."""

    id: str
    link: str
    title: str
    body: Cleaned
    published_at: datetime | None
    edited_at: datetime | None
    author_name: str = ""
    author_url: str = ""
    language: str = ""
    sensitive: bool = False
    tags: tuple[str, ...] = ()
    media: tuple[CandidateMedia, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A feed as read: its own title and home page, and its entries as candidates, in their order, each once."""

    title: str
    home: str
    language: str | None
    candidates: tuple[Candidate, ...]


def assemble(
    entries: Iterable[Entry], *, url: str, title: str, home: str, language: str, final_url: str = ""
) -> Parsed:
    """Return a feed's entries as candidates. ``url`` is the address of the source, which names its posts.

    Of two entries with one identity the first counts; entries with neither name, words nor pictures are left out.
    """
    home = tidy.address(home, final_url or url)
    made: dict[str, Candidate] = {}
    for entry in entries:
        if len(made) >= MOST_ENTRIES:
            break
        identity = _identity(url, entry)
        if identity and identity not in made:
            made[identity] = _candidate(entry, identity, feed_title=title, page=home or url, language=language)
    return Parsed(title=title, home=home, language=_language(language), candidates=tuple(made.values()))


def _identity(url: str, entry: Entry) -> str:
    """Return a post's global name: the feed it stands in, and its name there.

    The name is the id as written, else the link, else a hash of words and date. Without the feed before it, one
    feed could overwrite the posts of another.
    """
    name = entry.id or _canonical(entry.link)
    if not name:
        words = (entry.title, entry.body.text, *(media.url for media in (*entry.media, *entry.body.images)))
        if not any(words):
            return ""
        name = "sha256:" + _hash("\n".join((*words, str(entry.published_at))))
    if len(name) > _NAME_LIMIT:
        name = f"{name[:_NAME_LIMIT]}…{_hash(name)}"
    return tidy.name(f"{_place(url)} {name}")


@lru_cache(maxsize=64)
def _place(url: str) -> str:
    """Return a feed's address as part of a name: without scheme, which may change, its query (a secret?) as a hash."""
    parts = urlsplit(url)
    query = f"?{_hash(parts.query)[:12]}" if parts.query else ""
    return f"{parts.netloc.rsplit('@')[-1].lower()}{parts.path or '/'}{query}"


def _canonical(link: str) -> str:
    """Return a link without what only counts readers, so that a new campaign of theirs makes no new post of ours."""
    bare = re.sub(r"(?<=[?&])utm_\w+=[^&#]*&?", "", link.partition("#")[0])
    return bare.rstrip("?&")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _candidate(entry: Entry, identity: str, *, feed_title: str, page: str, language: str) -> Candidate:
    return Candidate(
        network="feed",
        identity=identity,
        url=entry.link or page,
        published_at=entry.published_at,
        edited_at=entry.edited_at,
        title=entry.title,
        text=entry.body.text,
        html=entry.body.html,
        author_name=entry.author_name or feed_title,
        author_handle=_host(page),
        author_url=entry.author_url or page,
        language=_language(entry.language or language),
        sensitive=entry.sensitive,
        tags=tuple(dict.fromkeys(tag for tag in entry.tags if tag))[:MOST_TAGS],
        media=_each_once((*entry.media, *entry.body.images))[:MOST_MEDIA],
        local=(("guid", tidy.name(entry.id)),) if entry.id else (),
    )


@lru_cache(maxsize=64)
def _host(page: str) -> str:
    return (urlsplit(page).hostname or "").removeprefix("www.")


def _each_once(media: Iterable[CandidateMedia]) -> tuple[CandidateMedia, ...]:
    """Return pictures in their order; one that stands both beside and in the text keeps the words of either."""
    made: dict[str, CandidateMedia] = {}
    for found in media:
        known = made.get(found.url)
        made[found.url] = found if known is None else replace(known, alt=known.alt or found.alt)
    return tuple(made.values())


def _language(written: str) -> str | None:
    """Return a language as its two or three letters ("sv-SE" is "sv"), None where none is meant."""
    found = re.match(r"([A-Za-z]{2,3})(?![A-Za-z])", written.strip())
    return found.group(1).lower() if found else None
