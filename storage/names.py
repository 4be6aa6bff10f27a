"""The names that posts have in single places: a server's own id, a feed's guid. Re-checks and streams need them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from storage import schema


def _keep_names(connection: Connection, names: Iterable[tuple[int, tuple[tuple[str, str], ...]]]) -> None:
    """Record what posts, by id, are called where; one statement. A place's newer name for a post replaces its older."""
    found = {(post_id, place): name for post_id, pairs in names for place, name in pairs}
    if not found:
        return
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(schema.post_name)
    given = statement.excluded.name
    # In the order of the keys, so that two who write the same never wait for each other.
    rows = [{"post_id": post_id, "place": place, "name": name} for (post_id, place), name in sorted(found.items())]
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["post_id", "place"], set_={"name": given}, where=schema.post_name.c.name != given
        ),
        rows,
    )
