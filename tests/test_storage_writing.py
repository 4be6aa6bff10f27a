"""Stories written at the desk: stored once, edited in versions, their pictures taken in whole and never believed."""

from __future__ import annotations

import hashlib
import io
import os
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

import builders
from campaign.credit import named
from campaign.errors import ConflictError, InputError, NotFoundError
from campaign.records import Review
from campaign.writing import Draft, DraftPicture, as_html, kind_of
from conftest import NOW
from storage.decisions import Action, decide
from storage.posts import get_post
from storage.rights import set_alt
from storage.store import Actor, Store
from storage.stories import find_ids, find_story
from storage.trail import trail
from storage.uploads import drop_upload, has_upload, read_upload, sweep_uploads, take_upload
from storage.versions import versions
from storage.writing import Outcome, Written, get_written, rewrite, write

JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 40


def draft(**changes: Any) -> Draft:
    """A story with title, text and the organisation's name."""
    made: dict[str, Any] = {
        "title": "Ny brygga i Gullbrandstorp",
        "text": "Nu går det att bada från rullstol.\n\nLäs mer på https://www.exempel.se/brygga.",
        "author": "Region Halland",
    }
    return Draft(**(made | changes))


def person(store: Store, name: str = "anna") -> Actor:
    """Somebody with an account."""
    return Actor(kind="person", account_id=builders.account(store, name=name))


def wrote(store: Store, given: Draft | None = None, *, press: str = "", **more: Any) -> Written:
    """Save a story."""
    return write(
        store, "hallandvaxer", given or draft(), by=person(store), now=more.pop("now", NOW),
        press=press or uuid.uuid4().hex, language="sv", **more,
    )  # fmt: skip


def upload(store: Store, body: bytes = JPEG, name: str = "brygga.jpg") -> str:
    """Take in a file."""
    return take_upload(store, io.BytesIO(body), name=name)


def test_a_written_story_waits_like_all_others(store: Store) -> None:
    """It is a post without source or address, named by who wrote it, found by its words, and public for nobody."""
    done = wrote(store)
    story = find_story(store, done.story_id, public=False)
    assert story is not None
    assert (story.review, story.waiting, story.lead.network, story.lead.source, story.lead.url) == (
        Review.NEW, True, "desk", "", "",
    )  # fmt: skip
    assert story.lead.identity.startswith("written:")
    assert named(story.lead, None) == "Region Halland"
    assert find_ids(store, "hallandvaxer", query="rullstol") == [done.story_id]
    assert find_story(store, done.story_id, public=True) is None
    assert [line.action for line in trail(store, story_id=done.story_id)] == ["wrote"]


def test_the_same_press_stores_nothing_twice(store: Store) -> None:
    """A form that is sent again is the same story; with other words it is a new version of it."""
    press = uuid.uuid4().hex
    first = wrote(store, press=press)
    again = wrote(store, press=press, now=NOW + timedelta(minutes=5))
    other = wrote(store, draft(text="Med bättre ord."), press=press, now=NOW + timedelta(minutes=6))
    assert (again.post_id, again.version_id, again.outcome) == (first.post_id, first.version_id, Outcome.SAME)
    assert (other.post_id, other.outcome) == (first.post_id, Outcome.CHANGED)
    assert len(find_ids(store, "hallandvaxer")) == 1


def test_an_approved_text_stays_until_the_new_one_is_approved(store: Store) -> None:
    """Editing makes a version that waits; readers go on with what was approved."""
    done = wrote(store)
    decide(store, done.story_id, Action.APPROVE, by=person(store), now=NOW)
    edited = replace(done.draft, text="Bryggan är stängd i dag.")
    after = rewrite(store, done.post_id, edited, version_id=done.version_id, by=person(store), now=NOW, language="sv")
    public = find_story(store, done.story_id, public=True)
    desk = find_story(store, done.story_id, public=False)
    assert after.outcome is Outcome.CHANGED
    assert public is not None
    assert public.lead.text == draft().text
    assert desk is not None
    assert desk.waiting
    assert desk.lead.text == "Bryggan är stängd i dag."
    assert [each.number for each in versions(store, [done.post_id])[done.post_id]] == [2, 1]
    assert trail(store, story_id=done.story_id)[0].action == "rewrote"


