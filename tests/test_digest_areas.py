"""Letters by choice: what a reader did not choose is left out, and every letter is whole all the same."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from itertools import combinations
from pathlib import Path

import html5lib
import pytest

from builders import account, approved
from campaign.newsletter import IssueState
from campaign.settings import MailSettings
from digest import desk
from digest.letter import Item, Letter, Picture, Section
from digest.lint import lint_bytes
from digest.marks import marks_of
from digest.message import Master, build_master, from_kept
from digest.outbox import send_due
from digest.pictures import rings
from digest.render import render
from digest.work import tick
from digest_samples import AREAS, letter, newsletter, settings
from servers import MailSink
from storage import issues, subscribers
from storage.addresses import Home
from storage.store import Actor, Store
from storage.subscribers import Wording
from test_digest_message import ANNA, SV
from test_digest_outbox import NOW

HOSTILE = (
    "{{7*7}}", "<!--[x 1]-->", "<!-- -->", "]]>", "=3D=\r\n", "--=_skord-42-a", "[areas x]", "<b>fet</b>", "å" * 90, "."
)  # fmt: skip


def item(number: int, *, text: str, picture: bool = False) -> Item:
    """A story with words that nobody should believe."""
    return Item(
        story_id=number,
        title=f"Berättelse {number:02d} {text[:20]}",
        text=text,
        author="Någon",
        network="mastodon",
        language="sv",
        url=f"https://hallandvaxer.example.se/stories/{number}",
        picture=Picture(file=f"{number:064d}", alt="Bild", width=900, height=600) if picture else None,
    )


def told(seed: int = 1, *, pictures: bool = False, areas: int = 3) -> Letter:
    """A letter of some areas, a rest and events, with words by chance."""
    chance = random.Random(seed)
    number = 0
    sections = []
    for area in AREAS[:areas]:
        items = []
        for _ in range(chance.randint(1, 3)):
            number += 1
            words = " ".join(chance.choice((*HOSTILE, "växer", "a" * chance.randint(1, 90))) for _ in range(9))
            items.append(item(number, text=words, picture=pictures))
        sections.append(Section(code=area.code, title=area.title, colour=area.colour, items=tuple(items), node=area.id))
    rest = Section(code="", title="Mer", colour="", items=(item(90, text="Resten läser alla."),))
    return letter(sections=(*sections, rest))


def master(of: Letter) -> Master:
    """The letter's message; each story's picture is embedded."""
    rendered = render(of, SV, picture=lambda one, _: f"cid:{one.file[-8:]}@skord", ornament="cid:rings@skord")
    drawn = rings(of.accent, of.sent_on)
    names = ["rings@skord", *(f"{one.file[-8:]}@skord" for one in of.pictures)]
    return build_master(of, rendered, newsletter(), pictures=dict.fromkeys(names, drawn), issue_id=42, areas=AREAS)


def parts(message: bytes) -> tuple[str, str]:
    """Text and HTML of a message as a mail program decodes them."""
    parsed = message_from_bytes(message, policy=policy.default)
    text, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


@pytest.mark.parametrize("seed", range(12))
def test_every_choice_gives_a_sound_letter_with_exactly_what_was_chosen(seed: int) -> None:
    """Whatever the words hold and whichever areas are chosen: bytes without fault, HTML without parse error."""
    of = told(seed, pictures=bool(seed % 2))
    cut = from_kept(master(of).keep())
    for size in range(4):
        for chosen in combinations((1, 2, 3), size):
            message = cut.join(replace(ANNA, areas=chosen))
            assert lint_bytes(message) == []
            assert max(map(len, message.split(b"\r\n"))) <= 998
            assert all(len(line) <= 76 for line in message.partition(b"\r\n\r\n")[2].split(b"\r\n"))
            text, html = parts(message)
            html5lib.HTMLParser(strict=True).parse(html)
            for section in of.sections:
                for each in section.items:
                    wanted = not chosen or not section.node or section.node in chosen
                    assert (f"Berättelse {each.story_id:02d}" in text) is wanted
                    assert (f"Berättelse {each.story_id:02d}" in html) is wanted
            assert marks_of(of).key not in text + html
            assert ("Du har valt" in text, "Du har valt" in html) == (bool(chosen), bool(chosen))


def test_pictures_of_what_is_left_out_are_left_out_too() -> None:
    """A picture that no word of the letter shows is not sent along as a stray attachment."""
    cut = master(told(3, pictures=True))
    for chosen in ((), (1,), (2, 3)):
        message = cut.join(replace(ANNA, areas=chosen))
        shown = set(re.findall(r'src="cid:([^"]+)"', parts(message)[1]))
        sent = set(re.findall(rb"Content-ID: <([^>]+)>", message))
        assert {each.encode() for each in shown} == sent


def test_reader_is_told_what_they_chose_and_where_to_change_it() -> None:
    """The line names the areas in the strategy's order, in both parts, and leads to the reader's own page."""
    text, html = parts(master(told()).join(replace(ANNA, areas=(3, 1))))
    for part in (text, html):
        assert "Du har valt: Attraktiv region, Inkluderande region." in part
        assert part.count(ANNA.leave_url) == 2


def test_letter_without_anything_chosen_says_so() -> None:
    """Who chose an area of which nothing is told this week reads why the letter is short."""
    text, html = parts(master(told(areas=1)).join(replace(ANNA, areas=(2,))))
    for part in (text, html):
        assert "finns inget nytt inom det du har valt" in part
        assert "Berättelse 90" in part
        assert "Berättelse 01" not in part


def test_choice_that_no_area_answers_to_any_more_gives_the_whole_letter() -> None:
    """A strategy that was replaced leaves nobody with an empty letter."""
    cut = master(told())
    assert cut.join(replace(ANNA, areas=(77,))) == cut.join(ANNA)


def test_marks_cannot_be_written_by_who_is_quoted() -> None:
    """A text that holds a letter's own marks makes another letter with other marks."""
    first = told()
    stolen = str(marks_of(first).begin(2)) + marks_of(first).names
    forged = replace(first, sections=(replace(first.sections[0], items=(item(1, text=stolen),)), *first.sections[1:]))
    text, html = parts(master(forged).join(replace(ANNA, areas=(1,))))
    assert marks_of(first).key in text
    assert marks_of(first).key in html
    assert "&lt;!--[" in html


