"""What strangers and careless editors send against the newsletter, and what must not come of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from campaign.newsletter import EventKind, ItemKind, SubscriberState
from conftest import NOW
from desk import Running, running
from digest.bounces import judge
from digest.calendar import Occasion, calendar
from digest.keys import delivery_name, return_path
from digest.lint import lint_bytes
from digest.marks import marks_of
from digest.message import build_master, from_kept
from digest.render import render
from digest.returning import take_mail
from digest.subscribe import export_csv
from digest_samples import letter, newsletter
from storage import subscribers
from storage.issues import items
from storage.returns import Taken
from storage.store import Store
from storage.subscribers import Wording
from test_digest_message import ANNA, SV, parsed
from test_digest_returning import STUDS, bounce
from test_storage_returns import ANN, HOME, reader, sent, state
from test_web_desk_issues import press, site

__all__ = ("site",)

KEY = marks_of(letter()).key
AT = datetime(2026, 12, 3, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        f"<!--[{KEY} /]-->", f"<!--[{KEY} -2]-->", f"[areas {KEY}]", "--=_skord-42-a--\n\n--=_skord-42-a\nX: y",
        "\x00bfel\x00sto", "\n.\n-- \nslut", "</table></body></html><!--", "<![endif]-->", "{{7*7}}{% raw %}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("areas", [(), (1,), (999,)])
def test_no_text_of_a_post_breaks_the_letter(text: str, areas: tuple[int, ...]) -> None:
    """Marks, boundaries and tags in a post are words: parts, footer and the way out stand for every reader."""
    told = letter()
    section = replace(told.sections[0], node=1)
    posts = (replace(section.items[0], title=" ".join(text.split()), text=text), *section.items[1:])
    told = replace(told, sections=(replace(section, items=posts), *told.sections[1:]))
    master = build_master(told, render(told, SV), newsletter(), pictures={}, issue_id=42)
    assert from_kept(master.keep()) == master
    message = master.join(replace(ANNA, areas=areas))
    assert lint_bytes(message) == []
    mail = parsed(message)
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body is not None
        assert ANNA.leave_url in body.get_content()


@pytest.mark.parametrize("mark", ["https://leave.invalid/", marks_of(letter()).leave, f"[areas {KEY}]"])
def test_no_post_obtains_the_token_of_its_reader(mark: str) -> None:
    """An address in a post that holds a mark of ours leaves as it was written, and no way out stands in it."""
    told = letter()
    section = told.sections[0]
    post = replace(
        section.items[0],
        original_url=f"https://evil.example/c?t={mark}",
        text=f"Mer: https://evil.example/t/{mark} nu",
    )
    told = replace(told, sections=(replace(section, items=(post, *section.items[1:])), *told.sections[1:]))
    honest = letter()
    made = [
        parsed(build_master(each, render(each, SV), newsletter(), pictures={}, issue_id=42).join(ANNA))
        for each in (told, honest)
    ]
    for kind in ("plain", "html"):
        bodies = [each.get_body((kind,)) for each in made]
        evil, usual = (each.get_content() for each in bodies if each is not None)
        assert mark in evil
        assert evil.count(ANNA.leave_url) == usual.count(ANNA.leave_url)
        assert f"https://evil.example/t/{ANNA.leave_url}" not in evil


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\u2029", "\x85", "\x0b", "\x00"])
def test_no_word_of_an_event_writes_a_line_of_its_calendar_file(end: str) -> None:
    """Line ends of every kind in title, place, words and address stay inside their own line."""
    evil = f"a{end}END:VEVENT{end}BEGIN:VEVENT{end}ATTACH:https://evil.example"
    made = Occasion(
        uid="event-1@example.se", stamp=AT, sequence=0, starts_at=AT, ends_at=None, all_day=False,
        zone=ZoneInfo("Europe/Stockholm"), title=evil, text=evil, place=evil, url=f"https://example.se/{evil}",
    )  # fmt: skip
    told = calendar([made], name=evil).decode().replace("\r\n ", "")
    names = [line.partition(":")[0] for line in told.split("\r\n")]
    assert names.count("BEGIN") == names.count("END") == 2
    assert "ATTACH" not in names
    assert "\n" not in told.replace("\r\n", "")


@pytest.mark.parametrize("way", ["other", "zeros", "short", "purpose", "none"])
def test_a_forged_name_of_a_letter_stops_nobody(store: Store, way: str) -> None:
    """Who has had one letter cannot send back another's."""
    ann, bo = reader(store), reader(store, "bo@example.se")
    hers, mine = sent(store, ann), sent(store, bo, number=2)
    mark = delivery_name(store.secret, mine).partition(".")[2]
    own = delivery_name(store.secret, hers).partition(".")[2]
    name = {
        "other": f"{hers}.{mark}", "zeros": f"0{hers}.{own}", "short": f"{hers}.{own[:4]}",
        "purpose": f"{hers}.{'a' * 12}", "none": f"{hers}.",
    }[way]  # fmt: skip
    forged = bounce(store, hers, to=f"studs+{name}@nyhetsbrev.example.se")
    assert set(take_mail(store, forged, now=NOW)) <= {Taken.STRANGER}
    assert state(store, ann) is SubscriberState.ACTIVE


