"""What a page says of itself to those who link to it: its permanent address, its other language, title and picture.

Search engines, networks that draw a preview and programs that keep references read it; nothing here is seen on
the page. Pure. Every public page gets it through ``web.house.Visit.page`` and ``templates/parts/head_meta.html``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from web.rendering import View, iso

Data = Mapping[str, Any]

#: A description is cut by those who show it at about this length.
_LONGEST = 200

#: Pages that list things, by the first part of their address.
_LISTS = ("archive", "years", "weeks", "days", "places", "networks", "from", "issues", "strategy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A picture that may stand beside a link to the page on another site. ``url`` is absolute; 0 is an unknown size."""

    url: str
    alt: str
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """What a page says of itself beyond what its template does; everything left alone is drawn from there.

    ``kind`` is that of Open Graph, "website" or "article". ``data`` are things of schema.org that the page is about,
    ``crumbs`` the words and paths of the pages above it, the front page left out.
    """

    title: str = ""
    description: str = ""
    kind: str = "website"
    picture: Preview | None = None
    published_at: datetime | None = None
    data: tuple[Data, ...] = ()
    crumbs: tuple[tuple[str, str], ...] = ()


def described(text: str) -> str:
    """Return words as a description has them: on one line, cut at a word."""
    words = " ".join(text.split())
    if len(words) <= _LONGEST:
        return words
    return words[:_LONGEST].rsplit(" ", 1)[0].rstrip(",.;:–-") + " …"


def json_ld(data: Any) -> Markup:
    """Return data for a ``<script type="application/ld+json">``: nothing in it can end the element or the line."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)  # noqa: S704 - no letter is left that HTML gives a meaning


def page_graph(view: View, meta: Meta, title: str, description: str) -> Markup:
    """Return all that a page tells in the words of schema.org, for its head."""
    return json_ld(_graph(view, meta, title, description))


def _graph(view: View, meta: Meta, title: str, description: str) -> Data:
    page = view.canonical
    crumbs = [(view.name, view.absolute("/")), *((words, view.absolute(path)) for words, path in meta.crumbs)]
    is_front = view.path == "/"
    things: list[Data] = list(meta.data) or [
        _website(view, description) if is_front else _page(view, title, description)
    ]
    if not is_front:
        things.append(_crumbs([*crumbs, (meta.title or title, page)]))
    return {"@context": "https://schema.org", "@graph": things}


def part_of(view: View) -> Data:
    """Return the archive that everything here is part of."""
    return {"@type": "WebSite", "name": view.name, "url": view.absolute("/")}


def owner(view: View) -> Data:
    """Return the organisation that stands behind the site."""
    return {"@type": "Organization", "name": view.settings.site.owner}


def without_nothing(**parts: Any) -> dict[str, Any]:
    """Return what is told; what nobody knows is left out. ``at_type`` is ``@type``."""
    named = {("@" + name[3:] if name.startswith("at_") else name): value for name, value in parts.items()}
    return {name: value for name, value in named.items() if value not in (None, "", [], (), {})}


def article(view: View, kind: str, *, published_at: datetime, headline: str, **more: Any) -> Data:
    """Return something that was written and published, of one of the kinds of schema.org."""
    return without_nothing(
        at_type=kind,
        at_id=view.canonical,
        url=view.canonical,
        mainEntityOfPage=view.canonical,
        headline=headline[:110],
        datePublished=iso(published_at),
        isPartOf=part_of(view),
        publisher=owner(view),
    ) | without_nothing(**more)


def _website(view: View, description: str) -> Data:
    search = {
        "@type": "SearchAction",
        "target": {"@type": "EntryPoint", "urlTemplate": view.absolute("/archive") + "?q={search_term_string}"},
        "query-input": "required name=search_term_string",
    }
    return without_nothing(
        **part_of(view), description=description, inLanguage=view.language.code, publisher=owner(view),
        potentialAction=search if view.campaign else None,
    )  # fmt: skip


def _page(view: View, title: str, description: str) -> Data:
    is_list = view.path.split("/")[1] in _LISTS
    return without_nothing(
        at_type="CollectionPage" if is_list else "WebPage",
        name=title,
        url=view.canonical,
        description=description,
        inLanguage=view.language.code,
        isPartOf=part_of(view),
    )


def _crumbs(crumbs: Sequence[tuple[str, str]]) -> Data:
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": number, "name": words, "item": address}
            for number, (words, address) in enumerate(crumbs, 1)
        ],
    }
