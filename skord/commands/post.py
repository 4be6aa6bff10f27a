"""``skord post`` and ``skord search``: the desk without a browser."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from campaign.credit import named
from campaign.errors import NotFoundError
from skord.commands.account import find
from skord.wiring import House

if TYPE_CHECKING:
    from campaign.records import Post, Story


def list_(house: House, args: Namespace) -> int:
    """Print stories, newest first."""
    from storage.stories import find_ids, get_stories

    campaign = house.campaign(args.campaign)
    ids = find_ids(house.store, campaign, review=args.review, limit=args.limit)
    _print(house, get_stories(house.store, ids, public=False))
    return 0


def search(house: House, args: Namespace) -> int:
    """Print the stories that hold the words, newest first."""
    from storage.stories import find_ids, get_stories

    campaign = house.campaign(args.campaign)
    ids = find_ids(house.store, campaign, review="all", query=" ".join(args.query), limit=args.limit)
    _print(house, get_stories(house.store, ids, public=False))
    return 0


def _print(house: House, stories: list[Story]) -> None:
    house.table(
        ("story", "review", "at", "network", "author", "text"),
        [
            (
                entry.id,
                entry.review if house.as_json else house.language.t(f"review.{entry.review}"),
                entry.lead.published_at,
                _network(house, entry.lead),
                _author(house, entry.lead),
                " ".join((entry.lead.title or entry.lead.text).split())[: None if house.as_json else 70],
            )
            for entry in stories
        ],
    )


def _network(house: House, post: Post) -> str:
    """Return where a post stands; what was written here is said in words, to people."""
    own = post.network == "desk" and not house.as_json
    return house.language.t("network.desk") if own else post.network


def _author(house: House, post: Post) -> str:
    """Return who is named for a post; where nobody knows, "" for programs and words for people."""
    who = named(post, house.settings.sources.get(post.source))
    return who if who or house.as_json else house.language.t("credit.nobody")


def show(house: House, args: Namespace) -> int:
    """Print everything about one story: its posts as they stand, pictures, nodes, history."""
    from storage.stories import find_story
    from storage.trail import trail

    story = find_story(house.store, args.story, public=False)
    if story is None:
        raise NotFoundError("story_missing", story=args.story)
    lines = trail(house.store, story_id=args.story)
    if house.as_json:
        from dataclasses import asdict

        house.give({**asdict(story), "trail": [asdict(line) for line in lines]})
        return 0
    say = house.language
    house.print(f"{story.id}  {say.t(f'review.{story.review}')}")
    for post in story.posts:
        where = post.author_handle or _network(house, post)
        house.print(f"\n{_author(house, post)} ({where}), {say.moment(post.published_at)}")
        if post.url:
            house.print(post.url)
        house.print("\n".join(part for part in (post.title, post.text) if part))
        for media in post.media:
            house.print(f"  [{media.kind}] {media.alt or '–'} · {media.right} · {media.url}")
    for node in story.nodes:
        house.print(f"\n→ {node.code} {node.title}")
    for line in lines:
        house.print(f"\n{say.moment(line.at)}  {line.who or line.actor}: {line.action} {line.reason}".rstrip())
    return 0


def decide(house: House, args: Namespace) -> int:
    """Record a decision in the name of an account."""
    from storage.decisions import Action
    from storage.decisions import decide as record
    from storage.store import Actor

    by = Actor(kind="person", account_id=find(house, args.account).id)
    done = record(house.store, args.story, Action(args.action), by=by, now=house.clock(), reason=args.reason)
    if house.as_json:
        house.give({"story": done.story_id, "action": done.action, "review": done.review, "undo": done.group})
    else:
        house.print(f"{done.story_id}  {house.language.t(f'review.{done.review}')}")
    return 0
