"""The public archive: which stories anybody may browse, how many there are of each sort, and when.

A story stands in the archive at its newest public post: its key on the shelf (``storage.shelf``), which holds what
``storage.posts.public()`` lets be seen. Stories are read through that condition once more.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, or_, select

from campaign.figures import Weight
from campaign.records import Story, Use
from storage import schema
from storage.matches import Ask
from storage.memory import _memory_of
from storage.posts import _slices, public
from storage.relevance import ranked
from storage.search import asking, facet_token, facet_values, found_keys
from storage.shelf import Kind
from storage.store import Store
from storage.stories import _stories

_POST = schema.post.c
_SHELF = schema.shelf.c
_EVIDENCE = schema.evidence.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a reader asks of the archive; every field left alone asks nothing.

    ``text`` are words as typed, with "phrases" and -without. ``first_key`` is inside and ``end_key`` outside
    (``storage.keys.key_range``). Of ``networks``, ``nodes`` (ids), ``places`` and ``sources`` one each must be the
    story's; an empty tuple finds nothing, None asks nothing. ``kinds`` are values of ``storage.shelf.Kind``. What has
    one of the tokens ``without`` (``storage.search.facet_token``) is left out. ``order`` is "" (newest first) or
    "relevance", which needs words.
    """

    text: str = ""
    first_key: int | None = None
    end_key: int | None = None
    networks: tuple[str, ...] | None = None
    nodes: tuple[int, ...] | None = None
    places: tuple[str, ...] | None = None
    sources: tuple[str, ...] | None = None
    kinds: tuple[str, ...] = (Kind.STORY,)
    without: tuple[str, ...] = ()
    order: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether all stories are asked for, at most of a span of time: the shelf itself answers, in its order."""
        narrowed = (self.networks, self.nodes, self.places, self.sources)
        return not (self.text.strip() or self.without or len(self.kinds) != 1) and all(
            each is None for each in narrowed
        )

    @property
    def is_ranked(self) -> bool:
        """Whether the hits stand in the order of their relevance."""
        return self.order == "relevance" and bool(self.text.strip())

    def facets(self, campaign: str, *, several: bool) -> list[tuple[str, ...]]:
        """Return the groups of tokens that the full text is asked for; of each group one must stand there.

        ``several`` says whether other campaigns stand on the shelf too.
        """
        groups: list[tuple[str, ...]] = [(facet_token("campaign", campaign),)] if several else []
        if set(self.kinds) != set(Kind):
            groups.append(tuple(facet_token("kind", each) for each in self.kinds))
        for facet, values in (
            ("network", self.networks),
            ("node", self.nodes),
            ("place", self.places),
            ("source", self.sources),
        ):
            if values is not None:
                groups.append(tuple(facet_token(facet, str(each)) for each in values))
        return groups


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One thing found. A story comes whole; of anything else ``title``, ``text`` and ``path`` (below language and
    campaign) tell what it is. ``key`` is its place in time.
    """

    key: int
    kind: Kind
    subject: int
    story: Story | None = None
    title: str = ""
    text: str = ""
    path: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page of the archive, newest first. ``older`` and ``newer`` are the keys to ask beyond, None at an end."""

    hits: list[Hit] = field(default_factory=list)
    older: int | None = None
    newer: int | None = None

    @property
    def stories(self) -> list[Story]:
        """The stories among what was found."""
        return [hit.story for hit in self.hits if hit.story is not None]

    @property
    def keys(self) -> list[int]:
        """The place of each hit."""
        return [hit.key for hit in self.hits]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What changed on the shelf: drawn anew, or taken down. ``changed`` is the public revision that did it."""

    changed: int
    at: datetime
    kind: Kind
    subject: int
    gone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One public story as counting needs it: when, from where, and under which nodes."""

    key: int
    story_id: int
    network: str
    nodes: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The whole archive of a campaign in numbers. ``entries`` are newest first."""

    entries: tuple[Entry, ...]
    keys: array[int] = field(repr=False)

    def between(self, first_key: int, end_key: int) -> Sequence[Entry]:
        """Return the entries of a span of keys."""
        return [entry for entry in self.entries if first_key <= entry.key < end_key]


