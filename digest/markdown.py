"""Turns the editors' Markdown into the few elements a letter can show."""

from __future__ import annotations

import re

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


_LINK = re.compile(r"(?<!\\)\[([^\]]*)\]\(<?([^\s)>]+)>?[^)]*\)")
_EMPHASIS = re.compile(r"(?<![\\\w])(\*{1,3}|_{1,3})(?=\S)(.+?)(?<=\S)\1(?!\w)")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def to_text(markdown: str) -> str:
    """Return the same words for the plain text part, each link's address in brackets behind its words."""
    plain = _LINK.sub(lambda match: f"{match[1]} ({match[2]})" if match[1] != match[2] else match[2], markdown)
    return _ESCAPED.sub(r"\1", _EMPHASIS.sub(r"\2", plain)).strip()
