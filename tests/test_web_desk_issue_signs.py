"""The signs around an issue at the desk: changes by others, voices, silence, sources, pictures, and the preview."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import update

from builders import account, approved, candidate, ingest, node, picture
from campaign.newsletter import IssueItem
from campaign.records import PostState, Right, Role
from conftest import NOW
from desk import PASSWORD, Running, fields, running
from digest import desk as digest_desk
from storage import schema
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.issues import items
from storage.media import set_file
from storage.people import add_account
from storage.rights import Grant, describe
from storage.store import Actor, Store

NEWSLETTER = "veckobrevet"


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """A desk with a draft of five stories: three by one sender, one of them with a picture, two under a focus area."""
    made_by = add_account(sqlite_store, "editor", role=Role.EDITOR, password=PASSWORD, now=NOW, email="editor@x.se")
    by = Actor(kind="person", account_id=made_by.id)
    area = node(sqlite_store)
    node(sqlite_store, code="hallbar", title="En hållbar region", position=1)
    for number, name in enumerate("ABCDE"):
        who = "Region Halland" if name in "ABC" else f"Förening {name}"
        made = approved(
            sqlite_store,
            at=NOW - timedelta(hours=9 - number),
            by=by,
            identity=f"https://exempel.social/{name}",
            author_name=who,
            author_handle=who.replace(" ", "").casefold(),
            text=f"Nummer {name} berättar om skörden. Mer text följer här. #hallandväxer",
            media=(picture(alt=None),) if name == "A" else (),
        )
        if name in "AB":
            attach(sqlite_store, made.id, area, by=by, now=NOW)
    with running(sqlite_store) as found:
        digest_desk.draft_now(sqlite_store, found.settings, NEWSLETTER, by=by, now=NOW)
        yield found


def told(site: Running, name: str) -> IssueItem:
    """The item of the story that names this letter."""
    with site.store.read() as connection:
        post = schema.post.c
        query = schema.post.select().with_only_columns(post.story_id)
        story = connection.execute(query.where(post.identity == f"https://exempel.social/{name}")).scalar()
    return next(item for item in items(site.store, 1) if item.story_id == story)


def press(site: Running, client: httpx.Client, press: str, **data: str) -> httpx.Response:
    """Send one form of the editor's page as a browser would."""
    form = fields(client.get("/desk/issues/1").text, "/desk/issues/1")
    answer = client.post("/desk/issues/1", data=form | {"press": press} | data)
    assert answer.status_code == 303, answer.text
    return answer


def words_of(page: str) -> str:
    """A page's words in one line, without its elements."""
    plain = re.sub(r"<[^>]+>", " ", page)
    return " ".join(plain.replace("&#39;", "'").split())


def test_a_loud_voice_is_told_and_blocks_nothing(site: Running) -> None:
    """Three of five by one sender stand in a sentence and a table, and the issue can be approved all the same."""
    client = site.client()
    page = words_of(client.get("/desk/issues/1").text)
    assert "Region Halland står för 3 av 5 berättelser." in page
    assert "Ingen står för mer än en tredjedel." not in page
    press(site, client, "approve")


def test_no_loud_voice_is_a_calm_sentence(site: Running) -> None:
    """Without two of the three there is nothing to point out."""
    client = site.client()
    for name in "AB":
        press(site, client, "out", item=str(told(site, name).id))
    assert "Ingen står för mer än en tredjedel." in words_of(client.get("/desk/issues/1").text)


def test_two_stories_by_two_are_not_said_to_be_a_third_each(site: Running) -> None:
    """Where each has half of the issue the page says what is true of it."""
    client = site.client()
    for name in "ABC":
        press(site, client, "out", item=str(told(site, name).id))
    page = words_of(client.get("/desk/issues/1").text)
    assert "Ingen står för mer än en berättelse." in page
    assert "en tredjedel" not in page


def test_a_silent_area_is_named_with_a_story_that_could_tell(site: Running) -> None:
    """An area without a story is silent; an approved story attached to it is offered and put in by its button."""
    client = site.client()
    assert "En hållbar region (aldrig)" in words_of(client.get("/desk/issues/1").text)
    by = Actor(kind="person", account_id=account(site.store, name="editor"))
    long_ago = NOW - timedelta(weeks=20)
    late = approved(site.store, at=NOW, by=by, text="Havsvind #hallandväxer", published_at=long_ago)
    attach(site.store, late.id, node(site.store, code="hallbar"), by=by, now=NOW)
    page = client.get("/desk/issues/1").text
    silence = words_of(page[page.index('id="silence"') :].partition("</details>")[0])
    assert "tyst i 20 veckor" in silence
    assert "Havsvind" in silence
    press(site, client, "add", story=str(late.id))
    assert 'id="silence"' not in client.get("/desk/issues/1").text


