"""A site where invented organisations keep their news: RSS 2.0, Atom or JSON Feed, a page for every post."""

from __future__ import annotations

import json
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import SplitResult, unquote
from xml.sax.saxutils import escape, quoteattr

from campaign import hashtags
from skord.sample import calendar, pages, year
from skord.sample.servers import NOTHING, Answer, Site
from skord.sample.year import Dated, Organisation

MOST = 15
_FILES = {"rss": "nyheter.rss", "atom": "flode.atom", "json": "feed.json"}
_KINDS = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}
_SPACES = 'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/"'


class Feeds(Site):
    """The feed site. An organisation's news stand at ``/{id}/``, its feed at ``feed_url``."""

    def feed_url(self, who: Organisation) -> str:
        """Return where an organisation's feed is read."""
        return f"{self.url}/{who.id}/{_FILES[who.feed]}"

    def answer(self, path: SplitResult) -> Answer:
        """Answer for feeds, lists, pages and pictures."""
        parts = [unquote(part) for part in path.path.strip("/").split("/")]
        who = self.sample.case.organisations.get(parts[0])
        if who is None or not who.feed:
            return super().answer(path)
        if parts[1:] == [_FILES[who.feed]]:
            return self._feed(who)
        if len(parts) == 1:
            return pages.listing(self.language, who, self._news(who), self.link)
        post = self.sample.find(parts[1])
        if post is None or post.written.who is not who:
            return NOTHING
        return pages.post(self.language, post, self.sample.clock(), picture=self._picture(post))

    def link(self, post: Dated) -> str:
        """Return the page of a post."""
        return f"{self.url}/{post.written.who.id}/{post.id}"

    def _picture(self, post: Dated) -> str:
        return f"{self.url}/media/{post.id}.jpg" if post.picture else ""

    def _news(self, who: Organisation) -> list[Dated]:
        """Return the latest news of an organisation, newest first."""
        found = [post for post in self.sample.posts() if post.written.who is who and who.feed in post.written.on]
        return found[: -MOST - 1 : -1]

    def _feed(self, who: Organisation) -> Answer:
        now = self.sample.clock()
        if _is_down(who, now):
            return Answer(body=b"", kind="text/plain", status=503)
        news = self._news(who)
        body = {"rss": self._rss, "atom": self._atom, "json": self._json}[who.feed](who, news, now)
        return Answer(body=body.encode(), kind=_KINDS[who.feed])

    def _rss(self, who: Organisation, news: list[Dated], now: datetime) -> str:
        items = "".join(self._item(post, now) for post in news)
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" {_SPACES}><channel>'
            f"<title>{escape(who.name)}</title><link>{self.url}/{who.id}/</link>"
            f"<description>{escape(who.about)}</description><language>{who.language}</language><ttl>60</ttl>"
            f"{items}</channel></rss>\n"
        )

    def _item(self, post: Dated, now: datetime) -> str:
        picture, html = post.picture, pages.html(post.text(now))
        media = ""
        if picture is not None:
            width, height = picture.size
            media = (
                f'<media:content url="{self._picture(post)}" medium="image" type="image/jpeg" width="{width}" '
                f'height="{height}"><media:description>{escape(post.written.alt)}</media:description></media:content>'
            )
        categories = "".join(f"<category>{escape(tag)}</category>" for tag in hashtags.find(post.written.text))
        return (
            f"<item><title>{escape(post.written.title)}</title><link>{self.link(post)}</link>"
            f'<guid isPermaLink="false">{post.id}</guid><pubDate>{format_datetime(post.at)}</pubDate>'
            f"<description>{escape(pages.first(post.text(now)))}</description>{categories}"
            f"<content:encoded>{escape(html)}</content:encoded>{media}</item>"
        )

    def _atom(self, who: Organisation, news: list[Dated], now: datetime) -> str:
        updated = max((post.edited_at(now) or post.at for post in news), default=now).isoformat()
        entries = "".join(self._entry(post, now) for post in news)
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" '
            f'xml:lang="{who.language}"><id>tag:{who.id}.exempel.social,2024:nyheter</id>'
            f"<title>{escape(who.name)}</title><updated>{updated}</updated>"
            f'<link rel="alternate" href="{self.url}/{who.id}/"/>'
            f"<author><name>{escape(who.name)}</name></author>{entries}</feed>\n"
        )

    def _entry(self, post: Dated, now: datetime) -> str:
        html = pages.html(post.text(now))
        if post.picture:
            html = f'<p><img src="{self._picture(post)}" alt={quoteattr(post.written.alt)}></p>{html}'
        tags = "".join(f"<category term={quoteattr(tag)}/>" for tag in hashtags.find(post.written.text))
        return (
            f"<entry><id>tag:{post.written.who.id}.exempel.social,2024:{post.id}</id>"
            f'<title>{escape(post.written.title)}</title><link rel="alternate" href="{self.link(post)}"/>'
            f"<published>{post.at.isoformat()}</published>"
            f"<updated>{(post.edited_at(now) or post.at).isoformat()}</updated>{tags}"
            f'<content type="html">{escape(html)}</content></entry>'
        )

    def _json(self, who: Organisation, news: list[Dated], now: datetime) -> str:
        items = []
        for post in news:
            html = pages.html(post.text(now))
            if post.picture:
                html = f'<p><img src="/media/{post.id}.jpg" alt={quoteattr(post.written.alt)}></p>{html}'
            edited_at = post.edited_at(now)
            items.append(
                {
                    "id": post.id,
                    "url": self.link(post),
                    "title": post.written.title,
                    "content_html": html,
                    "date_published": post.at.isoformat(),
                    "tags": list(hashtags.find(post.written.text)),
                }
                | ({"date_modified": edited_at.isoformat()} if edited_at else {})
            )
        feed = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": who.name,
            "home_page_url": f"{self.url}/{who.id}/",
            "feed_url": self.feed_url(who),
            "language": who.language,
            "authors": [{"name": who.name}],
            "items": items,
        }
        return json.dumps(feed, ensure_ascii=False)


def _is_down(who: Organisation, now: datetime) -> bool:
    if not who.down:
        return False
    first, last = (calendar.in_year(moment, now.year, year.ZONE) for moment in who.down)
    return first <= now <= last
