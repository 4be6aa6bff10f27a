"""A post whose author nobody knows: no other name stands in, and a person can write it in."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import insert, update

from builders import account, approved, newest, story
from campaign.credit import CREDIT_MAX, as_credit, named, voice
from campaign.errors import ConflictError, InputError
from campaign.records import Role, Story
from campaign.settings import SourceSettings
from conftest import NOW
from desk import Running, fields, running
from digest_samples import post as post_of
from skord.cli import main
from storage import schema
from storage.archive import Wanted, browse
from storage.credits import set_credit
from storage.decisions import Action, decide
from storage.store import Actor, Store, open_store, public_revision, sync_campaigns
from storage.stories import find_ids, find_story
from storage.trail import trail
from storage.undoing import undo
from website import Website
from website import settings as site_settings

HOSTILE = '<script>alert("x")</script> & Co'
NOBODY: dict[str, Any] = {"author_name": "", "author_handle": "", "author_url": ""}


def source(kind: str = "instagram", **changes: Any) -> SourceSettings:
    """A source with a name of its own."""
    made: dict[str, Any] = {"name": "Region Halland", "campaigns": ("hallandvaxer",), "every": timedelta(hours=6)}
    return SourceSettings(id="ig", kind=kind, **(made | changes))


def stranger(store: Store, **changes: Any) -> Story:
    """A public hit of a hashtag, found by the region's source."""
    url = "https://www.instagram.com/p/DExempel123/"
    made = approved(store, network="instagram", url=url, tags_folded=False, **(NOBODY | changes))
    with store.write() as connection:
        if connection.execute(schema.source.select().where(schema.source.c.id == "ig")).first() is None:
            connection.execute(
                insert(schema.source).values(
                    id="ig", kind="instagram", campaigns=["hallandvaxer"], settings_hash="", cursor={},
                    next_attempt_at=NOW, created_at=NOW,
                )
            )  # fmt: skip
        connection.execute(update(schema.post).where(schema.post.c.id == made.lead.id).values(source_id="ig"))
    return made


def by(store: Store) -> Actor:
    """A reviewer."""
    return Actor(kind="person", account_id=account(store))


@pytest.mark.parametrize(
    ("changes", "given", "name"),
    [
        ({"network": "instagram", "credit": "Anna", "author_name": "annas"}, source(), "Anna"),
        ({"network": "instagram", "author_name": "Annas kafé", "author_handle": "annas"}, source(), "Annas kafé"),
        ({"network": "instagram", "author_name": "", "author_handle": "annas"}, source(), "annas"),
        ({"network": "instagram"} | NOBODY, source(), ""),
        ({"network": "instagram"} | NOBODY, source(rights="own"), "Region Halland"),
        ({"network": "mastodon"} | NOBODY, None, ""),
        ({"network": "feed"} | NOBODY, source("feed"), "Region Halland"),
        ({"network": "feed"} | NOBODY, source("press", options={"service": "cision", "query": "Halland"}), ""),
        ({"network": "feed", "url": "https://www.laholm.se/1"} | NOBODY, source("feed", name=""), "laholm.se"),
        ({"network": "feed", "url": "https://www.laholm.se/1"} | NOBODY, None, "laholm.se"),
        ({"network": "mail"} | NOBODY, source("mailbox"), "Region Halland"),
        ({"network": "import"} | NOBODY, source("import"), ""),
    ],
)
def test_who_is_named(changes: dict[str, Any], given: SourceSettings | None, name: str) -> None:
    """Credit, name, handle, then the source only where it speaks itself; else nobody."""
    assert named(post_of(**changes), given) == name


def test_two_strangers_are_two_voices_and_a_feed_is_one() -> None:
    """What one search finds is not told by one sender."""
    assert voice(post_of(1, network="instagram", **NOBODY)) == ""
    assert voice(post_of(1, network="feed", source="nyheter", **NOBODY)) == "nyheter"
    assert voice(post_of(1, network="instagram", credit="Anna", **NOBODY)) == "anna"


def test_senders_on_one_host_are_voices_each() -> None:
    """On one site's address the author tells, else the source; the same name on another site is somebody else."""
    here = {"network": "feed", "author_handle": "kommunerna.se"}
    names = ("Laholms kommun", "Varbergs kommun", "")
    found = [voice(post_of(1, source=f"feed-{at}", author_name=name, **here)) for at, name in enumerate(names)]
    assert found == ["laholms kommun kommunerna.se", "varbergs kommun kommunerna.se", "feed-2"]
    for network in ("wordpress", "mail", "web"):
        admins = [post_of(1, network=network, author_name="admin", author_handle=host) for host in ("a.se", "b.se")]
        assert voice(admins[0]) != voice(admins[1])
    assert voice(post_of(1, source="", author_name="", **here)) == ""
    assert voice(post_of(1, network="mastodon", author_name="Anna", author_handle="anna@a.se")) == "anna@a.se"


