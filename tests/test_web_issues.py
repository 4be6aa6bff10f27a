"""Issues after they left: their pages, feeds and calendar files, on screen and paper; nothing of what has not left."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import feedparser
import pytest
from icalendar import Calendar

from builders import account, approved, candidate, ingest, picture
from campaign.newsletter import EVENTS, Issue, ItemKind, Why
from campaign.periods import Week
from campaign.records import Right, Story, Use
from conftest import HALLAND, NOW
from desk import Running, running
from desk import settings as of_desk
from digest import edition as editions
from digest.letter import to_json
from storage.decisions import Action, decide
from storage.issue_edits import NewItem, Schedule, edit_item, leave_out, save_draft, write_item
from storage.issue_states import approve, freeze
from storage.issues import find_issue
from storage.media import set_file, write_renditions
from storage.places import set_place
from storage.rights import set_right
from storage.store import JOB, Actor, Store

STARTS = NOW + timedelta(days=10)


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """The whole web of an empty store, two days after its letters left."""
    with running(sqlite_store) as found:
        found.now = NOW + timedelta(days=2)
        yield found


def by(site: Running) -> Actor:
    """An editor."""
    return Actor(kind="person", account_id=account(site.store))


def drafted(site: Running, *stories: Story, week: int = 47) -> Issue:
    """A draft with these stories."""
    return save_draft(
        site.store, campaign="hallandvaxer", newsletter="veckobrevet", selection={}, by=JOB, now=NOW,
        schedule=Schedule(week=Week(year=2026, number=week), selected_to=NOW, send_at=NOW),
        new=[NewItem(story_id=each.id, section="", position=0, reason=Why(key="approved")) for each in stories],
    )  # fmt: skip


def event(site: Running, issue: Issue, **changes: Any) -> int:
    """An event that an editor wrote into a draft."""
    given: dict[str, Any] = {"title": "Framtidsdag", "place": "Halmstad", "starts_at": STARTS, "text": "**Kom!**"}
    kind = ItemKind.EVENT
    return write_item(site.store, issue.id, kind=kind, section=EVENTS, by=by(site), now=NOW, **(given | changes))


def send(site: Running, issue: Issue) -> Issue:
    """The issue as it left, as the digest composes it."""
    made = editions.load(site.store, site.settings, issue.id)
    now = find_issue(site.store, "veckobrevet", issue.number)
    assert now is not None
    approve(site.store, issue.id, made.content, by=by(site), now=NOW, changes=now.changes)
    letter = to_json(made.letter)
    freeze(site.store, issue.id, content=made.content, letter=letter, renders={"master": b"m"}, now=NOW, by=JOB)
    return now


def pictured(site: Running, *uses: Use) -> Story:
    """An approved story whose picture may be shown for these uses."""
    told = approved(site.store, media=(picture(),))
    media, file = told.lead.media[0], f"{told.id:064x}"
    write_renditions(site.store, file, {480: b"small", 960: b"large"})
    set_file(site.store, media.id, file, width=960, height=640)
    set_right(site.store, media.id, Right.OWN, by=by(site), now=NOW, uses=uses)
    return told


def get(site: Running, path: str) -> str:
    """A public page that is there."""
    answer = site.client(None).get(path)
    assert answer.status_code == 200, (path, answer.text[:300])
    return answer.text


def events(site: Running, path: str) -> list[Any]:
    """The events of a calendar file, as an independent reader finds them."""
    return list(Calendar.from_ical(get(site, path)).walk("VEVENT"))


def test_nothing_of_an_issue_is_public_before_it_leaves(site: Running) -> None:
    """Page, print, event, feeds and calendar know nothing of a draft, however well its addresses are guessed."""
    issue = drafted(site, approved(site.store, title="Hemlig bro"))
    item = event(site, issue, title="Hemligt möte")
    base = "/issues/veckobrevet/1"
    for path in (base, f"{base}/print.css", f"{base}/events/{item}.ics"):
        for address in (path, f"/en{path}"):
            assert site.client(None).get(address).status_code == 404, address
    for path in ("/issues", "/issues/veckobrevet/feed.atom", "/issues/veckobrevet/feed.json", "/calendar.ics"):
        assert "Hemlig" not in get(site, path)
    send(site, issue)
    assert "Hemligt möte" in get(site, base)
    assert len(events(site, f"{base}/events/{item}.ics")) == 1


def test_an_event_that_was_left_out_is_in_no_calendar(site: Running) -> None:
    """What an editor took out of the letter before it left has no file, and is not in the campaign's calendar."""
    issue = drafted(site, approved(site.store))
    out, kept = event(site, issue, title="Inställt"), event(site, issue, title="Kvar")
    leave_out(site.store, issue.id, out, by=by(site), now=NOW)
    send(site, issue)
    assert site.client(None).get(f"/issues/veckobrevet/1/events/{out}.ics").status_code == 404
    assert [str(each["SUMMARY"]) for each in events(site, "/calendar.ics")] == ["Kvar"]
    assert [str(each["SUMMARY"]) for each in events(site, f"/issues/veckobrevet/1/events/{kept}.ics")] == ["Kvar"]


