import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

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
from storage import schema
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.issues import get_issue, items
from storage.mail_checks import put_check
from storage.people import add_account
from storage.store import Actor, Store, sync_campaigns
from web.desk.reach import reach_of

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


def searching(client: httpx.Client, find: str = "") -> str:
    """The list of approved stories to add, as its words."""
    page = client.get("/desk/issues/1", params={"find": find}).text
    part = page[page.index('id="finding"') : page.index('id="add-event"')]
    return " ".join(re.sub(r"<[^>]+>", " ", part).split())


def test_only_what_can_be_added_has_a_button_and_the_rest_says_where_it_stands(site: Running) -> None:
    """What was left out is among what is looked through, with why; what the letter has says so, without a button."""
    by = Actor(kind="person", account_id=account(site.store, name="editor"))
    client = site.client()
    late = approved(site.store, at=NOW, by=by, text="Äppelmust från Getinge #hallandväxer")
    item = told(site)[0]
    press(site, client, "out", item=str(item.id))
    every = searching(client)
    assert "Äppelmust" in every
    assert "Borttagen ur det här brevet" in every
    assert "2 kan läggas till." in every
    assert "står redan här" not in every
    found = searching(client, "skörden")
    assert found.count("står redan här") == 3
    assert "1 kan läggas till. 3 till stämmer" in found
    page = client.get("/desk/issues/1?find=skörden").text
    inside = page[page.index('id="finding"') : page.index('id="add-event"')]
    offered = set(re.findall(r'name="story" value="(\d+)"', inside))
    assert offered == {str(item.story_id)}
    for story in (*offered, str(late.id)):
        assert press(site, client, "add", story=story).status_code == 303


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
        page.locator("#said", has_text="plats 2 av 2 i En attraktiv region").wait_for(state="attached")
        assert page.evaluate("document.activeElement.id") == f"item-{item_id}"
        frame = page.frame_locator("#preview iframe:not(.coming)")
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
        page.locator("#said", has_text="plats 2 av 2 i En attraktiv region").wait_for(state="attached")
        assert page.get_by_label("Inledning").input_value() == "Halvskriven"
        assert page.locator("details.item-edit[open]").count() == 1
        page.locator("#save-words").click()
        page.locator("#said", has_text="Orden är sparade.").wait_for(state="attached")
    assert issue(site).intro == "Halvskriven"


def test_an_administrator_sends_although_the_domain_is_red(site: Running) -> None:
    """What keeps the first letters back is told with what to do; an editor cannot decide to send all the same, an
    administrator can, and the notice is gone.
    """
    fact = {"domain": "example.se", "record": "v=spf1 -all"}
    put_check(
        site.store, "exempel.se", [{"what": "spf", "standing": "red", "key": "spf_missing", "facts": fact}], now=NOW
    )
    with running(site.store, mail=MailSettings(check=True)) as other:
        domain = other.settings.newsletters[NEWSLETTER].sender_address.rpartition("@")[2]
        assert domain == "exempel.se"
        editor = other.client()
        assert "Be den som sköter domänen" in editor.get("/desk/issues/1").text
        assert "en administratörs beslut" in press(other, editor, "accept_mail").text
        boss = other.client(Role.ADMINISTRATOR)
        press(other, boss, "accept_mail")
        assert "Be den som sköter domänen" not in boss.get("/desk/issues/1").text


EVENT = {"kind": "event", "form": "new-event", "section": "@events", "title": "Frukost", "starts_on": "2026-12-03"}


def written(site: Running) -> IssueItem:
    """The latest item that an editor wrote."""
    return [item for item in told(site) if not item.story_id][-1]


def test_an_event_is_written_in_the_sites_own_time(site: Running) -> None:
    """Typed in Stockholm's time, kept in UTC, shown as typed in the row and in the letter; left out and taken back."""
    client = site.client()
    press(site, client, "write", **EVENT, starts_time="18.30", ends_time="20:00", place="Laholm", url="laholm.se/dag")
    made = written(site)
    assert (made.starts_at, made.ends_at) == (
        datetime(2026, 12, 3, 17, 30, tzinfo=UTC),
        datetime(2026, 12, 3, 19, 0, tzinfo=UTC),
    )
    assert (made.kind, made.section, made.url) == ("event", "@events", "https://laholm.se/dag")
    page = client.get("/desk/issues/1").text
    assert "torsdag 3 december 18:30–20:00 · Laholm" in page
    assert 'value="18:30"' in page
    assert "Frukost" in client.get("/desk/issues/1/preview").text
    press(site, client, "out", item=str(made.id))
    assert "Frukost" not in client.get("/desk/issues/1/preview").text
    press(site, client, "back", item=str(made.id))
    assert "Frukost" in client.get("/desk/issues/1/preview").text


