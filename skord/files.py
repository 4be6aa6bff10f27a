"""Finds what ships with the program beside its modules: the sample configuration and the ready strategies."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

_FOLDER = "shipped"
"""In a checkout links to ``config.toml`` and ``strategies/`` at its root; in the wheel the files themselves."""


def shipped(name: str) -> Path:
    """Return the path of "config.toml", "strategies" or "strategies/<file>", to be read and never written.

    Raises FileNotFoundError: such a name is a mistake of ours, not of the user's.
    """
    path = Path(str(files("skord"))) / _FOLDER / name
    if not path.exists():
        raise FileNotFoundError(path)
    return path
