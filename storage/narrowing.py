"""What narrows the desk's piles: the conditions under which a story is shown, one for each thing that can be asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Integer, Text, and_, cast, func, or_, select, true

from campaign.records import Review, Right
from campaign.writing import NETWORK as WRITTEN
from storage import schema
from storage.keys import key_range
from storage.search import matching

_STORY = schema.story.c
_POST = schema.post.c
_VERSION = schema.version.c
_MEDIA = schema.media.c


class Pile(StrEnum):
    """What a tab of the queue shows. A story put off to a date returns to ``WAITING`` when the date comes.

    What one person has approved and another must look at stands in ``SECOND`` alone, so that the first is done with it.
    """

    WAITING = "waiting"
    SECOND = "second"
    LATER = "later"
    APPROVED = "approved"
    HIDDEN = "hidden"
    ALL = "all"


class Lack(StrEnum):
    """What a picture of a story is without, so that nobody may see it."""

    ALT = "alt"
    RIGHT = "right"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What the desk wants to see. Empty fields do not narrow.

    ``nodes`` are ids of the strategy, ``places`` of the register, a story that has any of them counts; ``unattached``
    wants those attached to no node, ``unplaced`` those of no place. ``start`` is inside, ``end`` is not. ``words`` are
    what a person typed into the search field; where they are the name of a place, ``named`` are the ids of what it
    means, and a story that lies there counts too. ``visible`` leaves out what is hidden. ``author`` is a name or a
    handle as the network has it; ``rule`` the id of a rule that met a post of the story; ``written`` wants what was
    written at the desk.
    """

    campaign: str
    pile: Pile = Pile.WAITING
    source: str = ""
    network: str = ""
    nodes: tuple[int, ...] = ()
    unattached: bool = False
    places: tuple[str, ...] = ()
    unplaced: bool = False
    language: str = ""
    author: str = ""
    flagged: bool = False
    written: bool = False
    lacks: Lack | None = None
    rule: int | None = None
    visible: bool = False
    words: str = ""
    named: tuple[str, ...] = ()
    start: datetime | None = None
    end: datetime | None = None


def wanted(dialect: str, filters: Filters, now: datetime) -> ColumnElement[bool]:
    """Return the condition of stories that the filters show, those that another took up left out."""
    return and_(standing(filters.campaign), in_pile(filters.pile, now), *narrowed(dialect, filters, now))


def standing(campaign: str) -> ColumnElement[bool]:
    """Return the condition of a campaign's stories that stand by themselves."""
    return and_(_STORY.campaign == campaign, _STORY.merged_into.is_(None))


def in_pile(pile: Pile, now: datetime) -> ColumnElement[bool]:
    """Return the condition of a pile's stories."""
    match pile:
        case Pile.WAITING:
            return and_(waits(now), _STORY.first_by.is_(None))
        case Pile.SECOND:
            return and_(waits(now), _STORY.first_by.is_not(None))
        case Pile.LATER:
            return and_(_STORY.review == Review.LATER, or_(_STORY.later_until.is_(None), _STORY.later_until > now))
        case Pile.ALL:
            return _STORY.id.is_not(None)
        case _:
            return _STORY.review == pile.value


def waits(now: datetime) -> ColumnElement[bool]:
    """Return the condition of stories that a person has to look at: never both halves of it at once."""
    return or_(_STORY.waiting.is_(True), due(now))


def due(now: datetime) -> ColumnElement[bool]:
    """Return the condition of stories that were put off until now."""
    return and_(_STORY.review == Review.LATER, _STORY.later_until.is_not(None), _STORY.later_until <= now)


def narrowed(dialect: str, filters: Filters, now: datetime) -> list[ColumnElement[bool]]:
    """Return the conditions of everything that narrows a pile."""
    parts = [*_by_posts(filters), *_by_story(filters)]
    if filters.lacks is not None:
        parts.append(_lacking(dialect, filters.lacks, now))
    if filters.words.strip():
        found = matching(dialect, filters.words)
        # Asking only for what must not stand there finds nothing rather than everything.
        said = _has_post(_POST.sort_key.in_(found)) if found is not None else _STORY.id.is_(None)
        parts.append(or_(said, _placed(schema.story_place.c.place.in_(filters.named))) if filters.named else said)
    return parts


