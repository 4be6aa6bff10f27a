"""The yearbook: what is chosen and why, what is counted, how a year is told, and what it is once it has left."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from builders import approved, node
from campaign.errors import ConflictError, DigestError, InputError
from campaign.language import Language
from campaign.newsletter import IssueKind, IssueState, Why
from campaign.records import Story
from conftest import NOW
from desk import Running, fields, running
from digest import desk as letters
from digest import edition as editions
from digest.growth import RingWeek, WeekState
from digest.letter import from_json, to_json
from digest.work import tick
from digest.yearbook import PER_AREA, PER_REST, Candidate, Told, choose, lines, note, opening, spans
from digest.yearbook import count as counted
from digest.yearbook_desk import book_year, draft_yearbook, year_named
from digest_samples import story
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.issues import candidates, find_issue, items, open_issue
from storage.store import Store
from storage.yearbook import open_yearbook
from test_web_issues import by, drafted, get, send

AT = datetime(2026, 12, 18, 7, 0, tzinfo=UTC)
SWEDISH = Language("sv", ZoneInfo("Europe/Stockholm"))
WEEKS = tuple(RingWeek(year=2026, week=week, state=WeekState.STILL) for week in range(1, 54))


def told(number: int, *, month: int = 5, area: str = "a", voice: str = "Anna", **changes: Any) -> Candidate:
    """A story that a letter of 2026 told."""
    weight = changes.pop("weight", 0)
    return Candidate(
        story=story(number, **changes), area=area, number=number, day=date(2026, month, 3), weight=weight, voice=voice
    )


# --- choosing --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(60))
def test_every_pick_has_a_reason_and_the_year_is_spread(seed: int) -> None:
    """Whatever a year told: no story twice, no chapter too long or empty without cause, every quarter that a chapter's
    letters told of is in it, and nobody has more than half of it while others have something left.
    """
    chance = random.Random(seed)
    year = [
        told(
            number,
            month=chance.randint(1, 12),
            area=chance.choice(("a", "b", "", "ended")),
            voice=chance.choice(("Anna", "Bo", "Cia", "")),
            featured=chance.random() < 0.2,
            weight=chance.randint(0, 3),
        )
        for number in range(1, chance.randint(1, 60))
    ]
    picks = choose(year, order=["a", "b"], at=AT)
    known = {each.story.id: each for each in year}
    assert len({each.story_id for each in picks}) == len(picks)
    assert [each.position for each in picks] == list(range(len(picks)))
    for code, limit in (("a", PER_AREA), ("b", PER_AREA), ("", PER_REST)):
        inside = [each for each in year if (each.area if each.area in ("a", "b") else "") == code]
        chosen = [known[each.story_id] for each in picks if each.area == code]
        assert len(chosen) == min(limit, len(inside))
        assert [each.day for each in chosen] == sorted(each.day for each in chosen)
        left = [each for each in inside if each not in chosen]
        voices = Counter(each.voice for each in chosen if each.voice)
        for voice, number in voices.items():
            assert number <= max(1, len(chosen) // 2) or all(each.voice == voice for each in left)
    for each in picks:
        assert SWEDISH.t(f"digest.reason.{each.reason.key}", **each.reason.facts)
        assert each.reason.facts["number"] == known[each.story_id].number


def test_each_quarter_has_its_turn() -> None:
    """Of a spring with many stories and an autumn with one, by different voices, the autumn's is in the book."""
    spring = [told(number, month=4, voice=f"Röst {number}", featured=True) for number in range(1, 20)]
    picks = choose([*spring, told(50, month=11, voice="Ensam")], order=["a"], at=AT)
    assert 50 in [each.story_id for each in picks]
    assert len(picks) == PER_AREA


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"featured": True, "weight": 3}, "book_featured"),
        ({"weight": 3}, "book_milestone"),
        ({"weight": 2}, "book_shows"),
        ({"posts": (), "media": ()}, "book_quarter"),
    ],
)
def test_the_reason_is_the_strongest_there_is(changes: dict[str, Any], reason: str) -> None:
    """What an editor lifted is told first, then what it says about a goal; the letter that told it always."""
    (pick,) = choose([told(7, **changes)], order=["a"], at=AT)
    assert pick.reason == Why(key=reason, facts={"number": 7, "quarter": 2})


# --- counting and telling --------------------------------------------------------------------------------


def one(day: date, *, place: str = "Laholm", voice: str = "Anna", area: int = 1) -> Told:
    """A story of the year, for counting."""
    return Told(day=day, places=(place,), voice=voice, areas=frozenset({area}), evidence=1)


