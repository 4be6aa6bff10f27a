"""The archive of a Mastodon account: ``outbox.json`` in ActivityPub, in a tar, a zip, or by itself.

Only what was written for everybody comes in: the archive also holds what was meant for followers alone, and letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from campaign.errors import CollectError
from campaign.records import Candidate, CandidateMedia
from collector import html, tidy
from collector.entries import MOST_MEDIA, MOST_TAGS
from collector.imports.container import Container
from collector.imports.rows import ARCHIVED, Reading, Row, as_json, fingerprint

POSTS = re.compile(r"(?:^|/)outbox\.json$")
_PUBLIC = frozenset({"https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"})
_KINDS = frozenset({"Note", "Question", "Article", "Page", "Image", "Video", "Event"})


def read(container: Container) -> Reading:
    """Return the posts of a Mastodon archive. Raises CollectError."""
    place = next((each for each in container.names() if POSTS.search(each)), "") or container.names()[0]
    body = container.read(place)
    try:
        outbox = tidy.mapping(as_json(body))
    except ValueError as error:
        raise CollectError("import_not_json", permanent=True, file=PurePosixPath(place).name) from error
    given = tidy.items(outbox.get("orderedItems"))
    author = _author(container)
    members = {
        each.partition("media_attachments/")[2]: each for each in container.names() if "media_attachments/" in each
    }
    return Reading(
        format="mastodon",
        total=len(given),
        fingerprint=fingerprint(body),
        rows=_rows(given, place, author, members),
    )


def _rows(given: list[Any], place: str, author: Mapping[str, Any], members: Mapping[str, str]) -> Iterator[Row]:
    for number, each in enumerate(given, start=1):
        activity = tidy.mapping(each)
        note = tidy.mapping(activity.get("object"))
        identity = tidy.name(tidy.line(note.get("id"), 1000))
        if activity.get("type") == "Announce":
            yield Row(number=number, place=place, passed="repost")
        elif not activity or not note or not identity:
            yield Row(number=number, place=place, unreadable="object")
        elif note.get("type") not in _KINDS:
            yield Row(number=number, place=place, passed="other")
        elif not _is_public(note if "to" in note else activity):
            yield Row(number=number, place=place, passed="private")
        else:
            candidate, files = _candidate(note, identity, author, members)
            yield Row(number=number, place=place, candidate=candidate, files=files)


def _is_public(told: Mapping[str, Any]) -> bool:
    """Return whether it was written for everybody. Unlisted posts name the public only beside their followers."""
    to = told.get("to")
    return bool(_PUBLIC & {each for each in (to if isinstance(to, list) else [to]) if isinstance(each, str)})


def _candidate(
    note: Mapping[str, Any], identity: str, author: Mapping[str, Any], members: Mapping[str, str]
) -> tuple[Candidate, dict[str, str]]:
    url = tidy.address(note.get("url")) or tidy.address(identity)
    body = html.clean(tidy.lines(note.get("content")), url)
    tags = [each for each in map(tidy.mapping, tidy.items(note.get("tag"))) if each.get("type") == "Hashtag"]
    media, files = _media(note, members)
    parts = urlsplit(identity)
    number = parts.path.rpartition("/")[2]
    candidate = Candidate(
        network="mastodon",
        identity=identity,
        url=url,
        published_at=tidy.moment(note.get("published")),
        edited_at=tidy.moment(note.get("updated")),
        title=tidy.line(note.get("name"), 500) if note.get("type") == "Article" else "",
        text=body.text,
        html=body.html,
        author_name=tidy.line(author.get("name"), 200) or tidy.line(author.get("preferredUsername"), 200),
        author_handle=_handle(author),
        author_url=tidy.address(author.get("url")) or tidy.address(author.get("id")),
        language=_language(note.get("contentMap")),
        warning=tidy.line(note.get("summary")),
        sensitive=note.get("sensitive") is True,
        reply=note.get("inReplyTo") is not None,
        shy=author.get("indexable") is False or author.get("discoverable") is False,
        tags=tuple(dict.fromkeys(name for tag in tags if (name := tidy.line(tag.get("name"), 200).lstrip("#"))))[
            :MOST_TAGS
        ],
        tags_folded=True,
        media=media,
        local=((f"{parts.scheme}://{parts.netloc}", number),) if number.isdigit() and parts.netloc else (),
    )
    return candidate, files


def _media(note: Mapping[str, Any], members: Mapping[str, str]) -> tuple[tuple[CandidateMedia, ...], dict[str, str]]:
    made: dict[str, CandidateMedia] = {}
    files: dict[str, str] = {}
    for each in map(tidy.mapping, tidy.items(note.get("attachment"))[:MOST_MEDIA]):
        written = tidy.line(each.get("url"), 1500)
        member = members.get(written.partition("media_attachments/")[2], "")
        # In the archive the address is a place inside it: what it was on the web is not told.
        url = tidy.address(written) or (f"{ARCHIVED}{written.lstrip('/')}" if member else "")
        kind = tidy.line(each.get("mediaType"), 100).partition("/")[0]
        if url and kind in ("image", "video", "audio"):
            made[url] = CandidateMedia(
                url=url,
                kind=kind,
                alt=tidy.lines(each.get("name"), 1500).strip() or None,
                width=tidy.number(each.get("width")),
                height=tidy.number(each.get("height")),
            )
            if member and kind == "image":
                files[url] = member
    return tuple(made.values()), files


def _author(container: Container) -> Mapping[str, Any]:
    place = next((each for each in container.names() if PurePosixPath(each).name == "actor.json"), "")
    try:
        return tidy.mapping(as_json(container.read(place, 5_000_000))) if place else {}
    except (ValueError, CollectError):
        return {}  # the posts can do without their author's name


def _handle(author: Mapping[str, Any]) -> str:
    name, host = tidy.line(author.get("preferredUsername"), 200), urlsplit(tidy.address(author.get("id"))).netloc
    return f"{name}@{host}" if name and host else name


def _language(told: object) -> str | None:
    found = next(iter(tidy.mapping(told)), "")
    return (
        found[:3].partition("-")[0].lower()
        if isinstance(found, str) and re.match(r"[A-Za-z]{2,3}(?![A-Za-z])", found)
        else None
    )
