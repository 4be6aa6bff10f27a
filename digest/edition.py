"""An issue with all it needs: items, the stories that may be seen now, the letter they make, what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from campaign.figures import Measurement
from campaign.language import Language
from campaign.newsletter import Issue, IssueItem, Why
from campaign.records import NodeRef, Story, Use
from campaign.settings import NewsletterSettings, Settings
from digest import memory
from digest.addresses import Addresses
from digest.compose import compose, missing
from digest.figures import first_area, tell
from digest.keys import delivery_name, message_id
from digest.letter import Figure, Letter, Picture, content_hash, web_copy
from digest.lint import lint_bytes, lint_content
from digest.message import Master, Recipient, build_master, leave_mail, sender
from digest.pictures import Frame, MailPicture, copy_of, for_mail, rings
from digest.render import PictureSource, Rendered, render
from digest.yearbook_desk import kept_book, told_in
from storage import issues, posts, stories
from storage.areas import areas as areas_of
from storage.indicators import list_indicators
from storage.issue_figures import issue_figures
from storage.measurements import revisions, series
from storage.store import Store
from storage.strategy import list_nodes, read_strategies

#: Stands in tests and trial joins where a subscriber's token would: as long as a real one.
NOBODY = "ingen-prenumerant-00000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """An issue as it would be sent now. ``stories`` are the visible ones by the ids that the items know them by.

    ``missing`` are stories that were taken into the issue and cannot be seen any more.
    """

    issue: Issue
    items: tuple[IssueItem, ...]
    stories: Mapping[int, Story]
    areas: tuple[NodeRef, ...]
    letter: Letter
    missing: tuple[int, ...]

    @property
    def content(self) -> str:
        """The hash of what an approval would cover."""
        return content_hash(self.letter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A letter drawn and built: its parts, and the message for everybody."""

    rendered: Rendered
    master: Master


def newsletter_of(settings: Settings, issue: Issue) -> NewsletterSettings:
    """Return the settings of an issue's newsletter. KeyError where the configuration has lost it."""
    return settings.newsletters[issue.newsletter]


def is_ours(settings: Settings, issue: Issue) -> bool:
    """Return whether the configuration still has an issue's newsletter, about the same campaign."""
    newsletter = settings.newsletters.get(issue.newsletter)
    return newsletter is not None and newsletter.campaign == issue.campaign


def language_of(settings: Settings) -> Language:
    """Return the language in which letters are written."""
    return Language(settings.site.language, settings.site.timezone)


def load(
    store: Store, settings: Settings, issue_id: int, *, now: datetime | None = None, language: str = ""
) -> Edition:
    """Return an issue as it would be sent at its time, or ``now`` where that has passed. NotFoundError
    ``issue_missing``. ``language`` is that of what stands around the stories, the site's where it is "".
    """
    issue = issues.get_issue(store, issue_id)
    items = tuple(issues.items(store, issue_id))
    by_node = areas_of(store, issue.campaign)
    areas = tuple(dict.fromkeys(by_node.values()))
    seen = visible(store, [item.story_id for item in items if item.story_id])
    told = memory.as_told(store, issue, items, seen)
    shown = [seen[item.story_id] for item in items if not item.left_out and item.story_id in seen]
    book, lines = kept_book(store, issue_id, Language(language or settings.site.language, settings.site.timezone))
    return Edition(
        issue=issue,
        items=items,
        stories=seen,
        areas=areas,
        letter=compose(
            issue,
            items,
            told,
            areas,
            settings,
            now=now,
            touched=touched(store, issue.campaign, shown),
            figures=figures(store, settings, issue, by_node, language=language),
            notes=issues.section_notes(store, issue_id),
            earlier=memory.earlier(store, issue, items, seen) | told_in(issue, items),
            language=language,
            book=book,
            lines=lines,
        ),
        missing=missing(items, seen),
    )


def touched(store: Store, campaign: str, shown: Iterable[Story]) -> tuple[str, ...]:
    """Return the goals with a number ("1.2 Title") of the campaign's own strategy that stories are evidence for."""
    found = {node.id for story in shown for node in story.nodes}
    own = next(iter(read_strategies(store, campaign)), None)
    nodes = [node for node in own.nodes if node.id in found] if own is not None else []
    return tuple(f"{node.code} {node.title}" for node in nodes if any(letter.isdigit() for letter in node.code))


