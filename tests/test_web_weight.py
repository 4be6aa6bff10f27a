"""What a page weighs before its pictures, as it goes over the wire: fonts, style, scripts and words, packed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from builders import account, approved, node
from conftest import NOW
from storage.evidence import attach
from storage.places import set_place
from storage.store import Actor, Store
from website import Website, settings

#: The faces that Swedish words in a story need; others come with letters that few pages have.
FACES = ("newsreader.woff2", "newsreader-italic.woff2", "schibsted-grotesk.woff2")


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path) -> Iterator[Website]:
    """A site with more stories than a page of the archive shows, none with a picture that may be shown."""
    by = Actor(kind="person", account_id=account(sqlite_store))
    area = node(sqlite_store)
    for number in range(40):
        words = " ".join(f"{word}{number * 7 % 13}" for word in ("bron", "skolan", "vägen", "lanthandeln") * 8)
        made = approved(sqlite_store, title=f"Berättelse {number}", text=f"{words} #hallandväxer")
        attach(sqlite_store, made.id, area, by=by, now=NOW)
        set_place(sqlite_store, made.id, "halmstad", by=by, now=NOW)
    with Website(settings(tmp_path), sqlite_store) as website:
        yield website


def packed(site: Website, path: str) -> int:
    """How many bytes an address sends."""
    answer = site.get(path, accept_encoding="gzip")
    assert answer.status == 200, path
    return len(answer.body)


@pytest.mark.parametrize("path", ["/", "/archive", "/stories/1", "/places", "/strategy"])
def test_a_page_weighs_under_a_hundred_kilobytes_before_pictures(site: Website, path: str) -> None:
    """Page, style sheets, scripts and faces together are below 100 kB, the scripts below 25."""
    page = site.get(path).text
    styles = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
    scripts = re.findall(r'<script[^>]* src="([^"]+)"', page)
    root = re.search(r'href="(/static/[0-9a-f]+/)skord\.css"', page)
    assert root is not None
    code = sum(packed(site, each) for each in scripts)
    faces = sum(packed(site, f"{root[1]}fonts/{name}") for name in FACES)
    assert code < 25_000
    assert packed(site, path) + sum(packed(site, each) for each in styles) + faces + code < 100_000
