"""Column types that refuse what would be stored wrongly."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, Table
from sqlalchemy.types import TypeDecorator


class Moment(TypeDecorator[datetime]):
    """An aware moment, stored in UTC. SQLite drops zones, so a naive value is refused and UTC put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive moment with ValueError; hand the database UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without a zone cannot be stored: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give back an aware moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values of columns as the trail keeps them: moments as text."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def from_json(table: Table, kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return values that ``as_json`` kept, as their columns take them."""
    return {
        name: datetime.fromisoformat(value) if value and isinstance(table.c[name].type, Moment) else value
        for name, value in kept.items()
    }
