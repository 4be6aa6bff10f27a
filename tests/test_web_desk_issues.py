import re
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from builders import account, approved, node
from campaign.newsletter import Issue, IssueItem, IssueState, SubscriberState
from campaign.records import Role
from campaign.settings import MailSettings
from conftest import NOW
from desk import PASSWORD, Running, browser_page, fields, running
from digest import desk as digest_desk
from digest.subscribe import add, count
from servers import MailSink
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.issues import get_issue, items
from storage.people import add_account
from storage.store import Actor, Store

NEWSLETTER = "veckobrevet"


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """A desk with four approved stories (A and B under a focus area, C and D under none) and a draft of them."""
    made_by = add_account(sqlite_store, "editor", role=Role.EDITOR, password=PASSWORD, now=NOW, email="editor@x.se")
    by = Actor(kind="person", account_id=made_by.id)
    area = node(sqlite_store)
    for number, name in enumerate("ABCD"):
        made = approved(
            sqlite_store,
            at=NOW - timedelta(hours=8 - number),
            by=by,
            author_name=f"Förening {name}",
            text=f"Nummer {name} berättar om skörden. Mer text följer här. #hallandväxer",
        )
        if name in "AB":
            attach(sqlite_store, made.id, area, by=by, now=NOW)
    with running(sqlite_store) as found:
        digest_desk.draft_now(sqlite_store, found.settings, NEWSLETTER, by=by, now=NOW)
        yield found


def issue(site: Running) -> Issue:
    return get_issue(site.store, 1)


def told(site: Running) -> list[IssueItem]:
    return [item for item in items(site.store, 1) if not item.left_out]


def press(site: Running, client: httpx.Client, press: str, **data: str) -> httpx.Response:
    """Send one form of the editor's page as a browser would."""
    form = fields(client.get("/desk/issues/1").text, "/desk/issues/1")
    return client.post("/desk/issues/1", data=form | {"press": press} | data)


def test_the_list_says_where_each_issue_stands_and_what_comes(site: Running) -> None:
    """State, time and the coming weeks are told in words."""
    page = site.client().get("/desk/issues").text
    assert "Utkast" in page
    assert "Skickas fredag 27 november kl. 08:00" in page
    assert page.count("brevet skickas") >= 2


def test_words_are_saved_and_stand_in_the_preview(site: Running) -> None:
    """Subject, preview text and introduction are kept; the preview shows the introduction as written."""
    client = site.client()
    press(site, client, "words", subject="  Skörd \n nu ", preview="Tre saker", intro="**Hej** från oss")
    assert (issue(site).subject, issue(site).preview) == ("Skörd nu", "Tre saker")
    assert "<strong>Hej</strong>" in client.get("/desk/issues/1/preview").text.replace(' style=""', "")


def test_stories_are_moved_left_out_and_taken_back(site: Running) -> None:
    """Down, out, back and into another section, each as pressed."""
    client = site.client()
    first, second = [item.id for item in told(site) if item.section == "attraktiv"]
    press(site, client, "down", item=str(first), place="0")
    assert [item.id for item in told(site) if item.section == "attraktiv"] == [second, first]
    press(site, client, "up", item=str(first), place="1")
    assert [item.id for item in told(site) if item.section == "attraktiv"] == [first, second]
    press(site, client, "out", item=str(first))
    assert first not in [item.id for item in told(site)]
    press(site, client, "back", item=str(first))
    assert first in [item.id for item in told(site)]
    press(site, client, "section", item=str(first), section="")
    assert next(item for item in told(site) if item.id == first).section == ""
    assert press(site, client, "section", item=str(first), section="nix").status_code == 404


def test_an_editors_words_for_a_story_and_back_to_its_own(site: Running) -> None:
    """A title and a shortening stand in the letter until the author's words are taken again."""
    client = site.client()
    item_id = told(site)[0].id
    press(site, client, "item", item=str(item_id), title="Vår rubrik", text="Kort sagt.")
    assert "Vår rubrik" in client.get("/desk/issues/1/preview").text
    press(site, client, "own", item=str(item_id))
    assert "Vår rubrik" not in client.get("/desk/issues/1/preview").text


def test_an_approved_story_can_be_added_by_hand(site: Running) -> None:
    """One approved after the draft is found by its words and put into its own section."""
    by = Actor(kind="person", account_id=account(site.store, name="editor"))
    late = approved(site.store, at=NOW, by=by, text="Äppelmust från Getinge #hallandväxer")
    attach(site.store, late.id, node(site.store), by=by, now=NOW)
    client = site.client()
    assert "Äppelmust" in client.get("/desk/issues/1?find=getinge").text
    press(site, client, "add", story=str(late.id))
    assert next(item for item in told(site) if item.story_id == late.id).section == "attraktiv"