def test_anothers_changes_are_marked_until_they_are_said_to_be_seen(site: Running) -> None:
    """Who did what stands at the item with the words before, over reloads, and goes with the button."""
    mine, theirs = site.client(), site.client(Role.ADMINISTRATOR)
    mine.get("/desk/issues/1")
    site.now += timedelta(minutes=10)
    press(site, theirs, "item", item=str(told(site, "A").id), title="Ny rubrik", text="")
    press(site, theirs, "out", item=str(told(site, "D").id))
    press(site, theirs, "words", subject="Skörden är här", preview="", intro="")
    for _ in range(2):
        page = words_of(mine.get("/desk/issues/1").text)
        assert "3 ändringar sedan du tittade i dag" in page
        assert "Ändrad av administrator" in page
        assert "Borttagen av administrator" in page
        assert "Ämnesraden är ändrad av administrator" in page
    form = fields(mine.get("/desk/issues/1").text, "/desk/issues/1/seen")
    assert mine.post("/desk/issues/1/seen", data=form).status_code == 303
    assert "sedan du tittade" not in words_of(mine.get("/desk/issues/1").text)


def test_ones_own_changes_are_no_news(site: Running) -> None:
    """What a person did themselves is not marked for them, and is for another."""
    mine, theirs = site.client(), site.client(Role.ADMINISTRATOR)
    for client in (mine, theirs):
        client.get("/desk/issues/1")
    site.now += timedelta(minutes=10)
    press(site, mine, "item", item=str(told(site, "A").id), title="Min rubrik", text="")
    assert "sedan du tittade" not in words_of(mine.get("/desk/issues/1").text)
    assert "1 ändring sedan du tittade" in words_of(theirs.get("/desk/issues/1").text)


def test_an_edit_at_the_source_shows_the_difference_until_it_is_approved(site: Running) -> None:
    """The item says so with old and new words and leads to the review; the letter keeps what was approved."""
    edited = candidate(
        identity="https://exempel.social/A", text="Nummer A berättar om potatisen. Mer text följer här. #hallandväxer"
    )
    ingest(site.store, edited, now=NOW + timedelta(hours=1))
    site.now = NOW + timedelta(hours=2)
    client = site.client()
    page = client.get("/desk/issues/1").text
    assert "Ändrad vid källan (Mastodon) för 1 timme sedan." in words_of(page)
    assert re.search(r"<del>.*skörden.*</del>", page)
    assert "potatisen" not in client.get("/desk/issues/1/preview").text
    by = Actor(kind="person", account_id=account(site.store, name="editor"))
    decide(site.store, told(site, "A").story_id, Action.APPROVE, by=by, now=site.now)
    assert "vid källan" not in words_of(client.get("/desk/issues/1").text)


def test_a_post_gone_at_its_source_is_pointed_out(site: Running) -> None:
    """The item says that it was removed, and on top it is counted."""
    item = told(site, "B")
    with site.store.write() as connection:
        mine = schema.post.c.story_id == item.story_id
        connection.execute(update(schema.post).where(mine).values(state=PostState.GONE, missing_at=NOW))
    page = words_of(site.client().get("/desk/issues/1").text)
    assert "Borttagen vid källan (Mastodon)" in page
    assert "1 berättelse har ändrats eller försvunnit vid källan." in page


def test_an_editors_words_that_are_older_than_the_original_are_pointed_out(site: Running) -> None:
    """A shortening made before an edit that was approved since asks to be looked over."""
    client = site.client()
    item = told(site, "A")
    site.now += timedelta(minutes=5)
    press(site, client, "item", item=str(item.id), title="", text="Kort om skörden.")
    ingest(site.store, candidate(identity="https://exempel.social/A", text="Allt var fel. #hallandväxer"),
           now=NOW + timedelta(hours=1))  # fmt: skip
    by = Actor(kind="person", account_id=account(site.store, name="editor"))
    decide(site.store, item.story_id, Action.APPROVE, by=by, now=NOW + timedelta(hours=1))
    site.now = NOW + timedelta(hours=2)
    assert "efter att ni skrev er text" in words_of(client.get("/desk/issues/1").text)


def pictured(site: Running) -> int:
    """Give the picture of story A our own copy and a right; return its id."""
    with site.store.read() as connection:
        media = connection.execute(schema.media.select().with_only_columns(schema.media.c.id)).scalar_one()
    set_file(site.store, media, "ab" * 32, width=800, height=600)
    by = Actor(kind="person", account_id=account(site.store, name="editor"))
    describe(site.store, media, by=by, now=NOW, grant=Grant(right=Right.OWN, right_from="Region Halland"))
    return int(media)