def browse(
    store: Store, campaign: str, wanted: Wanted, *, limit: int, older_than: int | None = None,
    newer_than: int | None = None,
) -> Found:  # fmt: skip
    """Return a page of at most ``limit`` hits, newest first, beyond one key or the other.

    What it costs depends on the page, not on how much there is or how much is found. By relevance the newest
    ``storage.relevance.MOST`` hits are ordered, and ``older_than`` and ``newer_than`` are places in that order.
    """
    if wanted.is_ranked:
        return _ranked(store, campaign, wanted, limit=limit, after=older_than, before=newer_than)
    with store.read() as connection:
        first = wanted.first_key if newer_than is None else max(newer_than + 1, wanted.first_key or 0)
        end = wanted.end_key if older_than is None else min(older_than, wanted.end_key or older_than)
        keys = _keys(
            connection, campaign, wanted, limit=limit + 1, first=first, end=end, oldest_first=newer_than is not None
        )
        more, keys = len(keys) > limit, keys[:limit]
        if newer_than is not None:
            keys.reverse()
        hits = _hits(connection, keys)
    if not hits:
        return Found()
    more_older = more if newer_than is None else True
    more_newer = more if newer_than is not None else older_than is not None
    return Found(hits=hits, older=hits[-1].key if more_older else None, newer=hits[0].key if more_newer else None)


def _ranked(
    store: Store, campaign: str, wanted: Wanted, *, limit: int, after: int | None, before: int | None
) -> Found:  # fmt: skip
    with store.read() as connection:
        ask = ask_of(connection, campaign, wanted)
        keys = ranked(connection, ask) if ask else []
        at = max(0, before - limit) if before is not None else after or 0
        hits = _hits(connection, keys[at : at + limit])
    if not hits:
        return Found()
    return Found(hits=hits, older=at + limit if at + limit < len(keys) else None, newer=at or None)


def ask_of(connection: Connection, campaign: str, wanted: Wanted) -> Ask | None:
    """Return what is wanted as the full text is asked, None for what finds nothing."""
    facets = wanted.facets(campaign, several=_memory_of(connection).several)
    return asking(
        connection, wanted.text, facets, without=wanted.without, first_key=wanted.first_key, end_key=wanted.end_key
    )


def _keys(
    connection: Connection,
    campaign: str,
    wanted: Wanted,
    *,
    limit: int,
    first: int | None,
    end: int | None,
    oldest_first: bool = False,
) -> list[int]:
    """Return the keys of one page, newest or oldest first."""
    if not wanted.is_plain:
        facets = wanted.facets(campaign, several=_memory_of(connection).several)
        return found_keys(
            connection, wanted.text, facets, limit=limit, without=wanted.without, first_key=first, end_key=end,
            oldest_first=oldest_first,
        )  # fmt: skip
    query = select(_SHELF.key).where(_SHELF.campaign == campaign, _SHELF.kind == wanted.kinds[0])
    if first is not None:
        query = query.where(_SHELF.key >= first)
    if end is not None:
        query = query.where(_SHELF.key < end)
    return list(
        connection.execute(query.order_by(_SHELF.key if oldest_first else _SHELF.key.desc()).limit(limit)).scalars()
    )


_AT_KEYS = select(schema.shelf).where(_SHELF.key.in_(bindparam("keys", expanding=True)))


