"""The web copies of issues in a site, as they may be read now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial

from campaign.records import Use
from digest import wording
from digest.letter import Item
from digest.published import Published, published
from skord.exports.site_pages import Site, issue_hits
from storage.archive import Hit
from web.public.corrections import place_of, told


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One issue in the list. ``hit`` is how the archive finds it; ``year_of`` the year of a yearbook, else 0."""

    hit: Hit
    path: str
    name: str
    number: int
    subject: str
    preview: str
    sent_on: date
    count: int
    year_of: int


def write_issues(site: Site) -> list[Sent]:
    """Write every issue's page; return what a list tells of them, newest first."""
    found = []
    for hit in issue_hits(site.work, site.campaign.id):
        newsletter, _, number = hit.path.removeprefix("/issues/").partition("/")
        issue = published(site.work.still, newsletter, int(number), now=site.work.now)
        if issue is not None:
            sent = _sent(site, hit, issue)
            _write(site, sent, issue)
            found.append(sent)
            site.work.counts["letters"] += 1
            site.work.step(0)
    return found


def _sent(site: Site, hit: Hit, found: Published) -> Sent:
    letter = found.letter
    newsletter = site.work.settings.newsletters.get(found.issue.newsletter)
    return Sent(
        hit=hit,
        path=hit.path,
        name=(newsletter.name if newsletter else "") or site.campaign.name,
        number=found.issue.number,
        subject=letter.subject,
        preview=letter.preview,
        sent_on=letter.sent_on,
        count=sum(item.is_story and not item.removed for item in letter.items),
        year_of=letter.book.year if letter.book else 0,
    )


def _write(site: Site, sent: Sent, found: Published) -> None:
    letter, language = found.letter, site.work.language
    pictures = {
        media.file: media
        for story in found.stories.values()
        for post in story.posts
        for media in post.media
        if media.file and media.may_be_shown(Use.WEB, site.work.now)
    }

    def picture_of(item: Item) -> str:
        media = pictures.get(item.picture.file) if item.picture else None
        return site.picture(media, 960) if media else ""

    site.page(
        site.addresses.file(sent.path),
        sent.path,
        "folder/issue.html",
        sent=sent,
        letter=letter,
        published=found,
        corrections=told(found.corrections, language, letter.items),
        place_of=place_of,
        picture_of=picture_of,
        when=partial(wording.when, sent_on=letter.sent_on, language=language),
        lasting=site.full_address(sent.path),
    )
