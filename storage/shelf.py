"""The shelf: what stands in the public archive, one row each, drawn in the transaction that changes it.

Nothing here is a source of truth. Whoever changes a story, an issue or a strategy marks it (``storage.store._mark``);
when the transaction ends, what readers may see of it now is put on the shelf, counted and written to the full text, and
what they may see no more is taken down and noted as gone. ``draw_all`` draws the whole of it anew.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from campaign.newsletter import IssueKind, IssueState, ItemKind
from storage import schema
from storage.findable import _alts, _said
from storage.pairs import _in_turn
from storage.posts import _slices, public
from storage.search import Entry, _index_posts, _move, _put, _take_out, _take_out_strays, facet_token, facet_values
from storage.store import Store, _bump, _mark

_SHELF = schema.shelf.c
_GONE = schema.shelf_gone.c
_COUNT = schema.shelf_count.c
_DRAWN = schema.shelf_drawn.c
_POST = schema.post.c
_VERSION = schema.version.c
_ISSUE = schema.issue.c
_ITEM = schema.issue_item.c
_NODE = schema.node.c

#: How this program draws. Whoever changes what a row holds, or its words are, counts on: older shelves are drawn anew.
WAY = 3

#: Stories of one transaction when everything is drawn.
_AT_ONCE = 1_000

_OUT = [str(state) for state in IssueState if state.out]


class Kind(StrEnum):
    """What stands in the archive."""

    STORY = "story"
    ISSUE = "issue"
    YEARBOOK = "yearbook"
    NODE = "node"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Something that may stand on the shelf, as it is now. ``words`` are all that it is found by."""

    key: int
    campaign: str
    kind: Kind
    subject: int
    words: tuple[str, ...]
    facets: tuple[str, ...] = ()
    shy: bool = False
    featured: bool = False
    title: str = ""
    text: str = ""
    path: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """One drawing: the public revision that it belongs to, the moment, and the zone that weeks and months are of."""

    changed: int
    now: datetime
    zone: ZoneInfo


def _draw(connection: Connection, marked: Iterable[tuple[str, int | str]], drawing: Drawing) -> None:
    """Bring the shelf to what readers may see now of stories and issues (by id) and strategies that were marked."""
    found: dict[str, list[Any]] = defaultdict(list)
    for kind, subject in sorted(set(marked), key=lambda each: (each[0], str(each[1]).zfill(20))):
        found[kind].append(subject)
    for ids in _slices(found["story"]):
        everyone, told = _with_holders(connection, ids, drawing.now)
        _shelve(connection, [Kind.STORY], everyone, told, drawing)
    for ids in _slices(found["issue"]):
        _shelve(connection, [Kind.ISSUE, Kind.YEARBOOK], ids, _issues_told(connection, ids), drawing)
    for strategy in found["strategy"]:
        nodes = connection.execute(select(_NODE.id).where(_NODE.strategy_id == strategy)).scalars().all()
        for ids in _slices(nodes):
            _shelve(connection, [Kind.NODE], ids, _nodes_told(connection, strategy, ids), drawing)


def _shelve(
    connection: Connection, kinds: Sequence[Kind], ids: Sequence[int], told: Sequence[Told], drawing: Drawing
) -> None:
    """Replace what stands on the shelf of these subjects by what is told of them now."""
    here = (_SHELF.kind.in_(kinds), _SHELF.subject.in_(ids))
    before = connection.execute(select(schema.shelf).where(*here)).all()
    if not before and not told:
        return
    connection.execute(delete(schema.shelf).where(*here))
    _take_out(connection, [row.key for row in before])
    if Kind.STORY in kinds:
        _make_room(connection, [each.key for each in told])
    told = _placed_freely(connection, told)
    if told:
        connection.execute(insert(schema.shelf), [_row(each, drawing) for each in told])
        _put(
            connection,
            [
                Entry(key=each.key, words=each.words, facets=_tokens(each), title=each.title or each.words[0])
                for each in told
            ],
        )
    _count(connection, before, told, drawing.zone)
    _note_gone(connection, before, told, drawing)


def _placed_freely(connection: Connection, told: Sequence[Told]) -> list[Told]:
    """Return what is told with keys that are free: two things that are no stories may stand at one moment."""
    taken: set[int] = set()
    placed: list[Told] = []
    for each in told:
        key = each.key
        while each.kind is not Kind.STORY and (key in taken or _is_taken(connection, key)):
            key -= 1024  # the same place in the millisecond before
        taken.add(key)
        placed.append(replace(each, key=key))
    return placed


