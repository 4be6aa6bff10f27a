"""What a channel says beside its posts: kept with the page; what it takes away is hidden, recorded, and may return."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from builders import account, approved, candidate, ingest, judge, story
from campaign.collecting import Filled, Missed, Quota, Signal, Withdrawal
from campaign.records import Candidate, Judged, PostState, Review, StoredPost, Verdict
from collecting import rows, settings, source
from conftest import NOW
from storage import queue
from storage.archive import Wanted, browse
from storage.decisions import Action, decide
from storage.pages import Page, save_page
from storage.sources import Claim, claim_source, finish_run, list_gaps, list_health, sync_sources
from storage.store import Actor, Store, public_revision
from storage.stories import get_stories
from storage.trail import trail

HOUR = timedelta(hours=1)
NAME = "https://exempel.social/users/anna/statuses/1"


@pytest.fixture
def claim(store: Store) -> Claim:
    """A run of the source "a" that is under way."""
    sync_sources(store, settings(source("a", url="https://example.se/rss")), now=NOW)
    found = claim_source(store, "a", now=NOW)
    assert found is not None
    return found


def collected(known: StoredPost | None, arrived: Candidate) -> Judged:
    """Judge as the collector does a post that is asked for where it was written."""
    found = judge(known, arrived)
    missing = known is not None and known.state is PostState.MISSING
    return Judged(verdict=found.verdict, reason="back") if missing and found.verdict is Verdict.UNCHANGED else found


def save(store: Store, claim: Claim, *withdrawals: Withdrawal, **said: Any) -> None:
    """Store a page that says these things."""
    page = Page(**({"candidates": [], "campaigns": ["hallandvaxer"]} | said), withdrawals=withdrawals)
    save_page(store, claim, page, judge={"hallandvaxer": collected}, now=NOW, own=False)


def told(signal: Signal, reason: str = "author_deleted", **which: Any) -> Withdrawal:
    """A signal about the post NAME, or about others."""
    return Withdrawal(network="mastodon", signal=signal, reason=reason, **(which or {"identity": NAME}))


def post(store: Store, identity: str = NAME) -> Any:
    """The row of a post."""
    (found,) = (row for row in rows(store, "post") if row["identity"] == identity)
    return found


def test_what_a_page_says_is_kept_until_it_says_otherwise(store: Store, claim: Claim) -> None:
    """Allowances by name, how far back, the token's end: silence on a later page leaves them, a new word replaces."""
    filled = Filled(reached=NOW - 3 * HOUR, goal=NOW - 30 * HOUR, done=False)
    save(
        store, claim, quotas=(Quota(name="tags", used=3, limit=30), Quota(name="calls", used=None, limit=100)),
        filled=filled, token_expires_at=NOW + 9 * HOUR, every=2 * HOUR,
    )  # fmt: skip
    save(store, claim, quotas=(Quota(name="tags", used=4, limit=30, resets_at=NOW + HOUR),))
    finish_run(store, claim, status="ok", next_attempt_at=NOW + HOUR, now=NOW)
    (health,) = list_health(store, now=NOW)
    assert health.quotas == (
        Quota(name="tags", used=4, limit=30, resets_at=NOW + HOUR),
        Quota(name="calls", used=None, limit=100),
    )
    assert (health.filled, health.token_expires_at) == (filled, NOW + 9 * HOUR)
    again = claim_source(store, "a", now=NOW + HOUR)
    assert again is not None
    assert again.asked_every == 2 * HOUR


