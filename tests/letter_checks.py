"""Reads a drawn letter as strictly as a mail program could, and says what is wrong with it.

Standards and house rules alike: well-formed HTML, headings in order, tables that are layout, pictures and links with
words, nothing loaded from elsewhere, and every word readable on its ground by day and at night, computed from the
letter's own styles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from xml.etree.ElementTree import Element

import html5lib

from digest.colour import as_hex, contrast

MAX_TABLES, MAX_STYLE = 10, 8_000
#: Words that say nothing about where a link leads.
_EMPTY_WORDS = {"här", "klicka här", "läs mer", "here", "click here", "read more", "länk", "link"}
_LOADS = re.compile(r"@import|url\(|<(?:link|script|iframe|object|embed|video|audio|source|form)\b", re.IGNORECASE)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


def faults(page: str, *, own: str = "") -> list[str]:
    """Return what is wrong with a letter's HTML; ``own`` is the site that its pictures may come from."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    root = parser.parse(page)
    found = [f"parse error: {code} at {where}" for where, code, _ in parser.errors]
    sheets = re.sub(r"<!--.*?-->", "", page, flags=re.DOTALL)
    style = "".join(re.findall(r"<style[^>]*>(.*?)</style>", sheets, re.DOTALL))
    found += [*_structure(root), *_pictures(root, own), *_links(root)]
    if len(style.encode()) > MAX_STYLE:
        found.append(f"sheet of {len(style.encode())} octets")
    found += [f"loads something: {each}" for each in _LOADS.findall(page)]
    if page.count("<!--[if mso]>") != page.count("<![endif]-->"):
        found.append("conditional comments do not match")
    found += _contrast(root, [], "day") + _contrast(root, dark_rules(style), "night")
    return found


def _structure(root: Element) -> Iterator[str]:
    body = root.find("body")
    assert body is not None
    wrapper = body.find("div")
    if not root.get("lang") or wrapper is None or wrapper.get("lang") != root.get("lang"):
        yield "language not told on both html and wrapper"
    if not (root.findtext("head/title") or "").strip():
        yield "no title"
    levels = [int(each.tag[1]) for each in body.iter() if re.fullmatch("h[1-6]", str(each.tag))]
    if levels.count(1) != 1 or levels[:1] != [1]:
        yield "not one h1, first"
    if any(after > before + 1 for before, after in pairwise(levels)):
        yield "skipped heading level"
    if any(not words(each) for each in body.iter() if re.fullmatch("h[1-6]", str(each.tag))):
        yield "empty heading"
    tables = list(body.iter("table"))
    if any(each.get("role") != "presentation" for each in tables):
        yield "table without role"
    if len(tables) > MAX_TABLES:
        yield f"{len(tables)} tables"
    if any(each.get("role") for each in body.iter() if each.tag not in ("table", "div")):
        yield "role where none belongs"


def _pictures(root: Element, own: str) -> Iterator[str]:
    for each in root.iter("img"):
        source = each.get("src") or ""
        if each.get("alt") is None or not (each.get("width") or "").isdigit():
            yield f"picture without alt or width: {source}"
        if not source.startswith("cid:") and not (own and source.startswith(own + "/")):
            yield f"picture from elsewhere: {source}"


def _links(root: Element) -> Iterator[str]:
    for each in root.iter("a"):
        if not words(each) or words(each).casefold() in _EMPTY_WORDS:
            yield f"link without words that say where it leads: {each.get('href')}"
        if not re.match(r"https?://|mailto:|#", each.get("href") or ""):
            yield f"link that leads nowhere: {each.get('href')}"
        style = styles(each)
        marked = (
            "underline" in style.get("text-decoration", "") or style.get("border-bottom") or "press" in classes(each)
        )
        if not marked:
            yield f"link that is not underlined: {words(each)}"


def words(each: Element) -> str:
    """The words of an element, as they are read."""
    return " ".join("".join(each.itertext()).split())


def classes(each: Element) -> set[str]:
    """The classes of an element."""
    return set((each.get("class") or "").split())


