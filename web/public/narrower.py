"""What the stories of a place, a network or an organisation are about and who tells them: ways on into the archive."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from web.house import Visit
from web.public.asked import Asked, wanted_of
from web.public.facets import Group, narrowing

_MOST = 8


def narrower(visit: Visit, asked: Asked, names: tuple[str, ...]) -> dict[str, Any]:
    """Return what a page hands to ``parts/narrower.html``: its groups of these names, each with a few choices."""
    found = {group.name: group for group in narrowing(visit, asked, wanted_of(visit, asked)).groups}
    groups: list[Group] = []
    for name in names:
        choices = found[name].choices if name in found else ()
        kept = tuple(each for each in choices if each.count and not each.on)
        if kept:
            groups.append(replace(found[name], choices=kept[:_MOST]))
    return {"narrower": groups, "narrower_query": asked.query()}
