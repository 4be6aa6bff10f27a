"""A strategy into and out of a spreadsheet at the desk."""

from __future__ import annotations

import io
from collections.abc import Iterator
from zipfile import ZipFile

import httpx
import pytest

from campaign.records import Role
from campaign.sheets import Sheet, read, rows_of, write_excel
from desk import Running, fields, running
from storage.by_hand import readings_of
from storage.store import Store
from storage.strategy import find_strategy, read_document, versions

HEAD = ["Kod", "Typ", "Rubrik", "Mått", "Enhet", "Senaste år", "Senaste värde", "Mål år", "Målvärde"]
ROWS = [HEAD, ["1", "insatsområde", "Livskvalitet för alla"],
        ["1.1", "mål", "Fler mår bra", "God hälsa", "procent", 2018, "71,2", 2020, 75]]  # fmt: skip
NEW = {"title": "Värmlandsstrategin", "owner": "Region Värmland", "period": "2014-2020"}


@pytest.fixture
def site(store: Store) -> Iterator[Running]:
    """A desk without a strategy."""
    with running(store) as made:
        yield made


def excel(*rows: list[object]) -> bytes:
    """A spreadsheet of a strategy."""
    return write_excel([Sheet(name="Strategi", rows=rows_of(rows))])


def send(client: httpx.Client, path: str, data: bytes, name: str = "mål.xlsx", **more: str) -> httpx.Response:
    """Send a file with the form of a page."""
    form = fields(client.get(path).text, path) | {"press": "look"} | more
    return client.post(path, data=form, files={"file": (name, data)})


def save(client: httpx.Client, path: str, page: str) -> httpx.Response:
    """Press save on what a page shows."""
    return client.post(path, data=fields(page, path) | {"press": "save", "reason": "Beslut i juni"})


def begun(client: httpx.Client) -> str:
    """A strategy made from a spreadsheet; return the path of its sheet."""
    shown = send(client, "/desk/strategy/new", excel(*ROWS), **NEW)
    assert shown.status_code == 200, shown.text
    done = save(client, "/desk/strategy/new", shown.text)
    assert done.status_code == 303, done.text
    return "/desk/strategy/varmlandsstrategin/sheet"


def test_a_first_strategy_from_a_spreadsheet(site: Running) -> None:
    """Shown first with nothing saved, then saved with its measures and values, and who did it and why."""
    client = site.client()
    shown = send(client, "/desk/strategy/new", excel(*ROWS), **NEW)
    assert "2 nya delar" in shown.text
    assert "Fler mår bra" in shown.text
    assert find_strategy(site.store, "varmlandsstrategin") is None
    assert save(client, "/desk/strategy/new", shown.text).status_code == 303
    document = read_document(site.store, "varmlandsstrategin")
    assert (document.owner, [node.code for node in document.nodes]) == ("Region Värmland", ["1", "1.1"])
    assert readings_of(site.store, document.id)["1.1"][0].value == 71.2
    (version,) = versions(site.store, document.id)
    assert (version.origin, version.who, version.reason) == ("sheet", "editor", "Beslut i juni")


def test_nothing_is_saved_twice(site: Running) -> None:
    """A save that is pressed again tells that it is over."""
    client = site.client()
    shown = send(client, "/desk/strategy/new", excel(*ROWS), **NEW)
    assert save(client, "/desk/strategy/new", shown.text).status_code == 303
    assert save(client, "/desk/strategy/new", shown.text).status_code == 409
    assert len(versions(site.store, "varmlandsstrategin")) == 1


def test_export_edit_import(site: Running) -> None:
    """What was taken out as Excel changes nothing when it comes back, and one edited cell changes one thing."""
    client = site.client()
    path = begun(client)
    taken = client.get(f"{path}/file?as=xlsx")
    assert "Inget ändras" in send(client, path, taken.content).text
    edited = [*ROWS[:2], [*ROWS[2][:2], "Ännu fler mår bra", *ROWS[2][3:6], "72,5", *ROWS[2][7:]]]
    shown = send(client, path, excel(*edited)).text
    assert "1 del ändras" in shown
    assert "71,2" in shown
    assert "72,5" in shown
    assert save(client, path, shown).status_code == 303
    assert read_document(site.store, "varmlandsstrategin").nodes[1].title == "Ännu fler mår bra"


def test_every_problem_is_shown_and_nothing_can_be_saved(site: Running) -> None:
    """A wrong file is told row by row; there is no button that saves it."""
    client = site.client()
    path = begun(client)
    answer = send(client, path, excel(*ROWS, ["1.2", "sak", "Tre"], ["", "mål", "Fyra"]))
    assert answer.status_code == 422
    assert "2 fel i filen" in answer.text
    assert "rad 4, kolumn B (Typ)" in answer.text
    assert "rad 5, kolumn A (Kod)" in answer.text
    assert 'value="save"' not in answer.text