def _make_room(connection: Connection, keys: Sequence[int]) -> None:
    """Let what is no story step aside from the keys of stories: a thousand posts may be dated at one midnight."""
    held = select(_SHELF.key).where(_SHELF.key.in_(keys), _SHELF.kind != Kind.STORY)
    for key in connection.execute(held).scalars().all():
        aside = key
        while aside in keys or _is_taken(connection, aside):
            aside -= 1024
        connection.execute(update(schema.shelf).where(_SHELF.key == key).values(key=aside))
        _move(connection, key, aside)


def _is_taken(connection: Connection, key: int) -> bool:
    return connection.execute(select(_SHELF.key).where(_SHELF.key == key)).first() is not None


def _tokens(told: Told) -> tuple[str, ...]:
    own = (facet_token("campaign", told.campaign), facet_token("kind", told.kind))
    return own + told.facets


def _row(told: Told, drawing: Drawing) -> dict[str, Any]:
    return {
        "key": told.key,
        "campaign": told.campaign,
        "kind": str(told.kind),
        "subject": told.subject,
        "changed": drawing.changed,
        "at": drawing.now,
        "shy": told.shy,
        "featured": told.featured,
        "facets": " ".join(told.facets),
        "title": told.title,
        "text": told.text,
        "path": told.path,
        "language": told.language,
    }


def _with_holders(connection: Connection, ids: Sequence[int], now: datetime) -> tuple[list[int], list[Told]]:
    """Return stories and what is told of them, with those that still stand where one of them now belongs."""
    everyone = list(ids)
    told = _stories_told(connection, everyone, now)
    while True:
        query = select(_SHELF.subject).where(
            _SHELF.kind == Kind.STORY, _SHELF.key.in_([each.key for each in told]), _SHELF.subject.not_in(everyone)
        )
        holders = list(connection.execute(query).scalars())
        if not holders:
            return everyone, told
        everyone += holders
        told += _stories_told(connection, holders, now)


# --- what is told ----------------------------------------------------------------------------------------


def _stories_told(connection: Connection, ids: Sequence[int], now: datetime) -> list[Told]:
    """Return what readers may see now of these stories; those of which they may see nothing are left out."""
    query = (
        select(
            _POST.story_id, _POST.campaign, _POST.sort_key, _POST.network, _POST.source_id,
            _VERSION.title, _VERSION.text, _VERSION.tags, _VERSION.media, _VERSION.shy,
        )
        .join(schema.version, _VERSION.id == _POST.approved_version_id)
        .where(_POST.story_id.in_(ids), public())
        .order_by(_POST.sort_key.desc())
    )  # fmt: skip
    posts: dict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(query):
        posts[row.story_id].append(row)
    if not posts:
        return []
    alts = _alts(connection, list(posts), now)
    nodes, places = _nodes_of(connection, list(posts)), _places_of(connection, list(posts))
    lifted = set(
        connection.execute(
            select(schema.story.c.id).where(schema.story.c.id.in_(list(posts)), schema.story.c.featured)
        ).scalars()
    )
    return [
        Told(
            key=found[0].sort_key,
            campaign=found[0].campaign,
            kind=Kind.STORY,
            subject=story_id,
            words=tuple(part for row in found for part in _said(row, alts)),
            facets=_facets(found, nodes.get(story_id, ()), places.get(story_id, ())),
            shy=any(row.shy for row in found),
            featured=story_id in lifted,
        )
        for story_id, found in posts.items()
    ]


def _facets(posts: Sequence[Row[Any]], nodes: Sequence[int], places: Sequence[str]) -> tuple[str, ...]:
    networks = dict.fromkeys(row.network for row in posts)
    sources = dict.fromkeys(row.source_id for row in posts if row.source_id)
    return (
        *(facet_token("network", each) for each in networks),
        *(facet_token("node", str(each)) for each in nodes),
        *(facet_token("place", each) for each in places),
        *(facet_token("source", each) for each in sources),
    )


def _nodes_of(connection: Connection, story_ids: Sequence[int]) -> dict[int, list[int]]:
    evidence = schema.evidence.c
    query = (
        select(evidence.story_id, evidence.node_id)
        .join(schema.node, _NODE.id == evidence.node_id)
        .where(evidence.story_id.in_(story_ids))
        .order_by(evidence.story_id, _NODE.position, _NODE.id)
    )
    found: dict[int, list[int]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.story_id].append(row.node_id)
    return found


def _places_of(connection: Connection, story_ids: Sequence[int]) -> dict[int, list[str]]:
    place = schema.story_place.c
    query = select(place.story_id, place.place).where(place.story_id.in_(story_ids)).order_by(place.id)
    found: dict[int, list[str]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.story_id].append(row.place)
    return found


