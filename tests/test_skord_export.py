"""``skord export``: lines, a table for Excel, a package for the e-archive; of the public what the public sees."""

from __future__ import annotations

import csv
import email
import io
import json
import subprocess
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import bagit
import pytest
from sqlalchemy import insert, select

from builders import candidate, ingest
from campaign.errors import SkordError
from conftest import HALLAND, NOW
from exported import fill, house, installation, unpacked
from skord.cli import main
from skord.exports.order import FORMATS, Order, carry_out
from skord.wiring import House
from storage import exporting, schema
from storage.exports import exports_with, list_exports
from storage.store import JOB
from test_skord_cli import run


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return installation(tmp_path / "a")


@pytest.fixture
def filled(config: Path) -> Iterator[House]:
    """A filled installation."""
    made = house(config)
    made.ids = fill(made.open_store(create=True))  # type: ignore[attr-defined] # for the tests alone
    yield made
    made.close()


def lines(config: Path, *words: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    code, out, _ = run(config, "export", "--format", "jsonl", *words, capsys=capsys)
    assert code == 0
    return [json.loads(line) for line in out.splitlines()]


def test_lines_of_the_public(filled: House, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without more words exactly the approved stories come, newest first, with places, goals and pictures."""
    found = lines(config, capsys=capsys)
    assert {each["id"] for each in found} == {filled.ids["shown"], filled.ids["formula"]}  # type: ignore[attr-defined]
    shown = next(each for each in found if each["places"])
    assert shown["places"] == [{"id": "laholm", "name": "Laholm"}]
    assert [node["code"] for node in shown["nodes"]] == ["attraktiv"]  # type: ignore[attr-defined]
    assert [len(post["pictures"]) for post in shown["posts"]] == [1]  # type: ignore[attr-defined]
    keys = [each["published_at"] for each in found]
    assert keys == sorted(keys, reverse=True)  # type: ignore[type-var]
    assert all(str(key).endswith("Z") for key in keys)


def test_inner_lines(filled: House, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --inner every story comes with state, versions, decisions and flags, and says whether the public sees it."""
    found = {each["id"]: each for each in lines(config, "--inner", capsys=capsys)}
    ids = filled.ids  # type: ignore[attr-defined]
    assert found.keys() == set(ids.values())
    hidden, waiting = found[ids["hidden"]], found[ids["waiting"]]
    assert (hidden["public"], hidden["review"]) == (False, "hidden")
    assert [each["reason"] for each in hidden["decisions"]] == ["Privat sak"]  # type: ignore[attr-defined]
    assert waiting["flags"] == ["child"]
    assert found[ids["shown"]]["public"] is True
    post = hidden["posts"][0]  # type: ignore[index]
    assert (post["direction"], len(post["versions"]), len(post["versions"][0]["checksum"])) == ("received", 1, 64)


def test_filters(filled: House, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The archive's own query string narrows, as a whole or in single words, public and inner alike."""
    shown = {filled.ids["shown"]}  # type: ignore[attr-defined]
    for words in (("--place", "laholm"), ("--query", "place=laholm"), ("--area", "attraktiv"), ("--q", "laholm")):
        for more in ((), ("--inner",)):
            assert {each["id"] for each in lines(config, *words, *more, capsys=capsys)} == shown, words
    assert lines(config, "--year", "2020", capsys=capsys) == []
    assert lines(config, "--year", "2020", "--inner", capsys=capsys) == []


@pytest.mark.parametrize("query", ["colour=red", "year=abc", "month=3", "week=2026-W99"])
def test_filters_that_are_none(filled: House, config: Path, query: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A query that the archive does not know ends with 2 before anything is written or recorded."""
    code, out, err = run(config, "export", "--query", query, capsys=capsys)
    assert (code, out) == (2, "")
    assert "urvalet" in err.lower()
    assert list_exports(filled.store, HALLAND.id) == []


def test_table_for_excel(filled: House, config: Path, tmp_path: Path) -> None:
    """The table has Excel's mark, semicolons, local times, line breaks in cells, and no cell that is a formula."""
    target = tmp_path / "ut.csv"
    assert main(["--config", str(config), "export", "--format", "csv", "--to", str(target)]) == 0
    body = target.read_bytes()
    assert body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";"))
    texts = {row["Text"] for row in rows}
    assert 'Åäö i Laholm\nandra raden; "citat" #hallandväxer' in texts
    assert any(text.startswith("'=HYPERLINK") for text in texts)
    assert len(rows[0]["Publicerat"]) == len("2026-11-20 13:00:00")
    assert {row["Mål"] for row in rows} == {"", "En attraktiv region"}


def test_package_of_the_public(filled: House, config: Path, tmp_path: Path) -> None:
    """A public package is a valid bag with pages, lines and pictures, and nothing in it tells of what is hidden."""
    target = tmp_path / "p.zip"
    assert main(["--config", str(config), "export", "--format", "package", "--to", str(target)]) == 0
    folder = unpacked(target, tmp_path / "u")
    bagit.Bag(str(folder)).validate()
    done = subprocess.run(["sha256sum", "-c", "--quiet", "manifest-sha256.txt"], cwd=folder, check=False)
    assert done.returncode == 0
    whole = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for secret in ("Det här får ingen se", "Väntar på någon", "argon2", "Privat sak", "anna"):
        assert secret.encode() not in whole
    assert not (folder / "data/tables").exists()
    assert not list(folder.glob("data/campaigns/*/letters"))
    assert len(list((folder / "data/pictures").rglob("*.jpg"))) == 1
    told = json.loads((folder / "data/manifest.json").read_text(encoding="utf-8"))
    assert (told["whole"], told["inner"], told["counts"]["stories"]) == (False, False, 2)


def test_pages_open_from_the_folder(filled: House, config: Path, tmp_path: Path) -> None:
    """The pages lead from the index to every story and its picture by ways inside the package, without scripts."""
    target = tmp_path / "p.zip"
    main(["--config", str(config), "export", "--format", "package", "--to", str(target)])
    folder = unpacked(target, tmp_path / "u") / "data/campaigns/hallandvaxer/html"
    index = (folder / "index.html").read_text(encoding="utf-8")
    assert 'href="2026-11.html"' in index
    month = (folder / "2026-11.html").read_text(encoding="utf-8")
    source = month.partition('<img src="')[2].partition('"')[0]
    assert (folder / source).resolve().is_file()
    assert "&#34;http://ond.example&#34;" in month
    assert "<script" not in month + index


def test_inner_package(filled: House, config: Path, tmp_path: Path) -> None:
    """An inner package also has the trail, the runs, the tables and each letter as it was sent, to nobody."""
    with filled.store.write() as connection:
        number = {"newsletter": "veckobrevet", "number": 1, "year": 2026, "week": 47, "campaign": HALLAND.id}
        issue = {"state": "sent", "selected_to": NOW, "drafted_at": NOW, "send_at": NOW, "selection": []}
        connection.execute(insert(schema.issue).values(number | issue | {"sent_from": NOW, "subject": "Vecka 47"}))
        master = json.dumps({"edition": 1})
        made = {"issue_id": 1, "campaign": HALLAND.id, "sha256": "0", "made_at": NOW}
        connection.execute(insert(schema.issue_render).values(made | {"kind": "html", "body": b"<p>Brevet</p>"}))
        connection.execute(insert(schema.issue_render).values(made | {"kind": "text.en", "body": b"The letter"}))
        assert master
    target = tmp_path / "p.zip"
    assert main(["--config", str(config), "export", "--format", "package", "--inner", "--to", str(target)]) == 0
    folder = unpacked(target, tmp_path / "u") / "data"
    own = folder / "campaigns/hallandvaxer"
    assert (own / "letters/veckobrevet/0001/letter.html").read_bytes() == b"<p>Brevet</p>"
    assert (own / "letters/veckobrevet/0001/letter-en.txt").read_bytes() == b"The letter"
    assert "Privat sak" in (own / "decisions.csv").read_text(encoding="utf-8-sig")
    for name in ("runs.csv", "gaps.csv", "channels.csv", "register.csv", "nodes.csv", "measurements.csv"):
        assert (own / name).is_file()
    assert b"argon2" not in (folder / "tables/account.jsonl").read_bytes()
    assert "Barn" in (own / "stories.csv").read_text(encoding="utf-8-sig")


def test_letters_of_the_program(tmp_path: Path) -> None:
    """A letter that the program drew and froze is a mail in the package that mail programs read."""
    from digest.message import Master, Slot
    from skord.exports.beside import _nobody

    master = Master(pieces=(b"To: ", Slot.TO, b"\r\nDate: ", Slot.DATE, b"\r\nSubject: Vecka 47\r\n\r\nHej"))
    read = email.message_from_bytes(master.join(_nobody({"id": 1, "sent_from": NOW})))
    assert (read["To"], read["Subject"], read.get_payload()) == ("archive@archive.invalid", "Vecka 47", "Hej")


def test_recorded(filled: House, config: Path, tmp_path: Path) -> None:
    """Each export is recorded with what was asked, counts and hash, in the trail too, and is found by its stories."""
    target = tmp_path / "ut.jsonl"
    words = ["export", "--to", str(target), "--as", "anna", "--reason", "Begäran 17", "--place", "laholm"]
    assert main(["--config", str(config), *words]) == 0
    kept = list_exports(filled.store, HALLAND.id)
    assert [(each.who, each.asked, each.counts, each.reason) for each in kept] == [
        ("Anna", {"place": "laholm"}, {"stories": 1, "posts": 1}, "Begäran 17")
    ]
    done = subprocess.run(["sha256sum", str(target)], capture_output=True, text=True, check=True)
    assert done.stdout.split()[0] == kept[0].digest
    ids = filled.ids  # type: ignore[attr-defined]
    assert [each.id for each in exports_with(filled.store, HALLAND.id, ids["shown"])] == [kept[0].id]
    assert exports_with(filled.store, HALLAND.id, ids["formula"]) == []
    with filled.store.read() as connection:
        actions = connection.execute(select(schema.decision.c.action)).scalars().all()
    assert "export" in actions


def test_broken_off(filled: House, tmp_path: Path) -> None:
    """An export that is stopped leaves no file, half or whole, and is recorded as not finished."""
    for format_ in FORMATS:
        with pytest.raises(SkordError, match="export_stopped"):
            carry_out(filled, Order(format=format_, campaign=None), tmp_path / "ut", by=JOB, stopping=lambda: True)
    assert list(tmp_path.glob("ut*")) == []
    assert {each.finished_at for each in list_exports(filled.store, HALLAND.id)} == {None}


def test_an_older_file_stays_until_the_new_one_is_whole(filled: House, tmp_path: Path) -> None:
    """What stood under the name stays when the export is stopped."""
    target = tmp_path / "ut.jsonl"
    target.write_text("det gamla", encoding="utf-8")
    with pytest.raises(SkordError):
        carry_out(filled, Order(format="jsonl", campaign=None), target, by=JOB, stopping=lambda: True)
    assert target.read_text(encoding="utf-8") == "det gamla"


def test_progress(filled: House, tmp_path: Path) -> None:
    """Progress rises to the number that was told from the first."""
    told: list[tuple[int, int]] = []
    order = Order(format="csv", campaign=None)
    carry_out(filled, order, tmp_path / "ut.csv", by=JOB, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (2, 2)


@pytest.mark.parametrize("format_", [each for each in FORMATS if each != "html"])
def test_memory_is_flat(config: Path, tmp_path: Path, format_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight times the posts go out in the same memory, whatever the format; slices are small here, to have many."""
    monkeypatch.setattr(exporting, "_STORIES", 10)
    monkeypatch.setattr(exporting, "_SLICE", 20)
    made = house(config)
    store = made.open_store(create=True)

    def peak() -> int:
        tracemalloc.start()
        carry_out(made, Order(format=format_, campaign=None, inner=True), tmp_path / "ut", by=JOB)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    ingest(store, *(candidate(text=f"Ny bro {number}. " * 40) for number in range(40)))
    peak()
    few = peak()
    ingest(store, *(candidate(text=f"Ny bro {number}. " * 40) for number in range(280)))
    assert peak() < few * 1.5
    made.close()
