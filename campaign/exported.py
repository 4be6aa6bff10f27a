"""A story as it leaves the house: one object of JSON, or rows of a table. Pure.

The names of the fields are those of the public API; ``docs/export.md`` tells what each holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from campaign.cells import BOM, csv_line
from campaign.credit import named
from campaign.figures import Weight
from campaign.language import Language
from campaign.places import Places
from campaign.records import Media, Post, PostState, Review, Story, Use
from campaign.settings import SourceSettings

#: A spreadsheet's cell holds no more; the lines of JSON have all of it.
_CELL = 32_000

_WEIGHTS = {Weight.TOUCHES: "touches", Weight.SHOWS: "shows", Weight.MILESTONE: "milestone"}

_PUBLIC = (
    "story", "published", "network", "author", "title", "text", "warning", "language", "places", "nodes", "tags",
    "pictures", "address", "page",
)  # fmt: skip
_INNER = ("review", "state", "flags", "received", "direction", "source", "versions", "checksum")


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What stands beside a story: what it says of its nodes, by node, and which issues tell it."""

    weights: Mapping[int, Weight]
    told: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What only the desk sees of a story. ``versions`` are by post, the oldest first."""

    versions: Mapping[int, Sequence[Mapping[str, Any]]]
    decisions: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What stories are told with. ``site`` is the whole address before "/stories/1", ``base`` that before "/media/"."""

    site: str
    base: str
    sources: Mapping[str, SourceSettings]
    register: Places
    now: datetime

    def author(self, post: Post) -> str:
        """Return who is named for a post, "" where nobody knows."""
        return named(post, self.sources.get(post.source))

    def page(self, story: Story) -> str:
        """Return the story's own address."""
        return f"{self.site}/stories/{story.id}"


