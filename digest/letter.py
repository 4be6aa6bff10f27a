"""What a letter says, before it is drawn: the one model behind the mail, its text part and the web copy.

It is frozen as JSON when an issue is sent; ``web_copy`` gives it back without what has been hidden since.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any

from campaign.newsletter import SPECIAL_SECTIONS, YEAR_AGO
from campaign.records import Story, Use
from digest.excerpt import cut, shorten, tidy
from digest.growth import RingWeek, ring_week_from_json

#: Facts about the sending itself: they may change without anybody having to approve the words again.
_SCHEDULE = ("year", "week", "sent_on")

#: Where words come from: other than the words, nothing that anybody approves.
_TRACES = ("post_id", "version_id", "own_title")

PREVIEW_LENGTH = 110
#: So many first letters of a title make a quote of it.
_QUOTED = 20
#: So many letters an excerpt has at least that is made anew.
_LEAST = 270


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that may be mailed. ``file`` is the SHA-256 of our copy; ``alt`` is "" for a decorative one.

    ``web`` says that it may stand on the web too, so that a letter can link to it; ``id`` is the stored picture's, 0 in
    letters frozen before it was kept. ``focus`` is what stays in view where the web copy
    cuts it, and where a letter shows it beside words; the picture that leads a letter is whole.
    """

    file: str
    alt: str
    width: int | None
    height: int | None
    credit: str = ""
    web: bool = True
    id: int = 0
    focus: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One story as the letter tells it.

    ``quoted`` says that ``text`` is the author's own, unaltered; ``opened`` and ``shortened`` that words were left out
    or moved to the title at its beginning, or left out at its end. ``goals`` are the strategy's nodes below
    the section. ``author`` is "" where nobody knows it. ``removed`` is a gap: the story has been hidden since, and
    nothing of it is left here; ``post_id`` and ``version_id`` are whose words were told, 0 where that was not kept.
    ``own_title`` is an editor's. ``pictureless`` is the smaller gap: its picture may not be shown (any more).

    ``place`` is where it happened, in words: "Varberg", "Falun, Mora m.fl.".

    What an editor wrote for the letter alone has a ``kind`` other than "story" and ``story_id`` 0: an "event" with its
    time and ``calendar`` (the address of its calendar file), a "link", a "number" with its ``value``, a "note".
    Its ``text`` is Markdown. ``earlier`` is the number of the issue that told what this story goes on from, 0 for none;
    ``stood_in`` that of the issue that told this very story a year ago. ``earlier_url`` leads to either.
    """

    story_id: int
    title: str
    text: str = ""
    quoted: bool = True
    opened: bool = False
    shortened: bool = False
    tags: str = ""
    warning: str = ""
    author: str = ""
    network: str = ""
    published_at: datetime | None = None
    language: str | None = None
    url: str = ""
    original_url: str = ""
    picture: Picture | None = None
    goals: tuple[str, ...] = ()
    removed: bool = False
    pictureless: bool = False
    post_id: int = 0
    version_id: int = 0
    own_title: bool = False
    kind: str = "story"
    item_id: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    all_day: bool = False
    place: str = ""
    value: str = ""
    calendar: str = ""
    earlier: int = 0
    earlier_url: str = ""
    stood_in: int = 0

    @property
    def is_story(self) -> bool:
        """Whether it is a story that somebody told, rather than something written for the letter."""
        return self.kind == "story"

    @property
    def in_own_words(self) -> bool:
        """Whether an editor tells somebody's story in words of the editor's own."""
        return self.is_story and bool(self.text) and not self.quoted


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The stories of one focus area, or a special section (``campaign.newsletter.SPECIAL_SECTIONS``). ``code`` is ""
    for those without an area, ``node`` the area's, 0 for none. ``intro`` is Markdown; ``lines`` are counts in words,
    as a yearbook has them.
    """

    code: str
    title: str
    colour: str
    items: tuple[Item, ...]
    node: int = 0
    intro: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One year's value as a letter draws it. ``share`` is its height in per cent of the tallest; 0 is a missing one."""

    label: str
    value: str
    share: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure of official statistics beside the stories. ``section`` is the focus area that it stands under, "" for
    the letter's end. ``moved`` says that it is news: a new or revised value. ``goal`` is what it measures, "1.2 Title".
    """

    indicator: int
    title: str
    sentence: str
    section: str = ""
    goal: str = ""
    colour: str = ""
    source: str = ""
    url: str = ""
    moved: bool = False
    bars: tuple[Bar, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Addresses of the public pages that a letter points to, absolute."""

    web: str
    archive: str
    subscribe: str
    privacy: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What a yearbook counts of its year, as it stood when it was drafted. ``growth`` are the weeks of the year."""

    year: int
    as_of: date
    stories: int
    voices: int
    places: int
    issues: int
    evidence: int
    growth: tuple[RingWeek, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One issue's content. ``intro`` is Markdown; ``owner`` is the organisation that answers for the letter.
    ``touched`` are the goals that its stories are evidence for, "1.2 Title".

    ``plain_subject`` names no story: it stands in where the subject told of one that has been hidden since. ``book`` is
    None for every letter but a yearbook.
    """

    language: str
    campaign: str
    campaign_name: str
    newsletter: str
    name: str
    number: int
    year: int
    week: int
    sent_on: date
    subject: str
    preview: str
    intro: str
    accent: str
    hashtags: tuple[str, ...]
    owner: str
    contact: str
    links: Links
    plain_subject: str = ""
    sections: tuple[Section, ...] = field(default=())
    touched: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    kind: str = "letter"
    book: Book | None = None

    def figures_in(self, section: str) -> tuple[Figure, ...]:
        """The figures under a focus area, by its code; for "" those at the letter's end, and those whose area is not
        in the letter.
        """
        codes = {each.code for each in self.sections if each.code}
        return tuple(each for each in self.figures if (each.section if each.section in codes else "") == section)

    @property
    def items(self) -> tuple[Item, ...]:
        """All items in reading order."""
        return tuple(item for section in self.sections for item in section.items)

    @property
    def news(self) -> tuple[Item, ...]:
        """The items that make a letter worth sending: not what comes or what was a year ago, which every week has."""
        return tuple(
            item for section in self.sections if section.code not in SPECIAL_SECTIONS for item in section.items
        )

    @property
    def count(self) -> int:
        """How many of them are left: what a letter is said to hold, and what it needs enough of."""
        return sum(not item.removed for item in self.news)

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """All pictures in reading order, each file once."""
        found = {item.picture.file: item.picture for item in self.items if item.picture}
        return tuple(found.values())


