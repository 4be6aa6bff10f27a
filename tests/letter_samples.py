"""A letter with everything that a letter can hold, and readings of a drawn one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from campaign.language import Language
from campaign.newsletter import EVENTS, YEAR_AGO
from digest.letter import Bar, Figure, Item, Letter, Picture, Section
from digest.render import Rendered, render
from digest_samples import letter

ZONE = ZoneInfo("Europe/Stockholm")
SITE = "https://hallandvaxer.example.se"


def free(kind: str, number: int = 90, **changed: Any) -> Item:
    """What an editor wrote for the letter alone."""
    values = {"story_id": 0, "title": f"Eget {number}", "quoted": False, "kind": kind, "item_id": number, **changed}
    return Item(**values)


def event(number: int = 91, **changed: Any) -> Item:
    """A breakfast on the third of December, with its calendar file."""
    values = {
        "title": "Frukostmöte",
        "text": "Kaffe från **07.30**.",
        "url": "https://www.example.se/frukost",
        "starts_at": datetime(2026, 12, 3, 7, 0, tzinfo=UTC),
        "ends_at": datetime(2026, 12, 3, 8, 30, tzinfo=UTC),
        "place": "Kulturhuset, Falkenberg",
        "calendar": f"{SITE}/issues/veckobrevet/12/events/{number}.ics",
        **changed,
    }
    return free("event", number, **values)


def figure(section: str = "") -> Figure:
    """A figure of eight years."""
    bars = tuple(Bar(label=str(2018 + at), value=str(40 + at), share=60 + 5 * at) for at in range(8))
    return Figure(
        indicator=1,
        title="Sysselsättning",
        sentence="Halland 2025: 47 procent.",
        section=section,
        goal="3.1 Arbete åt fler",
        colour="#3b5f8a",
        source="Källa: SCB.",
        url=f"{SITE}/figures/halland/3-1",
        bars=bars,
    )


def full(items: int = 8, **changed: Any) -> Letter:
    """A letter with every kind of item, notes, counts, figures, what comes and what was a year ago."""
    plain = letter(items, **changed)
    told = list(plain.sections[0].items)
    wide = Picture(file="b" * 64, alt="En marknad.", width=1600, height=900, credit="Varbergs kommun")
    told[1] = replace(told[1], language="de", goals=("1.3 Transporter",), earlier=9, earlier_url=f"{SITE}/issues/v/9")
    told[2] = replace(told[2], picture=wide, tags="#hallandväxer #halmstad")
    half = len(told) // 2
    areas = (
        replace(
            plain.sections[0],
            items=(*told[:half], free("number", 93, value="1 240", title="nya jobb", text="Tredje *året* i rad.")),
            intro="Veckans **företag** [söker folk](https://example.se/jobb).",
            lines=("31 berättelser från 14 platser",),
        ),
        Section(
            code="2",
            title="Konkurrenskraftig region",
            colour="#ffcc00",
            items=(
                *told[half:],
                free("link", 94, title="Sök pengar", url="https://www.example.se/sok", text="Senast i december."),
                free("note", 95, title="", text="Redaktionen är **ledig** vecka 52."),
            ),
        ),
        Section(code=EVENTS, title="På gång", colour="", items=(event(91), event(92, title="Öppet hus")), intro="Kom!"),
        Section(
            code=YEAR_AGO,
            title="För ett år sedan",
            colour="",
            items=(replace(told[0], story_id=99, published_at=datetime(2025, 11, 18, 9, 0, tzinfo=UTC)),),
        ),
    )
    return replace(plain, sections=areas, figures=(figure("2"), figure()), touched=("1.3 Transporter",))


def drawn(told: Letter, code: str = "", **more: Any) -> Rendered:
    """A letter with linked pictures."""
    facts = {"picture": lambda picture, wide: f"{SITE}/media/{picture.file}-{wide}.jpg", "ornament": "cid:rings@skord"}
    return render(told, Language(code or told.language, ZONE), **{**facts, **more})
