"""Answers of each kind of server, beside the records that they must become."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from campaign.records import Candidate
from collector.networks import statuses

DATA = Path(__file__).parent / "data/networks/mastodon"
ANSWERS = sorted(path.stem for path in DATA.glob("*.json") if not path.stem.endswith(".expected"))


def told(candidate: Candidate) -> dict[str, Any]:
    """A record as its file holds it: what it says, without what it leaves empty."""
    found = json.loads(json.dumps(asdict(candidate), default=lambda moment: moment.isoformat()))
    return {key: value for key, value in found.items() if value not in (None, "", [], False)}


@pytest.mark.parametrize("name", ANSWERS)
def test_each_answer_becomes_its_records(name: str) -> None:
    """Every field of every server's dialect finds its place, and nothing else is made up."""
    answer = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    found = [statuses.candidate(status, server="https://asked.example") for status in answer]
    expected = json.loads((DATA / f"{name}.expected.json").read_text(encoding="utf-8"))
    assert [told(each) for each in found if each] == expected


def test_every_answer_says_where_it_comes_from() -> None:
    """No file without its origin."""
    origin = (DATA / "ORIGIN.md").read_text(encoding="utf-8")
    assert [name for name in ANSWERS if f"`{name}.json`" not in origin] == []