def _issues_told(connection: Connection, ids: Sequence[int]) -> list[Told]:
    """Return the issues that have left: found by the words that the desk wrote, not by those of stories in them."""
    query = select(schema.issue).where(_ISSUE.id.in_(ids), _ISSUE.state.in_(_OUT), _ISSUE.frozen.is_not(None))
    told = []
    for row in connection.execute(query).all():
        notes = connection.execute(
            select(schema.issue_section.c.intro).where(schema.issue_section.c.issue_id == row.id)
        ).scalars()
        written = connection.execute(
            select(_ITEM.title, _ITEM.text, _ITEM.place)
            .where(_ITEM.issue_id == row.id, _ITEM.kind != ItemKind.STORY, _ITEM.left_out.is_(False))
            .order_by(_ITEM.position, _ITEM.id)
        ).all()
        parts = [row.subject, row.preview, row.intro, *notes, *(part for item in written for part in item)]
        told.append(
            Told(
                key=_key(row.sent_from or row.send_at),
                campaign=row.campaign,
                kind=Kind.YEARBOOK if row.kind == IssueKind.YEARBOOK else Kind.ISSUE,
                subject=row.id,
                words=tuple(parts),
                title=row.subject,
                text="\n\n".join(part for part in parts[1:] if part.strip()),
                path=f"/issues/{row.newsletter}/{row.number}",
            )
        )
    return told


def _nodes_told(connection: Connection, strategy: str, ids: Sequence[int]) -> list[Told]:
    """Return the nodes of a strategy; ended ones keep their page."""
    row = connection.execute(select(schema.strategy).where(schema.strategy.c.id == strategy)).one_or_none()
    if row is None:
        return []
    nodes = connection.execute(select(schema.node).where(_NODE.id.in_(ids)).order_by(_NODE.position)).all()
    return [
        Told(
            key=_key(row.loaded_at) - at,
            campaign=node.campaign,
            kind=Kind.NODE,
            subject=node.id,
            words=(node.code, node.title, node.text, node.why, node.success, *node.how, *node.words),
            facets=(facet_token("node", str(node.id)),),
            title=f"{node.code} {node.title}",
            text="\n\n".join(part for part in (node.text, node.why, node.success, *node.how) if part.strip()),
            path=f"/strategy/{strategy}/{node.code}",
        )
        for at, node in enumerate(nodes)
    ]


def _key(moment: datetime) -> int:
    """Return the last key of a moment's millisecond, which no post takes unless a thousand others stand there."""
    return (int(moment.timestamp() * 1000) << 10) + 1023


# --- counts and what is gone ------------------------------------------------------------------------------


def _count(connection: Connection, before: Sequence[Row[Any]], told: Sequence[Told], zone: ZoneInfo) -> None:
    """Count what came and what went, by week and month; rows are taken in one order, so that none waits in a ring."""
    changed: Counter[tuple[str, str, str, str]] = Counter()
    for row in before:
        if row.kind == Kind.STORY:
            changed.subtract(_counted(row.campaign, row.key, row.facets.split(), zone))
    for each in told:
        if each.kind is Kind.STORY:
            changed.update(_counted(each.campaign, each.key, each.facets, zone))
    rows: list[dict[str, Any]] = [
        {"campaign": campaign, "facet": facet, "period": period, "value": value, "stories": count}
        for (campaign, facet, period, value), count in sorted(changed.items())
        if count
    ]
    keys = [_COUNT.campaign, _COUNT.facet, _COUNT.period, _COUNT.value]
    if rows:
        make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        statement = make(schema.shelf_count)
        added = {"stories": _COUNT.stories + statement.excluded.stories}
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=added), rows)
    fewer = [row for row in rows if row["stories"] < 0]
    if fewer:
        # Each by its own key: a campaign of many years has a hundred thousand of them.
        mine = [column == bindparam(f"of_{column.name}") for column in keys]
        emptied = delete(schema.shelf_count).where(*mine, _COUNT.stories == 0)
        connection.execute(emptied, [{f"of_{column.name}": row[column.name] for column in keys} for row in fewer])


def _counted(campaign: str, key: int, facets: Iterable[str], zone: ZoneInfo) -> list[tuple[str, str, str, str]]:
    """Return the counts that one story is part of."""
    values = facet_values(facets)
    told = [("all", "")]
    told += [("network", each) for each in values["network"]]
    told += [("nodes", "+".join(values["node"]))]
    told += [("place", each) for each in values["place"]]
    # As sets too: a story in two places of one municipality is one story there.
    told += [("places", "+".join(sorted(values["place"])))]
    told += [("source", each) for each in values["source"]]
    return [(campaign, facet, period, value) for period in periods_of(key, zone) for facet, value in told]


