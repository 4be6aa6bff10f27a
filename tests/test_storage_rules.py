"""Rules at work: what they do to posts that come in, what the trail says, and what stands against them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, select

from builders import account, approved, candidate, ingest, judge, newest, node, story
from campaign.errors import ConflictError, InputError
from campaign.records import Review, Story
from campaign.rules import MET, Author, Conditions, Effect, Rule
from conftest import NOW
from storage import schema
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.ingest import _ingest
from storage.queue import Filters, queue_page
from storage.rule_trial import Trial, try_rules
from storage.rules import (
    RuleCount,
    add_rule,
    change_rule,
    end_rule,
    get_rule,
    hits_of,
    hits_on,
    list_rules,
    move_rule,
    pause_rule,
    rule_counts,
    wordings,
)
from storage.ruling import apply_to_waiting, undo_applied
from storage.store import Actor, Store
from storage.stories import get_stories
from storage.trail import trail
from storage.trust import trust_source
from storage.undoing import undo

CAMPAIGN = "hallandvaxer"
SPAM = "Rabatt på allt i Laholm! #hallandväxer"


def person(store: Store) -> Actor:
    return Actor(kind="person", account_id=account(store))


def made(
    effect: Effect = Effect.HIDE, *, name: str = "Reklam", facts: dict[str, Any] | None = None, **asked: Any
) -> Rule:
    conditions = Conditions(**(asked or {"words": ("rabatt",)}))
    return Rule(id=0, name=name, conditions=conditions, effect=effect, facts=facts or {})


def kept(store: Store, effect: Effect = Effect.HIDE, **more: Any) -> int:
    return add_rule(store, CAMPAIGN, made(effect, **more), by=person(store), now=NOW)


def source(store: Store, *, trusted: bool = True) -> None:
    with store.write() as connection:
        connection.execute(
            insert(schema.source).values(
                id="egen", kind="feed", campaigns=[CAMPAIGN], settings_hash="", cursor={}, next_attempt_at=NOW,
                created_at=NOW,
            )
        )  # fmt: skip
    if trusted:
        trust_source(store, "egen", trusted=True, campaign=CAMPAIGN, by=person(store), now=NOW)


def own(store: Store, *, is_own: bool = True, **changes: Any) -> Story:
    """Store one post from the source "egen" and return its story."""
    arrived = candidate(**changes)
    with store.write() as connection:
        _ingest(connection, campaign=CAMPAIGN, source_id="egen", candidates=[arrived], judge=judge, now=NOW, own=is_own)
    return next(each for each in newest(store) if arrived.identity in {post.identity for post in each.posts})


def again(store: Store, story_id: int) -> Story:
    return get_stories(store, [story_id], public=False)[0]


def test_a_rule_hides_what_comes_and_says_so_in_the_trail(store: Store) -> None:
    """The post is hidden in the name of the rule, with its name and what it saw, and nothing else is."""
    rule_id = kept(store)
    spam, fine = story(store, text=SPAM), story(store)
    assert (spam.review, fine.review) == (Review.HIDDEN, Review.NEW)
    (line,) = trail(store, story_id=spam.id)
    assert (line.actor, line.action, line.undoable) == ("rule", "hide", True)
    assert line.facts == {"rule": rule_id, "name": "Reklam", "why": {"words": ["rabatt"]}}
    (hit,) = hits_on(store, [spam.lead.id, fine.lead.id])[spam.lead.id]
    assert (hit.rule.name, hit.did, hit.why.words, hit.undone) == ("Reklam", "hide", ("rabatt",), False)


def test_what_a_person_took_back_stands(store: Store) -> None:
    """An undone decision of a rule is not taken again, by an edit or by putting the rule to what waits."""
    rule_id = kept(store)
    first = candidate(text=SPAM)
    ingest(store, first)
    (spam,) = newest(store)
    undo(store, trail(store, story_id=spam.id)[0].group, by=person(store), now=NOW)
    assert again(store, spam.id).review is Review.NEW
    ingest(store, candidate(identity=first.identity, text=f"{SPAM} Ännu mer rabatt"))
    assert again(store, spam.id).review is Review.NEW
    assert apply_to_waiting(store, rule_id, own=(), by=person(store), now=NOW).met == 0
    counted = rule_counts(store, [rule_id], since=NOW - timedelta(days=30))
    assert counted == {rule_id: RuleCount(met=1, acted=1, undone=1)}


@pytest.mark.parametrize(
    ("is_own", "trusted", "changes", "held"),
    [
        (True, True, {}, None),
        (True, False, {}, ("not_trusted",)),
        (False, True, {}, ("not_own",)),
        (True, True, {"sensitive": True}, ("sensitive",)),
        (True, True, {"warning": "Blod"}, ("sensitive",)),
        (True, True, {"text": "Barnen i Laholm fick nya cyklar"}, ("may_flag",)),
    ],
)
def test_a_rule_publishes_only_what_is_own_and_trusted(
    store: Store, is_own: bool, trusted: bool, changes: dict[str, Any], held: tuple[str, ...] | None
) -> None:
    """Own, trusted and harmless is approved by the rule; anything else waits with the reason."""
    source(store, trusted=trusted)
    kept(store, Effect.PUBLISH, sources=("egen",))
    found = own(store, is_own=is_own, **changes)
    (hit,) = hits_on(store, [found.lead.id])[found.lead.id]
    if held is None:
        assert (found.review, found.waiting, hit.did) == (Review.APPROVED, False, "publish")
        assert get_stories(store, [found.id], public=True)
    else:
        assert (found.review, hit.did, hit.why.held) == (Review.NEW, "propose", held)
        assert not get_stories(store, [found.id], public=True)


def test_trust_can_be_ended_at_any_time(store: Store) -> None:
    """What comes after the trust has ended waits; both presses stand in the trail."""
    source(store)
    kept(store, Effect.PUBLISH, sources=("egen",))
    trust_source(store, "egen", trusted=False, campaign=CAMPAIGN, by=person(store), now=NOW)
    assert own(store).review is Review.NEW
    actions = [line.action for line in trail(store, campaign=CAMPAIGN)]
    assert actions == ["source_distrust", "rule_add", "source_trust"]


def test_an_edit_is_never_published_by_a_rule(store: Store) -> None:
    """The approved text stays, the edited one waits for a person."""
    source(store)
    kept(store, Effect.PUBLISH, sources=("egen",))
    first = own(store, text="Gammal text")
    edited = own(store, identity=first.lead.identity, text="Ny text")
    assert (edited.review, edited.waiting) == (Review.APPROVED, True)
    (shown,) = get_stories(store, [first.id], public=True)
    assert shown.lead.text == "Gammal text"


def test_an_edit_before_approval_is_proposed_only(store: Store) -> None:
    """A post that was edited while it waited is not published when a rule is put to what waits."""
    source(store)
    first = own(store)
    own(store, identity=first.lead.identity, text="Ny text")
    rule_id = kept(store, Effect.PUBLISH, sources=("egen",))
    done = apply_to_waiting(store, rule_id, own=["egen"], by=person(store), now=NOW)
    assert (done.met, done.acted, again(store, first.id).review) == (1, 0, Review.NEW)
    (hit,) = hits_on(store, [first.lead.id])[first.lead.id]
    assert hit.why.held == ("edited",)


def test_a_flagged_story_is_never_published_by_a_rule(store: Store) -> None:
    """What two people must see waits for them, whatever a rule says."""
    source(store)
    first = own(store)
    with store.write() as connection:
        connection.execute(schema.story.update().values(flags=["child"]))
    rule_id = kept(store, Effect.PUBLISH, sources=("egen",))
    assert apply_to_waiting(store, rule_id, own=["egen"], by=person(store), now=NOW).acted == 0
    (hit,) = hits_on(store, [first.lead.id])[first.lead.id]
    assert hit.why.held == ("flagged",)


def test_hiding_beats_publishing(store: Store) -> None:
    """The rule that hides acts, though the one that publishes stands before it; both are shown as met."""
    source(store)
    kept(store, Effect.PUBLISH, name="Egna", sources=("egen",))
    kept(store)
    found = own(store, text=SPAM)
    assert found.review is Review.HIDDEN
    assert {hit.rule.name: hit.did for hit in hits_on(store, [found.lead.id])[found.lead.id]} == {
        "Egna": MET,
        "Reklam": "hide",
    }


def test_a_second_post_of_an_approved_story_is_judged_alone(store: Store) -> None:
    """A near-copy that a rule hides leaves the approved story as it was."""
    text = "Nu öppnar den nya cykelvägen mellan Skogaby och Laholm, och alla är välkomna till invigningen på lördag!"
    by = {"author_name": "Laholms kommun", "author_handle": "laholm"}
    first = approved(store, text=text, **by)
    kept(store, networks=("bluesky",))
    ingest(store, candidate(network="bluesky", identity="at://kopia", url="https://bsky.app/1", text=text, **by))
    found = again(store, first.id)
    assert {post.network: post.review for post in found.posts} == {
        "mastodon": Review.APPROVED,
        "bluesky": Review.HIDDEN,
    }
    assert (found.review, found.waiting) == (Review.APPROVED, False)


def test_a_hidden_story_does_not_come_back_by_a_rule(store: Store) -> None:
    """A copy of what a person hid is not published, though its channel is trusted."""
    source(store)
    text = "Nu öppnar den nya cykelvägen mellan Skogaby och Laholm, och alla är välkomna till invigningen på lördag!"
    by = {"author_name": "Laholms kommun", "author_handle": "laholm"}
    first = story(store, text=text, **by)
    decide(store, first.id, Action.HIDE, by=person(store), now=NOW)
    kept(store, Effect.PUBLISH, sources=("egen",))
    own(store, network="bluesky", identity="at://kopia", url="https://bsky.app/1", text=text, **by)
    assert {post.review for post in again(store, first.id).posts} == {Review.HIDDEN, Review.NEW}
    assert not get_stories(store, [first.id], public=True)


def test_rules_sort_the_queue(store: Store) -> None:
    """First stands above newer ones, last below older ones, whatever their time."""
    kept(store, Effect.FIRST, name="Först", words=("laholm",))
    kept(store, Effect.LAST, name="Sist", words=("tävling",))
    for hours, text in ((3, "Laholm"), (2, "Varberg"), (1, "Tävling")):
        story(store, text=text, published_at=NOW - timedelta(hours=hours))
    page = queue_page(store, Filters(campaign=CAMPAIGN), now=NOW)
    assert [each.lead.text for each in page.stories] == ["Laholm", "Varberg", "Tävling"]


def test_a_rule_puts_off_to_its_day(store: Store) -> None:
    """A story of one comes back when the rule says."""
    kept(store, Effect.LATER, facts={"days": 7})
    found = story(store, text=SPAM)
    assert (found.review, found.later_until) == (Review.LATER, NOW + timedelta(days=7))


def test_the_daily_cap_counts_one_author_within_a_day(store: Store) -> None:
    """The third post of a day is met; another's posts, another network's and yesterday's do not count."""
    kept(store, Effect.LAST, name="Många", more_than=2)
    many = [candidate(author_handle="mangen", published_at=NOW - timedelta(hours=hour)) for hour in (3, 2, 1)]
    others = [
        candidate(author_handle="mangen", published_at=NOW - timedelta(hours=40)),
        candidate(author_handle="annan", published_at=NOW - timedelta(hours=1)),
        candidate(author_handle="mangen", network="bluesky", published_at=NOW - timedelta(hours=1)),
    ]
    ingest(store, *others, *many)
    met = hits_on(store, [each.lead.id for each in newest(store)])
    identities = {each.lead.identity for each in newest(store) if each.lead.id in met}
    assert identities == {many[2].identity}