def test_a_credit_is_one_line_of_letters() -> None:
    """Line breaks, control characters and marks that turn the writing are no part of a name."""
    assert as_credit(" Anna\u202e\nB\u0000\u00e5strand\t") == "Anna B \u00e5strand"


def test_a_credit_is_in_the_trail_and_can_be_undone(store: Store) -> None:
    """Who wrote in whom, and back, and readers see a change both times."""
    made = stranger(store)
    before = public_revision(store)
    group = set_credit(store, made.lead.id, "Anna", by=by(store), now=NOW)
    line = trail(store, story_id=made.id)[0]
    assert (line.action, line.who, line.facts, line.undoable) == ("credit", "Anna", {"name": "Anna"}, True)
    written = find_story(store, made.id, public=True)
    assert written is not None
    assert written.lead.credit == "Anna"
    assert public_revision(store) > before
    between = public_revision(store)
    undo(store, group, by=by(store), now=NOW)
    assert newest(store)[0].lead.credit == ""
    assert public_revision(store) > between


def test_a_credit_and_a_decision_are_undone_each_for_itself(store: Store) -> None:
    """An approval does not stand in the way of undoing a credit, nor a credit of an approval; a later credit does."""
    made = story(store, network="instagram", **NOBODY)
    first = set_credit(store, made.lead.id, "Anna", by=by(store), now=NOW)
    press = decide(store, made.id, Action.APPROVE, by=by(store), now=NOW)
    second = set_credit(store, made.lead.id, "Berit", by=by(store), now=NOW)
    undo(store, press.group, by=by(store), now=NOW)
    with pytest.raises(ConflictError):
        undo(store, first, by=by(store), now=NOW)
    undo(store, second, by=by(store), now=NOW)
    undo(store, first, by=by(store), now=NOW)
    assert newest(store)[0].lead.credit == ""


def test_a_credit_has_an_end(sqlite_store: Store) -> None:
    """A name that is too long is refused in words, and the same name again is no press."""
    made = stranger(sqlite_store)
    with pytest.raises(InputError):
        set_credit(sqlite_store, made.lead.id, "a" * (CREDIT_MAX + 1), by=by(sqlite_store), now=NOW)
    assert set_credit(sqlite_store, made.lead.id, "  ", by=by(sqlite_store), now=NOW) == ""


def test_a_credit_is_found_at_the_desk_and_never_by_readers(store: Store) -> None:
    """The name finds the post at the desk; the public search picks out nobody by their name."""
    made = story(store, network="instagram", **NOBODY)
    set_credit(store, made.lead.id, "Trädgårdsmästare Ljung", by=by(store), now=NOW)
    wanted = Wanted(text="trädgårdsmästare")
    assert find_ids(store, "hallandvaxer", review="all", query="trädgårdsmästare") == [made.id]
    decide(store, made.id, Action.APPROVE, by=by(store), now=NOW)
    assert len(browse(store, "hallandvaxer", Wanted(), limit=5).stories) == 1
    assert browse(store, "hallandvaxer", wanted, limit=5).stories == []


@pytest.fixture
def public(sqlite_store: Store, tmp_path: Path) -> Iterator[Website]:
    """An open site whose one source is the region's search on Instagram."""
    with Website(site_settings(tmp_path, sources={"ig": source()}), sqlite_store) as website:
        yield website


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/archive", "Okänd avsändare"),
        ("/stories/1", "Avsändaren framgår av inlägget på Instagram"),
        ("/stories/1", "Okänd avsändare: "),
        ("/en/stories/1", "The author is named at the post on Instagram"),
        ("/feed.atom", "<name>Okänd avsändare</name>"),
    ],
)
def test_a_stranger_is_credited_to_nobody(public: Website, sqlite_store: Store, path: str, words: str) -> None:
    """Every public surface says that the author is unknown, and none gives the source's name in its place."""
    stranger(sqlite_store, published_at=NOW - timedelta(hours=1))
    page = html.unescape(public.get(path).text)
    assert words in page
    said = re.findall(r"<(?:strong|name)[^>]*>([^<]*)<", page)
    assert said.count("Region Halland") == (1 if path == "/feed.atom" else 0), "the feed's own author, and no entry's"


