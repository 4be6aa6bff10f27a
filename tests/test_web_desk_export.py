"""Taking the archive out at the desk: asked for, made as a task, handed to who proved who they are, and remembered."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from builders import approved, story
from campaign.records import Role
from conftest import HALLAND
from desk import PASSWORD, Running, fields, running
from exported import fill, house, installation
from skord.wiring import House
from skord.work import tasks, tidy
from storage.exports import list_exports
from storage.store import Store
from web.public import exported


def worker(site: Running, tmp_path: Path) -> House:
    """A house on the site's own database."""
    made = house(installation(tmp_path / "w"))
    made.__dict__["store"] = site.store
    made.__dict__["settings"] = site.settings
    made.clock = lambda: site.now
    return made


def ask(site: Running, role: Role = Role.EDITOR, **changes: str) -> str:
    """The address that the form leads to."""
    client = site.client(role)
    page = client.get("/desk/export")
    answer = client.post("/desk/export", data=fields(page.text, "/desk/export") | {"format": "jsonl"} | changes)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def test_made_and_fetched(sqlite_store: Store, tmp_path: Path) -> None:
    """What is asked for is made by the schedule and fetched as it was written; the trail and the page tell of it."""
    ids = fill(sqlite_store)
    with running(sqlite_store) as site:
        place = ask(site)
        tasks(worker(site, tmp_path), lambda: False)
        client = site.client()
        page = client.get(place).text
        assert "Filen är klar" in page
        found = list_exports(sqlite_store, HALLAND.id)[0]
        lines = client.get(f"/desk/export/{found.id}/file").text.splitlines()
        assert {json.loads(line)["id"] for line in lines} == {ids["shown"], ids["formula"]}
        assert "tog ut arkivet" in client.get("/desk/log").text
        assert f"skord-{HALLAND.id}" in client.get(f"/desk/export?story={ids['shown']}").text
        assert f"skord-{HALLAND.id}" not in client.get(f"/desk/export?story={ids['hidden']}").text


def test_the_choice_is_counted(sqlite_store: Store) -> None:
    """The page says how many stories a choice has, with and without what is not published."""
    fill(sqlite_store)
    with running(sqlite_store) as site:
        client = site.client()
        assert "Urvalet har 2 berättelser" in client.get("/desk/export").text
        assert "Urvalet har 4 berättelser" in client.get("/desk/export?inner=yes").text
        assert "Urvalet har 1 berättelser" in client.get("/desk/export?place=laholm").text
        assert client.get("/desk/export?year=abc").status_code == 422
        form = fields(client.get("/desk/export").text, "/desk/export") | {"place": "laholm", "see": "yes"}
        assert "place=laholm" in client.post("/desk/export", data=form).headers["location"]


def test_the_choice_stays_and_names_the_file(sqlite_store: Store, tmp_path: Path) -> None:
    """After asking, the form still says what was chosen, the file says of what it is, and the list below has it."""
    fill(sqlite_store)
    with running(sqlite_store) as site:
        place = ask(site, place="laholm")
        assert "place=laholm" in place
        tasks(worker(site, tmp_path), lambda: False)
        page = site.client().get(place).text
        assert "Urvalet har 1 berättelser" in page
        assert "Plats: Laholm" in page.partition('id="task"')[2].partition("</section>")[0]
        assert f"skord-{HALLAND.id}" in page.partition('id="past"')[2]


def test_places_without_stories_are_not_offered(sqlite_store: Store) -> None:
    """The list of places has those with stories, by name, until more than the public is asked for."""
    fill(sqlite_store)
    with running(sqlite_store) as site:
        client = site.client()
        chooser = client.get("/desk/export").text.partition('name="place"')[2].partition("</select>")[0]
        assert 'value="laholm"' in chooser
        assert 'value="kungsbacka"' not in chooser
        chooser = client.get("/desk/export?inner=yes").text.partition('name="place"')[2].partition("</select>")[0]
        assert 'value="kungsbacka"' in chooser


