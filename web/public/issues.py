"""The letters on the web: a list of the issues that have gone out, and a copy of each.

A copy shows only what may still be seen: a story that was hidden since is a marked gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from starlette.responses import Response

from campaign.errors import NotFoundError
from campaign.settings import NewsletterSettings
from digest.edition import public_letter, public_letters
from storage.corrections import corrections
from storage.issues import find_issue
from web.house import Visit
from web.public.corrections import place_of, told

_MOST_NUMBER = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One issue in a list. ``path`` is its address below language and campaign."""

    path: str
    name: str
    number: int
    subject: str
    preview: str
    sent_on: date
    count: int


def newest_issue(visit: Visit) -> Sent | None:
    """Return the latest issue that has gone out in any of the campaign's newsletters, None where none has."""
    found = [each for newsletter in visit.view.newsletters for each in _sent(visit, newsletter, limit=1)]
    return max(found, key=lambda each: each.sent_on, default=None)


def issues(visit: Visit) -> Response:
    """Show every issue that has gone out, newest first."""
    if not visit.view.newsletters:
        raise NotFoundError("page")
    found = [each for newsletter in visit.view.newsletters for each in _sent(visit, newsletter)]
    found.sort(key=lambda each: (each.sent_on, each.number), reverse=True)
    return visit.page("public/issues.html", issues=found)


def issue(visit: Visit) -> Response:
    """Show the web copy of an issue."""
    newsletter, number = visit.request.path_params["newsletter"], int(visit.request.path_params["number"])
    known = any(each.id == newsletter for each in visit.view.newsletters)
    letter = (
        public_letter(visit.store, newsletter, number, now=visit.view.now) if known and number <= _MOST_NUMBER else None
    )
    if letter is None:
        raise NotFoundError("page")
    found = find_issue(visit.store, newsletter, number)
    lines = told(corrections(visit.store, found.id), visit.view.language, letter.items) if found else []
    return visit.page("public/issue.html", corrections=lines, place_of=place_of, letter=letter)


def _sent(visit: Visit, newsletter: NewsletterSettings, *, limit: int = 1000) -> list[Sent]:
    return [
        Sent(
            path=f"/issues/{newsletter.id}/{found.number}",
            name=newsletter.name,
            number=found.number,
            subject=letter.subject,
            preview=letter.preview,
            sent_on=letter.sent_on,
            count=sum(not item.removed for item in letter.items),
        )
        for found, letter in public_letters(visit.store, newsletter.id, now=visit.view.now, limit=limit)
    ]
