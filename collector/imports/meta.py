"""The archives of Instagram and Facebook ("Download your information", as JSON).

Both write UTF-8 as if it were Latin-1: "Hallandväxer" stands there as "HallandvÃ¤xer". Neither says under which
address a post can be read; a post is named by its account and the second in which it was written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from campaign.errors import CollectError
from campaign.pasted import place
from campaign.records import Candidate, CandidateMedia
from collector import html, tidy
from collector.entries import MOST_MEDIA
from collector.imports.container import Container
from collector.imports.rows import ARCHIVED, Reading, Row, as_json, fingerprint, hashed, moment_of_seconds

INSTAGRAM_POSTS = re.compile(r"(?:^|/)(?:posts_\d+|posts|reels|igtv_videos)\.json$")
FACEBOOK_POSTS = re.compile(
    r"(?:^|/)(?:your_posts(?:__check_ins__photos_and_videos)?(?:_\d+)?|profile_posts_\d+|page_posts_\d+)\.json$"
)
AS_HTML = re.compile(r"(?:^|/)(?:posts_\d+|your_posts[a-z_]*(?:_\d+)?|profile_posts_\d+)\.html$")

_USER_NAMES = ("Username", "Användarnamn")
_PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".heic"})
_FILMS = frozenset({".mp4", ".mov", ".m4v"})
_MOST_FACTS = 5_000_000

Read = Callable[[Any, "_Archive"], Row]


def repaired(value: object) -> str:
    """Return a text whose UTF-8 was written as if it were Latin-1; any other as it stands."""
    text = value if isinstance(value, str) else ""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def instagram(container: Container, name: str) -> Reading:
    """Return the posts and reels of an Instagram archive. Raises CollectError."""
    archive = _Archive(container, *_instagram_account(container))
    return _reading(archive, name, kind="instagram", pattern=INSTAGRAM_POSTS, read=_instagram_row)


def facebook(container: Container, name: str) -> Reading:
    """Return the posts of a Facebook archive. Raises CollectError."""
    archive = _Archive(container, "", _facebook_name(container))
    return _reading(archive, name, kind="facebook", pattern=FACEBOOK_POSTS, read=_facebook_row)


class _Archive:
    """What the rows of one archive share: whose it is, what lies in it, and which names have been given."""

    def __init__(self, container: Container, handle: str, author: str) -> None:
        self.container, self.handle, self.author = container, handle, author
        self.given: Counter[str] = Counter()
        self._by_end: dict[str, str] = {}
        for member in container.names():
            self._by_end.setdefault(PurePosixPath(member).name, member)
        self._members = frozenset(container.names())

    def member(self, uri: str) -> str:
        """Return the file that an archive's own address means; archives lie in a folder of their own, or do not."""
        if uri in self._members:
            return uri
        found = self._by_end.get(PurePosixPath(uri).name, "")
        return found if found.endswith(uri) else ""

    def named(self, *words: object) -> str:
        """Return a post's name. Of several posts in one second each gets its own, in the order of the archive."""
        name = hashed(*words)
        self.given[name] += 1
        return name if self.given[name] == 1 else hashed(*words, self.given[name])


def _reading(archive: _Archive, name: str, *, kind: str, pattern: re.Pattern[str], read: Read) -> Reading:
    container, names = archive.container, archive.container.names()
    places = sorted((each for each in names if pattern.search(each) or len(names) == 1), key=_in_order)
    bodies = [container.read(each) for each in places]
    if not bodies:
        raise CollectError("import_no_posts", permanent=True, file=name)
    lists = [(file, _listed(body)) for file, body in zip(places, bodies, strict=True)]
    return Reading(
        format=kind,
        total=sum(len(found) for _, found in lists if found is not None),
        fingerprint=fingerprint(*bodies),
        rows=_rows(lists, read, archive),
    )


def _rows(lists: list[tuple[str, list[Any] | None]], read: Read, archive: _Archive) -> Iterator[Row]:
    for file, found in lists:
        if found is None:
            yield Row(number=0, place=file, unreadable="file")
            continue
        for number, given in enumerate(found, start=1):
            yield replace(read(given, archive), number=number, place=file)


def _in_order(name: str) -> tuple[str, int]:
    """Return what sorts posts_2 before posts_10."""
    number = re.search(r"(\d+)\.json$", name)
    return re.sub(r"\d+\.json$", "", name), int(number[1]) if number else 0


def _listed(body: bytes) -> list[Any] | None:
    """Return the entries of one file, wherever they stand in it; None for what cannot be read."""
    try:
        found = as_json(body)
    except ValueError:
        return None
    if isinstance(found, dict):
        found = next((value for value in found.values() if isinstance(value, list)), [found])
    return found if isinstance(found, list) else None


