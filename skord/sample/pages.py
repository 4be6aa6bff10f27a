"""The words of a sample post in the forms that servers give them, and a plain page to open."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache, lru_cache
from html import escape

from markdown_it import MarkdownIt

from campaign import hashtags
from campaign.language import Language
from skord.sample.servers import Answer
from skord.sample.year import Dated, Organisation

_STYLE = """
:root { color-scheme: light dark }
body { font: 1.06rem/1.6 ui-serif, Georgia, serif; max-width: 40rem; margin: 0 auto; padding: 2rem 1.2rem 4rem;
  background: light-dark(#fbf8f1, #1b1f1e); color: light-dark(#23302c, #e8e4da) }
h1 { line-height: 1.2; text-wrap: balance } a { color: inherit } img { width: 100%; height: auto }
.note, .when { font: .86rem/1.5 ui-sans-serif, system-ui, sans-serif; opacity: .78 }
.note { border-top: 1px solid; margin-top: 3rem; padding-top: .8rem } li { margin: .4rem 0 }
"""
_MARKS = re.compile(r"\*\*|(?<!\w)\*|\*(?!\w)|^#{2,} |^> ", re.MULTILINE)


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False})


@lru_cache(maxsize=1000)
def html(text: str) -> str:
    """Return a post's Markdown as HTML. A line that begins with a tag is no heading."""
    return str(_markdown().render(text)).strip()


def first(text: str) -> str:
    """Return a post's first paragraph without marks."""
    return _MARKS.sub("", text.split("\n\n", maxsplit=1)[0]).strip()


def short(post: Dated, now: datetime) -> str:
    """Return what stands on Mastodon: the whole text, or for a feed's article its title, beginning and tags."""
    text = post.text(now)
    if not post.written.title:
        return text
    begin = first(text)
    missing = [f"#{tag}" for tag in hashtags.find(text) if tag not in hashtags.find(begin)]
    return "\n\n".join(part for part in (post.written.title, begin, " ".join(missing)) if part)


def post(language: Language, shown: Dated, now: datetime, *, picture: str, brief: bool = False) -> Answer:
    """Return the page of a post; ``brief`` as it stands on Mastodon."""
    written = shown.written
    words = _plain(short(shown, now)) if brief else html(shown.text(now))
    title = "" if brief else f"<h1>{escape(written.title)}</h1>"
    image = f'<p><img src="{picture}" alt="{escape(written.alt)}"></p>' if picture else ""
    when = f'<p class="when">{escape(written.who.name)} · {language.moment(shown.at)}</p>'
    return _page(language, written.title or written.who.name, f"{when}{title}{image}{words}", written.language)


def listing(
    language: Language,
    who: Organisation | None,
    found: Sequence[Dated],
    link: Callable[[Dated], str],
    heading: str = "",
) -> Answer:
    """Return a list of posts, of one organisation or of one tag."""
    name = who.name if who else heading
    about = f"<p>{escape(who.about)}</p>" if who else ""
    rows = "".join(
        f'<li><a href="{link(post)}">{escape(post.written.title or first(post.written.text)[:90])}</a> '
        f'<span class="when">{language.date(post.at)}</span></li>'
        for post in found
    )
    return _page(language, name, f"<h1>{escape(name)}</h1>{about}<ul>{rows}</ul>", "sv")


def _plain(text: str) -> str:
    return "".join(f"<p>{escape(part).replace(chr(10), '<br>')}</p>" for part in text.split("\n\n"))


def _page(language: Language, title: str, body: str, code: str) -> Answer:
    note = escape(language.t("demo.page.note"))
    page = (
        f'<!doctype html><html lang="{code}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style><body>{body}"
        f'<p class="note" lang="{language.code}">{note}</p></body></html>'
    )
    return Answer(body=page.encode(), kind="text/html; charset=utf-8")