def test_an_area_is_told_with_its_silence_named() -> None:
    """The months in which nobody told are named, but neither those to come nor those in which nobody could listen."""
    weeks = [
        RingWeek(year=2026, week=week, state=WeekState.OPEN if 6 <= week <= 9 else WeekState.STILL)
        for week in range(1, 54)
    ]
    year = [one(date(2026, 1, 5)), one(date(2026, 4, 5), place="Halmstad"), one(date(2026, 4, 9))]
    words = note("Jobb", year, weeks, SWEDISH, as_of=date(2026, 6, 15))
    assert "3 berättelser handlade om Jobb. De kom från januari till april." in words
    assert "De kom från 2 platser, flest från Laholm och Halmstad." in words
    assert "Flest gånger berättade Anna." in words
    assert words.endswith("Ingen berättade i mars och maj.")


def test_an_area_that_nobody_told_of_says_what_that_means() -> None:
    """Silence is told as silence: it says what was told, not what happened."""
    assert "Det säger vad som berättades, inte vad som hände." in note(
        "Jobb", [], WEEKS, SWEDISH, as_of=date(2026, 12, 1)
    )
    assert [each.key for each in lines([])] == ["none"]


def test_names_of_others_are_words_in_the_note() -> None:
    """A name with Markdown in it makes no link."""
    year = [one(date(2026, 1, 5), voice="[x](https://evil.example)") for _ in range(2)]
    assert "](http" not in note("Jobb", year, WEEKS, SWEDISH, as_of=date(2026, 2, 1)).replace("\\]", "")


def test_the_opening_names_the_gaps() -> None:
    """Weeks in which nothing could be collected are told as spans, and never as silence."""
    weeks = [
        RingWeek(year=2026, week=week, state=WeekState.OPEN if week in (8, 9, 30) else WeekState.STILL)
        for week in range(1, 54)
    ]
    assert spans(weeks) == [(8, 9), (30, 30)]
    book = counted(2026, [one(date(2026, 1, 5))], weeks, issues=1, as_of=date(2026, 12, 1))
    words = opening(book, SWEDISH)
    assert "Under 2026 samlades 1 berättelse. De berättades i 1 brev." in words
    assert "Inget kunde hämtas vecka 8 till 9 och vecka 30" in words


def test_the_book_of_spring_is_that_of_the_year_before() -> None:
    """Who asks in January means the year that ended."""
    assert (book_year(date(2027, 1, 8)), book_year(date(2026, 11, 22))) == (2026, 2026)
    for wrong in ("", "26", "2026-01", "²026", "1066", "20261"):
        with pytest.raises(InputError):
            year_named(wrong)


# --- drafted, edited, sent -------------------------------------------------------------------------------


@pytest.fixture
def site(store: Store) -> Iterator[Running]:
    """The whole web on both databases, two days after its letters left."""
    with running(store) as found:
        found.now = NOW + timedelta(days=2)
        yield found


def yearbook(site: Running, year: int = 2026) -> Any:
    """The draft of a year's book."""
    return draft_yearbook(site.store, site.settings, "veckobrevet", year, by=by(site), now=site.now)


def letter(site: Running, *stories: Story, week: int = 47) -> None:
    """A letter that left."""
    send(site, drafted(site, *stories, week=week))


def in_area(site: Running, told_story: Story, code: str = "attraktiv") -> Story:
    """The story, as evidence for a focus area."""
    attach(site.store, told_story.id, node(site.store, code=code), by=by(site), now=NOW)
    return told_story


def test_a_yearbook_is_an_ordinary_draft(site: Running) -> None:
    """It has the next number, words proposed for each chapter, and waits for a person like any letter."""
    first, second = in_area(site, approved(site.store)), approved(site.store)
    node(site.store, code="tyst", title="En tyst region", position=1)
    letter(site, first, second)
    made = yearbook(site)
    assert (made.number, made.kind, made.state) == (2, IssueKind.YEARBOOK, IssueState.DRAFT)
    assert made.subject == "Årsbok 2026: Halland växer"
    edition = editions.load(site.store, site.settings, made.id)
    assert [(each.code, len(each.items)) for each in edition.letter.sections] == [
        ("attraktiv", 1),
        ("tyst", 0),
        ("", 1),
    ]
    assert "En tyst region" in edition.letter.sections[1].intro
    assert edition.letter.sections[1].lines == ("Ingen berättelse i år",)
    assert [item.earlier for item in edition.letter.items] == [1, 1]
    assert edition.letter.book is not None
    assert (edition.letter.book.stories, edition.letter.book.issues, edition.letter.book.evidence) == (2, 1, 1)
    assert from_json(to_json(edition.letter)) == edition.letter


