"""Stories joined and split: by rules where they are sure, by people always; nothing lost, nothing public by itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import event, insert, select, update

from builders import account, approved, candidate, ingest, node, picture, story
from campaign.errors import ConflictError, InputError, NotFoundError
from campaign.records import Candidate, Review, Story
from collecting import rows
from conftest import NOW
from storage import schema
from storage.archive import Wanted, browse, latest, outline, was_removed
from storage.cases import cases_of, open_case
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.finding import MOST_COMPARED, note_look
from storage.links import bring
from storage.merging import join, keep_apart, split
from storage.pairs import proposals
from storage.queue import told_in
from storage.store import Actor, Store
from storage.stories import find_story, get_stories, merged_into
from storage.trail import trail
from storage.undoing import undo

TEXT = "I dag invigdes stationen i Getinge. Fjorton år efter beslutet stannar tåget här varje halvtimme. #hallandväxer"
HOUR = timedelta(hours=1)


def post(network: str = "mastodon", text: str = TEXT, **changes: Any) -> Candidate:
    """A post of the region on a network, at the same hour as every other one."""
    made = {"author_name": "Region Halland", "author_handle": "regionhalland", "published_at": NOW - HOUR}
    return candidate(network=network, text=text, html="", **(made | changes))


def anna(store: Store) -> Actor:
    """An editor."""
    return Actor(kind="person", account_id=account(store))


def standing(store: Store) -> list[Story]:
    """Every story that stands by itself, oldest first."""
    with store.read() as connection:
        query = select(schema.story.c.id).where(schema.story.c.merged_into.is_(None)).order_by(schema.story.c.id)
        ids = list(connection.execute(query).scalars())
    return get_stories(store, ids, public=False)


def story_of(store: Store, made: Candidate) -> Story:
    """The story that a candidate's post belongs to."""
    return next(each for each in standing(store) if any(found.identity == made.identity for found in each.posts))


@contextmanager
def statements(store: Store) -> Iterator[list[tuple[str, Any]]]:
    """Collect what a store asks of its database."""
    seen: list[tuple[str, Any]] = []

    def note(*told: Any) -> None:
        seen.append((told[2], told[3]))

    event.listen(store.engine, "before_cursor_execute", note)
    yield seen
    event.remove(store.engine, "before_cursor_execute", note)


# --- by rules ---------------------------------------------------------------------------------------------


def test_a_cross_post_joins_its_story(store: Store) -> None:
    """The same text on another network joins the story, and the trail says that a rule did it, why and how sure."""
    ingest(store, post())
    ingest(store, post("bluesky", TEXT.replace("I dag", "@tåg I dag") + " #tåg"))
    (made,) = standing(store)
    assert sorted(each.network for each in made.posts) == ["bluesky", "mastodon"]
    (record, _) = trail(store, story_id=made.id)
    assert (record.actor, record.action, record.undoable) == ("rule", "join", True)
    assert (record.facts["why"], record.facts["percent"], record.facts["posts"]) == ("text", 100, 1)


def test_posts_of_one_page_find_each_other(store: Store) -> None:
    """Two posts that come together are joined like those that come one after the other."""
    ingest(store, post(), post("bluesky"), post("facebook"))
    assert [len(each.posts) for each in standing(store)] == [3]


def test_a_repeated_page_changes_nothing(store: Store) -> None:
    """The same posts again are no new decisions, pairs or traits."""
    page = [post(), post("bluesky")]
    ingest(store, *page)
    before = {name: rows(store, name) for name in ("decision", "pair", "trait", "story")}
    ingest(store, *page)
    assert {name: rows(store, name) for name in before} == before


def test_campaigns_share_no_stories(store: Store) -> None:
    """What comes for two campaigns is judged in each by itself."""
    from builders import judge
    from storage.ingest import _ingest

    with store.write() as connection:
        connection.execute(insert(schema.campaign).values(id="annan", name="Annan", created_at=NOW))
        for name in ("hallandvaxer", "annan"):
            _ingest(connection, campaign=name, source_id=None, candidates=[post()], judge=judge, now=NOW)
    assert [len(each.posts) for each in standing(store)] == [1, 1]


def test_one_account_tells_no_story_twice_on_a_network(store: Store) -> None:
    """A post that is like another's copy stays out where its own account already stands in that story."""
    reminder = post("mastodon", "Påminnelse! " + TEXT, published_at=NOW)
    ingest(store, post(), post("bluesky", "Påminnelse! " + TEXT), reminder)
    assert sorted(len(each.posts) for each in standing(store)) == [1, 2]