def _hits(connection: Connection, keys: Sequence[int]) -> list[Hit]:
    """Return what stands at these keys, in their order; stories whole."""
    rows: dict[int, Row[Any]] = {}
    for part in _slices(keys):
        rows |= {row.key: row for row in connection.execute(_AT_KEYS, {"keys": part})}
    ids = [rows[key].subject for key in keys if key in rows and rows[key].kind == Kind.STORY]
    stories = {story.id: story for story in _stories(connection, ids, public=True)}
    hits = []
    for key in keys:
        row = rows.get(key)
        if row is None or (row.kind == Kind.STORY and row.subject not in stories):
            continue
        story = stories.get(row.subject) if row.kind == Kind.STORY else None
        hits.append(
            Hit(
                key=key,
                kind=Kind(row.kind),
                subject=row.subject,
                story=story,
                title=row.title,
                text=row.text,
                path=row.path,
                language=row.language,
            )
        )
    return hits


def outline(store: Store, campaign: str, *, first_key: int | None = None, end_key: int | None = None) -> Outline:
    """Return every public story of a span in three numbers, for what looks at each; ``storage.counts`` only counts."""
    query = select(_SHELF.key, _SHELF.subject, _SHELF.facets).where(
        _SHELF.campaign == campaign, _SHELF.kind == Kind.STORY
    )
    if first_key is not None:
        query = query.where(_SHELF.key >= first_key)
    if end_key is not None:
        query = query.where(_SHELF.key < end_key)
    entries = []
    with store.read() as connection:
        for row in connection.execute(query.order_by(_SHELF.key.desc())):
            values = facet_values(row.facets.split())
            nodes = tuple(int(each) for each in values["node"])
            entries.append(Entry(key=row.key, story_id=row.subject, network=values["network"][0], nodes=nodes))
    return Outline(entries=tuple(entries), keys=array("q", (entry.key for entry in entries)))


def neighbours(store: Store, campaign: str, story_id: int) -> tuple[Story | None, Story | None]:
    """Return the public stories just older and just newer than this one, None where there is none."""
    with store.read() as connection:
        here = _shelved(campaign)
        key = connection.execute(here.where(_SHELF.subject == story_id)).scalar()
        if key is None:
            return None, None
        older = connection.execute(here.where(_SHELF.key < key).order_by(_SHELF.key.desc()).limit(1)).scalar()
        newer = connection.execute(here.where(_SHELF.key > key).order_by(_SHELF.key).limit(1)).scalar()
        found = {hit.key: hit.story for hit in _hits(connection, [each for each in (older, newer) if each is not None])}
    return found.get(older or 0), found.get(newer or 0)


def _shelved(campaign: str) -> Select[Any]:
    return select(_SHELF.key).where(_SHELF.campaign == campaign, _SHELF.kind == Kind.STORY)


def latest(store: Store, campaign: str, *, limit: int, featured: bool = False) -> list[Story]:
    """Return the newest public stories, or the newest of those that the desk lifted."""
    with store.read() as connection:
        query = _shelved(campaign)
        if featured:
            query = query.where(_SHELF.featured)
        keys = connection.execute(query.order_by(_SHELF.key.desc()).limit(limit)).scalars().all()
        return [hit.story for hit in _hits(connection, keys) if hit.story is not None]


def findable_page(store: Store, campaign: str, *, limit: int, older_than: int | None = None) -> list[tuple[int, int]]:
    """Return (story id, key) of public stories that search engines may know, newest first, older than a key."""
    query = select(_SHELF.subject, _SHELF.key).where(
        _SHELF.campaign == campaign, _SHELF.kind == Kind.STORY, _SHELF.shy.is_(False)
    )
    if older_than is not None:
        query = query.where(_SHELF.key < older_than)
    with store.read() as connection:
        return [(row.subject, row.key) for row in connection.execute(query.order_by(_SHELF.key.desc()).limit(limit))]


def findable_stories(store: Store, campaign: str) -> list[tuple[int, int]]:
    """Return (story id, key) of the newest fifty thousand public stories that search engines may know."""
    return findable_page(store, campaign, limit=50_000)


def bounds(store: Store, campaign: str) -> tuple[int, int] | None:
    """Return the keys of the oldest and the newest public story, None where there is none."""
    with store.read() as connection:
        query = _shelved(campaign)
        newest = connection.execute(query.order_by(_SHELF.key.desc()).limit(1)).scalar()
        oldest = connection.execute(query.order_by(_SHELF.key).limit(1)).scalar()
    return (oldest, newest) if oldest is not None and newest is not None else None


