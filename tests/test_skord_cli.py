import argparse
import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from builders import approved
from campaign.errors import CollectError
from skord.cli import main, parser
from skord.commands.serve import listen
from skord.wiring import House
from storage import schema
from storage.archive import Wanted, browse
from storage.sources import claim_source, finish_run
from storage.store import open_store

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
aliases = ["#hallandvaxer"]

[source.nyheter]
kind = "feed"
url = "https://www.example.se/nyheter.rss"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A small right configuration in an empty folder."""
    path = tmp_path / "config.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def made(config: Path) -> Path:
    """The configuration, with its database made."""
    assert main(["--config", str(config), "database", "upgrade"]) == 0
    return config


def run(config: Path, *words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(["--config", str(config), *words])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_help_is_quick() -> None:
    """Asking for help imports none of the heavy libraries."""
    watch = (
        "import sys\nfrom skord.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'sqlalchemy', 'httpx', 'fastapi', 'jinja2', 'feedparser', 'apscheduler', 'PIL'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", watch], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_wrong_use_ends_with_2(config: Path) -> None:
    """A command that does not exist ends with 2."""
    with pytest.raises(SystemExit) as ended:
        main(["--config", str(config), "water"])
    assert ended.value.code == 2


def test_a_wrong_configuration_ends_with_2_and_names_the_line(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt key is told with file, line and advice."""
    config.write_text(CONFIG.replace("kind =", "knid ="), encoding="utf-8")
    code, out, err = run(config, "config", "check", capsys=capsys)
    assert (code, out) == (2, "")
    assert "config.toml:18" in err
    assert "source.nyheter.knid" in err


