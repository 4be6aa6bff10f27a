from datetime import timedelta

import pytest
from sqlalchemy import select

from builders import account, approved, candidate, ingest, newest, node, picture, story
from campaign.errors import ConflictError, InputError, NotFoundError
from campaign.records import Review, Right, Use
from conftest import NOW
from storage import schema
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.rights import set_alt, set_right
from storage.search import matching
from storage.store import Actor, Store, public_revision
from storage.stories import find_story, get_stories
from storage.trail import trail
from storage.undoing import undo


def person(store: Store) -> Actor:
    return Actor(kind="person", account_id=account(store))


def found(store: Store, words: str, *, is_public: bool) -> int:
    query = matching(store.dialect, words, shelf=is_public)
    assert query is not None
    with store.read() as connection:
        return len(connection.execute(query).all())


def test_a_new_post_waits_and_is_not_public(store: Store) -> None:
    """What was collected is seen by the desk alone."""
    made = story(store)
    assert (made.review, made.waiting) == (Review.NEW, True)
    assert find_story(store, made.id, public=True) is None


def test_approving_makes_the_seen_version_public(store: Store) -> None:
    """After approval the public gets the text that the card showed."""
    made = approved(store, text="Skördefest i Laholm #hallandväxer")
    shown = find_story(store, made.id, public=True)
    assert shown is not None
    assert shown.lead.text == "Skördefest i Laholm #hallandväxer"
    assert (shown.review, shown.waiting) == (Review.APPROVED, False)


def test_an_edit_of_an_approved_post_waits_while_the_approved_text_stays(store: Store) -> None:
    """The public goes on reading the approved version; search finds the old words and not the new ones."""
    first = candidate(text="Gammal ordalydelse #hallandväxer")
    ingest(store, first)
    made = newest(store)[0]
    decide(store, made.id, Action.APPROVE, by=person(store), now=NOW)
    edited = candidate(identity=first.identity, text="Nyskriven ordalydelse #hallandväxer", author_name="Annan")
    ingest(store, edited, now=NOW + timedelta(hours=1))
    shown = find_story(store, made.id, public=True)
    desk = find_story(store, made.id, public=False)
    assert shown is not None
    assert desk is not None
    assert (shown.lead.text, shown.lead.author_name) == (first.text, first.author_name)
    assert (desk.lead.text, desk.waiting, desk.review) == (edited.text, True, Review.APPROVED)
    assert found(store, "nyskriven", is_public=True) == 0
    assert found(store, "gammal", is_public=True) == 1
    assert found(store, "nyskriven", is_public=False) == 1


def test_a_card_that_showed_an_older_version_approves_that_one(store: Store) -> None:
    """An edit that arrived while the card was open is not approved unseen."""
    first = candidate(text="Det som kortet visade #hallandväxer")
    ingest(store, first)
    card = newest(store)[0]
    ingest(store, candidate(identity=first.identity, text="Det som kom sedan #hallandväxer"))
    done = decide(store, card.id, Action.APPROVE, by=person(store), now=NOW, seen={card.lead.id: card.lead.version_id})
    shown = find_story(store, card.id, public=True)
    assert shown is not None
    assert shown.lead.text == "Det som kortet visade #hallandväxer"
    assert done.waiting


def test_undo_puts_back_what_was(store: Store) -> None:
    """Undoing an approval returns the story to the queue and takes it from the public and its search."""
    made = story(store, text="Ångrad berättelse #hallandväxer")
    done = decide(store, made.id, Action.APPROVE, by=person(store), now=NOW)
    undo(store, done.group, by=person(store), now=NOW)
    back = get_stories(store, [made.id], public=False)[0]
    assert (back.review, back.waiting, back.approved_at) == (Review.NEW, True, None)
    assert find_story(store, made.id, public=True) is None
    assert found(store, "ångrad", is_public=True) == 0


def test_undo_of_an_overtaken_decision_is_refused(store: Store) -> None:
    """Somebody else's later decision is never undone by accident."""
    made = story(store)
    first = decide(store, made.id, Action.APPROVE, by=person(store), now=NOW)
    decide(store, made.id, Action.HIDE, by=person(store), now=NOW)
    with pytest.raises(ConflictError, match="undo_overtaken"):
        undo(store, first.group, by=person(store), now=NOW)


def test_undo_twice_is_refused(store: Store) -> None:
    """A press that was undone cannot be undone again."""
    done = decide(store, story(store).id, Action.HIDE, by=person(store), now=NOW)
    undo(store, done.group, by=person(store), now=NOW)
    with pytest.raises(NotFoundError):
        undo(store, done.group, by=person(store), now=NOW)


def test_a_stale_card_is_refused(store: Store) -> None:
    """Two people deciding on one story do not overwrite each other in silence."""
    made = story(store)
    done = decide(store, made.id, Action.APPROVE, by=person(store), now=NOW, changes=0)
    with pytest.raises(ConflictError, match="story_changed"):
        decide(store, made.id, Action.HIDE, by=person(store), now=NOW, changes=done.changes - 1)
    assert get_stories(store, [made.id], public=False)[0].review is Review.APPROVED


