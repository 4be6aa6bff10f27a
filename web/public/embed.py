"""The newest stories as a page that other sites may show in a frame, and the help that makes the code for it.

The page sets nothing and needs no script. Who may frame it stands in the configuration; it alone may be framed at all.
"""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup, escape
from starlette.responses import Response

from campaign.kinds import KINDS
from campaign.places import offer
from digest.colour import as_hex
from storage.archive import browse
from web.colours import sheet
from web.errors import SECURITY_HEADERS
from web.house import KEEP, House, Visit
from web.public.asked import Asked, asked_of, wanted_of
from web.public.feeds import feed_name
from web.public.growth import area_nodes, shown, trees
from web.public.place_counts import alphabetical
from web.rendering import network_name

LAYOUTS = ("list", "cards", "one")
THEMES = ("light", "dark")

_MOST, _USUAL = 20, 5
_LOWEST, _HEIGHT, _HIGHEST = 150, 560, 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a frame looks. ``theme`` is "" where the reader's own choice decides, ``accent`` "" for the campaign's."""

    limit: int = _USUAL
    layout: str = "list"
    theme: str = ""
    accent: str = ""
    fits: bool = False

    def query(self) -> dict[str, str | int | None]:
        """Return what the query string says of it; what is usual is left out."""
        told: dict[str, str | int | None] = {
            "limit": self.limit,
            "layout": self.layout,
            "theme": self.theme,
            "accent": self.accent.removeprefix("#"),
        }
        usual = {"limit": _USUAL, "layout": "list"}
        return {name: value for name, value in told.items() if value != usual.get(name, "")}


def look_of(visit: Visit) -> Look:
    """Read how a frame shall look. What cannot be is as usual: an error in a frame on another's site helps nobody."""
    layout = visit.asked("layout")
    return Look(
        limit=number(visit.asked("limit"), 1, _MOST, _USUAL),
        layout=layout if layout in LAYOUTS else LAYOUTS[0],
        theme=theme_of(visit),
        accent=colour_of(visit),
        fits=visit.asked("fit") == "yes",
    )


def theme_of(visit: Visit) -> str:
    """Return the theme that an address asks for, "" where the reader's own choice decides."""
    asked = visit.asked("theme")
    return asked if asked in THEMES else ""


def colour_of(visit: Visit) -> str:
    """Return the colour that an address asks for, with # or without, "" for none."""
    asked = visit.asked("accent")[:30]
    return (as_hex(asked) or as_hex(f"#{asked}") or "") if asked else ""


def number(text: str, least: int, most: int, usual: int) -> int:
    """Return a number of an address inside its bounds, the usual one for what is none."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return usual
    return min(most, max(least, int(text)))


def policy(house: House) -> str:
    """Return the content policy of a page that the configured sites may frame; with none of them, nobody may."""
    strict = SECURITY_HEADERS["Content-Security-Policy"]
    hosts = house.settings.embed.hosts
    return strict.replace("frame-ancestors 'none'", f"frame-ancestors {' '.join(hosts)} 'self'") if hosts else strict


def embed(visit: Visit) -> Response:
    """Show the newest stories that the query string asks for, with nothing around them."""
    asked, look = asked_of(visit), look_of(visit)
    limit = 1 if look.layout == "one" else look.limit
    page = browse(visit.store, visit.campaign.id, wanted_of(visit, asked), limit=limit)
    answer = visit.page(
        "public/embed.html",
        look=look,
        cards=[shown(visit, story, excerpt=320 if look.layout == "one" else 160) for story in page.stories],
        name=feed_name(visit, asked),
        archive=visit.view.url("/archive", **asked.query(sort=None)),
    )
    answer.headers["X-Robots-Tag"] = "noindex"
    if visit.house.settings.embed.hosts:
        answer.headers["Content-Security-Policy"] = policy(visit.house)
        answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


def colours(visit: Visit) -> Response:
    """Answer with the campaign's colours, or those that a site asks for, in the theme of the address.

    Contrast is kept whatever is asked for.
    """
    known = trees(visit.house, visit.campaign.id)
    own = colour_of(visit) or visit.campaign.accent
    areas = [node.colour for tree in known for node in tree.nodes]
    return Response(sheet(own, areas, theme=theme_of(visit)), headers={KEEP: "1"}, media_type="text/css")


def help_page(visit: Visit) -> Response:
    """Show the form that makes the code for another site, and the code."""
    asked, look = asked_of(visit), look_of(visit)
    query = _plain(asked) | look.query()
    height = number(visit.asked("height"), _LOWEST, _HIGHEST, _HEIGHT)
    address = visit.view.absolute("/embed", **query)
    title = visit.view.language.t("out.embed.title", name=feed_name(visit, asked))
    return _dressed(
        visit,
        visit.page(
            "public/embed_help.html",
            asked=asked,
            look=look,
            height=height,
            bounds=(_LOWEST, _HIGHEST, _MOST),
            layouts=LAYOUTS,
            themes=THEMES,
            choices=choices(visit),
            frame=str(_frame(address, title, height)),
            component=str(_component(visit, address, title)),
            preview=visit.view.url("/embed", **query),
            title=title,
            hosts=visit.house.settings.embed.hosts,
        ),
    )


def _plain(asked: Asked) -> dict[str, str | int | None]:
    return {name: value for name, value in asked.query(sort=None, kind=None).items() if value not in (None, "")}


def _dressed(visit: Visit, answer: Response) -> Response:
    """Let the help page show the frame that it makes, where any site may."""
    if visit.house.settings.embed.hosts:
        answer.headers["Content-Security-Policy"] = SECURITY_HEADERS["Content-Security-Policy"] + "; frame-src 'self'"
    return answer


def choices(visit: Visit) -> dict[str, list[tuple[str, str]]]:
    """Return what stories can be narrowed to, by name of the query: pairs of value and words, none chosen first."""
    t = visit.view.language.t
    areas = {node.code: node.title for node in area_nodes(visit.house, visit.campaign.id).values() if not node.ended_at}
    name = network_name(visit.view.language)
    used = {
        KINDS[each.kind].network
        for each in visit.house.settings.sources.values()
        if visit.campaign.id in each.campaigns
    }
    every = [("", t("out.help.any"))]
    towns = sorted(offer(visit.campaign.places).municipalities, key=lambda each: alphabetical(each.name))
    return {
        "area": every + list(areas.items()),
        "network": every + sorted(((each, name(each)) for each in used), key=lambda each: each[1]),
        "place": every + [(each.id, each.name) for each in towns],
    }


def _frame(address: str, title: str, height: int) -> Markup:
    return Markup(
        '<iframe src="{}" title="{}" width="100%" height="{}" loading="lazy" frameborder="0"></iframe>'
    ).format(address, title, height)


def _component(visit: Visit, address: str, title: str) -> Markup:
    base = visit.house.settings.site.base_url
    words = escape(visit.view.language.t("out.help.fallback", name=visit.view.name))
    return Markup(
        '<script type="module" src="{}/embed.js"></script>\n<skord-stories src="{}" title="{}">\n{}\n{}'
    ).format(
        base,
        address,
        title,
        Markup('  <a href="{}">{}</a>').format(visit.view.absolute("/archive"), words),
        Markup("</skord-stories>"),
    )
