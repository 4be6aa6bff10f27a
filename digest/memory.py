"""What a newsletter remembers: stories that go on, what was told a year ago, which goals nobody tells about.

What is decided is pure (``more_to_tell``, ``best``); the rest asks the database for what they decide about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from campaign.newsletter import YEAR_AGO as YEAR_AGO_SECTION
from campaign.newsletter import Issue, IssueItem, IssueKind
from campaign.periods import Week, week_of
from campaign.records import NodeRef, Post, Story, Use
from campaign.settings import NewsletterSettings
from campaign.strategy import NodeKind
from campaign.traits import traits
from campaign.words import stem
from storage import stories as stored
from storage.areas import as_ref
from storage.coverage import NodeCoverage, coverage
from storage.follows import told_before
from storage.store import Store
from storage.strategy import read_strategies
from storage.tellings import Telling, not_to_remind, published_between, told_in_week, told_with_more

#: Of so many stories a year ago reminds.
REMINDED = 2

#: For so long nothing is told again as a year ago twice.
_ONCE = timedelta(weeks=52)

#: A text of fewer words has nothing to tell of its own.
_LEAST_WORDS = 8

#: A text of whose words so many stand in another of the story's is a copy of it.
_COPIED = 0.6

#: What of a strategy stories are expected about.
_TOLD_ABOUT = (NodeKind.AREA, NodeKind.GOAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """A story of a year ago. ``number`` is that of the letter that told it, 0 where there was none that week."""

    story_id: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """A part of the strategy that nobody tells about. ``weeks`` since the newest story and its day, None for never."""

    node: NodeRef
    weeks: int | None
    last: date | None


# --- stories that go on ----------------------------------------------------------------------------------


def more_to_tell(story: Story, telling: Telling) -> tuple[Post, ...]:
    """Return the posts by which a told story goes on, newest first; none where all that came are copies.

    A post goes on where it was published after its letter was drafted, approved after that had left, and says
    something of its own: a copy on another network, however late, repeats the words of the post that it is a copy of.
    """
    words = {post.id: _words(post) for post in story.posts}
    return tuple(
        post
        for post in story.posts
        if post.id in telling.since
        and post.published_at > telling.selected_to
        and len(words[post.id]) >= _LEAST_WORDS
        and not any(_is_copy(words[post.id], words[other.id]) for other in _before(story, post, telling))
    )


def gone_on(story: Story, telling: Telling) -> Story | None:
    """Return what a letter may tell of a told story: only its posts that go on, approved when they were; else None."""
    posts = more_to_tell(story, telling)
    if not posts:
        return None
    return replace(story, posts=posts, approved_at=max(telling.since[post.id] for post in posts))


def as_told(store: Store, issue: Issue, items: Iterable[IssueItem], seen: Mapping[int, Story]) -> dict[int, Story]:
    """Return an issue's stories as its letter tells them: of one told before only what goes on."""
    here = {item.story_id for item in items if item.story_id in seen and item.section != YEAR_AGO_SECTION}
    if not here or issue.kind is not IssueKind.LETTER:
        return dict(seen)
    more = told_with_more(store, issue.newsletter, drafting=issue.id, among=[seen[each].id for each in here])
    found = dict(seen)
    for story_id in here:
        telling = more.get(seen[story_id].id)
        found[story_id] = (gone_on(seen[story_id], telling) if telling else None) or seen[story_id]
    return found


def earlier(store: Store, issue: Issue, items: Iterable[IssueItem], seen: Mapping[int, Story]) -> dict[int, int]:
    """Return which letter told the beginning, by the ids under which an issue knows its stories.

    What is told again a year later does not go on from itself.
    """
    if issue.kind is not IssueKind.LETTER:
        return {}
    homes = {
        item.story_id: seen[item.story_id].id
        for item in items
        if not item.left_out and item.section != YEAR_AGO_SECTION and item.story_id in seen
    }
    numbers = told_before(store, issue.newsletter, homes.values(), issue.number)
    return {story_id: numbers[home] for story_id, home in homes.items() if home in numbers}