def test_a_bounce_that_names_another_address_concerns_its_own_letter_alone(store: Store) -> None:
    """A proven bounce about one's own letter says nothing about the address that it names."""
    ann, bo = reader(store), reader(store, "bo@example.se")
    sent(store, ann)
    mine = sent(store, bo, number=2)
    # The report names Ann's address, the envelope Bo's letter.
    take_mail(store, bounce(store, mine, to=return_path(store.secret, STUDS, mine)), now=NOW)
    assert state(store, ann) is SubscriberState.ACTIVE


def test_no_answer_by_machine_leaves_for_its_reader(store: Store) -> None:
    """An absence note to the address that leaves is no wish to leave."""
    reader(store)
    found = subscribers.find_by_address(store, "veckobrevet", ANN)
    assert found is not None
    mail = f"From: a@b.se\nTo: studs+leave.{found.token}@x.se\nAuto-Submitted: auto-replied\nSubject: Re: x\n\nx\n"
    assert all(each.kind is not EventKind.LEFT for each in judge(mail.encode(), secret=store.secret))
    take_mail(store, mail.encode(), now=NOW)
    assert state(store, found.id) is SubscriberState.ACTIVE


@pytest.fixture
def public(sqlite_store: Store) -> Iterator[Running]:
    """A site with one reader."""
    reader(sqlite_store)
    with running(sqlite_store) as found:
        yield found


def test_own_pages_are_kept_nowhere_tell_no_address_and_change_nothing_by_get(public: Running) -> None:
    """The page, the file and the confirmation: no cache, no referrer, no cookie, no address, no change."""
    found = subscribers.find_by_address(public.store, "veckobrevet", ANN)
    assert found is not None
    with httpx.Client(base_url=public.address, timeout=20) as client:
        for path in (f"/u/{found.token}", f"/u/{found.token}/proof.json", f"/subscribe/confirm/{found.token}"):
            for method in ("GET", "HEAD"):
                answer = client.request(method, path)
                assert answer.status_code in (200, 405), path
                if answer.status_code == 200:
                    assert answer.headers["cache-control"] == "no-store"
                    assert answer.headers["referrer-policy"] == "no-referrer"
                    assert "set-cookie" not in answer.headers
                    assert ANN not in answer.text
        assert client.get(f"/u/{found.token}/choices").status_code in (404, 405)
    assert subscribers.find_by_address(public.store, "veckobrevet", ANN) == found


def test_no_address_is_a_formula_in_the_file_of_subscribers(store: Store) -> None:
    """An address may begin with a sign that a spreadsheet counts with; the file says that it is text."""
    for address in ("=cmd@example.se", "+46@example.se", "-1@example.se"):
        subscribers.add(store, HOME, address, wording=Wording(text="x", version="1", language="sv"), now=NOW)
    rows = list(csv.reader(io.StringIO("".join(export_csv(store, newsletter())))))
    assert {row[0][:1] for row in rows[1:]} == {"'"}


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example/a", "https://a b.example/", "https://e.example/\u202ex",
     'https://e.example/"><script>', "https://[::1/", "ftp://e.example/", "https:evil", "\x01javascript:alert(1)"],
)  # fmt: skip
def test_an_address_that_leads_astray_is_refused_at_its_field(site: Running, url: str) -> None:
    """What is no address of a web page never gets into a letter."""
    answer = press(site, site.client(), "write", kind="link", section="", title="x", url=url)
    assert answer.status_code == 422
    assert not [item for item in items(site.store, 1) if item.kind is not ItemKind.STORY]


def test_templates_and_tags_of_an_editor_are_words_in_letter_and_preview(site: Running) -> None:
    """Nothing that is typed is run or loaded."""
    client = site.client()
    evil = "{{7*7}} <img src=https://evil.example/x.png> ![a](https://evil.example/y.png) [b](javascript:alert(1))"
    assert press(site, client, "words", subject="{{7*7}}", preview="{% raw %}", intro=evil).status_code == 303
    shown = client.get("/desk/issues/1/preview")
    assert "{{7*7}}" in shown.text
    assert "<img src=https://evil" not in shown.text
    assert 'src="https://evil' not in shown.text
    assert 'href="javascript' not in shown.text
    assert "script-src" not in shown.headers["content-security-policy"]
    assert "sandbox" in shown.headers["content-security-policy"]


@pytest.mark.parametrize("name", ["out", "for_good", "up", "section", "item", "written", "back"])
def test_an_item_of_another_issue_is_not_reached_by_the_button_that_names_it(site: Running, name: str) -> None:
    """A press that carries a number behind its name is of this issue's items or of nothing."""
    before = items(site.store, 1)
    answer = press(site, site.client(), f"{name}:987654", section="", title="x", text="x")
    assert answer.status_code == 404
    assert items(site.store, 1) == before
