"""The letters on the web: a list of the issues that have gone out, and a copy of each, on screen and on paper.

A copy shows only what may still be seen: a story that was hidden since is a marked gap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import groupby

from starlette.responses import Response

from campaign.errors import NotFoundError
from campaign.settings import NewsletterSettings
from digest import wording
from digest.letter import Item, Letter
from digest.published import Published, published, published_issues
from storage.follows import went_on
from storage.published import around
from web.house import KEEP, Visit
from web.public.corrections import place_of, told
from web.public.yearbook import book_of

_MOST_NUMBER = 2**31 - 1

#: The edges of printed pages, and how what stands in them looks.
_LETTER_EDGES, _BOOK_EDGES = "18mm 18mm 20mm", "17mm 15mm 17mm"
_BOX = 'font: 8pt "Schibsted Grotesk", sans-serif; color: #444;'


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One issue in a list. ``path`` is its address below language and campaign; ``year_of`` is the year that a
    yearbook is about, 0 for a letter; ``corrected`` the day of its latest correction, None for none.
    """

    path: str
    name: str
    number: int
    subject: str
    preview: str
    sent_on: date
    count: int
    year_of: int = 0
    corrected: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class YearOfIssues:
    """The issues that left in one year, newest first."""

    year: int
    issues: list[Sent]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """The addresses that a printed issue writes out at its end: ``numbers`` by the item's place; ``lines`` have the
    number, the title and the address.
    """

    numbers: Mapping[str, int]
    lines: tuple[tuple[int, str, str], ...]


def newest_issue(visit: Visit) -> Sent | None:
    """Return the latest issue that has gone out in any of the campaign's newsletters, None where none has."""
    found = [each for newsletter in visit.view.newsletters for each in _sent(visit, newsletter, limit=1)]
    return max(found, key=lambda each: each.sent_on, default=None)


def issues(visit: Visit) -> Response:
    """Show every issue that has gone out by year, newest first."""
    if not visit.view.newsletters:
        raise NotFoundError("page")
    found = [each for newsletter in visit.view.newsletters for each in _sent(visit, newsletter)]
    found.sort(key=lambda each: (each.sent_on, each.number), reverse=True)
    years = [
        YearOfIssues(year=year, issues=list(inside))
        for year, inside in groupby(found, key=lambda each: each.sent_on.year)
    ]
    return visit.page("public/issues.html", years=years)


def issue(visit: Visit) -> Response:
    """Show the web copy of an issue."""
    newsletter, found = wanted(visit)
    letter = found.letter
    return visit.page(
        "public/issue.html",
        newsletter=newsletter,
        corrections=told(found.corrections, visit.view.language, letter.items),
        place_of=place_of,
        letter=letter,
        published=found,
        around=around(visit.store, newsletter.id, found.issue.number),
        printable=found.printable(visit.view.now),
        notes=_notes(visit, letter.items),
        later=went_on(visit.store, newsletter.id, [item.story_id for item in letter.items if item.story_id]),
        book=book_of(visit, found),
        path=f"/issues/{newsletter.id}",
        when=event_time(visit, letter),
        is_past=partial(_is_past, visit),
    )


def sheet(visit: Visit) -> Response:
    """Answer with what every printed page of an issue carries: the issue's number and day, and the page's own."""
    _, found = wanted(visit)
    letter, t = found.letter, visit.view.language.t
    below = t("after.print.foot", name=letter.name, number=letter.number, day=visit.view.language.date(letter.sent_on))
    if letter.book is None:
        boxes = {"bottom-left": f'"{_css(below)}"', "bottom-right": 'counter(page) " / " counter(pages)'}
        rules = [_page(edges=_LETTER_EDGES, size="A4", boxes=boxes)]
    else:
        above = t("after.book.title", name=letter.campaign_name, year=letter.book.year)
        boxes = {"top-left": f'"{_css(above)}"', "bottom-right": "counter(page)"}
        none = dict.fromkeys(boxes, "none")
        # The same margins, since a browser lays a text out for one width of page.
        rules = [
            _page(edges=_BOOK_EDGES, size="A5", boxes=boxes),
            _page(" cover", edges=_BOOK_EDGES, size="A5", boxes=none),
        ]
    return Response("\n".join(rules) + "\n", headers={KEEP: "1"}, media_type="text/css")


def _page(name: str = "", *, size: str, edges: str, boxes: Mapping[str, str]) -> str:
    """Return the rule of a kind of printed page."""
    inside = " ".join(f"@{place} {{ content: {content}; {_BOX} }}" for place, content in boxes.items())
    return f"@page{name} {{ size: {size}; margin: {edges}; {inside} }}"


def wanted(visit: Visit) -> tuple[NewsletterSettings, Published]:
    """Return the issue that an address names. NotFoundError ``page`` unless it is out, in one of the campaign's own."""
    newsletter = newsletter_of(visit)
    number = int(visit.request.path_params["number"])
    found = published(visit.store, newsletter.id, number, now=visit.view.now) if number <= _MOST_NUMBER else None
    if found is None or found.issue.campaign != visit.campaign.id:
        raise NotFoundError("page")
    return newsletter, found


def newsletter_of(visit: Visit) -> NewsletterSettings:
    """Return the newsletter that an address names. NotFoundError ``page`` for one of another campaign."""
    asked = visit.request.path_params["newsletter"]
    found = next((each for each in visit.view.newsletters if each.id == asked), None)
    if found is None:
        raise NotFoundError("page")
    return found


def event_time(visit: Visit, letter: Letter) -> Callable[[Item], str]:
    """Return what says when an event of a letter is, in the page's language."""
    return partial(wording.when, sent_on=letter.sent_on, language=visit.view.language)


def _sent(visit: Visit, newsletter: NewsletterSettings, *, limit: int = 1000) -> list[Sent]:
    zone = visit.house.settings.site.timezone
    return [
        Sent(
            path=f"/issues/{newsletter.id}/{found.issue.number}",
            name=newsletter.name or visit.view.name,
            number=found.issue.number,
            subject=found.letter.subject,
            preview=found.letter.preview,
            sent_on=found.letter.sent_on,
            count=sum(item.is_story and not item.removed for item in found.letter.items),
            year_of=found.letter.book.year if found.letter.book else 0,
            corrected=found.updated.astimezone(zone).date() if found.corrections else None,
        )
        for found in published_issues(visit.store, newsletter.id, now=visit.view.now, limit=limit)
        if found.issue.campaign == visit.campaign.id
    ]


def _notes(visit: Visit, items: tuple[Item, ...]) -> Notes:
    """Number the addresses that items lead to, as paper must have them written out."""
    numbers: dict[str, int] = {}
    lines: list[tuple[int, str, str]] = []
    for item in items:
        address = visit.view.absolute(f"/stories/{item.story_id}") if item.is_story else item.url
        if item.removed or not address:
            continue
        numbers[place_of(item)] = len(lines) + 1
        lines.append((len(lines) + 1, item.warning or item.title or item.author, address))
    return Notes(numbers=numbers, lines=tuple(lines))


def _is_past(visit: Visit, item: Item) -> bool:
    """Return whether an event is over: the day after it, since a page stands for a day."""
    if item.starts_at is None:
        return False
    zone = visit.house.settings.site.timezone
    last = max(item.starts_at, item.ends_at or item.starts_at).astimezone(zone).date()
    return last < visit.view.now.astimezone(zone).date()


def _css(text: str) -> str:
    """Return text as a style sheet's string holds it: nothing in it can end the string."""
    return "".join(letter if letter.isalnum() or letter in " .,:-" else f"\\{ord(letter):x} " for letter in text)
