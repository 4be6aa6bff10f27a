from datetime import timedelta

import pytest
from sqlalchemy import insert

from builders import account, approved, candidate, ingest, newest, node, story
from campaign.records import Story
from conftest import NOW
from storage import schema
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.queue import Filters, Pile, counts, in_pile, networks, origins, queue_page, told_in, waiting
from storage.store import Actor, Store
from storage.versions import versions

ALL = Filters(campaign="hallandvaxer", pile=Pile.ALL)


def person(store: Store) -> Actor:
    return Actor(kind="person", account_id=account(store))


def pile(store: Store, chosen: Pile) -> list[int]:
    page = queue_page(store, Filters(campaign="hallandvaxer", pile=chosen), now=NOW)
    return [found.id for found in page.stories]


def ids(store: Store, filters: Filters) -> list[int]:
    return [found.id for found in queue_page(store, filters, now=NOW).stories]


def decided(store: Store, action: Action, **changes: object) -> Story:
    made = story(store)
    decide(store, made.id, action, by=person(store), now=NOW, **changes)  # type: ignore[arg-type] # passed on
    return made


def test_each_pile_holds_its_own_and_is_counted(store: Store) -> None:
    """New, put off, approved and hidden stories stand in their tabs, and the numbers say the same."""
    new = story(store)
    later = decided(store, Action.LATER)
    done = decided(store, Action.APPROVE)
    hidden = decided(store, Action.HIDE)
    assert pile(store, Pile.WAITING) == [new.id]
    assert pile(store, Pile.LATER) == [later.id]
    assert pile(store, Pile.APPROVED) == [done.id]
    assert pile(store, Pile.HIDDEN) == [hidden.id]
    assert counts(store, ALL, now=NOW) == {
        Pile.WAITING: 1,
        Pile.LATER: 1,
        Pile.APPROVED: 1,
        Pile.HIDDEN: 1,
        Pile.ALL: 4,
    }
    assert waiting(store, "hallandvaxer", now=NOW) == 1


def test_what_was_put_off_returns_on_its_day(store: Store) -> None:
    """Until its date a story stands under later, from then on it waits again."""
    made = decided(store, Action.LATER, later_until=NOW + timedelta(days=3))
    assert pile(store, Pile.LATER) == [made.id]
    then = NOW + timedelta(days=3)
    found = queue_page(store, Filters(campaign="hallandvaxer"), now=then)
    assert [entry.id for entry in found.stories] == [made.id]
    assert counts(store, ALL, now=then)[Pile.LATER] == 0


def test_an_edit_of_an_approved_story_waits_and_stays_approved(store: Store) -> None:
    """It stands in both tabs, and its versions show which one is public."""
    first = candidate(text="Gammal ordalydelse #hallandväxer")
    ingest(store, first)
    made = newest(store)[0]
    decide(store, made.id, Action.APPROVE, by=person(store), now=NOW)
    ingest(store, candidate(identity=first.identity, text="Ny ordalydelse #hallandväxer"))
    assert pile(store, Pile.WAITING) == pile(store, Pile.APPROVED) == [made.id]
    found = versions(store, [made.lead.id])[made.lead.id]
    assert [(entry.text, entry.newest, entry.approved) for entry in found] == [
        ("Ny ordalydelse #hallandväxer", True, False),
        ("Gammal ordalydelse #hallandväxer", False, True),
    ]


def test_pages_follow_each_other_while_others_decide(store: Store) -> None:
    """Each story is met once, newest first, also when one of the first page is decided in between."""
    ingest(store, *(candidate(published_at=NOW - timedelta(hours=number)) for number in range(7)))
    expected = [entry.id for entry in newest(store)]
    first = queue_page(store, ALL, now=NOW, limit=3)
    decide(store, expected[0], Action.HIDE, by=person(store), now=NOW)
    second = queue_page(store, ALL, now=NOW, limit=3, before=first.before)
    third = queue_page(store, ALL, now=NOW, limit=3, before=second.before)
    met = [entry.id for page in (first, second, third) for entry in page.stories]
    assert met == expected
    assert third.before is None


@pytest.mark.parametrize(
    ("narrowed", "hits"),
    [
        ({"network": "mastodon"}, 2),
        ({"network": "feed"}, 1),
        ({"source": "nyheter"}, 1),
        ({"words": "cykelvägen"}, 2),
        ({"words": "-cykelväg"}, 0),
        ({"words": "skördefest"}, 1),
        ({"start": NOW - timedelta(days=2)}, 2),
        ({"end": NOW - timedelta(days=2)}, 1),
        ({"unattached": True}, 2),
    ],
)
def test_filters_narrow_the_list_and_the_counts(store: Store, narrowed: dict[str, object], hits: int) -> None:
    """Network, source, words, days and being attached to nothing each leave what they should."""
    with store.write() as connection:
        connection.execute(
            insert(schema.source).values(
                id="nyheter", kind="feed", campaigns=[], settings_hash="", cursor={}, next_attempt_at=NOW,
                created_at=NOW,
            )
        )  # fmt: skip
    story(store, published_at=NOW - timedelta(hours=1))
    kept = story(store, published_at=NOW - timedelta(hours=2))
    attach(store, kept.id, node(store), by=person(store), now=NOW)
    old = story(store, network="feed", published_at=NOW - timedelta(days=9), text="Skördefest #hallandväxer")
    with store.write() as connection:
        connection.execute(schema.post.update().where(schema.post.c.id == old.lead.id).values(source_id="nyheter"))
    filters = Filters(campaign="hallandvaxer", pile=Pile.ALL, **narrowed)  # type: ignore[arg-type] # one of its fields
    assert len(ids(store, filters)) == hits
    assert counts(store, filters, now=NOW)[Pile.ALL] == hits
    assert [choice.value for choice in networks(store, "hallandvaxer")] == ["mastodon", "feed"]
    assert [choice.value for choice in origins(store, "hallandvaxer")] == ["nyheter"]


def test_a_node_filter_finds_what_is_attached(store: Store) -> None:
    """Any of the given nodes counts; another campaign's stories never do."""
    made = story(store)
    story(store)
    attach(store, made.id, node(store), by=person(store), now=NOW)
    assert ids(store, Filters(campaign="hallandvaxer", nodes=(node(store),))) == [made.id]
    assert ids(store, Filters(campaign="annan", pile=Pile.ALL)) == []


def test_a_decided_card_is_no_longer_in_its_pile(sqlite_store: Store) -> None:
    """After a press the desk asks whether the card still belongs where it stands."""
    gone, stays = story(sqlite_store), story(sqlite_store)
    decide(sqlite_store, gone.id, Action.HIDE, by=person(sqlite_store), now=NOW)
    assert in_pile(sqlite_store, Filters(campaign="hallandvaxer"), [gone.id, stays.id], now=NOW) == [stays.id]


def test_a_story_says_which_issues_tell_it(sqlite_store: Store) -> None:
    """Issues that left it out are not named."""
    made = approved(sqlite_store)
    with sqlite_store.write() as connection:
        for number in (1, 2):
            done = connection.execute(
                insert(schema.issue).values(
                    campaign="hallandvaxer", newsletter="veckobrevet", number=number, year=2026, week=40 + number,
                    state="sent", selected_to=NOW, drafted_at=NOW, send_at=NOW, selection={},
                )
            )  # fmt: skip
            key = done.inserted_primary_key
            assert key is not None
            connection.execute(
                insert(schema.issue_item).values(
                    campaign="hallandvaxer", issue_id=key[0], story_id=made.id, left_out=number == 2, reason={}
                )
            )
    assert told_in(sqlite_store, [made.id]) == {made.id: [1]}