def test_many_posts_cost_no_more_questions_than_few(sqlite_store: Store) -> None:
    """Rules are read once a page, and facts for all its posts together."""
    store = sqlite_store
    for number in range(20):
        kept(store, Effect.SUGGEST, name=f"R{number}", words=(f"ord{number}",), facts={"place": "laholm"})
    kept(store, Effect.FIRST, more_than=100)
    asked: list[str] = []

    @event.listens_for(store.engine, "before_cursor_execute")
    def count(_c: Any, _u: Any, statement: str, *_more: Any) -> None:
        if any(f" {table}" in statement for table in ("rule", "rule_hit")) or "source.trusted_at" in statement:
            asked.append(statement)

    ingest(store, *(candidate() for _ in range(3)))
    few = len(asked)
    asked.clear()
    ingest(store, *(candidate() for _ in range(60)))
    assert 0 < len(asked) == few


def test_a_post_without_rules_costs_one_question(sqlite_store: Store) -> None:
    """Where nobody made rules, a page is asked about once."""
    asked: list[str] = []

    @event.listens_for(sqlite_store.engine, "before_cursor_execute")
    def count(_c: Any, _u: Any, statement: str, *_more: Any) -> None:
        if "FROM rule" in statement or "trusted_at" in statement:
            asked.append(statement)

    ingest(sqlite_store, *(candidate() for _ in range(30)))
    assert len(asked) == 1


