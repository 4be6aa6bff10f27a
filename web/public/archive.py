"""The archive: everything public, newest first, narrowed and searched. The address is the whole of what is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from starlette.responses import Response

from campaign.question import Question
from campaign.words import marked
from storage.archive import Wanted, browse
from storage.search import propose, terms_of
from storage.shelf import Kind
from web.house import Visit
from web.public.almanac import month_counts
from web.public.asked import Asked, asked_of, wanted_of
from web.public.facets import Narrowing, chosen_words, narrowing
from web.public.feeds import feed_links
from web.public.found import Mark, Pieces, Row, row_of
from web.public.growth import trees
from web.public.questions import question_of
from web.public.ways_on import begins, ways_on

_PAGE = 30
_MOST_KEY = 2**62

#: The parts of the query that a chip takes away, and what goes with each. The words stand in their field.
_CHIPS = {
    "kind": (),
    "year": ("month", "week", "day"),
    "month": (),
    "week": (),
    "day": (),
    "area": (),
    "place": (),
    "network": (),
    "from": (),
}

#: Quotes of what was typed, which a chip needs none of.
_UNQUOTED = dict.fromkeys(map(ord, '"”“„»«'))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """Something that is chosen, in words, and the address without it."""

    name: str
    words: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotUnderstood:
    """A part of what was typed that means nothing here, in words, and (words, address) of what comes nearest."""

    words: str
    near: list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthList:
    """The rows of a page that fall in one month. ``count`` is of the whole month, None where more than time narrows."""

    first: date
    rows: list[Row]
    count: int | None


def archive(visit: Visit) -> Response:
    """Show one page of the archive."""
    asked = asked_of(visit)
    wanted = wanted_of(visit, asked, every_kind=True)
    page = browse(
        visit.store,
        visit.campaign.id,
        wanted,
        limit=_PAGE,
        older_than=visit.asked_number("older", 0, _MOST_KEY),
        newer_than=visit.asked_number("newer", 0, _MOST_KEY),
    )
    mark = _marker(visit, wanted)
    rows = [row_of(visit, hit, mark) for hit in page.hits]
    beside = narrowing(visit, asked, wanted)
    question = question_of(visit.house.settings, visit.campaign, trees(visit.house, visit.campaign.id), asked.text)
    unknown = _unknown(visit, asked, question)
    return visit.page(
        "public/archive.html",
        asked=asked,
        page=page,
        rows=rows,
        months=_months(visit, asked, [row for row in rows if row.kind != Kind.NODE]) if not wanted.is_ranked else [],
        strategy=[row for row in rows if row.kind == Kind.NODE] if not wanted.is_ranked else [],
        is_ranked=wanted.is_ranked,
        may_rank=bool(wanted.text.strip()),
        proposal="" if rows or any(each.near for each in unknown) else _proposal(visit, asked, wanted),
        beside=beside,
        chips=[*_chips(visit, asked), *_typed_chips(visit, asked, question)],
        ways=ways_on(visit, asked, _chosen(visit, asked)) if not rows else [],
        begins=begins(visit, asked, question) if not rows else None,
        heading=_heading(visit, asked, beside, len(rows)),
        feeds=feed_links(visit, asked),
        unknown=unknown,
        examples=_examples(visit, beside),
        is_empty=not month_counts(visit),
    )


def _marker(visit: Visit, wanted: Wanted) -> Mark:
    """Return what marks the words that were looked for, in all their forms."""
    terms = terms_of(visit.store, wanted.text) if wanted.text else []

    def mark(text: str) -> Pieces:
        return marked(text, terms) if terms else [(text, False)]

    return mark


def _proposal(visit: Visit, asked: Asked, wanted: Wanted) -> str:
    """Return what was probably meant by words that found nothing, as the whole of what to type; "" for no better."""
    better = propose(visit.store, visit.campaign.id, wanted.text) if wanted.text else None
    if better is None:
        return ""
    return asked.text.replace(wanted.text, better) if wanted.text in asked.text else better


def _heading(visit: Visit, asked: Asked, beside: Narrowing, shown: int) -> str:
    """Return what the list is, in words: how many hits, and for what."""
    language = visit.view.language
    if asked.is_plain:
        return language.t("archive.heading")
    text = chosen_words(visit, asked, "q") if asked.text else ""
    if not beside.total or not shown:
        return language.t("archive.search.none_for", text=text) if text else language.t("archive.search.none_chosen")
    if beside.capped:
        key = "archive.search.many_for" if text else "archive.search.many"
        return language.t(key, count=language.number(beside.total), text=text)
    if not text:
        return language.t("archive.search.chosen_count", count=beside.total)
    return language.t("archive.search.results_for", count=beside.total, text=text)


def _chips(visit: Visit, asked: Asked) -> list[Chip]:
    return [
        Chip(
            name=name,
            words=words,
            href=visit.view.url("/archive", **asked.query(**{name: None, **dict.fromkeys(others)})),
        )
        for name, words, others in _chosen(visit, asked)
    ]


def _chosen(visit: Visit, asked: Asked) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return what is chosen beside the field: its name, its words, and the parts of the query that go with it."""
    given = asked.query()
    return [(name, chosen_words(visit, asked, name), others) for name, others in _CHIPS.items() if given[name]]


