"""What a yearbook is made of: the best that the year's letters told, spread, and each area's year in words. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from campaign.errors import Fact
from campaign.figures import Weight
from campaign.language import Language
from campaign.newsletter import Why
from campaign.records import Story, Use
from digest.growth import RingWeek, WeekState
from digest.letter import Book

#: So many stories a chapter has at most, and that of the stories without an area.
PER_AREA, PER_REST = 8, 4

#: No more than this share of a chapter is one partner's, as long as others have something.
_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A story that a letter of the year told. ``area`` is the code of its chapter, "" for none; ``number`` that letter;
    ``weight`` how much it says about a goal, 0 where nobody said; ``voice`` who told it, "" where nobody knows.
    """

    story: Story
    area: str
    number: int
    day: date
    weight: int
    voice: str

    @property
    def quarter(self) -> int:
        """The quarter in which it was told, 1 to 4."""
        return (self.day.month + 2) // 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A story for the yearbook, with the reason. The issue that told it is among the reason's facts."""

    story_id: int
    area: str
    position: int
    reason: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One story of the year, for counting: when it was published, where, by whom, under which areas' ids, and how
    many nodes it is evidence for.
    """

    day: date
    places: tuple[str, ...]
    voice: str
    areas: frozenset[int]
    evidence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A count in a form that can be kept and told in any language: a key under ``yearbook.line`` and its facts."""

    key: str
    facts: Mapping[str, Fact]


# --- the stories -----------------------------------------------------------------------------------------


def choose(candidates: Sequence[Candidate], *, order: Sequence[str], at: datetime) -> list[Pick]:
    """Return the stories of a yearbook by chapter (``order`` are the areas' codes), each in the order of the year.

    In a chapter the quarters take turns, so that no season is forgotten; within a quarter those that an editor lifted
    come first, then voices and places that the chapter does not have yet, then what says most about a goal and has a
    picture. ``at`` is when the book leaves: a picture counts that may be mailed then.
    """
    picks: list[Pick] = []
    for code in [*order, ""]:
        inside = [each for each in candidates if (each.area if each.area in order else "") == code]
        for each, reason in _chapter(inside, PER_AREA if code else PER_REST, at):
            picks.append(Pick(story_id=each.story.id, area=code, position=len(picks), reason=reason))
    return picks


def _chapter(inside: Sequence[Candidate], limit: int, at: datetime) -> list[tuple[Candidate, Why]]:
    left, taken = list(inside), list[Candidate]()
    most = max(1, int(min(limit, len(left)) * _SHARE))
    while left and len(taken) < limit:
        best = min(left, key=lambda each: _rank(each, taken, most, at))
        left.remove(best)
        taken.append(best)
    taken.sort(key=lambda each: (each.day, each.story.id))
    return [(each, _reason(each, at)) for each in taken]


def _rank(each: Candidate, taken: Sequence[Candidate], most: int, at: datetime) -> tuple[int, ...]:
    voices = Counter(other.voice for other in taken if other.voice)
    places = {place for other in taken for place in other.story.places}
    return (
        int(bool(each.voice) and voices[each.voice] >= most),
        sum(other.quarter == each.quarter for other in taken),
        int(not each.story.featured),
        voices[each.voice] + sum(place in places for place in each.story.places[:1]),
        -(2 * each.weight + _has_picture(each, at)),
        each.story.id,
    )


def _has_picture(each: Candidate, at: datetime) -> bool:
    return any(media.may_be_shown(Use.MAIL, at) for post in each.story.posts for media in post.media)


def _reason(each: Candidate, at: datetime) -> Why:
    facts: dict[str, Fact] = {"number": each.number, "quarter": each.quarter}
    if each.story.featured:
        return Why(key="book_featured", facts=facts)
    if each.weight >= Weight.MILESTONE:
        return Why(key="book_milestone", facts=facts)
    if each.weight >= Weight.SHOWS:
        return Why(key="book_shows", facts=facts)
    return Why(key="book_picture" if _has_picture(each, at) else "book_quarter", facts=facts)


# --- the counts ------------------------------------------------------------------------------------------


