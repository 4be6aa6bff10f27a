"""What a source costs is told before it is switched on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from skord.cli import main

CONFIG = """
[site]
name = "Halland växer"
owner = "Region Halland"
base_url = "http://127.0.0.1:8000"
contact = "a@example.se"

[storage]
url = "sqlite:///data/skord.db"
media = "data/media"

[campaign.hallandvaxer]
name = "Halland växer"
hashtags = ["#hallandväxer"]

[source.x]
kind = "x"
posts_per_month = 200

[source.nyheter]
kind = "feed"
url = "https://www.example.se/rss"
"""


@pytest.fixture
def config(tmp_path: Path) -> str:
    """A configuration file in a folder where nothing was ever collected."""
    file = tmp_path / "config.toml"
    file.write_text(CONFIG, encoding="utf-8")
    return str(file)


def test_calls_and_cost_of_a_month_are_told_without_a_database(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A paid source has its price, a free one only its questions; nothing is created by asking."""
    assert main(["--config", config, "--json", "source", "forecast", "--posts-per-week", "21"]) == 0
    x, feed = map(json.loads, capsys.readouterr().out.splitlines())
    assert (x["source"], x["calls"], x["usd"]) == ("x", 90, 1.35)
    assert (feed["source"], feed["calls"], feed["usd"]) == ("nyheter", 720, None)
    assert not (Path(config).parent / "data/skord.db").exists()


def test_what_is_uncertain_is_said_below(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The table is followed by a sentence on where the price comes from."""
    assert main(["--config", config, "source", "forecast", "x"]) == 0
    assert "augusti 2026" in capsys.readouterr().out


def test_an_unknown_source_is_wrong_use(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The command ends with 2 and names what there is."""
    assert main(["--config", config, "source", "forecast", "saknas"]) == 2
    assert "nyheter" in capsys.readouterr().err