def test_a_yearbook_takes_nothing_from_the_letters(site: Running) -> None:
    """While it is open a weekly draft is made beside it, and what it tells can still be told, or not, as before."""
    letter(site, approved(site.store))
    before = candidates(site.store, "hallandvaxer", "veckobrevet")
    book = yearbook(site)
    assert candidates(site.store, "hallandvaxer", "veckobrevet") == before
    assert open_issue(site.store, "veckobrevet") is None
    assert open_yearbook(site.store, "veckobrevet") == book
    approved(site.store)
    weekly = letters.draft_now(site.store, site.settings, "veckobrevet", by=by(site), now=site.now)
    assert (weekly.kind, weekly.number) == (IssueKind.LETTER, book.number + 1)
    with pytest.raises(ConflictError, match="yearbook_open"):
        yearbook(site)


def test_the_weekly_plan_passes_a_yearbook_by(site: Running) -> None:
    """The schedule drafts the week's letter though a yearbook was drafted after the time for it."""
    letter(site, approved(site.store))
    approved(site.store, at=NOW + timedelta(days=3))
    site.now = NOW + timedelta(days=6, hours=3)  # Thursday at four; the letter's draft was due at two
    yearbook(site)
    tick(site.store, site.settings, clock=lambda: site.now)
    weekly = open_issue(site.store, "veckobrevet")
    assert weekly is not None
    assert weekly.kind is IssueKind.LETTER


def test_a_year_that_nobody_told_of_has_no_book(site: Running) -> None:
    """Neither a year without letters nor one whose stories are all hidden gives a draft."""
    only = approved(site.store)
    letter(site, only)
    with pytest.raises(DigestError, match="yearbook_empty"):
        yearbook(site, 2024)
    decide(site.store, only.id, Action.HIDE, by=by(site), now=site.now)
    with pytest.raises(DigestError, match="yearbook_empty"):
        yearbook(site)


def test_only_what_left_is_told_again(site: Running) -> None:
    """A story that stands in a draft, and one that was left out, are in no yearbook."""
    out, waiting = approved(site.store), approved(site.store)
    letter(site, out)
    drafted(site, waiting, week=48)
    assert [item.story_id for item in items(site.store, yearbook(site).id)] == [out.id]


def test_a_yearbook_that_left_is_a_book_with_an_index(site: Running) -> None:
    """Its page has cover, contents, counts, numbered stories, an index and a checksum; its year leads to it."""
    first = in_area(site, approved(site.store, title="Bron i Laholm", author_name="Åsa"))
    letter(site, first, approved(site.store, title="Vindlaget", author_name="Örjan"))
    made = yearbook(site)
    assert "/issues/veckobrevet/2" not in get(site, "/years/2026")
    send(site, made)
    shown = get(site, "/issues/veckobrevet/2").partition("<body")[2]
    assert '<header class="book-cover">' in shown
    assert shown.index("Innehåll") < shown.index("Bron i Laholm") < shown.index('id="index-partners"')
    assert 'aria-label="berättelse 1"' in shown
    assert "Berättades i nr 1" in shown
    assert "size: A5" in get(site, "/issues/veckobrevet/2/print.css")
    assert "Read the yearbook 2026" in get(site, "/en/years/2026")
    assert "/issues/veckobrevet/2" in get(site, "/years/2026")
    assert "Årsbok" in get(site, "/issues")


def test_what_is_hidden_leaves_the_book_and_its_index(site: Running) -> None:
    """A story that is hidden later is a marked gap; neither its words nor who told it stand anywhere in the book."""
    gone = approved(site.store, title="Bron i Laholm", author_name="Åsa Bro")
    letter(site, gone, approved(site.store, title="Vindlaget"))
    send(site, yearbook(site))
    decide(site.store, gone.id, Action.HIDE, by=by(site), now=site.now)
    shown = get(site, "/issues/veckobrevet/2")
    assert "Bron i Laholm" not in shown
    assert "Åsa Bro" not in shown
    assert "Berättelsen som stod här visas inte längre." in shown


def test_the_desk_makes_a_yearbook_with_one_press(site: Running) -> None:
    """The list of issues offers it; what is no year is refused with a sentence; an open one is gone on with."""
    letter(site, approved(site.store))
    client = site.client()
    page = client.get("/desk/issues").text
    given_fields = fields(page[page.index('class="yearbook"') :], "/desk/issues")
    refused = client.post("/desk/issues", data={**given_fields, "year": "nästa"})
    assert "Det är inget år som kan bli en årsbok: nästa." in refused.text
    made = client.post("/desk/issues", data={**given_fields, "year": "2026"})
    assert made.headers["location"].startswith("/desk/issues/2")
    assert "Fortsätt med årsboken" in client.get("/desk/issues").text
    assert client.get("/desk/issues/2").status_code == 200
    found = find_issue(site.store, "veckobrevet", 2)
    assert found is not None
    assert found.kind is IssueKind.YEARBOOK
