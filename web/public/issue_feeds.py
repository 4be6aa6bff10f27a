"""The issues of a newsletter for feed readers: Atom and JSON Feed 1.1, each with the whole letter."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape, quoteattr

import nh3
from starlette.responses import Response

from digest.published import Published, published_issues
from web.house import KEEP, Visit
from web.public.corrections import place_of, told
from web.public.feeds import _clean
from web.public.issues import event_time, newsletter_of
from web.rendering import iso

_ENTRIES = 50
_TAGS = {"h2", "h3", "p", "br", "a", "ul", "ol", "li", "blockquote", "strong", "em"}
_SCHEMES = {"http", "https", "mailto"}
_JSON_FEED = "https://jsonfeed.org/version/1.1"


def atom(visit: Visit) -> Response:
    """Answer with the newest issues as Atom."""
    newsletter, view = newsletter_of(visit), visit.view
    found = _newest(visit, newsletter.id)
    own = view.absolute(f"/issues/{newsletter.id}/feed.atom")
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang={quoteattr(view.language.code)}>',
        f"<id>{escape(own)}</id>",
        f"<title>{_clean(_title(visit, newsletter.name))}</title>",
        f"<updated>{iso(max((each.updated for each in found), default=view.now))}</updated>",
        f"<author><name>{_clean(visit.house.settings.site.owner)}</name></author>",
        f'<link rel="self" type="application/atom+xml" href={quoteattr(own)}/>',
        f'<link rel="alternate" type="text/html" href={quoteattr(view.absolute("/issues"))}/>',
        *(_entry(visit, each) for each in found),
        "</feed>",
    ]
    return Response("\n".join(lines) + "\n", headers={KEEP: "1"}, media_type="application/atom+xml")


def json_feed(visit: Visit) -> Response:
    """Answer with the newest issues as JSON Feed 1.1."""
    newsletter, view = newsletter_of(visit), visit.view
    made = {
        "version": _JSON_FEED,
        "title": _title(visit, newsletter.name),
        "home_page_url": view.absolute("/issues"),
        "feed_url": view.absolute(f"/issues/{newsletter.id}/feed.json"),
        "language": view.language.code,
        "authors": [{"name": visit.house.settings.site.owner}],
        "items": [_item(visit, each) for each in _newest(visit, newsletter.id)],
    }
    body = json.dumps(made, ensure_ascii=False, indent=1) + "\n"
    return Response(body, headers={KEEP: "1"}, media_type="application/feed+json")


def _newest(visit: Visit, newsletter: str) -> list[Published]:
    found = published_issues(visit.store, newsletter, now=visit.view.now, limit=_ENTRIES)
    return [each for each in found if each.issue.campaign == visit.campaign.id]


def _title(visit: Visit, name: str) -> str:
    return visit.view.language.t("after.feed_title", name=name or visit.view.name)


def _entry(visit: Visit, found: Published) -> str:
    letter = found.letter
    return (
        f"<entry xml:lang={quoteattr(letter.language)}><id>{escape(_id(found))}</id>"
        f"<title>{_clean(letter.subject)}</title>"
        f"<published>{iso(found.at)}</published><updated>{iso(found.updated)}</updated>"
        f'<link rel="alternate" type="text/html" href={quoteattr(_address(visit, found))}/>'
        f"<author><name>{_clean(letter.owner)}</name></author><summary>{_clean(letter.preview)}</summary>"
        f'<content type="html">{_clean(_html(visit, found))}</content></entry>'
    )


def _item(visit: Visit, found: Published) -> dict[str, object]:
    letter = found.letter
    return {
        "id": _id(found),
        "url": _address(visit, found),
        "title": letter.subject,
        "summary": letter.preview,
        "content_html": _html(visit, found),
        "language": letter.language,
        "date_published": iso(found.at),
        "date_modified": iso(found.updated),
        "authors": [{"name": letter.owner}],
    }


def _id(found: Published) -> str:
    """Return what an entry is known by for ever: the address that its letters named, in every language's feed."""
    return found.letter.links.web


def _address(visit: Visit, found: Published) -> str:
    return visit.view.absolute(f"/issues/{found.issue.newsletter}/{found.issue.number}")


def _html(visit: Visit, found: Published) -> str:
    """Return the whole letter as HTML that a reader's program may show: words, lists and links alone."""
    view, letter = visit.view, found.letter
    corrections = told(found.corrections, view.language, letter.items)
    made = visit.house.renderer.page(
        "public/issue_feed.html",
        view,
        letter=letter,
        corrections=corrections,
        place_of=place_of,
        when=event_time(visit, letter),
    )
    return nh3.clean(made, tags=_TAGS, attributes={"a": {"href"}}, url_schemes=_SCHEMES, link_rel=None).strip()