def changed_since(store: Store, campaign: str, revision: int, *, limit: int) -> list[Change]:
    """Return what changed on the shelf after a public revision, in that order; whole revisions, so a few more may come.

    A thing that changed twice comes once, at its latest change. Asking again from the last ``changed`` misses nothing.
    """
    with store.read() as connection:
        # Two tables are asked, one after the other: what changes in between comes with the next asking, whole.
        reached = connection.execute(select(schema.revision.c.public)).scalar_one()
        parts = []
        for table, gone in ((schema.shelf, False), (schema.shelf_gone, True)):
            mine = (table.c.campaign == campaign, table.c.changed > revision, table.c.changed <= reached)
            columns = (table.c.changed, table.c.at, table.c.kind, table.c.subject)
            rows = connection.execute(select(*columns).where(*mine).order_by(table.c.changed).limit(limit)).all()
            if len(rows) == limit:
                rest = select(*columns).where(table.c.campaign == campaign, table.c.changed == rows[-1].changed)
                rows = [row for row in rows if row.changed < rows[-1].changed] + list(connection.execute(rest).all())
                last = rows[-1].changed
            else:
                last = None
            parts.append((rows, last, gone))
    # What one table told in full and the other not yet comes with the next asking.
    until = min((last for _, last, _ in parts if last is not None), default=None)
    changes = [
        Change(changed=row.changed, at=row.at, kind=Kind(row.kind), subject=row.subject, gone=gone)
        for rows, _, gone in parts
        for row in rows
        if until is None or row.changed <= until
    ]
    return sorted(changes, key=lambda each: (each.changed, each.kind, each.subject))


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A time when a source could not be asked; ``to_at`` is None while it lasts."""

    source: str
    from_at: datetime
    to_at: datetime | None


def silences(store: Store, sources: Iterable[str]) -> list[Silence]:
    """Return the gaps of these sources, oldest first."""
    gap = schema.gap.c
    with store.read() as connection:
        rows = connection.execute(select(schema.gap).where(gap.source_id.in_(list(sources))).order_by(gap.from_at))
        return [Silence(source=row.source_id, from_at=row.from_at, to_at=row.to_at) for row in rows]


def weights(store: Store, story_id: int) -> dict[int, Weight]:
    """Return how much a story says about each of its nodes."""
    with store.read() as connection:
        query = select(_EVIDENCE.node_id, _EVIDENCE.weight).where(_EVIDENCE.story_id == story_id)
        return {row.node_id: Weight(row.weight) for row in connection.execute(query)}


def was_removed(store: Store, campaign: str, story_id: int) -> bool:
    """Return whether a story stood in this campaign once, so that its address says "removed" and not "unknown"."""
    shown = schema.decision.c
    posts = select(_POST.id).where(_POST.story_id == story_id)
    with store.read() as connection:
        query = (
            select(shown.id)
            .where(shown.campaign == campaign, shown.action == "approve")
            # What was approved elsewhere and taken out of there stood here too.
            .where(or_(shown.story_id == story_id, shown.post_id.in_(posts)))
            .limit(1)
        )
        return connection.execute(query).first() is not None


def public_picture(store: Store, file: str, *, now: datetime) -> bool:
    """Return whether a picture's file may be handed to anybody: shown in a public post, with words and a right for
    the web.
    """
    with store.read() as connection:
        story_ids = connection.execute(
            select(_POST.story_id)
            .join(schema.media, schema.media.c.post_id == _POST.id)
            .where(schema.media.c.file == file, public())
        ).scalars()
        stories = _stories(connection, list(dict.fromkeys(story_ids)), public=True)
    return any(
        media.file == file and media.may_be_shown(Use.WEB, now)
        for story in stories
        for post in story.posts
        for media in post.media
    )