def test_who_edits_an_older_text_is_told(store: Store) -> None:
    """The second of two who edit the same text changes nothing before they have seen the other's."""
    done = wrote(store)
    bertil = person(store, "bertil")
    theirs = replace(done.draft, title="Bertils rubrik")
    rewrite(store, done.post_id, theirs, version_id=done.version_id, by=bertil, now=NOW, language="sv")
    with pytest.raises(ConflictError, match="writing_changed"):
        rewrite(
            store, done.post_id, replace(done.draft, title="Annas rubrik"), version_id=done.version_id,
            by=person(store), now=NOW, language="sv",
        )  # fmt: skip
    now = get_written(store, done.post_id)
    assert (now.draft.title, now.author_id) == ("Bertils rubrik", bertil.account_id)


def test_a_late_repeat_never_overwrites_a_colleague(store: Store) -> None:
    """The first press sent again with other words is refused once somebody has edited the story."""
    press = uuid.uuid4().hex
    done = wrote(store, press=press)
    theirs = replace(done.draft, title="Bertils rubrik")
    rewrite(store, done.post_id, theirs, version_id=done.version_id, by=person(store, "bertil"), now=NOW, language="sv")
    with pytest.raises(ConflictError, match="writing_changed"):
        wrote(store, draft(title="Annas rubrik"), press=press)
    assert get_written(store, done.post_id).draft.title == "Bertils rubrik"


def test_saving_what_stands_makes_no_version(store: Store) -> None:
    """A form that is saved as it was opened leaves version, trail and counter alone."""
    done = wrote(store)
    stood = find_story(store, done.story_id, public=False)
    again = rewrite(
        store, done.post_id, done.draft, version_id=done.version_id, by=person(store), now=NOW, language="sv"
    )
    assert again.outcome is Outcome.SAME
    assert find_story(store, done.story_id, public=False) == stood


def test_a_past_date_orders_the_story(store: Store) -> None:
    """A story about what happened earlier stands at its own date."""
    then = NOW - timedelta(days=400)
    done = wrote(store, draft(published_at=then))
    post = get_post(store, done.post_id)
    assert post is not None
    assert post.published_at == then


def test_pictures_are_our_own(store: Store) -> None:
    """An uploaded picture has the right "own", the words that were written for it, and waits for its copy."""
    one, two = upload(store), upload(store, JPEG + b"2")
    pictures = (DraftPicture(file=one, alt="En brygga."), DraftPicture(file=two, decorative=True))
    done = wrote(store, draft(pictures=pictures))
    post = get_post(store, done.post_id)
    assert post is not None
    assert [(each.url, each.right, each.alt, each.decorative, each.file) for each in post.media] == [
        (f"upload:{one}", "own", "En brygga.", False, None),
        (f"upload:{two}", "own", None, True, None),
    ]
    assert [each.file for each in done.draft.pictures] == [one, two]


def test_new_words_for_a_picture_make_no_version(store: Store) -> None:
    """What a picture shows is recorded with the picture; the form shows it and saving the text changes nothing."""
    done = wrote(store, draft(pictures=(DraftPicture(file=upload(store), alt="En brygga."),)))
    post = get_post(store, done.post_id)
    assert post is not None
    set_alt(store, post.media[0].id, "En ramp ner i havet.", by=person(store), now=NOW)
    now = get_written(store, done.post_id)
    again = rewrite(store, done.post_id, now.draft, version_id=now.version_id, by=person(store), now=NOW, language="sv")
    assert (now.draft.pictures[0].alt, again.outcome) == ("En ramp ner i havet.", Outcome.SAME)


def test_what_cannot_be_saved_is_said(store: Store) -> None:
    """A story without a word, one with a picture that is not here, and a node of nobody's are refused whole."""
    for wrong, key in ((draft(title=" ", text="\n"), "writing_wordless"),
                       (draft(pictures=(DraftPicture(file="a" * 64),)), "upload_lost")):  # fmt: skip
        with pytest.raises(InputError, match=key):
            wrote(store, wrong)
    with pytest.raises(NotFoundError):
        wrote(store, nodes=[4711])
    assert find_ids(store, "hallandvaxer", review="all") == []