def test_a_new_wording_is_a_new_rule_in_the_same_place(store: Store) -> None:
    """The old one has ended, is kept as it was, and acts no more."""
    first, second = kept(store), kept(store, name="Annat", words=("rea",))
    changed = change_rule(store, first, made(name="Ny", words=("kampanjpris",)), by=person(store), now=NOW)
    assert [record.rule.id for record in list_rules(store, CAMPAIGN)] == [changed, second]
    assert [record.rule.name for record in wordings(store, changed)] == ["Ny", "Reklam"]
    assert story(store, text=SPAM).review is Review.NEW
    assert story(store, text="Kampanjpris").review is Review.HIDDEN
    with pytest.raises(ConflictError) as caught:
        change_rule(store, first, made(), by=person(store), now=NOW)
    assert caught.value.key == "rule_ended"


def test_a_paused_or_ended_rule_does_nothing(store: Store) -> None:
    """Until it is resumed; each press stands in the trail."""
    rule_id = kept(store)
    pause_rule(store, rule_id, paused=True, by=person(store), now=NOW)
    assert story(store, text=SPAM).review is Review.NEW
    pause_rule(store, rule_id, paused=False, by=person(store), now=NOW)
    assert story(store, text=f"{SPAM} två").review is Review.HIDDEN
    end_rule(store, rule_id, by=person(store), now=NOW)
    assert story(store, text=f"{SPAM} tre helt andra ord").review is Review.NEW
    assert get_rule(store, rule_id).ended_at == NOW
    actions = [line.action for line in trail(store, campaign=CAMPAIGN, rules=False)]
    assert actions == ["rule_end", "rule_resume", "rule_pause", "rule_add"]


