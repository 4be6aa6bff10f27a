"""What a button of a card's strategy part means: attach, weigh with a reason, move to an heir, take away."""

from __future__ import annotations

from campaign.errors import InputError, NotFoundError
from campaign.figures import Weight
from storage.evidence import attach, detach, move
from storage.rules import hits_on
from storage.stories import find_story
from web.desk.answers import number
from web.desk.rule_cards import suggested_nodes
from web.desk.visit import Desk

_REASON_MAX = 500


def press_node(desk: Desk, story_id: int) -> tuple[str, str]:
    """Carry out a press ("attach:12", "weigh:12", "move:12:15", "detach:12"); return its name and what is said.

    The name is "" where nothing changed. NotFoundError ``node_missing`` for what no button says.
    """
    how, _, rest = desk.form["press"].partition(":")
    node, _, other = rest.partition(":")
    node_id, heir_id = number(node) or number(desk.form["node"]), number(other)
    reason = desk.form["reason"].strip()[:_REASON_MAX]
    if node_id is None or (how == "move" and heir_id is None):
        raise NotFoundError("node_missing")
    if how == "attach":
        reason = reason or _proposed(desk, story_id, node_id)
        group = attach(desk.store, story_id, node_id, by=desk.actor, now=desk.now, reason=reason, press=desk.once)
        return group, desk.t("desk.said.attached")
    if how == "weigh":
        group = attach(
            desk.store, story_id, node_id, by=desk.actor, now=desk.now, weight=_weight(desk), reason=reason,
            press=desk.once,
        )  # fmt: skip
        return group, desk.t("evidence.said.weighed")
    if how == "move" and heir_id is not None:
        group = move(desk.store, story_id, node_id, heir_id, by=desk.actor, now=desk.now, press=desk.once)
        return group, desk.t("desk.said.attached")
    if how == "detach":
        group = detach(desk.store, story_id, node_id, by=desk.actor, now=desk.now, reason=reason, press=desk.once)
        return group, desk.t("desk.said.detached")
    raise NotFoundError("node_missing")


def _weight(desk: Desk) -> Weight:
    given = number(desk.form["weight"])
    if given not in list(Weight):
        raise InputError("weight", "weight_unknown")
    return Weight(given)


def _proposed(desk: Desk, story_id: int, node_id: int) -> str:
    """Return which rule proposes the node for this story, in the site's language; "" where none does."""
    story = find_story(desk.store, story_id, public=False)
    if story is None:
        return ""
    posts = [post.id for post in story.posts]
    hits = [hit for each in hits_on(desk.store, posts).values() for hit in each]
    name = suggested_nodes(hits).get(node_id)
    return desk.house.languages[desk.settings.site.language].t("evidence.by_rule", name=name) if name else ""