def test_a_near_copy_of_an_approved_post_waits(store: Store) -> None:
    """It joins the approved story and nobody but the desk sees it before a person has decided."""
    first = approved(store, text=TEXT, author_name="Region Halland", author_handle="regionhalland")
    copy = post("bluesky", "Hemligt tillägg först. " + TEXT, published_at=first.lead.published_at + HOUR)
    ingest(store, copy)
    seen = find_story(store, first.id, public=True)
    assert seen is not None
    assert [each.network for each in seen.posts] == ["mastodon"]
    at_desk = find_story(store, first.id, public=False)
    assert at_desk is not None
    assert at_desk.waiting
    assert {each.network: each.review for each in at_desk.posts} == {
        "mastodon": Review.APPROVED,
        "bluesky": Review.NEW,
    }
    for found in (
        browse(store, "hallandvaxer", Wanted(text="hemligt"), limit=9).stories,
        browse(store, "hallandvaxer", Wanted(networks=("bluesky",)), limit=9).stories,
    ):
        assert found == []
    texts = [each.text for told in latest(store, "hallandvaxer", limit=9) for each in told.posts]
    assert texts == [TEXT]
    assert [entry.network for entry in outline(store, "hallandvaxer").entries] == ["mastodon"]
    decide(store, first.id, Action.APPROVE, by=anna(store), now=NOW)
    seen = find_story(store, first.id, public=True)
    assert seen is not None
    assert len(seen.posts) == 2


def test_a_copy_of_a_hidden_post_waits_too(store: Store) -> None:
    """Hiding is about a post: its copy joins the story and is asked about."""
    made = story(store, text=TEXT, author_name="Region Halland", author_handle="regionhalland")
    decide(store, made.id, Action.HIDE, by=anna(store), now=NOW)
    ingest(store, post("bluesky", published_at=made.lead.published_at))
    (found,) = standing(store)
    assert found.waiting
    assert sorted(each.review for each in found.posts) == ["hidden", "new"]


def test_the_copy_of_a_hidden_post_is_no_way_back(store: Store) -> None:
    """Who approves the copy of a hidden post approves the copy alone; a story that is hidden whole can be restored."""
    made = story(store, text=TEXT, author_name="Region Halland", author_handle="regionhalland")
    decide(store, made.id, Action.HIDE, by=anna(store), now=NOW)
    ingest(store, post("bluesky", published_at=made.lead.published_at))
    (found,) = standing(store)
    card = {each.id: each.version_id for each in found.posts}
    decide(store, found.id, Action.APPROVE, by=anna(store), now=NOW, seen=card, changes=found.changes)
    seen = find_story(store, found.id, public=True)
    assert seen is not None
    assert [each.network for each in seen.posts] == ["bluesky"]
    decide(store, found.id, Action.RESTORE, by=anna(store), now=NOW)
    assert {each.network: each.review for each in standing(store)[0].posts} == {
        "mastodon": Review.HIDDEN,
        "bluesky": Review.NEW,
    }
    decide(store, found.id, Action.HIDE, by=anna(store), now=NOW)
    decide(store, found.id, Action.RESTORE, by=anna(store), now=NOW)
    assert {each.review for each in standing(store)[0].posts} == {Review.NEW}


def test_what_was_put_off_is_asked_about_where_it_joined(store: Store) -> None:
    """A post of the later pile that joins an approved story waits there, and its day is not missed."""
    first, second = pair_of_approved(store)
    decide(store, second.id, Action.LATER, by=anna(store), now=NOW, later_until=NOW + HOUR)
    join(store, first.id, second.id, by=anna(store), now=NOW)
    (made,) = standing(store)
    assert made.waiting
    decide(store, made.id, Action.APPROVE, by=anna(store), now=NOW)
    (made,) = standing(store)
    assert (made.waiting, {each.review for each in made.posts}) == (False, {Review.APPROVED})


def test_what_may_be_the_same_is_proposed(store: Store) -> None:
    """Where a rule is not sure it asks, on both stories, and joins nothing."""
    ingest(store, post(author_name="Anna", author_handle="anna"), post("bluesky", author_name="Bo", author_handle="bo"))
    one, other = standing(store)
    assert [each.story_id for each in proposals(store, [one.id, other.id])[one.id]] == [other.id]
    assert [(each.why, each.percent) for each in proposals(store, [other.id])[other.id]] == [("text", 100)]