def test_a_stranger_can_be_looked_up(public: Website, sqlite_store: Store) -> None:
    """Story page and Atom link to the post itself."""
    stranger(sqlite_store)
    address = "https://www.instagram.com/p/DExempel123/"
    assert f'<a href="{address}"' in public.get("/stories/1").text
    entry = ET.fromstring(public.get("/feed.atom").text).find("{*}entry")
    assert entry is not None
    assert [each.get("href") for each in entry.findall("{*}link") if each.get("rel") == "via"] == [address]


@pytest.mark.parametrize("path", ["/archive", "/stories/1", "/feed.atom"])
def test_a_credited_name_is_shown_and_is_foreign_text(public: Website, sqlite_store: Store, path: str) -> None:
    """A name that was typed in stands everywhere, and what it may hold runs nowhere."""
    made = stranger(sqlite_store)
    set_credit(sqlite_store, made.lead.id, HOSTILE, by=by(sqlite_store), now=NOW)
    page = public.get(path).text
    assert "<script>alert" not in page
    assert HOSTILE in html.unescape(page)


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """The desk, with the region's search on Instagram."""
    with running(sqlite_store, sources={"ig": source()}) as found:
        yield found


def test_an_unknown_author_is_written_in_at_the_desk(site: Running) -> None:
    """The card says that nobody is known, offers a plain form, and shows the name and the press that undoes it."""
    made = stranger(site.store)
    client = site.client(Role.REVIEWER)
    page = client.get(f"/desk/stories/{made.id}").text
    assert "<strong>Okänd avsändare</strong>" in page
    form = fields(page, f"/desk/posts/{made.lead.id}/credit")
    answer = client.post(
        f"/desk/posts/{made.lead.id}/credit", data=form | {"credit": HOSTILE}, follow_redirects=True
    ).text
    assert "<script>alert" not in answer
    assert f"skrev in avsändaren {HOSTILE}" in html.unescape(answer)
    assert f"<strong>{HOSTILE}</strong>" in html.unescape(answer)
    undone = client.post("/desk/undo", data=fields(answer, "/desk/undo"), follow_redirects=True).text
    assert "<strong>Okänd avsändare</strong>" in undone


def test_a_known_author_is_not_written_over_at_the_desk(site: Running) -> None:
    """Where the network tells who it is there is no form, and readers of the desk get none at all."""
    known, unknown = approved(site.store), stranger(site.store)
    assert "/credit" not in site.client(Role.REVIEWER).get(f"/desk/stories/{known.id}").text
    assert "/credit" not in site.client(Role.READER).get(f"/desk/stories/{unknown.id}").text


def test_a_name_that_is_too_long_is_told_beside_its_field(site: Running) -> None:
    """The form comes back with what was wrong."""
    made = stranger(site.store)
    client = site.client(Role.REVIEWER)
    form = fields(client.get(f"/desk/stories/{made.id}").text, f"/desk/posts/{made.lead.id}/credit")
    answer = client.post(f"/desk/posts/{made.lead.id}/credit", data=form | {"credit": "a" * 500})
    assert answer.status_code == 422
    assert f'id="credit-{made.lead.id}-error"' in answer.text


def test_the_command_line_says_that_nobody_is_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A list for people has words where a name is missing, one for programs has none."""
    config = tmp_path / "config.toml"
    config.write_text(
        '[site]\nname="H"\nowner="R"\nbase_url="http://127.0.0.1"\ncontact="a@example.se"\n'
        f'[storage]\nurl="sqlite:///{tmp_path / "skord.db"}"\nmedia="media"\n'
        '[campaign.hallandvaxer]\nname="Halland växer"\nhashtags=["#hallandväxer"]\n'
    )
    assert main(["--config", str(config), "database", "upgrade"]) == 0
    store = open_store(f"sqlite:///{tmp_path / 'skord.db'}", media=tmp_path / "media", secret=b"")
    sync_campaigns(store, list(site_settings(tmp_path).campaigns.values()), NOW)
    stranger(store)
    store.engine.dispose()
    for words in (("post", "list", "--review", "all"), ("post", "show", "1"), ("search", "Skogaby", "--desk")):
        capsys.readouterr()
        assert main(["--config", str(config), *words]) == 0
        assert "Okänd avsändare" in capsys.readouterr().out
    assert main(["--config", str(config), "--json", "post", "list", "--review", "all"]) == 0
    assert '"author": ""' in capsys.readouterr().out
