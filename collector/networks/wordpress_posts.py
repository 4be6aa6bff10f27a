"""A post of WordPress's REST interface as a candidate. Everything in it is foreign; nothing is taken for granted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from campaign import hashtags
from campaign.records import Candidate, CandidateMedia
from collector import html, tidy
from collector.entries import MOST_MEDIA, MOST_TAGS

_RESIZED = re.compile(r"-\d{2,4}x\d{2,4}(?=\.[A-Za-z]{3,4}$)")
_EDITED = timedelta(minutes=1)
"""What is saved again within this after being published was not edited, but finished."""


def candidate(post: object, *, site: str, belongs: Mapping[int, tuple[str, ...]]) -> Candidate | None:
    """Return a published post; None for one behind a password, and for what is no post.

    ``site`` is the address that is asked, which names its posts; ``belongs`` has the spellings that each wanted
    term stands for: the site itself decides which spellings are one.
    """
    given = tidy.mapping(post)
    number = identifier(given)
    content = tidy.mapping(given.get("content"))
    if not number or content.get("protected") is True or given.get("status", "publish") != "publish":
        return None
    url = tidy.address(given.get("link"), f"{site}/") or f"{site}/?p={number}"
    body = html.clean(_rendered(content) or _rendered(tidy.mapping(given.get("excerpt"))), url)
    published_at, modified_at = _utc(given.get("date_gmt")), _utc(given.get("modified_gmt"))
    embedded = tidy.mapping(given.get("_embedded"))
    author = _author(embedded)
    return Candidate(
        network="wordpress",
        identity=identity(site, _rendered(tidy.mapping(given.get("guid")), 1500) or f"{site}/?p={number}"),
        url=url,
        published_at=published_at or modified_at,
        edited_at=modified_at if published_at and modified_at and modified_at > published_at + _EDITED else None,
        title=tidy.line(html.text(_rendered(tidy.mapping(given.get("title")), 2000))),
        text=body.text,
        html=body.html,
        author_name=tidy.line(author.get("name"), 200),
        author_handle=(urlsplit(url).hostname or "").removeprefix("www."),
        author_url=tidy.address(author.get("link"), url),
        tags=_tags(given, embedded, belongs),
        media=_media(embedded, body, url),
        local=((site, number),),
    )


def identity(site: str, guid: str) -> str:
    """Return a post's global name: its site, and the name that WordPress promises never to change.

    The same in the REST interface and in the site's feeds; without the site before it, one could overwrite
    another's posts.
    """
    parts = urlsplit(site)
    return tidy.name(f"{parts.netloc.lower()}{parts.path} {tidy.line(guid, 1500)}")


def from_feed(found: Candidate, *, site: str, spellings: Iterable[str]) -> Candidate:
    """Return an entry of a site's own feed as the same post that the REST interface tells of."""
    guid = dict(found.local).get("guid", "") or found.url
    number = next(iter(parse_qs(urlsplit(guid).query).get("p", [])), "")
    tags = tuple(dict.fromkeys((*found.tags, *spellings)))
    return Candidate(
        network="wordpress",
        identity=identity(site, guid),
        url=found.url,
        published_at=found.published_at,
        edited_at=found.edited_at,
        title=found.title,
        text=found.text,
        html=found.html,
        author_name=found.author_name,
        author_handle=found.author_handle,
        author_url="" if found.author_url == found.url else found.author_url,
        language=found.language,
        tags=tags[:MOST_TAGS],
        media=found.media,
        local=((site, number),) if number.isascii() and number.isdigit() else (),
    )


def identifier(post: object) -> str:
    """Return a post's number on its site as text, "" where it has none."""
    value = tidy.mapping(post).get("id")
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63 else ""


def local_moment(post: object, name: str) -> str:
    """Return a date in the site's own time and form, as the interface compares it; "" where it is none."""
    value = tidy.line(tidy.mapping(post).get(name), 30)
    try:
        return datetime.fromisoformat(value).replace(tzinfo=None, microsecond=0).isoformat() if value else ""
    except ValueError:
        return ""


