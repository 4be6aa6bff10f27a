"""What an editor sees at one story of an issue: what became of it at its source, its pictures, how it is cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from campaign.newsletter import IssueItem, ItemKind
from campaign.records import Media, Post, Use
from digest.compose import ITEM_LENGTH, LEAD_LENGTH
from digest.excerpt import tidy
from digest.wording import paragraphs
from storage.issue_looks import Hand
from storage.issue_sources import Turn, Turned, turned
from storage.media import MediaFailure, media_failures
from storage.versions import Version, versions
from web.desk.cards import changes
from web.desk.differences import Piece
from web.desk.issue_view import IssueView, Line
from web.desk.picture_cards import Picture, pictures_of
from web.rendering import network_name


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSign:
    """Something that became of a story at its source. ``title`` and ``text`` are what was edited, as one."""

    turn: str  # storage.issue_sources.Turn, or "older": the editor's words are older than the author's
    words: str
    story_id: int
    title: tuple[Piece, ...] = ()
    text: tuple[Piece, ...] = ()

    @property
    def is_bad(self) -> bool:
        """Whether readers would be led to nothing."""
        return self.turn in (Turn.GONE, Turn.MISSING)


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureSign:
    """A picture of a story as the letter sees it. ``why`` is "shown", or why it is not."""

    picture: Picture
    post: Post
    why: str

    @property
    def media(self) -> Media:
        """The picture itself."""
        return self.picture.media


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The author's own text in three: before what an editor marked, the marked, after it. Without a mark all is
    ``before``.
    """

    before: str
    marked: str = ""
    after: str = ""


@dataclass(frozen=True, kw_only=True)
class ItemSigns:
    """The signs at the items of one issue; ``hands`` are who changed what in it, the latest first."""

    view: IssueView
    hands: list[Hand]

    @cached_property
    def _turned(self) -> Mapping[int, list[Turned]]:
        return turned(self.view.desk.store, [self._story_id(item) for item in self._stories])

    @cached_property
    def _stories(self) -> list[IssueItem]:
        return [item for item in self.view.edition.items if item.story_id and not item.left_out]

    @cached_property
    def _versions(self) -> Mapping[int, list[Version]]:
        edited = {each.post_id for some in self._turned.values() for each in some if each.turn is Turn.EDITED}
        own = {
            story.lead.id
            for item in self._stories
            if (item.title or item.text) and (story := self.view.edition.stories.get(item.story_id))
        }
        return versions(self.view.desk.store, sorted(edited | own))

    @cached_property
    def _failures(self) -> Mapping[int, MediaFailure]:
        posts = [post for story in self.view.edition.stories.values() for post in story.posts]
        lacking = [media.id for post in posts for media in post.media if media.file is None]
        return media_failures(self.view.desk.store, lacking) if lacking else {}

    def _story_id(self, item: IssueItem) -> int:
        story = self.view.edition.stories.get(item.story_id)
        return story.id if story else item.story_id

    @property
    def count(self) -> int:
        """How many stories have become something else at their source."""
        return len(self._turned)

    def sources(self, item: IssueItem) -> list[SourceSign]:
        """Return what became of a story at its source, and whether the editor's words are older than its own."""
        if not self.view.can_edit or item.kind is not ItemKind.STORY:
            return []
        return [self._source(each) for each in self._turned.get(self._story_id(item), [])] + self._older(item)

    def _source(self, found: Turned) -> SourceSign:
        desk = self.view.desk
        when = desk.ago(found.at) if found.at else ""
        words = desk.t(f"signs.source.{found.turn}", network=network_name(desk.language)(found.network), when=when)
        texts = self._versions.get(found.post_id, []) if found.turn is Turn.EDITED else []
        new = next((text for text in texts if text.newest), None)
        old = next((text for text in texts if text.approved), None)
        return SourceSign(
            turn=str(found.turn),
            words=words,
            story_id=found.story_id,
            title=changes(old.title, new.title) if old and new else (),
            text=changes(old.text, new.text) if old and new else (),
        )

    def _older(self, item: IssueItem) -> list[SourceSign]:
        """Return the sign of an editor's words that were written about an earlier text of the author's."""
        story = self.view.edition.stories.get(item.story_id)
        if story is None or not (item.title or item.text):
            return []
        texts = self._versions.get(story.lead.id, [])
        shown = next((text for text in texts if text.approved), None)
        written = next(
            (hand.at for hand in self.hands if hand.action == "issue_edit_item" and hand.facts.get("item") == item.id),
            None,
        )
        if shown is None or written is None or shown.seen_at <= written or len(texts) < 2:
            return []
        before = next((text for text in texts if text.seen_at <= written), texts[-1])
        words = self.view.desk.t("signs.source.older", when=self.view.desk.ago(shown.seen_at))
        return [
            SourceSign(
                turn="older", words=words, story_id=story.id, title=changes(before.title, shown.title),
                text=changes(before.text, shown.text),
            )
        ]  # fmt: skip

    def pictures(self, line: Line) -> list[PictureSign]:
        """Return a story's still pictures in the order in which the letter looks for one, with why it takes it."""
        story = line.story
        if story is None:
            return []
        found = []
        posts = (story.lead, *(post for post in story.posts if post.id != story.lead.id))
        for post in posts:
            for picture in pictures_of(post, story, now=self.view.desk.now, failures=self._failures):
                if picture.is_image:
                    found.append(PictureSign(picture=picture, post=post, why=self._why(line, post, picture)))
        return found

    def _why(self, line: Line, post: Post, picture: Picture) -> str:
        """Return why the letter does not show a picture, "shown" where it does."""
        media, at = picture.media, max(self.view.desk.now, self.view.issue.send_at)
        told = line.told.picture if line.told else None
        if told is not None and told.id == media.id:
            return "shown"
        if line.story is not None and (line.story.lead.sensitive or line.story.lead.warning or post.sensitive):
            return "sensitive"
        if not media.has_right(Use.MAIL, at):
            if picture.state != "good":
                return picture.state
            return "ends" if media.has_right(Use.MAIL, self.view.desk.now) else "not_mail"
        if media.file is None:
            return "copy"
        return "alt" if not (media.decorative or media.alt) else "other"

    def original(self, line: Line) -> Original | None:
        """Return the author's own text with what an editor marked of it."""
        if line.story is None:
            return None
        text, mark = line.story.lead.text, line.story.marked
        if mark is None:
            return Original(before=text)
        return Original(before=text[: mark.start], marked=text[mark.start : mark.end], after=text[mark.end :])

    def measure(self, line: Line) -> tuple[int, int]:
        """Return how many letters of a story the letter shows, and how many it gives one at this place by itself."""
        letter = self.view.edition.letter
        is_first = bool(line.told and letter.items and letter.items[0].item_id == line.item.id)
        return len(tidy(line.told.text)) if line.told else 0, LEAD_LENGTH if is_first else ITEM_LENGTH

    def told(self, line: Line) -> list[str]:
        """Return the paragraphs that the letter shows, with the marks of what was left out."""
        return paragraphs(line.told) if line.told else []
