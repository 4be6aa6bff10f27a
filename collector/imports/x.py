"""The archive of X: ``data/tweets.js``, JSON behind a line of script. Reposts are left out; of an edited post the
latest text counts, under the name of its first, as when it is searched for.
"""

from __future__ import annotations

import html as escapes
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from campaign.errors import CollectError
from campaign.records import Candidate, CandidateMedia
from collector import html, tidy
from collector.entries import MOST_MEDIA, MOST_TAGS
from collector.imports.container import Container
from collector.imports.rows import Reading, Row, as_json, fingerprint

POSTS = re.compile(r"(?:^|/)(?:tweets?|tweets?-part\d+)\.js$")
_NOTES = re.compile(r"(?:^|/)note-tweet(?:-part\d+)?\.js$")
_MONTHS = {
    name: at
    for at, name in enumerate(
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], start=1
    )
}
_WRITTEN = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d\d) (\d\d):(\d\d):(\d\d) \+0000 (\d{4})")
_NO_LANGUAGE = frozenset({"und", "zxx", "qam", "qct", "qht", "qme", "qst", "art"})
_BEGINNING = 60


def read(container: Container, name: str) -> Reading:
    """Return the posts of an X archive. Raises CollectError."""
    names = container.names()
    places = [each for each in names if POSTS.search(each) or len(names) == 1]
    bodies = [container.read(place) for place in places]
    if not bodies:
        raise CollectError("import_no_posts", permanent=True, file=name)
    lists = [(place, _listed(body)) for place, body in zip(places, bodies, strict=True)]
    archive = _Archive(container, [found for _, found in lists if found])
    return Reading(
        format="x",
        total=sum(len(found) for _, found in lists if found),
        fingerprint=fingerprint(*bodies),
        rows=_rows(lists, archive),
    )


class _Archive:
    """What all rows share: whose archive it is, which post is the last of its edits, long texts, and pictures."""

    def __init__(self, container: Container, lists: list[list[Any]]) -> None:
        account = _first(container, "account.js", "account")
        self.handle = tidy.line(account.get("username"), 100)
        self.name = tidy.line(account.get("accountDisplayName"), 200) or self.handle
        self.members = {PurePosixPath(each).name: each for each in container.names() if "_media/" in each}
        self.latest: dict[str, str] = {}
        for found in lists:
            for given in found:
                tweet = _tweet(given)
                first, own = _first_edit(tweet), _number(tweet)
                if own and (len(own), own) > (len(self.latest.get(first, "")), self.latest.get(first, "")):
                    self.latest[first] = own
        self.notes = _long_texts(container)


def _rows(lists: list[tuple[str, list[Any] | None]], archive: _Archive) -> Iterator[Row]:
    for place, found in lists:
        if found is None:
            yield Row(number=0, place=place, unreadable="file")
            continue
        for number, given in enumerate(found, start=1):
            yield _row(number, place, _tweet(given), archive)


def _row(number: int, place: str, tweet: Mapping[str, Any], archive: _Archive) -> Row:
    own, first = _number(tweet), _first_edit(tweet)
    if not own:
        return Row(number=number, place=place, unreadable="object")
    published_at = _moment(tweet.get("created_at"))
    if published_at is None:
        value = tidy.line(tweet.get("created_at"), 40)
        return Row(number=number, place=place, unreadable="date", facts={"value": value})
    written = tidy.lines(tweet.get("full_text") or tweet.get("text"))
    if written.startswith("RT @"):
        return Row(number=number, place=place, passed="repost")
    if archive.latest.get(first) != own:
        return Row(number=number, place=place, passed="edited")
    text, body = _words(written, tweet, archive.notes)
    media, files = _media(own, tweet, archive)
    entities = tidy.mapping(tweet.get("entities"))
    tags = (tidy.line(tidy.mapping(each).get("text"), 200).lstrip("#") for each in tidy.items(entities.get("hashtags")))
    candidate = Candidate(
        network="x",
        identity=first,
        url=f"https://x.com/{archive.handle or 'i'}/status/{own}",
        published_at=published_at,
        text=text,
        html=body,
        author_name=archive.name,
        author_handle=archive.handle,
        author_url=f"https://x.com/{archive.handle}" if archive.handle else "",
        language=_language(tweet.get("lang")),
        sensitive=tweet.get("possibly_sensitive") is True,
        reply=bool(tweet.get("in_reply_to_user_id_str") or tweet.get("in_reply_to_user_id")),
        tags=tuple(dict.fromkeys(tag for tag in tags if tag))[:MOST_TAGS],
        media=media,
        local=(("x.com", own),),
        engagement=tidy.counted(tweet.get("favorite_count"), tweet.get("retweet_count")),
    )
    return Row(number=number, place=place, candidate=candidate, files=files)


def _listed(body: bytes) -> list[Any] | None:
    """Return the list behind ``window.YTD.tweets.part0 =``; None for what cannot be read. Nothing is ever run."""
    head = body[:300].decode("utf-8", "replace").lstrip("\ufeff \n")
    start = body.find(b"[")
    if start < 0 or not (head.startswith("window.") or head.startswith("[")):
        return None
    try:
        found = as_json(body[start:].rstrip().removesuffix(b";"))
    except ValueError:
        return None
    return found if isinstance(found, list) else None


def _first(container: Container, ending: str, inside: str) -> Mapping[str, Any]:
    place = next((each for each in container.names() if PurePosixPath(each).name == ending), "")
    try:
        found = _listed(container.read(place, 5_000_000)) if place else None
    except CollectError:
        found = None  # the posts can do without their author's name
    return tidy.mapping(tidy.mapping(next(iter(found or []), None)).get(inside))


