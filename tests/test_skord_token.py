"""Tokens for the API: made and taken back on the command line and at the desk, shown once, kept as a fingerprint."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from builders import account
from campaign.errors import InputError, NotFoundError
from campaign.records import Role
from conftest import NOW
from desk import PASSWORD, Running, fields, running
from skord.cli import main
from storage import schema
from storage.store import Store
from storage.tokens import MOST, end_token, find_token, list_tokens, make_token
from storage.trail import TrailFilter, find_trail

MADE = re.compile(r"skord_[A-Za-z0-9_-]{43}")


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """The whole web of an empty store."""
    with running(sqlite_store) as found:
        yield found


def test_only_a_fingerprint_is_kept(store: Store) -> None:
    """What stands in the database is not the token, and cannot be used as one."""
    made, row = make_token(store, account(store), name="Kalkylark", ends_at=None, now=NOW)
    assert MADE.fullmatch(made)
    with store.read() as connection:
        [kept] = connection.execute(select(schema.token.c.hash)).scalars()
    assert made not in kept
    assert find_token(store, kept, now=NOW) is None
    found = find_token(store, made, now=NOW)
    assert found is not None
    assert (found.id, found.name) == (row.id, "Kalkylark")


def test_the_fingerprint_hangs_on_the_installations_secret(store: Store) -> None:
    """Whoever has the database and not the secret cannot try tokens against it."""
    made, _ = make_token(store, account(store), name="", ends_at=None, now=NOW)
    store.secret = b"another installation's own secret"
    assert find_token(store, made, now=NOW) is None


def test_a_token_ends_at_its_moment(store: Store) -> None:
    """A token holds until it ends and not a moment longer; one that has ended already is not made."""
    made, _ = make_token(store, account(store), name="", ends_at=NOW + timedelta(days=1), now=NOW)
    assert find_token(store, made, now=NOW + timedelta(days=1, seconds=-1)) is not None
    assert find_token(store, made, now=NOW + timedelta(days=1)) is None
    with pytest.raises(InputError, match="token_over"):
        make_token(store, account(store), name="", ends_at=NOW, now=NOW)


def test_nobody_takes_back_anothers_token(store: Store) -> None:
    """Somebody who names another's token is told that there is none, and it holds on."""
    made, row = make_token(store, account(store), name="", ends_at=None, now=NOW)
    other = account(store, name="berit")
    with pytest.raises(NotFoundError, match="token_missing"):
        end_token(store, row.id, now=NOW, account_id=other)
    assert find_token(store, made, now=NOW) is not None


def test_an_account_has_only_so_many(store: Store) -> None:
    """Tokens that hold are counted, those taken back are not."""
    owner = account(store)
    rows = [make_token(store, owner, name="", ends_at=None, now=NOW)[1] for _ in range(MOST)]
    with pytest.raises(InputError, match="token_many"):
        make_token(store, owner, name="", ends_at=None, now=NOW)
    end_token(store, rows[0].id, now=NOW)
    make_token(store, owner, name="", ends_at=None, now=NOW)


def test_both_are_lines_of_the_trail(store: Store) -> None:
    """Making and taking back are told in the trail, once each, with the token's number and never the token."""
    owner = account(store)
    made, row = make_token(store, owner, name="Kalkylark", ends_at=None, now=NOW)
    for _ in range(2):
        end_token(store, row.id, now=NOW)
    found = find_trail(store, TrailFilter(campaign="hallandvaxer", house=True)).lines
    lines = [each for each in found if each.action.startswith("token")]
    assert [each.action for each in lines] == ["token_end", "token_make"]
    assert lines[1].facts == {"account": owner, "token": row.id, "name": "Kalkylark"}
    assert made not in str(lines)


