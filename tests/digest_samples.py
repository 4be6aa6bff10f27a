"""Valid records for the tests of the digest, each made with one thing changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from campaign.newsletter import Issue, IssueItem, IssueState, Why
from campaign.periods import Week
from campaign.records import Media, NodeRef, Post, PostState, Review, Right, Story
from campaign.settings import (
    CampaignSettings,
    MailSettings,
    NewsletterSettings,
    PrivacySettings,
    Settings,
    Site,
    StorageSettings,
    WeekTime,
)
from digest.letter import Item, Letter, Links, Picture, Section

DRAFTED = datetime(2026, 11, 19, 13, 0, tzinfo=UTC)
"""Thursday of week 47, 14:00 in Sweden."""

AREAS = (
    NodeRef(id=1, strategy="halland", code="1", title="Attraktiv region", colour="#2f6b3c"),
    NodeRef(id=2, strategy="halland", code="2", title="Konkurrenskraftig region", colour="#b4632a"),
    NodeRef(id=3, strategy="halland", code="3", title="Inkluderande region", colour="#3b5f8a"),
)
REQUIRED = PrivacySettings().missing
GOAL = NodeRef(id=11, strategy="halland", code="1.1", title="Levande städer", colour="")


def newsletter(**changed: Any) -> NewsletterSettings:
    """A weekly letter, drafted on Thursday at 14:00 and sent on Friday at 08:00."""
    values: dict[str, Any] = {
        "id": "veckobrevet",
        "campaign": "hallandvaxer",
        "name": "Halland växer",
        "draft": WeekTime(weekday=3, hour=14, minute=0),
        "send": WeekTime(weekday=4, hour=8, minute=0),
        "sender_name": "Halland växer",
        "sender_address": "nyhetsbrev@example.se",
        "reply_to": "redaktionen@example.se",
        "editors": ("karin@example.se",),
        "min_items": 1,
        "holidays": "move",
    }
    return NewsletterSettings(**{**values, **changed})


def settings(
    tmp_path: Path, *, mail: MailSettings | None = None, privacy: PrivacySettings | None = None, **changed: Any
) -> Settings:
    """A site with one campaign and one newsletter; keyword arguments change the newsletter."""
    letter = newsletter(**changed)
    return Settings(
        file=tmp_path / "config.toml",
        site=Site(
            name="Halland växer",
            owner="Region Halland",
            base_url="https://hallandvaxer.example.se",
            contact="infomaster@example.se",
            secret=b"test secret, never used elsewhere",
        ),
        storage=StorageSettings(url=f"sqlite:///{tmp_path / 'skord.db'}", media=tmp_path / "media"),
        campaigns={
            "hallandvaxer": CampaignSettings(
                id="hallandvaxer", name="Halland växer", hashtags=("#hallandväxer",), aliases=("#hallandvaxer",)
            )
        },
        sources={},
        newsletters={letter.id: letter},
        mail=replace(mail or MailSettings(), check=False),  # no name server is asked
        privacy=privacy or PrivacySettings(**dict.fromkeys(REQUIRED, "x")),
    )


def media(**changed: Any) -> Media:
    """A picture that may be shown."""
    values: dict[str, Any] = {
        "id": 1,
        "post_id": 1,
        "url": "https://mastodon.example/bild.jpg",
        "kind": "image",
        "alt": "En bro i morgonljus.",
        "alt_by_author": None,
        "decorative": False,
        "right": Right.OWN,
        "right_from": "Halmstads kommun",
        "right_proof": "",
        "width": 1600,
        "height": 1000,
        "file": "a" * 64,
    }
    fields = set(Media.__dataclass_fields__)
    return Media(**{name: value for name, value in {**values, **changed}.items() if name in fields})


def post(number: int = 1, **changed: Any) -> Post:
    """An approved post on Mastodon."""
    values: dict[str, Any] = {
        "id": number,
        "campaign": "hallandvaxer",
        "story_id": number,
        "source": "mastodon-nu",
        "network": "mastodon",
        "identity": f"https://mastodon.example/{number}",
        "sort_key": number,
        "state": PostState.LIVE,
        "review": Review.APPROVED,
        "version_id": number,
        "version_number": 1,
        "newest": True,
        "url": f"https://mastodon.example/@x/{number}",
        "published_at": datetime(2026, 11, 16, 9, 0, tzinfo=UTC),
        "first_seen_at": datetime(2026, 11, 16, 9, 5, tzinfo=UTC),
        "title": "",
        "text": f"Berättelse nummer {number}. Den har två meningar. #hallandväxer",
        "html": "",
        "author_name": f"Avsändare {number}",
        "author_handle": f"@a{number}@mastodon.example",
        "author_url": "",
        "language": "sv",
        "warning": "",
        "sensitive": False,
        "shy": False,
    }
    return Post(**{**values, **changed})


def story(number: int = 1, *, posts: tuple[Post, ...] = (), **changed: Any) -> Story:
    """An approved story of one post; keyword arguments that only posts know change the post."""
    fields = set(Story.__dataclass_fields__)
    of_post = {name: changed.pop(name) for name in list(changed) if name not in fields}
    values: dict[str, Any] = {
        "id": number,
        "campaign": "hallandvaxer",
        "sort_key": number,
        "review": Review.APPROVED,
        "waiting": False,
        "featured": False,
        "coming": False,
        "later_until": None,
        "approved_at": datetime(2026, 11, 17, 9, 0, tzinfo=UTC),
        "posts": posts or (post(number, **of_post),),
        "nodes": (),
    }
    return Story(**{name: value for name, value in {**values, **changed}.items() if name in fields})


def issue(**changed: Any) -> Issue:
    """A draft of week 47."""
    values: dict[str, Any] = {
        "id": 42,
        "campaign": "hallandvaxer",
        "newsletter": "veckobrevet",
        "number": 12,
        "week": Week(year=2026, number=47),
        "state": IssueState.DRAFT,
        "subject": "",
        "preview": "",
        "intro": "",
        "selected_to": DRAFTED,
        "drafted_at": DRAFTED,
        "send_at": datetime(2026, 11, 20, 7, 0, tzinfo=UTC),
        "announced_at": None,
        "reminded_at": None,
        "missed_told_at": None,
        "approved_at": None,
        "approved_by": None,
        "approved_hash": None,
        "sent_from": None,
        "sent_at": None,
        "audience": None,
        "why": None,
        "changes": 0,
    }
    return Issue(**{**values, **changed})


def item(number: int = 1, **changed: Any) -> IssueItem:
    """A story's place in the draft."""
    values: dict[str, Any] = {
        "id": number,
        "issue_id": 42,
        "story_id": number,
        "section": "",
        "position": number,
        "left_out": False,
        "title": "",
        "text": "",
        "reason": Why(key="approved"),
    }
    return IssueItem(**{**values, **changed})