def to_json(letter: Letter) -> dict[str, Any]:
    """Return the letter as JSON can keep it."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(letter), default=_plain))
    return plain


def _plain(value: date | datetime) -> str:
    return value.isoformat()


def from_json(kept: Mapping[str, Any]) -> Letter:
    """Return the letter that ``to_json`` kept. Raises KeyError or TypeError for anything else."""
    plain = dict(kept)
    plain["sent_on"] = date.fromisoformat(plain["sent_on"])
    plain["hashtags"] = tuple(plain["hashtags"])
    plain["links"] = Links(**plain["links"])
    plain["sections"] = tuple(_section(each) for each in plain["sections"])
    plain["touched"] = tuple(plain.get("touched", ()))
    plain["figures"] = tuple(_figure(each) for each in plain.get("figures", ()))
    plain["book"] = book_from_json(plain["book"]) if plain.get("book") else None
    return Letter(**plain)


def book_from_json(kept: Mapping[str, Any]) -> Book:
    """Return the counts of a yearbook that ``to_json`` kept."""
    growth = tuple(ring_week_from_json(each) for each in kept["growth"])
    return Book(**{**kept, "as_of": date.fromisoformat(kept["as_of"]), "growth": growth})


def _figure(kept: Mapping[str, Any]) -> Figure:
    return Figure(**{**kept, "bars": tuple(Bar(**each) for each in kept["bars"])})


def _section(kept: Mapping[str, Any]) -> Section:
    lines = tuple(kept.get("lines", ()))
    return Section(**{**kept, "items": tuple(_item(each) for each in kept["items"]), "lines": lines})


def _item(kept: Mapping[str, Any]) -> Item:
    plain = dict(kept)
    for name in ("published_at", "starts_at", "ends_at"):
        plain[name] = datetime.fromisoformat(plain[name]) if plain.get(name) else None
    plain["picture"] = _picture(plain["picture"]) if plain["picture"] else None
    plain["goals"] = tuple(plain["goals"])
    return Item(**plain)


def _picture(kept: Mapping[str, Any]) -> Picture:
    focus = kept.get("focus")
    return Picture(**{**kept, "focus": (focus[0], focus[1]) if focus else None})


def content_hash(letter: Letter) -> str:
    """Return what an approval covers: a hash of every word, picture and link, not of the day it is sent."""
    kept = to_json(letter)
    for name in _SCHEDULE:
        del kept[name]
    for name in ("touched", "figures", "book"):
        if not kept[name]:
            del kept[name]  # as letters were before they could have any
    for item in (item for section in kept["sections"] for item in section["items"]):
        for name in _TRACES:
            del item[name]
        if not item["stood_in"]:
            del item["stood_in"]
    return hashlib.sha256(json.dumps(kept, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def web_copy(kept: Mapping[str, Any], visible: Mapping[int, Story], *, now: datetime, use: Use = Use.WEB) -> Letter:
    """Return a sent letter as the public may read it now, on the web or in the letters that have not left yet.

    ``visible`` are the letter's stories that may still be seen (``storage.posts.public()`` decides). A story that is
    not among them becomes a marked gap, and so does a picture without right or words for this use.
    Subject and preview line do not quote what is gone either.
    """
    letter = from_json(kept)
    sections = tuple(
        replace(section, items=tuple(_as_visible(item, visible.get(item.story_id), use, now) for item in section.items))
        for section in map(_reminding, letter.sections)
    )
    gone = [item.title for item in letter.items if item.is_story and item.story_id not in visible]
    if not gone:
        return replace(letter, sections=sections)
    quoted = any(title[:_QUOTED] in letter.subject for title in gone)
    return replace(
        letter,
        sections=sections,
        subject=(letter.plain_subject or letter.name) if quoted else letter.subject,
        preview=preview_line(item.title for section in sections for item in section.items if item.title),
    )


def preview_line(titles: Iterable[str]) -> str:
    """Return the first titles as the line that mail programs show after the subject."""
    line = ""
    for title in titles:
        longer = f"{line} · {title}" if line else title
        if line and len(longer) > PREVIEW_LENGTH:
            break
        line = longer
    return shorten(line, PREVIEW_LENGTH)


def _reminding(section: Section) -> Section:
    """Return a section as letters have it now: once they called a story of a year ago the beginning of itself."""
    if section.code != YEAR_AGO:
        return section
    return replace(section, items=tuple(replace(item, earlier=0) for item in section.items))


def _as_visible(item: Item, story: Story | None, use: Use, now: datetime) -> Item:
    if not item.is_story:
        return item
    if story is None:
        return Item(story_id=item.story_id, title="", removed=True, post_id=item.post_id)
    if use is Use.WEB:
        item = _reworded(item, story)
    if item.picture is None:
        return item
    pictures = (media for post in story.posts for media in post.media)
    shown = {media.file: media for media in pictures if media.may_be_shown(use, now)}
    media = shown.get(item.picture.file)
    if media is None:
        return replace(item, picture=None, pictureless=True)
    return replace(item, picture=replace(item.picture, focus=media.focus))


def _reworded(item: Item, story: Story) -> Item:
    """Return an item in the words that are approved now; what an editor wrote in their place stays."""
    post = next((post for post in story.posts if post.id == item.post_id), None)
    if post is None or post.version_id == item.version_id:
        return item
    title = item.title if item.own_title else _line(post.title)
    made = cut(title, "" if post.warning else post.text, max(len(item.text), _LEAST))
    item = replace(item, warning=_line(post.warning), title=made.title or _line(post.warning) or item.author or "…")
    if not item.quoted:
        return item
    return replace(item, text=made.text, opened=made.opened, shortened=made.shortened, tags=made.tags)


def _line(text: str) -> str:
    return " ".join(tidy(text).split())
