"""What the API answers, as types: the answers are made of them and the description is generated from them.

Each field's words stand in ``campaign/locale/*/api.toml``: ``api.field.<Type>_<field>``, else ``api.field.<field>``.
msgspec writes them: it checks nothing twice, knows how a type looks as JSON Schema, and is several times quicker than
the standard library at what is asked most.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

#: In UTC, as "2026-11-20T12:00:00Z".
Moment = Annotated[datetime, Meta(tz=True)]

Kind = Literal["story", "issue", "yearbook", "node"]


class Model(Struct, frozen=True, kw_only=True):
    """The beginning of every type: its instances do not change."""


class PictureSize(Model, frozen=True, kw_only=True):
    """One file of a picture."""

    url: str
    width: int
    type: str


class Picture(Model, frozen=True, kw_only=True):
    """A picture that may be shown on the web, with its words and its right."""

    alt: str
    decorative: bool
    credit: str
    width: int | None
    height: int | None
    sizes: list[PictureSize]


class Post(Model, frozen=True, kw_only=True):
    """One post of a story, on one network."""

    id: int
    network: str
    address: str
    author: str
    published_at: Moment
    language: str
    warning: str
    title: str
    text: str
    tags: list[str]
    pictures: list[Picture]


class PlaceRef(Model, frozen=True, kw_only=True):
    """A place that a story tells of."""

    id: str
    name: str


class Evidence(Model, frozen=True, kw_only=True):
    """A node of a strategy that a story is evidence for, and how much it says."""

    id: int
    strategy: str
    code: str
    title: str
    weight: Literal["touches", "shows", "milestone"]
    url: str


class IssueRef(Model, frozen=True, kw_only=True):
    """An issue that tells a story."""

    newsletter: str
    number: int
    url: str


class Story(Model, frozen=True, kw_only=True):
    """What one or several posts tell, shown as one."""

    id: int
    url: str
    title: str
    text: str
    language: str
    author: str
    network: str
    published_at: Moment
    tags: list[str]
    places: list[PlaceRef]
    nodes: list[Evidence]
    told_in: list[IssueRef]
    posts: list[Post]
    licence: str


class StoryPage(Model, frozen=True, kw_only=True):
    """Stories, newest first."""

    items: list[Story]
    next: str | None


class FoundItem(Model, frozen=True, kw_only=True):
    """Something that a search found."""

    kind: Kind
    id: int
    url: str
    api_url: str
    title: str
    text: str
    language: str
    at: Moment


class FoundPage(Model, frozen=True, kw_only=True):
    """What a search found, newest first."""

    items: list[FoundItem]
    next: str | None


class IssueHead(Model, frozen=True, kw_only=True):
    """One number of a newsletter that has left."""

    newsletter: str
    number: int
    kind: Literal["letter", "yearbook"]
    week: str
    subject: str
    preview: str
    sent_at: Moment
    updated_at: Moment
    url: str
    api_url: str


class IssuePage(Model, frozen=True, kw_only=True):
    """Issues, newest first."""

    items: list[IssueHead]
    next: str | None


class IssueItem(Model, frozen=True, kw_only=True):
    """Something that an issue tells."""

    kind: Literal["story", "event", "link", "number", "note"]
    section: str
    title: str
    text: str
    story: int | None
    url: str


class Issue(Model, frozen=True, kw_only=True):
    """An issue as it may be read now: what was taken away since is left out."""

    newsletter: str
    number: int
    kind: Literal["letter", "yearbook"]
    week: str
    subject: str
    preview: str
    intro: str
    sent_at: Moment
    updated_at: Moment
    seal: str
    url: str
    items: list[IssueItem]


class Strategy(Model, frozen=True, kw_only=True):
    """A strategy of the campaign: its own first, then those that it serves."""

    id: str
    title: str
    owner: str
    summary: str
    period_from: date
    period_to: date
    version: int
    url: str
    api_url: str


class StrategyList(Model, frozen=True, kw_only=True):
    """The strategies of a campaign."""

    items: list[Strategy]


class Node(Model, frozen=True, kw_only=True):
    """A focus area, goal or action. Nodes stand depth first; ``parent`` is the id of the one above."""

    id: int
    parent: int | None
    depth: int
    kind: str
    code: str
    title: str
    text: str
    colour: str
    ended_at: Moment | None
    stories: int
    stories_below: int
    url: str


class NodeTree(Model, frozen=True, kw_only=True):
    """The nodes of a strategy."""

    strategy: str
    items: list[Node]


class Target(Model, frozen=True, kw_only=True):
    """What is wanted: a value in a year."""

    area: str
    year: int
    value: float


class IndicatorHead(Model, frozen=True, kw_only=True):
    """Something that is measured."""

    strategy: str
    code: str
    title: str
    unit: str
    decimals: int
    direction: Literal["up", "down", "keep", "none"]
    source: str
    origin: Literal["kolada", "scb", "table"]
    nodes: list[int]
    targets: list[Target]
    ended_at: Moment | None
    url: str
    api_url: str


class IndicatorList(Model, frozen=True, kw_only=True):
    """What the strategies measure."""

    items: list[IndicatorHead]


class Measurement(Model, frozen=True, kw_only=True):
    """One value as it is known now. None: the source says that it has none, which is not zero."""

    area: str
    area_name: str
    sex: Literal["total", "women", "men"]
    period: str
    value: float | None
    preliminary: bool
    known_from: Moment


class Indicator(Model, frozen=True, kw_only=True):
    """An indicator with its values, oldest period first."""

    indicator: IndicatorHead
    measurements: list[Measurement]


class Place(Model, frozen=True, kw_only=True):
    """A place that stories tell of."""

    id: str
    name: str
    kind: str
    parent: str
    stories: int
    url: str


class PlaceList(Model, frozen=True, kw_only=True):
    """The places of the archive, those with most stories first."""

    items: list[Place]


class Network(Model, frozen=True, kw_only=True):
    """A network that posts come from."""

    id: str
    name: str
    stories: int


class NetworkList(Model, frozen=True, kw_only=True):
    """The networks of the archive, those with most stories first."""

    items: list[Network]


class Count(Model, frozen=True, kw_only=True):
    """How many stories there are of a value in a week or a month."""

    period: str
    value: str
    count: int


class CountList(Model, frozen=True, kw_only=True):
    """Stories counted, oldest period first."""

    facet: Literal["all", "network", "nodes", "place", "source"]
    period: Literal["week", "month"]
    items: list[Count]


class Change(Model, frozen=True, kw_only=True):
    """Something that appeared, changed, or was taken away."""

    kind: Kind
    id: int
    revision: int
    at: Moment
    gone: bool
    url: str | None


class ChangePage(Model, frozen=True, kw_only=True):
    """Changes, oldest first."""

    items: list[Change]
    since: int
    next: str | None


class Link(Model, frozen=True, kw_only=True):
    """An address of the campaign."""

    rel: str
    url: str


class Privacy(Model, frozen=True, kw_only=True):
    """What people are told about their data."""

    controller: str
    purpose: str
    legal_basis: str
    contact: str
    retention: str
    url: str


class Campaign(Model, frozen=True, kw_only=True):
    """A campaign."""

    id: str
    name: str
    owner: str
    contact: str
    language: str
    hashtags: list[str]
    aliases: list[str]
    about: str
    licence: str
    links: list[Link]
    privacy: Privacy


class CampaignRef(Model, frozen=True, kw_only=True):
    """A campaign of the installation, and where its API stands."""

    id: str
    name: str
    url: str
    api_url: str


class CampaignList(Model, frozen=True, kw_only=True):
    """The campaigns of the installation."""

    items: list[CampaignRef]


class Problem(Model, frozen=True, kw_only=True):
    """Why there is no answer (RFC 9457). ``parameter`` names what was wrong with the question."""

    type: str
    title: str
    status: int
    detail: str
    parameter: str | UnsetType = UNSET
