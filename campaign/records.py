"""The records that travel between rooms. Frozen; every moment is aware and in UTC."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from urllib.parse import parse_qs, urlsplit

#: Hosts that sign the addresses of pictures anew with every answer, as their names end.
_SIGNING = (".fbcdn.net", ".cdninstagram.com")


def lasting_address(url: str) -> str:
    """Return what stays the same of a picture's address where its network signs it anew with every answer.

    That is the name of the file, or the page that a preview was made from; any other address stays as it is.
    """
    try:
        parts = urlsplit(url)
        if not (parts.hostname or "").endswith(_SIGNING):
            return url
        preview = parse_qs(parts.query).get("url")
    except ValueError:
        return url
    return preview[0] if preview else parts.path.rpartition("/")[2] or url


class Review(StrEnum):
    """What people have decided about a post."""

    NEW = "new"
    LATER = "later"
    APPROVED = "approved"
    HIDDEN = "hidden"


class PostState(StrEnum):
    """Whether the post still stands at its source."""

    LIVE = "live"
    MISSING = "missing"
    GONE = "gone"


class Right(StrEnum):
    """Why a picture may be shown: only ``OWN`` and ``PERMISSION`` do; else a drawn place-holder stands there.

    ``REFUSED`` is a no that was given, or taken back: what shares its file is not shown either. ``ENDED`` had a right
    until its day.
    """

    NONE = "none"
    OWN = "own"
    PERMISSION = "permission"
    REFUSED = "refused"
    ENDED = "ended"


#: Rights by which a picture may be shown.
SHOWING = (Right.OWN, Right.PERMISSION)


class Use(StrEnum):
    """Where a picture may be shown: the archive and the wall, the letter, what is printed."""

    WEB = "web"
    MAIL = "mail"
    PRINT = "print"


class Role(StrEnum):
    """What an account may do, each including those before it. ``NONE`` opens nothing but one's own page."""

    NONE = "none"
    READER = "reader"
    REVIEWER = "reviewer"
    EDITOR = "editor"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateMedia:
    """A picture, film or sound as its source describes it.

    ``alt`` is the author's own text: None where the author gave none, "" where the author called it decorative.
    Width and height are pixels, None where unknown.
    """

    url: str
    kind: str = "image"
    alt: str | None = None
    width: int | None = None
    height: int | None = None
    preview_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A post as fetched, before anybody decided whether it belongs.

    ``identity`` is the network's global name for it (never a server-local id) and is unique within ``network``.
    ``text`` is what a reader sees, as plain text with line breaks; ``html`` the same, already cleaned.
    ``tags`` are the network's own list, raw, without #; ``tags_folded`` says that the network drops
    diacritics from them, so that they cannot be believed without the visible text.
    ``published_at`` is None where the source gave no usable date. ``local`` pairs names that hold in one place
    only with that place: (server, id there), ("guid", as the feed wrote it). ``members_only`` says that the author
    does not want to be shown to readers who are not logged in to the network, or that nobody knows yet.
    ``engagement`` counts likes, shares and answers together, None where the network does not tell; nobody reads it, so
    another number is no edit.
    """

    network: str
    identity: str
    url: str
    published_at: datetime | None = None
    edited_at: datetime | None = None
    title: str = ""
    text: str = ""
    html: str = ""
    author_name: str = ""
    author_handle: str = ""
    author_url: str = ""
    language: str | None = None
    warning: str = ""
    sensitive: bool = False
    reply: bool = False
    shy: bool = False
    members_only: bool = False
    tags: tuple[str, ...] = ()
    tags_folded: bool = False
    media: tuple[CandidateMedia, ...] = ()
    local: tuple[tuple[str, str], ...] = ()
    engagement: int | None = None

    @property
    def has_author(self) -> bool:
        """Whether its source tells whose it is."""
        return bool(self.author_name or self.author_handle)

    @property
    def digest(self) -> str:
        """Return a hash of everything that a reader sees: equal digests mean that nothing visible was edited.

        The order of tags, the network's own preview pictures and a new signature of an address do not count.
        """
        seen = {name: getattr(self, name) for name in _SEEN}
        seen["tags"] = sorted(self.tags)
        seen["published_at"] = self.published_at.isoformat() if self.published_at else None
        seen["media"] = [(lasting_address(media.url), media.kind, media.alt) for media in self.media]
        return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()


_SEEN = tuple(
    each.name
    for each in fields(Candidate)
    if each.name not in ("network", "identity", "edited_at", "tags_folded", "local", "engagement")
)


class Verdict(StrEnum):
    """What is to happen with a candidate in one campaign."""

    ADD = "add"
    REVISE = "revise"
    UNCHANGED = "unchanged"
    SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A verdict with its named reason ("no_tag", "edited" …); counters and ``source test`` show the reason."""

    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPost:
    """What is already known of a post when a candidate with its identity arrives."""

    id: int
    story_id: int
    digest: str
    edited_at: datetime | None
    review: Review
    state: PostState
    version_id: int
    has_author: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A stored picture with its right. ``file`` is the SHA-256 of our own re-encoded copy, None until fetched.

    ``alt`` is what a reader gets: written at the desk, else the author's; None while nobody has given one.
    ``decorative`` is a person's choice that the picture needs no words. ``right_until`` is None for good; ``asked_at``
    None where nobody asked its owner. ``focus`` is what stays in view when it is cut, per cent from left and top.
    """

    id: int
    post_id: int
    url: str
    kind: str
    alt: str | None
    alt_by_author: str | None
    decorative: bool
    right: Right
    right_from: str
    width: int | None
    height: int | None
    file: str | None
    right_proof: str = ""
    right_uses: tuple[Use, ...] = tuple(Use)
    right_until: datetime | None = None
    asked_at: datetime | None = None
    focus: tuple[int, int] | None = None

    def may_be_shown(self, use: Use, now: datetime) -> bool:
        """Return whether the public may see it there and then: an own copy, a right for this use that has not ended,
        and words or a choice of none.
        """
        return (
            self.kind == "image"
            and self.file is not None
            and self.has_right(use, now)
            and (self.decorative or bool(self.alt))
        )

    def has_right(self, use: Use, now: datetime) -> bool:
        """Return whether a recorded right covers a use at a moment."""
        return self.right in SHOWING and use in self.right_uses and (self.right_until is None or now < self.right_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One post in one campaign, with the text of one of its versions.

    Which version depends on who asked: the desk gets the latest, the public the approved one.
    ``newest`` is False when a later version waits for a person. ``credit`` is the author's name as a person typed it,
    "" where nobody did; ``campaign.credit`` says who is named. ``engagement`` counts likes, shares and answers, None
    where the network does not tell; it means something beside other posts of the same network only, and is not shown.
    """

    id: int
    campaign: str
    story_id: int
    source: str
    network: str
    identity: str
    sort_key: int
    state: PostState
    review: Review
    version_id: int
    version_number: int
    newest: bool
    url: str
    published_at: datetime
    first_seen_at: datetime
    title: str
    text: str
    html: str
    author_name: str
    author_handle: str
    author_url: str
    language: str | None
    warning: str
    sensitive: bool
    shy: bool
    members_only: bool = False
    tags: tuple[str, ...] = ()
    media: tuple[Media, ...] = ()
    credit: str = ""
    engagement: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRef:
    """A node of a strategy as shown beside a story."""

    id: int
    strategy: str
    code: str
    title: str
    colour: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """Words of one version of a post, from letter ``start`` up to ``end``, that a person marked."""

    post: int
    version: int
    start: int
    end: int


