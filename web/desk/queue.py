"""The queue: what waits for a person, newest first, filtered and counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, partial
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from campaign.errors import InputError
from campaign.places import offer
from campaign.records import Role, Story
from storage.bulk import Deed
from storage.facets import facets, places
from storage.queue import Filters, Pile, QueuePage, Spot, counts, in_pile, queue_page
from storage.sources import list_health
from storage.stories import get_stories
from storage.strategy import TreeNode, list_nodes
from storage.trail import trail
from web.desk import asked as address
from web.desk.asked import Asked
from web.desk.bulk_done import result_of
from web.desk.cards import Cards, DeskCard
from web.desk.narrow import Narrow, around, tops
from web.desk.rule_cards import rule_lines
from web.desk.rule_words import RuleWords
from web.desk.trail import Line, headline, lines, recent
from web.desk.views import Chip, chips
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

_PAGE = 20

#: What an address may say went wrong.
PROBLEMS = frozenset(
    (
        "story_changed",
        "undo_overtaken",
        "story_missing",
        "story_itself",
        "story_elsewhere",
        "node_ended",
        "split_none",
        "split_all",
        "view_unnamed",
        "view_taken",
        "views_full",
        "bulk_none",
        "second_same",
        "flag_of_another",
        "undo_flagged",
        "note_of_another",
        "note_old",
        "follow_itself",
        "follow_elsewhere",
        "follow_circle",
    )
)

#: Why stories are hidden; beside these a person may write a reason of their own.
REASONS = ("off_topic", "advert", "double", "unsuitable", "asked")

#: So many days a story can be put off by one press.
DAYS = (1, 7, 30)


#: What can be done to many stories at once, where a pile allows for less than everything.
DEEDS = {
    Pile.WAITING: (Deed.APPROVE, Deed.HIDE, Deed.LATER, Deed.ATTACH),
    Pile.SECOND: (Deed.HIDE, Deed.LATER, Deed.ATTACH),
    Pile.LATER: (Deed.APPROVE, Deed.HIDE, Deed.LATER, Deed.RESTORE, Deed.ATTACH),
    Pile.APPROVED: (Deed.HIDE, Deed.RESTORE, Deed.ATTACH),
    Pile.HIDDEN: (Deed.RESTORE, Deed.ATTACH),
}


@dataclass(frozen=True, kw_only=True)
class Queue:
    """One person's look at the queue of one campaign."""

    desk: Desk
    asked: Asked

    @cached_property
    def cards(self) -> Cards:
        """What makes cards of stories."""
        desk = self.desk
        return Cards(
            desk.store, desk.campaign, site_language=desk.settings.site.language, sources=desk.settings.sources,
            now=desk.now,
        )  # fmt: skip

    @property
    def tree(self) -> list[TreeNode]:
        """The nodes of the campaign's strategies."""
        return self.cards.tree

    @cached_property
    def page(self) -> QueuePage:
        """The stories that the address asks for."""
        before = Spot.read(self.desk.asked("before"))
        return queue_page(self.desk.store, self.filters, now=self.desk.now, before=before, limit=_PAGE)

    @cached_property
    def counts(self) -> dict[Pile, int]:
        """How many stories each pile has under these filters."""
        return counts(self.desk.store, self.filters, now=self.desk.now)

    @cached_property
    def nav(self) -> dict[str, int]:
        """The numbers in the desk's head. Where nothing narrows the piles, the first says how many stories wait.

        Of the stories that wait for a second approval only others' first ones are this person's to act on.
        """
        if self.asked.is_narrowed or self.counts[Pile.SECOND]:
            return self.desk.nav()
        return self.desk.nav(queue=self.counts[Pile.WAITING])

    @cached_property
    def recent(self) -> list[Line]:
        """What was decided lately."""
        nodes = {node.id: node.title for node in self.tree}
        return recent(self.desk.store, self.desk.campaign.id, self.desk.language, nodes=nodes)

    @property
    def back(self) -> str:
        """The address of this look, without its page."""
        return self.desk.url("/desk", **self.asked.query()).removeprefix(self.desk.view.base)

    def make(self, stories: list[Story]) -> list[DeskCard]:
        """Return the cards of stories."""
        return self.cards.make(stories)

    def card(self, story_id: int, *, only_here: bool) -> DeskCard | None:
        """Return a story's card as it is now; with ``only_here`` None where the filters no longer show it."""
        if only_here and not in_pile(self.desk.store, self.filters, [story_id], now=self.desk.now):
            return None
        return next(iter(self.make(get_stories(self.desk.store, [story_id], public=False))), None)

    def told(self, **more: Any) -> dict[str, Any]:
        """Return what the templates of the queue are told."""
        return {
            "queue": self,
            "headline": partial(headline, language=self.desk.language),
            "rule_lines": lambda hits: rule_lines(hits, words_of(self.desk, self.tree)),
            "asked": self.asked,
            "piles": list(Pile),
            "counts": self.counts,
            "nav": self.nav,
            "recent": self.recent,
            "back": self.back,
            "tree": self.tree,
            "reasons": REASONS,
            "days": DAYS,
            "problem": None,
            "live": True,
        } | more

    @property
    def next_run(self) -> str:
        """When something may come in, in a sentence."""
        desk = self.desk
        health = [
            source
            for source in list_health(desk.store, now=desk.now)
            if desk.campaign.id in source.campaigns and not source.paused
        ]
        if any(source.running for source in health):
            return desk.t("desk.empty.asking")
        if not health:
            return desk.t("desk.empty.no_sources")
        soonest = max(min(source.next_attempt_at for source in health), desk.now + timedelta(minutes=1))
        return desk.t("desk.empty.next_run", when=desk.ago(soonest))

    @cached_property
    def narrow(self) -> Narrow:
        """The filters in words, with their choices and numbers."""
        store = self.desk.store
        known = around(offer(self.desk.campaign.places).register, places(store, self.desk.campaign.id))
        found = facets(store, self.filters, now=self.desk.now, tops=tops(self.tree), around=known)
        return Narrow(desk=self.desk, asked=self.asked, tree=self.tree, facets=found)

    @cached_property
    def views(self) -> list[Chip]:
        """The saved looks."""
        return chips(self.desk, self.asked)

    @property
    def deeds(self) -> list[Deed]:
        """What can be done to many stories of this pile at once."""
        return list(DEEDS.get(self.asked.pile, Deed))

    @cached_property
    def filters(self) -> Filters:
        """What the storage is asked for."""
        return self.asked.filters(self.desk.campaign, self.tree, self.desk.settings.site.timezone)


