"""What each chart of the whole shows, in a sentence and a few more, reckoned from its numbers. Pure; see whole.toml."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from campaign.language import Language
from storage.coverage import SILENT_WEEKS
from web.rings import Rings
from web.whole import Row, Time

#: A network that told nothing for so long has fallen silent: a quarter of a year.
_QUIET_DAYS = 91
#: So many names stand in a sentence; the chart has them all.
_MOST_NAMED = 3


def time_words(time: Time, language: Language) -> str:
    """Return a week or a month as it stands alone: "Vecka 47 2026", "November 2026"."""
    if time.is_week:
        return language.t("whole.week", week=int(time.key[-2:]), year=int(time.key[:4]))
    named = language.month(time.first)
    return named[:1].upper() + named[1:]


def when_words(time: Time, language: Language) -> str:
    """Return a week or a month as it stands inside of a sentence: "vecka 47 2026", "i november 2026"."""
    if time.is_week:
        return language.t("whole.in_week", week=int(time.key[-2:]), year=int(time.key[:4]))
    return language.t("whole.in_month", month=language.month(time.first))


def unit(known: Sequence[Time]) -> str:
    """Return "week" or "month", as the keys of sentences have it."""
    return "week" if known and known[0].is_week else "month"


def rings_words(rings: Rings, language: Language) -> tuple[str, str]:
    """Return what the rings show: a heading and more."""
    if not rings.total:
        return language.t("whole.rings.none"), ""
    grown = [week for week in rings.weeks if week.total]
    count = language.number(rings.total)
    # A week stands in the month that has its Thursday, as it stands in its year.
    since = grown[0].monday + timedelta(days=3)
    title = language.t("whole.rings.title", count=rings.total, number=count, since=language.month(since))
    parts = []
    busiest = rings.busiest
    if busiest is not None and busiest.total > 1:
        parts.append(language.t("public.rings.busiest", week=busiest.week, year=busiest.year, count=busiest.total))
    if rings.open_weeks:
        parts.append(language.t("whole.open.week", count=rings.open_weeks))
    return title, " ".join(parts)


def activity_words(rows: Sequence[Row], known: Sequence[Time], language: Language) -> tuple[str, str]:
    """Return what the columns show: a heading and more."""
    totals = [sum(row.counts[at] for row in rows) for at in range(len(known))]
    total, most = sum(totals), max(totals, default=0)
    if not total:
        return language.t("whole.none"), ""
    at = len(totals) - 1 - totals[::-1].index(most)
    if totals.count(most) == 1 and most > 1:
        title = language.t("whole.activity.title", when=when_words(known[at], language), **_count(most, language))
    else:
        title = language.t(f"whole.activity.even.{unit(known)}", **_count(most, language))
    first, second = ([*sorted((row for row in rows if row.key), key=lambda row: -row.total), None, None])[:2]
    parts = [language.t("whole.activity.total", **_count(total, language))]
    if first is not None and second is not None and first.total > second.total:
        parts.append(language.t("whole.activity.area", area=first.name, **_count(first.total, language)))
    begun = next(place for place, count in enumerate(totals) if count)
    quiet = sum(not count and not each.open for count, each in zip(totals[begun:], known[begun:], strict=True))
    if quiet:
        parts.append(language.t(f"whole.quiet.{unit(known)}", count=quiet))
    return title, " ".join([*parts, *_open(rows, known, language)])


def places_words(
    rows: Sequence[Row], known: Sequence[Time], unplaced: int, language: Language, *, chosen: bool
) -> tuple[str, str]:
    """Return what the spread over places shows. ``chosen``: the rows are all the places that the campaign has."""
    told = [row for row in rows if row.total]
    if not told:
        return language.t("whole.places.none"), ""
    first = max(told, key=lambda row: row.total)
    tied = sum(row.total == first.total for row in told) > 1
    key = "all" if chosen and len(told) == len(rows) else "some" if chosen else "open"
    key = key if not tied else f"{key}_tied"
    title = language.t(f"whole.places.{key}", count=len(told), all=len(rows), place=first.name)
    parts = []
    silent = [row.name for row in rows if not row.total]
    if silent and chosen:
        parts.append(_named("whole.places.silent", silent, language))
    if unplaced:
        parts.append(language.t("whole.places.unplaced", **_count(unplaced, language)))
    return title, " ".join([*parts, *_open(rows[:1], known, language, whole=False)])


def networks_words(rows: Sequence[Row], known: Sequence[Time], total: int, language: Language) -> tuple[str, str]:
    """Return what the networks show: where most is told, which came and which fell silent."""
    if not rows:
        return language.t("whole.none"), ""
    first = max(rows, key=lambda row: row.total)
    if len(rows) == 1:
        title = language.t("whole.networks.one", name=first.name)
    else:
        title = language.t(
            "whole.networks.title", name=first.name, all=language.number(total), **_count(first.total, language)
        )
    begun = min(row.first or 0 for row in rows)
    parts = []
    for row in rows:
        if row.first is not None and row.first > begun:
            parts.append(language.t("whole.networks.came", name=row.name, when=_month(known[row.first], language)))
    parts = parts[-_MOST_NAMED:]
    for row in rows:
        last = row.last
        if last is not None and (known[-1].end - known[last].end).days >= _QUIET_DAYS:
            parts.append(language.t("whole.networks.gone", name=row.name, when=_month(known[last], language)))
    return title, " ".join([*parts, *_unheard(rows, known, language)])


def _unheard(rows: Sequence[Row], known: Sequence[Time], language: Language) -> list[str]:
    """Return what could not be heard of each network, while it told anything at all; once where it was the same."""
    lost = [
        sum(row.is_gap(at) for at in range(row.first or 0, (row.last or 0) + 1)) if row.total else 0 for row in rows
    ]
    same = sum(all(row.is_gap(at) for row in rows) for at in range(len(known)))
    if same and all(each <= same for each in lost):
        return [language.t(f"whole.open.{unit(known)}", count=same)]
    key = f"whole.networks.open.{unit(known)}"
    found = sorted(((each, row.name) for each, row in zip(lost, rows, strict=True) if each), reverse=True)
    return [language.t(key, name=name, count=each) for each, name in found[:_MOST_NAMED]]


def evidence_words(rows: Sequence[Row], language: Language, kind: str) -> tuple[str, str]:
    """Return how many goals have any evidence. ``kind`` is "goal", or "area" where focus areas stand for them."""
    told = [row for row in rows if row.total]
    if not told:
        return language.t("whole.evidence.none", all=len(rows), **_noun(kind, len(rows), language)), ""
    first = max(told, key=lambda row: row.total)
    key = "all" if len(told) == len(rows) else "some"
    title = language.t(f"whole.evidence.{key}", count=len(told), all=len(rows), **_noun(kind, len(rows), language))
    parts = [language.t("whole.evidence.most", goal=first.name, **_count(first.total, language))]
    if len(told) < len(rows):
        parts.append(_named("whole.evidence.bare", [row.name for row in rows if not row.total], language))
    return title, " ".join(parts)


def silence_words(rows: Sequence[Row], weeks: Sequence[int | None], language: Language, kind: str) -> tuple[str, str]:
    """Return how many goals have been silent for a quarter of a year, and which longest."""
    silent = sum(each is None or each >= SILENT_WEEKS for each in weeks)
    key = "none" if not silent else "all" if silent == len(rows) else "some"
    title = language.t(f"whole.silence.{key}", count=silent, all=len(rows), **_noun(kind, len(rows), language))
    parts = []
    known = [(each, row) for each, row in zip(weeks, rows, strict=True) if each is not None]
    if known and silent:
        longest, row = max(known, key=lambda pair: pair[0])
        if longest >= SILENT_WEEKS:
            parts.append(language.t("whole.silence.longest", goal=row.name, count=longest))
    never = [row.name for each, row in zip(weeks, rows, strict=True) if each is None]
    if never:
        parts.append(_named("whole.silence.never_told", never, language))
    return title, " ".join(parts)


def _count(count: int, language: Language) -> dict[str, int | str]:
    """Return a number as a fact that chooses the form of a sentence, and as it is written in it."""
    return {"count": count, "number": language.number(count)}


def _noun(kind: str, count: int, language: Language) -> dict[str, str]:
    """Return what goals are called: one, and so many of them."""
    one = language.t(f"whole.noun.{kind}.one")
    return {"one": one, "many": language.t(f"whole.noun.{kind}", count=count)}


def quiet_words(weeks: int | None, language: Language) -> str:
    """Return how long a goal has been silent, as it stands beside its track."""
    if weeks is None:
        return language.t("whole.silence.never")
    return language.t("whole.silence.weeks", count=weeks) if weeks else language.t("whole.silence.now")


def _open(rows: Sequence[Row], known: Sequence[Time], language: Language, *, whole: bool = True) -> list[str]:
    """Return the sentence of what could not be heard, where anything is."""
    totals = [sum(row.counts[at] for row in rows) if whole else 0 for at in range(len(known))]
    lost = sum(each.open and not count for each, count in zip(known, totals, strict=True))
    return [language.t(f"whole.open.{unit(known)}", count=lost)] if lost else []


def _named(key: str, names: Sequence[str], language: Language) -> str:
    """Return a sentence that lists names, the first few of them where they are many."""
    if len(names) <= _MOST_NAMED + 1:
        return language.t(key, names=language.listed(names))
    rest = language.t("whole.more", count=len(names) - _MOST_NAMED)
    return language.t(key, names=language.listed([*names[:_MOST_NAMED], rest]))


def _month(time: Time, language: Language) -> str:
    return language.month(time.first)