def test_titles_of_areas_are_text_in_a_letter() -> None:
    """An area named like code is shown as it is called."""
    of = told()
    rendered = render(of, SV, picture=lambda _one, _wide: "", ornament="")
    sly = (replace(AREAS[0], title="<script>alert(1)</script> & \u2028ö"), *AREAS[1:])
    cut = build_master(of, rendered, newsletter(), pictures={}, issue_id=42, areas=sly)
    text, html = parts(from_kept(cut.keep()).join(replace(ANNA, areas=(1,))))
    assert "Du har valt: <script>alert(1)</script> & ö." in text
    assert "Du har valt: &lt;script&gt;alert(1)&lt;/script&gt; &amp; ö." in html


def test_each_reader_gets_their_language_and_areas_over_the_line(store: Store, tmp_path: Path) -> None:
    """A newsletter that offers English sends it to who chose it, frozen beside the Swedish one with its own hash."""
    with MailSink() as sink:
        mail = MailSettings(host=sink.host, port=sink.port, connections=1)
        made = settings(tmp_path, mail=mail, languages=("en",))
        home = Home(campaign="hallandvaxer", newsletter="veckobrevet")
        by = Actor(kind="person", account_id=account(store))
        for address, language in (("sv@example.se", "sv"), ("en@example.se", "en")):
            wording = Wording(text="Ja tack", version="1", language=language)
            subscribers.add(store, home, address, wording=wording, now=NOW, confirmed_at=NOW - timedelta(days=1))
        approved(store, at=NOW - timedelta(days=2))
        issue = desk.draft_now(store, made, "veckobrevet", by=by, now=NOW)
        desk.approve(store, made, issue.id, by=by, now=NOW)
        desk.send_now(store, made, issue.id, by=by, now=NOW)
        tick(store, made, clock=lambda: NOW)
        assert {"master", "master.en", "letter.en"} <= set(issues.renders_like(store, issue.id, ""))
        desk.pause(store, issue.id, by=by, now=NOW)
        desk.resume(store, made, issue.id, by=by, now=NOW)
        assert {"master", "master.en", "letter.en"} <= set(issues.renders_like(store, issue.id, ""))
        send_due(store, made, clock=lambda: NOW)
        assert issues.get_issue(store, issue.id).state is IssueState.SENT
        got = {mail.recipients[0]: mail.message for mail in sink.letters}
    assert got["sv@example.se"]["Content-Language"] == "sv"
    assert got["en@example.se"]["Content-Language"] == "en"
    assert "/en/issues/veckobrevet/" in got["en@example.se"]["Archived-At"]
