"""A post of X as a candidate, in both spellings of 2026 (``tweet`` and ``post``), as recent search gives it."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

from campaign.records import Candidate, CandidateMedia
from collector import html as cleaner
from collector import tidy

_NO_LANGUAGE = frozenset({"und", "zxx", "qam", "qct", "qht", "qme", "qst", "art"})
_HANDLE = re.compile(r"[A-Za-z0-9_]{1,50}")
_COUNTED = ("like_count", "retweet_count", "repost_count", "reply_count", "quote_count")


def candidate(given: object, answer: Mapping[str, Any]) -> Candidate | None:
    """Return a post of a search answer as a candidate; None for reposts, closed accounts and what has no name.

    All edits of a post have the identity of its first; its address is that of the latest.
    """
    post = tidy.mapping(given)
    own = number(post)
    included = tidy.mapping(answer.get("includes"))
    author = _included(included, "users", "id", post.get("author_id"))
    if not own or author.get("protected") is True or _is_repost(post) or _is_withheld(post):
        return None
    history = [each for each in tidy.items(_either(post, "edit_history_{}_ids")) if isinstance(each, str) and each]
    handle = tidy.line(author.get("username"), 100)
    handle = handle if _HANDLE.fullmatch(handle) else ""
    note = tidy.mapping(_either(post, "note_{}"))
    text, body = _words(note if tidy.lines(note.get("text")) else post, post)
    entities = tidy.mapping((note or post).get("entities")) or tidy.mapping(post.get("entities"))
    keys = tidy.items(tidy.mapping(post.get("attachments")).get("media_keys"))
    return Candidate(
        network="x",
        identity=tidy.name(history[0] if history else own),
        url=f"https://x.com/{handle or 'i'}/status/{own}",
        published_at=tidy.moment(post.get("created_at")),
        text=text,
        html=body,
        author_name=tidy.line(author.get("name"), 200) or handle,
        author_handle=handle,
        author_url=f"https://x.com/{handle}" if handle else "",
        language=_language(post.get("lang")),
        sensitive=post.get("possibly_sensitive") is True,
        reply=post.get("in_reply_to_user_id") is not None,
        tags=tuple(
            dict.fromkeys(
                tag
                for each in tidy.items(entities.get("hashtags"))[:100]
                if (tag := tidy.line(tidy.mapping(each).get("tag"), 200).lstrip("#"))
            )
        ),
        media=tuple(filter(None, (_medium(_included(included, "media", "media_key", key)) for key in keys[:20]))),
        local=(("x.com", own),),
        engagement=tidy.counted(*(tidy.mapping(post.get("public_metrics")).get(name) for name in _COUNTED)),
    )


def number(post: Mapping[str, Any]) -> str:
    """Return a post's own id, "" for what has none."""
    found = post.get("id")
    return found if isinstance(found, str) and found.isascii() and found.isdecimal() else ""


def _either(post: Mapping[str, Any], name: str) -> Any:
    return post.get(name.format("post")) or post.get(name.format("tweet"))


def _is_repost(post: Mapping[str, Any]) -> bool:
    referenced = post.get("referenced_posts") or post.get("referenced_tweets")
    kinds = {tidy.mapping(each).get("type") for each in tidy.items(referenced)}
    return bool(kinds & {"retweeted", "reposted"}) or tidy.lines(post.get("text")).startswith("RT @")


def _is_withheld(post: Mapping[str, Any]) -> bool:
    return "SE" in tidy.items(tidy.mapping(post.get("withheld")).get("country_codes"))


def _included(included: Mapping[str, Any], what: str, name: str, wanted: object) -> Mapping[str, Any]:
    for each in tidy.items(included.get(what)):
        if isinstance(wanted, str) and tidy.mapping(each).get(name) == wanted:
            return tidy.mapping(each)
    return {}


def _language(value: object) -> str | None:
    found = tidy.line(value, 35).lower().partition("-")[0]
    return found if found.isascii() and found.isalpha() and found not in _NO_LANGUAGE else None


def _words(told: Mapping[str, Any], post: Mapping[str, Any]) -> tuple[str, str]:
    """Return a post's words as text and as HTML. Shortened addresses read as the network shows them and lead on.

    The address of a post's own pictures is no word of its author's and is left out.
    """
    written = html.unescape(tidy.lines(told.get("text")))
    urls = tidy.items(tidy.mapping(told.get("entities")).get("urls")) or tidy.items(
        tidy.mapping(post.get("entities")).get("urls")
    )
    links: dict[str, tuple[str, bool]] = {}
    for each in urls[:50]:
        given = tidy.mapping(each)
        short = tidy.line(given.get("url"), 200)
        shown = tidy.line(given.get("display_url"), 500)
        is_own = "media_key" in given or shown.startswith(("pic.twitter.com/", "pic.x.com/"))
        if short and tidy.address(short):
            links[short] = ("" if is_own else shown or short, is_own)
    if not links:
        found = cleaner.from_text(written.strip())
        return found.text, found.html
    cut = re.split("(" + "|".join(re.escape(short) for short in sorted(links, key=len, reverse=True)) + ")", written)
    marked = "".join(
        (f'<a href="{html.escape(piece)}">{html.escape(links[piece][0])}</a>' if links[piece][0] else "")
        if piece in links
        else html.escape(piece)
        for piece in cut
    ).strip()
    paragraphs = (part.strip("\n").replace("\n", "<br>") for part in re.split(r"\n[ \t]*\n", marked))
    cleaned = cleaner.clean("".join(f"<p>{part}</p>" for part in paragraphs if part))
    return cleaned.text, cleaned.html


def _medium(given: Mapping[str, Any]) -> CandidateMedia | None:
    still = tidy.address(given.get("preview_image_url"))
    alt = tidy.lines(given.get("alt_text"), 1500).strip() or None
    width, height = tidy.number(given.get("width")), tidy.number(given.get("height"))
    if given.get("type") == "photo":
        url = tidy.address(given.get("url"))
        return CandidateMedia(url=url, alt=alt, width=width, height=height) if url else None
    films = [tidy.mapping(each) for each in tidy.items(given.get("variants"))]
    films = [each for each in films if each.get("content_type") == "video/mp4" and tidy.address(each.get("url"))]
    best = max(films, key=_rate, default={})
    url = tidy.address(best.get("url")) or still
    if not url:
        return None
    return CandidateMedia(url=url, kind="video", alt=alt, preview_url=still or None, width=width, height=height)


def _rate(film: Mapping[str, Any]) -> int:
    told = film.get("bit_rate")
    return told if isinstance(told, int) else 0