def test_an_event_of_whole_days_begins_and_ends_at_midnight_here(site: Running) -> None:
    """Days are the site's own; one day has no end."""
    client = site.client()
    press(site, client, "write", **EVENT, all_day="yes", ends_on="2026-12-04", starts_time="10:00")
    made = written(site)
    assert (made.all_day, made.starts_at, made.ends_at) == (
        True,
        datetime(2026, 12, 2, 23, tzinfo=UTC),
        datetime(2026, 12, 3, 23, tzinfo=UTC),
    )
    form = {"form": f"item-{made.id}", "item": str(made.id), "title": "Frukost", "starts_on": "2026-12-03"}
    press(site, client, "written", **form, all_day="yes", ends_on="2026-12-03")
    assert written(site).ends_at is None


def test_an_hour_that_comes_twice_is_the_first_and_a_lost_one_is_refused(site: Running) -> None:
    """On the nights when the clocks change a time is taken for what it can mean, or asked for again."""
    client = site.client()
    press(site, client, "write", **EVENT | {"starts_on": "2026-10-25"}, starts_time="02:30", ends_time="03:00")
    assert written(site).starts_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    answer = press(site, client, "write", **EVENT | {"starts_on": "2027-03-28"}, starts_time="02:30")
    assert (answer.status_code, "klockan ställs fram" in answer.text) == (422, True)


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        (EVENT | {"title": " "}, "title", "Här behövs några ord."),
        (EVENT, "starts_time", "Klockslaget saknas."),
        (EVENT | {"starts_on": ""}, "starts_on", "Dagen saknas."),
        (EVENT | {"starts_on": "3/12"}, "starts_on", "Dagen gick inte att förstå."),
        (EVENT | {"starts_on": "9999-12-31", "all_day": "yes"}, "starts_on", "Dagen gick inte att förstå."),
        (EVENT | {"starts_time": "25:00"}, "starts_time", "Klockslaget gick inte att förstå."),
        (EVENT | {"starts_time": "18:00", "ends_time": "17:00"}, "ends_time", "Det slutar innan det har börjat."),
        (EVENT | {"all_day": "yes", "ends_on": "2026-12-01"}, "ends_on", "Det slutar innan det har börjat."),
        (EVENT | {"starts_time": "18:00", "ends_on": "2026-12-05"}, "ends_time", "Klockslaget då det slutar saknas."),
        (EVENT | {"all_day": "yes", "url": "javascript:alert(1)"}, "url", "Det är ingen webbadress."),
        (EVENT | {"all_day": "yes", "url": "https://x.se/a b"}, "url", "Det är ingen webbadress."),
        (EVENT | {"all_day": "yes", "url": "data:text/html,x"}, "url", "Det är ingen webbadress."),
        (EVENT | {"all_day": "yes", "title": "a\x07b"}, "title", "osynliga styrtecken"),
        (EVENT | {"all_day": "yes", "title": "a\u202eb"}, "title", "osynliga styrtecken"),
        (EVENT | {"all_day": "yes", "text": "a\x0bb"}, "text", "osynliga styrtecken"),
        (EVENT | {"all_day": "yes", "title": "x" * 301}, "title", "301 tecken lång, högst 300"),
        ({"kind": "link", "form": "new-link", "title": "Läs"}, "url", "Här behövs några ord."),
        ({"kind": "number", "form": "new-number", "title": "Jobb"}, "value", "Här behövs några ord."),
        ({"kind": "note", "form": "new-note"}, "text", "Här behövs några ord."),
        ({"kind": "note", "form": "new-note", "text": "x" * 5001}, "text", "5001 tecken lång, högst 5000"),
    ],
)
def test_a_wrong_field_is_told_beside_it_with_what_was_typed(
    site: Running, typed: dict[str, str], field: str, words: str
) -> None:
    """The sentence stands at the field, what was typed into the others stays, and nothing is written."""
    client = site.client()
    answer = press(site, client, "write", **{"section": "", "place": "Halmstad"} | typed)
    told_at = re.search(rf'id="{typed["form"]}-{field}-error">([^<]*)<', answer.text)
    assert answer.status_code == 422
    assert told_at is not None
    assert words in told_at[1]
    if typed["kind"] == "event":
        assert 'value="Halmstad"' in answer.text
    assert [item for item in told(site) if not item.story_id] == []