def _typed_chips(visit: Visit, asked: Asked, question: Question) -> list[Chip]:
    """Return what is chosen inside what was typed (plats:Laholm), each with the address without it."""
    text = " ".join(asked.text.split())
    return [
        Chip(
            name="q",
            words=part.translate(_UNQUOTED),
            href=visit.view.url("/archive", **asked.query(q=" ".join(text.replace(part, " ", 1).split()))),
        )
        for part in question.parts
    ]


def _unknown(visit: Visit, asked: Asked, question: Question) -> list[NotUnderstood]:
    """Return the named parts of what was typed that mean nothing here, each with what comes nearest."""
    language = visit.view.language
    as_words = language.t("archive.unknown.as_words")
    return [
        NotUnderstood(
            words=f"{language.t(f'archive.unknown.{each.name}', typed=each.typed)} {as_words}",
            near=[
                (near, visit.view.url("/archive", **asked.query(q=_instead(asked.text, each.typed, near))))
                for near in each.near
            ],
        )
        for each in question.unknown
    ]


def _instead(text: str, typed: str, near: str) -> str:
    """Return what was typed with one of its parts written as what comes nearest, quoted where it has several words."""
    return text.replace(typed, f'"{near}"' if " " in near and f'"{typed}"' not in text else near, 1)


def _examples(visit: Visit, beside: Narrowing) -> list[tuple[str, str]]:
    """Return some ways to search, as (what is shown, what is asked), with a place and a year that the archive has."""
    t = visit.view.language.t
    first = {group.name: group.choices[0] for group in beside.groups}
    words = [t("archive.search.example_phrase"), t("archive.search.example_without")]
    if "place" in first:
        name = first["place"].words
        words.append(t("archive.search.example_place", place=f'"{name}"' if " " in name else name))
    if "year" in first:
        words.append(t("archive.search.example_year", year=first["year"].value))
    return [(each, each.translate({ord("”"): '"', ord("“"): '"'})) for each in words]


def _months(visit: Visit, asked: Asked, rows: list[Row]) -> list[MonthList]:
    """Return the rows by month, each with its number where nothing but time narrows."""
    zone = visit.house.settings.site.timezone
    is_plain = not any(asked.query(year=None, month=None).values())
    counted = month_counts(visit) if is_plain else {}
    return [
        MonthList(first=first, rows=list(own), count=counted.get((first.year, first.month)))
        for first, own in groupby(rows, key=lambda row: row.at.astimezone(zone).date().replace(day=1))
    ]
