"""What a story goes on from, at the desk: proposed, searched for, set, taken away and undone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from builders import account, approved
from campaign.records import Role
from conftest import NOW
from desk import Running, fields, running
from digest import desk, edition
from digest.letter import to_json
from storage import issue_states, issues
from storage.follows import earlier_of
from storage.places import set_place
from storage.store import JOB, Actor, Store

BEGUN = "Första spadtaget för den nya bron över Nissan. Cyklisterna jublar. #hallandväxer"
OPEN = "Bron över Nissan är färdig och cyklisterna rullar. #hallandväxer"


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """A running site."""
    with running(sqlite_store) as made:
        yield made


def bridge(site: Running) -> tuple[int, int]:
    """A story told in number 1, and a later one of the same place that may go on from it."""
    store = site.store
    by = Actor(kind="person", account_id=account(store))
    begun = approved(store, at=NOW - timedelta(days=8), text=BEGUN, html="", published_at=NOW - timedelta(days=9))
    issue = desk.draft_now(store, site.settings, "veckobrevet", by=JOB, now=NOW - timedelta(days=7))
    letter = edition.load(store, site.settings, issue.id).letter
    changes = issues.get_issue(store, issue.id).changes
    issue_states.approve(store, issue.id, "hash", by=by, now=NOW, changes=changes)
    issue_states.freeze(store, issue.id, content="hash", letter=to_json(letter), renders={}, now=NOW, by=JOB)
    opened = approved(store, at=NOW, text=OPEN, html="", published_at=NOW - timedelta(hours=2))
    for story_id in (begun.id, opened.id):
        set_place(store, story_id, "halmstad", by=by, now=NOW)
    return begun.id, opened.id


def part(page: str) -> str:
    """The part of a story's page that says what it goes on from."""
    found = re.search(r'<section class="parting" id="follows".*?</section>', page, re.DOTALL)
    return found[0] if found else ""


def test_told_story_is_proposed_with_reasons_and_followed_by_a_press(site: Running) -> None:
    """The proposal says place, words and number; pressed, it is set, told on both pages, undone by one press more."""
    begun, opened = bridge(site)
    client = site.client(Role.REVIEWER)
    page = client.get(f"/desk/stories/{opened}").text
    shown = part(page)
    assert "samma plats: Halmstad" in shown
    assert "cyklisterna" in shown
    assert "Berättad i nr 1" in shown
    path = f"/desk/stories/{opened}/follows"
    done = client.post(path, data=fields(page, path) | {"press": "follow"}, follow_redirects=True)
    assert earlier_of(site.store, opened) == [begun]
    assert "lät berättelsen fortsätta på nummer" in done.text
    assert "Kan den fortsätta" not in part(done.text)
    assert "Den här fortsatte med" in part(client.get(f"/desk/stories/{begun}").text)
    gone = client.post(path, data=fields(done.text, path) | {"press": "unfollow"}, follow_redirects=True)
    assert earlier_of(site.store, opened) == []
    assert "Kan den fortsätta" not in part(gone.text), "what a person took away is not proposed again"


def test_earlier_story_is_found_by_words_and_by_number(site: Running) -> None:
    """Approved ones only, never itself; nothing found is said."""
    begun, opened = bridge(site)
    client = site.client(Role.REVIEWER)
    for words in ("spadtaget", str(begun), f"%23{begun}"):
        shown = part(client.get(f"/desk/stories/{opened}?begun={words}").text)
        assert f"/desk/stories/{begun}" in shown, words
    assert "Ingen tidigare berättelse" in part(client.get(f"/desk/stories/{opened}?begun=rullar").text)


@pytest.mark.parametrize(
    ("other", "said"), [("itself", "på sig själv"), ("99999", "finns inte"), ("nonsens", "finns inte")]
)
def test_what_cannot_be_followed_is_said_in_words(site: Running, other: str, said: str) -> None:
    """The page comes back with what is wrong, and nothing is changed."""
    _, opened = bridge(site)
    chosen = str(opened) if other == "itself" else other
    client = site.client(Role.REVIEWER)
    path = f"/desk/stories/{opened}/follows"
    sent = fields(client.get(f"/desk/stories/{opened}").text, path) | {"press": "follow", "other": chosen}
    answer = client.post(path, data=sent, follow_redirects=True)
    assert said in answer.text
    assert earlier_of(site.store, opened) == []


def test_reader_sees_what_is_set_and_no_form(site: Running) -> None:
    """Who may not decide is offered no press."""
    _, opened = bridge(site)
    assert part(site.client(Role.READER).get(f"/desk/stories/{opened}").text) == ""
