"""What search engines are told to read: an index, the pages, and the stories by year in files of bounded size.

An index of a million stories costs what the number of years costs; a file of stories reads as many rows as it has.
Authors who do not want to be found are in none of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from starlette.responses import Response

from campaign.errors import NotFoundError
from campaign.places import offer
from storage.archive import findable_page
from storage.counts import tally
from storage.indicators import list_indicators
from storage.issues import list_public
from storage.keys import key_range, moment_of
from storage.snapshots import snapshots
from web.house import KEEP, Visit
from web.public.growth import trees
from web.public.organisations import organisations
from web.rendering import iso

#: Stories in a file. The limits are 50,000 addresses and 50 MB; so many are a megabyte.
SLICE = 10_000

_SCHEMA = "http://www.sitemaps.org/schemas/sitemap/0.9"
_PLAIN = (
    "/", "/archive", "/years", "/strategy", "/places", "/issues", "/whole", "/about", "/privacy", "/accessibility",
    "/channels",
)  # fmt: skip

#: An address, and when what it leads to was last written, None where nobody keeps that.
Line = tuple[str, datetime | None]


def index(visit: Visit) -> Response:
    """Answer with the addresses of all other site maps."""
    lines: list[Line] = [("/sitemaps/pages.xml", None)]
    for year, count in sorted(_by_year(visit).items(), reverse=True):
        _, end = _keys(visit, year)
        newest = findable_page(visit.store, visit.campaign.id, limit=1, older_than=end)
        at = moment_of(newest[0][1]) if newest else None
        parts = range(1, -(-count // SLICE) + 1)
        lines += [(f"/sitemaps/{year}-{part}.xml", at if part == 1 else None) for part in parts]
    return _answer(visit, "sitemapindex", "sitemap", lines, keep=True)


def pages(visit: Visit) -> Response:
    """Answer with every address that is no story's."""
    return _answer(visit, "urlset", "url", _pages(visit), keep=True)


def stories(visit: Visit) -> Response:
    """Answer with one part of a year's stories, newest first, after the year's own page."""
    year, part = (int(visit.request.path_params[name]) for name in ("year", "part"))
    count = _by_year(visit).get(year, 0)
    if not 1 <= part <= -(-count // SLICE):
        raise NotFoundError("page")
    first, older = _keys(visit, year)
    found: list[tuple[int, int]] = []
    for _ in range(part):
        found = findable_page(visit.store, visit.campaign.id, limit=SLICE, older_than=older)
        older = found[-1][1] if found else first
    lines: list[Line] = [(f"/years/{year}", None)] if part == 1 else []
    lines += [(f"/stories/{story_id}", moment_of(key)) for story_id, key in found if key >= first]
    # Not kept: what nobody but robots asks for, once, would take the place of what people read.
    return _answer(visit, "urlset", "url", lines or [(f"/years/{year}", None)], keep=False)


def _by_year(visit: Visit) -> Counter[int]:
    """Return how many stories each year has, of the site's zone."""
    counted: Counter[int] = Counter()
    for each in tally(visit.store, visit.campaign.id, "all", period="month"):
        counted[each.year] += each.count
    return counted


def _keys(visit: Visit, year: int) -> tuple[int, int]:
    zone = visit.house.settings.site.timezone
    first, after = (datetime(each, 1, 1, tzinfo=zone).astimezone(UTC) for each in (year, year + 1))
    return key_range(first, after)


def _pages(visit: Visit) -> list[Line]:
    campaign = visit.campaign
    shown = trees(visit.house, campaign.id)
    lines: list[Line] = [(path, None) for path in _PLAIN if path != "/issues" or visit.view.newsletters]
    lines += [(f"/strategy/{tree.id}/{node.code}", None) for tree in shown for node in tree.nodes]
    measures = list_indicators(visit.store, campaign.id, public=True)
    lines += [(f"/figures/{each.strategy}/{each.code}", None) for each in measures]
    points = [point for tree in shown for point in snapshots(visit.store, tree.id, public=True)]
    lines += [(path, None) for path in ("/followup", *(f"/followup/{point.id}" for point in points)) if points]
    lines += [
        (f"/issues/{newsletter.id}/{issue.number}", issue.sent_from or issue.send_at)
        for newsletter in visit.view.newsletters
        for issue, _ in list_public(visit.store, newsletter.id, limit=2_000)
        if issue.campaign == campaign.id
    ]
    known = offer(campaign.places).register
    lines += [(f"/places/{each}", None) for each in _values(visit, "place") if known.find(each)]
    lines += [(f"/networks/{each}", None) for each in _values(visit, "network")]
    lines += [(f"/from/{each}", None) for each in organisations(visit)]
    return lines


def _values(visit: Visit, facet: str) -> Iterable[str]:
    return sorted({each.value for each in tally(visit.store, visit.campaign.id, facet, period="month")})


def _line(visit: Visit, path: str, at: datetime | None) -> str:
    written = f"<lastmod>{iso(at)}</lastmod>" if at else ""
    return f"<loc>{escape(visit.view.absolute(path))}</loc>{written}"


def _answer(visit: Visit, whole: str, part: str, lines: Iterable[Line], *, keep: bool) -> Response:
    body = "\n".join(f"<{part}>{_line(visit, path, at)}</{part}>" for path, at in lines)
    return Response(
        f'<?xml version="1.0" encoding="utf-8"?>\n<{whole} xmlns="{_SCHEMA}">\n{body}\n</{whole}>\n',
        headers={KEEP: "1"} if keep else {"Cache-Control": "no-cache"},
        media_type="application/xml",
    )