def figures(
    store: Store, settings: Settings, issue: Issue, areas: Mapping[int, NodeRef], *, language: str = ""
) -> tuple[Figure, ...]:
    """Return an issue's figures as the letter tells them, with the values that are known now."""
    kept = [each for each in issue_figures(store, issue.id) if not each.left_out]
    if not kept:
        return ()
    stored = {each.id: each for each in list_indicators(store, issue.campaign, public=True)}
    nodes = {node.id: node for node in list_nodes(store, issue.campaign)}
    words = Language(language or settings.site.language, settings.site.timezone)
    addresses = Addresses(settings, issue.campaign, words.code)
    told = []
    for each in kept:
        known = stored.get(each.indicator)
        if known is None:
            continue  # ended, or not for readers any more
        every = series(store, known.id)
        area = first_area(known.wording, every)
        values = [value for value in every if value.area == area]
        node = next((nodes[node] for node in known.nodes if node in nodes), None)
        over = areas.get(node.id) if node is not None else None
        told.append(
            tell(
                known,
                values,
                words,
                moved=each.measurement is not None,
                earlier=_earlier(store, known.id, values),
                own_words=each.text,
                goal=f"{node.code} {node.title}" if node is not None and (over is None or over.id != node.id) else "",
                section=over.code if over is not None else "",
                colour=over.colour if over is not None else "",
                url=addresses.page(f"figures/{known.strategy}/{known.code}"),
            )
        )
    return tuple(each for each in told if each is not None)


def _earlier(store: Store, indicator: int, values: Sequence[Measurement]) -> Measurement | None:
    """Return what the newest value was before it was revised, None where it was not: the same number is no revision."""
    if not values:
        return None
    last = values[-1]
    known = revisions(store, indicator, last.area, last.sex, last.period)
    other = (each for each in reversed(known) if each.value not in (None, last.value) and not each.deleted)
    return next(other, None)


def visible(store: Store, story_ids: Iterable[int]) -> dict[int, Story]:
    """Return the stories that may be seen by anybody, by the ids asked for; a story taken up by another is that one."""
    asked = list(story_ids)
    found = {story.id: story for story in stories.get_stories(store, asked, public=True)}
    for story_id in asked:
        if story_id not in found:
            into = stories.merged_into(store, story_id)
            story = stories.find_story(store, into, public=True) if into is not None else None
            if story is not None:
                found[story_id] = story
    return found


def faults(store: Store, settings: Settings, edition: Edition) -> list[Why]:
    """Return what keeps the issue from being approved, as keys under ``digest.lint``; empty where all is well."""
    newsletter = newsletter_of(settings, edition.issue)
    found = lint_content(edition.letter, min_items=newsletter.min_items)
    if settings.privacy.missing:
        # The letter would point its readers to a notice that is closed.
        found.append(Why(key="privacy_missing", facts={"fields": ", ".join(settings.privacy.missing)}))
    found += [Why(key="alt_missing", facts={"story": story_id}) for story_id in without_words(edition)]
    if edition.letter.items:
        drawn = draw(store, settings, edition.letter, edition.issue)
        found += lint_bytes(drawn.master.join(nobody(store, settings, edition.issue, now=edition.issue.send_at)))
    return found


def without_words(edition: Edition) -> tuple[int, ...]:
    """Return the stories in the letter that have a picture with a right but neither alt text nor a choice of none."""
    found = []
    for item in edition.letter.items:
        story = edition.stories.get(item.story_id)
        pictures = [media for post in story.posts for media in post.media] if story and item.picture is None else []
        at = edition.issue.send_at
        shown = [each for each in pictures if each.kind == "image" and each.file and each.has_right(Use.MAIL, at)]
        if any(not media.decorative and not media.alt for media in shown):
            found.append(item.story_id)
    return tuple(found)


def draw(
    store: Store, settings: Settings, letter: Letter, issue: Issue, *, subject: str = "", banner: str = ""
) -> Drawn:
    """Draw a letter with its pictures, embedded or linked as the newsletter says, and build its message.

    A picture that may not stand on the web is embedded all the same.
    """
    newsletter = newsletter_of(settings, issue)
    contained: dict[str, MailPicture] = {"rings@skord": rings(letter.accent, letter.sent_on)}

    def embedded(picture: Picture, frame: Frame) -> str:
        name = f"{picture.file[:20]}{'nwb'[frame]}@skord"
        if name not in contained:
            made = _mail_picture(store.media, picture, frame)
            if made is None:
                return ""
            contained[name] = made
        return f"cid:{name}"

    link = linked(store, settings, issue.campaign)

    def source(picture: Picture, frame: Frame) -> str:
        return link(picture, frame) if picture.web and newsletter.pictures != "embed" else embedded(picture, frame)

    words = Language(letter.language, settings.site.timezone)
    rendered = render(letter, words, picture=source, ornament="cid:rings@skord", banner=banner)
    # A picture of a story that became a mere line is not sent along.
    used = {name: made for name, made in contained.items() if f'"cid:{name}"' in rendered.html}
    areas = tuple(dict.fromkeys(areas_of(store, issue.campaign).values()))
    master = build_master(letter, rendered, newsletter, pictures=used, issue_id=issue.id, subject=subject, areas=areas)
    return Drawn(rendered=rendered, master=master)


