"""What the benchmarks work on: a letter of forty stories, a site that sends it, feeds. Made, always the same."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from campaign.settings import (
    CampaignSettings,
    FetchSettings,
    MailSettings,
    NewsletterSettings,
    Settings,
    Site,
    SourceSettings,
    StorageSettings,
    WeekTime,
)
from digest.letter import Item, Letter, Links, Section

NOW = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
SITE = "https://hallandvaxer.example.se"
WORDS = (  # noqa: SIM905 - words are read more easily so
    "företag skola bygd hav åker järnväg förening kommun region öppnar bygger provar växer samlar visar lär möter "
    "nya gröna gamla unga varma fler tillsammans imorgon längs i på för med och där när så att vi de ni"
).split()

NEWSLETTER = NewsletterSettings(
    id="veckobrevet",
    campaign="hallandvaxer",
    name="Veckobrevet",
    draft=WeekTime(weekday=3, hour=14, minute=0),
    send=WeekTime(weekday=4, hour=8, minute=0),
    sender_name="Halland växer",
    sender_address="nyhetsbrev@example.se",
)


def text(seed: int, words: int) -> str:
    """Return words in an order that the seed decides."""
    choose = random.Random(seed)
    return " ".join(choose.choice(WORDS) for _ in range(words)).capitalize() + "."


def letter(items: int = 40) -> Letter:
    """Return a letter in four sections, each story with a text as long as letters show it."""
    told = [
        Item(
            story_id=number,
            title=text(number, 7),
            text=text(number + 1000, 40),
            author=f"Avsändare {number}",
            network="mastodon",
            published_at=NOW - timedelta(hours=number),
            language="sv",
            url=f"{SITE}/stories/{number}",
            original_url=f"https://mastodon.example/@x/{number}",
        )
        for number in range(items)
    ]
    sections = tuple(
        Section(code=str(area), title=f"Inriktning {area}", colour="#2f6b3c", items=tuple(told[area - 1 :: 4]))
        for area in range(1, 5)
    )
    pages = {name: f"{SITE}/{name}" for name in ("archive", "subscribe", "privacy", "about")}
    return Letter(
        language="sv",
        campaign="hallandvaxer",
        campaign_name="Halland växer",
        newsletter=NEWSLETTER.id,
        name="Veckobrevet",
        number=1,
        year=2026,
        week=47,
        sent_on=date(2026, 11, 20),
        subject="Veckobrevet v. 47: Bron över Nissan är öppen",
        plain_subject="Veckobrevet v. 47",
        preview="Bron över Nissan är öppen",
        intro="Hej **alla** i Halland!",
        accent="#2f6b3c",
        hashtags=("#hallandväxer",),
        owner="Region Halland",
        contact="infomaster@example.se",
        links=Links(web=f"{SITE}/issues/{NEWSLETTER.id}/1", **pages),
        sections=sections,
    )


def settings(
    folder: Path,
    *,
    mail: MailSettings | None = None,
    sources: dict[str, SourceSettings] | None = None,
    allow: tuple[str, ...] = (),
) -> Settings:
    """Return the settings of a site in a folder."""
    return Settings(
        file=folder / "config.toml",
        site=Site(
            name="Halland växer",
            owner="Region Halland",
            base_url=SITE,
            contact="infomaster@example.se",
            secret=b"for benchmarks, never used elsewhere",
        ),
        storage=StorageSettings(url=f"sqlite:///{folder / 'skord.db'}", media=folder / "media"),
        campaigns={
            "hallandvaxer": CampaignSettings(
                id="hallandvaxer", name="Halland växer", hashtags=("#hallandväxer",), aliases=("#hallandvaxer",)
            )
        },
        sources=sources or {},
        newsletters={NEWSLETTER.id: NEWSLETTER},
        mail=mail or MailSettings(),
        fetch=FetchSettings(allow=allow, per_host=timedelta(0)),
    )


def feed(number: int, *, entries: int = 30, tagged: bool = True) -> bytes:
    """Return an RSS feed of some 50 kB; every tenth entry has the hashtag, or none."""
    items = "".join(_entry(number * 1000 + entry, tagged=tagged and entry % 10 == 0) for entry in range(entries))
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Flöde {number}</title>'
        f"<link>https://source{number}.example/</link><description>Nyheter</description>{items}</channel></rss>"
    ).encode()


def _entry(number: int, *, tagged: bool) -> str:
    paragraphs = "".join(f"&lt;p&gt;{text(number + part, 60)}&lt;/p&gt;" for part in range(4))
    tag = " #hallandväxer" if tagged else ""
    return (
        f"<item><title>{text(number, 8)}</title><link>https://source.example/{number}</link>"
        f"<guid>https://source.example/{number}</guid>"
        f"<pubDate>{format_datetime(NOW - timedelta(minutes=number))}</pubDate>"
        f"<description>{paragraphs}{tag}</description></item>"
    )
