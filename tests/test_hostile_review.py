"""People at the desk who want more than they may, and strangers who want its time."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import insert, update

from builders import account, candidate, judge, newest, story
from campaign.errors import InputError
from campaign.excerpts import picked_span, span_between
from campaign.flags import Flag
from campaign.records import Review, Role
from campaign.rules import Conditions, Effect, Rule
from campaign.settings import CampaignSettings
from conftest import HALLAND, NOW
from desk import PASSWORD, Running, fields, running
from storage import schema
from storage.bulk import Deed, Press, Why, decide_many, examine
from storage.decisions import Action, decide
from storage.flags import set_flag
from storage.ingest import _ingest
from storage.logins import FREE_FAILURES, begin_login
from storage.memberships import set_membership
from storage.merging import join
from storage.people import add_account
from storage.rules import add_rule
from storage.ruling import apply_to_waiting
from storage.store import JOB, Actor, Store, sync_campaigns
from storage.stories import find_story
from storage.trust import trust_source
from web.desk.differences import Piece, differences

OTHER = CampaignSettings(id="annan", name="Den andra", hashtags=("#annan",))


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """The whole web of a store with two campaigns, on a socket."""
    campaigns = {HALLAND.id: HALLAND, OTHER.id: OTHER}
    sync_campaigns(sqlite_store, campaigns.values(), now=NOW)
    with running(sqlite_store, campaigns=campaigns) as found:
        yield found


def person(store: Store, name: str) -> Actor:
    return Actor(kind="person", account_id=account(store, name=name))


def partner(site: Running) -> httpx.Client:
    """A browser of an editor of the other campaign alone."""
    made = add_account(site.store, "partner", role=Role.NONE, password=PASSWORD, now=NOW, by=JOB)
    set_membership(site.store, made.id, OTHER.id, Role.EDITOR, now=NOW, by=JOB)
    client = site.client(None)
    client.cookies.set("skord", begin_login(site.store, made.id, now=NOW), domain="127.0.0.1", path="/desk")
    return client


def test_a_press_about_many_tells_no_title_of_another_campaign(site: Running) -> None:
    """However a form writes the number of a foreign story, its title is on no page that answers."""
    strange = story(site.store, title="Hemlig nyhet i Laholm").id
    with site.store.write() as connection:
        mine = candidate(title="Egen nyhet")
        _ingest(connection, campaign=OTHER.id, source_id=None, candidates=[mine], judge=judge, now=NOW)
    client = partner(site)
    token = fields(client.get("/desk/account").text, "/desk/logout")
    for path, form in (
        (f"/desk/bulk/{'1' * 32}", {"press": "hide", "marks": f"{strange}.000000000000"}),
        (f"/desk/bulk/{'2' * 32}", {"press": "attach", "marks": f"{strange}.000000000000"}),
        ("/desk/bulk", {"press": "hide", f"story- {strange}": "000000000000"}),
    ):
        answer = client.post(path, data=token | form, follow_redirects=True)
        assert "Hemlig nyhet" not in answer.text, (path, form)
        assert answer.status_code == 404, (path, form)


def test_a_colleagues_flag_is_not_ones_own_by_way_of_a_join(store: Store) -> None:
    """Who flags another story and joins the two clears a colleague's flag all the same: they cannot approve alone."""
    anna, bo = person(store, "anna"), person(store, "bo")
    hers, his = story(store), story(store)
    set_flag(store, hers.id, Flag.CHILD, on=True, by=anna, now=NOW)
    set_flag(store, his.id, Flag.CHILD, on=True, by=bo, now=NOW)
    both = join(store, hers.id, his.id, by=bo, now=NOW).story_id
    set_flag(store, both, Flag.CHILD, on=False, by=bo, now=NOW)
    assert decide(store, both, Action.APPROVE, by=bo, now=NOW).action == "approve_first"
    assert find_story(store, both, public=True) is None


def test_what_waits_for_another_is_left_out_among_many(store: Store) -> None:
    """A story whose flag one has cleared oneself is named as one for two people, and stops none of the others."""
    anna, bo = person(store, "anna"), person(store, "bo")
    cleared, plain = story(store), story(store)
    set_flag(store, cleared.id, Flag.CHILD, on=True, by=anna, now=NOW)
    set_flag(store, cleared.id, Flag.CHILD, on=False, by=bo, now=NOW)
    decide(store, cleared.id, Action.APPROVE, by=bo, now=NOW)
    marks, _ = examine(store, [cleared.id, plain.id], Deed.APPROVE)
    press = Press(bulk=uuid.uuid4().hex, campaign=HALLAND.id, deed=Deed.APPROVE)
    done = decide_many(store, press, marks, by=bo, now=NOW)
    assert (done.stories, done.left) == ((plain.id,), {Why.FLAGGED: (cleared.id,)})


