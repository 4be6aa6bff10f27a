"""Ways on from a search that found nothing: the same question with one part less, and how many each way finds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from campaign.question import Question
from storage.facets_public import count_hits
from web.house import Visit
from web.public.almanac import month_counts
from web.public.asked import Asked, asked_from, days_of, wanted_of
from web.public.facets import chosen_words

#: So many ways are offered, so many are tried, and no more hits of one are counted.
_MOST, _TRIED, _COUNTED = 5, 10, 1_000

_TOKEN = re.compile(r'[-–−]?(?:[^\W\d_]{2,12}\s?[:：]\s?)?["”“„»«][^"”“„»«]*["”“»«]?|[^\W\d_]{2,12}[:：]\s\S+|\S+')


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What a way asks for, in words; how many it finds, with "+" where there are more; its address."""

    words: str
    count: str
    href: str


def ways_on(visit: Visit, asked: Asked, chips: Iterable[tuple[str, str, tuple[str, ...]]]) -> list[Way]:
    """Return what finds something with one part less; with one word alone where nothing else does.

    ``chips`` are what is chosen beside the field: name, words, and the parts of the query that go with it.
    """
    t = visit.view.language.t
    asks = [
        (t("archive.search.none_without", what=words), _without(asked, name, others)) for name, words, others in chips
    ]
    parts = _TOKEN.findall(asked.text)
    if parts and asks:
        words = chosen_words(visit, asked, "q")
        asks.append((t("archive.search.none_without", what=words), asked.query(q=None, sort=None)))
    if len(parts) > 1:
        asks += [_typed(visit, asked, parts[:at] + parts[at + 1 :]) for at in range(len(parts))]
    found = _first(visit, asks)
    if not found and len(parts) > 2:
        found = _first(visit, [_typed(visit, asked, [part]) for part in parts])
    return found


def begins(visit: Visit, asked: Asked, question: Question) -> date | None:
    """Return the month that the archive begins with, where what is asked for ended before it; None where not."""
    months = month_counts(visit)
    if not months:
        return None
    first = date(*min(months), 1)
    days = days_of(asked)
    typed = max((last for _, last in question.years), default=None)
    is_before = (days is not None and days[1] <= first) or (typed is not None and typed < first.year)
    return first if is_before else None


def _without(asked: Asked, name: str, others: Sequence[str]) -> dict[str, str | int | None]:
    return asked.query(**{name: None, **dict.fromkeys(others)})


def _typed(visit: Visit, asked: Asked, parts: Sequence[str]) -> tuple[str, dict[str, str | int | None]]:
    query = asked.query(q=" ".join(parts))
    words = chosen_words(visit, asked_from(_told(query)), "q")
    return visit.view.language.t("archive.search.none_search", text=words), query


def _told(query: dict[str, str | int | None]) -> dict[str, str]:
    return {name: str(value) for name, value in query.items() if value not in (None, "")}


def _first(visit: Visit, asks: Iterable[tuple[str, dict[str, str | int | None]]]) -> list[Way]:
    return [way for _, way in zip(range(_MOST), _counted(visit, list(asks)[:_TRIED]), strict=False)]


def _counted(visit: Visit, asks: Iterable[tuple[str, dict[str, str | int | None]]]) -> Iterator[Way]:
    language = visit.view.language
    for words, query in asks:
        wanted = wanted_of(visit, asked_from(_told(query)), every_kind=True)
        count = count_hits(visit.store, visit.campaign.id, wanted, most=_COUNTED)
        if count:
            told = (
                language.t("archive.search.many", count=language.number(_COUNTED))
                if count > _COUNTED
                else language.t("archive.search.results", count=count)
            )
            yield Way(words=words, count=told, href=visit.view.url("/archive", **query))
