"""What a letter draws besides stories: events, links, numbers, notes, counts, what was told before."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from campaign.language import Language
from campaign.newsletter import EVENTS
from digest.letter import Section
from digest.marks import marks_of
from digest.render import BUDGET_BYTES, render
from digest.wording import by, by_line, host, when
from digest_samples import letter
from letter_samples import SITE, drawn, event, free, full

SV = Language("sv", ZoneInfo("Europe/Stockholm"))
EN = Language("en", ZoneInfo("Europe/Stockholm"))


def at(day: int, hour: int = 8, month: int = 12, year: int = 2026) -> datetime:
    """A moment, by the clock in Sweden."""
    return datetime(year, month, day, hour, tzinfo=ZoneInfo("Europe/Stockholm")).astimezone(UTC)


def both(rendered: object) -> tuple[str, str]:
    """The two parts with their white space made even."""
    return tuple(" ".join(getattr(rendered, name).split()) for name in ("html", "text"))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("start", "end", "all_day", "told"),
    [
        (at(3), at(3, 10), False, "Torsdag 3 december kl. 08:00–10:00"),
        (at(3), None, False, "Torsdag 3 december kl. 08:00"),
        (at(3), at(3), False, "Torsdag 3 december kl. 08:00"),
        (at(3), at(4, 12), False, "Torsdag 3 december kl. 08:00 – fredag 4 december kl. 12:00"),
        (at(3, 0), None, True, "Torsdag 3 december"),
        (at(3, 0), at(5, 0), True, "Torsdag 3 december – lördag 5 december"),
        (at(3, 9, 6, 2027), None, False, "3 juni 2027 kl. 09:00"),
    ],
)
def test_when_an_event_is_stands_in_words(start: datetime, end: datetime | None, all_day: bool, told: str) -> None:
    """Time, days and year are told by the clock in Sweden, and no more of them than is known."""
    found = event(starts_at=start, ends_at=end, all_day=all_day)
    assert when(found, letter().sent_on, SV) == told


def test_event_tells_when_where_and_leads_to_its_calendar_file() -> None:
    """Both parts have title, time, place, words and the calendar's address; the leaf of the calendar is ornament."""
    made = drawn(full())
    for part in both(made):
        assert "Torsdag 3 december kl. 08:00–09:30, Kulturhuset, Falkenberg" in part
        assert "https://www.example.se/frukost" in part
        assert f"{SITE}/issues/veckobrevet/12/events/91.ics" in part
    assert re.search(r'<td class="date"[^>]*aria-hidden="true"[^>]*><p[^>]*>3</p><p[^>]*>december</p>', made.html)


def test_event_without_address_or_time_is_told_with_what_there_is() -> None:
    """No link without an address, no comma without a time."""
    bare = event(url="", starts_at=None, ends_at=None, calendar="", text="")
    whole = replace(
        letter(2), sections=(*letter(2).sections, Section(code=EVENTS, title="x", colour="", items=(bare,)))
    )
    made = drawn(whole)
    assert '<p class="when"' in made.html
    assert ">Kulturhuset, Falkenberg</p>" in made.html
    assert "Frukostmöte</h3>" in made.html
    assert "\nKulturhuset, Falkenberg\n" in made.text


def test_numbers_links_and_notes_stand_in_both_parts() -> None:
    """A number has its big value, a link its site, a note its Markdown; in plain text the words without marks."""
    page, text = both(drawn(full()))
    assert re.search(r'<p class="value[^>]*>1&nbsp;240</p><h3[^>]*>nya jobb</h3>', page)
    assert "* 1 240 nya jobb Tredje året i rad." in text
    assert re.search(r'<a href="https://www.example.se/sok"[^>]*>Sök pengar</a>', page)
    assert ">example.se</p>" in page
    assert "<strong>ledig</strong> vecka 52" in page
    assert "Redaktionen är ledig vecka 52." in text


def test_notes_and_counts_of_a_section_stand_under_its_heading() -> None:
    """The editors' words over a section, and counts as a list."""
    page, text = both(drawn(full()))
    assert re.search(
        r"Attraktiv region</h2>.*<strong>företag</strong>.*<li[^>]*>31 berättelser från 14 platser</li>", page
    )
    assert "Veckans företag söker folk (https://example.se/jobb). 31 berättelser från 14 platser" in text


