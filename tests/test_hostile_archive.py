"""Who tries to take more out of the archive than is theirs: by exports, by searches for a person, by its memory."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from sqlalchemy import update

from builders import account, approved, picture
from campaign.records import Right, Role, Use
from campaign.settings import SourceSettings
from conftest import HALLAND, NOW
from desk import Running, fields, running
from exported import fill
from skord.work import tasks
from storage import schema
from storage.archive import Wanted, browse
from storage.credits import set_credit
from storage.exports import list_exports
from storage.people import add_account
from storage.rights import set_right, withdraw
from storage.shelf import draw_all
from storage.sources import sync_sources
from storage.store import Actor, Store
from test_web_desk_export import worker
from web.guesses import counted
from website import Website, settings


def _take_out(site: Running, role: Role, tmp_path: Path, format_: str = "package") -> int:
    """Let somebody of a role take everything out, published or not, and return the number of the export."""
    client = site.client(role)
    form = fields(client.get("/desk/export").text, "/desk/export")
    asked = form | {"format": format_, "inner": "yes", "reason": "Arkivering"}
    assert client.post("/desk/export", data=asked).status_code == 303
    tasks(worker(site, tmp_path), lambda: False)
    return list_exports(site.store, HALLAND.id)[0].id


def _names_and_trail(site: Running, role: Role, number: int, tmp_path: Path) -> tuple[list[str], str]:
    answer = site.client(role).get(f"/desk/export/{number}/file")
    assert answer.status_code == 200
    file = tmp_path / f"{role}.zip"
    file.write_bytes(answer.content)
    with zipfile.ZipFile(file) as found:
        trail = next(name for name in found.namelist() if name.endswith("decisions.csv"))
        return found.namelist(), found.read(trail).decode("utf-8-sig")


@pytest.mark.parametrize("role", [Role.EDITOR, Role.ADMINISTRATOR])
def test_what_is_the_houses_leaves_with_an_administrator_alone(sqlite_store: Store, tmp_path: Path, role: Role) -> None:
    """An editor's package has neither the accounts nor the lines of the trail that only administrators may read."""
    fill(sqlite_store)
    with running(sqlite_store) as site:
        site.person(role)
        add_account(sqlite_store, "hemlig-kollega", role=Role.READER, password="ett långt lösen", now=site.now)
        number = _take_out(site, role, tmp_path)
        names, trail = _names_and_trail(site, role, number, tmp_path)
        is_administrator = role is Role.ADMINISTRATOR
        assert any("/tables/" in name for name in names) is is_administrator
        assert ("account_add" in trail) is is_administrator


def test_what_is_not_public_goes_to_who_took_it_out(sqlite_store: Store, tmp_path: Path) -> None:
    """Nobody fetches what another took out with a reason: the trail names who has it."""
    fill(sqlite_store)
    with running(sqlite_store) as site:
        number = _take_out(site, Role.EDITOR, tmp_path, "csv")
        assert site.client(Role.ADMINISTRATOR).get(f"/desk/export/{number}/file").status_code == 404
        assert site.client(Role.EDITOR).get(f"/desk/export/{number}/file").status_code == 200


def test_nobody_asks_for_one_persons_posts_by_their_source(store: Store, tmp_path: Path) -> None:
    """A source that follows chosen accounts is no way to list one person's posts: no page, feed or count is by it."""
    of = {"campaigns": (HALLAND.id,), "every": NOW - NOW.replace(hour=11)}
    person = SourceSettings(id="annas", kind="bluesky", options={"accounts": ("anna.bsky.social",)}, **of)
    paper = SourceSettings(id="bladet", kind="feed", name="Bladet", options={"url": "https://b.example/rss"}, **of)
    made_of = settings(tmp_path, sources={"annas": person, "bladet": paper})
    sync_sources(store, made_of, now=NOW)
    for source, word in (("annas", "lagunen"), ("bladet", "hamnen")):
        made = approved(store, text=f"Invigning av {word} #hallandväxer")
        with store.write() as connection:
            mine = schema.post.c.story_id == made.id
            connection.execute(update(schema.post).where(mine).values(source_id=source))
    draw_all(store)
    with Website(made_of, store) as site:
        for page in ("archive?", "feed.atom?", "feed.json?", "embed?", "wall?", "archive.csv?",
                     "archive.jsonl?", "api/v1/stories?", "api/v1/search?q=invigning&"):  # fmt: skip
            assert "lagunen" not in site.get(f"/{page}from=annas").text, page
            if "q=" not in page:
                assert "hamnen" in site.get(f"/{page}from=bladet").text, page
        assert "lagunen" not in site.get("/archive?q=invigning+from:annas").text
        assert "from=annas" not in site.get("/archive").text
        assert "annas" not in site.get("/api/v1/counts?facet=source").text
        assert "lagunen" in site.get("/archive").text


def _found(store: Store, words: str) -> int:
    return len(browse(store, HALLAND.id, Wanted(text=words), limit=10).hits)


def test_a_picture_is_found_while_it_may_be_shown(store: Store) -> None:
    """A picture's words lead to its story while readers may see it: not before, not after, not if it is for mail."""
    by = Actor(kind="person", account_id=account(store))
    media = approved(store, media=(picture(alt="Lisa Privatqvist sju år"),)).lead.media[0]
    assert _found(store, "Privatqvist") == 0
    set_right(store, media.id, Right.OWN, by=by, now=NOW, right_from="Fotografen")
    assert _found(store, "Privatqvist") == 1
    set_right(store, media.id, Right.OWN, by=by, now=NOW, right_from="Fotografen", uses=(Use.MAIL,))
    assert _found(store, "Privatqvist") == 0
    set_right(store, media.id, Right.OWN, by=by, now=NOW, right_from="Fotografen")
    withdraw(store, media.id, by=by, now=NOW)
    assert _found(store, "Privatqvist") == 0


@pytest.mark.parametrize("words", ["@annakarlsson", "annakarlsson", "annakarlsson*", "anna.k@exempel.se", "Privatsson"])
def test_the_public_search_finds_nobody(store: Store, words: str) -> None:
    """Neither whom a post speaks to nor whom the desk credits is a way to list what one person has to do with."""
    by = Actor(kind="person", account_id=account(store))
    made = approved(store, text="Tack @annakarlsson@exempel.social och @annakarlsson, anna.k@exempel.se! #hallandväxer")
    set_credit(store, made.lead.id, "Anna Privatsson", by=by, now=NOW)
    assert _found(store, words) == 0
    assert _found(store, "tack #hallandväxer") == 1


@pytest.mark.parametrize("behind_proxies", [False, True])
def test_each_old_address_is_counted_by_itself(*, behind_proxies: bool) -> None:
    """Where both kinds of address are listened on, one reader's questions are not another's."""
    one, two = (counted(f"::ffff:8.8.8.{each}", behind_proxies=behind_proxies) for each in (1, 2))
    assert (one, two) == ("8.8.8.1", "8.8.8.2")
