"""What machines read: the Atom feed, the site map, robots.txt."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from starlette.responses import PlainTextResponse, Response

from campaign.records import Post, Story
from storage.archive import browse, findable_stories
from storage.indicators import list_indicators
from storage.keys import moment_of
from storage.snapshots import snapshots
from web.house import KEEP, House, Visit
from web.public.archive import asked_of, wanted_of
from web.public.cards import card
from web.public.growth import numbers, trees
from web.rendering import iso, safe_html, web_address

_ENTRIES = 50
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def atom(visit: Visit) -> Response:
    """Answer with the newest stories as Atom; the query string filters as on the archive's page."""
    asked = asked_of(visit)
    page = browse(visit.store, visit.campaign.id, wanted_of(visit, asked), limit=_ENTRIES)
    view = visit.view
    own = view.absolute("/feed.atom", **asked.query())
    updated = max((story.approved_at for story in page.stories if story.approved_at), default=None)
    counted = numbers(visit.house, visit.campaign.id)
    newest = updated or (moment_of(counted.entries[0].key) if counted.entries else view.now)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang={quoteattr(view.language.code)}>',
        f"<id>{escape(own)}</id>",
        f"<title>{_clean(view.name)}</title>",
        f"<updated>{iso(newest)}</updated>",
        f"<author><name>{_clean(visit.house.settings.site.owner)}</name></author>",
        f'<link rel="self" type="application/atom+xml" href={quoteattr(own)}/>',
        f'<link rel="alternate" type="text/html" href={quoteattr(view.absolute("/archive", **asked.query()))}/>',
        *(_entry(visit, story, key) for story, key in zip(page.stories, page.keys, strict=True)),
        "</feed>",
    ]
    return Response("\n".join(lines) + "\n", headers={KEEP: "1"}, media_type="application/atom+xml")


def _entry(visit: Visit, story: Story, key: int) -> str:
    view, post = visit.view, story.lead
    made = card(story, visit.house.settings, view.language, now=view.now)
    address = view.absolute(f"/stories/{story.id}")
    body = post.html if post.html.strip() else escape(post.text).replace("\n", "<br>")
    if post.warning:
        body = escape(post.warning)
    language = f" xml:lang={quoteattr(post.language)}" if post.language else ""
    return (
        f"<entry{language}><id>{escape(address)}</id><title>{_clean(made.title)}</title>"
        f"<published>{iso(moment_of(key))}</published><updated>{iso(story.approved_at or moment_of(key))}</updated>"
        f'<link rel="alternate" type="text/html" href={quoteattr(address)}/>'
        f"<author><name>{_clean(made.author or view.language.t('credit.nobody'))}</name></author>{_via(post)}"
        f'<content type="html">{_clean(str(safe_html(body)))}</content></entry>'
    )


def _via(post: Post) -> str:
    """Return the link to the post itself, where its author may be looked up."""
    address = _NOT_IN_XML.sub("", web_address(post.url))
    return f'<link rel="via" href={quoteattr(address)}/>' if address else ""


def _clean(text: str) -> str:
    """Return text for XML: escaped, without the control characters that XML has no place for."""
    return escape(_NOT_IN_XML.sub("", text))


def site_map(visit: Visit) -> Response:
    """Answer with every address that search engines may know; authors who do not want to be found are left out."""
    view = visit.view
    counted = numbers(visit.house, visit.campaign.id)
    zone = visit.house.settings.site.timezone
    years = sorted({moment_of(entry.key).astimezone(zone).year for entry in counted.entries}, reverse=True)
    paths = [
        "/",
        "/archive",
        "/about",
        "/privacy",
        "/accessibility",
        "/channels",
        *(f"/years/{year}" for year in years),
    ]
    shown = trees(visit.house, visit.campaign.id)
    paths += [f"/strategy/{tree.id}/{node.code}" for tree in shown for node in tree.nodes]
    paths += [
        f"/figures/{each.strategy}/{each.code}" for each in list_indicators(visit.store, visit.campaign.id, public=True)
    ]
    points = [point for tree in shown for point in snapshots(visit.store, tree.id, public=True)]
    paths += ["/followup", *(f"/followup/{point.id}" for point in points)] if points else []
    lines = [f"<url><loc>{escape(view.absolute(path))}</loc></url>" for path in paths]
    lines += [
        f"<url><loc>{escape(view.absolute(f'/stories/{story_id}'))}</loc><lastmod>{iso(moment_of(key))}</lastmod></url>"
        for story_id, key in findable_stories(visit.store, visit.campaign.id)[: 50_000 - len(lines)]
    ]
    body = "\n".join(lines)
    return Response(
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{body}\n</urlset>\n',
        headers={KEEP: "1"},
        media_type="application/xml",
    )


def robots(house: House) -> Response:
    """Answer what robots may fetch: everything public once the site is open, nothing before."""
    base, site = house.renderer.base, house.settings.site.base_url
    if not house.is_open:
        return PlainTextResponse("User-agent: *\nDisallow: /\n")
    campaigns = house.settings.campaigns
    maps = [f"{site}/sitemap.xml"] if len(campaigns) == 1 else [f"{site}/c/{each}/sitemap.xml" for each in campaigns]
    lines = [
        "User-agent: *",
        f"Disallow: {base}/desk",
        f"Disallow: {base}/receipts",
        *(f"Sitemap: {each}" for each in maps),
    ]
    return PlainTextResponse("\n".join(lines) + "\n")