def test_approval_is_recorded_and_falls_with_a_change(site: Running) -> None:
    """Approved with who and when; the next edit makes it a draft again and says so."""
    client = site.client()
    assert press(site, client, "approve").status_code == 303
    assert issue(site).state is IssueState.APPROVED
    page = client.get("/desk/issues/1").text
    assert "editor godkände" in page
    press(site, client, "words", subject="Ändrad", preview="", intro="")
    assert issue(site).state is IssueState.DRAFT
    assert "Godkännandet av nr 1 gäller inte längre" in client.get("/desk/issues/1").text


def test_a_refused_approval_says_every_reason(site: Running) -> None:
    """Nothing to tell is told, beside the button, and nothing is approved."""
    client = site.client()
    for item in told(site):
        press(site, client, "out", item=str(item.id))
    answer = press(site, client, "approve")
    assert answer.status_code == 422
    assert "Brevet har 0 berättelser och behöver minst 1." in answer.text
    assert issue(site).state is IssueState.DRAFT


def test_two_editors_do_not_overwrite_each_other(site: Running) -> None:
    """A form that knows an older state is refused with words, and changes nothing."""
    mine, theirs = site.client(), site.client()
    form = fields(mine.get("/desk/issues/1").text, "/desk/issues/1")
    press(site, theirs, "words", subject="Deras", preview="", intro="")
    answer = mine.post("/desk/issues/1", data=form | {"press": "words", "subject": "Min"})
    assert answer.status_code == 422
    assert "Någon har ändrat utgåvan" in answer.text
    assert issue(site).subject == "Deras"


def test_a_story_hidden_meanwhile_is_marked(site: Running) -> None:
    """Its row says that it cannot be shown, and the letter does not tell it."""
    by = Actor(kind="person", account_id=account(site.store, name="editor"))
    gone = told(site)[0].story_id
    decide(site.store, gone, Action.HIDE, by=by, now=NOW)
    client = site.client()
    assert "Visas inte: berättelsen är inte längre godkänd." in client.get("/desk/issues/1").text
    assert f"/stories/{gone}" not in client.get("/desk/issues/1/preview").text


def test_the_preview_is_shown_in_every_way_and_can_run_nothing(site: Running) -> None:
    """Dark, without pictures and as plain text; its own policy forbids scripts and other hosts."""
    client = site.client()
    answer = client.get("/desk/issues/1/preview")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "sandbox allow-same-origin" in policy
    assert "@media not all" in answer.text
    assert "@media all" in client.get("/desk/issues/1/preview?dark=1").text
    assert not re.search(r'<img[^>]*src="(?!data:)', client.get("/desk/issues/1/preview?bare=1").text)
    assert "Nummer A berättar" in client.get("/desk/issues/1?text=1").text
    assert "frame-src 'self'" in client.get("/desk/issues/1").headers["content-security-policy"]


def test_another_time_is_set_and_a_past_one_refused(site: Running) -> None:
    """A chosen time is understood in the site's zone."""
    client = site.client()
    press(site, client, "reschedule", send_at="2026-11-30T09:30")
    assert issue(site).send_at.isoformat() == "2026-11-30T08:30:00+00:00"
    assert "Den tiden har redan varit." in press(site, client, "reschedule", send_at="2020-01-01T00:00").text
    assert "Tiden gick inte att förstå." in press(site, client, "reschedule", send_at="snart").text


def test_a_test_letter_goes_to_oneself(site: Running) -> None:
    """It leaves for the account's own address; without a server the page says why it did not."""
    assert "Provbrevet gick inte att skicka" in press(site, site.client(), "test").text
    with MailSink() as sink, running(site.store, mail=MailSettings(host=sink.host, port=sink.port)) as other:
        assert press(other, other.client(), "test").status_code == 303
        assert [letter.recipients for letter in sink.letters] == [["editor@x.se"]]


def test_subscribers_are_added_imported_and_removed(site: Running) -> None:
    """One by one and by a file that is looked at first; who has left is not brought back."""
    client = site.client()
    newsletter = site.settings.newsletters[NEWSLETTER]
    form = fields(client.get("/desk/subscribers").text, "/desk/subscribers")
    assert client.post("/desk/subscribers", data=form | {"press": "add", "email": "a@x.se"}).status_code == 422
    client.post("/desk/subscribers", data=form | {"press": "add", "email": "a@x.se", "source": "Mässan"})
    client.post("/desk/subscribers", data=form | {"press": "remove", "email": "a@x.se"})
    file = ("lista.csv", "e-post;namn\na@x.se;A\nb@x.se;B\ninte en adress;C\n".encode("cp1252"), "text/csv")
    address = "/desk/subscribers/import"
    looked = client.post(address, data=form | {"source": "Gamla listan"}, files={"file": file})
    client.post(address, data=fields(looked.text, address) | {"press": "add"})
    assert count(site.store, newsletter)[SubscriberState.ACTIVE] == 1
    assert "b@x.se" in client.get("/desk/subscribers/export").text
    wrong = client.post(address, data=form | {"source": "x"}, files={"file": ("f", b"\0\1", "x/y")})
    assert wrong.status_code == 422


