"""The public API: what it answers, what it refuses, and what it never tells."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from builders import approved, node, story
from campaign.figures import Weight
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.store import Store
from website import Answer, Website, settings


@pytest.fixture
def site(store: Store, tmp_path: Path) -> Iterator[Website]:
    with Website(settings(tmp_path), store) as running:
        yield running


def asked(site: Website, path: str, **headers: str) -> Any:
    """The JSON of an answer that went well."""
    answer = site.get(f"/api/v1{path}", **headers)
    assert answer.status == 200, answer.text
    return json.loads(answer.text)


def test_campaign(site: Website) -> None:
    assert asked(site, "/campaign")["id"] == "hallandvaxer"
