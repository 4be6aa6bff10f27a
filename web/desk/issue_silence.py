"""What of the strategy nobody has told about for weeks, and which stories could tell about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from campaign.records import NodeRef
from campaign.suggestions import suggest
from digest.memory import silent
from storage.issue_voices import attached, waiting_words
from storage.issues import candidates
from storage.stories import get_stories
from storage.strategy import StrategyTree, read_strategies
from web.desk.issue_found import Proposal
from web.desk.issue_view import IssueView
from web.desk.trail import headline

#: After so many weeks without a word of it a focus area or a goal is silent.
WEEKS = 8
#: So many stories are named at one of them.
_NAMED = 3
#: So many of the newest waiting stories are read.
_LOOKED_AT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A focus area or goal that nobody told about for ``weeks``, None for never; ``last`` is when somebody did.

    ``stories`` are approved and could be told now, ``more`` how many there are beside; ``waiting`` counts stories in
    the queue that are attached to it or speak of it.
    """

    node: NodeRef
    weeks: int | None
    last: date | None
    stories: tuple[Proposal, ...] = ()
    more: int = 0
    waiting: int = 0

    @property
    def can_be_told(self) -> bool:
        """Whether anything could break the silence."""
        return bool(self.stories or self.waiting)


def silences(view: IssueView) -> Sequence[Silence]:
    """Return what is silent, what could be told first, else in the strategy's order."""
    tree = next(iter(read_strategies(view.desk.store, view.issue.campaign)), None)
    if tree is None:
        return ()
    in_issue = {node.id for story in view.edition.stories.values() for node in story.nodes}
    told = {node.id for node in tree.nodes if in_issue & set(tree.below(node.id))}
    found = silent(view.desk.store, view.issue.campaign, now=view.desk.now, weeks=WEEKS)
    quiet = [Silence(node=each.node, weeks=each.weeks, last=each.last) for each in found if each.node.id not in told]
    return sorted(_with_stories(view, tree, quiet), key=lambda each: not each.can_be_told) if quiet else ()


def _with_stories(view: IssueView, tree: StrategyTree, quiet: Sequence[Silence]) -> list[Silence]:
    """Return silences with the stories that could break them."""
    store, issue = view.desk.store, view.issue
    inside = {item.story_id for item in view.edition.items}
    free = set(candidates(store, issue.campaign, issue.newsletter, drafting=issue.id).story_ids) - inside
    below = {each.node.id: tree.below(each.node.id) for each in quiet}
    at = attached(store, {node for nodes in below.values() for node in nodes}, free)
    found = {
        node: sorted({story for each in nodes for story in at.get(each, ())}, reverse=True)
        for node, nodes in below.items()
    }
    named = {story for stories in found.values() for story in stories[:_NAMED]}
    stories = {story.id: story for story in get_stories(store, sorted(named), public=True)}
    waiting = _waiting(view, tree, below)
    return [
        replace(
            each,
            stories=tuple(
                Proposal(story=stories[story], title=headline(stories[story].lead, view.desk.language), why="")
                for story in found[each.node.id][:_NAMED]
                if story in stories
            ),
            more=max(0, len(found[each.node.id]) - _NAMED),
            waiting=waiting.get(each.node.id, 0),
        )
        for each in quiet
    ]


def _waiting(view: IssueView, tree: StrategyTree, below: Mapping[int, Sequence[int]]) -> dict[int, int]:
    """Return how many of the newest waiting stories are proposed for each node, or for what is below it."""
    listed = {node.id: node.words for node in tree.nodes}
    texts = waiting_words(view.desk.store, view.issue.campaign, now=view.desk.now, limit=_LOOKED_AT)
    proposed = [{found.node_id for found in suggest(text, listed)} for text in texts.values()]
    return {node: sum(bool(each.intersection(nodes)) for each in proposed) for node, nodes in below.items()}
