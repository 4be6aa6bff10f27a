"""Lays a case's strategies into the demo's folder, from where the program loads them as any other file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from skord.files import shipped
from skord.sample.case import Case


def write(folder: Path, case: Case, *, since: datetime) -> list[Path]:  # noqa: ARG001
    """Return the files of the case's strategies, its own first."""
    return [shipped(f"strategies/{name}.toml").resolve() for name in case.strategies]