def test_two_approved_stories_are_joined_only_beyond_doubt(store: Store) -> None:
    """An edit that makes two approved posts nearly equal is a question; one that makes them equal joins them."""
    by = {"author_name": "Region Halland", "author_handle": "regionhalland"}
    first = approved(store, text=TEXT, **by)
    made = post("bluesky", "Något helt annat om fiber i Torup och om bussen dit. #hallandväxer")
    ingest(store, made)
    second = story_of(store, made)
    decide(store, second.id, Action.APPROVE, by=anna(store), now=NOW)
    near = replace(made, text="Äntligen! " + TEXT)
    ingest(store, near)
    assert [each.id for each in standing(store)] == [first.id, second.id]
    assert [each.story_id for each in proposals(store, [first.id])[first.id]] == [second.id]
    ingest(store, replace(made, text=TEXT))
    assert [each.id for each in standing(store)] == [first.id]
    assert merged_into(store, second.id) == first.id


def test_an_edit_never_splits(store: Store) -> None:
    """A post that says something else after an edit stays in its story: a person decides."""
    copy = post("bluesky")
    ingest(store, post(), copy)
    ingest(store, replace(copy, text="Något helt annat om fiber i Torup och om bussen dit."))
    assert [len(each.posts) for each in standing(store)] == [2]


def test_the_same_page_in_two_feeds_is_one_story(store: Store) -> None:
    """One page reached through two feeds, with other counting parameters, is the same whatever its excerpt."""
    page = {"network": "feed", "title": "Kungsbacka får ny idrottshall", "author_handle": ""}
    ingest(
        store,
        post(
            **page,
            text="Spaden i jorden.",
            author_name="Kungsbacka",
            url="https://kungsbacka.exempel/hall?utm_source=rss",
        ),
    )
    ingest(store, post(**page, text="", author_name="Google Nyheter", url="http://www.kungsbacka.exempel/hall/"))
    assert [len(each.posts) for each in standing(store)] == [2]


LOOK = 0x1F2E3D4C5B6A79881F2E3D4C5B6A7988


def shown(store: Store, made: Candidate) -> int:
    """The id of the picture of a candidate's post."""
    return story_of(store, made).posts[0].media[0].id


def test_the_same_picture_joins_posts_that_share_words(store: Store) -> None:
    """A picture that arrives later shows that two posts with half their words in common are the same."""
    one = post("facebook", "Så vackert blev nya torget i Laholm, tack alla som planterade!", media=(picture(),))
    two = post("instagram", "Så vackert blev nya torget i Laholm, äntligen sommar", media=(picture(),))
    ingest(store, one, two)
    pictures = shown(store, one), shown(store, two)
    assert len(standing(store)) == 2
    note_look(store, pictures[0], LOOK, now=NOW)
    assert len(standing(store)) == 2
    note_look(store, pictures[1], LOOK ^ 0b101, now=NOW)
    assert [len(each.posts) for each in standing(store)] == [2]


def test_a_logo_joins_nothing(store: Store) -> None:
    """A picture that is in many stories is no sign that two of them are the same."""
    made = [
        post(network, f"Ord {number} om sådant som bara detta inlägg handlar om {number * 'x'}", media=(picture(),))
        for number, network in enumerate(("facebook", "instagram", "bluesky", "x", "threads"), 1)
    ]
    ingest(store, *made)
    for each in made:
        note_look(store, shown(store, each), LOOK, now=NOW)
    ids = [each.id for each in standing(store)]
    assert len(ids) == 5
    asked = {there.story_id for found in proposals(store, ids[3:]).values() for there in found}
    assert len(asked & set(ids[3:])) == 0


def test_work_is_bounded(store: Store) -> None:
    """However many alike posts there are, a page costs some statements, and a post so many comparisons."""
    from storage import finding

    ingest(store, *(post(f"n{number}", f"Vi söker en ekonom till kontor {number} i Halmstad") for number in range(60)))
    compared: list[int] = []
    real = finding.likeness
    page = [post(f"m{number}", f"Vi söker en jurist till kontor {number} i Halmstad") for number in range(20)]
    finding.likeness = lambda one, other: (compared.append(1), real(one, other))[1]  # counted, and done
    try:
        with statements(store) as seen:
            ingest(store, *page)
    finally:
        finding.likeness = real
    asked = [text for text, _ in seen if "trait" in text]
    assert len(compared) <= MOST_COMPARED * len(page)
    assert len(asked) <= 2
    assert all("LIMIT" in text for text in asked if text.startswith("SELECT"))


