"""The picture of the pages in a package: plain HTML that any browser opens from a folder, also in fifty years.

No scripts, nothing from elsewhere: a page of at most so many stories a month, and one that leads to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from campaign.exported import Around
from campaign.records import Media, Story, Use
from skord.exports.bag import Bag, Writer
from skord.exports.order import Work
from storage.keys import moment_of
from storage.media import renditions

#: Stories on one page.
_MOST = 200
_WIDTH = 960


@dataclass(slots=True, kw_only=True)
class Page:
    """One page of a month. ``part`` counts from 1."""

    month: str
    part: int
    count: int = 0

    @property
    def name(self) -> str:
        """Its file."""
        return f"{self.month}.html" if self.part == 1 else f"{self.month}-{self.part}.html"


def write_pages(work: Work, bag: Bag, campaign: str, folder: str) -> None:
    """Write the pages of a campaign, newest month first, and the page that leads to them."""
    pages: list[Page] = []
    left = _stories(work, campaign)
    story = next(left, None)
    while story is not None:
        page = _next(pages, _month(work, story[0]))
        with bag.file(f"{folder}/{page.name}") as out:
            head, _, tail = _render("month.html", work, campaign, page=page).partition("<!-- stories -->")
            _put(out, head)
            while story is not None and page.count < _MOST and _month(work, story[0]) == page.month:
                told = {"story": story[0], "around": story[1], "picture": _picture(work)}
                _put(out, _render("story.html", work, campaign, **told))
                page.count += 1
                story = next(left, None)
            _put(out, tail)
    with bag.file(f"{folder}/index.html") as out:
        _put(out, _render("index.html", work, campaign, years=_years(pages), pages=pages))


def _next(pages: list[Page], month: str) -> Page:
    part = pages[-1].part + 1 if pages and pages[-1].month == month else 1
    pages.append(Page(month=month, part=part))
    return pages[-1]


def _stories(work: Work, campaign: str) -> Iterator[tuple[Story, Around]]:
    for some in work.slices(campaign):
        yield from some


def _month(work: Work, story: Story) -> str:
    """Return the month of a story's place in time, by which the slices are ordered."""
    return f"{moment_of(story.posts[0].sort_key).astimezone(work.language.zone):%Y-%m}"


def _years(pages: list[Page]) -> dict[str, list[Page]]:
    found: dict[str, list[Page]] = {}
    for page in pages:
        found.setdefault(page.month[:4], []).append(page)
    return found


def _picture(work: Work) -> Callable[[Media], str]:
    """Return a function that gives a picture's place beside the pages, "" where it is not in the package."""

    def place(media: Media) -> str:
        if media.file is None or not (work.order.inner or media.may_be_shown(Use.WEB, work.now)):
            return ""
        widths = renditions(work.still, media.file)
        if not widths:
            return ""
        width = next((each for each in widths if each >= _WIDTH), widths[-1])
        return f"../../../pictures/{media.file[:2]}/{media.file}-{width}.jpg"

    return place


def _render(name: str, work: Work, campaign: str, **told: Any) -> str:
    own = {"t": work.language.t, "lang": work.language, "work": work, "inner": work.order.inner}
    own |= {"campaign": work.settings.campaigns[campaign], "telling": work.telling(campaign)}
    return _templates().get_template(name).render(**own, **told)


def _put(out: Writer, page: str) -> None:
    out.write(page.encode("utf-8", "replace"))


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("skord.exports"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