def moment(at: datetime | None) -> str | None:
    """Return a moment in UTC as "2026-11-20T12:00:00Z"."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def public_story(telling: Telling, story: Story, around: Around) -> dict[str, Any]:
    """Return what anybody may see of a story."""
    lead = story.lead
    return {
        "id": story.id,
        "url": telling.page(story),
        "title": lead.title,
        "text": lead.text,
        "language": lead.language or "",
        "author": telling.author(lead),
        "network": lead.network,
        "published_at": moment(lead.published_at),
        "tags": list(dict.fromkeys(tag for post in story.posts for tag in post.tags)),
        "places": [{"id": each, "name": telling.register.label_of(each)} for each in story.places],
        "nodes": [
            {
                "id": node.id,
                "strategy": node.strategy,
                "code": node.code,
                "title": node.title,
                "weight": _WEIGHTS[around.weights.get(node.id, Weight.SHOWS)],
            }
            for node in story.nodes
        ],
        "told_in": [{"newsletter": newsletter, "number": number} for newsletter, number in around.told],
        "posts": [_public_post(telling, post) for post in story.posts],
    }


def _public_post(telling: Telling, post: Post) -> dict[str, Any]:
    # As on its page: what its author put behind a warning is not laid open with its pictures.
    shown = () if post.warning or post.sensitive else post.media
    return _post(telling, post) | {
        "pictures": [_picture(telling, each, post) for each in shown if each.may_be_shown(Use.WEB, telling.now)]
    }


def _post(telling: Telling, post: Post) -> dict[str, Any]:
    return {
        "id": post.id,
        "network": post.network,
        "address": post.url,
        "author": telling.author(post),
        "published_at": moment(post.published_at),
        "language": post.language or "",
        "warning": post.warning,
        "title": post.title,
        "text": post.text,
        "tags": list(post.tags),
    }


def _picture(telling: Telling, media: Media, post: Post) -> dict[str, Any]:
    return {
        "id": media.id,
        "alt": "" if media.decorative else media.alt or "",
        "decorative": media.decorative,
        "credit": media.right_from or telling.author(post),
        "width": media.width,
        "height": media.height,
        "file": media.file or "",
        "url": f"{telling.base}/media/{media.file}-1600.jpg" if media.file else "",
    }


def inner_story(telling: Telling, story: Story, around: Around, history: History) -> dict[str, Any]:
    """Return everything of a story: its state, what was decided, every version, and why it is to be read with care."""
    return public_story(telling, story, around) | {
        "public": is_public(story),
        "review": str(story.review),
        "waiting": story.waiting,
        "featured": story.featured,
        "flags": list(story.flags),
        "approved_at": moment(story.approved_at),
        "posts": [_inner_post(telling, post, history) for post in story.posts],
        "decisions": [dict(each) for each in history.decisions],
    }


def _inner_post(telling: Telling, post: Post, history: History) -> dict[str, Any]:
    return _post(telling, post) | {
        "handle": post.author_handle,
        "identity": post.identity,
        "source": post.source,
        "direction": direction(post),
        "received_at": moment(post.first_seen_at),
        "state": str(post.state),
        "review": str(post.review),
        "members_only": post.members_only,
        "version": post.version_number,
        "versions": [dict(each) for each in history.versions.get(post.id, ())],
        "pictures": [
            _picture(telling, each, post)
            | {
                "source_url": each.url,
                "right": str(each.right),
                "right_from": each.right_from,
                "right_proof": each.right_proof,
                "right_until": moment(each.right_until),
            }
            for each in post.media
        ],
    }


def is_public(story: Story) -> bool:
    """Return whether anybody may see something of a story, as ``storage.posts.public`` decides it."""
    return any(
        post.review is Review.APPROVED and post.state is PostState.LIVE and not post.members_only
        for post in story.posts
    )


def direction(post: Post) -> str:
    """Return "made" for what was written at the desk, else "received"."""
    return "made" if post.network == "desk" else "received"


def head_line(language: Language, *, inner: bool) -> str:
    """Return the first line of the table, with the mark by which Excel knows the letters."""
    return BOM + csv_line(language.t(f"export.head.{name}") for name in _columns(inner=inner))


def story_rows(telling: Telling, language: Language, story: Story, history: History | None = None) -> list[str]:
    """Return a story as lines of a table for a Swedish Excel, one a post, newest first."""
    return [csv_line(_cells(telling, language, story, post, history).values()) for post in story.posts]


def named_node(code: str, title: str) -> str:
    """Return what a node is called: its number and its title, without a code that is a word of its own."""
    return f"{code} {title}" if any(each.isdigit() for each in code) else title


def _network(language: Language, network: str) -> str:
    key = f"network.{network}"
    return language.t(key) if language.has(key) else network


def _columns(*, inner: bool) -> tuple[str, ...]:
    return _PUBLIC + _INNER if inner else _PUBLIC


def _cells(telling: Telling, language: Language, story: Story, post: Post, history: History | None) -> dict[str, str]:
    shown = [] if post.warning or post.sensitive else [each for each in post.media if _counts(each, telling, history)]
    cells = {
        "story": str(story.id),
        "published": local(post.published_at, language),
        "network": _network(language, post.network),
        "author": telling.author(post),
        "title": post.title,
        "text": cut(post.text),
        "warning": post.warning,
        "language": post.language or "",
        "places": ", ".join(telling.register.label_of(each) for each in story.places),
        "nodes": ", ".join(named_node(node.code, node.title) for node in story.nodes),
        "tags": " ".join(f"#{tag}" for tag in post.tags),
        "pictures": str(len(shown)),
        "address": post.url,
        "page": telling.page(story),
    }
    if history is None:
        return cells
    versions = history.versions.get(post.id, ())
    return cells | {
        "review": language.t(f"review.{post.review}"),
        "state": language.t(f"export.state.{post.state}"),
        "flags": ", ".join(language.t(f"flags.name.{each}") for each in story.flags),
        "received": local(post.first_seen_at, language),
        "direction": language.t(f"export.direction.{direction(post)}"),
        "source": post.source,
        "versions": str(len(versions)),
        "checksum": str(versions[-1]["checksum"]) if versions else "",
    }


def _counts(media: Media, telling: Telling, history: History | None) -> bool:
    return history is not None or media.may_be_shown(Use.WEB, telling.now)


def local(at: datetime, language: Language) -> str:
    """Return a moment in the site's own time, as a spreadsheet takes for one."""
    return f"{at.astimezone(language.zone):%Y-%m-%d %H:%M:%S}"


def cut(words: str) -> str:
    """Return words as a cell can hold them."""
    return words if len(words) <= _CELL else f"{words[:_CELL]} […]"