@router.get("/desk")
def queue_at_desk(desk: AtDesk) -> Response:
    """Show the queue; to a script that asks for older cards, those alone."""
    queue = Queue(desk=desk, asked=address.read(desk.request.query_params))
    cards = queue.make(list(queue.page.stories))
    if desk.is_htmx and desk.asked("before"):
        return desk.page("desk/more.html", **queue.told(cards=cards, before=queue.page.before))
    done = pressed(desk, desk.asked("done"))
    many = result_of(desk, desk.asked("bulk")) if desk.may(Role.REVIEWER) else None
    problem = desk.asked("problem")
    told = desk.explain(InputError("", problem)) if problem in PROBLEMS else None
    told_of = {"done": done, "told": told, "many": many}
    return desk.page("desk/queue.html", **queue.told(cards=cards, before=queue.page.before, **told_of))


def pressed(desk: Desk, group: str) -> Line | None:
    """Return the press that an address speaks of, None where it was undone or there is none."""
    if not (group.isalnum() and len(group) == 32):
        return None
    nodes = {node.id: node.title for node in list_nodes(desk.store, desk.campaign.id)}
    found = lines(trail(desk.store, group=group), desk.language, nodes=nodes)
    return next((line for line in found if not line.undone), None)


def words_of(desk: Desk, tree: list[TreeNode]) -> RuleWords:
    """Return what says rules in the person's language."""
    return RuleWords(
        language=desk.language,
        sources=source_names(desk),
        # A code that is a number is what people say; others are made for addresses.
        nodes={node.id: f"{node.code} {node.title}" if node.code[:1].isdigit() else node.title for node in tree},
        places={place.id: place.name for place in offer(desk.campaign.places).places},
    )


def source_names(desk: Desk) -> dict[str, str]:
    """Return what the sources of the configuration are called."""
    return {source.id: source.name or source.id for source in desk.settings.sources.values()}
