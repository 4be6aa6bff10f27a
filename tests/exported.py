"""An installation with something in it, to be taken out."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from PIL import Image
from sqlalchemy import insert, update

from builders import account, approved, node, picture, story
from campaign.records import Right
from conftest import HALLAND, NOW
from skord.wiring import House
from storage import schema
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.media import set_file, write_renditions
from storage.shelf import draw_all
from storage.store import Actor, Store
from test_skord_cli import CONFIG

PRIVACY = """
[privacy]
controller = "Region Exempel"
purpose = "Visa hur Halland växer"
legal_basis = "Allmänt intresse"
contact = "info@example.se"
retention = "Så länge kampanjen varar"
"""

FILE = "ab" * 32


def installation(folder: Path, **changes: str) -> Path:
    """A configuration in a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    text = CONFIG + PRIVACY
    for old, new in changes.items():
        text = text.replace(old, new)
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def house(config: Path) -> House:
    """The house of a configuration, at a moment that stands still."""
    return House(config=config, environ={}, clock=lambda: NOW)


def fill(store: Store) -> dict[str, int]:
    """A shown story with a picture, goal and place; one with a formula for a text; a hidden one; one that waits."""
    anna = Actor(kind="person", account_id=account(store))
    shown = approved(store, media=(picture(),), by=anna, text='Åäö i Laholm\nandra raden; "citat" #hallandväxer')
    media = shown.lead.media[0]
    body = io.BytesIO()
    Image.new("RGB", (48, 32), "green").save(body, "JPEG")
    write_renditions(store, FILE, {48: body.getvalue()})
    set_file(store, media.id, FILE, width=48, height=32)
    formula = approved(store, text='=HYPERLINK("http://ond.example";"klicka") #hallandväxer', by=anna)
    hidden = story(store, text="Det här får ingen se #hallandväxer")
    decide(store, hidden.id, Action.HIDE, by=anna, now=NOW, reason="Privat sak")
    waiting = story(store, text="Väntar på någon #hallandväxer")
    attach(store, shown.id, node(store), by=anna, now=NOW)
    with store.write() as connection:
        connection.execute(update(schema.media).values(right=str(Right.OWN), right_from="Region Exempel", right_at=NOW))
        connection.execute(
            insert(schema.story_place).values(campaign=HALLAND.id, story_id=shown.id, place="laholm", at=NOW)
        )
        connection.execute(update(schema.account).values(password="$argon2id$hemligt"))
        connection.execute(update(schema.story).where(schema.story.c.id == waiting.id).values(flags=["child"]))
    draw_all(store)
    return {"shown": shown.id, "formula": formula.id, "hidden": hidden.id, "waiting": waiting.id}


def unpacked(package: Path, folder: Path) -> Path:
    """The bag of a package, unpacked."""
    with zipfile.ZipFile(package) as found:
        found.extractall(folder)
    return next(each for each in folder.iterdir() if each.is_dir())
