"""Two people at one issue, filling it up, the question before it leaves at once, and what an open page shows of it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from builders import approved, node
from campaign.newsletter import IssueItem, IssueState
from campaign.records import Role
from conftest import NOW
from desk import PASSWORD, Running, browser_page, running
from digest import desk as digest_desk
from digest.subscribe import add
from storage.evidence import attach
from storage.issue_edits import edit
from storage.issue_states import set_state
from storage.issues import get_issue, items
from storage.logins import begin_login
from storage.people import add_account, find_account
from storage.store import Actor, Store

TROUBLE = r"422|409|Response Status"
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 320, "height": 700}
BY = Actor(kind="person", account_id=1)


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """A desk with a draft of A, B and C under a focus area."""
    add_account(sqlite_store, "editor", role=Role.EDITOR, password=PASSWORD, now=NOW, email="editor@x.se")
    area = node(sqlite_store)
    for number, name in enumerate("ABC"):
        story(sqlite_store, name, number, area)
    with running(sqlite_store) as found:
        digest_desk.draft_now(sqlite_store, found.settings, "veckobrevet", by=BY, now=NOW)
        yield found


def story(store: Store, name: str, number: int, area: int) -> None:
    made = approved(
        store,
        at=NOW - timedelta(hours=8 - number),
        by=BY,
        author_name=f"Förening {name}",
        text=f"Nummer {name} berättar om skörden. Mer text följer här. #hallandväxer",
    )
    attach(store, made.id, area, by=BY, now=NOW)


def told(site: Running) -> list[IssueItem]:
    return [item for item in items(site.store, 1) if not item.left_out]


def form_of(client: httpx.Client, name: str) -> dict[str, str]:
    """The hidden fields of a form of the editor, by its name."""
    page = client.get("/desk/issues/1").text
    form = next(form for form in re.findall(r"<form\b.*?</form>", page, re.DOTALL) if f'data-form="{name}"' in form)
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


def send(client: httpx.Client, press: str, form: dict[str, str], **data: str) -> httpx.Response:
    return client.post("/desk/issues/1", data=form | {"press": press} | data)


def said(page: Any, words: str) -> None:
    page.locator("#said", has_text=re.compile(words)).wait_for(state="attached")


def subscribe(site: Running, address: str) -> None:
    newsletter = site.settings.newsletters["veckobrevet"]
    add(site.store, newsletter, address, source="Skrev upp sig", language="sv", now=NOW)


def approve(site: Running) -> None:
    subscribe(site, "bo@x.se")
    digest_desk.approve(site.store, site.settings, 1, by=BY, now=NOW)


def test_two_who_write_lose_nothing_although_one_moved_a_story_between(site: Running) -> None:
    """A story moves although the introduction changed; the words begun before it are refused, both are shown."""
    anna, bo = site.client(), site.client()
    began = form_of(anna, "words")
    first = told(site)[0].id
    row = form_of(anna, f"item-{first}")
    send(bo, "words", form_of(bo, "words"), subject="", preview="", intro="Bos ord")
    assert send(anna, "down", row, place="0").status_code == 303
    assert told(site)[1].id == first
    answer = send(anna, "words", began, subject="Annas ämne", preview="", intro="Annas ord")
    assert answer.status_code == 422
    assert "Annas ord</textarea>" in answer.text
    assert re.search(r"Så står det sparat nu:</strong>\s*<span[^>]*>Bos ord<", answer.text)
    assert get_issue(site.store, 1).intro == "Bos ord"


def test_a_field_that_was_not_touched_shows_what_the_other_saved(site: Running) -> None:
    """Refused for one field, the form has theirs in the others, so that saving again writes nothing over."""
    anna, bo = site.client(), site.client()
    began = form_of(anna, "words")
    send(bo, "words", form_of(bo, "words"), subject="Bos ämne", preview="", intro="Bos ord")
    answer = send(anna, "words", began, subject="", preview="", intro="Annas ord")
    assert 'value="Bos ämne"' in answer.text
    assert "Annas ord</textarea>" in answer.text


def test_words_kept_in_the_browser_are_not_saved_over_anothers(site: Running) -> None:
    """Typed, moved beside, reloaded: words know what they were written from, and theirs stands until both are seen."""
    with browser_page(site, viewport=WIDE, expected=TROUBLE) as page:
        page.goto(f"{site.address}/desk/issues/1")
        page.get_by_label("Inledning").fill("Annas ord")
        edit(site.store, 1, by=BY, now=NOW, intro="Bos ord")
        page.locator(f"#down-{told(site)[0].id}").click()
        said(page, "plats 2 av 3")
        page.reload()
        page.locator("#unsaved", has_text="Återställt").wait_for()
        page.locator(f"#down-{told(site)[0].id}").click()
        said(page, "plats 2 av 3")
        page.locator("#save-words").click()
        page.locator("#issue-refused", has_text="Inget har skrivits över").wait_for()
        page.locator("form .theirs", has_text="Bos ord").wait_for()
        assert get_issue(site.store, 1).intro == "Bos ord"
        assert page.get_by_label("Inledning").input_value() == "Annas ord"
        assert page.evaluate("document.activeElement.id") == "issue-refused"
        assert page.evaluate("!!document.activeElement.closest('form[data-form=words]')")
        page.get_by_label("Inledning").fill("Bos och Annas ord")
        page.locator("#save-words").click()
        said(page, "Orden är sparade")
    assert get_issue(site.store, 1).intro == "Bos och Annas ord"


def test_an_issue_leaves_at_once_only_after_a_question(site: Running) -> None:
    """The first press opens to how many; a form without the answer sends nothing; without scripts too."""
    approve(site)
    client = site.client()
    assert send(client, "send_now", form_of(client, "words")).status_code == 404
    assert get_issue(site.store, 1).send_at > NOW
    with browser_page(site, scripts=False, viewport=PHONE) as page:
        page.goto(f"{site.address}/desk/issues/1")
        assert page.locator("#send-now").is_hidden()
        page.locator("#sending-now > summary").click()
        page.locator("#sending-now", has_text="Brevet går genast till 1 prenumerant.").wait_for()
        page.locator("#send-now", has_text="Skicka nu till 1 prenumerant").click()
        page.locator(".notice.said", has_text="Brevet skickas strax.").wait_for()
    assert get_issue(site.store, 1).send_at == NOW


def test_an_open_page_follows_a_sending_by_itself(site: Running) -> None:
    """Due, then sending, then paused elsewhere: the state follows; words and place stay, nothing stale stands above."""
    approve(site)
    with browser_page(site, viewport=WIDE) as page:
        page.goto(f"{site.address}/desk/issues/1?said=approve")
        page.locator(".notice.said", has_text="Godkänd").wait_for()
        page.locator("#sending-now > summary").click()
        page.locator("#send-now").click()
        page.locator(".toast", has_text="Brevet skickas strax").wait_for()
        page.get_by_label("Inledning").fill("Halvskrivet")
        page.locator('[data-looks="words-intro"] p', has_text="Halvskrivet").wait_for()
        top = page.locator("#save-words").evaluate("(each) => each.getBoundingClientRect().top")
        subscribe(site, "cia@x.se")
        page.locator("#issue-standing", has_text="till 2 prenumeranter").wait_for()
        assert page.get_by_label("Inledning").input_value() == "Halvskrivet"
        assert abs(page.locator("#save-words").evaluate("(each) => each.getBoundingClientRect().top") - top) < 2
        set_state(site.store, 1, IssueState.SENDING, expect=(IssueState.APPROVED,), by=BY, now=NOW)
        page.locator("#press-pause").wait_for()
        assert page.locator(".notice.said").count() == 0
        assert page.locator("#unsaved [data-unsaved-text]").input_value() == "Halvskrivet"
        set_state(site.store, 1, IssueState.PAUSED, expect=(IssueState.SENDING,), by=BY, now=NOW)
        page.locator("#press-resume").wait_for()


def test_what_was_said_is_not_said_above_another_state(site: Running) -> None:
    """An address that tells of an approval tells nothing once the approval is gone."""
    approve(site)
    client = site.client()
    assert "Godkänd. Brevet skickas på utsatt tid." in client.get("/desk/issues/1?said=approve").text
    digest_desk.withdraw(site.store, 1, by=BY, now=NOW)
    assert "Godkänd. Brevet skickas på utsatt tid." not in client.get("/desk/issues/1?said=approve").text


def test_stories_approved_since_are_put_in_on_the_issues_own_page(site: Running) -> None:
    """How many wait is told; one press puts them in, keeps a time of one's own, and is no news to who pressed."""
    client = site.client()
    assert "Fyll på utkastet" not in client.get("/desk/issues/1").text
    at = NOW + timedelta(days=3)
    digest_desk.reschedule(site.store, site.settings, 1, at, by=BY, now=NOW)
    story(site.store, "D", 4, 1)
    site.now = NOW + timedelta(minutes=1)
    page = client.get("/desk/issues/1").text
    assert "1 godkänd berättelse väntar på plats i brevet." in page
    send(client, "fill", form_of(client, "words"))
    page = client.get("/desk/issues/1").text
    assert len(told(site)) == 4
    assert get_issue(site.store, 1).send_at == at
    assert "sedan du tittade" not in page
    assert "väntar på plats" not in page