def test_marks_do_not_publish(store: Store) -> None:
    """Featuring or pulling into the coming issue leaves an unreviewed story unreviewed; both can be undone."""
    made = story(store)
    decide(store, made.id, Action.COMING, by=person(store), now=NOW)
    done = decide(store, made.id, Action.FEATURE, by=person(store), now=NOW)
    marked = get_stories(store, [made.id], public=False)[0]
    assert (marked.featured, marked.coming, marked.review) == (True, True, Review.NEW)
    undo(store, done.group, by=person(store), now=NOW)
    assert not get_stories(store, [made.id], public=False)[0].featured


def test_every_decision_is_in_the_trail(store: Store) -> None:
    """The trail tells who did what and why, the undo included, newest first."""
    made = story(store)
    done = decide(store, made.id, Action.HIDE, by=person(store), now=NOW, reason="Inte om Halland")
    undo(store, done.group, by=person(store), now=NOW)
    lines = trail(store, story_id=made.id)
    assert [(line.action, line.who, line.reason, line.undone) for line in lines] == [
        ("undo_hide", "Anna", "", False),
        ("hide", "Anna", "Inte om Halland", True),
    ]


def test_a_picture_needs_right_words_and_an_own_copy(store: Store) -> None:
    """A picture may be shown only with a recorded right, alt text (or a choice of none) and our own copy."""
    made = story(store, media=(picture(alt=None),))
    media_id = made.lead.media[0].id
    by = person(store)
    with store.write() as connection:
        connection.execute(schema.media.update().values(file="ab" * 32))

    def shown() -> bool:
        return get_stories(store, [made.id], public=False)[0].lead.media[0].may_be_shown(Use.WEB, NOW)

    assert not shown()
    set_right(store, media_id, Right.PERMISSION, right_from="Anna på föreningen", by=by, now=NOW)
    assert not shown()
    set_alt(store, media_id, "Tre barn klipper ett band.", by=by, now=NOW)
    assert shown()
    set_right(store, media_id, Right.NONE, by=by, now=NOW)
    assert not shown()


def test_a_permission_names_who_gave_it(store: Store) -> None:
    """A permission from nobody is refused, and names its field."""
    made = story(store, media=(picture(),))
    with pytest.raises(InputError) as refused:
        set_right(store, made.lead.media[0].id, Right.PERMISSION, by=person(store), now=NOW)
    assert refused.value.field == "right_from"


def test_evidence_is_shown_with_the_story(store: Store) -> None:
    """A story attached to a node carries it, and attaching again changes nothing but the reason."""
    made = approved(store)
    for reason in ("första", "andra"):
        attach(store, made.id, node(store), by=person(store), now=NOW, reason=reason)
    shown = find_story(store, made.id, public=True)
    assert shown is not None
    assert [found.code for found in shown.nodes] == ["attraktiv"]
    with store.read() as connection:
        assert connection.execute(select(schema.evidence.c.reason)).scalars().all() == ["andra"]


def test_the_public_revision_rises_with_a_decision(store: Store) -> None:
    """Caches learn of every change that a reader could see."""
    made = story(store)
    before = public_revision(store)
    decide(store, made.id, Action.APPROVE, by=person(store), now=NOW)
    assert public_revision(store) > before


@pytest.mark.parametrize(
    ("asked", "hits"),
    [
        ("cykelvägen", 1),
        ("cykelvagar", 1),
        ("#hallandväxer", 1),
        ('"ny cykelväg"', 1),
        ('"cykelväg ny"', 0),
        ("cykelväg -skogaby", 0),
        ("cykel*", 1),
        ("'; DROP TABLE post; --", 0),
    ],
)
def test_search_knows_swedish_words(store: Store, asked: str, hits: int) -> None:
    """Word forms, missing dots, phrases, left-out words and open ends find the same on both databases."""
    approved(store, text="Ny cykelväg invigd i Skogaby #hallandväxer")
    assert found(store, asked, is_public=True) == hits


def test_the_public_search_does_not_know_authors(store: Store) -> None:
    """A person's name finds nothing in the public search, and the post at the desk."""
    approved(store, author_name="Petronella Sjögren")
    assert found(store, "Petronella", is_public=True) == 0
    assert found(store, "Petronella", is_public=False) == 1


def test_a_thousand_posts_in_one_millisecond_keep_their_own_keys(sqlite_store: Store) -> None:
    """A full millisecond takes the next one; no key is given twice."""
    ingest(sqlite_store, *(candidate(published_at=NOW) for _ in range(1030)))
    with sqlite_store.read() as connection:
        keys = connection.execute(select(schema.post.c.sort_key)).scalars().all()
    assert len(set(keys)) == 1030
    assert max(keys) >> 10 == (min(keys) >> 10) + 1
