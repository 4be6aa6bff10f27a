"""What the benchmarks work on: a letter of forty stories, a site that sends it, feeds. Made, always the same."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from html import escape
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


def feed(number: int, *, tagged: bool = False) -> bytes:
    """Return a feed of 20 to 50 entries and some 56 kB, RSS or Atom by turns; with the hashtag in one of its entries.

    The words are drawn from some ten thousand, common ones often and rare ones seldom, as people write.
    """
    choose = random.Random(number)
    entries = choose.randint(20, 50)
    write = _atom if number % 2 else _rss
    marked = choose.randrange(entries) if tagged else -1
    return write(number, [_Told.made(choose, number, entry, marked=entry == marked) for entry in range(entries)])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """One entry of a feed before it is written in a format. ``html`` is not yet escaped."""

    url: str
    title: str
    html: str
    at: datetime

    @classmethod
    def made(cls, choose: random.Random, number: int, entry: int, *, marked: bool) -> _Told:
        url = f"https://kalla{number}.example/{entry}-{choose.randrange(10**6)}"
        paragraphs = [_said(choose, choose.randint(13, 30)) for _ in range(choose.randint(3, 5))]
        tag = '<p><a href="/tag">#hallandväxer</a></p>' if marked else ""
        html = (
            f'<p><img src="/bild/{entry}.jpg" alt="{_said(choose, 4)}" width="640" height="480"></p>'
            + f'<p class="ingress"><strong>{paragraphs[0]}</strong></p>'
            + "".join(f'<p>{said} <a href="{url}/mer">{_said(choose, 2)}</a> &amp; så</p>' for said in paragraphs[1:])
            + tag
        )
        return cls(
            url=url,
            title=_said(choose, 7),
            html=html,
            at=NOW - timedelta(hours=entry + 1, seconds=choose.randrange(3600)),
        )


_ENDINGS = "a en et ar or er na s n t de ande ing ningen lig ligt bar het skap dom".split()  # noqa: SIM905
_STEMS = [*sorted(WORDS, key=len), *(start + middle for start in WORDS[:20] for middle in ("s", *WORDS[20:44]))]


def _said(choose: random.Random, words: int) -> str:
    """Return words of which some come again and again, and many once."""
    ranks = (int(len(_STEMS) * choose.random() ** 4) for _ in range(words))
    said = (_STEMS[rank] + (choose.choice(_ENDINGS) if rank > 40 else "") for rank in ranks)
    return " ".join(said).capitalize() + "."


def _rss(number: int, entries: Iterable[_Told]) -> bytes:
    items = "".join(
        f"<item><title>{escape(told.title)}</title><link>{told.url}</link><guid>{told.url}</guid>"
        f"<pubDate>{format_datetime(told.at)}</pubDate><dc:creator>Skribent {number}</dc:creator>"
        f"<category>nyheter</category><description>{escape(told.html)}</description></item>\n"
        for told in entries
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>Flöde {number}</title><link>https://kalla{number}.example/</link><language>sv</language>"
        f"<description>Nyheter</description>{items}</channel></rss>"
    ).encode()


def _atom(number: int, entries: Iterable[_Told]) -> bytes:
    written = "".join(
        f'<entry><title>{escape(told.title)}</title><link rel="alternate" href="{told.url}"/><id>{told.url}</id>'
        f"<published>{told.at.isoformat()}</published><updated>{told.at.isoformat()}</updated>"
        f'<author><name>Skribent {number}</name></author><category term="nyheter"/>'
        f'<content type="html">{escape(told.html)}</content></entry>\n'
        for told in entries
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="sv">'
        f'<title>Flöde {number}</title><id>https://kalla{number}.example/</id><link href="https://kalla{number}.example/"/>'
        f"<updated>{NOW.isoformat()}</updated>{written}</feed>"
    ).encode()