def test_people_and_pictures_do_not_stop_each_other(store: Store) -> None:
    """Links brought, pictures compared and stories joined at one moment, in every order, are all done."""
    made = [approved(store, network=f"n{at}", text=f"{at} om något" * 3, media=(picture(),)) for at in range(6)]
    by = anna(store)
    failed: list[Exception] = []

    def move(stories: list[Story]) -> None:
        try:
            for one, other in pairwise(stories):
                undo(store, join(store, one.id, other.id, by=by, now=NOW).group, by=by, now=NOW)
        except (ConflictError, NotFoundError):
            pass  # another was faster, and that is said
        except Exception as error:  # noqa: BLE001 - a thread's failure is told by the test
            failed.append(error)

    def show(stories: list[Story]) -> None:
        try:
            for each in stories:
                note_look(store, each.posts[0].media[0].id, LOOK, now=NOW)
                bring(store, "hallandvaxer", post(each.posts[0].network + "x", TEXT), by=by, now=NOW)
        except Exception as error:  # noqa: BLE001 - a thread's failure is told by the test
            failed.append(error)

    threads = [threading.Thread(target=do, args=(made[::way],)) for do in (move, show) for way in (1, -1)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failed == []


def test_a_page_without_likes_costs_little(store: Store) -> None:
    """A page of new posts that resemble nothing asks three things more than storing it, however many they are."""
    page = [
        post(f"n{number}", f"{chr(97 + number) * 5} {chr(107 + number) * 4} {number} unikt", author_name=f"P{number}")
        for number in range(10)
    ]
    with statements(store) as seen:
        ingest(store, *page)
    assert len([text for text, _ in seen if "trait" in text or "pair" in text]) == 2


# --- by people --------------------------------------------------------------------------------------------


def test_a_split_pair_is_never_joined_by_rule(store: Store) -> None:
    """What a person took apart stays apart, through edits that make it equal again."""
    copy = post("bluesky")
    ingest(store, post(), copy)
    (made,) = standing(store)
    leaving = next(each.id for each in made.posts if each.network == "bluesky")
    done = split(store, made.id, [leaving], by=anna(store), now=NOW, changes=made.changes)
    assert sorted(each.id for each in standing(store)) == sorted((made.id, done.story_id))
    for text in ("Annat.", TEXT):
        ingest(store, replace(copy, text=text))
    assert len(standing(store)) == 2
    ingest(store, post("facebook"))
    assert sorted(len(each.posts) for each in standing(store)) == [1, 2]


def test_a_split_gives_back_the_address(store: Store) -> None:
    """A story that another took up stands again under its own id when its posts leave."""
    ingest(store, post(), post("bluesky"))
    (made,) = standing(store)
    emptied = next(row["id"] for row in rows(store, "story") if row["merged_into"] == made.id)
    leaving = next(each.id for each in made.posts if each.network == "bluesky")
    assert split(store, made.id, [leaving], by=anna(store), now=NOW).story_id == emptied
    assert merged_into(store, emptied) is None


def test_a_split_reaches_through_what_was_joined_since(store: Store) -> None:
    """A post that came by way of a third story leaves the one that it is in now, and has its own address again."""
    one, two, three = (approved(store, network=f"n{number}", text=f"{number} om något" * 3) for number in range(3))
    attach(store, three.id, node(store), by=anna(store), now=NOW)
    join(store, three.id, two.id, by=anna(store), now=NOW)
    join(store, one.id, two.id, by=anna(store), now=NOW)
    leaving = three.posts[0].id
    done = split(store, one.id, [leaving], by=anna(store), now=NOW)
    assert done.story_id == three.id
    assert {each.id: {found.id for found in each.posts} for each in standing(store)} == {
        one.id: {one.posts[0].id, two.posts[0].id},
        three.id: {leaving},
    }
    assert [[each.code for each in told.nodes] for told in standing(store)] == [[], ["attraktiv"]]
    undo(store, done.group, by=anna(store), now=NOW)
    assert [len(each.posts) for each in standing(store)] == [3]


def test_undoing_a_rule_keeps_the_posts_apart(store: Store) -> None:
    """Who takes back what a rule joined has decided: the rule does not do it again."""
    copy = post("bluesky")
    ingest(store, post(), copy)
    (made,) = standing(store)
    undo(store, trail(store, story_id=made.id)[0].group, by=anna(store), now=NOW)
    assert len(standing(store)) == 2
    ingest(store, replace(copy, text=TEXT + " "))
    assert len(standing(store)) == 2


def pair_of_approved(store: Store) -> tuple[Story, Story]:
    """Two approved stories that have nothing in common."""
    first = approved(store)
    return first, approved(store, network="bluesky", text="Något om fiber i Torup och bussen dit. #hallandväxer")


def issue(store: Store, *stories: int, state: str = "draft") -> int:
    """The id of an issue that tells these stories."""
    with store.write() as connection:
        number = len(connection.execute(select(schema.issue.c.id)).all()) + 1
        done = connection.execute(
            insert(schema.issue).values(
                campaign="hallandvaxer", newsletter="brevet", number=number, year=2026, week=47, state=state,
                selected_to=NOW, drafted_at=NOW, send_at=NOW, selection={},
            )
        )  # fmt: skip
        issue_id = int(done.inserted_primary_key[0])  # type: ignore[index] # an insert of one row has one
        for position, story_id in enumerate(stories):
            connection.execute(
                insert(schema.issue_item).values(
                    campaign="hallandvaxer", issue_id=issue_id, story_id=story_id, position=position,
                    reason={"key": "approved", "facts": {}},
                )
            )  # fmt: skip
    return issue_id


def test_joining_two_told_stories_loses_and_doubles_nothing(store: Store) -> None:
    """Evidence, issues and cases of both point at the story that stands, each once; an undo puts all of it back."""
    first, second = pair_of_approved(store)
    shared, own = node(store), node(store, code="konkurrenskraftig", title="Konkurrenskraftig", position=1)
    for story_id, node_id in ((first.id, shared), (second.id, shared), (second.id, own)):
        attach(store, story_id, node_id, by=anna(store), now=NOW, reason=f"skäl {story_id}")
    issue(store, first.id, second.id)
    issue(store, second.id)
    open_case(store, "hallandvaxer", now=NOW, story_id=second.id, message="Ta bort")
    pointing = ("evidence", "issue_item", "person_case")
    before = {name: rows(store, name) for name in pointing} | {"posts": [first.posts, second.posts]}
    done = join(store, second.id, first.id, by=anna(store), now=NOW)
    assert done.story_id == first.id
    seen = find_story(store, first.id, public=True)
    assert seen is not None
    assert len(seen.posts) == 2
    assert [each.id for each in seen.nodes] == [shared, own]
    assert told_in(store, [first.id])[first.id] == [1, 2]
    assert len(rows(store, "issue_item")) == 2
    assert len(cases_of(store, first.id)) == 1
    assert find_story(store, second.id, public=True) is None
    assert merged_into(store, second.id) == first.id
    undo(store, done.group, by=anna(store), now=NOW)
    assert {name: rows(store, name) for name in pointing} == {name: before[name] for name in pointing}
    after = get_stories(store, [first.id, second.id], public=False)
    assert [[each.id for each in told.posts] for told in after] == [
        [each.id for each in told.posts] for told in (first, second)
    ]


def test_of_two_places_in_an_issue_the_shown_one_stays(store: Store) -> None:
    """Where an editor left one of two joined stories out, the letter goes on telling the other."""
    first, second = pair_of_approved(store)
    issue(store, first.id, second.id)
    with store.write() as connection:
        item = schema.issue_item.c
        connection.execute(update(schema.issue_item).where(item.story_id == first.id).values(left_out=True))
    join(store, first.id, second.id, by=anna(store), now=NOW)
    (kept,) = rows(store, "issue_item")
    assert (kept["story_id"], kept["left_out"]) == (first.id, False)


def test_decisions_stay_where_they_were_made(store: Store) -> None:
    """Joining writes no decision anew; the trail of the story tells those of both, and each can be undone."""
    first, second = pair_of_approved(store)
    made = [row for row in rows(store, "decision") if row["action"] == "approve"]
    join(store, first.id, second.id, by=anna(store), now=NOW)
    assert [row for row in rows(store, "decision") if row["action"] == "approve"] == made
    told = trail(store, story_id=first.id)
    assert [each.action for each in told].count("approve") == 2
    undo(store, next(each.group for each in told if each.story_id == second.id and each.action == "approve"),
         by=anna(store), now=NOW)  # fmt: skip
    found = find_story(store, first.id, public=False)
    assert found is not None
    assert sorted(each.review for each in found.posts) == ["approved", "new"]
    assert found.waiting


def test_all_addresses_lead_to_the_story_that_stands(store: Store) -> None:
    """A story that took up others and is taken up itself leaves no address behind; an undo gives them back."""
    one, two, three = (approved(store, network=f"n{number}", text=f"{number} om något" * 3) for number in range(3))
    join(store, three.id, two.id, by=anna(store), now=NOW)
    done = join(store, one.id, two.id, by=anna(store), now=NOW)
    assert [merged_into(store, each.id) for each in (one, two, three)] == [None, one.id, one.id]
    undo(store, done.group, by=anna(store), now=NOW)
    assert [merged_into(store, each.id) for each in (one, two, three)] == [None, None, two.id]


def test_an_overtaken_join_is_not_undone(store: Store) -> None:
    """What was joined on since is taken back from the top, or split by hand."""
    one, two, three = (approved(store, network=f"n{number}", text=f"{number} om något" * 3) for number in range(3))
    first = join(store, three.id, two.id, by=anna(store), now=NOW)
    join(store, one.id, two.id, by=anna(store), now=NOW)
    with pytest.raises(ConflictError, match="undo_overtaken"):
        undo(store, first.group, by=anna(store), now=NOW)


def test_a_split_can_be_undone(store: Store) -> None:
    """Undoing a split joins the posts again, and takes the word back that they are apart."""
    ingest(store, post(), post("bluesky"))
    (made,) = standing(store)
    done = split(store, made.id, [made.posts[0].id], by=anna(store), now=NOW)
    assert {row["verdict"] for row in rows(store, "pair")} == {"apart"}
    undo(store, done.group, by=anna(store), now=NOW)
    assert [len(each.posts) for each in standing(store)] == [2]
    assert {row["verdict"] for row in rows(store, "pair")} == {"same"}


def test_what_was_taken_out_and_hidden_stood_once(store: Store) -> None:
    """The address of an approved post that was taken out says "removed" once it is hidden, and not "unknown"."""
    ingest(store, post(), post("bluesky"))
    (made,) = standing(store)
    decide(store, made.id, Action.APPROVE, by=anna(store), now=NOW)
    taken = max(each.id for each in made.posts)
    done = split(store, made.id, [taken], by=anna(store), now=NOW)
    assert find_story(store, done.story_id, public=True) is not None
    decide(store, done.story_id, Action.HIDE, by=anna(store), now=NOW)
    assert find_story(store, done.story_id, public=True) is None
    assert was_removed(store, "hallandvaxer", done.story_id)


def test_no_is_remembered(store: Store) -> None:
    """Stories that a person told apart are not proposed again; the word can be taken back."""
    ingest(store, post(author_name="Anna", author_handle="anna"), post("bluesky", author_name="Bo", author_handle="bo"))
    one, other = standing(store)
    done = keep_apart(store, one.id, other.id, by=anna(store), now=NOW)
    assert proposals(store, [one.id, other.id]) == {}
    undo(store, done.group, by=anna(store), now=NOW)
    assert [each.story_id for each in proposals(store, [one.id])[one.id]] == [other.id]


def test_what_a_person_joined_was_told_apart_before(store: Store) -> None:
    """The latest word of a person stands."""
    ingest(store, post(author_name="Anna", author_handle="anna"), post("bluesky", author_name="Bo", author_handle="bo"))
    one, other = standing(store)
    keep_apart(store, one.id, other.id, by=anna(store), now=NOW)
    join(store, one.id, other.id, by=anna(store), now=NOW)
    assert [row["verdict"] for row in rows(store, "pair")] == ["same"]


def test_what_cannot_be_joined_or_split_says_so(store: Store) -> None:
    """Nonsense is refused with its own word: itself, nothing, everything, a card that is old."""
    first, second = pair_of_approved(store)
    for wrong, key in (
        (lambda: join(store, first.id, first.id, by=anna(store), now=NOW), "story_itself"),
        (lambda: split(store, first.id, [], by=anna(store), now=NOW), "split_none"),
        (lambda: split(store, first.id, [first.posts[0].id], by=anna(store), now=NOW), "split_all"),
    ):
        with pytest.raises(InputError, match=key):
            wrong()
    with pytest.raises(ConflictError, match="story_changed"):
        join(store, first.id, second.id, by=anna(store), now=NOW, changes=first.changes + 1)
    join(store, first.id, second.id, by=anna(store), now=NOW)
    with pytest.raises(ConflictError, match="story_changed"):
        decide(store, second.id, Action.HIDE, by=anna(store), now=NOW)
