"""``skord import`` from outside: what it prints, how it ends, and what becomes of it when it is killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from skord.cli import main
from storage.engine import make_engine
from test_skord_cli import CONFIG, made, run

DATA = Path(__file__).parent / "data" / "networks" / "import"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration with a source that takes files, and its database."""
    path = tmp_path / "config.toml"
    path.write_text(CONFIG + '\n[source.gammalt]\nkind = "import"\nrights = "own"\n', encoding="utf-8")
    return made(path)


def identities(config: Path) -> list[str]:
    """The names of all stored posts."""
    engine = make_engine(f"sqlite:///{config.parent / 'data' / 'skord.db'}")
    with engine.connect() as connection:
        found = [row[0] for row in connection.exec_driver_sql("SELECT identity FROM post ORDER BY id")]
    engine.dispose()
    return found


def test_report(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The report counts what came in and names each row that nobody can read with its line and why; exit 1."""
    code, out, _ = run(config, "import", str(DATA / "excel.csv"), "--source", "gammalt", capsys=capsys)
    assert code == 1
    assert "tabell" in out
    assert "rad 7: ”05/04/2014” kan läsas på två sätt. Skriv 2014-05-03." in out
    assert "rad 11: citattecknen går inte ihop" in out
    assert len(identities(config)) == 5


def test_as_json(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json one object says the same."""
    capsys.readouterr()
    assert main(["--config", str(config), "--json", "import", str(DATA / "x"), "--source", "gammalt"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["format"], told["new"], told["pictures"], told["unreadable"]) == ("x", 5, 1, 3)
    assert told["passed"] == {"edited": 1, "repost": 1}
    assert [(row["row"], row["key"]) for row in told["unreadable_rows"]] == [(8, "date"), (9, "object"), (10, "object")]


def test_twice(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same archive again adds nothing, and ends well where all its rows can be read."""
    archive = str(DATA / "mastodon" / "outbox.json")
    run(config, "import", archive, "--source", "gammalt", capsys=capsys)
    before = identities(config)
    run(config, "import", archive, "--source", "gammalt", capsys=capsys)
    assert identities(config) == before
    assert len(before) == 3


def test_dry_run(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A dry run says so, and what would come in."""
    code, _, err = run(config, "import", str(DATA / "facebook"), "--source", "gammalt", "--dry-run", capsys=capsys)
    assert code == 1
    assert "Inget har lagrats" in err
    assert identities(config) == []


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("/nowhere.csv", "--source", "gammalt"), 2, "Det finns ingen fil"),
        ((str(DATA / "excel.csv"), "--source", "borta"), 2, "Det finns ingen källa"),
        ((str(DATA / "excel.csv"), "--source", "nyheter"), 2, "tar inte emot filer"),
        ((str(DATA / "ORIGIN.md"), "--source", "gammalt"), 1, "ingen rubrikrad"),
        ((str(DATA / "excel.csv"), "--source", "gammalt", "--format", "instagram"), 1, ""),
    ],
)
def test_wrong_use_is_told(
    words: tuple[str, ...], code: int, said: str, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be brought in ends with a sentence and its exit code."""
    ended, out, err = run(config, "import", *words, capsys=capsys)
    assert ended == code
    assert said in err + out
    assert "Traceback" not in err


def test_sources_that_are_brought_are_not_asked(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Asking such a source says what it is for."""
    code, out, err = run(config, "collect", "gammalt", capsys=capsys)
    assert code in {1, 2}
    assert "skord import" in out + err


@pytest.mark.parametrize("after", [0.05, 0.4, 1.0])
def test_killed_in_the_middle(after: float, config: Path, tmp_path: Path) -> None:
    """Killed with -9 at any moment and run again, every post is there once and nothing is skipped."""
    path = tmp_path / "stor.csv"
    lines = (f"Inlägg {number} #hallandväxer;https://www.example.se/{number};2014-05-03" for number in range(3000))
    path.write_text("\n".join(["text;url;datum", *lines]), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "skord.cli",
        "--config",
        str(config),
        "--json",
        "import",
        str(path),
        "--source",
        "gammalt",
    ]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    began = time.monotonic()
    while not identities(config) and running.poll() is None and time.monotonic() - began < 60:
        time.sleep(0.01)
    time.sleep(after)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    killed_at = len(identities(config))
    assert killed_at % 200 == 0
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["new"] == 3000 - killed_at
    found = identities(config)
    assert sorted(found) == sorted(f"example.se/{number}" for number in range(3000))
