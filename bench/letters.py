"""How fast one subscriber's letter is made, once the issue is drawn.

Beside: the standard library's EmailMessage with the same HTML and text in quoted-printable, built for each subscriber,
which is what most programs do. Ours is cut once and joined per subscriber; building the master is not counted, it
happens once an issue and is the second line: drawing a letter of forty items with all that a letter can hold (pictures,
notes, figures, events, numbers; template, inlined style sheet, both parts, master) beside building one message of the
finished parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from bench import material
from bench.measure import Result, compare, rate
from campaign.language import Language
from campaign.newsletter import EVENTS
from digest.letter import Bar, Figure, Item, Letter, Picture, Section
from digest.message import Master, Recipient, build_master
from digest.render import Rendered, render

T = TypeVar("T")

OURS, THEIRS, DRAWN = 20_000, 25, 5
TURNS = 5


def run() -> list[Result]:
    """Return joining and drawing beside the standard library."""
    master, rendered = draw()
    return [
        compare(
            f"a letter of {len(master.join(recipient(1))) / 1000:.0f} kB for each subscriber",
            "stdlib EmailMessage, quoted-printable",
            lambda: rate(lambda: _each(master.join, map(recipient, range(OURS))), OURS),
            lambda: rate(lambda: _each(lambda number: standard(rendered, number), range(THEIRS)), THEIRS),
            turns=TURNS,
            goal="≥ 500",
        ),
        compare(
            f"drawing the issue once, forty items, {rendered.size_bytes / 1000:.0f} of 90 kB",
            "stdlib EmailMessage, one message",
            lambda: rate(lambda: _each(lambda _: draw(), range(DRAWN)), DRAWN),
            lambda: rate(lambda: _each(lambda number: standard(rendered, number), range(THEIRS)), THEIRS),
            turns=TURNS,
            goal="at most 50 ms: ≥ 20 a second",
        ),
    ]


def _each(work: Callable[[T], object], values: Iterable[T]) -> None:
    """Do the work for each value and keep nothing, as sending keeps nothing."""
    for value in values:
        work(value)


def draw() -> tuple[Master, Rendered]:
    """Return the issue's master message and its two parts."""
    letter = issue()
    rendered = render(
        letter,
        Language("sv", ZoneInfo("Europe/Stockholm")),
        picture=lambda picture, _wide: f"{material.SITE}/media/{picture.file}-1072.jpg",
        ornament="cid:rings@skord",
    )
    return build_master(letter, rendered, material.NEWSLETTER, pictures={}, issue_id=1), rendered


@cache
def issue() -> Letter:
    """Return a letter of forty items: stories, half of them with pictures, and one or two of everything else."""
    plain = material.letter(33)
    bars = tuple(Bar(label=str(2018 + at), value=f"{at + 40}", share=60 + 4 * at) for at in range(8))
    figures = tuple(
        Figure(
            indicator=at, title=material.text(at, 4), sentence=material.text(at + 50, 18), section=str(at),
            goal="1.2 Ett mål", source="Källa: SCB.", url=f"{material.SITE}/figures/halland/{at}", bars=bars,
        )
        for at in (1, 2, 3)
    )  # fmt: skip
    areas = [
        replace(each, intro=material.text(at, 25), items=(*map(_pictured, each.items), _written("number", 60 + at)))
        for at, each in enumerate(plain.sections)
    ]
    events = Section(code=EVENTS, title="På gång", colour="", items=tuple(_written("event", at) for at in (70, 71, 72)))
    return replace(plain, sections=(*areas, events), figures=figures, touched=("1.2 Ett mål", "2.1 Ett annat"))


def _pictured(item: Item) -> Item:
    if item.story_id % 2:
        return item
    file = f"{item.story_id:064x}"
    return replace(
        item,
        picture=Picture(file=file, alt=material.text(item.story_id, 8), width=1600, height=1000, credit="En kommun"),
        goals=("1.2 Ett mål",),
    )


def _written(kind: str, number: int) -> Item:
    address = f"{material.SITE}/issues/veckobrevet/1/events/{number}.ics"
    return Item(
        story_id=0, item_id=number, kind=kind, quoted=False, title=material.text(number, 5),
        text=material.text(number, 25), url=f"https://www.example.se/{number}", place="Kulturhuset, Falkenberg",
        value="1 240" if kind == "number" else "", starts_at=material.NOW if kind == "event" else None,
        calendar=address if kind == "event" else "",
    )  # fmt: skip


def recipient(number: int) -> Recipient:
    """Return one subscriber's values."""
    return Recipient(
        address=f"person{number}@example.se",
        message_id=f"<{number:032x}@example.se>",
        leave_url=f"{material.SITE}/l/{number:032x}",
        leave_mail=f"mailto:infomaster@example.se?subject=leave%20{number:032x}",
        delivery=f"{number:016x}",
        sent_at=material.NOW + timedelta(seconds=number % 60),
    )


def standard(rendered: Rendered, number: int) -> bytes:
    """Return the same letter as the standard library builds it."""
    to = recipient(number)
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = "Halland växer <nyhetsbrev@example.se>"
    message["To"] = to.address
    message["Subject"] = "Veckobrevet v. 47: Bron över Nissan är öppen"
    message["Date"] = format_datetime(to.sent_at)
    message["Message-ID"] = to.message_id
    message["List-Unsubscribe"] = f"<{to.leave_url}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    leave = "https://leave.invalid/"
    message.set_content(rendered.text.replace(leave, to.leave_url), cte="quoted-printable")
    message.add_alternative(rendered.html.replace(leave, to.leave_url), subtype="html", cte="quoted-printable")
    return message.as_bytes()