def test_a_missing_database_ends_with_3(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every command but serve and upgrade says that there is no database, and makes none."""
    code, _, err = run(config, "post", "list", capsys=capsys)
    assert code == 3
    assert "skord serve" in err
    assert not (config.parent / "data" / "skord.db").exists()


def test_a_foreign_database_ends_with_3_and_is_kept(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is no database of ours is not touched."""
    path = config.parent / "data" / "skord.db"
    path.parent.mkdir()
    path.write_bytes(b"somebody's notes")
    code, _, err = run(config, "database", "upgrade", capsys=capsys)
    assert code == 3
    assert str(path) in err
    assert path.read_bytes() == b"somebody's notes"


def test_upgrading_draws_what_is_drawn_from_the_rest(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A database from before the archive was drawn has it when the upgrade ends, not when the first reader comes."""
    made(config)
    store = open_store(f"sqlite:///{config.parent / 'data' / 'skord.db'}", media=config.parent, secret=b"x" * 32)
    approved(store)
    with store.write() as connection:
        for table in (schema.shelf_drawn, schema.shelf):
            connection.execute(table.delete())
    assert run(config, "database", "upgrade", capsys=capsys)[0] == 0
    assert len(browse(store, "hallandvaxer", Wanted(), limit=5).hits) == 1
    store.close()


def test_an_account_is_added_and_listed(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first account can be made without a browser, its password from a file."""
    made(config)
    secret = config.parent / "password"
    secret.write_text("ett långt lösenord 2026\n", encoding="utf-8")
    words = ("account", "add", "anna", "--role", "administrator", "--password-file", str(secret))
    assert run(config, *words, capsys=capsys)[0] == 0
    code, out, _ = run(config, "--json", "account", "list", capsys=capsys)
    assert code == 0
    told = {"name": "anna", "role": "administrator", "campaigns": "", "called": "anna", "disabled": None}
    assert json.loads(out) == told


def test_a_backup_can_be_proved_and_put_back(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was written after the backup is gone after restoring it, and the later database is kept beside."""
    made(config)
    folder = config.parent / "copies"
    code, out, _ = run(config, "database", "backup", str(folder), capsys=capsys)
    assert code == 0
    copy = out.strip()
    secret = config.parent / "password"
    secret.write_text("ett långt lösenord 2026", encoding="utf-8")
    run(config, "account", "add", "sen", "--role", "reader", "--password-file", str(secret), capsys=capsys)
    assert run(config, "database", "restore", copy, "--verify", capsys=capsys)[0] == 0
    assert "sen" in run(config, "account", "list", capsys=capsys)[1]
    assert run(config, "database", "restore", copy, capsys=capsys)[0] == 0
    assert "sen" not in run(config, "account", "list", capsys=capsys)[1]
    assert list((config.parent / "data").glob("skord.db.before-*"))


def test_a_broken_backup_is_refused(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A backup that could not be restored is never put in place of what works."""
    made(config)
    broken = config.parent / "broken"
    broken.mkdir()
    (broken / "skord.db").write_bytes(b"SQLite format 3\0" + bytes(5000))
    assert run(config, "database", "restore", str(broken), capsys=capsys)[0] == 3
    assert run(config, "account", "list", capsys=capsys)[0] == 0


def test_the_secret_is_made_once_and_readable_by_us_alone(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The installation's secret outlives restarts and has mode 600."""
    made(config)
    run(config, "account", "list", capsys=capsys)
    path = config.parent / "data" / "secret"
    first = path.read_bytes()
    run(config, "account", "list", capsys=capsys)
    assert path.read_bytes() == first
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_new_configuration_is_right_and_never_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``config new`` gives a folder whose configuration holds, strategy included, and leaves what stands there."""
    monkeypatch.chdir(tmp_path)
    assert main(["config", "new", "here"]) == 0
    assert run(tmp_path / "here" / "config.toml", "config", "check", capsys=capsys)[0] == 0
    assert (tmp_path / "here" / "strategies" / "halland-2014-2020.toml").is_file()
    (tmp_path / "here" / "config.toml").write_text("mine", encoding="utf-8")
    assert main(["config", "new", "here"]) == 2
    assert (tmp_path / "here" / "config.toml").read_text(encoding="utf-8") == "mine"


def test_the_port_is_known_as_tcp() -> None:
    """Answers are not held back: asyncio switches Nagle's delay off only where the socket says that it is TCP."""
    with listen("127.0.0.1", 0) as listening:
        assert listening.proto == socket.IPPROTO_TCP


def test_a_decision_needs_a_person(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without an account nothing can be decided; with one it need not be named; with two it must."""
    made(config)
    secret = config.parent / "password"
    secret.write_text("ett långt lösenord 2026", encoding="utf-8")
    decide = ("post", "decide", "1", "approve")
    assert run(config, *decide, capsys=capsys)[0] == 2
    for name, code in (("anna", 1), ("bo", 2)):
        run(config, "account", "add", name, "--role", "editor", "--password-file", str(secret), capsys=capsys)
        # With one account it is the story that is missing (1), with two it is the name (2).
        assert run(config, *decide, capsys=capsys)[0] == code


def test_without_any_account_the_way_to_the_first_is_told(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where nobody can be named, the sentence names the command that makes somebody, and no empty list."""
    made(config)
    code, _, err = run(config, "post", "decide", "1", "approve", capsys=capsys)
    assert code == 2
    assert "skord account add" in err
    assert ": ." not in err


def test_what_came_in_part_is_no_failure(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run in which one of several servers failed is called so, with its error beside it; the exit code is 1."""
    made(config)
    run(config, "source", "list", capsys=capsys)
    house = House(config=config)
    for status, failed in (("partial", False), ("failed", True)):
        now = house.clock()
        claim = claim_source(house.store, "nyheter", now=now)
        assert claim is not None
        error = CollectError("http_server", host="www.example.se", status=503)
        finish_run(house.store, claim, status=status, next_attempt_at=now, now=now, error=error)
        code, out, _ = run(config, "--json", "source", "list", capsys=capsys)
        assert (code, json.loads(out)["status"]) == (1, status)
        code, out, _ = run(config, "source", "list", capsys=capsys)
        assert (code, "misslyckades" in out, "delvis" in out) == (1, failed, not failed)
    house.close()


@pytest.mark.parametrize("words", [("source", "test", "x"), ("collect", "x", "--dry-run")])
def test_a_paid_network_is_told_of_before_it_is_asked(
    config: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    """Trying without storing costs money where reading does: one sentence on stderr; what is free says nothing."""
    config.write_text(CONFIG + '[source.x]\nkind = "x"\nevery = "1h"\nposts_per_month = 100\n', encoding="utf-8")
    made(config)
    _, _, err = run(config, *words, capsys=capsys)
    assert err.count("kostar pengar") == 1
    config.write_text(CONFIG.replace("www.example.se", "127.0.0.1:9"), encoding="utf-8")
    _, _, err = run(config, *["nyheter" if word == "x" else word for word in words], capsys=capsys)
    assert "kostar pengar" not in err


def commands(top: argparse.ArgumentParser, name: str) -> set[str]:
    """Every command that does something, with its group before it."""
    found: set[str] = set()
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, each in action.choices.items():
                found |= commands(each, f"{name} {word}") or {f"{name} {word}"}
    return found


def test_every_command_stands_in_the_manual() -> None:
    """docs/commands.md has a row for each command, and none for a command that is not there."""
    manual = (Path(__file__).parents[1] / "docs" / "commands.md").read_text(encoding="utf-8")
    real = commands(parser(), "skord")
    rows = [f"{row} " for row in re.findall(r"^\| `(skord [^`]+)`", manual, re.MULTILINE)]
    told = [next((name for name in real if row.startswith(f"{name} ")), row) for row in rows]
    assert sorted(told) == sorted(real)