def test_inner_needs_a_reason_and_proof(sqlite_store: Store, tmp_path: Path) -> None:
    """What is not published leaves with a reason alone, and after somebody has proved who they are."""
    fill(sqlite_store)
    with running(sqlite_store) as site:
        client = site.client()
        form = fields(client.get("/desk/export?inner=yes").text, "/desk/export") | {"format": "csv", "inner": "yes"}
        assert client.post("/desk/export", data=form).status_code == 422
        site.now += timedelta(minutes=30)
        asked = client.post("/desk/export", data=form | {"reason": "Arkivering"})
        assert "/desk/prove" in asked.headers["location"]
        tasks(worker(site, tmp_path), lambda: False)
        assert list_exports(sqlite_store, HALLAND.id) == []
        page = client.get(asked.headers["location"])
        proof = fields(page.text, "/desk/prove") | {"own_password": PASSWORD}
        assert client.post("/desk/prove", data=proof).status_code == 303
        tasks(worker(site, tmp_path), lambda: False)
        found = list_exports(sqlite_store, HALLAND.id)[0]
        assert (found.inner, found.reason, found.counts["stories"]) == (True, "Arkivering", 4)


def test_fetching_needs_proof(sqlite_store: Store, tmp_path: Path) -> None:
    """A file is handed out only to who has proved within minutes who they are."""
    approved(sqlite_store)
    with running(sqlite_store) as site:
        ask(site)
        tasks(worker(site, tmp_path), lambda: False)
        client = site.client()
        site.now += timedelta(minutes=30)
        answer = client.get(f"/desk/export/{list_exports(sqlite_store, HALLAND.id)[0].id}/file")
        assert "/desk/prove" in answer.headers["location"]


@pytest.mark.parametrize("role", [Role.READER, Role.REVIEWER])
def test_for_editors(sqlite_store: Store, role: Role) -> None:
    """Nobody below an editor takes anything out."""
    with running(sqlite_store) as site:
        assert site.client(role).get("/desk/export").status_code == 403


def test_removed_after_its_time(sqlite_store: Store, tmp_path: Path) -> None:
    """A file is gone after the time that the configuration gives it; that it was taken out stays."""
    approved(sqlite_store)
    with running(sqlite_store) as site:
        ask(site)
        made = worker(site, tmp_path)
        tasks(made, lambda: False)
        found = list_exports(sqlite_store, HALLAND.id)[0]
        path = sqlite_store.media.parent / "exports" / found.file
        tidy(made, lambda: False)
        assert path.exists()
        site.now += timedelta(days=15)
        tidy(made, lambda: False)
        assert not path.exists()
        assert list_exports(sqlite_store, HALLAND.id) == [replace(found, file="")]
        assert site.client().get(f"/desk/export/{found.id}/file").status_code == 404


def test_for_readers(sqlite_store: Store) -> None:
    """Anybody takes along what the archive shows, narrowed by its query string, and nothing else."""
    ids = fill(sqlite_store)
    story(sqlite_store)
    with running(sqlite_store) as site:
        client = site.client(None)
        lines = client.get("/archive.jsonl").text.splitlines()
        assert {json.loads(line)["id"] for line in lines} == {ids["shown"], ids["formula"]}
        assert [json.loads(line)["id"] for line in client.get("/archive.jsonl?place=laholm").text.splitlines()] == [
            ids["shown"]
        ]
        table = client.get("/archive.csv").text
        assert "'=HYPERLINK" in table
        assert "får ingen se" not in table
        assert client.get("/archive.jsonl?year=abc").status_code == 404
        assert "set-cookie" not in client.get("/archive.csv").headers


def test_more_than_one_answer(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that is full says so and leads to the rest; together they are everything, once."""
    monkeypatch.setattr(exported, "_MOST", 4)
    monkeypatch.setattr(exported, "_SLICE", 2)
    ids = {approved(sqlite_store).id for _ in range(7)}
    with running(sqlite_store) as site:
        client = site.client(None)
        first = [json.loads(line) for line in client.get("/archive.jsonl").text.splitlines()]
        assert len(first) == 5
        rest = [json.loads(line) for line in client.get(first[-1]["more"]).text.splitlines()]
        told = [each["id"] for each in [*first[:-1], *rest]]
        assert (set(told), len(told)) == (ids, len(ids))
        assert "Fler än 4" in client.get("/archive.csv").text
