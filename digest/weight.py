"""What a letter weighs and what takes the space: Gmail hides what stands behind about 102 KB of a letter's HTML."""

from __future__ import annotations

from dataclasses import dataclass, replace
from email import message_from_bytes, policy

from campaign.language import Language
from digest.encoding import quoted_printable
from digest.letter import Item, Letter
from digest.lint import GMAIL_CLIPS_BYTES
from digest.render import BUDGET_BYTES, Rendered, render


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """The sizes of a letter's parts in bytes as they are sent.

    ``html`` is what Gmail counts; ``frame`` is what of it a letter without any story weighs; ``text`` the plain part;
    ``pictures`` those that travel along, ``picture_count`` of them; ``total`` the whole message. ``longest`` is the
    story with the most words of its own, ``longest_bytes`` those words. ``lines`` are the stories that are cut to one
    line for the space.
    """

    html: int
    frame: int
    text: int
    pictures: int
    picture_count: int
    total: int
    items: int
    longest: Item | None
    longest_bytes: int
    lines: tuple[Item, ...]
    budget: int = BUDGET_BYTES
    most: int = GMAIL_CLIPS_BYTES

    @property
    def stories(self) -> int:
        """What the stories weigh together, in the HTML."""
        return max(0, self.html - self.frame)

    @property
    def is_tight(self) -> bool:
        """Whether little is left of what a letter may weigh, or something had to be cut for it."""
        return bool(self.lines) or self.html > self.budget * 0.85


def weigh(letter: Letter, rendered: Rendered, language: Language, *, message: bytes) -> Weight:
    """Return what a drawn letter weighs. ``message`` is the whole of it as one reader gets it."""
    bare = render(replace(letter, sections=(), figures=(), touched=()), language, ornament="cid:rings@skord")
    told = letter.items[: rendered.full]
    longest = max(told, key=_words, default=None)
    pictures = _pictures(message)
    return Weight(
        html=rendered.size_bytes,
        frame=min(bare.size_bytes, rendered.size_bytes),
        text=len(quoted_printable(rendered.text)),
        pictures=sum(pictures),
        picture_count=len(pictures),
        total=len(message),
        items=len(letter.items),
        longest=longest,
        longest_bytes=_words(longest) if longest else 0,
        lines=letter.items[rendered.full :],
    )


def _words(item: Item) -> int:
    return len(quoted_printable(f"{item.title}\n{item.text}"))


def _pictures(message: bytes) -> list[int]:
    """Return how many bytes each picture in a message takes, as encoded."""
    parsed = message_from_bytes(message, policy=policy.default)
    parts = (part for part in parsed.walk() if part.get_content_maintype() == "image")
    return [len(part.get_payload()) for part in parts]