def terms(answer: object, spellings: Iterable[str]) -> dict[int, tuple[str, ...]]:
    """Return the terms among an answer's that are one of these tags, each with the spellings that it stands for.

    A site makes one slug of several spellings, and names the term after the first that anybody wrote.
    """
    wanted = tuple(spellings)
    found: dict[int, tuple[str, ...]] = {}
    for term in answer if isinstance(answer, list) else []:
        given = tidy.mapping(term)
        number, slug = identifier(given), tidy.line(given.get("slug"), 300).lower()
        name = tidy.line(html.text(tidy.lines(given.get("name"), 500)), 300)
        meant = tuple(tag for tag in wanted if hashtags.key(name) == tag or slug in (tag, hashtags.fold(tag)))
        if number and meant:
            found[int(number)] = meant
    return found


def _tags(
    given: Mapping[str, Any], embedded: Mapping[str, Any], belongs: Mapping[int, tuple[str, ...]]
) -> tuple[str, ...]:
    """Return the names of a post's terms, and every spelling that the site takes one of them for."""
    numbers = [number for number in tidy.items(given.get("tags"))[:MOST_TAGS] if isinstance(number, int)]
    names = [
        tidy.line(html.text(tidy.lines(tidy.mapping(term).get("name"), 500)), 200).lstrip("#")
        for group in tidy.items(embedded.get("wp:term"))
        for term in tidy.items(group)
        if tidy.mapping(term).get("taxonomy") == "post_tag"
    ]
    keys = {hashtags.key(name) for name in names}
    folds = {hashtags.fold(key) for key in keys}
    # A spelling without diacritics adds nothing where one with them stands; the other way it does.
    meant = [
        tag
        for number in numbers
        for tag in belongs.get(number, ())
        if tag not in keys and not (tag in folds and tag == hashtags.fold(tag))
    ]
    return tuple(dict.fromkeys(name for name in (*names, *meant) if name))[:MOST_TAGS]


def _author(embedded: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the author as embedded; a site that hides its authors has an error in their place."""
    return next(
        (tidy.mapping(author) for author in tidy.items(embedded.get("author")) if tidy.mapping(author).get("name")), {}
    )


def _media(embedded: Mapping[str, Any], body: html.Cleaned, base: str) -> tuple[CandidateMedia, ...]:
    """Return the picture of a post and those in its text; one picture in several sizes is one."""
    made: dict[str, CandidateMedia] = {}
    for item in (*map(_featured, tidy.items(embedded.get("wp:featuredmedia"))), *body.images):
        if item is None:
            continue
        address = tidy.address(item.url, base)
        original = _RESIZED.sub("", address)
        if address and original not in made:
            # WordPress has no word for a decorative picture: an empty text is a forgotten one.
            made[original] = replace(item, url=address, alt=item.alt or None)
    return tuple(made.values())[:MOST_MEDIA]


def _featured(item: object) -> CandidateMedia | None:
    given = tidy.mapping(item)
    url = tidy.address(given.get("source_url"))
    if not url or given.get("media_type", "image") not in ("image", ""):
        return None
    size = tidy.mapping(given.get("media_details"))
    return CandidateMedia(
        url=url,
        alt=tidy.line(given.get("alt_text"), 1500) or None,
        width=tidy.number(size.get("width")),
        height=tidy.number(size.get("height")),
    )


def _utc(value: object) -> datetime | None:
    """Return a moment that the interface writes in UTC without saying so; None for 0000-00-00, a draft's."""
    try:
        found = datetime.fromisoformat(tidy.line(value, 40))
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _rendered(holder: Mapping[str, Any], limit: int = html.HTML_LIMIT) -> str:
    return tidy.lines(holder.get("rendered"), limit)
