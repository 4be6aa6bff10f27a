"""What an editor sees around an issue: whose voices it carries, what nobody told about, what others changed in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import cached_property

from campaign.credit import named, voice
from campaign.issue_looks import Changes, Mark, Reworded, Seen, changes, seen_of
from campaign.newsletter import YEAR_AGO, IssueItem
from campaign.places import PlaceKind, offer
from campaign.records import Post
from digest.voices import By, Share, Telling, calm, shares
from storage.issue_looks import Hand, Look, hands, look
from storage.issue_voices import Told, told_lately
from storage.issues import section_notes
from web.desk.cards import changes as pieces_of
from web.desk.differences import Piece
from web.desk.issue_silence import Silence, silences
from web.desk.issue_view import IssueView
from web.rendering import network_name

#: So many of the issues before it an issue's voices are compared with.
BEFORE = 8
#: So many of one kind are shown at once.
_SHOWN = 6

#: The presses that each mark can come from.
_ACTIONS = {
    Mark.NEW: ("issue_add", "issue_write", "issue_draft"),
    Mark.BACK: ("issue_add",),
    Mark.REWORDED: ("issue_edit_item", "issue_edit_written"),
    Mark.MOVED: ("issue_move",),
    Mark.OUT: ("issue_left_out", "issue_for_good"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One line of a table of voices: what it is called, and its share now and before."""

    name: str
    share: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """The voices of one kind, the largest first. ``rest`` are those that open."""

    by: By
    shown: tuple[Bar, ...]
    rest: tuple[Bar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """A mark at an item in words."""

    mark: Mark
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """Words that were changed: of what they are, and the old and the new as one."""

    title: str
    who: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, kw_only=True)
class Signs:
    """The signs around one issue for one person. ``look`` is None where nothing can be changed any more."""

    view: IssueView
    look: Look | None

    @cached_property
    def hands(self) -> list[Hand]:
        """Who changed the issue, the latest first."""
        return hands(self.view.desk.store, self.view.issue.id) if self.view.can_edit else []

    @cached_property
    def changes(self) -> Changes:
        """What others have changed since the person looked; what they did themselves is no news to them."""
        if self.look is None or self.look.first:
            return Changes()
        found = changes(self.look.seen, _seen(self.view))
        marks = {
            key: tuple(mark for mark in mine if not self._is_own(self._hand(_ACTIONS[mark], key)))
            for key, mine in found.marks.items()
        }
        return replace(
            found,
            marks={key: mine for key, mine in marks.items() if mine},
            words=tuple(each for each in found.words if not self._is_own(self._writer(each))),
            notes=tuple(each for each in found.notes if not self._is_own(self._writer(each, over=True))),
        )

    @property
    def since(self) -> str:
        """How many changes there are since when, in words; "" for none."""
        if self.look is None or not self.changes.count:
            return ""
        return self.view.desk.t("signs.since", count=self.changes.count, when=moment_words(self.view, self.look.at))

    def badges(self, item: IssueItem) -> list[Badge]:
        """Return an item's marks in words, with who made them."""
        t = self.view.desk.t
        found = []
        for mark in self.changes.marks.get(item.id, ()):
            hand = self._hand(_ACTIONS[mark], item.id)
            who = hand.who if hand else ""
            words = t(f"signs.mark.{mark}_by", who=who) if who else t(f"signs.mark.{mark}")
            found.append(Badge(mark=mark, words=words))
        return found

    def before(self, item: IssueItem) -> list[Before]:
        """Return an item's words that others changed, as they were and as they are."""
        if Mark.REWORDED not in self.changes.marks.get(item.id, ()):
            return []
        hand = self._hand(_ACTIONS[Mark.REWORDED], item.id)
        return [self._before(each, hand) for each in self.changes.reworded[item.id] if each.field != "when"]

    @property
    def words(self) -> list[Before]:
        """The issue's own words, and those over its sections, that others changed."""
        areas = {area.code: area.title for area in self.view.edition.areas}
        return [self._before(each, self._writer(each)) for each in self.changes.words] + [
            self._before(each, self._writer(each, over=True), title=areas.get(each.field, ""))
            for each in self.changes.notes
        ]

    @cached_property
    def _now(self) -> list[Telling]:
        found = []
        for section in self.view.edition.letter.sections:
            for item in section.items if section.code != YEAR_AGO else ():
                story = self.view.edition.stories.get(item.story_id) if item.is_story else None
                if story is not None:
                    found.append(self._telling(story.id, story.lead, story.places, section.code))
        return found

    @cached_property
    def _lately(self) -> tuple[int, list[Told]]:
        issue = self.view.issue
        return told_lately(self.view.desk.store, issue.newsletter, before=issue.number, issues=BEFORE)

    @property
    def issues_before(self) -> int:
        """With how many issues this one is compared."""
        return self._lately[0]

    @cached_property
    def voices(self) -> list[Bars]:
        """The shares by voice, place, network and focus area; a kind that tells nothing apart is left out."""
        before = [self._telling(told.post.story_id, told.post, told.places, told.section) for told in self._lately[1]]
        found = []
        for by in By:
            lines = [
                Bar(name=self._called(by, share), share=share)
                for share in shares(self._now, before, by)
            ]  # fmt: skip
            if lines and self._now:
                # Who told before but not now is many and folds; a place or area without a story is worth seeing.
                most = min(_SHOWN, sum(bar.share.count > 0 for bar in lines)) if by is By.VOICE else _SHOWN
                found.append(Bars(by=by, shown=tuple(lines[:most]), rest=tuple(lines[most:])))
        return found

    @property
    def loud(self) -> list[str]:
        """The voices that have more than a third of the issue, each in a sentence."""
        lines = [bar for bars in self.voices if bars.by is By.VOICE for bar in (*bars.shown, *bars.rest)]
        return [
            self.view.desk.t("signs.voices.loud", name=bar.name, part=bar.share.count, count=bar.share.of)
            for bar in lines
            if bar.share.is_large
        ]

    @property
    def calm(self) -> str:
        """What to say where nobody is loud."""
        return self.view.desk.t(f"signs.voices.{calm(len(self._now))}")

    @cached_property
    def silences(self) -> Sequence[Silence]:
        """What of the strategy nobody has told about for long, with what could tell it."""
        return silences(self.view) if self.view.can_edit else ()

    def _telling(self, story_id: int, post: Post, places: Iterable[str], section: str) -> Telling:
        source = self.view.desk.settings.sources.get(post.source)
        return Telling(
            story=story_id,
            voice=voice(post),
            name=named(post, source),
            places=_municipalities(self.view, places),
            network=post.network,
            area=section,
        )

    def _called(self, by: By, share: Share) -> str:
        desk = self.view.desk
        match by:
            case By.PLACE:
                place = offer(desk.campaign.places).register.find(share.key)
                return place.name if place else share.key
            case By.NETWORK:
                return network_name(desk.language)(share.key)
            case By.AREA:
                areas = {area.code: area.title for area in self.view.edition.areas}
                return areas.get(share.key, share.key)
        return share.name

    def _hand(self, actions: Sequence[str], item_id: int) -> Hand | None:
        """Return the latest press of a kind about an item since the person looked."""
        story = next((item.story_id for item in self.view.edition.items if item.id == item_id), 0)
        return self._latest(hand for hand in self.hands if hand.action in actions and _is_about(hand, item_id, story))

    def _writer(self, words: Reworded, *, over: bool = False) -> Hand | None:
        if over:
            found = (h for h in self.hands if h.action == "issue_note" and h.facts.get("section") == words.field)
        else:
            found = (h for h in self.hands if h.action == "issue_edit" and h.facts.get(words.field))
        return self._latest(found)

    def _latest(self, found: Iterable[Hand]) -> Hand | None:
        return next((hand for hand in found if self.look is not None and hand.at >= self.look.at), None)

    def _is_own(self, hand: Hand | None) -> bool:
        return hand is not None and hand.account_id == self.view.desk.account.id

    def _before(self, words: Reworded, hand: Hand | None, *, title: str = "") -> Before:
        t = self.view.desk.t
        known = self.view.desk.language.has(f"signs.field.{words.field}")
        return Before(
            title=title or t(f"signs.field.{words.field}" if known else "signs.field.note"),
            who=hand.who if hand else "",
            pieces=pieces_of(words.before, words.after),
        )


