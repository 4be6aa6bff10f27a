"""A picture as a card shows it: what it lacks, what is recorded, why it could not be had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from campaign.credit import voice
from campaign.errors import SkordError
from campaign.records import SHOWING, Media, Post, Right, Story
from storage.media import MediaFailure
from storage.picture_desk import WARN


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture of a card.

    ``state`` is what is known of the right: none, asked, refused, ended, or good. ``ending`` says that it ends within
    ``WARN``. ``lacks`` names what keeps it from the public. ``siblings`` counts the story's other pictures of the same
    sender. ``failure`` is why there is no copy.
    """

    media: Media
    alt_from: str  # desk, author, decorative, missing
    lacks: tuple[str, ...]  # right, alt, copy
    state: str = "none"
    ending: bool = False
    siblings: int = 0
    failure: MediaFailure | None = None

    @property
    def is_image(self) -> bool:
        """Whether it is a still picture, which alone can be shown."""
        return self.media.kind == "image"

    @property
    def was_granted(self) -> bool:
        """Whether a right was ever recorded, one that has ended too: its uses were chosen by somebody."""
        return self.media.right in SHOWING or self.state == "ended"

    @property
    def error(self) -> SkordError | None:
        """Why there is no copy, as an error that can be explained."""
        return SkordError(self.failure.key, **self.failure.facts) if self.failure else None

    def last_day(self, zone: ZoneInfo) -> date | None:
        """Return the last day on which the right holds, None for good."""
        until = self.media.right_until
        return (until - timedelta(seconds=1)).astimezone(zone).date() if until else None


def pictures_of(
    post: Post, story: Story, *, now: datetime, failures: Mapping[int, MediaFailure]
) -> tuple[Picture, ...]:
    """Return a post's pictures as its story's card shows them."""
    return tuple(
        picture(media, now=now, siblings=len(siblings(story, media)), failure=failures.get(media.id))
        for media in post.media
    )


def picture(media: Media, *, now: datetime, siblings: int = 0, failure: MediaFailure | None = None) -> Picture:
    """Return a picture with where its words come from and what it lacks."""
    if media.decorative:
        alt_from = "decorative"
    elif not media.alt:
        alt_from = "missing"
    else:
        alt_from = "author" if media.alt == media.alt_by_author else "desk"
    state = _state(media, now)
    lacks = [
        *(["right"] if state != "good" else []),
        *(["alt"] if alt_from == "missing" else []),
        *(["copy"] if media.file is None else []),
    ]
    until = media.right_until
    return Picture(
        media=media,
        alt_from=alt_from,
        lacks=tuple(lacks),
        state=state,
        ending=state == "good" and until is not None and until <= now + WARN,
        siblings=siblings,
        failure=failure,
    )


def siblings(story: Story, media: Media) -> list[Media]:
    """Return the other still pictures of a story that the sender of one sent as well, in whichever of its posts."""
    home = next((post for post in story.posts if post.id == media.post_id), None)
    if home is None:
        return []
    names = _names(home)
    same = [post for post in story.posts if post.id == home.id or names & _names(post)]
    return [each for post in same for each in post.media if each.kind == "image" and each.id != media.id]


def opener(pictures: Sequence[Picture]) -> Picture | None:
    """Return the picture whose form one key opens: the first without words, else without a right, else the first."""
    images = [each for each in pictures if each.is_image]
    for lack in ("alt", "right"):
        found = next((each for each in images if lack in each.lacks), None)
        if found is not None:
            return found
    return images[0] if images else None


def _names(post: Post) -> set[str]:
    return {each for each in (voice(post), post.author_name.strip().casefold()) if each}


def _state(media: Media, now: datetime) -> str:
    if media.right in SHOWING:
        return "good" if media.right_until is None or now < media.right_until else "ended"
    if media.right is Right.NONE:
        return "asked" if media.asked_at is not None else "none"
    return str(media.right)
