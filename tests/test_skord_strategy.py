"""The strategy file and the desk: what is loaded at start, what stands, and what the commands say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from campaign.strategy import parse
from conftest import NOW
from skord.cli import main
from skord.commands import serve
from skord.wiring import House
from storage.store import Actor
from storage.strategy import find_strategy, read_document, read_strategies, save_strategy, versions

CONFIG = """
[site]
name = "Halland växer"
owner = "Region Exempel"
base_url = "http://127.0.0.1:8000"
contact = "info@example.se"

[storage]
url = "sqlite:///data/skord.db"
media = "data/media"

[campaign.hallandvaxer]
name = "Halland växer"
hashtags = ["#hallandväxer"]
strategy = ["egen.toml", "storre.toml"]
"""

OWN = """\
[strategy]
id = "egen"
title = "Den egna"
owner = "Regionen"
period = "2020-2024"
[node.a]
title = "Ett område"
serves = ["storre/x"]
"""
LARGER = OWN.replace("egen", "storre").replace("Den storre", "Den större").replace("node.a", "node.x")
LARGER = LARGER.replace('serves = ["storre/x"]\n', "")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration with two strategies, and its database."""
    path = tmp_path / "config.toml"
    path.write_text(CONFIG, encoding="utf-8")
    (tmp_path / "egen.toml").write_text(OWN, encoding="utf-8")
    (tmp_path / "storre.toml").write_text(LARGER, encoding="utf-8")
    assert main(["--config", str(path), "database", "upgrade"]) == 0
    return path


def start(config: Path) -> House:
    """Load strategies as a start of the program does."""
    house = House(config=config, clock=lambda: NOW)
    serve.load_strategies(house)
    return house


def at_desk(house: House, title: str) -> None:
    """Give the area of the own strategy another title, as a form at the desk would."""
    document = parse(OWN.replace("Ett område", title), "egen.toml")
    save_strategy(house.store, "hallandvaxer", document, origin="desk", by=Actor(kind="person"), now=NOW)


def title(house: House) -> str:
    """The title of that area as it holds."""
    tree = find_strategy(house.store, "egen")
    assert tree is not None
    return tree.nodes[0].title


