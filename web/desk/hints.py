"""What a card suggests to look at before deciding, each thing with its reason. Pure; nothing acts alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from campaign.records import Post, Review, Story
from campaign.sensitive import sensitive
from campaign.tongues import disagrees
from web.desk.remembered import guess

#: So many of the words that tell a language are shown.
_MOST_WORDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """One thing to look at. ``kind`` is "language", "private", "alt" or "told"; ``why`` tells which sort of it.

    Of a language ``words`` are the text's own and ``codes`` what was found and what the source says; of the others
    ``words`` are what was found; ``count`` counts pictures, ``numbers`` are issues.
    """

    kind: str
    why: str = ""
    words: tuple[str, ...] = ()
    codes: tuple[str, str] = ("", "")
    count: int = 0
    numbers: tuple[int, ...] = ()


def hints(
    story: Story, *, language: str, wordless: int, likes: Iterable[int], told: Mapping[int, Sequence[int]]
) -> tuple[Hint, ...]:
    """Return what a story's card points at.

    ``wordless`` counts pictures that lack words, ``likes`` are stories that may be the same, ``told`` the issues that
    told them; ``language`` is the site's.
    """
    posts = [post for post in story.posts if post.review is not Review.HIDDEN] or list(story.posts)
    found = [*_private(posts), *_languages(posts, language)]
    numbers = sorted({number for like in likes for number in told.get(like, ())})
    if numbers:
        found.append(Hint(kind="told", numbers=tuple(numbers)))
    if wordless:
        found.append(Hint(kind="alt", count=wordless))
    return tuple(found)


def _private(posts: Iterable[Post]) -> list[Hint]:
    seen = dict.fromkeys((each.why, each.words) for post in posts for each in sensitive(f"{post.title}\n{post.text}"))
    return [Hint(kind="private", why=why, words=(words,) if words else ()) for why, words in seen]


def _languages(posts: Iterable[Post], site: str) -> list[Hint]:
    """Return where a text is in another language than its source says, or than readers expect where it says none."""
    found: dict[tuple[str, str], Hint] = {}
    for post in posts:
        known = guess(f"{post.title}\n{post.text}")
        if known is None or not disagrees(post.language or site, known):
            continue
        codes = (known.language, (post.language or "").partition("-")[0])
        why = "other" if post.language else "none"
        found.setdefault(codes, Hint(kind="language", why=why, words=known.words[:_MOST_WORDS], codes=codes))
    return list(found.values())
