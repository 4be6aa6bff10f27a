"""A medium of Instagram as a candidate, as hashtag search, the account's own lists and partners' pages give it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from campaign.records import Candidate, CandidateMedia
from collector import html, tidy

_KINDS = {"IMAGE": "image", "VIDEO": "video"}
_PERMALINK = re.compile(r"https?://(?:www\.)?instagram\.com/(?:[^/?#]+/)?(?:p|reel|tv)/([A-Za-z0-9_-]{1,100})")
_HANDLE = re.compile(r"[A-Za-z0-9._]{1,60}")


def candidate(given: object, *, door: str, handle: str = "", name: str = "", account: str = "") -> Candidate | None:
    """Return a medium as a candidate; None for what has no id or no address that a person could open.

    ``door`` says which list it stood in, and ``account`` whose that is where only its owner can ask again. ``handle``
    and ``name`` are the author's where that list knows them better than the medium; a hit of a hashtag has no author
    at all.
    """
    medium = tidy.mapping(given)
    own, url = _id(medium), tidy.address(medium.get("permalink"))
    if not own or not url:
        return None
    author = handle_of(medium.get("username")) or handle
    body = html.from_text(tidy.lines(medium.get("caption")))
    return Candidate(
        network="instagram",
        identity=own,
        url=url,
        published_at=tidy.moment(medium.get("timestamp")),
        text=body.text,
        html=body.html,
        author_name=name if author == handle else "",
        author_handle=author,
        author_url=f"https://www.instagram.com/{author}/" if author else "",
        media=tuple(_media(medium)),
        local=((f"instagram:{door}:{account}" if account else f"instagram:{door}", own),),
        engagement=tidy.counted(medium.get("like_count"), medium.get("comments_count")),
    )


def shortcode(given: object) -> str:
    """Return what names a medium in its address, "" where it has none: the same through whichever door it came."""
    found = _PERMALINK.match(tidy.address(tidy.mapping(given).get("permalink")))
    return found.group(1) if found else ""


def handle_of(value: object) -> str:
    """Return an account's name without @, "" for anything that is none."""
    found = tidy.line(value, 100).lstrip("@")
    return found if _HANDLE.fullmatch(found) else ""


def _media(medium: Mapping[str, Any]) -> list[CandidateMedia]:
    """Return the pictures and films of a medium; of an album its parts, or its first picture where it lists none."""
    parts = [
        part for each in tidy.items(tidy.mapping(medium.get("children")).get("data"))[:20] if (part := _part(each))
    ]
    return parts or [part for part in (_part(medium),) if part]


def _part(given: object) -> CandidateMedia | None:
    """Return one picture or film. Of a film whose address is withheld (music, downloads off) its still is left."""
    part = tidy.mapping(given)
    url, still = tidy.address(part.get("media_url")), tidy.address(part.get("thumbnail_url"))
    kind = _KINDS.get(tidy.line(part.get("media_type")), "image")
    if not url and not still:
        return None
    return CandidateMedia(
        url=url or still,
        kind=kind if url else "image",
        # An empty one is a forgotten one: Instagram has no word for a decorative picture.
        alt=tidy.lines(part.get("alt_text"), 1500).strip() or None,
        preview_url=still if url and still else None,
    )


def _id(medium: Mapping[str, Any]) -> str:
    found = medium.get("id")
    return found if isinstance(found, str) and re.fullmatch(r"[0-9A-Za-z_-]{1,64}", found) else ""