def lead_of(posts: Iterable[Post]) -> Post:
    """Return the post whose words stand for a story: not a hidden one; the longest text, the oldest among equals."""
    return max(posts, key=lambda post: (post.review is not Review.HIDDEN, len(post.text), -post.sort_key))


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Posts that tell the same thing, shown as one. Posts stand newest first and are never empty.

    ``changes`` rises with every decision; a card that knows an older number is refused. ``flags`` say why two people
    must approve it; ``first_by`` is the account that has done so first, None while nobody has. ``rank`` is where a
    rule put it in the queue: 1 first, 0 by time, -1 last.
    """

    id: int
    campaign: str
    sort_key: int
    review: Review
    waiting: bool
    featured: bool
    coming: bool
    later_until: datetime | None
    approved_at: datetime | None
    posts: tuple[Post, ...]
    nodes: tuple[NodeRef, ...] = field(default=())
    places: tuple[str, ...] = ()  # ids of campaign.places
    changes: int = 0
    flags: tuple[str, ...] = ()
    first_by: int | None = None
    rank: int = 0
    excerpt: Excerpt | None = None

    @property
    def marked(self) -> Excerpt | None:
        """The excerpt that holds for the text shown: None without one, or where it was marked in another version."""
        found, lead = self.excerpt, self.lead
        if found is None or (found.post, found.version) != (lead.id, lead.version_id):
            return None
        return found

    @property
    def lead(self) -> Post:
        """The post whose words stand for the story: not a hidden one; the longest text, the oldest among equals."""
        return lead_of(self.posts)
