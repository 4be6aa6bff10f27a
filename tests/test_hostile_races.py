"""Two at the same moment, on both databases: one wins, the other is told, and nothing is done twice."""

from __future__ import annotations

import subprocess
import sys
import threading
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from builders import account, approved, candidate, ingest, newest, story
from campaign.errors import ConflictError, InputError, NotFoundError, SkordError
from campaign.records import Review, Role
from conftest import NOW
from digest.desk import draft_now
from digest_samples import settings
from storage.decisions import Action, decide
from storage.engine import Standing, make_engine, standing
from storage.issues import list_issues
from storage.logins import FREE_FAILURES, log_in, make_setup_token, set_up
from storage.people import add_account, disable, find_account, list_accounts
from storage.store import JOB, Actor, Store
from storage.undoing import undo

PASSWORD = "skördetid i Laholm"


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do everything at one moment; return what each gave, or the error that it raised."""
    start, found = threading.Barrier(len(acts)), [None] * len(acts)

    def one(number: int, act: Callable[[], Any]) -> None:
        start.wait()
        try:
            found[number] = act()
        except Exception as error:  # noqa: BLE001 - looked at by the test
            found[number] = error  # type: ignore[call-overload] # an error is an answer too

    threads = [threading.Thread(target=one, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def test_a_one_time_address_makes_one_account(store: Store) -> None:
    """Of many who open the first account's address at one moment one gets in."""
    token = make_setup_token(store, now=NOW)
    assert token is not None
    found = at_once(*(lambda n=n: set_up(store, token, name=f"namn{n}", password=PASSWORD, now=NOW) for n in range(4)))
    assert len(list_accounts(store)) == 1
    assert sum(isinstance(each, NotFoundError) for each in found) == 3


def test_two_administrators_cannot_close_each_other(store: Store) -> None:
    """Somebody is always left who can open accounts."""
    for _ in range(5):
        ids = [add_account(store, f"a{_}{n}", role=Role.ADMINISTRATOR, password=None, now=NOW).id for n in range(2)]
        others = [each.id for each in list_accounts(store) if each.active and each.id not in ids]
        for other in others:
            disable(store, other, now=NOW)
        found = at_once(*(lambda i=i: disable(store, i, now=NOW) for i in ids))
        assert sum(isinstance(each, ConflictError) for each in found) == 1
        assert sum(each.active for each in list_accounts(store)) == 1


def test_two_presses_on_one_card_are_not_both_taken(store: Store) -> None:
    """Of two who decide about what both saw, one decides and the other is told."""
    by = Actor(kind="person", account_id=account(store))
    for _ in range(5):
        made = story(store)
        found = at_once(
            partial(decide, store, made.id, Action.APPROVE, by=by, now=NOW, changes=made.changes),
            partial(decide, store, made.id, Action.HIDE, by=by, now=NOW, changes=made.changes),
        )
        assert sorted(type(each).__name__ for each in found) == ["ConflictError", "Decided"]


def test_a_press_is_undone_once(store: Store) -> None:
    """Pressing undo twice at one moment leaves one undo in the trail."""
    by = Actor(kind="person", account_id=account(store))
    for _ in range(5):
        group = decide(store, story(store).id, Action.APPROVE, by=by, now=NOW).group
        found = at_once(*(lambda group=group: undo(store, group, by=by, now=NOW) for _ in range(3)))
        assert sorted(type(each).__name__ for each in found) == ["Decided", "NotFoundError", "NotFoundError"]


def test_an_edit_that_arrives_with_the_approval_waits_for_a_person(store: Store) -> None:
    """Whichever comes first, the approved words stay, and the story waits where it was edited."""
    by = Actor(kind="person", account_id=account(store))
    for _ in range(8):
        first = candidate()
        ingest(store, first)
        made = next(each for each in newest(store) if each.lead.identity == first.identity)
        edited = candidate(identity=first.identity, text="Nytt #hallandväxer", edited_at=NOW)
        seen = {made.lead.id: made.lead.version_id}
        found = at_once(
            partial(decide, store, made.id, Action.APPROVE, by=by, now=NOW, seen=seen),
            partial(ingest, store, edited),
        )
        assert not [each for each in found if isinstance(each, Exception)]
        now = next(each for each in newest(store) if each.id == made.id)
        assert (now.review, now.waiting) == (Review.APPROVED, True)


def test_two_drafts_at_once_make_one_issue(store: Store, tmp_path: Any) -> None:
    """A newsletter never gets two open issues, and the second who drafts is told so."""
    for _ in range(3):
        approved(store)
    by = Actor(kind="person", account_id=account(store))
    found = at_once(*(lambda: draft_now(store, settings(tmp_path), "veckobrevet", by=by, now=NOW) for _ in range(3)))
    assert all(not isinstance(each, Exception) or isinstance(each, SkordError) for each in found), found
    assert len(list_issues(store, "veckobrevet")) == 1


def test_many_guesses_at_one_moment_lock_the_account_like_as_many_in_a_row(store: Store) -> None:
    """Sending guesses side by side gives no more of them than one after the other."""
    add_account(store, "anna", role=Role.EDITOR, password=PASSWORD, now=NOW, by=JOB)
    wrong = [lambda n=n: log_in(store, "anna", f"gissning {n}", now=NOW) for n in range(3 * FREE_FAILURES)]
    found = at_once(*wrong, lambda: None)
    assert sum(isinstance(each, InputError) for each in found) == 3 * FREE_FAILURES
    with pytest.raises(InputError):
        log_in(store, "anna", PASSWORD, now=NOW)
    kept = find_account(store, "anna")
    assert kept is not None
    assert kept.locked_until is not None
    assert (kept.locked_until - NOW).total_seconds() == 30


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_processes_that_start_together_make_one_database(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Several first starts at one moment end with one whole database, and none of them calls it damaged."""
    url = f"sqlite:///{tmp_path / 'new.db'}"
    if kind == "postgresql":
        server, name = request.getfixturevalue("postgres_url"), f"t{uuid.uuid4().hex}"
        admin = make_engine(server).execution_options(isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        admin.dispose()
        url = server.replace("/postgres?", f"/{name}?")

    program = (
        "import sys; from datetime import UTC, datetime; from pathlib import Path\n"
        "from campaign.settings import CampaignSettings; from storage.store import open_store, sync_campaigns\n"
        "store = open_store(sys.argv[1], media=Path(sys.argv[2]), secret=b'x', create=True)\n"
        "sync_campaigns(store, [CampaignSettings(id='a', name='A', hashtags=('#a',))], datetime.now(UTC))\n"
    )
    begun = [
        subprocess.Popen([sys.executable, "-c", program, url, str(tmp_path)], stderr=subprocess.PIPE) for _ in range(4)
    ]
    told = [each.communicate(timeout=60)[1] for each in begun]
    assert [each.returncode for each in begun] == [0] * 4, told
    engine = make_engine(url)
    assert standing(engine) is Standing.CURRENT
    engine.dispose()
    assert not list(tmp_path.glob(".making-*"))


def test_a_flood_of_logins_does_not_hold_every_thread(sqlite_store: Store) -> None:
    """Of very many passwords sent at once a few wait for their turn; the others are told to come back."""
    found = at_once(*(lambda: log_in(sqlite_store, "ingen", "x" * 20, now=NOW) for _ in range(60)))
    assert {getattr(each, "key", "") for each in found} == {"login_busy", "login_refused"}
