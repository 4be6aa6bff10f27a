from datetime import timedelta

import pytest
from sqlalchemy import event, insert

from builders import account, approved, candidate, ingest, newest, node, picture, story
from campaign.records import Story
from conftest import NOW
from storage import schema
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.facets import Choice, facets, languages
from storage.merging import join
from storage.queue import Filters, Lack, Pile, Spot, counts, in_pile, queue_page, told_in, waiting
from storage.store import Actor, Store
from storage.stories import get_leads
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
        Pile.SECOND: 0,
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


def ranked(store: Store, made: Story, rank: int) -> Story:
    with store.write() as connection:
        connection.execute(schema.story.update().where(schema.story.c.id == made.id).values(rank=rank))
    return made


def met(store: Store, filters: Filters, *, limit: int) -> list[int]:
    found: list[int] = []
    before: Spot | None = None
    while True:
        page = queue_page(store, filters, now=NOW, before=before, limit=limit)
        found += [entry.id for entry in page.stories]
        if page.before is None:
            return found
        before = Spot.read(str(page.before))


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_a_rules_order_holds_over_pages_in_what_waits_and_nowhere_else(store: Store, limit: int) -> None:
    """First what a rule put first, then by time, what it put last at the end; what came due stands among them."""
    made = [story(store, published_at=NOW - timedelta(hours=hours)) for hours in (1, 2, 3, 4)]
    first, last = ranked(store, made[2], 1), ranked(store, made[0], -1)
    due = story(store, published_at=NOW - timedelta(hours=3, minutes=30))
    decide(store, due.id, Action.LATER, by=person(store), now=NOW, later_until=NOW - timedelta(minutes=1))
    expected = [first.id, made[1].id, due.id, made[3].id, last.id]
    assert met(store, Filters(campaign="hallandvaxer"), limit=limit) == expected
    assert met(store, ALL, limit=limit) == [made[0].id, made[1].id, made[2].id, due.id, made[3].id]


@pytest.mark.parametrize("text", ["", "x", "5", "2.5", "0.", "0.-1", "0.1e9", "0." + "9" * 19, "1.٣"])
def test_a_spot_that_cannot_be_is_none(text: str) -> None:
    """Whatever stands in an address, the page before it is the first one."""
    assert Spot.read(text) is None


def test_what_one_has_approved_and_a_second_must_see_has_a_pile_of_its_own(store: Store) -> None:
    """It leaves what waits for a first person, and still counts among what waits at all."""
    made, other = story(store), story(store)
    values = {"flags": ["child"], "first_by": account(store)}
    with store.write() as connection:
        connection.execute(schema.story.update().where(schema.story.c.id == made.id).values(values))
    assert pile(store, Pile.SECOND) == [made.id]
    assert pile(store, Pile.WAITING) == [other.id]
    assert counts(store, ALL, now=NOW)[Pile.SECOND] == 1
    assert waiting(store, "hallandvaxer", now=NOW) == 2


@pytest.mark.parametrize(
    ("narrowed", "hit"),
    [
        ({"language": "fi"}, True),
        ({"language": "sv"}, False),
        ({"author": "@anna@exempel.social"}, True),
        ({"author": "Anna Ås"}, True),
        ({"author": "Anna"}, False),
        ({"flagged": True}, True),
        ({"places": ("1380",)}, True),
        ({"places": ("1383", "1384")}, False),
        ({"unplaced": True}, False),
        ({"lacks": Lack.ALT}, True),
        ({"lacks": Lack.RIGHT}, True),
        ({"written": True}, False),
        ({"visible": True}, True),
        ({"words": "laholm"}, False),
        ({"words": "laholm", "named": ("1381", "1380")}, True),
        ({"words": "laholm", "named": ("1381",)}, False),
    ],
)
def test_one_story_is_told_from_another_by_what_it_has(store: Store, narrowed: dict[str, object], hit: bool) -> None:
    """Language, author, flags, place and what its pictures lack each find it, or leave it out."""
    made = story(
        store, language="fi-FI", author_name="Anna Ås", author_handle="anna@exempel.social",
        media=(picture(alt=None), picture()),
    )  # fmt: skip
    with store.write() as connection:
        connection.execute(schema.story.update().where(schema.story.c.id == made.id).values(flags=["child"]))
        connection.execute(
            insert(schema.story_place).values(campaign="hallandvaxer", story_id=made.id, place="1380", at=NOW)
        )
    found = ids(store, Filters(campaign="hallandvaxer", **narrowed))  # type: ignore[arg-type] # one of its fields
    assert found == ([made.id] if hit else [])


