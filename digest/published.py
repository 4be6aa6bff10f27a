"""An issue that has left, with all that its web copy, its print, its feeds and its calendar files are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from campaign.newsletter import Issue
from campaign.records import Story, Use
from digest.edition import _still_visible
from digest.letter import Letter, web_copy
from storage import issues
from storage.corrections import Correction, corrections
from storage.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """An issue as anybody may read it now. ``stories`` are those that may still be seen, by the ids that the letter
    knows them by; ``corrections`` what was put right since, the oldest first.
    """

    issue: Issue
    letter: Letter
    stories: Mapping[int, Story]
    corrections: tuple[Correction, ...]

    @property
    def at(self) -> datetime:
        """When its letters began to leave."""
        return self.issue.sent_from or self.issue.send_at

    @property
    def updated(self) -> datetime:
        """When readers were last told something new: its leaving, or its latest correction."""
        return max([self.at, *(each.at for each in self.corrections)])

    @property
    def seal(self) -> str:
        """The SHA-256 of the content that was approved and frozen, by which an archivist knows it again."""
        return self.issue.approved_hash or ""

    def printable(self, now: datetime) -> frozenset[str]:
        """Return the files of the pictures that may stand on paper."""
        pictures = (media for story in self.stories.values() for post in story.posts for media in post.media)
        return frozenset(media.file for media in pictures if media.file and media.may_be_shown(Use.PRINT, now))


def published(store: Store, newsletter: str, number: int, *, now: datetime) -> Published | None:
    """Return an issue of a newsletter by its number, None unless its letters have begun to leave."""
    issue = issues.find_issue(store, newsletter, number)
    kept = issues.frozen(store, issue.id) if issue is not None and issue.state.out else None
    if issue is None or kept is None:
        return None
    seen = _still_visible(store, [kept])[0]
    return Published(
        issue=issue,
        letter=web_copy(kept, seen, now=now),
        stories=seen,
        corrections=tuple(corrections(store, issue.id)),
    )


def published_issues(store: Store, newsletter: str, *, now: datetime, limit: int = 1000) -> list[Published]:
    """Return the issues of a newsletter that have left, the newest first."""
    found = issues.list_public(store, newsletter, limit=limit)
    seen = _still_visible(store, [kept for _, kept in found])
    return [
        Published(
            issue=issue,
            letter=web_copy(kept, mine, now=now),
            stories=mine,
            corrections=tuple(corrections(store, issue.id)),
        )
        for (issue, kept), mine in zip(found, seen, strict=True)
    ]
