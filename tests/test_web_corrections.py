"""Corrections as readers and editors meet them: at the story's place, at the end, at the desk; nothing hidden leaks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from builders import account, approved, candidate, ingest
from campaign.newsletter import Why
from campaign.periods import Week
from campaign.records import Role, Story
from conftest import NOW
from desk import Running, fields, running
from digest import edition as editions
from digest.letter import to_json
from storage import schema
from storage.corrections import corrections
from storage.decisions import Action, decide
from storage.issue_edits import NewItem, Schedule, save_draft
from storage.issue_states import approve, freeze
from storage.store import JOB, Actor, Store
from storage.undoing import undo

TITLE = "Bron i Laholm öppnar"


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """The whole web of an empty store, two days after its letter left."""
    with running(sqlite_store) as found:
        found.now = NOW + timedelta(days=2)
        yield found


def sent(site: Running, *stories: Story) -> int:
    """The id of an issue that left with these stories, as the digest composes it."""
    by = Actor(kind="person", account_id=account(site.store))
    issue = save_draft(
        site.store, campaign="hallandvaxer", newsletter="veckobrevet", selection={}, by=JOB, now=NOW,
        schedule=Schedule(week=Week(year=2026, number=47), selected_to=NOW, send_at=NOW),
        new=[NewItem(story_id=each.id, section="", position=0, reason=Why(key="approved")) for each in stories],
    )  # fmt: skip
    made = editions.load(site.store, site.settings, issue.id)
    approve(site.store, issue.id, made.content, by=by, now=NOW, changes=issue.changes)
    letter = to_json(made.letter)
    freeze(site.store, issue.id, content=made.content, letter=letter, renders={"master": b"m"}, now=NOW, by=JOB)
    return issue.id


def act(site: Running, story: Story, action: Action) -> str:
    """Decide now; return the press."""
    return decide(
        site.store, story.id, action, by=Actor(kind="person", account_id=account(site.store)), now=site.now
    ).group


def page(site: Running, path: str = "/issues/veckobrevet/1") -> str:
    """A public page."""
    answer = site.client(None).get(path)
    assert answer.status_code == 200
    return answer.text


def test_a_hidden_story_is_told_at_its_place_and_at_the_end(site: Running) -> None:
    """Readers see the day and that something stood there, in both languages, and not one word of it."""
    told, other = approved(site.store, title=TITLE), approved(site.store)
    sent(site, told, other)
    assert "Rättelse" not in page(site)
    act(site, told, Action.HIDE)
    swedish, english = page(site), page(site, "/en/issues/veckobrevet/1")
    assert swedish.count("Rättelse 22 november 2026:") == 2
    assert "Berättelsen som stod här visas inte längre." in swedish
    assert english.count("Correction 22 November 2026:") == 2
    assert TITLE not in swedish + english
    assert f'href="#story-{told.id}"' in swedish
    assert f'id="story-{told.id}"' in swedish


def test_what_comes_back_is_told_too(site: Running) -> None:
    """The story stands there again, with both lines below it."""
    told = approved(site.store, title=TITLE)
    sent(site, told)
    undo(site.store, act(site, told, Action.HIDE), by=JOB, now=site.now + timedelta(days=1))
    shown = page(site)
    assert TITLE in shown
    assert "Rättelse 23 november 2026:</strong> <span>Berättelsen visas åter." in shown


def test_the_web_copy_has_the_words_in_force(site: Running) -> None:
    """Approved new words stand in the web copy with a correction; the older ones are in the sent letter alone."""
    told = approved(site.store, title=TITLE, text="Den öppnar i maj, säger kommunen.")
    sent(site, told)
    ingest(site.store, candidate(identity=told.lead.identity, title=TITLE, text="Den öppnar i juni i stället."))
    assert "i maj" in page(site)
    act(site, told, Action.APPROVE)
    shown = page(site)
    assert "Den öppnar i juni i stället." in shown
    assert "i maj" not in shown
    assert "Texten har ändrats sedan brevet skickades." in shown


def test_an_editor_writes_the_words(site: Running) -> None:
    """On the story's page at the desk: readers get them instead; a reviewer may not, and a hidden title is refused."""
    told = approved(site.store, title=TITLE)
    issue = sent(site, told)
    act(site, told, Action.HIDE)
    (line,) = corrections(site.store, issue)
    path, client = f"/desk/corrections/{line.id}", site.client(Role.EDITOR)
    for where in (f"/desk/stories/{told.id}", f"/desk/issues/{issue}"):
        assert f'action="{path}"' in client.get(where).text
    given = fields(client.get(f"/desk/stories/{told.id}").text, path)
    refused = client.post(path, data=given | {"text": f"«{TITLE}» var fel."})
    assert refused.status_code == 422
    assert "rubriken på det som är dolt" in refused.text
    done = client.post(path, data=given | {"text": "Uppgiften var <b>fel</b>."})
    assert done.headers["location"].endswith(f"/desk/stories/{told.id}?said=corrected")
    assert "Uppgiften var &lt;b&gt;fel&lt;/b&gt;." in page(site)
    reviewer = site.client(Role.REVIEWER)
    assert f'action="{path}"' not in reviewer.get(f"/desk/stories/{told.id}").text
    assert reviewer.post(path, data=given).status_code == 403


def test_the_words_of_a_person_are_marked_as_theirs(site: Running) -> None:
    """On the English page a Swedish sentence of the editor's is announced as Swedish."""
    told = approved(site.store, title=TITLE)
    issue = sent(site, told)
    act(site, told, Action.HIDE)
    (line,) = corrections(site.store, issue)
    client = site.client(Role.EDITOR)
    path = f"/desk/corrections/{line.id}"
    client.post(path, data=fields(client.get(f"/desk/stories/{told.id}").text, path) | {"text": "Fel år."})
    assert re.search(r'<span lang="sv">Fel år\.</span>', page(site, "/en/issues/veckobrevet/1"))


def test_the_told_post_is_what_the_copy_shows(site: Running) -> None:
    """Words whose own post was taken away are gone, also where another post still tells the same story."""
    told = approved(site.store, title=TITLE, text="Vi ses vid bron på lördag klockan tolv, alla är välkomna dit.")
    sent(site, told)
    other = approved(site.store, text="Kort.")
    with site.store.write() as connection:
        connection.execute(update(schema.post).where(schema.post.c.id == other.lead.id).values(story_id=told.id))
    decide(site.store, told.id, Action.HIDE, by=JOB, now=site.now, seen={told.lead.id: told.lead.version_id})
    shown = page(site)
    assert "vid bron" not in shown
    assert "Rättelse 22 november 2026:" in shown
