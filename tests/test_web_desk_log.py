"""The trail's page: narrowed, paged, undone from, taken as a file; each sees what is theirs to see."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from builders import account, picture, story
from campaign.records import Right, Role, Use
from conftest import NOW
from desk import Running, fields, running
from storage.decisions import Action, decide
from storage.people import disable
from storage.rights import Grant, Words, describe
from storage.store import Actor, Store
from storage.stories import find_story
from storage.trail import TrailFilter, find_trail


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """A running site."""
    with running(sqlite_store) as made:
        yield made


def hide(site: Running, reason: str = "", *, minutes: int = 0) -> int:
    """A story that Anna hid for a reason; its id."""
    one = story(site.store)
    by = Actor(kind="person", account_id=account(site.store))
    decide(site.store, one.id, Action.HIDE, by=by, now=NOW + timedelta(minutes=minutes), reason=reason)
    return one.id


def export(site: Running, format_: str, role: Role = Role.READER, query: str = "") -> bytes:
    """Take the trail as a file."""
    client = site.client(role)
    sent = fields(client.get(f"/desk/log{query}").text, "/desk/log/export") | {"format": format_}
    answer = client.post("/desk/log/export", data=sent)
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    return answer.content


def test_a_reader_reads_who_did_what_and_why(site: Running) -> None:
    """The page tells in words who decided, on which story and for what reason, hostile words as words."""
    one = hide(site, "<b>Reklam</b>")
    page = site.client(Role.READER).get("/desk/log").text
    assert "Anna dolde" in page
    assert "&lt;b&gt;Reklam&lt;/b&gt;" in page
    assert f"/desk/stories/{one}" in page
    assert "/desk/undo" not in page


def test_the_page_is_narrowed_by_its_address(site: Running) -> None:
    """Words in the reason, days and kinds leave out the rest; nonsense in the address narrows nothing."""
    hide(site, "Dubblett")
    client = site.client(Role.READER)
    assert "Dubblett" in client.get("/desk/log?words=dubb&kind=person&first=2026-11-01&last=2026-11-30").text
    for query in ("words=annat", "kind=rule", "first=2026-12-01", "story=999", "action=approve"):
        assert "Inget i historiken stämmer" in client.get(f"/desk/log?{query}").text
    assert "Dubblett" in client.get("/desk/log?first=nonsense&person=x&story=y&kind=z&before=q").text


def test_older_lines_are_a_page_away(site: Running) -> None:
    """Fifty presses stand on a page; the link leads to the others."""
    for number in range(52):
        hide(site, f"skäl-{number}-", minutes=number)
    client = site.client(Role.READER)
    page = client.get("/desk/log").text
    assert "skäl-51-" in page
    assert "skäl-1-" not in page
    before = page.partition("before=")[2].partition('"')[0].partition("&")[0]
    assert "skäl-1-" in client.get(f"/desk/log?before={before}").text


def test_lines_of_the_house_are_for_administrators(site: Running) -> None:
    """That an account was closed is told to administrators, with whose it was, and in their file alone."""
    disable(site.store, account(site.store, name="cia"), now=NOW)
    assert "stängde ett konto" not in site.client(Role.EDITOR).get("/desk/log").text
    assert b"account_disable" not in export(site, "jsonl", Role.EDITOR)
    page = site.client(Role.ADMINISTRATOR).get("/desk/log").text
    assert "stängde ett konto" in page
    assert "gäller Cia" in page
    assert b"account_disable" in export(site, "jsonl", Role.ADMINISTRATOR)


def test_a_reviewer_undoes_from_the_trail(site: Running) -> None:
    """The undo button takes the decision back and leads to where one was."""
    one = hide(site, "Fel")
    client = site.client(Role.REVIEWER)
    sent = fields(client.get("/desk/log?words=Fel").text, "/desk/undo")
    answer = client.post("/desk/undo", data=sent)
    assert answer.headers["location"].startswith("/desk/log?words=Fel")
    found = find_story(site.store, one, public=False)
    assert found is not None
    assert found.review == "new"


def test_the_file_opens_right_in_a_swedish_spreadsheet(site: Running) -> None:
    """Byte order mark, semicolons, local times, and no cell that would be reckoned as a formula."""
    for reason in ("=1+1", "  =HYPERLINK(1)", "@x", 'åäö; "citat"\nny rad'):
        hide(site, reason)
    body = export(site, "csv")
    assert body.startswith(b"\xef\xbb\xbfTid;Vem;")
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";"))
    hidden = [row for row in rows if row["Beslut (namn)"] == "hide"]
    assert [row["Skäl"] for row in hidden] == ['åäö; "citat"\nny rad', "'@x", "'=HYPERLINK(1)", "'=1+1"]
    assert (hidden[0]["Tid"], hidden[0]["Vem"], hidden[0]["Vad"]) == ("2026-11-20 13:00:00", "Anna", "Anna dolde")


def test_one_press_about_a_picture_is_told_whole(site: Running) -> None:
    """Its words and its right in one line: which right, from whom and until when."""
    media = story(site.store, media=(picture(alt=None),)).lead.media[0]
    grant = Grant(
        right=Right.PERMISSION,
        right_from="Noor",
        proof="",
        uses=(Use.WEB,),
        until=datetime(2027, 6, 30, 22, tzinfo=UTC),
    )
    by = Actor(kind="person", account_id=account(site.store))
    describe(site.store, media.id, grant=grant, words=Words(alt="En bro."), by=by, now=NOW)
    page = site.client(Role.READER).get("/desk/log").text
    told = "Anna skrev bildtext; Anna antecknade rätten till en bild (tillstånd, från Noor, till 30 juni 2027)"
    assert told in page


def test_the_filter_names_decisions_plainly(site: Running) -> None:
    """A choice says what was done, without the one who did it or the name of what it was done to."""
    from sqlalchemy import insert

    from storage import schema

    row = {"campaign": "hallandvaxer", "at": NOW, "actor": "person", "group": "1" * 32, "action": "rule_add"}
    with site.store.write() as connection:
        connection.execute(insert(schema.decision), [row | {"facts": {"rule": 1, "name": "Reklam"}}])
    assert '<option value="rule_add">Skapade regeln</option>' in site.client(Role.READER).get("/desk/log").text


def test_the_file_names_each_story(site: Running) -> None:
    """Beside its number stands the headline that the page shows."""
    hide(site, "ett")
    rows = list(csv.DictReader(io.StringIO(export(site, "csv").decode("utf-8-sig"), newline=""), delimiter=";"))
    (title,) = {row["Rubrik"] for row in rows if row["Beslut (namn)"] == "hide"}
    assert title
    assert title in site.client(Role.READER).get("/desk/log").text


def test_the_file_of_lines_has_what_the_filters_show(site: Running) -> None:
    """One object a row, moments in UTC, only what was asked for; and the taking itself is recorded first."""
    hide(site, "ett")
    one = hide(site, "två")
    rows = [json.loads(line) for line in export(site, "jsonl", query="?words=tv%C3%A5").splitlines()]
    (row,) = rows
    assert (row["story"], row["reason"], row["at"], row["undone"]) == (one, "två", "2026-11-20T12:00:00Z", False)
    line = find_trail(site.store, TrailFilter(campaign="hallandvaxer")).lines[0]
    assert (line.action, line.facts["format"], line.facts["filters"]) == ("log_export", "jsonl", {"words": "två"})


def test_a_long_trail_is_written_as_it_is_read(site: Running) -> None:
    """Three thousand rows come whole, newest first, each once."""
    from sqlalchemy import insert

    from storage import schema

    rows = [
        {"campaign": "hallandvaxer", "at": NOW, "actor": "job", "group": f"{n:032}", "action": "hide", "facts": {}}
        for n in range(3000)
    ]
    with site.store.write() as connection:
        connection.execute(insert(schema.decision), rows)
    presses = [json.loads(line)["press"] for line in export(site, "jsonl").splitlines()]
    assert presses[1:] == [f"{n:032}" for n in reversed(range(3000))]


def test_a_person_chooses_when_to_be_told(site: Running) -> None:
    """Address, days and hour are one form: stored in one press and shown again; no days, no mail."""
    from storage.waiting import notice_times

    client = site.client(Role.REVIEWER)
    person = site.person(Role.REVIEWER).id
    page = client.get("/desk/account").text
    chosen = {"email": "maria@example.org", "day-monday": "yes", "day-friday": "yes", "hour": "7"}
    shown = client.post("/desk/account", data=fields(page, "/desk/account") | chosen, follow_redirects=True).text
    assert notice_times(site.store)[person] == ("monday 07:00", "friday 07:00")
    assert 'value="maria@example.org"' in shown
    assert 'value="7" selected' in shown
    client.post("/desk/account", data=fields(page, "/desk/account") | {"hour": "99"})
    assert notice_times(site.store) == {}