def _before(story: Story, post: Post, telling: Telling) -> Iterable[Post]:
    """Return the posts that a post could be a copy of: those told, and of the others the earlier ones."""
    return (
        other
        for other in story.posts
        if other.id != post.id
        and (other.id in telling.told or (other.published_at, other.id) < (post.published_at, post.id))
    )


def _words(post: Post) -> frozenset[str]:
    """Return the stems of what a post says, without links, mentions and closing hashtags."""
    said = traits(network=post.network, account="", at=post.published_at, title=post.title, text=post.text)
    return frozenset(stem(word) for word in said.words)


def _is_copy(words: frozenset[str], other: frozenset[str]) -> bool:
    return len(words & other) >= _COPIED * len(words)


# --- a year ago ------------------------------------------------------------------------------------------


def year_before(week: Week) -> Week:
    """Return the week of the same number a year earlier; of a week 53 where that year had none, its last one."""
    last = week_of(date(week.year - 1, 12, 28))
    return Week(year=week.year - 1, number=min(week.number, last.number))


def year_ago(
    store: Store,
    newsletter: NewsletterSettings,
    week: Week,
    *,
    at: datetime,
    zone: tzinfo = UTC,
    without: Iterable[int] = (),
) -> list[Remembered]:
    """Return up to two stories of the same week a year ago that anybody may still read, the best first.

    Those that the letter of that week told; where none went out, those published then. ``at`` is when the letter that
    reminds leaves: a picture counts that may be mailed then. ``without`` are stories that it tells anyway. Nothing is
    told so twice within a year.
    """
    then = year_before(week)
    numbers = dict(told_in_week(store, newsletter.id, then))
    ids = list(numbers)
    if not ids:
        start, end = (datetime.combine(day.monday, time(), zone) for day in (then, then.plus(1)))
        ids = published_between(store, newsletter.campaign, start.astimezone(UTC), end.astimezone(UTC))
    told = set(without) | not_to_remind(store, newsletter.id, since=at - _ONCE)
    found = [story for story in stored.get_stories(store, ids, public=True) if story.id not in told]
    return [Remembered(story_id=story.id, number=numbers.get(story.id, 0)) for story in best(found, at=at)[:REMINDED]]


def best(stories: Sequence[Story], *, at: datetime) -> list[Story]:
    """Return stories by how well they stand for a week: lifted by an editor, with a picture, evidence for a goal."""
    return sorted(
        stories,
        key=lambda story: (
            not story.featured,
            not any(media.may_be_shown(Use.MAIL, at) for post in story.posts for media in post.media),
            -len(story.nodes),
        ),
    )


# --- silence ---------------------------------------------------------------------------------------------


def silent(store: Store, campaign: str, *, now: datetime, weeks: int = 8) -> list[Silent]:
    """Return the focus areas and goals of a campaign's own strategy that nobody has told about for so many weeks.

    In the order of the strategy; of an area that is silent as a whole the area alone. What is told at a strategy that
    serves it counts.
    """
    own = next(iter(read_strategies(store, campaign)), None)
    if own is None:
        return []
    standing = coverage(store, campaign, own.id, now=now).standing
    newest = {each.node.id: _newest(each) for each in standing if each.node.kind in _TOLD_ABOUT}
    quiet = {node: at for node, at in newest.items() if at is None or now - at >= timedelta(weeks=weeks)}
    return [
        Silent(
            node=as_ref(each.node),
            weeks=(now - at) // timedelta(weeks=1) if at is not None else None,
            last=at.date() if at is not None else None,
        )
        for each in standing
        if each.node.id in quiet and not any(over.id in quiet for over in own.above(each.node.id))
        for at in (quiet[each.node.id],)
    ]


def _newest(each: NodeCoverage) -> datetime | None:
    """Return when the newest story of a node was published, or of what serves it."""
    return max((told.last_at for told in (each.whole, each.through) if told.last_at is not None), default=None)
