"""What appeared, changed and was taken away since a public revision, for whoever keeps a copy."""

from __future__ import annotations

import msgspec

from storage.archive import Change, changed_since
from storage.beside import shelf_paths
from storage.shelf import Kind
from storage.store import Store
from web.api import models
from web.api.call import Call
from web.api.problems import Trouble
from web.api.writing import Kept

_MOST_REVISION = 2**62


def changes(call: Call, kept: Kept) -> models.ChangePage:  # noqa: ARG001 - every answer has the same shape
    """Answer with the changes after a revision, oldest first; whole revisions, so a few more than asked may come.

    Trouble ``ahead`` for a revision that the archive has not reached: it was put back from a backup.
    """
    since, limit = call.number("since", 0, _MOST_REVISION, 0), call.limit
    if since > call.view.revision:
        raise Trouble("ahead", revision=call.view.revision)
    found = changed_since(call.store, call.campaign.id, since, limit=limit)
    until = found[-1].changed if found else since
    query = {**call.params, "since": str(until)}
    return models.ChangePage(
        items=told(call.store, found, site=call.site("")),
        since=until,
        next=call.api("/changes", query) if len(found) >= limit else None,
    )


def told(store: Store, found: list[Change], *, site: str) -> list[models.Change]:
    """Return changes as the API and the receiver of changes are told them: what and when, no words of anybody's.

    ``site`` is the address of the campaign's pages. A story that is gone keeps its address, which says so.
    """
    others = [(str(each.kind), each.subject) for each in found if each.kind is not Kind.STORY and not each.gone]
    paths = shelf_paths(store, others) if others else {}
    return [
        models.Change(
            kind=str(each.kind),  # type: ignore[arg-type] # the kinds of the shelf are those of the type
            id=each.subject,
            revision=each.changed,
            at=each.at,
            gone=each.gone,
            url=_url(site, each, paths),
        )
        for each in found
    ]


def plain(store: Store, found: list[Change], *, site: str) -> list[dict[str, object]]:
    """Return the same for who writes the JSON by another hand."""
    return [dict(msgspec.to_builtins(each)) for each in told(store, found, site=site)]


def _url(site: str, change: Change, paths: dict[tuple[str, int], str]) -> str | None:
    if change.kind is Kind.STORY:
        return f"{site}/stories/{change.subject}"
    path = paths.get((str(change.kind), change.subject))
    return site + path if path is not None else None