def count(year: int, told: Sequence[Told], growth: Iterable[RingWeek], *, issues: int, as_of: date) -> Book:
    """Return what the whole year counts."""
    return Book(
        year=year,
        as_of=as_of,
        stories=len(told),
        voices=len({each.voice for each in told if each.voice}),
        places=len({place for each in told for place in each.places}),
        issues=issues,
        evidence=sum(each.evidence for each in told),
        growth=tuple(growth),
    )


def lines(told: Sequence[Told]) -> list[Line]:
    """Return a chapter's counts; one that nothing was told of says so."""
    if not told:
        return [Line(key="none", facts={})]
    counts = {
        "stories": len(told),
        "places": len({place for each in told for place in each.places}),
        "voices": len({each.voice for each in told if each.voice}),
        "evidence": sum(each.evidence for each in told),
    }
    return [Line(key=key, facts={"count": number}) for key, number in counts.items() if number]


def note(title: str, told: Sequence[Told], growth: Sequence[RingWeek], language: Language, *, as_of: date) -> str:
    """Return an area's year in words made from what was counted, for an editor to go on from. Markdown."""
    if not told:
        return language.t("yearbook.note.none", area=title)
    ordered = sorted(each.day for each in told)
    parts = [language.t("yearbook.note.stories", count=len(told), area=title, months=_months(ordered, language))]
    places = Counter(place for each in told for place in each.places)
    if len(places) > 1:
        most = language.listed(name for name, _ in places.most_common(3))
        parts.append(language.t("yearbook.note.places", count=len(places), most=most))
    voices = Counter(each.voice for each in told if each.voice)
    often = [name for name, number in voices.most_common(3) if number > 1]
    if often:
        parts.append(language.t("yearbook.note.voices", most=language.listed(often)))
    silent = _silent_months({day.month for day in ordered}, growth, as_of)
    if silent:
        named = language.listed(language.month(each).split()[0] for each in silent)
        parts.append(language.t("yearbook.note.silent", months=named))
    return _plain(" ".join(parts))


def opening(book: Book, language: Language) -> str:
    """Return the whole year in words, for an editor to go on from. Markdown."""
    parts = [
        language.t("yearbook.opening.stories", count=book.stories, year=book.year),
        language.t("yearbook.opening.issues", count=book.issues),
    ]
    busiest = max(book.growth, key=lambda week: (week.total, -week.week), default=None)
    if busiest is not None and busiest.total > 1:
        parts.append(language.t("yearbook.opening.busiest", week=busiest.week, count=busiest.total))
    gaps = spans(book.growth)
    if gaps:
        named = language.listed(_weeks(first, last, language) for first, last in gaps)
        parts.append(language.t("yearbook.opening.gaps", weeks=named))
    return _plain(" ".join(parts))


def spans(growth: Iterable[RingWeek]) -> list[tuple[int, int]]:
    """Return the first and last week of every time in which nothing could be collected."""
    found: list[tuple[int, int]] = []
    for week in growth:
        if week.state is not WeekState.OPEN:
            continue
        if found and found[-1][1] == week.week - 1:
            found[-1] = (found[-1][0], week.week)
        else:
            found.append((week.week, week.week))
    return found


def _weeks(first: int, last: int, language: Language) -> str:
    if first == last:
        return language.t("yearbook.opening.week", week=first)
    return language.t("yearbook.opening.weeks", first=first, last=last)


def _months(ordered: Sequence[date], language: Language) -> str:
    first, last = (language.month(day).split()[0] for day in (ordered[0], ordered[-1]))
    key = "yearbook.note.month" if first == last else "yearbook.note.months"
    return language.t(key, first=first, last=last)


def _silent_months(told: Collection[int], growth: Sequence[RingWeek], as_of: date) -> list[date]:
    """Return the whole months that have passed in which collecting worked and nothing was told.

    A month whose every week was open is no silence of people's: nobody could listen.
    """
    if not growth:
        return []
    year = growth[len(growth) // 2].year
    heard = {
        day.month
        for week in growth
        if week.state in (WeekState.GROWN, WeekState.STILL)
        for day in [week.monday]
        if day.year == year
    }
    passed = 12 if as_of.year > year else as_of.month - 1
    return [date(year, month, 1) for month in range(1, passed + 1) if month in heard and month not in told]


def _plain(text: str) -> str:
    """Return words that Markdown leaves as they are: names come from others."""
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>#!" else letter for letter in text)
