"""The queue: what waits for a person, newest first, filtered and counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, partial
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from campaign.errors import InputError
from campaign.records import Story
from storage.queue import Choice, Pile, QueuePage, counts, in_pile, networks, origins, queue_page
from storage.sources import list_health
from storage.stories import get_stories
from storage.strategy import TreeNode, list_nodes
from storage.trail import trail
from web.desk import asked as address
from web.desk.asked import Asked
from web.desk.cards import Cards, DeskCard
from web.desk.trail import Line, headline, lines, recent
from web.desk.visit import AtDesk, Desk, DeskRoute
from web.rendering import network_name

router = APIRouter(route_class=DeskRoute)

_PAGE = 20

#: What an address may say went wrong.
PROBLEMS = frozenset(
    ("story_changed", "undo_overtaken", "story_missing", "story_itself", "story_elsewhere", "split_none", "split_all")
)

#: Why stories are hidden; beside these a person may write a reason of their own.
REASONS = ("off_topic", "advert", "double", "unsuitable", "asked")

#: So many days a story can be put off by one press.
DAYS = (1, 7, 30)


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
        before = self.desk.asked("before")
        key = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
        return queue_page(self.desk.store, self._filters, now=self.desk.now, before=key, limit=_PAGE)

    @cached_property
    def counts(self) -> dict[Pile, int]:
        """How many stories each pile has under these filters."""
        return counts(self.desk.store, self._filters, now=self.desk.now)

    @property
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
        if only_here and not in_pile(self.desk.store, self._filters, [story_id], now=self.desk.now):
            return None
        return next(iter(self.make(get_stories(self.desk.store, [story_id], public=False))), None)

    def told(self, **more: Any) -> dict[str, Any]:
        """Return what the templates of the queue are told."""
        return {
            "queue": self,
            "headline": partial(headline, language=self.desk.language),
            "asked": self.asked,
            "piles": list(Pile),
            "counts": self.counts,
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

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """The filters in use, as the name that takes each away and its words."""
        desk, asked = self.desk, self.asked
        titles = {node.code: node.title for node in self.tree} | {"none": desk.t("desk.filter.unattached")}
        said = {
            "words": desk.t("desk.filter.search", words=asked.words),
            "area": titles.get(asked.area, asked.area),
            "network": network_name(desk.language)(asked.network),
            "source": source_names(desk).get(asked.source, asked.source),
            "first": desk.t("desk.filter.since", day=_day(desk, asked.first)),
            "last": desk.t("desk.filter.until", day=_day(desk, asked.last)),
        }
        return [(name, words) for name, words in said.items() if getattr(asked, name)]

    @property
    def network_choices(self) -> list[tuple[str, str]]:
        """The networks to choose from, as value and words."""
        name = network_name(self.desk.language)
        return _options(networks(self.desk.store, self.desk.campaign.id), {}, self.asked.network, name)

    @property
    def source_choices(self) -> list[tuple[str, str]]:
        """The sources to choose from, as value and words."""
        return _options(origins(self.desk.store, self.desk.campaign.id), source_names(self.desk), self.asked.source)

    @property
    def _filters(self) -> Any:
        return self.asked.filters(self.desk.campaign.id, self.tree, self.desk.settings.site.timezone)


@router.get("/desk")
def queue_at_desk(desk: AtDesk) -> Response:
    """Show the queue; to a script that asks for older cards, those alone."""
    queue = Queue(desk=desk, asked=address.read(desk.request.query_params))
    cards = queue.make(list(queue.page.stories))
    if desk.is_htmx and desk.asked("before"):
        return desk.page("desk/more.html", **queue.told(cards=cards, before=queue.page.before))
    done = pressed(desk, desk.asked("done"))
    problem = desk.asked("problem")
    told = desk.explain(InputError("", problem)) if problem in PROBLEMS else None
    return desk.page("desk/queue.html", **queue.told(cards=cards, before=queue.page.before, done=done, told=told))


def pressed(desk: Desk, group: str) -> Line | None:
    """Return the press that an address speaks of, None where it was undone or there is none."""
    if not (group.isalnum() and len(group) == 32):
        return None
    nodes = {node.id: node.title for node in list_nodes(desk.store, desk.campaign.id)}
    found = lines(trail(desk.store, group=group), desk.language, nodes=nodes)
    return next((line for line in found if not line.undone), None)


def source_names(desk: Desk) -> dict[str, str]:
    """Return what the sources of the configuration are called."""
    return {source.id: source.name or source.id for source in desk.settings.sources.values()}


def _day(desk: Desk, day: str) -> str:
    return desk.language.date(date.fromisoformat(day)) if day else ""


def _options(choices: list[Choice], names: dict[str, str], chosen: str, name: Any = None) -> list[tuple[str, str]]:
    values = [choice.value for choice in choices]
    if chosen and chosen not in values:
        values.append(chosen)
    return [(value, names.get(value) or (name(value) if name else value)) for value in values]
