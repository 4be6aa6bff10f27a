"""How a drawn letter says who told a story, when something happens, where a link leads. Pure."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from campaign.hashtags import key
from campaign.language import Language
from digest.excerpt import ELLIPSIS
from digest.letter import Item, Letter

_LEFTWARD = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_THOUSANDS = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")
_NEAR = timedelta(days=90)
#: Stands where the author goes while the words around the name are made; no text can hold it.
_NAME = "\x00"


def together(text: str) -> str:
    """Return text whose numbers are not broken between their thousands at a line's end."""
    return _THOUSANDS.sub("\xa0", text)


def paragraphs(item: Item) -> list[str]:
    """Return an item's text as paragraphs, with the marks that say where words were left out."""
    parts = [" ".join(part.split()) for part in item.text.split("\n") if part.strip()]
    if parts and item.opened:
        parts[0] = f"{ELLIPSIS} {parts[0]}"
    if parts and item.shortened:
        parts[-1] = f"{parts[-1]} {ELLIPSIS}"
    return parts


def by(item: Item, sent_on: date, language: Language) -> str:
    """Return who told a story, where and when."""
    return _by(item, item.author, sent_on, language)


def by_line(item: Item, sent_on: date, language: Language) -> Markup:
    """Return the same as HTML, the name set off."""
    told = escape(_by(item, _NAME if item.author else "", sent_on, language))
    return Markup(told.replace(_NAME, Markup("<b>{}</b>").format(item.author)))  # noqa: S704 - both are escaped


def _by(item: Item, author: str, sent_on: date, language: Language) -> str:
    told = day(item.published_at, sent_on, language) if item.published_at else ""
    if not author:
        return _unknown(item, told, language)
    if item.network in ("", "feed"):
        return language.t("letter.from_feed", author=author, date=told)
    name = f"network.{item.network}"
    network = language.t(name) if language.has(name) else item.network
    return language.t("letter.on_network", author=author, network=network, date=told)


def _unknown(item: Item, told: str, language: Language) -> str:
    """Return where the author is named, of a post of which we do not know it."""
    name = f"network.{item.network}"
    if item.network not in ("", "feed") and language.has(name):
        where = language.t("credit.see_post", network=language.t(name))
    else:
        where = language.t("credit.see_original")
    return f"{where}, {told}" if told else where


def day(moment: datetime, sent_on: date, language: Language) -> str:
    """Return the day with its week day while it is near, else with its year."""
    near = abs(sent_on - moment.astimezone(language.zone).date()) < _NEAR
    return language.day(moment) if near else language.date(moment)


def when(item: Item, sent_on: date, language: Language) -> str:
    """Return when an event is, "Torsdag 3 december kl. 09:00-10:30"; "" for what has no time."""
    start, end = item.starts_at, item.ends_at
    if start is None:
        return ""
    first = day(start, sent_on, language)
    last = day(end, sent_on, language) if end is not None and end > start else first
    if item.all_day:
        told = first if first == last else language.t("letter.event.days", first=first, last=last)
    elif end is None or end <= start:
        told = language.t("letter.event.at", day=first, start=language.time(start))
    elif first == last:
        told = language.t("letter.event.between", day=first, start=language.time(start), end=language.time(end))
    else:
        opens = language.t("letter.event.at", day=first, start=language.time(start))
        closes = language.t("letter.event.at", day=last, start=language.time(end))
        told = language.t("letter.event.days", first=opens, last=closes)
    return told[:1].upper() + told[1:]


def leaf(item: Item, language: Language) -> tuple[str, str]:
    """Return day and month of an event as a calendar's leaf has them, ("3", "december")."""
    if item.starts_at is None:
        return "", ""
    return str(item.starts_at.astimezone(language.zone).day), language.month(item.starts_at).split()[0]


def runs_left(text: str) -> bool:
    """Return whether a text has letters of a script that runs from right to left."""
    return _LEFTWARD.search(text) is not None


def host(url: str) -> str:
    """Return the site that a link leads to, "" where it cannot be told."""
    try:
        found = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return found.removeprefix("www.")


def tags(item: Item, hashtags: Sequence[str]) -> str:
    """Return the hashtags at a text's end but for the campaign's own, which every story has."""
    own = {key(each) for each in hashtags}
    return " ".join(each for each in item.tags.split() if key(each.rstrip(",.")) not in own)


def headline(letter: Letter, language: Language) -> str:
    """Return the line under the letter's name: its number and week, or the year of a yearbook, and its day."""
    date_told = f"{language.day(letter.sent_on)} {letter.sent_on.year}"
    if letter.kind == "yearbook":
        year = letter.book.year if letter.book else letter.year
        return language.t("letter.yearbook_line", number=letter.number, year=year, date=date_told)
    return language.t("letter.issue_line", number=letter.number, week=letter.week, date=date_told)


def wrapped(text: str, width: int = 72, indent: str = "") -> str:
    """Return text wrapped for mail programs that show it as it is; addresses are never broken."""
    return "\n".join(
        textwrap.fill(
            line, width, break_long_words=False, break_on_hyphens=False, initial_indent=indent, subsequent_indent=indent
        )
        if line.strip()
        else ""
        for line in text.split("\n")
    )