def test_a_press_on_a_phone_leaves_the_view_where_it_is(site: Running) -> None:
    """Saving and moving do not throw the page to the preview below."""
    with browser_page(site, viewport=PHONE) as page:
        page.goto(f"{site.address}/desk/issues/1")
        for selector, words in (("#save-words", "Orden är sparade"), (f"#down-{told(site)[0].id}", "plats 2 av 3")):
            page.get_by_label("Inledning").fill("Nya ord" + selector)
            page.locator('[data-looks="words-intro"] p', has_text="Nya ord").wait_for()
            page.locator(selector).scroll_into_view_if_needed()
            at = page.locator(selector).evaluate("(each) => each.getBoundingClientRect().top")
            page.locator(selector).click()
            said(page, words)
            page.wait_for_timeout(600)
            assert abs(page.locator(selector).evaluate("(each) => each.getBoundingClientRect().top") - at) < 40


def test_a_press_is_seen_as_done_and_spoken_once(site: Running) -> None:
    """A receipt stands in sight, and in one live region."""
    with browser_page(site, viewport=WIDE) as page:
        page.goto(f"{site.address}/desk/issues/1")
        page.locator(f"#out-{told(site)[0].id}").click()
        page.locator("#toasts .toast", has_text="Borttagen ur brevet.").wait_for(state="visible")
        assert page.locator("[role=status], [role=alert]").filter(has_text="Borttagen ur brevet.").count() == 1


def test_shortening_begins_from_the_authors_words(site: Running) -> None:
    """A button fills the field with the original, which counts as typed and not as saved."""
    item = told(site)[0].id
    with browser_page(site, viewport=WIDE) as page:
        page.goto(f"{site.address}/desk/issues/1")
        page.locator(f"#edit-{item}").click()
        page.locator(f'[data-begin="item-{item}-text"]').click()
        assert "berättar om skörden. Mer text" in page.locator(f"#item-{item}-text").input_value()
        page.locator("#unsaved", has_text="Inte sparat än").wait_for()


def test_a_test_letter_without_an_address_leads_to_the_account(site: Running) -> None:
    """The refusal names the page where the address is written."""
    add_account(site.store, "utan", role=Role.EDITOR, password=PASSWORD, now=NOW)
    client = site.client()
    client.cookies.clear()
    account = find_account(site.store, "utan")
    assert account is not None
    client.cookies.set("skord", begin_login(site.store, account.id, now=NOW), domain="127.0.0.1", path="/desk")
    answer = send(client, "test", form_of(client, "words"))
    assert re.search(r'id="issue-refused".*?href="[^"]*/desk/account', answer.text, re.DOTALL)
