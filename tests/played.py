"""A network made for a test: its kind and its file, there for as long as the test lasts."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest

from campaign.collecting import Known, Rechecked
from campaign.kinds import KINDS, Kind, Way
from collector.networks.page import Page, Visit


def play(
    monkeypatch: pytest.MonkeyPatch,
    pages: Callable[[Visit], Iterator[Page]],
    *,
    recheck: Callable[[Visit, Sequence[Known]], Iterator[Rechecked]] | None = None,
    name: str = "played",
    way: Way = Way.ASKED,
    **changes: Any,
) -> None:
    """Make a kind known whose network file has these functions."""
    made: dict[str, Any] = {"every": timedelta(hours=1), "floor": timedelta(minutes=1), "options": ()}
    monkeypatch.setitem(KINDS, name, Kind(name=name, network=name, way=way, **(made | changes)))
    module = ModuleType(f"collector.networks.{name}")
    module.__dict__["pages"] = pages
    if recheck is not None:
        module.__dict__["recheck"] = recheck
    monkeypatch.setitem(sys.modules, module.__name__, module)
