"""Tables as lines of a package, and back into an empty database of either kind."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from builders import account, approved, candidate, ingest, node, picture, story
from campaign.errors import InputError
from conftest import HALLAND, NOW
from storage import schema
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.exporting import count_rows, highest_ids, standing_still, table_lines
from storage.importing import Lines, compare_tables, import_tables
from storage.lines_of_tables import LEFT_OUT, TABLES, Unfit, from_line
from storage.store import Actor, Store, open_store, sync_campaigns


def filled(store: Store) -> None:
    """Stories in every state, a decision taken back, evidence, a picture, an issue, an account with a password."""
    anna = Actor(kind="person", account_id=account(store))
    first = approved(store, media=(picture(),), by=anna)
    second = story(store, text="Åäö i Ängelholm 🌱 #hallandväxer")
    decide(store, second.id, Action.HIDE, by=anna, now=NOW, reason="Fel ort; =2+2")
    story(store)
    attach(store, first.id, node(store), by=anna, now=NOW)
    with store.write() as connection:
        connection.execute(update(schema.account).values(password="argon2…", issuer="https://x", subject="s"))
        issue = {"state": "approved", "selected_to": NOW, "drafted_at": NOW, "send_at": NOW, "selection": []}
        number = {"newsletter": "veckobrevet", "number": 1, "year": 2026, "week": 47, "campaign": "hallandvaxer"}
        connection.execute(insert(schema.issue).values(issue | number | {"approved_at": NOW, "approved_hash": "x"}))
        body = {"issue_id": 1, "kind": "html", "campaign": "hallandvaxer", "sha256": "0", "made_at": NOW}
        connection.execute(insert(schema.issue_render).values(body | {"body": b"<p>\x00\xff</p>"}))
        # The first row of a pair that points to a later one.
        rows = connection.execute(select(schema.decision.c.id).order_by(schema.decision.c.id)).scalars().all()
        connection.execute(update(schema.decision).where(schema.decision.c.id == rows[0]).values(undone_by=rows[-1]))


def kept(store: Store) -> tuple[dict[str, list[bytes]], dict[str, int]]:
    """Every table as lines, and the highest ids."""
    with standing_still(store) as still:
        return {table.name: list(table_lines(still, table)) for table in TABLES}, highest_ids(still)


def as_lines(held: Mapping[str, list[bytes]]) -> Lines:
    """Held lines as an import asks for them."""
    return lambda name: iter(held[name])


@pytest.fixture
def other(sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    """A second, empty SQLite database."""
    path = tmp_path / "other.db"
    path.write_bytes(sqlite_template.read_bytes())
    made = open_store(f"sqlite:///{path}", media=tmp_path / "other-media", secret=b"another")
    sync_campaigns(made, [HALLAND], NOW)
    yield made
    made.close()


def test_every_table_is_decided_about() -> None:
    """A new table is either in a package or left out of it for a reason that is written down."""
    known = {
        "account", "analysis", "campaign", "correction", "decision", "evidence", "export", "gap", "indicator",
        "indicator_node", "issue", "issue_figure", "issue_item", "issue_render", "issue_section", "mapping",
        "measurement", "media", "membership", "node", "node_heir", "node_was", "note", "pair", "person_case", "post",
        "post_name", "revision", "rule", "rule_hit", "run", "saved_view", "shelf_gone", "snapshot", "snapshot_part",
        "source", "story", "story_follows", "story_place", "strategy", "strategy_version", "trait", "version", "wall",
    }  # fmt: skip
    assert {table.name for table in TABLES} == known
    assert set(schema.metadata.tables) - known == LEFT_OUT.keys()


def test_nothing_secret_leaves(store: Store) -> None:
    """No password, no identity elsewhere, no receipt, no contact of who asked for removal stands in a line."""
    filled(store)
    with store.write() as connection:
        case = {"receipt": "hemligt-kvitto", "contact": "eva@exempel.se", "campaign": "hallandvaxer", "state": "open"}
        connection.execute(insert(schema.person_case).values(case | {"created_at": NOW, "due_at": NOW}))
    lines = b"".join(line for held in kept(store)[0].values() for line in held)
    assert b"argon2" not in lines
    assert b"https://x" not in lines
    assert b"hemligt-kvitto" not in lines
    assert b"eva@" not in lines


def test_from_either_database_and_back(store: Store, other: Store) -> None:
    """What comes from either database is in the other equal by count and hash; a second journey changes nothing."""
    filled(store)
    held, highest = kept(store)
    compared = import_tables(other, as_lines(held), highest)
    assert all(each.equal for each in compared)
    again, numbers = kept(other)
    issue = [json.loads(line) for line in again.pop("issue")]
    assert (issue[0]["state"], issue[0]["approved_hash"]) == ("draft", None)
    held.pop("issue")
    assert again == held
    assert numbers == highest


def test_into_either_database(store: Store, other: Store) -> None:
    """What was written on SQLite stands in an empty database of either kind, its bytes and moments too."""
    filled(other)
    held, highest = kept(other)
    assert all(each.equal for each in import_tables(store, as_lines(held), highest))
    assert [each for each in compare_tables(store, as_lines(held)) if not each.equal] == []


def test_ids_are_never_used_again(store: Store, other: Store) -> None:
    """The first story after an import has an id beyond those that were ever given, removed ones too."""
    filled(store)
    held, highest = kept(store)
    import_tables(other, as_lines(held), highest | {"story": 400, "version": 500})
    assert story(other).id == 401
    moved = kept(other)
    assert moved[1]["story"] == 401


def test_ids_go_on_on_postgresql(store: Store, other: Store) -> None:
    """An archive that came in on either database gives its next story the next number."""
    filled(other)
    held, highest = kept(other)
    import_tables(store, as_lines(held), highest | {"story": 77})
    assert story(store).id == 78


def test_refused_where_something_stands(store: Store, other: Store) -> None:
    """A database that holds a story takes nothing in and keeps what it has."""
    filled(store)
    held, highest = kept(store)
    import_tables(other, as_lines(held), highest)
    with pytest.raises(InputError) as refused:
        import_tables(other, as_lines(held), highest)
    assert refused.value.key == "package_not_empty"


@pytest.mark.parametrize(
    ("table", "change", "key"),
    [
        ("story", lambda row: row | {"campaign": 7}, "package_line"),
        ("story", lambda row: row | {"sort_key": 2**70}, "package_line"),
        ("story", lambda row: row | {"sort_key": True}, "package_line"),
        ("story", lambda row: row | {"approved_at": "2026-11-20"}, "package_line"),
        ("story", lambda row: row | {"admin": 1}, "package_line"),
        ("story", lambda row: {name: row[name] for name in row if name != "review"}, "package_line"),
        ("story", lambda row: row | {"campaign": "någon annan"}, "package_inconsistent"),
        ("story", lambda row: row | {"campaign": "nul\x00"}, "package_line"),
        ("post", lambda row: row | {"story_id": 4711}, "package_inconsistent"),
        ("issue_render", lambda row: row | {"body": "inte base64!"}, "package_line"),
        ("version", lambda row: row | {"text": None}, "package_line"),
    ],
)
def test_lines_that_do_not_fit(
    store: Store, other: Store, table: str, change: Callable[[dict[str, object]], object], key: str
) -> None:
    """A line that is not what its table holds is named, and nothing at all is written."""
    filled(other if store.dialect == "postgresql" else store)
    held, highest = kept(other if store.dialect == "postgresql" else store)
    target = store if store.dialect == "postgresql" else other
    held[table][0] = json.dumps(change(json.loads(held[table][0]))).encode()
    with pytest.raises(InputError) as refused:
        import_tables(target, as_lines(held), highest)
    assert (refused.value.key, refused.value.facts["table"]) == (key, table)
    with target.read() as connection:
        assert connection.execute(select(schema.story)).first() is None
        assert connection.execute(select(schema.account)).first() is None


@pytest.mark.parametrize("line", [b"", b"[]", b"{", b"[" * 100_000, b'{"id": NaN}', b"\xff\xfe"])
def test_lines_that_are_none(line: bytes) -> None:
    """What is no object with the table's columns is refused as such, however deep or broken."""
    with pytest.raises(Unfit):
        from_line(schema.story, line)


def test_one_moment(store: Store) -> None:
    """What is written while an export reads is not in it, on PostgreSQL too."""
    filled(store)
    with standing_still(store) as still:
        before = count_rows(still)
        story(store)
        assert len(list(table_lines(still, schema.story))) == before["story"]
        assert count_rows(still) == before


def test_memory_is_flat(sqlite_store: Store) -> None:
    """Ten times the posts are read out in the same memory."""

    def peak() -> int:
        with standing_still(sqlite_store) as still:
            tracemalloc.start()
            for table in (schema.post, schema.version):
                for line in table_lines(still, table):
                    assert line
            found = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return found

    ingest(sqlite_store, *(candidate(text="Ny bro. " * 40) for _ in range(1_000)))
    peak()
    few = peak()
    ingest(sqlite_store, *(candidate(text="Ny bro. " * 40) for _ in range(9_000)))
    assert peak() < few * 1.3