def _by_posts(filters: Filters) -> list[ColumnElement[bool]]:
    parts = []
    if filters.source:
        parts.append(_has_post(_POST.source_id == filters.source))
    if filters.network:
        parts.append(_has_post(_POST.network == filters.network))
    if filters.written:
        parts.append(_has_post(_POST.network == WRITTEN))
    if filters.language:
        parts.append(_has_version(_in_language(filters.language)))
    if filters.author:
        name = filters.author.removeprefix("@")
        names = (_VERSION.author_name, _VERSION.author_handle, _POST.credit)
        parts.append(_has_version(or_(*(column.in_((name, f"@{name}")) for column in names))))
    if filters.rule is not None:
        hit = schema.rule_hit.c
        parts.append(
            select(_POST.id)
            .join(schema.rule_hit, hit.post_id == _POST.id)
            .where(_POST.story_id == _STORY.id, hit.rule_id == filters.rule)
            .correlate(schema.story)
            .exists()
        )
    return parts


def _by_story(filters: Filters) -> list[ColumnElement[bool]]:
    parts = []
    if filters.nodes:
        parts.append(_attached(schema.evidence.c.node_id.in_(filters.nodes)))
    if filters.unattached:
        parts.append(~_attached())
    if filters.places:
        parts.append(_placed(schema.story_place.c.place.in_(filters.places)))
    if filters.unplaced:
        parts.append(~_placed())
    if filters.visible:
        parts.append(_STORY.review != Review.HIDDEN)
    if filters.flagged:
        # An empty list is written in one way only.
        parts.append(func.length(cast(_STORY.flags, Text)) > 2)
    if filters.start is not None:
        parts.append(_STORY.sort_key >= key_range(filters.start, filters.start)[0])
    if filters.end is not None:
        parts.append(_STORY.sort_key < key_range(filters.end, filters.end)[0])
    return parts


def _in_language(language: str) -> ColumnElement[bool]:
    return or_(_VERSION.language == language, _VERSION.language.startswith(f"{language}-", autoescape=True))


def _lacking(dialect: str, lack: Lack, now: datetime) -> ColumnElement[bool]:
    """Return the condition of stories that show a picture without a text for those who do not see, or without right."""
    media_id: ColumnElement[int]
    alt: ColumnElement[str]
    if dialect == "sqlite":
        shown = func.json_each(_VERSION.media).table_valued("value")
        media_id, alt = func.json_extract(shown.c.value, "$.id"), func.json_extract(shown.c.value, "$.alt")
    else:
        shown = func.json_array_elements(_VERSION.media).table_valued("value")
        media_id = cast(func.json_extract_path_text(shown.c.value, "id"), Integer)
        alt = func.json_extract_path_text(shown.c.value, "alt")
    if lack is Lack.ALT:
        missing = and_(_MEDIA.decorative.is_(False), func.coalesce(_MEDIA.alt, alt, "") == "")
    else:
        missing = or_(_MEDIA.right == Right.NONE, _MEDIA.right_until <= now)
    own = select(_POST.id).join(schema.version, _VERSION.id == _POST.version_id).join(shown, true())
    pictures = own.join(schema.media, _MEDIA.id == media_id).where(_POST.story_id == _STORY.id, missing)
    return pictures.correlate(schema.story).exists()


def _has_post(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(_POST.id).where(_POST.story_id == _STORY.id, condition).correlate(schema.story).exists()


def _has_version(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition of stories one of whose posts reads so, in its latest version."""
    posts = select(_POST.id).join(schema.version, _VERSION.id == _POST.version_id)
    return posts.where(_POST.story_id == _STORY.id, condition).correlate(schema.story).exists()


def _attached(condition: ColumnElement[bool] | None = None) -> ColumnElement[bool]:
    evidence = select(schema.evidence.c.id).where(schema.evidence.c.story_id == _STORY.id)
    if condition is not None:
        evidence = evidence.where(condition)
    return evidence.correlate(schema.story).exists()


def _placed(condition: ColumnElement[bool] | None = None) -> ColumnElement[bool]:
    places = select(schema.story_place.c.id).where(schema.story_place.c.story_id == _STORY.id)
    if condition is not None:
        places = places.where(condition)
    return places.correlate(schema.story).exists()
