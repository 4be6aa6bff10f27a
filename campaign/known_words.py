"""The word lists of the search (``data/words.toml``), read when first asked for, and once."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def known_words(name: str) -> tuple[str, ...]:
    """Return the words of one list, in their order."""
    return tuple(_lists()[name].split())


@cache
def _lists() -> dict[str, str]:
    return tomllib.loads(files("campaign").joinpath("data/words.toml").read_text(encoding="utf-8"))