def test_a_lost_time_is_one_gap_however_often_it_is_told(store: Store, claim: Claim) -> None:
    """Told again it stays one row; told wider it grows; another reason is another gap."""
    lost = Missed(from_at=NOW - 9 * HOUR, to_at=NOW - 5 * HOUR, reason="window")
    wider = Missed(from_at=NOW - 6 * HOUR, to_at=NOW - 4 * HOUR, reason="window")
    save(store, claim, missed=(lost,))
    before = public_revision(store)
    save(store, claim, missed=(lost,))
    assert public_revision(store) == before
    save(store, claim, missed=(wider, Missed(from_at=NOW - 2 * HOUR, to_at=NOW - HOUR, reason="cursor_lost")))
    save(store, claim, missed=(Missed(from_at=NOW, to_at=NOW, reason="window"),))
    gaps = [(gap.from_at, gap.to_at, gap.reason) for gap in list_gaps(store, since=NOW - 10 * HOUR)]
    assert gaps == [
        (NOW - 9 * HOUR, NOW - 4 * HOUR, "window"),
        (NOW - 2 * HOUR, NOW - HOUR, "cursor_lost"),
    ]


def test_a_deleted_post_is_gone_at_once_and_the_step_recorded(store: Store, claim: Claim) -> None:
    """Archive and its search have it no more; caches hear of it; the trail says that a job did it, and why."""
    made = approved(store, identity=NAME, text="Lövskogen växer #hallandväxer")
    assert browse(store, "hallandvaxer", Wanted(text="lövskogen"), limit=5).stories != []
    before = public_revision(store)
    save(store, claim, told(Signal.GONE))
    assert get_stories(store, [made.id], public=True) == []
    assert browse(store, "hallandvaxer", Wanted(text="lövskogen"), limit=5).stories == []
    assert public_revision(store) > before
    line = trail(store, story_id=made.id)[0]
    assert (line.actor, line.action, line.reason, line.undoable) == ("job", "post_gone", "author_deleted", False)
    found = post(store)
    assert (found["state"], found["state_reason"], found["missing_at"]) == ("gone", "author_deleted", NOW)


def test_nobody_has_to_review_what_is_gone(store: Store, claim: Claim) -> None:
    """A post that was deleted before anybody looked waits no more; one that is only hidden still does."""
    made = story(store, identity=NAME)
    save(store, claim, told(Signal.HIDDEN))
    assert queue.waiting(store, "hallandvaxer", now=NOW) == 1
    save(store, claim, told(Signal.GONE))
    assert queue.waiting(store, "hallandvaxer", now=NOW) == 0
    assert [each.id for each in get_stories(store, [made.id], public=False)] == [made.id]


def test_a_tombstone_is_not_lifted(store: Store, claim: Claim) -> None:
    """After the deletion neither the same post in a list nor a word of return changes anything."""
    ingest(store, made := candidate(identity=NAME))
    save(store, claim, told(Signal.GONE))
    save(store, claim, told(Signal.BACK), candidates=[made])
    assert post(store)["state"] == "gone"


def test_a_closed_account_hides_its_posts_and_opens_them_again(store: Store, claim: Claim) -> None:
    """By the start of their names, only those; back again they are shown as they were approved."""
    did = "at://did:plc:anna/"
    made = approved(store, network="bluesky", identity=did + "app.bsky.feed.post/1")
    approved(store, network="bluesky", identity="at://did:plc:annan/app.bsky.feed.post/1")
    approved(store, network="bluesky", identity="at://DID:plc:ANNA/app.bsky.feed.post/1")
    hidden = Withdrawal(network="bluesky", signal=Signal.HIDDEN, reason="account_closed", prefix=did)
    save(store, claim, hidden)
    assert [row["state"] for row in rows(store, "post")] == ["missing", "live", "live"]
    assert get_stories(store, [made.id], public=True) == []
    assert post(store, made.lead.identity)["recheck_at"] == NOW + timedelta(days=1)
    save(store, claim, Withdrawal(network="bluesky", signal=Signal.BACK, reason="account_open", prefix=did))
    assert get_stories(store, [made.id], public=True) != []
    found = post(store, made.lead.identity)
    assert (found["state"], found["missing_at"], found["state_reason"]) == ("live", None, "")
    assert [line.action for line in trail(store, story_id=made.id)][:2] == ["post_back", "post_missing"]


