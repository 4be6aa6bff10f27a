"""Measuring points and the follow-up table from the command line."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import update

from campaign.figures import Reading, Status
from campaign.sheets import read
from frozen import PLAN, lay
from skord.cli import main
from skord.wiring import House
from storage import schema
from storage.analyses import write_analysis
from storage.measurements import put_readings
from storage.store import Store

CONFIG = """
[site]
name = "Värmland"
owner = "Region Exempel"
base_url = "http://127.0.0.1:8000"
contact = "info@example.se"

[storage]
url = "sqlite:///skord.db"
media = "media"

[campaign.hallandvaxer]
name = "Halland växer"
hashtags = ["#hallandväxer"]
"""


@pytest.fixture
def config(sqlite_store: Store, tmp_path: Path) -> Path:
    """A configuration over a store with a strategy laid out; the clock is the machine's."""
    lay(sqlite_store)
    path = tmp_path / "config.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def run(config: Path, *words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Run a command; return its code, what it printed and what it said."""
    capsys.readouterr()
    code = main(["--config", str(config), *words])
    told = capsys.readouterr()
    return code, told.out, told.err


def objects(config: Path, *words: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    """Run a command with --json and return its objects."""
    code, out, err = run(config, "--json", *words, capsys=capsys)
    assert code == 0, err
    return [json.loads(line) for line in out.splitlines()]


def test_a_point_is_frozen_listed_and_published(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From freezing to publishing, each in the name that was given, and the list says where it stands."""
    (made,) = objects(
        config, "snapshot", "create", "--kind", "baseline", "--as-of", "2024-12-31", "--as", "anna", capsys=capsys
    )
    assert (made["title"], made["as_of"], made["who"]) == ("Nollmätning 2024", "2024-12-31", "Anna")
    assert run(config, "snapshot", "publish", str(made["number"]), "--as", "anna", capsys=capsys)[0] == 0
    (listed,) = objects(config, "snapshot", "list", "--strategy", PLAN, capsys=capsys)
    assert listed["published_at"] is not None
    assert "Nollmätning 2024" in run(config, "snapshot", "list", capsys=capsys)[1]


def test_a_point_is_shown_with_its_parts(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """People see goal by goal; as JSON every part stands with its hash, to be checked by anybody."""
    run(config, "snapshot", "create", "--kind", "present", capsys=capsys)
    out = run(config, "snapshot", "show", "1", capsys=capsys)[1]
    assert "Fler i arbete" in out
    assert "81,4\u00a0%" in out
    assert "På väg" in out
    head, *parts = objects(config, "snapshot", "show", "1", capsys=capsys)
    assert len(parts) == head["parts"]
    assert {len(str(part["sha256"])) for part in parts} == {64}


def test_two_points_are_compared(config: Path, sqlite_store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """Then, now, the way, the statuses and what was revised are told, also against the present."""
    run(config, "snapshot", "create", "--kind", "baseline", "--as-of", "2024-12-31", capsys=capsys)
    house = House(config=config)
    node = next(row for row in objects(config, "strategy", "report", capsys=capsys) if row["code"] == "1.1")
    assert node["judged"] == "on_track"
    indicator = 1
    put_readings(sqlite_store, indicator, [Reading(area="17", period="2024", value=80.9)], now=house.clock())
    with sqlite_store.read() as connection:
        goal = connection.execute(schema.node.select().where(schema.node.c.code == "1.1")).one().id
        by = connection.execute(schema.account.select()).one().id
    from storage.store import Actor

    write_analysis(
        sqlite_store, goal, status=Status.UNSURE, text="Sakta.", by=Actor(kind="person", account_id=by),
        now=house.clock(),
    )  # fmt: skip
    told = objects(config, "snapshot", "compare", "1", "now", capsys=capsys)
    row = next(each for each in told if each.get("indicator") == "sysselsatta" and each["sex"] == "total")
    assert (row["then"], row["now"], row["change"], row["toward"]) == (81.1, 81.4, 0.3, "wanted")
    assert (row["judged_then"], row["judged"]) == ("on_track", "unsure")
    assert {"revised": "sysselsatta", "area": "17", "sex": "total", "period": "2024", "then": 81.1, "now": 80.9} in told
    code, out, err = run(config, "snapshot", "compare", "1", "now", capsys=capsys)
    assert code == 0
    assert "åt rätt håll" in out
    assert "då 81,1" in err


def test_points_in_the_wrong_order_are_refused(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The later point first, and a number that is none, end with 2 and a sentence."""
    run(config, "snapshot", "create", "--kind", "baseline", "--as-of", "2024-12-31", capsys=capsys)
    run(config, "snapshot", "create", "--kind", "final", "--as-of", "2025-12-31", capsys=capsys)
    code, _, err = run(config, "snapshot", "compare", "2", "1", capsys=capsys)
    assert code == 2
    assert "Byt plats" in err
    assert run(config, "snapshot", "compare", "1", "tre", capsys=capsys)[0] == 2
    assert run(config, "snapshot", "create", "--kind", "final", "--as-of", "2999-01-01", capsys=capsys)[0] == 2


def test_verify_finds_what_was_changed(config: Path, sqlite_store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """Whole points verify with 0; one that was changed outside the program is named, with 1."""
    run(config, "snapshot", "create", "--kind", "baseline", capsys=capsys)
    code, out, _ = run(config, "snapshot", "verify", capsys=capsys)
    assert (code, "som den frystes" in out) == (0, True)
    with sqlite_store.write() as connection:
        connection.execute(update(schema.snapshot).values(as_of="1999-01-01"))
    code, out, _ = run(config, "snapshot", "verify", "1", capsys=capsys)
    assert code == 1
    assert "namn, dag eller strategi" in out


def test_a_story_is_erased_on_request(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Erasing takes a story out of every point in a person's name, and the points still verify, saying so."""
    run(config, "snapshot", "create", "--kind", "baseline", capsys=capsys)
    code, _, err = run(config, "snapshot", "erase", "1", "--why", "Begärt", "--as", "anna", capsys=capsys)
    assert (code, "1 del." in err) == (0, True)
    code, out, _ = run(config, "snapshot", "verify", capsys=capsys)
    assert (code, "1 del är raderad" in out) == (0, True)


def test_the_report_is_a_table_and_a_file(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The follow-up table stands by responsible body on the screen, in CSV and in Excel with numbers as numbers."""
    out = run(config, "strategy", "report", capsys=capsys)[1]
    assert [line.split()[0] for line in out.splitlines()[1:]] == ["Regionen", "Kommunerna"]
    code, csv, _ = run(config, "strategy", "report", "--format", "csv", capsys=capsys)
    assert (code, "Fler i arbete" in csv) == (0, True)
    assert run(config, "strategy", "report", "--format", "excel", capsys=capsys)[0] == 2
    file = tmp_path / "uppfoljning.xlsx"
    assert run(config, "strategy", "report", "--format", "excel", "--output", str(file), capsys=capsys)[0] == 0
    (sheet,) = read(file.read_bytes(), file.name)
    assert 81.4 in sheet.rows[1].cells


def test_the_manuals_check_holds(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The lines of the manual find a point whole that is, and one with a changed letter not."""
    manual = (Path(__file__).parents[1] / "docs" / "measuring-points.md").read_text(encoding="utf-8")
    (lines,) = re.findall(r"```python\n(.*?)```", manual, re.DOTALL)
    run(config, "snapshot", "create", "--kind", "baseline", capsys=capsys)
    out = run(config, "--json", "snapshot", "show", "1", capsys=capsys)[1]
    for told, code in ((out, 0), (out.replace("Fler i arbete", "Fler i arbeten"), 1)):
        done = subprocess.run([sys.executable, "-c", lines], input=told.encode(), capture_output=True, check=False)
        assert done.returncode == code, done.stderr