def test_words_or_their_place_are_counted_once(store: Store) -> None:
    """A story that says the place's name and lies there counts once, in the list, in the piles and beside them."""
    said, both, placed, _ = (story(store, text=text) for text in ("Mitt i Varberg", "Varberg igen", "Höst", "Vår"))
    with store.write() as connection:
        rows = [
            {"campaign": "hallandvaxer", "story_id": each.id, "place": "varberg", "at": NOW} for each in (both, placed)
        ]
        connection.execute(insert(schema.story_place), rows)
    filters = Filters(campaign="hallandvaxer", words="varberg", named=("varberg",))
    assert set(ids(store, filters)) == {said.id, both.id, placed.id}
    assert counts(store, filters, now=NOW)[Pile.WAITING] == 3
    found = facets(store, filters, now=NOW, tops={}, around={})
    assert (of(found.networks), of(found.places), found.unplaced) == ({"mastodon": 3}, {"varberg": 2}, 1)


def test_what_is_hidden_can_be_left_out_of_everything(store: Store) -> None:
    """Of all piles together those that are not hidden stay, and the counts say so."""
    made = [story(store) for _ in range(3)]
    decide(store, made[0].id, Action.HIDE, by=person(store), now=NOW)
    decide(store, made[1].id, Action.APPROVE, by=person(store), now=NOW)
    filters = Filters(campaign="hallandvaxer", pile=Pile.ALL, visible=True)
    assert set(ids(store, filters)) == {made[1].id, made[2].id}
    found = counts(store, filters, now=NOW)
    assert (found[Pile.ALL], found[Pile.HIDDEN]) == (2, 0)


def test_what_has_words_and_right_lacks_nothing(store: Store) -> None:
    """A picture that is described, or decorative, and may be shown is not looked for."""
    made = story(store, media=(picture(), picture(alt=None)), own=True)
    with store.write() as connection:
        plain = made.lead.media[1].id
        connection.execute(schema.media.update().where(schema.media.c.id == plain).values(decorative=True))
    for lack in Lack:
        assert ids(store, Filters(campaign="hallandvaxer", lacks=lack)) == []


def test_a_rule_finds_the_stories_it_met(store: Store) -> None:
    """By the posts it met, wherever they stand now."""
    made = story(store)
    story(store)
    with store.write() as connection:
        rule = {"campaign": "hallandvaxer", "name": "Visa först", "conditions": {}, "effect": "first", "facts": {}}
        connection.execute(insert(schema.rule).values(id=7, created_at=NOW, **rule))
        hit = {"rule_id": 7, "post_id": made.lead.id, "effect": "first", "why": {}, "at": NOW}
        connection.execute(insert(schema.rule_hit).values(hit))
    assert ids(store, Filters(campaign="hallandvaxer", rule=7)) == [made.id]
    assert ids(store, Filters(campaign="hallandvaxer", rule=8)) == []


def of(choices: tuple[Choice, ...]) -> dict[str, int]:
    return {each.value: each.count for each in choices}


