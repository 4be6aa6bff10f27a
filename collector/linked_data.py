"""What a page's structured data (JSON-LD, schema.org) tells of the one thing that the page is about."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from campaign.records import CandidateMedia
from collector import html, tidy
from collector.dates import rfc3339

_POSTINGS = frozenset({"SocialMediaPosting", "DiscussionForumPosting"})
_WANTED = _POSTINGS | {
    "Article", "NewsArticle", "ReportageNewsArticle", "OpinionNewsArticle", "BlogPosting", "Report", "VideoObject",
    "ImageObject", "Event", "PressRelease", "ScholarlyArticle",
}  # fmt: skip
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?![A-Za-z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the data tells. ``text`` is the post's own, ``summary`` what it says of itself; "" and None: nothing."""

    title: str = ""
    text: str = ""
    summary: str = ""
    author_name: str = ""
    author_url: str = ""
    published_at: datetime | None = None
    edited_at: datetime | None = None
    language: str = ""
    picture: CandidateMedia | None = None
    is_posting: bool = False


def from_data(data: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> Told:
    """Return what the first object of a page that is a post, an article or a film tells. ``zone``: dates without."""
    found = next((each for each in data if _kinds(each) & _WANTED), None)
    if found is None:
        return Told()
    published_at = next(
        (at for name in ("datePublished", "uploadDate", "dateCreated") if (at := rfc3339(found.get(name), zone))), None
    )
    edited_at = rfc3339(found.get("dateModified"), zone)
    author = _author(found.get("author")) or _author(found.get("creator")) or ("", "")
    language = _LANGUAGE.match(tidy.line(found.get("inLanguage"), 35))
    return Told(
        title=_plain(found.get("headline")) or _plain(found.get("name")),
        text=_words(found.get("articleBody")) or _words(found.get("text")),
        summary=_words(found.get("description")),
        author_name=author[0],
        author_url=author[1],
        published_at=published_at,
        edited_at=edited_at if published_at and edited_at and edited_at > published_at else None,
        language=language.group(1).lower() if language else "",
        picture=_picture(found.get("image")) or _picture(found.get("thumbnailUrl")),
        is_posting=bool(_kinds(found) & _POSTINGS),
    )


def _kinds(found: Mapping[str, Any]) -> set[str]:
    kinds = found.get("@type")
    return {kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)}


def _plain(value: object) -> str:
    return tidy.line(html.text(value[:5_000])) if isinstance(value, str) else ""


def _words(value: object) -> str:
    """Return words with their line breaks; some write HTML where plain text is meant."""
    if not isinstance(value, str):
        return ""
    return html.text(value[:20_000]) if "<" in value or "&" in value else tidy.lines(value, 5_000).strip()


def _author(value: object) -> tuple[str, str] | None:
    """Return the first author that has a name, with their page."""
    if isinstance(value, list):
        return next((found for each in value[:20] if (found := _author(each)) is not None), None)
    if isinstance(value, str):
        return (tidy.line(value, 200), "") if value.strip() and "://" not in value else None
    if isinstance(value, dict) and tidy.line(value.get("name")):
        return tidy.line(value.get("name"), 200), tidy.address(value.get("url"))
    return None


def _picture(value: object) -> CandidateMedia | None:
    if isinstance(value, list):
        return next((found for each in value[:20] if (found := _picture(each)) is not None), None)
    if isinstance(value, str):
        url = tidy.address(value)
        return CandidateMedia(url=url) if url else None
    if isinstance(value, dict):
        url = tidy.address(value.get("url")) or tidy.address(value.get("contentUrl"))
        size = [tidy.number(value.get(name)) for name in ("width", "height")]
        alt = tidy.line(value.get("caption"), 1500) or None
        return CandidateMedia(url=url, alt=alt, width=size[0], height=size[1]) if url else None
    return None