def test_own_items_are_told_in_the_letter_and_run_nothing(site: Running) -> None:
    """A link, a number and a note stand in it; markup and templates in them are words."""
    client = site.client()
    common = {"form": "x", "section": "attraktiv", "text": "**Se** <script>alert(1)</script> {{7*7}}"}
    press(site, client, "write", **common, kind="link", title="Läs {{7*7}}", url="https://x.se/a")
    press(site, client, "write", **common, kind="number", title="nya jobb", value="12 400")
    press(site, client, "write", **common, kind="note")
    letter = client.get("/desk/issues/1/preview").text
    for words in ("Läs {{7*7}}", "12 400", "nya jobb", 'href="https://x.se/a"'):
        assert words in letter.replace("&nbsp;", " ").replace("\u00a0", " ")
    assert "<script" not in letter
    assert "49" not in re.sub(r"#[0-9a-f]{3,6}|\d+px", "", letter.partition("<body")[2].partition("Läs {{")[2][:40])
    assert press(site, client, "approve").status_code == 303


def test_a_note_stands_over_its_section(site: Running) -> None:
    """Written in Markdown, shown over the section at the desk and in the letter; another section is refused."""
    client = site.client()
    press(site, client, "note", form="x", section="attraktiv", note="Veckan var **stor**.")
    for page in ("/desk/issues/1", "/desk/issues/1/preview"):
        assert "stor</strong>" in client.get(page).text
    assert press(site, client, "note", form="x", section="nix", note="x").status_code == 404


def test_a_refused_form_keeps_its_words_and_shows_what_is_saved(site: Running) -> None:
    """Somebody else was first: mine stand in the fields, theirs beside; without scripts too."""
    mine, theirs = site.client(), site.client()
    form = fields(mine.get("/desk/issues/1").text, "/desk/issues/1")
    press(site, theirs, "words", subject="Deras", preview="", intro="")
    answer = mine.post("/desk/issues/1", data=form | {"press": "words", "form": "words", "subject": "Mitt"})
    assert answer.status_code == 422
    assert 'value="Mitt"' in answer.text
    assert re.search(r"Så står det sparat nu:</strong>\s*<span[^>]*>Deras<", answer.text)


def test_a_subject_is_one_line_without_control_characters(site: Running) -> None:
    """Line breaks of every kind become spaces; other control characters are refused at the field."""
    client = site.client()
    press(site, client, "words", form="words", subject="Ett\r\nBcc: x@y.se\x0bslut\u2028", preview="a\nb", intro="")
    assert (issue(site).subject, issue(site).preview) == ("Ett Bcc: x@y.se slut", "a b")
    for sign in "\x07\x7f\u202e":
        answer = press(site, client, "words", form="words", subject=f"Ett{sign}två", preview="", intro="")
        assert (answer.status_code, "words-subject-error" in answer.text) == (422, True)
    assert issue(site).subject == "Ett Bcc: x@y.se slut"


def test_a_move_is_told_with_where_it_landed(site: Running) -> None:
    """Without scripts the page says it too; the title, the place and the section are named."""
    client = site.client()
    first = next(item.id for item in told(site) if item.section == "attraktiv")
    answer = press(site, client, "down", item=str(first), place="0")
    page = client.get(answer.headers["location"].partition("#")[0]).text
    assert "Nummer A berättar om skörden.: plats 2 av 2 i En attraktiv region." in page


def test_an_item_is_placed_in_its_campaign_by_its_number(site: Running) -> None:
    """The door asks for a role where the item belongs, whatever issue the address names."""
    sync_campaigns(site.store, [replace(site.settings.campaigns["hallandvaxer"], id="annan")], NOW)
    with site.store.write() as connection:
        connection.execute(schema.issue_item.update().values(campaign="annan").where(schema.issue_item.c.id == 1))
    assert reach_of(site.store, {"issue_id": "1"}, {"item": "1"}).fields == (("annan",),)
    assert reach_of(site.store, {"issue_id": "1"}, {"item": "2"}).fields == (("hallandvaxer",),)


def test_markdown_is_shown_as_the_letter_has_it(site: Running) -> None:
    """What is being written is drawn by the letter's own rules, and kept nowhere."""
    client = site.client()
    token = fields(client.get("/desk/issues/1").text, "/desk/issues/1")["token"]
    sent = {"token": token, "text": "**Hej** <img src=x> [x](javascript:1)"}
    answer = client.post("/desk/issues/1/markdown", data=sent)
    assert "<strong>Hej</strong>" in answer.text
    assert "<img" not in answer.text
    assert "href" not in answer.text
    assert client.post("/desk/issues/99/markdown", data=sent).status_code == 404
    assert issue(site).intro == ""
