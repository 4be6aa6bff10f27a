"""What a story looks like at the desk: everything that a decision needs, and nothing that has to be looked up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from campaign import hashtags
from campaign.credit import named
from campaign.flags import Proposal
from campaign.places import offer
from campaign.records import NodeRef, Post, Review, Story
from campaign.settings import CampaignSettings, SourceSettings
from storage.areas import focus_areas
from storage.bulk import mark
from storage.cases import asked_away
from storage.evidence import Evidence, evidence_of
from storage.flags import First, firsts, flag_reasons, has_colleague
from storage.media import MediaFailure, media_failures
from storage.notes import Note, notes_of
from storage.pairs import proposals
from storage.queue import told_in
from storage.rules import HitRecord, hits_on
from storage.store import Store
from storage.stories import get_stories
from storage.strategy import TreeNode, read_strategies
from storage.versions import Version, versions
from web.desk.differences import Piece, differences
from web.desk.excerpt_cards import ExcerptRow, excerpt_row
from web.desk.hints import Hint, hints
from web.desk.picture_cards import Picture, opener, pictures_of
from web.desk.place_cards import PlaceRow, labels, place_row
from web.desk.remembered import propose, suggest
from web.desk.rule_cards import suggested_nodes, with_suggested

#: A text is shown whole up to here; a longer one opens.
_SHOWN = 560

#: So many focus areas stand as buttons on every card; with more only the picker is shown.
_MOST_AREAS = 6

#: So many stories that may be the same stand on a card; the story's own page leads to all others.
_MOST_LIKES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A node that a card offers. ``number`` is its key (0: none), ``found`` the words for which it is proposed.

    ``rule`` is the name of a rule that suggests it, "" for none.
    """

    node: TreeNode
    number: int
    attached: bool
    found: tuple[str, ...]
    rule: str = ""

    @property
    def is_proposed(self) -> bool:
        """Whether something speaks for attaching the story to it."""
        return not self.attached and bool(self.found or self.rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostCard:
    """One post. ``shown`` and ``rest`` are its text, cut where it is long; ``changed`` is set where it was edited.

    ``author`` is "" where nobody knows it. ``origin`` is the source's name where it tells more than the author's, ""
    where the network says enough.
    """

    post: Post
    author: str
    origin: str
    language: str | None
    shown: str
    rest: str
    pictures: tuple[Picture, ...]
    approved: Version | None
    changed: tuple[Piece, ...]
    title_changed: tuple[Piece, ...]
    tags: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Like:
    """A story that may tell the same as a card's. ``why`` is "text", "link" or "picture"."""

    story: Story
    why: str
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskCard:
    """A story with what the desk knows about it."""

    story: Story
    lead: PostCard
    others: tuple[PostCard, ...]
    areas: tuple[Area, ...]
    nodes: tuple[NodeRef, ...]
    proposed: tuple[Area, ...]
    seen: str
    told_in: tuple[int, ...]
    asked_away: bool
    likes: tuple[Like, ...]
    is_edited: bool
    is_joined: bool
    due: bool
    places: PlaceRow
    hints: tuple[Hint, ...] = ()
    notes: tuple[Note, ...] = ()
    excerpt: ExcerptRow | None = None
    first: First | None = None
    alone: bool = False
    flags_proposed: tuple[Proposal, ...] = ()
    flag_reasons: Mapping[str, str] = field(default_factory=dict)
    rule_hits: tuple[HitRecord, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    @property
    def mark(self) -> str:
        """What tells this look at the story from a later one."""
        return mark(self.story)

    @property
    def weights(self) -> dict[int, Evidence]:
        """What the story is evidence for, by node."""
        return {each.node_id: each for each in self.evidence}

    @property
    def posts(self) -> tuple[PostCard, ...]:
        """All posts, the one that stands for the story first."""
        return (self.lead, *self.others)

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The pictures of all posts."""
        return tuple(picture for post in self.posts for picture in post.pictures)

    @property
    def opener(self) -> Picture | None:
        """The picture whose form one key opens."""
        return opener(self.pictures)


class Cards:
    """Makes cards for many stories with few questions to the database."""

    def __init__(
        self,
        store: Store,
        campaign: CampaignSettings,
        *,
        site_language: str,
        sources: Mapping[str, SourceSettings],
        now: datetime,
    ) -> None:
        self._store = store
        self._now = now
        self._language = site_language
        self._sources = sources
        self._offer = offer(campaign.places)
        self._tags = {hashtags.key(tag) for tag in (*campaign.hashtags, *campaign.aliases)}
        trees = read_strategies(store, campaign.id)
        self.tree = [node for tree in trees for node in tree.nodes]
        self._areas_of = focus_areas(trees)

    @property
    def place_labels(self) -> list[str]:
        """What the field for a place proposes, the same on every card."""
        return labels(self._offer)

    def make(self, stories: Sequence[Story]) -> list[DeskCard]:
        """Return the cards of stories, in their order."""
        ids = [story.id for story in stories]
        told, away = told_in(self._store, ids), asked_away(self._store, ids)
        edited = [post.id for story in stories for post in story.posts if post.version_number > 1]
        texts = versions(self._store, edited)
        likes = self._likes(ids)
        notes = notes_of(self._store, ids)
        evidence = evidence_of(self._store, ids)
        pictures = [media for story in stories for post in story.posts for media in post.media]
        failures = media_failures(self._store, [each.id for each in pictures if each.file is None])
        cards = [
            self._card(
                story, texts, told=tuple(told.get(story.id, [])), asked_away=story.id in away,
                likes=tuple(likes.get(story.id, [])), notes=tuple(notes.get(story.id, [])),
                failures=failures, evidence=evidence.get(story.id, ()),
            )
            for story in stories
        ]  # fmt: skip
        return self._ruled(self._flagged(self._hinted(cards)))

    def _hinted(self, cards: list[DeskCard]) -> list[DeskCard]:
        """Return cards with what to look at before deciding."""
        alike = {like.story.id for card in cards for like in card.likes}
        told = told_in(self._store, sorted(alike)) if alike else {}
        return [
            replace(
                card,
                hints=hints(
                    card.story,
                    language=self._language,
                    wordless=sum(picture.alt_from == "missing" for picture in card.pictures),
                    likes=[like.story.id for like in card.likes],
                    told=told,
                ),
            )
            for card in cards
        ]

    def _ruled(self, cards: list[DeskCard]) -> list[DeskCard]:
        """Return cards with what rules made of their posts; what rules suggest stands among what is proposed."""
        found = hits_on(self._store, [post.id for card in cards for post in card.story.posts])
        return [
            self._with_hits(card, hits)
            if (hits := tuple(hit for post in card.story.posts for hit in found.get(post.id, ())))
            else card
            for card in cards
        ]

    def _with_hits(self, card: DeskCard, hits: tuple[HitRecord, ...]) -> DeskCard:
        rules = suggested_nodes(hits)
        shown = {area.node.id for area in card.areas} | {node.id for node in card.nodes}
        proposed = {area.node.id: area for area in card.proposed}
        added = [
            replace(proposed.pop(node.id, Area(node=node, number=0, attached=False, found=())), rule=rules[node.id])
            for node in self.tree
            if node.id in rules and node.id not in shown
        ]
        return replace(
            card,
            areas=tuple(replace(area, rule=rules.get(area.node.id, "")) for area in card.areas),
            proposed=(*added, *proposed.values()),
            places=with_suggested(card.places, hits, self._offer),
            rule_hits=hits,
        )

    def _flagged(self, cards: list[DeskCard]) -> list[DeskCard]:
        """Return cards with what is known of their second pair of eyes: who was first, and what speaks for one."""
        given = firsts(self._store, [card.story for card in cards])
        why = flag_reasons(self._store, [card.story for card in cards])
        alone = any(card.story.flags for card in cards) and not has_colleague(self._store)
        return [
            replace(
                card,
                first=given.get(card.story.id),
                flag_reasons=why.get(card.story.id, {}),
                alone=alone and bool(card.story.flags),
                flags_proposed=tuple(
                    each
                    for each in propose(card.story.posts, language=self._language)
                    if each.flag not in card.story.flags
                ),
            )
            for card in cards
        ]

    def _likes(self, ids: Sequence[int]) -> dict[int, list[Like]]:
        """Return the stories that a rule would ask to join with each, a few of each."""
        asked = {here: there[:_MOST_LIKES] for here, there in proposals(self._store, ids).items()}
        others = {each.story_id for there in asked.values() for each in there}
        known = {story.id: story for story in get_stories(self._store, sorted(others), public=False)} if others else {}
        return {
            here: [
                Like(story=known[each.story_id], why=each.why, percent=each.percent)
                for each in there
                if each.story_id in known
            ]
            for here, there in asked.items()
        }

    def _card(
        self, story: Story, texts: dict[int, list[Version]], *, told: tuple[int, ...], asked_away: bool,
        likes: tuple[Like, ...], notes: tuple[Note, ...],
        failures: Mapping[int, MediaFailure], evidence: tuple[Evidence, ...],
    ) -> DeskCard:  # fmt: skip
        posts = [self._post(post, story, texts.get(post.id, []), failures) for post in story.posts]
        lead = next(post for post in posts if post.post.id == story.lead.id)
        areas = self._areas(story)
        top = tuple(area for area in areas if area.number)
        reviews = {post.review for post in story.posts}
        return DeskCard(
            story=story,
            lead=lead,
            others=tuple(post for post in posts if post is not lead),
            areas=top,
            nodes=tuple(node for node in story.nodes if node.id not in {area.node.id for area in top}),
            proposed=tuple(area for area in areas if area.found and not area.attached and not area.number)[:3],
            seen=",".join(f"{post.id}:{post.version_id}" for post in story.posts),
            told_in=told,
            asked_away=asked_away,
            likes=likes,
            is_edited=any(post.changed or post.title_changed or post.approved for post in posts),
            is_joined=Review.APPROVED in reviews and bool(reviews & {Review.NEW, Review.LATER}),
            due=story.review is Review.LATER and story.later_until is not None and story.later_until <= self._now,
            places=place_row(story, self._offer, self._sources),
            notes=notes,
            evidence=evidence,
            excerpt=excerpt_row(story, texts.get(story.lead.id, [])),
        )

    def _areas(self, story: Story) -> list[Area]:
        attached = {node.id for node in story.nodes}
        text, title = ("\n".join(part) for part in zip(*((p.text, p.title) for p in story.posts), strict=True))
        listed = {node.id: node.words for node in self.tree}
        proposed = {found.node_id: found.found for found in suggest(text, listed, title=title)}
        tops = list(dict.fromkeys(area.id for area in self._areas_of.values()))
        numbers = {node_id: number for number, node_id in enumerate(tops, 1)} if len(tops) <= _MOST_AREAS else {}
        return [
            Area(
                node=node,
                number=numbers.get(node.id, 0),
                attached=node.id in attached,
                found=proposed.get(node.id, ()),
            )
            for node in self.tree
        ]

    def _post(self, post: Post, story: Story, texts: list[Version], failures: Mapping[int, MediaFailure]) -> PostCard:
        approved = next((text for text in texts if text.approved and not text.newest), None)
        shown, rest = cut(post.text)
        source = self._sources.get(post.source)
        author, origin = named(post, source), (source.name or source.id) if source else ""
        return PostCard(
            post=post,
            author=author,
            origin=origin if origin != author else "",
            language=post.language if post.language and not post.language.startswith(self._language) else None,
            shown=shown,
            rest=rest,
            pictures=pictures_of(post, story, now=self._now, failures=failures),
            approved=approved,
            changed=changes(approved.text, post.text) if approved else (),
            title_changed=changes(approved.title, post.title) if approved else (),
            tags=tuple((tag, hashtags.key(tag) in self._tags) for tag in unseen_tags(post)),
        )


def changes(before: str, after: str) -> tuple[Piece, ...]:
    """Return the differences of two texts, none where they are equal."""
    return () if before == after else tuple(differences(before, after))


def cut(text: str, most: int = _SHOWN) -> tuple[str, str]:
    """Return a text's beginning and the rest; a text that is only a little longer stays whole."""
    if len(text) <= most * 1.3:
        return text, ""
    at = max(text.rfind(" ", 0, most), text.rfind("\n", 0, most))
    at = at if at > most // 2 else most
    return text[:at].rstrip(), text[at:].lstrip()


def unseen_tags(post: Post) -> Iterable[str]:
    """Return the tags of a post that its text does not show, each once."""
    visible = {hashtags.key(tag) for tag in hashtags.find(f"{post.title}\n{post.text}")}
    folded = {hashtags.fold(tag) for tag in visible}
    tags = {hashtags.key(tag): tag.lstrip("#") for tag in post.tags}
    return [tag for key, tag in tags.items() if key not in visible and hashtags.fold(tag) not in folded]
