"""What the pages of a site are made with: what is known of the archive, and one way to draw and to write a page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from html import unescape
from typing import Any
from urllib.parse import urljoin

from markupsafe import Markup, escape

from campaign.places import Places, offer
from campaign.records import Media, NodeRef, Story
from campaign.settings import CampaignSettings
from skord.exports.folders import Sink
from skord.exports.order import Work
from skord.exports.site_addresses import Addresses, FolderView, Names
from skord.exports.site_counts import Counted
from skord.exports.site_index import Index
from storage.archive import Hit, Wanted, browse, silences
from storage.areas import as_ref, focus_areas
from storage.exports import Numbers
from storage.media import path_of
from storage.shelf import Kind
from storage.strategy import StrategyTree, TreeNode
from web.colours import sheet
from web.public.cards import Card, card
from web.rendering import Renderer
from web.rings import Rings, grow

#: Files of ours that every site has; what begins with "fonts/" comes along as a whole.
_LOOKS = ("skord.css", "issue.css", "folder.css", "folder_search.js", "icon.svg")

_BESIDE = 200

_LINK = re.compile(r'href="([^"]*)"')


@dataclass(slots=True, kw_only=True)
class Site:
    """A site while it is written. ``media`` are the pictures that its pages show, ``newest`` the first few cards,
    ``heads`` those of each node.
    """

    work: Work
    sink: Sink
    campaign: CampaignSettings
    renderer: Renderer
    trees: Sequence[StrategyTree]
    areas: Mapping[int, TreeNode]
    refs: Mapping[int, NodeRef]
    register: Places
    counted: Counted
    addresses: Addresses
    index: Index
    media: Numbers = field(default_factory=Numbers)
    newest: list[Card] = field(default_factory=list)
    heads: dict[int, list[Card]] = field(default_factory=dict)
    most_newest: int = 9
    most_heads: int = 3

    def card(self, story: Story) -> Card:
        """Return a story as lists show it."""
        work = self.work
        return card(story, work.settings, work.language, now=work.now, areas=self.refs)

    def row(self, shown: Card) -> str:
        """Return a story as a row of a list, for every page that lies one folder down."""
        return self.draw("folder/row.html", "/", up="../", card=shown)

    def page(self, file: str, path: str, template: str, **told: object) -> None:
        """Write a page: ``file`` is where, ``path`` its address in the archive."""
        up = "../" * file.count("/")
        self.put(file, self.draw(template, path, up=up, **told))
        self.work.counts["pages"] += 1

    def put(self, file: str, text: str) -> None:
        """Write a file of text."""
        self.sink.put(file, text.encode("utf-8", "replace"))

    def draw(self, template: str, path: str, *, up: str, **told: Any) -> str:
        """Return a drawn template."""
        work = self.work
        view = FolderView(
            settings=work.settings, language=work.language, path=path, now=work.now, campaign=self.campaign,
            addresses=self.addresses, up=up,
        )  # fmt: skip
        own = {
            "up": up,
            "has": view.has,
            "static": lambda name: f"{up}looks/{name}",
            "picture_at": lambda media, width: up + self.picture(media, width),
            "full_address": self.full_address,
            "outward": self.outward,
            "has_issues": bool(list(self.addresses.issues)),
        }
        return self.renderer.page(template, view, **(own | told))

    def picture(self, media: Media, width: int) -> str:
        """Return the file of a picture and note that it comes along, "" where there is no copy."""
        found = path_of(self.work.still, media.file, width) if media.file else None
        if found is None:
            return ""
        self.media.add(media.id)
        return f"pictures/{found.name}"

    def full_address(self, path: str) -> str:
        """Return the lasting address of a page of the archive itself."""
        return self.work.telling(self.campaign.id).site + path

    def outward(self, words: Markup) -> Markup:
        """Return words whose links without a host lead to the archive itself, not to files that are not there."""
        base = self.full_address("/")
        return Markup(_LINK.sub(lambda found: f'href="{escape(urljoin(base, unescape(found[1])))}"', words))  # noqa: S704

    def legend(self) -> dict[int, TreeNode]:
        """Return the focus areas by their ids: those in force, and ended ones that have stories."""
        return {
            area.id: area for area in self.areas.values() if area.ended_at is None or self.counted.nodes.get(area.id)
        }

    def rings(self, *, year: int | None = None) -> Rings:
        """Return the growth rings of the stories of the site, or of one year of them."""
        work = self.work
        sources = [each.id for each in work.settings.sources.values() if self.campaign.id in each.campaigns]
        areas = {node: area.id for node, area in self.areas.items()}
        lost = silences(work.still, sources)
        return grow(
            self.counted.tallies(), areas, lost, sources, zone=work.language.zone, now=work.now, only=year
        )  # fmt: skip

    def today(self) -> date:
        """Return the day on which the site is taken."""
        return self.work.now.astimezone(self.work.language.zone).date()


def begin(
    work: Work, sink: Sink, index: Index, *, trees: Sequence[StrategyTree], counted: Counted, addresses: Addresses
) -> Site:
    """Return the site that is to be written, its style sheets and fonts written already."""
    campaign = work.settings.campaigns[work.every[0]]
    areas = focus_areas(trees)
    site = Site(
        work=work, sink=sink, campaign=campaign, renderer=Renderer(work.settings, version=work.version), trees=trees,
        areas=areas, refs={node: as_ref(area) for node, area in areas.items()},
        register=offer(campaign.places).register, counted=counted, addresses=addresses, index=index,
    )  # fmt: skip
    _write_looks(site)
    return site


def _write_looks(site: Site) -> None:
    files = site.renderer.static_files
    for name in (*_LOOKS, *files.below("fonts/")):
        found = files.find(name)
        assert found is not None
        site.sink.put(f"looks/{name}", found[0])
    colours = [node.colour for tree in site.trees for node in tree.nodes]
    site.put("looks/colours.css", sheet(site.campaign.accent, colours))


def open_addresses(work: Work, campaign: str, trees: Sequence[StrategyTree], counted: Counted) -> Addresses:
    """Return which pages the folder will have."""
    tops = {"/", "/archive", "/years", "/places", "/networks", "/about"}
    issues = [hit.path.removeprefix("/issues/") for hit in issue_hits(work, campaign)]
    tops |= {"/strategy"} if trees else set()
    tops |= {"/issues"} if issues else set()
    return Addresses(
        stories=counted.stories,
        months=frozenset(counted.months),
        weeks=frozenset(counted.weeks),
        years=frozenset(counted.years),
        places=Names(sorted(counted.places)),
        networks=Names(sorted(counted.networks)),
        nodes=Names(f"{tree.id}/{node.code}" for tree in trees for node in tree.nodes),
        issues=Names(issues),
        tops=frozenset(tops),
    )


def issue_hits(work: Work, campaign: str) -> list[Hit]:
    """Return the issues and yearbooks of the time that is asked for, newest first: none where more is asked."""
    wanted = work.wanted(campaign)
    if not wanted.is_plain:
        return []
    return hits(work, campaign, ("issue", "yearbook"), wanted)


def hits(work: Work, campaign: str, kinds: tuple[Kind | str, ...], wanted: Wanted) -> list[Hit]:
    """Return what else stands in the archive, newest first."""
    every = tuple(Kind(each) for each in kinds)
    asked = Wanted(kinds=every, first_key=wanted.first_key, end_key=wanted.end_key)
    found: list[Hit] = []
    older: int | None = None
    while True:
        page = browse(work.still, campaign, asked, limit=_BESIDE, older_than=older)
        found += page.hits
        if page.older is None:
            return found
        older = page.older