def test_only_events_have_calendar_files(site: Running) -> None:
    """A story's item, one of another issue, and numbers that are none are not there."""
    first, second = drafted(site, approved(site.store)), None
    item = event(site, first)
    send(site, first)
    second = drafted(site, approved(site.store), week=48)
    send(site, second)
    story_item = editions.load(site.store, site.settings, first.id).items[0].id
    for path in (f"1/events/{story_item}", f"2/events/{item}", f"1/events/{2**40}", f"{2**40}/events/{item}"):
        assert site.client(None).get(f"/issues/veckobrevet/{path}.ics").status_code == 404, path


def test_a_calendar_file_is_the_same_whoever_asks(site: Running) -> None:
    """One event has one name and one time in its own file, in the campaign's calendar, and in both languages."""
    issue = drafted(site, approved(site.store))
    item = event(site, issue, ends_at=STARTS + timedelta(hours=2), url="https://framtid.example/dag")
    send(site, issue)
    one, whole = f"/issues/veckobrevet/1/events/{item}.ics", "/calendar.ics"
    found = [each for path in (one, f"/en{one}", whole, f"/en{whole}") for each in events(site, path)]
    assert {str(each["UID"]) for each in found} == {f"event-{item}@127.0.0.1"}
    assert {each["DTSTART"].dt for each in found} == {STARTS}
    assert {str(each["DESCRIPTION"]) for each in found} == {"Kom!"}
    assert {str(each["URL"]) for each in found} == {"https://framtid.example/dag"}
    answer = site.client(None).get(one)
    assert answer.headers["content-type"].startswith("text/calendar")
    assert answer.headers["content-disposition"] == f'attachment; filename="veckobrevet-1-{item}.ics"'


def test_two_letters_that_remind_of_one_event_give_it_once(site: Running) -> None:
    """The calendar keeps the name under which the first letter gave the event."""
    for week in (47, 48):
        issue = drafted(site, approved(site.store), week=week)
        item = event(site, issue)
        send(site, issue)
    found = events(site, "/calendar.ics")
    assert len(found) == 1
    assert str(found[0]["UID"]) != f"event-{item}@127.0.0.1"


def test_editors_words_are_told_from_the_authors_on_every_surface(site: Running) -> None:
    """The page, which is what is printed, and the feeds name the author as the one that the editors tell after."""
    first, second = approved(site.store, author_name="Karin Ek"), approved(site.store, author_name="Bo Lind")
    issue = drafted(site, first, second)
    mine = next(
        each.id for each in editions.load(site.store, site.settings, issue.id).items if each.story_id == first.id
    )
    edit_item(site.store, issue.id, mine, text="Kort sagt.", by=by(site), now=NOW)
    send(site, issue)
    base = "/issues/veckobrevet"
    assert "Redaktionens ord efter <strong" in get(site, f"{base}/1")
    assert "In the editors’ words, after <strong" in get(site, f"/en{base}/1")
    for page in (get(site, f"{base}/1"), html.unescape(get(site, f"{base}/feed.atom")), get(site, f"{base}/feed.json")):
        plain = " ".join(re.sub(r"<[^>]+>", "", page).split())
        assert "Redaktionens ord efter Karin Ek" in plain
        assert "efter Bo Lind" not in plain