def test_numbers_say_what_a_press_on_them_would_show(store: Store) -> None:
    """Each dimension is counted under the other filters, without its own, and only in the pile that is shown."""
    area, other = node(store), node(store, code="inkluderande", title="Ett inkluderande Halland", position=1)
    made = [story(store, network=network) for network in ("mastodon", "mastodon", "bluesky")]
    decided(store, Action.HIDE)
    attach(store, made[0].id, area, by=person(store), now=NOW)
    attach(store, made[2].id, other, by=person(store), now=NOW)
    tops = {area: area, other: area}
    found = facets(store, Filters(campaign="hallandvaxer"), now=NOW, tops=tops, around={})
    assert of(found.networks) == {"mastodon": 2, "bluesky": 1}
    assert (of(found.nodes), found.unattached) == ({str(area): 2}, 1)
    assert found.unplaced == 3
    narrow = facets(store, Filters(campaign="hallandvaxer", network="bluesky"), now=NOW, tops=tops, around={})
    assert of(narrow.networks) == {"mastodon": 2, "bluesky": 1}
    assert (of(narrow.nodes), narrow.unattached) == ({str(area): 1}, 0)
    narrow = facets(store, Filters(campaign="hallandvaxer", unattached=True), now=NOW, tops=tops, around={})
    assert (of(narrow.nodes), narrow.unattached, of(narrow.networks)) == ({str(area): 2}, 1, {"mastodon": 1})


def test_a_story_of_several_posts_counts_once_at_each_of_its_networks(store: Store) -> None:
    """What two networks tell is in both numbers, what one tells twice only once, and what was taken up in none."""
    made = [story(store, network=network) for network in ("mastodon", "mastodon", "bluesky")]
    for each in made[1:]:
        join(store, made[0].id, each.id, by=person(store), now=NOW)
    found = facets(store, Filters(campaign="hallandvaxer"), now=NOW, tops={}, around={})
    assert of(found.networks) == {"mastodon": 1, "bluesky": 1}
    assert found.unplaced == 1


def test_a_municipality_has_what_its_towns_have(store: Store) -> None:
    """A story of two towns in one municipality counts there once."""
    made = story(store)
    with store.write() as connection:
        for place in ("laholm", "mellbystrand", "1380"):
            connection.execute(
                insert(schema.story_place).values(campaign="hallandvaxer", story_id=made.id, place=place, at=NOW)
            )
    around = {"laholm": "1381", "mellbystrand": "1381"}
    found = facets(store, Filters(campaign="hallandvaxer"), now=NOW, tops={}, around=around)
    assert of(found.places) == {"1381": 1, "1380": 1}


def test_numbers_cost_one_query(sqlite_store: Store) -> None:
    """However many dimensions are counted and narrowed."""
    asked: list[str] = []
    event.listen(
        sqlite_store.engine,
        "before_cursor_execute",
        lambda *told: asked.append(told[2]) if told[2] != "BEGIN" else None,
    )
    filters = Filters(campaign="hallandvaxer", network="mastodon", places=("1380",), source="nyheter", nodes=(1,))
    facets(sqlite_store, filters, now=NOW, tops={1: 1}, around={})
    assert len([each for each in asked if each != "BEGIN"]) == 1


def test_languages_are_told_once(store: Store) -> None:
    """Every language that posts are written in is told once, by its short code; posts that do not say add none."""
    assert languages(store, "hallandvaxer") == []
    for code in ("sv", "fi-FI", None, "sv", "en", "fi"):
        story(store, language=code)
    assert languages(store, "hallandvaxer") == ["en", "fi", "sv"]
    assert languages(store, "elsewhere") == []


def test_leads_are_those_of_the_stories(store: Store) -> None:
    """The words that stand for a story are the same whether it is read whole or only for its title."""
    one, other = story(store, text="Kort."), story(store, text="En mycket längre text om samma sak.")
    join(store, one.id, other.id, by=person(store), now=NOW)
    alone = story(store)
    whole = queue_page(store, ALL, now=NOW).stories
    leads = get_leads(store, [one.id, other.id, alone.id, 999])
    assert {found.id: found.lead.id for found in whole} == {story_id: post.id for story_id, post in leads.items()}
