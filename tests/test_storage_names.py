"""The names that posts have in single places."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import event

from builders import candidate, ingest
from collecting import rows
from storage.store import Store


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """Collect what a store asks of its database."""
    seen: list[str] = []

    def note(*told: Any) -> None:
        seen.append(told[2])

    event.listen(store.engine, "before_cursor_execute", note)
    yield seen
    event.remove(store.engine, "before_cursor_execute", note)


def test_a_second_server_adds_its_own_name(store: Store) -> None:
    """A post that is known already gets the name that another server has for it; a changed name replaces the old."""
    made = candidate(local=(("https://a.exempel", "17"),))
    ingest(store, made)
    ingest(store, replace(made, local=(("https://b.exempel", "4"),)))
    ingest(store, replace(made, local=(("https://b.exempel", "5"), ("https://a.exempel", "17"))))
    found = [(row["post_id"], row["place"], row["name"]) for row in rows(store, "post_name")]
    assert found == [(1, "https://a.exempel", "17"), (1, "https://b.exempel", "5")]


def test_names_of_a_page_are_one_statement(store: Store) -> None:
    """However many posts a page has, their names are written at once; a page without names writes none."""
    with statements(store) as seen:
        ingest(store, *(candidate(local=(("https://a.exempel", str(number)),)) for number in range(50)))
        ingest(store, candidate())
    assert len([each for each in seen if "post_name" in each]) == 1
