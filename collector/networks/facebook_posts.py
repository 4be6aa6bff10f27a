"""A post of a Facebook Page as a candidate, as the lists of a Page and the question about a single post give it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from campaign.records import Candidate, CandidateMedia
from collector import html, tidy

_FILMS = frozenset({"video", "video_autoplay", "video_inline", "animated_image_video"})
_LINKS = frozenset({"link", "event"})
_COUNTED = ("reactions", "comments")
_MOST = 20


def candidate(given: object, *, page_id: str = "", page_name: str = "") -> Candidate | None:
    """Return a post as a candidate; None for what has no id, and for what its Page does not show to the public.

    ``page_id`` and ``page_name`` are the Page whose own list it stands in: it is the author where the post names none.
    """
    post = tidy.mapping(given)
    own = id_of(post)
    if not own or is_hidden(post):
        return None
    author = tidy.mapping(post.get("from"))
    by = tidy.line(author.get("id"), 64) or page_id
    by = by if re.fullmatch(r"[0-9]{1,25}", by) else ""
    name = tidy.line(author.get("name"), 200) or (page_name if by == page_id else "")
    attached = [tidy.mapping(each) for each in _data(post.get("attachments"))]
    body = html.from_text(_words(post, attached))
    return Candidate(
        network="facebook",
        identity=own,
        url=tidy.address(post.get("permalink_url")) or f"https://www.facebook.com/{own}",
        published_at=tidy.moment(post.get("created_time")),
        text=body.text,
        html=body.html,
        author_name=name,
        author_url=f"https://www.facebook.com/{by}" if by else "",
        media=tuple(_media(post, attached)),
        local=(("facebook", own),),
        engagement=_engagement(post),
    )


def _engagement(post: Mapping[str, Any]) -> int | None:
    """Return reactions, comments and shares together: Facebook leaves out the shares of what nobody has shared."""
    totals = (tidy.mapping(tidy.mapping(post.get(name)).get("summary")).get("total_count") for name in _COUNTED)
    return tidy.counted(*totals, tidy.mapping(post.get("shares")).get("count"))


def id_of(post: Mapping[str, Any]) -> str:
    """Return a post's id, "" for anything that is none."""
    found = post.get("id")
    return found if isinstance(found, str) and re.fullmatch(r"[0-9]{1,25}(_[0-9]{1,25})?", found) else ""


def is_hidden(post: Mapping[str, Any]) -> bool:
    """Return whether a Page has hidden a post, has not published it, or has let it expire."""
    return post.get("is_hidden") is True or post.get("is_published") is False or post.get("is_expired") is True


def _words(post: Mapping[str, Any], attached: list[Mapping[str, Any]]) -> str:
    """Return what a reader reads: the message, else what Facebook tells of it ("… updated their cover photo").

    A shared page is part of what is said: its title and address stand below, unless the message has the address.
    """
    words = tidy.lines(post.get("message")).strip() or tidy.lines(post.get("story")).strip()
    if not words:
        words = next((said for each in attached if (said := tidy.lines(each.get("description")).strip())), "")
    for each in attached:
        target = tidy.address(each.get("unshimmed_url"))
        if _kind(each) in _LINKS and target and target not in words:
            title = tidy.line(each.get("title"), 300)
            words = f"{words}\n\n{title}\n{target}" if title and title not in words else f"{words}\n\n{target}"
    return words.strip()


def _media(post: Mapping[str, Any], attached: list[Mapping[str, Any]]) -> Iterator[CandidateMedia]:
    """Yield pictures and films; of an album its parts. The preview of a shared page is not the author's."""
    parts: list[Mapping[str, Any]] = []
    for each in attached:
        inside = [tidy.mapping(part) for part in _data(each.get("subattachments"))]
        parts += inside or [each]
    found = [part for each in parts if (part := _part(each))]
    if found:
        yield from {part.url: part for part in found[:_MOST]}.values()
    elif not any(_kind(each) in _LINKS for each in attached) and (picture := tidy.address(post.get("full_picture"))):
        yield CandidateMedia(url=picture)


def _part(attachment: Mapping[str, Any]) -> CandidateMedia | None:
    if _kind(attachment) in _LINKS:
        return None
    media = tidy.mapping(attachment.get("media"))
    image = tidy.mapping(media.get("image"))
    picture, film = tidy.address(image.get("src")), tidy.address(media.get("source"))
    is_film = bool(film) and _kind(attachment) in _FILMS
    if not picture and not is_film:
        return None
    return CandidateMedia(
        url=film if is_film else picture,
        kind="video" if is_film else "image",
        width=tidy.number(image.get("width")),
        height=tidy.number(image.get("height")),
        preview_url=(picture or None) if is_film else None,
    )


def _kind(attachment: Mapping[str, Any]) -> str:
    """Return what an attachment is; older answers know only the finer ``type``."""
    kind = tidy.line(attachment.get("media_type")) or tidy.line(attachment.get("type"))
    return "link" if kind == "share" else kind


def _data(value: object) -> list[Any]:
    return tidy.items(tidy.mapping(value).get("data"))[:_MOST]
