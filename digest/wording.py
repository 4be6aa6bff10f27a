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
_FRESH = timedelta(days=14)
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
    """Return where a story happened, who told it, on what and when."""
    told = _by(item, item.author or _unknown(item, language), _told_on(item, sent_on, language), language)
    return f"{item.place} · {told}" if item.place else told


def by_line(item: Item, sent_on: date, language: Language) -> Markup:
    """Return the same as HTML: the place set off, the name a link to what was told, the date never broken."""
    told_on = _told_on(item, sent_on, language).replace(" ", "\xa0")
    name = escape(item.author or _unknown(item, language))
    if item.original_url:
        name = Markup('<a href="{}">{}</a>').format(item.original_url, name)
    told = Markup(escape(_by(item, _NAME, told_on, language)).replace(_NAME, name))  # noqa: S704 - both are escaped
    return Markup("<b>{}</b>\xa0· {}").format(item.place, told) if item.place else told


def _by(item: Item, name: str, told_on: str, language: Language) -> str:
    """Return who told a story; where an editor tells it, who first did, so that no words stand as another's own."""
    said = _told_by(item, name, told_on, language)
    if not item.in_own_words:
        return said
    return language.t("letter.edited" if item.author else "letter.edited_unknown", by=said)


def _told_by(item: Item, name: str, told_on: str, language: Language) -> str:
    if not item.author:
        return f"{name}, {told_on}" if told_on else name
    if item.network in ("", "feed"):
        return language.t("letter.from_feed", author=name, date=told_on)
    key_of = f"network.{item.network}"
    network = language.t(key_of) if language.has(key_of) else item.network
    return language.t("letter.on_network", author=name, network=network, date=told_on)


def _unknown(item: Item, language: Language) -> str:
    """Return where the author is named, of a post of which we do not know it."""
    name = f"network.{item.network}"
    if item.network not in ("", "feed") and language.has(name):
        return language.t("credit.see_post", network=language.t(name))
    return language.t("credit.see_original")


def _told_on(item: Item, sent_on: date, language: Language) -> str:
    """Return when a story was told: with its week day while that says something, "4 juli" after two weeks."""
    if item.published_at is None:
        return ""
    age = sent_on - item.published_at.astimezone(language.zone).date()
    if _FRESH < age < _NEAR:
        return language.date(item.published_at, "d MMMM")
    return day(item.published_at, sent_on, language)


def credit(item: Item) -> str:
    """Return who is to be named for an item's picture, "" where the line below it names them already."""
    told = item.picture.credit if item.picture else ""
    return "" if told.casefold() == item.author.casefold() else told


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