def test_an_event_that_is_over_says_so(site: Running) -> None:
    """After its day the page offers no calendar file any more; the file stays for those who have its address."""
    issue = drafted(site, approved(site.store))
    item = event(site, issue)
    send(site, issue)
    assert "Lägg till i kalendern" in get(site, "/issues/veckobrevet/1")
    site.now = STARTS + timedelta(days=2)
    shown = get(site, "/issues/veckobrevet/1")
    assert "Har varit" in shown
    assert "Lägg till i kalendern" not in shown
    assert len(events(site, f"/issues/veckobrevet/1/events/{item}.ics")) == 1


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_feeds_are_read_back_whole(site: Running, prefix: str) -> None:
    """A feed reader finds every issue, newest first, with its whole text, in both formats under the same names."""
    for week in (47, 48):
        send(site, drafted(site, approved(site.store, title=f"Bron {week}", text="Den är 40 meter & röd."), week=week))
    parsed = feedparser.parse(get(site, f"{prefix}/issues/veckobrevet/feed.atom"))
    assert not parsed.bozo, parsed.get("bozo_exception")
    names = [f"{site.address}/issues/veckobrevet/{number}" for number in (2, 1)]
    assert [entry.id for entry in parsed.entries] == names
    assert [entry.link for entry in parsed.entries] == [each.replace("/issues", f"{prefix}/issues") for each in names]
    assert "Den är 40 meter &amp; röd." in parsed.entries[0].content[0].value
    plain = json.loads(get(site, f"{prefix}/issues/veckobrevet/feed.json"))
    assert plain["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["id"] for item in plain["items"]] == names
    assert [item["content_html"] for item in plain["items"]] == [entry.content[0].value for entry in parsed.entries]


def test_a_correction_is_told_by_the_feed(site: Running) -> None:
    """An entry keeps its name and rises to the day of the correction; what was hidden is a marked gap."""
    told, other = approved(site.store, title="Bron i Laholm öppnar"), approved(site.store)
    send(site, drafted(site, told, other))
    before = feedparser.parse(get(site, "/issues/veckobrevet/feed.atom")).entries[0]
    decide(site.store, told.id, Action.HIDE, by=by(site), now=site.now)
    after = feedparser.parse(get(site, "/issues/veckobrevet/feed.atom")).entries[0]
    assert after.id == before.id
    assert (before.published, before.updated) == (after.published, before.published)
    assert after.updated > before.updated
    assert "Bron i Laholm" not in str(after)
    assert "Berättelsen som stod här visas inte längre." in after.content[0].value


def test_foreign_words_do_nothing_in_a_feed(site: Running) -> None:
    """Markup and templates in a story's words are words, and no element acts or loads anything."""
    send(
        site, drafted(site, approved(site.store, title="<script>x</script> {{7*7}}", text="]]> <img src=x onerror=y>"))
    )
    entry = json.loads(get(site, "/issues/veckobrevet/feed.json"))["items"][0]
    assert "&lt;script&gt;x&lt;/script&gt; {{7*7}}" in entry["content_html"]
    assert not any(bad in entry["content_html"] for bad in ("<script", "<img", "<style", "49"))
    assert not feedparser.parse(get(site, "/issues/veckobrevet/feed.atom")).bozo


def test_feeds_are_asked_for_anew_only_when_changed(site: Running) -> None:
    """A reader that has the feed is told so, until something public changes."""
    told = approved(site.store)
    send(site, drafted(site, told))
    client = site.client(None)
    for path in ("/issues/veckobrevet/feed.atom", "/issues/veckobrevet/feed.json", "/calendar.ics"):
        tag = client.get(path).headers["etag"]
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    decide(site.store, told.id, Action.HIDE, by=by(site), now=site.now)
    tag = client.get("/issues/veckobrevet/feed.atom").headers["etag"]
    ingest(site.store, candidate(identity="ny"))
    assert client.get("/issues/veckobrevet/feed.atom", headers={"If-None-Match": tag}).status_code == 304


def test_pages_lead_to_feeds_and_to_each_other(site: Running) -> None:
    """The page of an issue names its feeds in its own language, the issues beside it, and the checksum of its words."""
    for week in (47, 48, 49):
        issue = send(site, drafted(site, approved(site.store), week=week))
    shown = get(site, "/en/issues/veckobrevet/2")
    for path in ("/feed.atom", "/feed.json", "/1", "/3", "/2/print.css"):
        assert f'href="/en/issues/veckobrevet{path}"' in shown, path
    sealed = find_issue(site.store, "veckobrevet", issue.number)
    assert sealed is not None
    assert sealed.approved_hash
    assert sealed.approved_hash in get(site, "/issues/veckobrevet/3")


def test_the_list_groups_the_years_and_says_what_is_empty(site: Running) -> None:
    """Before the first letter the page says so; then each year has its part."""
    assert "Inget brev har skickats än" in get(site, "/issues")
    send(site, drafted(site, approved(site.store)))
    shown = get(site, "/issues")
    assert 'id="y-2026"' in shown
    assert "1 utgåva" in shown


def test_a_picture_without_right_for_print_stays_on_the_screen(site: Running) -> None:
    """On paper stands a sentence in its place; a picture that may be printed is."""
    web_only, printed = pictured(site, Use.WEB, Use.MAIL), pictured(site, *Use)
    send(site, drafted(site, web_only, printed))
    shown = get(site, "/issues/veckobrevet/1")
    one, other = (shown.partition(f'id="story-{each.id}"')[2].partition("<h3")[0] for each in (web_only, printed))
    assert '<figure class="no-print">' in one
    assert "Bilden får bara visas på webben." in one
    assert "<figure>" in other
    assert "on-paper" not in other


def test_print_sheet_holds_a_name_that_would_break_it(sqlite_store: Store) -> None:
    """A newsletter's name can end neither the string nor the rule that prints it below every page."""
    letters = of_desk().newsletters
    named = {"veckobrevet": replace(letters["veckobrevet"], name='A"; } body { display: none } \\ \n')}
    with running(sqlite_store, newsletters=named) as site:
        send(site, drafted(site, approved(sqlite_store)))
        sheet = get(site, "/issues/veckobrevet/1/print.css")
    told = sheet.partition('content: "')[2].partition('"')[0]
    assert told.startswith("A\\22 \\3b  \\7d  body \\7b ")
    assert not set(told) & set("{};\n")
    assert sheet.count("{") == sheet.count("}") == 3


def test_each_campaign_has_its_own(sqlite_store: Store) -> None:
    """With several campaigns an issue, its feeds and its events stand under its own, and nowhere else."""
    other = replace(HALLAND, id="annat", name="Annat", hashtags=("#annat",), aliases=())
    with running(sqlite_store, campaigns={"hallandvaxer": HALLAND, "annat": other}) as site:
        site.now = NOW + timedelta(days=2)
        issue = drafted(site, approved(sqlite_store))
        item = event(site, issue)
        send(site, issue)
        for path in ("1", f"1/events/{item}.ics", "feed.atom", "feed.json", "1/print.css"):
            get(site, f"/c/hallandvaxer/issues/veckobrevet/{path}")
            get(site, f"/en/c/hallandvaxer/issues/veckobrevet/{path}")
            assert site.client(None).get(f"/c/annat/issues/veckobrevet/{path}").status_code == 404
            # From when there was one campaign alone.
            before = site.client(None).get(f"/issues/veckobrevet/{path}", follow_redirects=False)
            assert before.status_code == 404 or before.headers["location"].startswith("/c/hallandvaxer/"), path
        assert len(events(site, "/c/hallandvaxer/calendar.ics")) == 1
        assert site.client(None).get("/c/annat/calendar.ics").status_code == 404
        page = get(site, "/c/hallandvaxer/issues/veckobrevet/1")
        assert f'href="/c/hallandvaxer/issues/veckobrevet/1/events/{item}.ics"' in page


def test_the_page_names_the_place_first_as_the_letter_does(site: Running) -> None:
    """Who looks for their own town finds it before the author, on the web as in the mail."""
    story = approved(
        site.store, at=NOW - timedelta(days=1), author_name="Förening A", text="Skörden är inne #hallandväxer"
    )
    set_place(site.store, story.id, "falkenberg", by=by(site), now=NOW, name="Falkenberg")
    sent = send(site, drafted(site, story))
    page = get(site, f"/issues/veckobrevet/{sent.number}")
    assert page.index("Falkenberg") < page.index("Förening A")