def test_rules_change_places(store: Store) -> None:
    """One press moves a rule by one; at the end it stays."""
    one, two, three = (kept(store, name=name) for name in ("A", "B", "C"))
    move_rule(store, three, up=True, by=person(store), now=NOW)
    move_rule(store, one, up=True, by=person(store), now=NOW)
    move_rule(store, two, up=False, by=person(store), now=NOW)
    assert [record.rule.id for record in list_rules(store, CAMPAIGN)] == [one, three, two]


def test_a_rule_is_never_put_to_the_past_by_itself(store: Store) -> None:
    """What waits stays until a person puts the rule to it, and that is taken back as one; decided ones stand."""
    spam = [story(store, text=f"{SPAM} nummer {number}", author_handle=f"a{number}") for number in range(3)]
    decide(store, spam[0].id, Action.APPROVE, by=person(store), now=NOW)
    rule_id = kept(store)
    assert again(store, spam[1].id).review is Review.NEW
    done = apply_to_waiting(store, rule_id, own=(), by=person(store), now=NOW)
    assert (done.met, done.acted, done.left) == (2, 2, False)
    assert [again(store, each.id).review for each in spam] == [Review.APPROVED, Review.HIDDEN, Review.HIDDEN]
    decide(store, spam[1].id, Action.APPROVE, by=person(store), now=NOW)
    assert undo_applied(store, done.group, by=person(store), now=NOW) == (1, 1)
    assert [again(store, each.id).review for each in spam] == [Review.APPROVED, Review.APPROVED, Review.NEW]


def test_hits_are_listed_newest_first(store: Store) -> None:
    """A rule's page shows the posts that it met, with why."""
    rule_id = kept(
        store, Effect.SUGGEST, authors=(Author(name="@vastkusten@exempel.social"),), facts={"node": node(store)}
    )
    first = story(store)
    with store.write() as connection:
        connection.execute(schema.rule_hit.update().values(at=NOW - timedelta(days=1)))
    second = story(store)
    assert [hit.story_id for hit in hits_of(store, rule_id)] == [second.id, first.id]
    assert hits_of(store, rule_id)[0].why.author == "@vastkusten@exempel.social"


@pytest.mark.parametrize(
    ("rule", "field", "key"),
    [
        (made(name="  "), "name", "rule_nameless"),
        (Rule(id=0, name="R", conditions=Conditions(), effect=Effect.HIDE, facts={}), "conditions", "rule_empty"),
        (made(words=tuple(f"o{n}" for n in range(10_000))), "words", "rule_long"),
        (made(more_than=5000), "more_than", "rule_cap"),
        (made(Effect.SUGGEST), "node", "rule_aimless"),
        (made(Effect.SUGGEST, facts={"node": 999}), "node", "node_missing"),
    ],
)
def test_what_is_no_rule_is_refused(store: Store, rule: Rule, field: str, key: str) -> None:
    """Nameless, empty, endless and aimless rules are told what they lack, and nothing is kept."""
    with pytest.raises(InputError) as caught:
        add_rule(store, CAMPAIGN, rule, by=person(store), now=NOW)
    assert (caught.value.field, caught.value.key) == (field, key)
    with store.read() as connection:
        assert connection.execute(select(schema.rule)).first() is None


