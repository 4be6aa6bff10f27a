"""The trail as a whole: narrowed, in pages, in batches; and words for everything that is ever recorded."""

from __future__ import annotations

import ast
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from builders import account, story
from campaign.language import LANGUAGES, Language
from campaign.settings import Site
from conftest import NOW
from storage import schema
from storage.decisions import Action, decide
from storage.people import disable
from storage.store import JOB, Actor, Store
from storage.trail import TrailFilter, find_trail, iter_trail, record_export, trail_actions
from web.desk.log import _bare
from web.desk.trail import sentence

HOUSE = Path(__file__).parents[1]
HERE = TrailFilter(campaign="hallandvaxer")


def anna(store: Store) -> Actor:
    return Actor(kind="person", account_id=account(store))


def acts(store: Store, wanted: TrailFilter) -> list[str]:
    """What the first page tells was done."""
    return [line.action for line in find_trail(store, wanted).lines]


def lived(store: Store) -> tuple[int, int]:
    """Two stories with a few decisions, and a line of the installation; the stories' ids."""
    one, other = story(store), story(store)
    bo = Actor(kind="person", account_id=account(store, name="bo"))
    decide(store, one.id, Action.APPROVE, by=anna(store), now=NOW)
    decide(store, other.id, Action.HIDE, by=bo, now=NOW + timedelta(days=1), reason="Ägaren bad om det")
    decide(store, one.id, Action.FEATURE, by=JOB, now=NOW + timedelta(days=2))
    disable(store, account(store, name="cia"), now=NOW + timedelta(days=3), by=anna(store))
    return one.id, other.id


def test_the_trail_is_narrowed_by_each_thing_and_by_all(store: Store) -> None:
    """Person, kind of actor, action, story, days and words in the reason each leave what they name."""
    one, other = lived(store)
    bo = account(store, name="bo")
    assert acts(store, HERE) == ["feature", "hide", "approve"]
    cases: list[tuple[dict[str, object], list[str]]] = [
        ({"account_id": bo}, ["hide"]),
        ({"actor": "job"}, ["feature"]),
        ({"action": "approve"}, ["approve"]),
        ({"story_id": one}, ["feature", "approve"]),
        ({"start": NOW + timedelta(days=1)}, ["feature", "hide"]),
        ({"end": NOW + timedelta(days=1)}, ["approve"]),
        ({"words": "ägaren BAD"}, ["hide"]),
        ({"words": "Ägaren bad"}, ["hide"]),
        ({"words": "100%"}, []),
        ({"words": "_"}, []),
        ({"story_id": other, "actor": "person", "words": "bad"}, ["hide"]),
    ]
    for narrowed, expected in cases:
        assert acts(store, TrailFilter(campaign="hallandvaxer", **narrowed)) == expected, narrowed  # type: ignore[arg-type]


def test_lines_of_the_installation_are_told_only_where_asked_for(store: Store) -> None:
    """Accounts concern no campaign: they stand in the trail of the house, with whom they are about."""
    lived(store)
    assert "account_disable" not in acts(store, HERE)
    found = find_trail(store, TrailFilter(campaign="hallandvaxer", house=True)).lines
    assert (found[0].action, found[0].campaign, found[0].about) == ("account_disable", None, "Cia")


def test_pages_follow_each_other_without_gap_or_double(store: Store) -> None:
    """Seven presses in pages of three are seven, newest first."""
    one = story(store)
    for number in range(7):
        action = Action.HIDE if number % 2 == 0 else Action.RESTORE
        decide(store, one.id, action, by=anna(store), now=NOW + timedelta(minutes=number))
    found, before, pages = [], None, 0
    while True:
        page = find_trail(store, HERE, before=before, limit=3)
        found += [line.id for line in page.lines]
        pages, before = pages + 1, page.before
        if before is None:
            break
    assert (pages, len(found), found) == (3, 7, sorted(set(found), reverse=True))


def test_one_press_is_one_line_and_every_row_is_in_the_copy(store: Store) -> None:
    """A decision about three posts is told once, and its three rows are written out."""
    one = story(store)
    with store.write() as connection:
        for number in range(3):
            connection.execute(
                insert(schema.decision).values(
                    campaign="hallandvaxer", at=NOW + timedelta(seconds=number), actor="person",
                    group="c" * 32, action="approve", story_id=one.id, facts={},
                )
            )  # fmt: skip
    assert acts(store, HERE) == ["approve"]
    assert len(list(iter_trail(store, HERE))) == 3


def test_the_copy_is_read_in_batches_and_stands_still(store: Store) -> None:
    """What is decided while the copy is written is not in it, and nothing of before is missing."""
    one = story(store)
    for number in range(5):
        action = Action.HIDE if number % 2 == 0 else Action.RESTORE
        decide(store, one.id, action, by=anna(store), now=NOW)
    rows = iter_trail(store, HERE, batch=2)
    first = next(rows)
    decide(store, one.id, Action.FEATURE, by=anna(store), now=NOW)
    rest = list(rows)
    assert [first.id, *(row.id for row in rest)] == sorted([first.id, *(row.id for row in rest)], reverse=True)
    assert (len(rest), "feature" in {row.action for row in rest}) == (4, False)


def test_a_copy_is_itself_recorded(store: Store) -> None:
    """Who took a copy, in which form and narrowed how, is in the trail."""
    record_export(store, HERE, by=anna(store), now=NOW, format_="csv", facts={"kind": "rule"})
    (line,) = find_trail(store, HERE).lines
    assert (line.action, line.who, line.facts) == ("log_export", "Anna", {"format": "csv", "filters": {"kind": "rule"}})
    assert trail_actions(store, HERE) == ["log_export"]


#: Made of parts in the code, each with what it can be.
COMPOSED = {
    *(f"issue_{each}" for each in ("held", "missed", "paused", "sent", "cancelled", "stopped", "sending", "draft")),
    *(f"issue_{each}" for each in ("left_out", "for_good")),
    *(f"case_{each}" for each in ("done", "refused", "open", "reopen")),
    *(str(action) for action in Action),
    "credit", "undo_credit", "brought", "noted", "note_removed", "log_export",
    "approve_first", "flag", "unflag", "take_down", "post_back", "post_missing", "post_gone", "right", "alt",
}  # fmt: skip

#: What is undone has a line of its own.
UNDONE = (
    *(str(action) for action in Action), "attach", "detach", "right", "alt", "credit", "join", "split", "apart",
    "approve_first", "flag", "unflag", "take_down", "place", "unplace",
)  # fmt: skip


def recorded() -> set[str]:
    """Every action that the storage records by a literal."""
    found = set()
    for path in (HOUSE / "storage").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id not in ("_record", "_tell", "_changed", "_step", "_set_media"):
                continue
            found |= {arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "action" and isinstance(node.value, ast.Constant):
                found.add(str(node.value.value))
    return found


@pytest.mark.parametrize("code", LANGUAGES)
def test_everything_that_is_recorded_has_a_sentence(code: str) -> None:
    """No line of the trail shows a name of the program's own, in either language."""
    zone = Site(name="", owner="", base_url="", contact="").timezone
    language = Language(code, zone)
    actions = recorded() | COMPOSED | {f"undo_{each}" for each in UNDONE}
    assert len(actions) > 60
    silent = [
        each for each in sorted(actions) if sentence(_bare(each), language, {}) == language.t(
            "desk.did.other", who="…", action=each
        )
    ]  # fmt: skip
    assert silent == []