def test_the_old_password_is_not_guessed_without_end(site: Running) -> None:
    """Wrong old passwords count like those at the login: after too many not even the right one is taken."""
    client = site.client(Role.REVIEWER)
    form = fields(client.get("/desk/account").text, "/desk/account/password")
    new = {"password": "en helt annan skördetid"}
    for _ in range(FREE_FAILURES):
        assert client.post("/desk/account/password", data=form | new | {"old_password": "gissning"}).status_code == 422
    answer = client.post("/desk/account/password", data=form | new | {"old_password": PASSWORD})
    assert answer.status_code == 422


def test_a_text_made_to_be_slow_is_compared_whole() -> None:
    """Two long texts of the same few signs are not compared sign by sign, which would take minutes."""
    chance = random.Random(1)
    before, after = ("".join(chance.choice(".,") for _ in range(3_000)) for _ in range(2))
    found = differences(f"Vi ses {before} i Laholm", f"Vi ses {after} i Laholm")
    assert len(found) < 10
    assert "".join(piece.text for piece in found if piece.how != "new") == f"Vi ses {before} i Laholm"
    assert "".join(piece.text for piece in found if piece.how != "gone") == f"Vi ses {after} i Laholm"


def test_a_word_changed_in_a_monotonous_text_is_still_found() -> None:
    """What is alike before and behind a change is not compared at all, so that a long list shows its one change."""
    before, after = "ja, " * 3_000 + "nej" + " ja," * 1_000, "ja, " * 3_000 + "jo" + " ja," * 1_000
    assert [piece for piece in differences(before, after) if piece.how != "same"] == [
        Piece(how="gone", text="nej"),
        Piece(how="new", text="jo"),
    ]


def test_words_longer_than_any_excerpt_are_not_looked_for() -> None:
    """Somebody who sends thousands of words as a selection is told that it is too long, before a text is searched."""
    text = "a " * 10_000
    for find in (lambda: picked_span(text, "a " * 5_000 + "b", 0), lambda: span_between(text, "a " * 5_000 + "b", "")):
        with pytest.raises(InputError, match="excerpt_long"):
            find()


def test_pictures_are_taken_in_of_nobody_who_may_not_write(site: Running) -> None:
    """Of a reader, and of who has not logged in, a form with files is not read: its broken end is never come to."""
    broken = b"--x\r\nContent-Disposition: form-data\r\n\r\n"
    headers = {"content-type": "multipart/form-data; boundary=x"}
    reader = site.client(Role.READER).post("/desk/stories/pictures", content=broken, headers=headers)
    nobody = site.client(None).post("/desk/subscribers/import", content=broken, headers=headers)
    assert (reader.status_code, nobody.status_code) == (403, 303)


def test_a_second_person_approves_by_saving_too(site: Running) -> None:
    """Saving and approving is each person's own press: the second approval of a flagged story is not lost."""
    one, two = site.client(Role.EDITOR), site.client(Role.REVIEWER)
    page = one.get("/desk/stories/new").text
    words = {"title": "Nytt bad", "text": "Badet i Laholm öppnar.", "author": "Region Halland"}
    one.post("/desk/stories/new", data=fields(page, "/desk/stories/new") | words | {"press": "save"})
    made = newest(site.store)[0]
    set_flag(site.store, made.id, Flag.CHILD, on=True, by=person(site.store, "anna"), now=NOW)
    where = f"/desk/posts/{made.lead.id}/write"
    for client in (one, two):
        form = fields(client.get(where).text, where)
        client.post(where, data=form | words | {"press": "approve"})
    assert newest(site.store)[0].review is Review.APPROVED


def test_a_flag_set_while_a_rule_publishes_is_seen_by_it(store: Store) -> None:
    """A rule that is put to what waits while somebody sets a flag waits for them, and publishes nothing flagged."""
    anna = person(store, "anna")
    with store.write() as connection:
        values = {"cursor": {}, "next_attempt_at": NOW, "created_at": NOW, "settings_hash": ""}
        connection.execute(insert(schema.source).values(id="egen", kind="feed", campaigns=[HALLAND.id], **values))
        arrived = candidate()
        _ingest(connection, campaign=HALLAND.id, source_id="egen", candidates=[arrived], judge=judge, now=NOW, own=True)
    trust_source(store, "egen", trusted=True, campaign=HALLAND.id, by=anna, now=NOW)
    asked = Rule(id=0, name="Egna", conditions=Conditions(own=True), effect=Effect.PUBLISH, facts={})
    rule_id = add_rule(store, HALLAND.id, asked, by=anna, now=NOW)
    made = newest(store)[0]
    press = threading.Thread(
        target=apply_to_waiting, args=(store, rule_id), kwargs={"own": ["egen"], "by": anna, "now": NOW}
    )
    with store.write() as connection:
        connection.execute(update(schema.story).where(schema.story.c.id == made.id).values(flags=[str(Flag.CHILD)]))
        press.start()
        press.join(timeout=1)
    press.join()
    assert newest(store)[0].review is Review.NEW
