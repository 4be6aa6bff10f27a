"""The strategy as the public reads it: a tree of what is wanted, and under each node the stories that show it."""

from __future__ import annotations

from collections import Counter

from starlette.responses import Response

from campaign.errors import NotFoundError
from storage.archive import Wanted, browse
from web.house import Visit
from web.public.cards import card
from web.public.growth import numbers, trees

_PAGE = 24
_MOST_KEY = 2**62


def strategies(visit: Visit) -> Response:
    """Show the campaign's strategies with their trees."""
    found = trees(visit.house, visit.campaign.id)
    if not found and visit.campaign.strategy is None:
        raise NotFoundError("page")
    counts = {tree.id: _counts(visit, tree.id) for tree in found}
    return visit.page("public/strategies.html", trees=found, counts=counts)


def node(visit: Visit) -> Response:
    """Show one node: what it is, what stands under it, and the stories that are evidence for it."""
    wanted = visit.request.path_params["strategy"]
    tree = next((each for each in trees(visit.house, visit.campaign.id) if each.id == wanted), None)
    found = tree.find(visit.request.path_params["code"]) if tree else None
    if tree is None or found is None:
        raise NotFoundError("page")
    page = browse(
        visit.store,
        visit.campaign.id,
        Wanted(nodes=tree.below(found.id)),
        limit=_PAGE,
        older_than=visit.asked_number("older", 0, _MOST_KEY),
        newer_than=visit.asked_number("newer", 0, _MOST_KEY),
    )
    counts = _counts(visit, tree.id)
    return visit.page(
        "public/node.html",
        tree=tree,
        node=found,
        above=tree.above(found.id),
        children=[each for each in tree.nodes if each.parent_id == found.id],
        counts=counts,
        page=page,
        cards=[card(story, visit.house.settings, visit.view.language, now=visit.view.now) for story in page.stories],
    )


def _counts(visit: Visit, strategy: str) -> Counter[int]:
    """Return how many public stories stand under each node, those of the nodes below it included, each once."""
    tree = next(each for each in trees(visit.house, visit.campaign.id) if each.id == strategy)
    over = {each.id: (each.id, *(above.id for above in tree.above(each.id))) for each in tree.nodes}
    counted: Counter[int] = Counter()
    for entry in numbers(visit.house, visit.campaign.id).entries:
        counted.update({each for own in entry.nodes for each in over.get(own, ())})
    return counted
