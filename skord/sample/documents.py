"""Lays a case's strategies into the demo's folder, from where the program loads them as any other file.

A strategy is the one that ships, with the case's invented indicators and a note that says so.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from campaign.strategy import Strategy, as_toml, parse
from skord.files import shipped
from skord.sample import figures
from skord.sample.case import Case


def write(folder: Path, case: Case, *, since: datetime) -> list[Path]:
    """Write the files of the case's strategies, its own first, and return where they lie."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_write(folder / f"{name}.toml", strategy(case, name, since=since)) for name in case.strategies]


def strategy(case: Case, name: str, *, since: datetime) -> Strategy:
    """Return a case's strategy; its own has the case's indicators, whatever its file has."""
    note = case.head["campaign"]["note"]
    if name == case.strategies[0]:
        own = tuple(each.indicator for each in figures.of(case, since))
        return replace(figures.moved(case, since), note=note, indicators=own)
    file = shipped(f"strategies/{name}.toml")
    return replace(parse(file.read_text(encoding="utf-8"), str(file)), note=note, indicators=())


def _write(path: Path, written: Strategy) -> Path:
    path.write_text(as_toml(written), encoding="utf-8")
    return path