def test_a_post_is_known_by_its_name_on_one_server(store: Store, claim: Claim) -> None:
    """A stream tells a deletion by the server's own number; the same number elsewhere is another post."""
    ingest(store, candidate(identity=NAME, local=(("https://exempel.social", "77"),)))
    save(store, claim, told(Signal.GONE, local=("https://annan.social", "77")))
    assert post(store)["state"] == "live"
    save(store, claim, told(Signal.GONE, local=("https://exempel.social", "77")))
    assert post(store)["state"] == "gone"


def test_signals_hold_in_their_order(store: Store, claim: Claim) -> None:
    """Hidden and back on one page is as if nothing had been; unknown posts are passed over."""
    made = approved(store, identity=NAME)
    save(store, claim, told(Signal.HIDDEN), told(Signal.BACK), told(Signal.GONE, identity="okänd"))
    assert get_stories(store, [made.id], public=True) != []
    assert [line.action for line in trail(store, story_id=made.id)] == ["approve"]


def test_what_returns_unchanged_is_shown_again(store: Store, claim: Claim) -> None:
    """A missing post that its source lists again, word for word, needs no new decision."""
    made = candidate(identity=NAME)
    shown = approved(
        store, **{name: getattr(made, name) for name in ("identity", "text", "html", "url", "published_at")}
    )
    save(store, claim, told(Signal.HIDDEN))
    save(store, claim, candidates=[made])
    assert get_stories(store, [shown.id], public=True) != []


def test_what_returns_changed_waits_for_a_person(store: Store, claim: Claim) -> None:
    """Other words after an absence: nothing of the post is public before somebody has seen them."""
    shown = approved(store, identity=NAME)
    save(store, claim, told(Signal.HIDDEN))
    save(store, claim, candidates=[candidate(identity=NAME, text="Helt andra ord #hallandväxer")])
    assert get_stories(store, [shown.id], public=True) == []
    (desk,) = get_stories(store, [shown.id], public=False)
    assert (desk.review, desk.waiting, post(store)["state"]) == (Review.NEW, True, "live")
    decide(store, shown.id, Action.APPROVE, by=Actor(kind="person", account_id=account(store)), now=NOW)
    (public,) = get_stories(store, [shown.id], public=True)
    assert public.lead.text == "Helt andra ord #hallandväxer"


def test_many_thousand_deletions_of_others_cost_little(store: Store, claim: Claim) -> None:
    """A stream tells the deletions of a whole network; those that concern us are found among them."""
    made = story(store, network="bluesky", identity="at://did:plc:anna/app.bsky.feed.post/1")
    gone = [
        Withdrawal(
            network="bluesky", signal=Signal.GONE, reason="author_deleted", identity=f"at://did:plc:x/p/{number}"
        )
        for number in range(5000)
    ]
    mine = Withdrawal(network="bluesky", signal=Signal.GONE, reason="author_deleted", identity=made.lead.identity)
    save(store, claim, *gone, mine)
    assert post(store, made.lead.identity)["state"] == "gone"


def test_many_accounts_at_once_close_only_their_own_posts(store: Store, claim: Claim) -> None:
    """However many names come, each closes what begins with it, letter by letter, and nothing else."""
    names = ("at://did:plc:anna/1", "at://did:plc:anna/2", "at://did:plc:annan/1", "at://did:plc:ANNA/1")
    ingest(store, *(candidate(network="bluesky", identity=name) for name in names))
    ingest(store, candidate(identity="at://did:plc:anna/3"))
    closed = [f"at://did:plc:x{number}/" for number in range(300)] + ["at://did:plc:anna/", "at://%/", "at://did:plc:_"]
    save(store, claim, *(
        Withdrawal(network="bluesky", signal=Signal.HIDDEN, reason="account_closed", prefix=name) for name in closed
    ))  # fmt: skip
    hidden = {row["identity"] for row in rows(store, "post") if row["state"] == "missing"}
    assert hidden == {"at://did:plc:anna/1", "at://did:plc:anna/2"}