def periods_of(key: int, zone: ZoneInfo) -> tuple[str, str]:
    """Return the ISO week ("2026-W47") and the month ("2026-11") that a key falls in."""
    local = datetime.fromtimestamp((key >> 10) / 1000, zone)
    iso = local.isocalendar()
    return f"{iso.year}-W{iso.week:02}", f"{local.year}-{local.month:02}"


def _note_gone(connection: Connection, before: Sequence[Row[Any]], told: Sequence[Told], drawing: Drawing) -> None:
    """Keep what was taken down, and forget that of what is back."""
    here = {(str(each.kind), each.subject) for each in told}
    gone = [row for row in before if (row.kind, row.subject) not in here]
    if gone:
        connection.execute(
            insert(schema.shelf_gone),
            [
                {
                    "kind": row.kind, "subject": row.subject, "campaign": row.campaign, "changed": drawing.changed,
                    "at": drawing.now,
                }
                for row in gone
            ],
        )  # fmt: skip
    came = here - {(row.kind, row.subject) for row in before}
    for kind in sorted({kind for kind, _ in came}):
        ids = [subject for each, subject in came if each == kind]
        connection.execute(delete(schema.shelf_gone).where(_GONE.kind == kind, _GONE.subject.in_(ids)))


# --- the whole shelf --------------------------------------------------------------------------------------


def is_drawn(store: Store) -> bool:
    """Return whether all of the shelf was drawn to its end, as this program draws and by the site's clock."""
    with store.read() as connection:
        return _mark_of(connection) == (WAY, str(store.zone))


def bring_up(store: Store, *, progress: Callable[[int, int], None] | None = None) -> None:
    """Draw the shelf anew where an older program drew it, nobody did, or who did was stopped half-way.

    Where only the site's clock is another one than it was, the stories are counted by it.
    """
    with store.read() as connection:
        mark = _mark_of(connection)
    if mark is None or mark[0] != WAY:
        draw_all(store, progress=progress)
    elif mark[1] != str(store.zone):
        _count_all(store)


def _mark_of(connection: Connection) -> tuple[int, str] | None:
    row = connection.execute(select(_DRAWN.way, _DRAWN.zone)).one_or_none()
    return None if row is None else (row.way, row.zone)


def draw_all(store: Store, *, progress: Callable[[int, int], None] | None = None) -> int:
    """Draw the whole shelf anew, a thousand stories a transaction, then count it; return how many stories there were.

    Readers see each thing as it was or as it is now. It may be stopped and run again: that it was drawn is noted last.
    ``progress`` is told how many stories are done of how many.
    """
    with store.write() as connection:
        _take_out_strays(connection)
        _mark(connection, "strategy", connection.execute(select(schema.strategy.c.id)).scalars())
        _mark(connection, "issue", connection.execute(select(_ISSUE.id)).scalars())
        total = int(connection.execute(select(func.count()).select_from(schema.story)).scalar_one())
    done, last = 0, 0
    while True:
        query = select(schema.story.c.id).where(schema.story.c.id > last).order_by(schema.story.c.id).limit(_AT_ONCE)
        with store.write() as connection:
            _in_turn(connection)
            # Locked as by everybody who writes of a story: two would write the same row of the full text.
            ids = connection.execute(query.with_for_update()).scalars().all()
            _mark(connection, "story", ids)
            # The desk's words with them: an older version of the program may have written other roots.
            _index_posts(
                connection, connection.execute(select(_POST.id).where(_POST.story_id.in_(ids))).scalars().all()
            )
        if not ids:
            break
        done, last = done + len(ids), ids[-1]
        if progress is not None:
            progress(done, total)
    _count_all(store)
    return done


def _count_all(store: Store) -> None:
    """Count every story on the shelf anew, in one transaction, and note how the shelf was drawn."""
    counted: Counter[tuple[str, str, str, str]] = Counter()
    query = select(_SHELF.key, _SHELF.campaign, _SHELF.facets).where(_SHELF.kind == Kind.STORY)
    with store.write() as connection:
        # Whoever draws on the shelf holds this row while it counts: none may come between our reading and our writing.
        connection.execute(select(schema.revision.c.public).with_for_update()).all()
        for row in connection.execute(query.execution_options(yield_per=5_000)):
            counted.update(_counted(row.campaign, row.key, row.facets.split(), store.zone))
        connection.execute(delete(schema.shelf_count))
        rows = [
            {"campaign": campaign, "facet": facet, "period": period, "value": value, "stories": count}
            for (campaign, facet, period, value), count in sorted(counted.items())
        ]
        for start in range(0, len(rows), 5_000):
            connection.execute(insert(schema.shelf_count), rows[start : start + 5_000])
        connection.execute(delete(schema.shelf_drawn))
        connection.execute(insert(schema.shelf_drawn).values(id=1, way=WAY, zone=str(store.zone)))
        _bump(connection)