def _instagram_row(given: Any, archive: _Archive) -> Row:
    post = tidy.mapping(given)
    media = [tidy.mapping(each) for each in tidy.items(post.get("media"))]
    if not post or not (media or post.get("label_values")):
        return Row(number=0, unreadable="object")
    labels = {repaired(each.get("label")): each for each in map(tidy.mapping, tidy.items(post.get("label_values")))}
    only: Mapping[str, Any] = media[0] if media else {}
    caption = repaired(post.get("title")) or repaired(labels.get("Caption", {}).get("value"))
    if not caption and len(media) == 1:
        caption = repaired(only.get("title"))
    seconds = post.get("creation_timestamp") or post.get("timestamp") or only.get("creation_timestamp")
    url = tidy.address(labels.get("URL", {}).get("value") or labels.get("URL", {}).get("href"))
    number = post.get("fbid")
    known = number if isinstance(number, str) and number.isdigit() else ""
    return _row("instagram", archive, text=caption, seconds=seconds, media=media, url=url, known=known)


def _facebook_row(given: Any, archive: _Archive) -> Row:
    post = tidy.mapping(given)
    if not post:
        return Row(number=0, unreadable="object")
    said = [repaired(tidy.mapping(each).get("post")) for each in tidy.items(post.get("data"))]
    attached = [
        tidy.mapping(inner)
        for outer in tidy.items(post.get("attachments"))
        for inner in tidy.items(tidy.mapping(outer).get("data"))
    ]
    media = [found for each in attached if (found := tidy.mapping(each.get("media")))]
    links = [tidy.address(tidy.mapping(each.get("external_context")).get("url")) for each in attached]
    described = (repaired(each.get("description")) for each in media)
    text = "\n\n".join(each for each in said if each) or next(filter(None, described), "")
    text = "\n\n".join([text, *(link for link in dict.fromkeys(links) if link and link not in text)]).strip()
    return _row("facebook", archive, text=text, seconds=post.get("timestamp"), media=media)


def _row(
    network: str,
    archive: _Archive,
    *,
    text: str,
    seconds: Any,
    media: list[Any],
    url: str = "",
    known: str = "",
) -> Row:
    published_at = moment_of_seconds(seconds)
    if published_at is None:
        return Row(number=0, unreadable="date", facts={"value": tidy.line(str(seconds), 40)})
    body = html.from_text(tidy.lines(text).strip())
    files: dict[str, str] = {}
    pictures: list[CandidateMedia] = []
    for each in media[:MOST_MEDIA]:
        uri = tidy.line(repaired(each.get("uri")), 900)
        kind = _kind(uri)
        member = archive.member(uri) if kind else ""
        if kind and member and f"{ARCHIVED}{uri}" not in files:
            files[f"{ARCHIVED}{uri}"] = member
            pictures.append(CandidateMedia(url=f"{ARCHIVED}{uri}", kind=kind))
    if not body.text and not pictures:
        return Row(number=0, passed="empty")
    link = place(url) if url else None
    name = (
        known
        or (link.identity if link and link.is_named else "")
        or archive.named(network, archive.handle or archive.author, int(published_at.timestamp()))
    )
    return Row(
        number=0,
        files={each.url: files[each.url] for each in pictures if each.kind == "image"},
        candidate=Candidate(
            network=network,
            identity=name,
            url=url,
            published_at=published_at,
            text=body.text,
            html=body.html,
            author_name=archive.author or archive.handle,
            author_handle=archive.handle,
            author_url=f"https://www.instagram.com/{archive.handle}/"
            if network == "instagram" and archive.handle
            else "",
            media=tuple(pictures),
        ),
    )


def _kind(uri: str) -> str:
    end = PurePosixPath(uri).suffix.lower()
    return "image" if end in _PICTURES else "video" if end in _FILMS else ""


def _facts(container: Container, ending: str) -> Any:
    """Return a small file of an archive that says whose it is; None where it is missing or cannot be read."""
    file = next((each for each in container.names() if each.endswith(ending)), "")
    try:
        return as_json(container.read(file, _MOST_FACTS)) if file else None
    except (ValueError, CollectError):
        return None  # the posts can do without their author's name


def _instagram_account(container: Container) -> tuple[str, str]:
    facts = tidy.mapping(_facts(container, "personal_information.json"))
    user = tidy.mapping(next(iter(tidy.items(facts.get("profile_user"))), None))
    told = {repaired(name): each for name, each in tidy.mapping(user.get("string_map_data")).items()}

    def value(*names: str) -> str:
        found = (repaired(tidy.mapping(told.get(name)).get("value")) for name in names)
        return tidy.line(next(filter(None, found), ""), 200)

    return value(*_USER_NAMES), value("Name", "Namn")


def _facebook_name(container: Container) -> str:
    facts = tidy.mapping(_facts(container, "profile_information.json"))
    profile = tidy.mapping(facts.get("profile_v2") or facts.get("profile"))
    return tidy.line(repaired(tidy.mapping(profile.get("name")).get("full_name")), 200)