def signs_of(view: IssueView) -> Signs:
    """Return the signs of an issue, and keep what the person is shown of it while it is worked on."""
    desk = view.desk
    if not view.can_edit:
        return Signs(view=view, look=None)
    local = desk.now.astimezone(desk.language.zone)
    today = datetime.combine(local.date(), time(), desk.language.zone)
    kept = look(desk.store, view.issue, desk.account.id, _seen(view), now=desk.now, today=today.astimezone(UTC))
    return Signs(view=view, look=kept)


def _is_about(hand: Hand, item_id: int, story_id: int) -> bool:
    """Return whether a press was about an item: named by itself, by its story, or put in with others by a draft."""
    facts = hand.facts
    if hand.action == "issue_draft":
        return "first" in facts and facts["first"] <= item_id <= facts["last"]
    return bool(facts["item"] == item_id if "item" in facts else facts.get("story") == story_id)


def moment_words(view: IssueView, moment: datetime) -> str:
    """Return a moment as one speaks of it: "i dag 14:02", "i går 14:02", else with its date."""
    desk = view.desk
    here, there = (each.astimezone(desk.language.zone).date() for each in (desk.now, moment))
    for key, days in (("today", 0), ("yesterday", 1)):
        if here - there == timedelta(days=days):
            return desk.t(f"signs.{key}", time=desk.language.time(moment))
    return desk.language.moment(moment)


def _seen(view: IssueView) -> Seen:
    return seen_of(view.issue, view.edition.items, section_notes(view.desk.store, view.issue.id))


def _municipalities(view: IssueView, places: Iterable[str]) -> tuple[str, ...]:
    """Return the municipalities of places; a place outside all of them stands for itself."""
    register = offer(view.desk.campaign.places).register
    found: dict[str, None] = {}
    for place_id in places:
        place = register.find(place_id)
        around = (place, *register.above(place_id)) if place is not None else ()
        home = next((each.id for each in around if each.kind is PlaceKind.MUNICIPALITY), place_id)
        found[home] = None
    return tuple(found)
