"""``skord import PACKAGE``: the same archive in an empty installation, proved table by table."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import text

from builders import story
from campaign.errors import InputError
from exported import FILE, fill, house, installation
from skord.cli import main
from skord.exports.order import Order, carry_out
from skord.exports.taking_in import take_in, verify
from storage.store import JOB, Store
from storage.stories import get_stories
from test_skord_cli import run

#: What an export itself, and drawing the shelf, change: who took what, its line in the trail, the count of changes.
OWN = ("export.jsonl", "decision.jsonl", "revision.jsonl")


def quiet(what: str, done: int, total: int) -> None:
    """Somebody whom progress is told to and who says nothing."""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A whole package of a filled installation."""
    made = house(installation(tmp_path / "a"))
    fill(made.open_store(create=True))
    target = tmp_path / "whole.zip"
    carry_out(made, Order(format="package", campaign=None, inner=True), target, by=JOB)
    made.close()
    return target


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """The configuration of an empty installation."""
    return installation(tmp_path / "b")


def test_the_same_archive(package: Path, other: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Stories, pictures, search and archive stand as they stood, under the same numbers; --verify says so too."""
    code, out, _ = run(other, "import", str(package), capsys=capsys)
    assert code == 0
    assert "olika" not in out
    one, two = (house(tmp_path / name / "config.toml") for name in ("a", "b"))
    assert get_stories(two.store, [1, 2, 3, 4], public=False) == get_stories(one.store, [1, 2, 3, 4], public=False)
    name = f"{FILE[:2]}/{FILE}-48.jpg"
    assert (two.store.media / name).read_bytes() == (one.store.media / name).read_bytes()
    for words in (["export"], ["export", "--inner"], ["export", "--format", "csv"], ["export", "--q", "laholm"]):
        told = [run(tmp_path / each / "config.toml", *words, capsys=capsys)[1] for each in ("a", "b")]
        assert told[0] == told[1]
    one.close()
    two.close()


def test_verify(package: Path, other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--verify writes nothing: equal after the import, and different with 1 when something was changed since."""
    assert main(["--config", str(other), "import", str(package)]) == 0
    capsys.readouterr()
    assert main(["--config", str(other), "--json", "import", str(package), "--verify"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all(each["equal"] for each in told)
    made = house(other)
    story(made.store)
    made.close()
    assert main(["--config", str(other), "--json", "import", str(package), "--verify"]) == 1
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {each["table"] for each in told if not each["equal"]} >= {"post", "story", "version"}


def test_into_what_is_not_empty(package: Path, other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An installation that has anything is left as it is, and told why, with 2."""
    assert main(["--config", str(other), "import", str(package)]) == 0
    code, _, err = run(other, "import", str(package), capsys=capsys)
    assert code == 2
    assert "inte tom" in err


def test_a_part_is_not_taken_in(tmp_path: Path, other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A public package, or a choice of stories, is there to be read and says so."""
    made = house(installation(tmp_path / "a"))
    fill(made.open_store(create=True))
    for number, order in enumerate(
        (Order(format="package", campaign=None), Order(format="package", campaign=None, inner=True, asked={"q": "ny"}))
    ):
        target = tmp_path / f"{number}.zip"
        carry_out(made, order, target, by=JOB)
        code, _, err = run(other, "import", str(target), capsys=capsys)
        assert (code, "bara en del" in err) == (2, True)
    made.close()


def test_across_databases_and_back(package: Path, store: Store, tmp_path: Path) -> None:
    """From SQLite into either database and out again: every table equal by count and hash."""
    compared = take_in(store, package, quiet).compared
    assert all(each.equal for each in compared)
    assert all(each.equal for each in verify(store, package, quiet).compared)
    made = house(installation(tmp_path / "c"))
    made.__dict__["store"] = store
    back = tmp_path / "back.zip"
    carry_out(made, Order(format="package", campaign=None, inner=True), back, by=JOB)
    with zipfile.ZipFile(package) as first, zipfile.ZipFile(back) as second:
        tables = [
            {
                name.partition("/")[2]: each.read(name)
                for name in each.namelist()
                if "/tables/" in name and name.rpartition("/")[2] not in OWN
            }
            for each in (first, second)
        ]
    assert tables[0] == tables[1]


def test_killed_on_the_way(package: Path, other: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ends in the middle of the tables leaves an empty database and no picture; the next try takes all in."""
    made = house(other)
    store = made.open_store(create=True)

    def end(what: str, done: int, total: int) -> None:
        if what == "tables" and done > total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_in(store, package, end)
    with store.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM post")).scalar() == 0
        assert connection.execute(text("SELECT count(*) FROM source")).scalar() == 0
    assert list(store.media.rglob("*.jpg")) == []
    assert all(each.equal for each in take_in(store, package, quiet).compared)
    made.close()


def test_pictures_of_another_database_stay(package: Path, other: Path) -> None:
    """A failed import takes away what it wrote, never what lay in the folder before."""
    made = house(other)
    store = made.open_store(create=True)
    own = store.media / FILE[:2] / f"{FILE}-48.jpg"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"another's")

    def end(what: str, done: int, total: int) -> None:
        if what == "tables":
            raise InputError("file", "package_tables")

    with pytest.raises(InputError):
        take_in(store, package, end)
    assert own.exists()
    made.close()


def test_a_table_still_needs_its_source(other: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Anything but a package asks for --source, with 2."""
    path = tmp_path / "rader.csv"
    path.write_text("text;datum\n", encoding="utf-8")
    code, _, err = run(other, "import", str(path), capsys=capsys)
    assert (code, "--source" in err) == (2, True)