def test_the_desk_asks_again_who_one_is_and_shows_the_token_once(site: Running) -> None:
    """After a while at the desk making a token asks for the password; then it is shown, and never again."""
    client = site.client(Role.READER)
    site.now += timedelta(minutes=30)
    page = client.get("/desk/account/tokens").text
    form = fields(page, "/desk/account/tokens") | {"name": "Årsredovisning", "ends": "2026-12-31"}
    asks = client.post("/desk/account/tokens", data=form, follow_redirects=True)
    assert "/desk/prove" in str(asks.url)
    assert not MADE.search(asks.text)
    shown = client.post("/desk/prove", data=fields(asks.text, "/desk/prove") | {"own_password": PASSWORD})
    [made] = set(MADE.findall(shown.text))
    found = find_token(site.store, made, now=site.now)
    assert found is not None
    assert (found.name, found.ends_at) == ("Årsredovisning", datetime(2026, 12, 31, 23, tzinfo=UTC))
    again = client.get("/desk/account/tokens").text
    assert "Årsredovisning" in again
    assert "Gäller till och med 31 december 2026<" in again
    assert not MADE.search(again)


def test_the_desk_takes_a_token_back(site: Running) -> None:
    """One press, and the token opens nothing; another's is not there to be pressed."""
    mine, row = make_token(site.store, site.person(Role.READER).id, name="Min", ends_at=None, now=NOW)
    other, theirs = make_token(site.store, site.person(Role.EDITOR).id, name="Deras", ends_at=None, now=NOW)
    client = site.client(Role.READER)
    page = client.get("/desk/account/tokens").text
    assert "Deras" not in page
    form = fields(page, f"/desk/account/tokens/{row.id}")
    assert client.post(f"/desk/account/tokens/{theirs.id}", data=form).status_code == 404
    assert client.post(f"/desk/account/tokens/{row.id}", data=form).status_code == 303
    assert find_token(site.store, mine, now=NOW) is None
    assert find_token(site.store, other, now=NOW) is not None


def test_what_was_wrong_is_said_beside_its_field(site: Running) -> None:
    """A day that is over is told, and what was written stands there still."""
    client = site.client(Role.READER)
    form = fields(client.get("/desk/account/tokens").text, "/desk/account/tokens")
    answer = client.post("/desk/account/tokens", data=form | {"name": "Kvar", "ends": "2020-01-01"})
    assert answer.status_code == 422
    assert 'value="Kvar"' in answer.text
    assert list_tokens(site.store) == []


CONFIG = """
[site]
name = "Halland växer"
owner = "Region Halland"
base_url = "http://127.0.0.1:8000"
contact = "infomaster@example.se"
language = "en"

[campaign.hallandvaxer]
name = "Halland växer"
hashtags = ["#hallandväxer"]
"""


def run(folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Run a command; its exit code and what it printed as its result."""
    code = main(["--config", str(folder / "config.toml"), *words])
    return code, capsys.readouterr().out


def test_the_command_line_makes_lists_and_takes_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A token can be made without a browser, is listed without itself, and taken back by its number."""
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "password").write_text(PASSWORD, encoding="utf-8")
    run(tmp_path, capsys, "database", "upgrade")
    secret = ("--password-file", str(tmp_path / "password"))
    assert run(tmp_path, capsys, "account", "add", "anna", "--role", "reader", *secret)[0] == 0
    code, out = run(tmp_path, capsys, "account", "token", "anna", "--name", "Ark", "--ends", "2999-01-01")
    assert (code, bool(MADE.fullmatch(out.strip()))) == (0, True)
    code, listed = run(tmp_path, capsys, "--json", "account", "token", "--list")
    told = json.loads(listed)
    assert (code, told["account"], told["name"], told["ends"]) == (0, "anna", "Ark", "2999-01-01T23:00:00Z")
    assert out.strip() not in listed
    assert "1 January 2999" in run(tmp_path, capsys, "account", "token", "--list")[1]
    assert run(tmp_path, capsys, "account", "token", "--revoke", str(told["token"]))[0] == 0
    assert json.loads(run(tmp_path, capsys, "--json", "account", "token", "--list")[1])["taken_back"]
    assert run(tmp_path, capsys, "account", "token", "anna", "--ends", "i morgon")[0] == 2
    assert run(tmp_path, capsys, "account", "token", "--revoke", "99")[0] in (1, 2)