def test_a_picture_says_why_it_is_not_shown(site: Running) -> None:
    """Without a right the item says so, leads to the words that ask for one, and tells what is shown instead."""
    page = site.client().get("/desk/issues/1").text
    assert "Visas inte: ingen rätt" in words_of(page)
    assert "Brevet berättar utan bild." in words_of(page)
    assert re.search(r'href="[^"]*/desk/media/\d+/ask\?back=%2Fdesk%2Fissues%2F1', page)


def test_alt_text_is_written_at_the_item(site: Running) -> None:
    """A picture with a right but no words gets them there, and is shown in the letter at once."""
    media = pictured(site)
    client = site.client()
    page = client.get("/desk/issues/1").text
    assert "Visas inte: bildtext saknas" in words_of(page)
    form = fields(page, f"/desk/issues/1/pictures/{media}")
    done = client.post(f"/desk/issues/1/pictures/{media}", data=form | {"alt": "Tre barn med äpplen"})
    assert done.status_code == 303
    assert f"#item-{told(site, 'A').id}" in done.headers["location"]
    page = client.get("/desk/issues/1").text
    assert "Visas i brevet" in words_of(page)
    assert "Tre barn med äpplen" in words_of(page)


def test_too_long_an_alt_text_is_refused_with_words(site: Running) -> None:
    """Nothing is kept of it and the page says why."""
    media = pictured(site)
    client = site.client()
    form = fields(client.get("/desk/issues/1").text, f"/desk/issues/1/pictures/{media}")
    done = client.post(f"/desk/issues/1/pictures/{media}", data=form | {"alt": "å" * 2001})
    assert (done.status_code, "Visas inte: bildtext saknas" in words_of(done.text)) == (422, True)


def test_a_picture_of_another_story_is_not_worded_here(site: Running) -> None:
    """Only pictures of the issue's own stories can be written about at its items."""
    other = approved(site.store, at=NOW, media=(picture(alt=None),))
    media = other.lead.media[0].id
    client = site.client()
    form = fields(client.get("/desk/issues/1").text, "/desk/issues/1")
    assert client.post(f"/desk/issues/1/pictures/{media}", data=form | {"alt": "x"}).status_code == 404


def test_the_original_stands_beside_its_shortening_with_what_was_chosen(site: Running) -> None:
    """The author's whole text is at hand, and how the letter tells it with its length."""
    page = words_of(site.client().get("/desk/issues/1").text)
    assert "Nummer A berättar om skörden. Mer text följer här. #hallandväxer" in page
    assert "brukligt 460" in page


def test_the_preview_of_a_reader_who_chose_an_area_leaves_the_others_out(site: Running) -> None:
    """Stories under another section are not in it; an area that the strategy has not counts as none."""
    client = site.client()
    area = node(site.store)
    page = client.get(f"/desk/issues/1/preview?area={area}").text
    assert "Nummer A" in page
    assert client.get("/desk/issues/1/preview?area=999999").text == client.get("/desk/issues/1/preview").text
    assert f'<option value="{area}" selected>' in client.get(f"/desk/issues/1?area={area}").text


def test_the_weight_tells_what_takes_the_space(site: Running) -> None:
    """Stories, frame, text part and the whole message stand in words beside the meter."""
    page = words_of(site.client().get("/desk/issues/1").text)
    assert re.search(r"\d+ av 102 kB innan Gmail klipper av\.", page)
    assert re.search(r"5 berättelser [\d,]+ kB Huvud, fot och stilar [\d,]+ kB", page)
    assert re.search(r"Hela brevet [\d,]+ kB", page)


def test_what_is_shown_is_what_is_sent(site: Running) -> None:
    """The plain text of the preview is the message's own, its leave link leading nowhere."""
    page = site.client().get("/desk/issues/1?text=1").text
    assert "Nummer A berättar" in page
    assert "cid:" not in site.client().get("/desk/issues/1/preview").text


def test_the_preview_is_read_in_each_language_of_the_newsletter(sqlite_store: Store, site: Running) -> None:
    """With two languages one is chosen, and what stands around the stories is in it; a third counts as not asked."""
    newsletter = replace(site.settings.newsletters[NEWSLETTER], languages=("sv", "en"))
    with running(sqlite_store, newsletters={NEWSLETTER: newsletter}) as both:
        client = both.client()
        assert '<html lang="en"' in client.get("/desk/issues/1/preview?reads=en").text
        assert '<html lang="sv"' in client.get("/desk/issues/1/preview?reads=de").text
        assert '<option value="en" selected>' in client.get("/desk/issues/1?reads=en").text