def test_story_that_goes_on_leads_to_the_issue_that_told_its_beginning() -> None:
    """Both parts say the number and link to that issue."""
    page, text = both(drawn(full()))
    assert re.search(rf'<a href="{SITE}/issues/v/9"[^>]*>Vi berättade om början i nr 9</a>', page)
    assert f"Vi berättade om början i nr 9: {SITE}/issues/v/9" in text


@pytest.mark.parametrize(
    ("language", "told", "unknown", "stood"),
    [
        (SV, "Redaktionens ord efter Avsändare 1 på Mastodon", "Redaktionens ord. Avsändaren", "Stod i nr 3"),
        (EN, "In the editors’ words, after Avsändare 1", "In the editors’ words. ", "Was in no. 3"),
    ],
)
def test_editors_words_stand_under_no_other_name(language: Language, told: str, unknown: str, stood: str) -> None:
    """Who told it first is named as that in both parts; words that are the author's own have the name alone."""
    made = letter(items=2, language=language.code)
    here = replace(made.items[0], quoted=False, earlier_url=f"{SITE}/issues/veckobrevet/3", stood_in=3)
    section = replace(made.sections[0], items=(here, replace(made.items[1], quoted=True)))
    for part in both(render(replace(made, sections=(section,)), language, picture=lambda *_: "", leave="#")):
        plain = " ".join(re.sub(r"<[^>]+>", "", part).replace("\xa0", " ").split())
        assert told in plain
        assert stood in plain
        assert "efter Avsändare 2" not in plain
        assert "after Avsändare 2" not in plain
    assert unknown in by(replace(here, author=""), made.sent_on, language)
    assert not by(replace(here, text=""), made.sent_on, language).startswith(told[:10])


def test_yearbook_names_its_year_and_no_week() -> None:
    """The line under a yearbook's name has the year; a letter's has the week."""
    book = drawn(replace(full(), kind="yearbook"))
    for part in (book.html, book.text):
        assert "Årsbok 2026 · nr 12 · fredag 20 november 2026" in part
        assert "vecka" not in part.split("20 november 2026")[0]
        assert "Årets berättelser rör" in part
    assert "Nr 12 · vecka 47" in drawn(full()).html


def test_only_the_campaigns_own_tag_is_left_out() -> None:
    """Every story has it, in whatever case; the others stay."""
    told = full()
    first = replace(told.sections[0].items[0], tags="#HallandVäxer, #halmstad")
    made = drawn(replace(told, sections=(replace(told.sections[0], items=(first,)),)))
    assert "#halmstad" in made.html
    assert "#halmstad" in made.text
    assert "HallandVäxer" not in made.html + made.text


def test_author_is_set_off_and_stays_text() -> None:
    """The place in the line that says who told it is bold, the name leads there; markup in both is shown."""
    item = replace(letter().items[0], author='<b>{network}</b> "x"', place="<i>Varberg")
    told = str(by_line(item, letter().sent_on, SV))
    name = f'<a href="{item.original_url}">&lt;b&gt;{{network}}&lt;/b&gt; &#34;x&#34;</a>'
    assert told == f"<b>&lt;i&gt;Varberg</b>\xa0· {name} på Mastodon, måndag\xa016\xa0november"


def test_a_place_stands_before_the_name_in_both_parts() -> None:
    """Whoever looks for their own town finds it first in the line; an old letter has none and no dot."""
    told = letter()
    item = replace(told.items[0], place="Varberg, Falkenberg m.fl.")
    made = drawn(replace(told, sections=(replace(told.sections[0], items=(item,)),)))
    assert f"Varberg, Falkenberg m.fl. · {item.author} på Mastodon" in made.text
    assert "<b>Varberg, Falkenberg m.fl.</b>&nbsp;· <a " in made.html
    assert f" · {item.author}" not in drawn(told).text


def test_after_two_weeks_the_day_of_the_week_is_left_out() -> None:
    """What was told lately has its week day, what is older its day and month, what is old its year."""
    sent_on = letter().sent_on
    line = [
        str(by_line(replace(letter().items[0], published_at=datetime(2026, month, day, 12, tzinfo=UTC)), sent_on, SV))
        for month, day in ((11, 6), (11, 5), (3, 5))
    ]
    for found, wanted in zip(line, ("fredag 6 november", "5 november", "5 mars 2026"), strict=True):
        assert found.endswith(", " + wanted.replace(" ", "\xa0"))