def _long_texts(container: Container) -> dict[str, Mapping[str, Any]]:
    """Return the whole texts of long posts by how they begin; the posts themselves hold only their beginning."""
    found: dict[str, Mapping[str, Any]] = {}
    for place in (each for each in container.names() if _NOTES.search(each)):
        try:
            listed = _listed(container.read(place)) or []
        except CollectError:
            continue  # their beginnings are there
        for given in listed:
            core = tidy.mapping(tidy.mapping(tidy.mapping(given).get("noteTweet")).get("core"))
            text = tidy.lines(core.get("text"))
            if len(text) > _BEGINNING:
                found.setdefault(text[:_BEGINNING], core)
    return found


def _tweet(given: Any) -> Mapping[str, Any]:
    return tidy.mapping(tidy.mapping(given).get("tweet")) or tidy.mapping(given)


def _number(tweet: Mapping[str, Any]) -> str:
    found = tweet.get("id_str") or tweet.get("id")
    return found if isinstance(found, str) and found.isascii() and found.isdecimal() and len(found) < 30 else ""


def _first_edit(tweet: Mapping[str, Any]) -> str:
    """Return the number of the first of a post's edits, its own where there are none."""
    info = tidy.mapping(tweet.get("edit_info"))
    edit = tidy.mapping(info.get("edit"))
    initial = tidy.mapping(info.get("initial")) or tidy.mapping(edit.get("editControlInitial"))
    chain = [each for each in tidy.items(initial.get("editTweetIds")) if isinstance(each, str) and each.isdecimal()]
    told = edit.get("initialTweetId")
    return told if isinstance(told, str) and told.isdecimal() else chain[0] if chain else _number(tweet)


def _moment(value: object) -> datetime | None:
    match = _WRITTEN.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or match[1] not in _MONTHS:
        return tidy.moment(value)
    day, hour, minute, second, year = (int(match[at]) for at in (2, 3, 4, 5, 6))
    try:
        return datetime(year, _MONTHS[match[1]], day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None


def _language(value: object) -> str | None:
    found = tidy.line(value, 35).lower().partition("-")[0]
    return found if found.isascii() and found.isalpha() and found not in _NO_LANGUAGE else None


def _words(written: str, tweet: Mapping[str, Any], notes: Mapping[str, Mapping[str, Any]]) -> tuple[str, str]:
    """Return a post's words as text and as HTML, with the addresses that t.co stands for."""
    plain = escapes.unescape(written)
    entities = tidy.mapping(tweet.get("entities"))
    links = [(each.get("url"), each.get("expanded_url")) for each in _all(entities.get("urls"))]
    core = notes.get(plain[:_BEGINNING])
    if core is not None:
        plain = tidy.lines(core.get("text"))
        links = [(each.get("shortUrl"), each.get("expandedUrl")) for each in _all(core.get("urls"))]
    for short, long in links[:100]:
        if isinstance(short, str) and short.startswith(("http://t.co/", "https://t.co/")) and tidy.address(long):
            plain = plain.replace(short, tidy.address(long))
    for each in [*_all(entities.get("media")), *_all(tidy.mapping(tweet.get("extended_entities")).get("media"))]:
        short = each.get("url")
        if isinstance(short, str) and short.startswith("https://t.co/"):
            plain = plain.replace(short, "")  # stands for the post's own picture
    found = html.from_text(plain.strip())
    return found.text, found.html


def _all(value: object) -> list[Mapping[str, Any]]:
    return [tidy.mapping(each) for each in tidy.items(value)[:100]]


def _media(own: str, tweet: Mapping[str, Any], archive: _Archive) -> tuple[tuple[CandidateMedia, ...], dict[str, str]]:
    """Return a post's pictures and films, and where in the archive the pictures lie."""
    given = _all(tidy.mapping(tweet.get("extended_entities")).get("media")) or _all(
        tidy.mapping(tweet.get("entities")).get("media")
    )
    made: dict[str, CandidateMedia] = {}
    files: dict[str, str] = {}
    for each in given[:MOST_MEDIA]:
        still = tidy.address(each.get("media_url_https")) or tidy.address(each.get("media_url"))
        size = tidy.mapping(tidy.mapping(each.get("sizes")).get("large"))
        film = _film(each)
        url = film or still
        if not url:
            continue
        is_picture = each.get("type") in (None, "photo")
        made[url] = CandidateMedia(
            url=url,
            kind="image" if is_picture else "video",
            alt=tidy.lines(each.get("ext_alt_text"), 1500).strip() or None,
            width=tidy.number(size.get("w")),
            height=tidy.number(size.get("h")),
            preview_url=None if is_picture else still or None,
        )
        member = archive.members.get(f"{own}-{PurePosixPath(urlsplit(still).path).name}", "")
        if is_picture and member:
            files[url] = member
    return tuple(made.values()), files


def _film(medium: Mapping[str, Any]) -> str:
    variants = _all(tidy.mapping(medium.get("video_info")).get("variants"))
    films = [each for each in variants if each.get("content_type") == "video/mp4"]

    def rate(each: Mapping[str, Any]) -> int:
        told = each.get("bitrate")
        return int(told) if isinstance(told, str) and told.isdecimal() and len(told) < 12 else 0

    return tidy.address(max(films, key=rate).get("url")) if films else ""