def test_a_node_is_attached_with_the_story(store: Store) -> None:
    """A story is evidence for what its writer chose, in the trail like every other."""
    node = builders.node(store)
    done = wrote(store, nodes=[node, node])
    story = find_story(store, done.story_id, public=False)
    assert story is not None
    assert [each.id for each in story.nodes] == [node]
    assert [line.action for line in trail(store, story_id=done.story_id)] == ["attach", "wrote"]


def test_only_what_was_written_here_can_be_edited(store: Store) -> None:
    """Other people's words are never changed at the desk."""
    story = builders.story(store)
    with pytest.raises(NotFoundError):
        rewrite(
            store, story.lead.id, draft(), version_id=story.lead.version_id, by=person(store), now=NOW, language="sv"
        )


def test_addresses_become_links_and_nothing_else_does() -> None:
    """Written words become paragraphs and lines; an address loses the sentence's end, and markup is words."""
    assert as_html("Hej <b>du</b>\nrad\n\n  \n(se https://a.se/x_(y)?b=1&c=2). javascript:alert(1)") == (
        '<p>Hej &lt;b&gt;du&lt;/b&gt;<br>rad</p><p>(se <a href="https://a.se/x_(y)?b=1&amp;c=2">'
        "https://a.se/x_(y)?b=1&amp;c=2</a>). javascript:alert(1)</p>"
    )


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (b"", "upload_empty"),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "upload_svg"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "upload_heic"),
        (b"GIF89a<html><script>alert(1)</script>", "upload_kind"),
        (b"PK\x03\x04 a zip that is called .jpg", "upload_kind"),
        (b"%PDF-1.7", "upload_kind"),
    ],
)
def test_a_file_of_another_kind_is_refused_by_its_bytes(sqlite_store: Store, body: bytes, key: str) -> None:
    """What a file is called says nothing: its first bytes decide, and nothing of a refused one stays."""
    with pytest.raises(InputError, match=key):
        upload(sqlite_store, body, "semester.jpg")
    folder = sqlite_store.media / "incoming"
    assert not folder.exists() or list(folder.iterdir()) == []


def test_a_file_that_is_too_large_leaves_nothing(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is cut off while it comes in, and its beginning is removed."""
    monkeypatch.setattr("storage.uploads.MOST_BYTES", 1_000_000)
    with pytest.raises(InputError, match="upload_large"):
        upload(sqlite_store, JPEG + b"\0" * 3_000_000)
    assert list((sqlite_store.media / "incoming").iterdir()) == []


def test_a_file_is_named_by_its_content(sqlite_store: Store) -> None:
    """A name with a path in it leads nowhere: the file lies under its own hash."""
    name = upload(sqlite_store, name="../../../etc/passwd")
    assert name == hashlib.sha256(JPEG).hexdigest()
    assert [path.name for path in (sqlite_store.media / "incoming").iterdir()] == [name]
    assert read_upload(sqlite_store, "../" + name) is None
    assert not has_upload(sqlite_store, "../../secret")


def test_kinds_are_known_by_their_first_bytes() -> None:
    """JPEG, PNG and WebP are taken in."""
    known = (JPEG, b"\x89PNG\r\n\x1a\n....", b"RIFF\x10\0\0\0WEBPVP8 ")
    assert [str(kind_of(start)) for start in known] == ["jpeg", "png", "webp"]


def test_old_files_of_no_story_are_swept(store: Store) -> None:
    """After a day a file goes that no picture waits for; one that a story waits for stays, however old."""
    kept, left, fresh = upload(store), upload(store, JPEG + b"left"), upload(store, JPEG + b"fresh")
    wrote(store, draft(pictures=(DraftPicture(file=kept, alt="x"),)))
    old = (NOW - timedelta(days=2)).timestamp()
    for name in (kept, left):
        os.utime(store.media / "incoming" / name, (old, old))
    os.utime(store.media / "incoming" / fresh, (NOW.timestamp(), NOW.timestamp()))
    assert sweep_uploads(store, now=NOW) == 1
    assert [has_upload(store, name) for name in (kept, left, fresh)] == [True, False, True]
    drop_upload(store, kept)
    assert has_upload(store, kept)