def test_who_was_slower_is_told(site: Running) -> None:
    """A strategy that somebody saved since the file was shown is not written over."""
    first, second = site.client(), site.client(Role.ADMINISTRATOR)
    path = begun(first)
    mine = send(first, path, excel(*ROWS, ["1.2", "mål", "Mitt"]))
    theirs = send(second, path, excel(*ROWS, ["1.3", "mål", "Deras"]))
    assert save(second, path, theirs.text).status_code == 303
    assert save(first, path, mine.text).status_code == 409
    assert [node.title for node in read_document(site.store, "varmlandsstrategin").nodes][-1] == "Deras"


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [(b"\xd0\xcf\x11\xe0" + b"x" * 600, "m.xls", "äldre Excelformat"), (b"PK\x03\x04 x", "m.xlsx", "går inte att läsa"),
     (b"a" * 5_000_001, "m.csv", "för stor")],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_told_beside_its_field(site: Running, data: bytes, name: str, said: str) -> None:
    """What is wrong with the file itself stands at the field, with what to do."""
    answer = send(site.client(), "/desk/strategy/new", data, name)
    assert answer.status_code == 422
    assert said in answer.text


def test_a_bomb_is_refused(site: Running) -> None:
    """A small file that unpacks to fifty megabytes is not unpacked."""
    out = io.BytesIO()
    with ZipFile(out, "w", 8) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 50_000_000)
    assert send(site.client(), "/desk/strategy/new", out.getvalue()).status_code == 422


def test_what_people_wrote_is_never_markup(site: Running) -> None:
    """Text from a spreadsheet is shown as text, in what changes and in what is wrong."""
    evil = "<script>alert(1)</script>"
    client = site.client()
    good = send(client, "/desk/strategy/new", excel(HEAD, ["1", "mål", evil]), f"{evil}.xlsx", **NEW).text
    bad = send(client, "/desk/strategy/new", excel(HEAD, ["1", evil, "A"]), **NEW).text
    for page in (good, bad):
        assert evil not in page
        assert "&lt;script&gt;" in page


def test_the_ways_out(site: Running) -> None:
    """Excel, CSV, TOML and the empty template can be taken, by a reader too, who cannot bring any in."""
    begun(site.client())
    reader = site.client(Role.READER)
    path = "/desk/strategy/varmlandsstrategin/sheet"
    for kind in ("xlsx", "csv", "empty"):
        assert read(reader.get(f"{path}/file?as={kind}").content, "x")
    assert 'id = "varmlandsstrategin"' in reader.get(f"{path}/file?as=toml").text
    assert reader.get(f"{path}/file?as=exe").status_code == 404
    assert 'type="file"' not in reader.get(path).text
    assert reader.get("/desk/strategy/new").status_code == 403


def test_a_strategy_file_is_taken_too(site: Running) -> None:
    """The TOML that was taken out comes back as the same."""
    client = site.client()
    path = begun(client)
    taken = client.get(f"{path}/file?as=toml").content
    assert "Inget ändras" in send(client, path, taken, "s.toml").text
    assert send(client, path, b"[strategy]\nx = 1\n", "s.toml").status_code == 422


def test_what_is_taken_away_is_said_before_it_is_saved(site: Running) -> None:
    """An emptied cell is told as removed, what changes of the whole as old and new, a remark as one that stays."""
    client = site.client()
    path = begun(client)
    about = Sheet(name="Om strategin", rows=rows_of([["Strategins namn", "Vår strategi"], ["Period", "2015-2020"],
                                                     ["Anmärkning", "Utkast"]]))  # fmt: skip
    told = [
        ["Kod", "Typ", "Rubrik", "Beskrivning"],
        ["1", "Fokusområde", "Liv", "Att leva"],
        ["1.1", "Mål", "Bra", "B"],
    ]
    filled = Sheet(name="Strategi", rows=rows_of(told))
    shown = send(client, path, write_excel([filled, about])).text
    assert 'Värmlandsstrategin</span> → <span dir="auto">Vår strategi' in shown
    assert '1 januari 2014 – 31 december 2020</span> → <span dir="auto">1 januari 2015' in shown
    assert save(client, path, shown).status_code == 303
    told[1][3] = ""
    shown = send(client, path, write_excel([Sheet(name="Strategi", rows=rows_of(told))])).text
    assert '<strong class="bad-words">Beskrivning tas bort.</strong>' in shown
    assert "Anmärkningen står kvar" in shown
    none = Sheet(name="Om strategin", rows=rows_of([["Strategins namn", "Vår strategi"], ["Anmärkning", ""]]))
    shown = send(client, path, write_excel([filled, none])).text
    assert "Utkast</span> → <strong" in shown
    assert "Anmärkningen står kvar" not in shown