def run(config: Path, *words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(["--config", str(config), *words])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_the_first_file_is_the_campaigns_own(config: Path) -> None:
    """Of a list all are loaded, in its order, and what the first serves in the second is found."""
    house = start(config)
    assert [(tree.id, tree.position) for tree in read_strategies(house.store, "hallandvaxer")] == [
        ("egen", 0),
        ("storre", 1),
    ]
    assert house.settings.campaigns["hallandvaxer"].strategy == config.parent / "egen.toml"
    house.close()
    config.write_text(CONFIG.replace('"egen.toml", "storre.toml"', '"storre.toml", "egen.toml"'), encoding="utf-8")
    house = start(config)
    assert [tree.id for tree in read_strategies(house.store, "hallandvaxer")] == ["storre", "egen"]
    house.close()


def test_one_strategy_is_written_without_brackets(config: Path) -> None:
    """A configuration from before lists keeps its meaning."""
    config.write_text(CONFIG.replace('["egen.toml", "storre.toml"]', '"egen.toml"'), encoding="utf-8")
    assert House(config=config).settings.campaigns["hallandvaxer"].strategies == (config.parent / "egen.toml",)


def test_a_file_that_did_not_change_leaves_the_desks_version(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the desk made stands over any number of starts, and nothing is said of it."""
    house = start(config)
    at_desk(house, "Ändrat på redaktionen")
    house.close()
    capsys.readouterr()
    house = start(config)
    assert (title(house), capsys.readouterr().err) == ("Ändrat på redaktionen", "")
    house.close()


def test_a_changed_file_is_loaded_at_the_next_start(config: Path) -> None:
    """Where the desk has made nothing since, the file holds, as a new version."""
    start(config).close()
    (config.parent / "egen.toml").write_text(OWN.replace("Ett område", "Nytt i filen"), encoding="utf-8")
    house = start(config)
    assert (title(house), len(versions(house.store, "egen"))) == ("Nytt i filen", 2)
    house.close()


def test_where_file_and_desk_both_changed_the_desk_stands_until_somebody_decides(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The start says so and how to let the file hold; the command refuses without --replace, and obeys with it."""
    house = start(config)
    at_desk(house, "Ändrat på redaktionen")
    house.close()
    file = config.parent / "egen.toml"
    file.write_text(OWN.replace("Ett område", "Nytt i filen"), encoding="utf-8")
    capsys.readouterr()
    house = start(config)
    assert title(house) == "Ändrat på redaktionen"
    assert "--replace" in capsys.readouterr().err
    house.close()
    code, _, told = run(config, "strategy", "load", str(file), capsys=capsys)
    assert (code, "redaktionen" in told) == (1, True)
    code, _, _ = run(config, "strategy", "load", str(file), "--replace", capsys=capsys)
    house = House(config=config, clock=lambda: NOW)
    assert (code, title(house)) == (0, "Nytt i filen")
    house.close()
    assert run(config, "strategy", "load", capsys=capsys)[0] == 0


def test_the_desk_and_the_file_may_come_to_say_the_same(config: Path) -> None:
    """A planner who brings the desk's change into the file is not refused at the change after that."""
    house = start(config)
    at_desk(house, "Ändrat på redaktionen")
    house.close()
    file = config.parent / "egen.toml"
    assert main(["--config", str(config), "strategy", "load", str(file), "--replace"]) == 0
    file.write_text(OWN.replace("Ett område", "Ändrat på redaktionen"), encoding="utf-8")
    start(config).close()
    file.write_text(OWN.replace("Ett område", "Och en gång till"), encoding="utf-8")
    house = start(config)
    assert title(house) == "Och en gång till"
    house.close()


def test_the_commands_show_what_holds_and_what_held(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Versions are listed with what they changed; an old one is shown and printed; what is printed can be loaded."""
    house = start(config)
    at_desk(house, "Ändrat på redaktionen")
    house.close()
    code, out, _ = run(config, "--json", "strategy", "versions", "egen", capsys=capsys)
    rows = [json.loads(line) for line in out.splitlines()]
    assert [(row["version"], row["changed"], row["added"]) for row in rows] == [(2, "a", ""), (1, "", "a")]
    code, out, _ = run(config, "strategy", "show", "egen", "--version", "1", capsys=capsys)
    assert (code, "Ett område" in out) == (0, True)
    code, out, _ = run(config, "strategy", "print", "egen", capsys=capsys)
    house = House(config=config)
    assert (code, parse(out, "utskrift")) == (0, read_document(house.store, "egen"))
    house.close()


def test_a_strategy_that_is_not_there_or_not_named_is_said(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown id names the known ones; printing one of several asks which."""
    start(config).close()
    code, _, told = run(config, "strategy", "show", "annan", capsys=capsys)
    assert (code, "egen, storre" in told) == (1, True)
    code, _, told = run(config, "strategy", "print", capsys=capsys)
    assert (code, "egen, storre" in told) == (2, True)


def test_a_file_that_is_no_text_is_told_with_its_name(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file of other bytes, or a folder, is a problem of the configuration with the file's name."""
    file = config.parent / "egen.toml"
    file.write_bytes(b"\xff\xfe\x00")
    code, _, told = run(config, "strategy", "load", str(file), capsys=capsys)
    assert (code, str(file) in told) == (2, True)
    code, _, told = run(config, "strategy", "load", str(config.parent), capsys=capsys)
    assert (code, str(config.parent) in told) == (2, True)


def test_the_history_names_the_strategy_that_was_saved(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A version is a line that says by what it was saved, and of which strategy."""
    start(config).close()
    code, out, _ = run(config, "log", capsys=capsys)
    assert (code, "sparade en ny version av Den egna" in out) == (0, True)
