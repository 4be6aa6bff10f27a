"""Asks the owner of a picture for the right to show it, in words that fit the network. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from campaign.language import Language
from campaign.records import Use

#: How long a reply may be, as each network counts.
REPLY_MAX = {"x": 280, "bluesky": 300, "mastodon": 500, "instagram": 2200, "facebook": 8000, "youtube": 10000}

#: Where a network is not named above.
_REPLY_MAX = 500

_SHORTEST_NAME = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked for: ``count`` pictures of a post, by ``who`` for which uses, and until which day (None: for good).

    ``author`` is how the author is addressed, "" where nobody knows; ``post`` the post's address, ``terms`` that of the
    page that tells how personal data are kept.
    """

    network: str
    author: str
    who: str
    post: str
    terms: str
    count: int = 1
    uses: Collection[Use] = tuple(Use)
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Ready words. ``short`` fits a reply of at most ``most`` letters; ``long`` is for a message or a mail."""

    short: str
    long: str
    most: int


def ask(question: Question, language: Language) -> Asking:
    """Return the words that ask, in a language. Whatever is long in them, the short ones fit the network."""
    most = REPLY_MAX.get(question.network, _REPLY_MAX)
    return Asking(
        short=next(text for text in _shorter(question, language) if length(text, question.network) <= most),
        long=_words("asking.long", question, language),
        most=most,
    )


def language_for(code: str | None, default: str) -> str:
    """Return the language in which the author of a post is asked: Swedish, or English for whoever writes another."""
    return default if not code else "sv" if code.split("-")[0].lower() == "sv" else "en"


def length(text: str, network: str) -> int:
    """Return how long a text is as its network counts: for X most letters beyond Europe's are two."""
    return sum(2 if network == "x" and ord(each) > 0x10FF else 1 for each in text)


def _shorter(question: Question, language: Language) -> Iterator[str]:
    """Pass over the same question in ever fewer words; the last one is cut to fit."""
    for key in ("asking.short", "asking.shorter", "asking.shortest"):
        yield _words(key, question, language)
    who = question.who
    for end in range(len(who) - 1, _SHORTEST_NAME, -1):
        yield language.t("asking.shortest", who=who[:end].rstrip() + "…", terms=question.terms, **_count(question))
    yield language.t("asking.bare", **_count(question))


def _words(key: str, question: Question, language: Language) -> str:
    until = language.t("asking.until", day=language.date(question.until)) if question.until else ""
    return language.t(
        key,
        hello=_hello(question, language),
        who=question.who,
        uses=_listed([language.t(f"asking.use.{use}") for use in Use if use in question.uses], language),
        until=f" {until}" if until else "",
        post=question.post,
        terms=question.terms,
        **_count(question),
    )


def _count(question: Question) -> dict[str, int]:
    return {"count": question.count}


def _listed(words: list[str], language: Language) -> str:
    if len(words) < 2:
        return "".join(words)
    return language.t("asking.and", first=", ".join(words[:-1]), last=words[-1])


def _hello(question: Question, language: Language) -> str:
    return language.t("asking.hello", author=question.author) if question.author else language.t("asking.hello_all")
