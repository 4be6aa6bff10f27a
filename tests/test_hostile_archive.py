"""Who tries to take more out of the archive than is theirs: by exports, by searches for a person, by its memory."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from campaign.records import Role
from conftest import HALLAND
from desk import Running, fields, running
from exported import fill
from skord.work import tasks
from storage.exports import list_exports
from storage.people import add_account
from storage.store import Store
from test_web_desk_export import worker


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