def test_who_told_a_story_is_not_named_again_under_its_picture() -> None:
    """Another's picture says whose it is."""
    told = full()
    item = next(item for item in told.items if item.picture)
    for who, shown in ((item.author, False), ("Anna Foto", True)):
        pictured = replace(item, picture=replace(item.picture, credit=who))
        made = drawn(replace(told, sections=(replace(told.sections[0], items=(pictured,)),)))
        assert (f"Bild: {who}" in made.html) is shown


def test_numbers_are_not_broken_between_their_thousands() -> None:
    """Only the spaces inside numbers hold; the plain text keeps them as they were written."""
    item = replace(
        letter().items[0], title="212 barn läste 1 318 böcker 2026", text="Nr 7 100 gånger, 12 345 678 steg."
    )
    made = drawn(replace(letter(), sections=(replace(letter().sections[0], items=(item,)),)))
    assert "212 barn läste 1&nbsp;318 böcker 2026" in made.html
    assert "12&nbsp;345&nbsp;678 steg" in made.html
    assert "1 318 böcker" in made.text


@pytest.mark.parametrize(
    ("url", "told"), [("https://www.åker.se/x", "åker.se"), ("mailto:a@b.se", ""), ("", ""), ("http://[", "")]
)
def test_site_of_a_link_is_told_where_it_can_be(url: str, told: str) -> None:
    """An address that cannot be taken apart has no site, and does no harm."""
    assert host(url) == told


@pytest.mark.parametrize(
    "text",
    [
        "{{7*7}} {% raw %} ${x} {# y #}",
        "DARK ACCENT [OGSC] NIGHT",
        "</style><style>*{}",
        "<!--[if mso]>",
        "%s {0} {name}",
    ],
)
@pytest.mark.parametrize("field", ["title", "text", "author", "value", "place"])
def test_templates_in_foreign_text_stay_text(field: str, text: str) -> None:
    """What looks like a template, our own marks or a comment is shown as it was written."""
    told = full()
    item = event(**{field: text}) if field != "value" else free("number", value=text)
    if field == "author":
        item = replace(told.items[0], author=text)
    made = drawn(replace(told, sections=(replace(told.sections[0], items=(item, *told.items[1:])), *told.sections[1:])))
    shown = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert " ".join(shown.split()) in " ".join(made.html.split())
    assert " ".join(text.split()) in " ".join(made.text.split())


@pytest.mark.parametrize("budget", [60_000, 40_000, 25_000])
def test_with_free_items_and_notes_the_footer_stays_too(budget: int) -> None:
    """The cut takes items, then lines, then notes; every item stays in the plain text."""
    told = full(40)
    noted = tuple(replace(each, intro="Ett ord om veckan. " * 60) for each in told.sections)
    told = replace(told, sections=noted)
    made = drawn(told, budget_bytes=budget)
    assert made.size_bytes <= budget
    assert made.full < made.items
    assert marks_of(told).leave in made.html
    assert made.html.rstrip().endswith("</html>")
    assert "Frukostmöte" in made.text


def test_notes_alone_beyond_the_budget_are_left_to_the_web() -> None:
    """Notes longer than the whole budget do not push out the way to leave."""
    told = replace(full(4), intro="")
    noted = tuple(replace(each, intro="Ett ord om veckan. " * 3000) for each in told.sections)
    told = replace(told, sections=noted)
    made = drawn(told)
    assert made.size_bytes <= BUDGET_BYTES
    assert marks_of(told).leave in made.html
    assert "Ett ord om veckan." not in made.html


def test_item_without_address_becomes_a_line_to_the_web_copy() -> None:
    """What has no page of its own leads to the issue when it is cut to a line."""
    made = drawn(full(8), budget_bytes=24_000)
    lines = re.findall(r'<p class="more"[^>]*><a href="([^"]*)"[^>]*>([^<]*)</a>', made.html)
    assert (f"{SITE}/issues/veckobrevet/12", "1 240 nya jobb") in lines


@pytest.mark.parametrize("language", [SV, EN])
def test_everything_is_drawn_in_both_languages(language: Language) -> None:
    """No key is missing, and the text part keeps to its measure but for addresses."""
    made = render(replace(full(), language=language.code), language)
    long = [line for line in made.text.splitlines() if len(line) > 72 and not line.startswith("http")]
    assert long == []