def linked(store: Store, settings: Settings, campaign: str) -> PictureSource:
    """Return where the site shows its own copy of a picture, "" for one it has no copy of."""
    addresses = Addresses(settings, campaign, settings.site.language)

    def address(picture: Picture, frame: Frame) -> str:
        path = copy_of(store.media, picture.file, 2 * frame.width)
        return addresses.picture(path.name) if path else ""

    return address


def preview(store: Store, settings: Settings, edition: Edition, *, picture: PictureSource | None = None) -> Rendered:
    """Return the letter as a mail program would show it, its pictures from the site; the leave link leads nowhere."""
    source = picture or linked(store, settings, edition.issue.campaign)
    return render(edition.letter, language_of(settings), picture=source, leave="#")


def nobody(store: Store, settings: Settings, issue: Issue, *, now: datetime, address: str = "") -> Recipient:
    """Return a recipient without a subscription, for trials and test letters."""
    newsletter = newsletter_of(settings, issue)
    addresses = Addresses(settings, issue.campaign, settings.site.language)
    return Recipient(
        address=address or "nobody@example.invalid",
        message_id=message_id(store.secret, issue.id, int(now.timestamp()), f"test.{sender(newsletter).domain}"),
        leave_url=addresses.leave(NOBODY),
        leave_mail=leave_mail(
            newsletter.reply_to or settings.site.contact, NOBODY, bounces=settings.mail.bounces.address
        ),
        delivery=delivery_name(store.secret, 0),
        sent_at=now,
    )


def public_letter(store: Store, newsletter: str, number: int, *, now: datetime, use: Use = Use.WEB) -> Letter | None:
    """Return the web copy of an issue as anybody may read it now, None unless its letters have begun to leave.

    Stories hidden since are marked gaps, and so are pictures without a right for the web. With ``Use.MAIL`` it is
    what the letters that have not left yet may say.
    """
    issue = issues.find_issue(store, newsletter, number)
    kept = issues.frozen(store, issue.id) if issue is not None and issue.state.out else None
    if kept is None:
        return None
    return web_copy(kept, _still_visible(store, [kept])[0], now=now, use=use)


def gaps(letter: Letter) -> tuple[frozenset[int], frozenset[int]]:
    """Return the stories that a letter lost since it was frozen, and those of the others whose picture it lost."""
    gone = frozenset(item.story_id for item in letter.items if item.removed)
    return gone, frozenset(item.story_id for item in letter.items if item.pictureless)


def public_letters(store: Store, newsletter: str, *, now: datetime, limit: int = 1000) -> list[tuple[Issue, Letter]]:
    """Return the web copies of the issues that have left, newest first, as anybody may read them now."""
    found = issues.list_public(store, newsletter, limit=limit)
    seen = _still_visible(store, [kept for _, kept in found])
    return [(issue, web_copy(kept, mine, now=now)) for (issue, kept), mine in zip(found, seen, strict=True)]


def _still_visible(store: Store, letters: Sequence[Mapping[str, Any]]) -> list[dict[int, Story]]:
    """Return for each sent letter those of its stories that may be seen now, by the ids that it knows them by.

    A story whose told post may not be seen is not among them, whatever else belongs to it; one whose told post has
    moved is the story that the post is in now.
    """
    told = [{item["story_id"]: item.get("post_id", 0) for item in _items(kept)} for kept in letters]
    homes = posts.homes(store, {post_id for each in told for post_id in each.values() if post_id})
    wanted = {homes.get(post_id, story_id) for each in told for story_id, post_id in each.items()}
    seen = visible(store, sorted(wanted))
    return [
        {
            story_id: story
            for story_id, post_id in each.items()
            if (story := seen.get(homes.get(post_id, story_id))) is not None
            and (not post_id or any(post.id == post_id for post in story.posts))
        }
        for each in told
    ]


def _items(kept: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return (item for section in kept["sections"] for item in section["items"] if item["story_id"])


def _mail_picture(folder: Path, picture: Picture, frame: Frame) -> MailPicture | None:
    path = copy_of(folder, picture.file, 2 * frame.width)
    if path is None:
        return None
    try:
        return _encoded(path, frame, picture.focus)
    except OSError:
        return None


@lru_cache(maxsize=96)  # an issue is drawn at every look of its editor; the name is the content's hash
def _encoded(path: Path, frame: Frame, focus: tuple[int, int] | None) -> MailPicture:
    return for_mail(path.read_bytes(), frame.width, ratio=frame.ratio, focus=focus)