def tried(store: Store, rule: Rule, **more: Any) -> Trial:
    return try_rules(store, CAMPAIGN, [rule], own=(), **more)[0]


def test_trying_tells_how_people_decided_and_keeps_nothing(store: Store) -> None:
    """Hits that people hid agree with hiding, those they approved are false friends, the rest say nothing."""
    texts = ("Rabatt på gräsklippare", "Rabatter för cyklister i Laholm", "Ny rabatt planteras", "Inget av det")
    stories = [story(store, text=text, author_handle=text[-4:]) for text in texts]
    decide(store, stories[0].id, Action.HIDE, by=person(store), now=NOW)
    decide(store, stories[2].id, Action.APPROVE, by=person(store), now=NOW)
    found = tried(store, made())
    assert (found.looked, len(found.hits), found.agreed, found.undecided) == (4, 3, 1, 1)
    assert [(hit.story_id, hit.why.words) for hit in found.friends] == [(stories[2].id, ("rabatt",))]
    assert tried(store, made(Effect.PROPOSE)).friends[0].story_id == stories[0].id
    assert hits_on(store, [each.lead.id for each in stories]) == {}
    assert list_rules(store, CAMPAIGN) == []


def test_what_people_took_back_from_a_rule_is_a_false_friend(store: Store) -> None:
    """A post that a rule hid and a person brought back speaks against hiding it."""
    kept(store)
    spam = story(store, text=SPAM)
    assert tried(store, made()).friends == ()
    undo(store, trail(store, story_id=spam.id)[0].group, by=person(store), now=NOW)
    assert [hit.story_id for hit in tried(store, made()).friends] == [spam.id]


def test_a_suggestion_is_held_against_what_people_attached(store: Store) -> None:
    """Where people chose another node the rule has a false friend, where they chose its node they agree."""
    right, wrong = node(store), node(store, code="annan", title="Annat", position=1)
    one, two = (story(store, text=f"Rabatt {word}", author_handle=word) for word in ("cykel", "buss"))
    attach(store, one.id, right, by=person(store), now=NOW)
    attach(store, two.id, wrong, by=person(store), now=NOW)
    found = tried(store, made(Effect.SUGGEST, facts={"node": right}))
    assert (found.agreed, [hit.story_id for hit in found.friends]) == (1, [two.id])


def test_trying_names_the_words_that_almost_met(store: Store) -> None:
    """Words that hold a rule's word inside are counted with the stories where they stand, the most frequent first."""
    codes = [story(store, text=f"Rabattkoden {number}", author_handle=str(number)) for number in range(2)]
    other = story(store, text="Rabattera mera, och Växjö", author_handle="x")
    story(store, text="Rabatt och rabattkoden", author_handle="y")
    found = tried(store, made(words=("rabatt", "växer")))
    assert [(near.word, near.entry, near.count) for near in found.near or ()] == [
        ("rabattkoden", "rabatt", 2),
        ("rabattera", "rabatt", 1),
    ]
    assert set((found.near or ())[0].story_ids) == {each.id for each in codes}
    assert (found.near or ())[1].story_ids == (other.id,)


def test_a_trial_is_bounded_and_says_how_far_it_looked(store: Store) -> None:
    """The newest posts are looked at, or those of a span of days."""
    for hours in (30, 20, 10):
        story(store, text=SPAM, published_at=NOW - timedelta(hours=hours), author_handle=str(hours))
    found = tried(store, made(), limit=2)
    assert (found.looked, found.since) == (2, NOW - timedelta(hours=20))
    assert tried(store, made(), start=NOW - timedelta(hours=25), end=NOW - timedelta(hours=15)).looked == 1


def test_an_old_and_a_new_wording_are_tried_on_the_same_posts(store: Store) -> None:
    """Each gives its own hits, so that they can be set side by side."""
    one, two = (story(store, text=text, author_handle=text) for text in ("Rabatt", "Rea"))
    old, new = try_rules(store, CAMPAIGN, [made(), made(words=("rea",))], own=())
    assert [[hit.story_id for hit in each.hits] for each in (old, new)] == [[one.id], [two.id]]
