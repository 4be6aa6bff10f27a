"""Every door: what readers must not see is behind none of them, whatever it is that keeps it from them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import update
from starlette.routing import BaseRoute

from builders import account, approved, candidate, ingest, newest, node, picture, story
from campaign.collecting import Signal, Withdrawal
from campaign.flags import Flag
from campaign.records import Right
from campaign.settings import SourceSettings
from campaign.snapshots import SnapshotKind
from conftest import NOW
from storage import schema
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.flags import set_flag
from storage.media import write_renditions
from storage.merging import join
from storage.places import set_place
from storage.rights import set_right
from storage.snapshots import freeze, publish
from storage.store import Actor, Store
from storage.undoing import undo
from storage.withdrawals import _withdraw
from website import Website, settings

#: What every hidden thing says; nothing of ours says it.
SECRET = "hemligxq"
OPEN = "offentligxq"
NODE, PLACE, NETWORK, SOURCE = "attraktiv", "laholm", "bluesky", "grannkommunen"


@dataclass
class Kept:
    """What is kept from readers: the stories, by what keeps them, and the files of pictures."""

    stories: dict[str, int] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)


def _person(store: Store, name: str = "anna") -> Actor:
    return Actor(kind="person", account_id=account(store, name=name))


def _secret(reason: str, **changes: Any) -> dict[str, Any]:
    """A post that says what nobody may read, in everything that it has."""
    word = f"{SECRET}{reason}"
    return {
        "text": f"Bygget av {word} i Laholm #hallandväxer #{word}",
        "html": f"<p>Bygget av {word} i Laholm #hallandväxer #{word}</p>",
        "title": f"Om {word}",
        "tags": ("hallandväxer", word),
        "url": f"https://exempel.social/@x/{word}",
        "author_name": f"Namn {word}",
        "author_handle": f"{word}@exempel.social",
        "author_url": f"https://exempel.social/@{word}",
        "media": (picture(alt=f"Bild av {word}", url=f"https://exempel.social/m/{word}.jpg"),),
        **changes,
    }  # fmt: skip


def _withdraw_by_source(store: Store, identity: str) -> None:
    told = Withdrawal(network="mastodon", signal=Signal.HIDDEN, reason="author_deleted", identity=identity)
    with store.write() as connection:
        _withdraw(connection, [told], now=NOW)


def _hidden_stories(store: Store) -> dict[str, int]:
    """One story for each reason that readers may not see it."""
    by, other = _person(store), _person(store, "bo")
    found: dict[str, int] = {"waiting": story(store, **_secret("waiting")).id}

    def decided(reason: str, *actions: Action) -> int:
        made = story(store, **_secret(reason))
        for action in actions:
            decide(store, made.id, action, by=by, now=NOW)
        found[reason] = made.id
        return made.id

    decided("rejected", Action.HIDE)
    decided("later", Action.LATER)
    decided("hidden", Action.APPROVE, Action.HIDE)
    decided("restored", Action.APPROVE, Action.RESTORE)
    decided("withdrawn", Action.APPROVE)
    _withdraw_by_source(store, next(each for each in newest(store) if each.id == found["withdrawn"]).lead.identity)
    undone = story(store, **_secret("undone"))
    undo(store, decide(store, undone.id, Action.APPROVE, by=by, now=NOW).group, by=by, now=NOW)
    found["undone"] = undone.id
    flagged = story(store, **_secret("flagged"))
    set_flag(store, flagged.id, Flag.CHILD, on=True, by=by, now=NOW)
    decide(store, flagged.id, Action.APPROVE, by=other, now=NOW)
    found["flagged"] = flagged.id
    found["members"] = approved(store, **_secret("members", members_only=True)).id
    found["gone"] = approved(store, **_secret("gone")).id
    with store.write() as connection:
        gone = schema.post.c.story_id == found["gone"]
        identity = connection.execute(schema.post.select().where(gone)).one().identity
        told = Withdrawal(network="mastodon", signal=Signal.GONE, reason="author_deleted", identity=identity)
        _withdraw(connection, [told], now=NOW)
    return found


def _inside_public_stories(store: Store) -> None:
    """Public stories that hold something which waits: an edit, a post that joined, a picture without a right."""
    by = _person(store)
    first = candidate(text=f"En {OPEN} bygd #hallandväxer")
    ingest(store, first)
    edited = newest(store)[0] if newest(store)[0].lead.identity == first.identity else next(
        each for each in newest(store) if each.lead.identity == first.identity
    )  # fmt: skip
    decide(store, edited.id, Action.APPROVE, by=by, now=NOW)
    ingest(store, replace(first, text=f"Ändrat: {SECRET}edited #hallandväxer", html="", title=f"{SECRET}edited"))
    public = approved(store, text=f"En {OPEN} hamn #hallandväxer")
    waiting = story(store, **_secret("joined"))
    join(store, public.id, waiting.id, by=by, now=NOW)
    approved(store, text=f"En {OPEN} torgdag #hallandväxer", media=(picture(alt=f"{SECRET}picture"),))


@pytest.fixture
def kept(store: Store) -> Kept:
    """A store with public stories, and one for every reason that something is kept from readers."""
    made = Kept(stories=_hidden_stories(store))
    by, goal = _person(store), node(store)
    _inside_public_stories(store)
    for number, story_id in enumerate(made.stories.values()):
        attach(store, story_id, goal, by=by, now=NOW)
        set_place(store, story_id, PLACE, by=by, now=NOW)
        file = f"{number:x}" * 64
        with store.write() as connection:
            ids = schema.media.c.post_id.in_(
                schema.post.select().with_only_columns(schema.post.c.id).where(schema.post.c.story_id == story_id)
            )
            media_id = connection.execute(schema.media.select().where(ids)).first()
            if media_id is not None:
                values = {"file": file, "width": 960, "height": 640}
                connection.execute(update(schema.media).where(schema.media.c.id == media_id.id).values(values))
        if media_id is not None:
            write_renditions(store, file, {480: SECRET.encode(), 960: SECRET.encode()})
            set_right(store, media_id.id, Right.OWN, by=by, now=NOW, right_from="Fotografen")
            made.files.append(file)
    open_story = approved(
        store, text=f"En {OPEN} skola #hallandväxer", network="bluesky", identity="at://did:plc:x/p/1"
    )
    attach(store, open_story.id, goal, by=by, now=NOW)
    set_place(store, open_story.id, PLACE, by=by, now=NOW)
    point = freeze(store, "halland-2014-2020", kind=SnapshotKind.BASELINE, title="Nu", as_of=NOW.date(), by=by, now=NOW)
    publish(store, point.id, by=by, now=NOW)
    return made


@pytest.fixture
def site(store: Store, kept: Kept, tmp_path: Path) -> Iterator[Website]:
    """The open site."""
    source = SourceSettings(
        id=SOURCE, kind="feed", campaigns=("hallandvaxer",), every=NOW - NOW.replace(hour=11), name="Grannkommunen"
    )
    with Website(settings(tmp_path, sources={SOURCE: source}), store) as website:
        yield website


def _walk(routes: list[BaseRoute], before: str = "") -> Iterator[str]:
    for route in routes:
        path = before + getattr(route, "path", "")
        inner = getattr(route, "routes", None)
        if inner:
            yield from _walk(inner, path)
        elif "GET" in (getattr(route, "methods", None) or ()):
            yield path


#: What may stand in an address, by the name that its place has there. Addresses with another name make the test fail.
def _fills(kept: Kept) -> dict[str, list[str]]:
    hidden = [str(each) for each in kept.stories.values()]
    return {
        "story_id": hidden,
        "id": hidden,
        "year": ["2026"],
        "week": ["2026-W47", "2026-W46"],
        "day": ["2026-11-20", "2026-11-19", "2026-11-18"],
        "newsletter": ["veckobrevet"],
        "number": ["1"],
        "item": ["1"],
        "strategy": ["halland-2014-2020"],
        "strategy_id": ["halland-2014-2020"],
        "code": [NODE],
        "place": [PLACE],
        "network": [NETWORK, "mastodon"],
        "source": [SOURCE],
        "snapshot": ["1"],
        "later": ["1"],
        "earlier": ["1"],
        "campaign": ["hallandvaxer"],
        "receipt": ["x"],
        "token": ["x"],
        "name": [f"{file}-{width}.jpg" for file in kept.files for width in (480, 960)],
        "stamp": ["x"],
    }


def _doors(site: Website, kept: Kept) -> list[str]:
    """Every address of the public side, filled in; those of the desk ask for a login (another test)."""
    fills, doors = _fills(kept), []
    for path in dict.fromkeys(_walk(site.app.routes)):
        if path.startswith(("/desk", "/static", "/en/")):
            continue
        names = re.findall(r"{(\w+)(?::\w+)?}", path)
        unknown = [name for name in names if name not in fills and name not in _MORE]
        assert not unknown, f"{path}: say in this test what may stand for {unknown}"
        for values in itertools.product(*(fills.get(name) or _MORE[name] for name in names)):
            filled = path
            for name, value in zip(names, values, strict=True):
                filled = re.sub(rf"{{{name}(:\w+)?}}", value, filled)
            doors.append(filled)
    return doors


#: The same, of what is asked of the API and of charts.
_MORE: dict[str, list[str]] = {
    "rest": ["stories", "nowhere"],
    "chart": ["rings", "activity", "places", "networks", "goals", "silence"],
    "kind": ["story"],
    "format": ["csv"],
    "form": ["bibtex", "ris"],
    "part": ["1"],
}

#: What was never public, not for a moment.
NEVER = ("waiting", "rejected", "later", "flagged", "members")

#: What may be asked of every address.
ASKED = (
    "",
    f"q={SECRET}*",
    f"area={NODE}",
    f"place={PLACE}",
    "network=mastodon",
    f"from={SOURCE}",
    "year=2026",
    "week=2026-W47",
    "kind=story",
    "sort=relevance&q=bygget",
    "q=Laholm",
)


def test_no_door_leads_to_what_is_kept_from_readers(site: Website, kept: Kept) -> None:
    """No public address, asked in any way, answers with a word or an address of a story that readers may not see."""
    hidden = re.compile("|".join(rf"stories/{each}\b(?!/removal)" for each in kept.stories.values()))
    never = re.compile("|".join(rf"stories/{kept.stories[each]}\b" for each in NEVER))
    opened = set()
    for door in _doors(site, kept):
        for asked in ASKED if not re.search(r"stories/\d|/media/|/receipts/|/u/", door) else ("",):
            if "text/event-stream" in door:
                continue
            answer = site.get(f"{door}?{quote(asked, safe='=&*')}" if asked else door)
            text = _said(answer.body, answer.headers, asked)
            assert SECRET not in text, (door, asked, text[max(0, text.index(SECRET) - 200) :][:400])
            # What the API's page shows as an example names a number, and no story.
            if not re.search(hidden.pattern, door) and not door.startswith(("/api/docs", "/api/v1/openapi")):
                # Whoever follows the changes is told that what was public is gone, by its number alone.
                told = never if door.startswith("/api/v1/changes") else hidden
                assert not told.search(text), (door, asked, told.findall(text))
            if OPEN in text:
                opened.add(re.sub(r"\d+", "#", door))
    # The doors are the right ones: what may be seen is seen through them.
    assert {"/archive", "/feed.atom", "/strategy/halland-#-#/attraktiv"} <= opened, opened


def _said(body: bytes, headers: dict[str, str], asked: str) -> str:
    """An answer's words, without those that were asked for."""
    import gzip

    text = (gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body).decode(errors="replace")
    return re.sub(re.escape(f"{SECRET}*") + "|" + re.escape(quote(f"{SECRET}*")), "", text)


@pytest.mark.parametrize("word", ["waiting", "hidden", "withdrawn", "flagged", "edited", "joined", "members", "gone"])
def test_a_search_for_it_finds_as_much_as_a_search_for_nothing(site: Website, word: str) -> None:
    """Looking for a hidden word answers as looking for one that nobody ever wrote: no count or proposal tells."""

    def answer(asked: str) -> str:
        told = site.get(f"/archive?q={asked}").text
        return re.sub(r"x-revision.*|" + asked, "", told)

    nothing = "q" * len(SECRET + word)
    assert answer(SECRET + word) == answer(nothing)


def test_the_desk_asks_who_one_is(site: Website) -> None:
    """No page of the desk answers without a login."""
    for path in dict.fromkeys(_walk(site.app.routes)):
        if path.startswith("/desk"):
            filled = re.sub(r"{\w+(:\w+)?}", "1", path)
            answer = site.get(filled)
            assert SECRET not in answer.text, path
