"""The truth table: what each channel gives, needs and costs, made from the kinds themselves.

The desk shows it as a page; ``python -m campaign.channels`` writes it as docs/kanaler.md and docs/channels.md.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from campaign.kinds import KINDS, UNREACHABLE, Door, Kind, Way
from campaign.language import Language

#: What is said of each channel, in the order of the table's columns.
ASPECTS = ("needs", "tags", "gives", "history", "deletes", "costs")

PAGES = {"sv": "kanaler.md", "en": "channels.md"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One kind of source as the table tells it. ``told`` are the words of ``ASPECTS``, in their order.

    ``pace`` is how often it is asked, in words, and ``short_pace`` the same in few; "" for what a person brings.
    """

    kind: Kind
    title: str
    door: str
    pace: str
    short_pace: str
    told: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A place from which nobody is let to collect: why, and what can be done instead."""

    name: str
    title: str
    why: str
    instead: str


def channels(language: Language) -> list[Channel]:
    """Return every channel, the open doors first."""
    doors = list(Door)
    kinds = sorted(KINDS.values(), key=lambda kind: (kind.way is Way.BROUGHT, doors.index(kind.door)))
    return [
        Channel(
            kind=kind,
            title=language.t(f"kind.{kind.name}.title"),
            door=language.t(f"channel.door.{kind.door}"),
            pace=_pace(kind, language),
            short_pace=_short_pace(kind, language),
            told=tuple((aspect, language.t(f"kind.{kind.name}.{aspect}")) for aspect in ASPECTS),
        )
        for kind in kinds
    ]


def closed(language: Language) -> list[Closed]:
    """Return what cannot be collected, with the reason."""
    return [
        Closed(
            name=name,
            title=language.t(f"channel.closed.{name}.title"),
            why=language.t(f"channel.closed.{name}.why"),
            instead=language.t(f"channel.closed.{name}.instead"),
        )
        for name in UNREACHABLE
    ]


def interval(time: timedelta, language: Language) -> str:
    """Return a span of time in words: "15 minuter", "6 timmar", "1 dygn"."""
    unit, count = _measured(time)
    return language.t(f"channel.{unit}", count=count)


def spaced(time: timedelta, language: Language) -> str:
    """Return how often something is done that is done each time so much has gone by: "med 15 minuters mellanrum"."""
    unit, count = _measured(time)
    return language.t(f"channel.spaced_{unit}", count=count)


def _measured(time: timedelta) -> tuple[str, int]:
    minutes = max(1, round(time.total_seconds() / 60))
    if minutes < 60:
        return "minutes", minutes
    if minutes < 1440 or minutes % 1440:
        return "hours", round(minutes / 60)
    return "days", minutes // 1440


def _pace(kind: Kind, language: Language) -> str:
    if kind.way is Way.BROUGHT:
        return ""
    if kind.way is Way.STREAM:
        return language.t("channel.live")
    every, floor = spaced(kind.every, language), interval(kind.floor, language)
    return language.t("channel.pace", every=every, floor=floor)


def _short_pace(kind: Kind, language: Language) -> str:
    if kind.way is Way.BROUGHT:
        return ""
    if kind.way is Way.STREAM:
        return language.t("channel.short_live")
    return spaced(kind.every, language)


def page(language: Language) -> str:
    """Return the table as a page of Markdown."""
    return "\n".join(_page(language)) + "\n"


def _page(language: Language) -> Iterator[str]:
    t = language.t
    yield f"# {t('channel.title')}\n"
    yield f"{t('channel.lead')} {t('channel.made')}\n"
    heads = [t("channel.head.channel"), t("channel.head.door"), t("channel.head.pace")]
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    found = channels(language)
    for channel in found:
        yield f"| [{channel.title}](#{channel.kind.name}) | {channel.door} | {channel.pace or t('channel.brought')} |"
    for channel in found:
        yield f'\n<a id="{channel.kind.name}"></a>\n\n## {channel.title} (`{channel.kind.name}`)\n'
        yield "| | |\n|---|---|"
        for aspect, words in channel.told:
            yield f"| {t(f'channel.head.{aspect}')} | {words} |"
        if channel.pace:
            yield f"| {t('channel.head.pace')} | {channel.pace} |"
    yield f"\n## {t('channel.closed_title')}\n\n{t('channel.closed_lead')}\n"
    yield f"| {t('channel.head.channel')} | {t('channel.head.why')} | {t('channel.head.instead')} |\n|---|---|---|"
    for each in closed(language):
        yield f"| {each.title} | {each.why} | {each.instead} |"


def write(folder: Path) -> None:
    """Write the table in each language into a folder."""
    for code, name in PAGES.items():
        (folder / name).write_text(page(Language(code, ZoneInfo("Europe/Stockholm"))), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
