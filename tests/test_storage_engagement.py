"""How posts were met: read where the network tells, kept up to date, and seen by no reader."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from builders import approved, candidate, ingest
from campaign.records import Candidate
from collector.networks import atproto, facebook_posts, statuses, x_posts, youtube
from collector.tidy import COUNT_LIMIT, counted
from conftest import NOW
from storage import schema
from storage.revision import public_revision
from storage.store import Store


def kept(store: Store) -> dict[str, int | None]:
    """What is stored, by identity."""
    with store.read() as connection:
        query = select(schema.post.c.identity, schema.post.c.engagement)
        return {row.identity: row.engagement for row in connection.execute(query)}


def test_number_is_stored_with_the_post_and_renewed_when_it_is_seen_again(store: Store) -> None:
    """A new count replaces the old one; one that the network does not tell this time leaves it."""
    first = candidate(identity="a", engagement=3)
    ingest(store, first, candidate(identity="b"))
    assert kept(store) == {"a": 3, "b": None}
    again = candidate(identity="a", url=first.url, published_at=first.published_at, text=first.text, html=first.html)
    for number, stored in ((17, 17), (None, 17), (0, 0)):
        seen = Candidate(**{**{name: getattr(again, name) for name in again.__slots__}, "engagement": number})
        assert ingest(store, seen).unchanged == 1
        assert kept(store)["a"] == stored


def test_another_number_is_no_edit_and_changes_no_public_page(store: Store) -> None:
    """Of an approved post neither a version, nor a waiting card, nor a new public number comes."""
    story = approved(store, identity="a", engagement=3, published_at=NOW, text="Nu! #hallandväxer")
    with store.read() as connection:
        before = connection.execute(select(schema.story)).all(), connection.execute(select(schema.version)).all()
    revision = public_revision(store)
    lead = story.lead
    ingest(
        store,
        candidate(identity="a", url=lead.url, published_at=NOW, text="Nu! #hallandväxer", html=lead.html, engagement=9),
    )
    with store.read() as connection:
        after = connection.execute(select(schema.story)).all(), connection.execute(select(schema.version)).all()
    assert (kept(store), after, public_revision(store)) == ({"a": 9}, before, revision)


def test_edited_post_takes_its_new_number_along(store: Store) -> None:
    """A revision renews the count as well."""
    ingest(store, candidate(identity="a", text="Ett #hallandväxer", engagement=1))
    ingest(store, candidate(identity="a", text="Två #hallandväxer", engagement=5))
    assert kept(store) == {"a": 5}


VIDEO = {
    "id": "dQw4w9WgXcQ",
    "snippet": {"title": "Bron", "channelId": "UC1"},
    "statistics": {"viewCount": "900", "likeCount": "12", "commentCount": "3"},
}
PAGE_POST = {
    "id": "1_2", "message": "Hej", "created_time": "2026-05-04T09:12:33+0000", "shares": {"count": 2},
    "reactions": {"data": [], "summary": {"total_count": 37}}, "comments": {"data": [], "summary": {"total_count": 5}},
}  # fmt: skip
TWEET = {"id": "1", "text": "Hej", "public_metrics": {"retweet_count": 1, "reply_count": 0, "like_count": 6}}
STATUS = {
    "uri": "https://a.example/1", "visibility": "public", "content": "<p>Hej</p>", "favourites_count": 11,
    "reblogs_count": 5, "replies_count": 2,
}  # fmt: skip
VIEW = {
    "uri": "at://did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/app.bsky.feed.post/3lz", "record": {"text": "Hej"}, "likeCount": 9,
    "repostCount": 3, "replyCount": 1, "quoteCount": 0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("found", "number"),
    [
        (youtube.candidate(VIDEO), 15),
        (youtube.candidate({**VIDEO, "statistics": {"viewCount": "900"}}), None),
        (facebook_posts.candidate(PAGE_POST), 44),
        (x_posts.candidate(TWEET, {}), 7),
        (statuses.candidate(STATUS, server="https://a.example"), 18),
        (atproto.from_view(VIEW), 13),
        (atproto.from_record("did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "3lz", {"text": "Hej"}, seen_at=None), None),
    ],
)
def test_each_network_tells_likes_shares_and_answers(found: Candidate | None, number: int | None) -> None:
    """What readers did is added up; views are not, and a network that hides its counts tells nothing."""
    assert found is not None
    assert found.engagement == number


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ((), None),
        ((None, "", "många", -4, True, [], 1.5, "１２"), None),
        ((0, None), 0),
        (("12", 3), 15),
        ((10**30,), COUNT_LIMIT),
        (("9" * 5000, 1), 1),
    ],
)
def test_counts_that_are_none_are_passed_over(given: tuple[Any, ...], number: int | None) -> None:
    """Only whole numbers from nought count, and never more than the databases keep."""
    assert counted(*given) == number