def styles(each: Element) -> dict[str, str]:
    """The inline style of an element."""
    pairs = (part.partition(":") for part in (each.get("style") or "").split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs if value}


@dataclass(frozen=True, slots=True)
class Rule:
    """One selector of the sheet for dark grounds."""

    parts: tuple[str, ...]
    declarations: dict[str, str]
    order: int

    @property
    def weight(self) -> tuple[int, int, int]:
        """What decides between two rules: classes, elements, order."""
        dotted = sum(part.count(".") for part in self.parts)
        return dotted, sum(not part.startswith(".") for part in self.parts), self.order

    def fits(self, line: list[Element]) -> bool:
        """Whether it is about the last element of a line of elements, each in the one before."""
        if not _is(line[-1], self.parts[-1]):
            return False
        above = line[:-1]
        for part in reversed(self.parts[:-1]):
            while above and not _is(above[-1], part):
                above = above[:-1]
            if not above:
                return False
            above = above[:-1]
        return True


def _is(each: Element, part: str) -> bool:
    tag, *wanted = part.split(".")
    return (not tag or each.tag == tag) and set(wanted) <= classes(each)


def dark_rules(style: str) -> list[Rule]:
    """The rules that hold on dark grounds; all of them are stronger than inline styles."""
    inside = style[style.index("@media (prefers-color-scheme: dark) {") :].partition("{")[2].partition("[data-ogsc]")[0]
    rules = []
    for order, (selectors, body) in enumerate(_RULE.findall(inside)):
        told = {}
        for declaration in body.split(";"):
            name, _, value = declaration.partition(":")
            if value:
                assert value.strip().endswith("!important"), declaration
                told[name.strip()] = value.replace("!important", "").strip()
        rules += [Rule(tuple(each.split()), told, order) for each in selectors.split(",")]
    return sorted(rules, key=lambda rule: rule.weight)


def _contrast(root: Element, rules: list[Rule], name: str) -> list[str]:
    body = root.find("body")
    assert body is not None
    start = {"color": "#000000", "ground": "#ffffff", "size": "16", "weight": "normal"}
    return sorted(set(_dim([body], start, rules, name)))


def _dim(line: list[Element], told: dict[str, str], rules: list[Rule], name: str) -> Iterator[str]:
    each = line[-1]
    own = styles(each)
    for rule in rules:
        if rule.fits(line):
            own.update(rule.declarations)
    if own.get("display") == "none":
        return
    here = {**told, **_seen(each, own)}
    large = float(here["size"]) >= 24 or (float(here["size"]) >= 18.66 and here["weight"] == "bold")
    said = (each.text or "").strip("\xa0 \n\t") or (each.tag == "img" and each.get("alt"))
    if said and contrast(here["color"], here["ground"]) < (3 if large else 4.5):
        yield f"{name}: {here['color']} on {here['ground']}: {str(said)[:30]}"
    for child in each:
        if isinstance(child.tag, str):
            yield from _dim([*line, child], here, rules, name)
        if (child.tail or "").strip() and contrast(here["color"], here["ground"]) < (3 if large else 4.5):
            yield f"{name}: {here['color']} on {here['ground']}: {(child.tail or '').strip()[:30]}"


def _seen(each: Element, own: dict[str, str]) -> dict[str, str]:
    """What an element changes of what is seen: colours, size and weight of its words."""
    seen = {}
    if each.tag == "a" and "color" not in own:
        own = {**own, "color": "#0000ee"}
    for name, key in (("color", "color"), ("ground", "background-color")):
        if as_hex(own.get(key, "")):
            seen[name] = as_hex(own[key])
    shorthand = re.search(r"(bold )?(\d+)px/", own.get("font", ""))
    if shorthand:
        seen["size"], seen["weight"] = shorthand[2], "bold" if shorthand[1] else "normal"
    if "font-size" in own:
        seen["size"] = own["font-size"].removesuffix("px")
    if "font-weight" in own or each.tag in ("b", "strong", "h1", "h2", "h3"):
        seen["weight"] = own.get("font-weight", seen.get("weight", "bold"))
    return seen