def test_the_list_of_subscribers_is_searched_and_paged(site: Running) -> None:
    """A part of an address finds it, and signs that a search could misread are plain letters."""
    newsletter = site.settings.newsletters[NEWSLETTER]
    for number in range(60):
        add(site.store, newsletter, f"l_sare{number}@x.se", source="x", language="sv", now=NOW)
    client = site.client()
    assert client.get("/desk/subscribers").text.count("sare") > 50
    assert "Visa fler" in client.get("/desk/subscribers").text
    assert "l_sare59@x.se" in client.get("/desk/subscribers?part=L_SARE59").text
    assert "@x.se" not in client.get("/desk/subscribers?part=lasare").text.partition("<aside")[0]


def test_the_editor_works_by_keyboard_and_the_preview_follows(site: Running) -> None:
    """Alt and an arrow move a row that keeps the focus; the letter beside shows the new order."""
    item_id = next(item.id for item in told(site) if item.section == "attraktiv")
    with browser_page(site, viewport={"width": 1440, "height": 900}) as page:
        page.goto(f"{site.address}/desk/issues/1")
        row = page.locator(f"#item-{item_id}")
        row.focus()
        page.keyboard.press("Alt+ArrowDown")
        page.locator("#said", has_text="Flyttad nedåt.").wait_for(state="attached")
        assert page.evaluate("document.activeElement.id") == f"item-{item_id}"
        frame = page.frame_locator("#preview iframe")
        other = told(site)[0].story_id
        assert told(site)[0].id != item_id
        frame.locator(f'a[href$="/stories/{other}"]').first.wait_for()
        page.locator("#show-dark").click()
        page.locator('#show-dark[aria-pressed="true"]').wait_for()
        page.locator("#show-text").click()
        page.locator("#preview pre", has_text="berättar om skörden").wait_for()
        page.locator("#approve").click()
        page.locator("#state", has_text="Godkänd").wait_for()
    assert issue(site).state is IssueState.APPROVED


def test_the_editor_works_without_scripts(site: Running) -> None:
    """Leave out, write and approve by plain forms."""
    with browser_page(site, scripts=False) as page:
        page.goto(f"{site.address}/desk/issues/1")
        page.get_by_role("button", name="Ta bort ur brevet").first.click()
        page.locator(".notice.said", has_text="Borttagen ur brevet.").wait_for()
        page.get_by_label("Ämnesrad").fill("Utan skript")
        page.locator("#save-words").click()
        page.locator(".notice.said", has_text="Orden är sparade.").wait_for()
        page.locator("#approve").click()
        page.locator("#state", has_text="Godkänd").wait_for()
    assert (len(told(site)), issue(site).subject, issue(site).state) == (3, "Utan skript", IssueState.APPROVED)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 320)])
def test_axe_finds_nothing_in_the_letters_rooms(site: Running, scheme: str, width: int) -> None:
    """The list, the editor with everything open, and the subscribers have no fault that an engine can find."""
    from axe_playwright_python.sync_playwright import Axe

    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    with browser_page(site, color_scheme=scheme, viewport={"width": width, "height": 900}) as page:
        for path in ("/desk/issues", "/desk/issues/1", "/desk/subscribers"):
            page.goto(site.address + path)
            page.evaluate("document.querySelectorAll('details:not(.menu)').forEach((each) => { each.open = true })")
            found = Axe().run(page, options={"runOnly": rules}).response["violations"]
            assert [(fault["id"], fault["nodes"][0]["target"]) for fault in found] == [], path
            assert not page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"), path


def test_words_not_saved_yet_outlive_a_press_beside_them(site: Running) -> None:
    """Moving a story while the introduction is being written loses neither the words nor the open row."""
    with browser_page(site, viewport={"width": 1440, "height": 900}) as page:
        page.goto(f"{site.address}/desk/issues/1")
        page.get_by_label("Inledning").fill("Halvskriven")
        page.locator("#edit-" + str(told(site)[0].id)).click()
        page.locator('[data-item-key="down"]:not([disabled])').first.click()
        page.locator("#said", has_text="Flyttad nedåt.").wait_for(state="attached")
        assert page.get_by_label("Inledning").input_value() == "Halvskriven"
        assert page.locator("details.item-edit[open]").count() == 1
        page.locator("#save-words").click()
        page.locator("#said", has_text="Orden är sparade.").wait_for(state="attached")
    assert issue(site).intro == "Halvskriven"
