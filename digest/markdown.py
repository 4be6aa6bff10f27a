"""Turns the editors' Markdown into the few elements a letter can show."""

from __future__ import annotations

import re
from collections import Counter

import nh3
from markdown_it import MarkdownIt

_TAGS = {"p", "br", "strong", "em", "a", "ul", "ol", "li", "blockquote"}
_SCHEMES = {"http", "https", "mailto"}
_PARSERS = {
    breaks: MarkdownIt("commonmark", {"html": False, "breaks": breaks, "linkify": False}).disable(
        ["image", "heading", "hr"]
    )
    for breaks in (True, False)
}


def to_html(markdown: str, *, breaks: bool = True) -> str:
    """Return clean HTML of paragraphs, lists, quotes, emphasis and links.

    HTML in the text is shown as text; pictures, headings and rules are not understood, since the letter has its own.
    Without ``breaks`` the lines of a paragraph flow together, as in a file that is wrapped by hand.
    """
    html: str = nh3.clean(
        _PARSERS[breaks].render(markdown), tags=_TAGS, attributes={"a": {"href"}}, url_schemes=_SCHEMES, link_rel=None
    )
    return html.strip()


# Possessive, and no part takes what begins the next link: the time grows with the text, whatever somebody typed.
_LINK = re.compile(r"(?<!\\)\[([^\[\]]*+)\]\(<?((?:[^\s()<>]|\([^\s()<>]*+\))++)>?(?:\s[^()]*+)?\)")
#: What stands for itself (escaped signs, addresses), or signs of emphasis.
_SIGNS = re.compile(r"\\.|[(<]https?://[^\s()<>]*+|\*++|_++|\n")
_MOST_SIGNS = 3
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def to_text(markdown: str) -> str:
    """Return the same words for the plain text part, each link's address in brackets behind its words."""
    plain = _LINK.sub(lambda match: f"{match[1]} ({match[2]})" if match[1] != match[2] else match[2], markdown)
    return _ESCAPED.sub(r"\1", _without_emphasis(plain)).strip()


def _without_emphasis(text: str) -> str:
    """Return the text without the signs of emphasis that stand in pairs on one line, in one pass over it."""
    waiting: list[re.Match[str]] = []
    held: Counter[str] = Counter()
    gone: list[tuple[int, int]] = []
    for found in _SIGNS.finditer(text):
        sign, before, after = (
            found[0],
            text[max(0, found.start() - 1) : found.start()],
            text[found.end() : found.end() + 1],
        )
        if sign == "\n":
            waiting.clear()
            held.clear()
        elif sign[0] not in "*_" or len(sign) > _MOST_SIGNS:
            continue
        elif held[sign] and before.strip() and not _is_word(after):
            while (opened := waiting.pop())[0] != sign:
                held[opened[0]] -= 1
            held[sign] -= 1
            gone += [opened.span(), found.span()]
        elif after.strip() and not _is_word(before):
            waiting.append(found)
            held[sign] += 1
    kept, last = [], 0
    for start, end in sorted(gone):
        kept.append(text[last:start])
        last = end
    return "".join([*kept, text[last:]])


def _is_word(letter: str) -> bool:
    return letter.isalnum() or letter == "_"
