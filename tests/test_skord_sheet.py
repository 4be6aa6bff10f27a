"""Strategies and figures as spreadsheets, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from campaign.sheets import Sheet, read, rows_of, write_excel
from skord.cli import main
from test_skord_cli import CONFIG, made, run

ROWS = [
    ["Kod", "Typ", "Rubrik", "Mått", "Enhet", "Nolläge år", "Nollvärde", "Senaste år", "Senaste värde", "Mål år",
     "Målvärde"],
    ["1", "insatsområde", "Livskvalitet för alla"],
    ["1.1", "mål", "Fler mår bra", "God hälsa", "procent", 2014, "69,5", 2018, "71,2", 2020, 75],
]  # fmt: skip
ABOUT = [["Strategins namn", "Värmlandsstrategin"], ["Ägare", "Region Värmland"], ["Period", "2014-2020"]]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration and its database."""
    path = tmp_path / "config.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return made(path)


def excel(path: Path, *sheets: tuple[str, list[list[object]]]) -> Path:
    """An Excel file."""
    path.write_bytes(write_excel([Sheet(name=name, rows=rows_of(rows)) for name, rows in sheets]))
    return path


def test_a_planner_begins_with_the_template(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The empty template is written once and never over a file that stands there."""
    file = tmp_path / "mall.xlsx"
    assert run(config, "strategy", "template", str(file), capsys=capsys)[0] == 0
    assert next(sheet.name for sheet in read(file.read_bytes(), "mall.xlsx")) == "Strategi"
    code, _, talk = run(config, "strategy", "template", str(file), capsys=capsys)
    assert code == 2
    assert "finns redan" in talk


def test_import_export_and_import_again(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is imported is exported as Excel, and importing that changes nothing."""
    file = excel(tmp_path / "s.xlsx", ("Strategi", ROWS), ("Om strategin", ABOUT))
    code, out, _ = run(config, "strategy", "import", str(file), "--dry-run", capsys=capsys)
    assert code == 0
    assert "Fler mår bra" in out
    assert run(config, "strategy", "export", str(tmp_path / "x.toml"), capsys=capsys)[0] == 2
    assert run(config, "strategy", "import", str(file), capsys=capsys)[0] == 0
    again = tmp_path / "again.xlsx"
    assert run(config, "strategy", "export", str(again), capsys=capsys)[0] == 0
    capsys.readouterr()
    told = ["--json", "strategy", "import", str(again), "--strategy", "varmlandsstrategin"]
    assert main(["--config", str(config), *told]) == 0
    assert capsys.readouterr().out == ""
    for ending in ("toml", "csv"):
        assert run(config, "strategy", "export", str(tmp_path / f"s.{ending}"), capsys=capsys)[0] == 0


def test_every_problem_ends_with_two(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong sheet is told row by row, and nothing of it is saved."""
    file = excel(tmp_path / "s.xlsx", ("Strategi", [*ROWS, ["1.2", "sak", "Tre"], ["", "mål", "Fyra"]]), ("Om", ABOUT))
    code, _, talk = run(config, "strategy", "import", str(file), capsys=capsys)
    assert code == 2
    assert "rad 4, kolumn B (Typ)" in talk
    assert "rad 5, kolumn A (Kod)" in talk
    assert "Värmlandsstrategin" not in run(config, "strategy", "show", capsys=capsys)[1]


def test_a_new_strategy_is_named_on_the_line(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Title, owner and period may be given beside a file that does not say them."""
    file = excel(tmp_path / "s.xlsx", ("Strategi", ROWS))
    assert run(config, "strategy", "import", str(file), capsys=capsys)[0] == 2
    named = ("--strategy", "v", "--title", "Plan", "--owner", "Vi", "--period", "2014-2020")
    assert run(config, "strategy", "import", str(file), *named, capsys=capsys)[0] == 0
    assert "Fler mår bra" in run(config, "strategy", "show", "v", capsys=capsys)[1]


def test_values_come_in_and_are_revised(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A table of values is stored; the same again changes nothing, another value is a revision."""
    run(config, "strategy", "import", str(excel(tmp_path / "s.xlsx", ("S", ROWS), ("Om", ABOUT))), capsys=capsys)
    told = ("indicator", "import", str(tmp_path / "v.csv"), "--strategy", "varmlandsstrategin")

    def brought(rows: str, *more: str) -> dict[str, object]:
        (tmp_path / "v.csv").write_text(rows, encoding="cp1252")
        capsys.readouterr()
        assert main(["--config", str(config), "--json", *told, *more]) == 0
        found: dict[str, object] = json.loads(capsys.readouterr().out)
        return found

    rows = "Mått;År;Värde\nGod hälsa;2018;71,2\nGod hälsa;2019;71,9\n"
    whole = {"indicator": "1.1", "new": 1, "revised": 0, "unchanged": 1}
    assert brought(rows, "--dry-run") == whole
    assert brought(rows) == whole
    assert brought(rows.replace("71,9", "72,0"))["revised"] == 1
    (tmp_path / "v.csv").write_text("Mått;År;Värde\nNågot;2018;x\n", encoding="utf-8")
    assert run(config, *told, capsys=capsys)[0] == 2