def letter(items: int = 3, **changed: Any) -> Letter:
    """A letter with one section of that many stories, the first with a picture."""
    told = tuple(
        Item(
            story_id=number,
            title=f"Rubrik nummer {number} på åker, äng och ö",
            text="Det växer så att det knakar, och grannarna kommer med kaffe. " * 4,
            author=f"Avsändare {number}",
            network="mastodon",
            published_at=datetime(2026, 11, 16, 9, 0, tzinfo=UTC),
            language="sv",
            url=f"https://hallandvaxer.example.se/stories/{number}",
            original_url=f"https://mastodon.example/@x/{number}",
            picture=Picture(file="a" * 64, alt="En bro.", width=1600, height=1000) if number == 1 else None,
        )
        for number in range(1, items + 1)
    )
    values: dict[str, Any] = {
        "language": "sv",
        "campaign": "hallandvaxer",
        "campaign_name": "Halland växer",
        "newsletter": "veckobrevet",
        "name": "Halland växer",
        "number": 12,
        "year": 2026,
        "week": 47,
        "sent_on": date(2026, 11, 20),
        "subject": "Halland växer nr 12: Bron över Nissan är öppen",
        "plain_subject": "Halland växer nr 12",
        "preview": "Bron över Nissan är öppen",
        "intro": "Hej **alla** i [Halland](https://example.se/)!",
        "accent": "#2f6b3c",
        "hashtags": ("#hallandväxer",),
        "owner": "Region Halland",
        "contact": "redaktionen@example.se",
        "links": Links(
            web="https://hallandvaxer.example.se/issues/veckobrevet/12",
            archive="https://hallandvaxer.example.se/archive",
            subscribe="https://hallandvaxer.example.se/subscribe",
            privacy="https://hallandvaxer.example.se/privacy",
            about="https://hallandvaxer.example.se/about",
        ),
        "sections": (Section(code="1", title="Attraktiv region", colour="#2f6b3c", items=told),),
    }
    return Letter(**{**values, **changed})
