"""Runs migrations on the connection that ``storage.engine`` hands over."""

from typing import Any, Literal

from alembic import context

from storage.columns import Moment
from storage.schema import SEARCH_TABLES, metadata


def _render(kind: str, item: Any, _: Any) -> str | Literal[False]:
    return "Moment()" if kind == "type" and isinstance(item, Moment) else False


def _ours(item: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:  # noqa: ARG001
    return not (kind == "table" and name is not None and name.startswith(SEARCH_TABLES))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=True,
    render_item=_render,
    include_object=_ours,
    compare_type=False,
)
with context.begin_transaction():
    context.run_migrations()
