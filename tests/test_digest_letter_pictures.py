"""Pictures in a letter: sharp, light, without traces of where they were taken, and from nowhere else."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from PIL import Image

from digest.edition import draw, nobody
from digest.letter import Letter
from digest.pictures import NARROW, WIDE, for_mail, rings, shown_size
from digest_samples import issue, letter, settings
from letter_checks import faults
from letter_samples import SITE, full
from storage.store import Store


def photo(width: int, height: int) -> bytes:
    """A picture with a camera's notes in it."""
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    notes = Image.Exif()
    notes[0x010F] = "Kamera"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=notes)
    return out.getvalue()


def stored(folder: Path, told: Letter) -> None:
    """Put copies of a letter's pictures where a store keeps them."""
    for picture in told.pictures:
        for width in (480, 1200):
            path = folder / picture.file[:2] / f"{picture.file}-{width}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(photo(width, width * 2 // 3))


@pytest.mark.parametrize(("shown", "least"), [(WIDE, 2 * WIDE), (NARROW, 2 * NARROW)])
def test_pictures_are_sharp_on_dense_screens_and_carry_no_notes(shown: int, least: int) -> None:
    """Twice as many pixels as are shown, nothing that tells of camera or place, and light."""
    made = for_mail(photo(3000, 2000), shown)
    assert made.width >= least
    with Image.open(io.BytesIO(made.data)) as image:
        assert image.size == (made.width, made.height)
        assert not image.getexif()
    assert len(made.data) < 120_000


def test_a_small_picture_is_not_blown_up() -> None:
    """What is narrower than wanted keeps its size, in the file and in the letter."""
    assert for_mail(photo(120, 80), WIDE).width == 120
    assert shown_size(120, 80, WIDE) == (120, 80)


def test_rings_grow_with_the_year_and_weigh_little() -> None:
    """The mast-head's ornament has a transparent ground, and more of its last ring later in the year."""
    inked = []
    for week in (2, 30, 50):
        made = rings("#2f6b3c", letter().sent_on.replace(month=1 + week // 5, day=15))
        with Image.open(io.BytesIO(made.data)) as image:
            strengths = image.convert("RGBA").getchannel("A").histogram()
        assert strengths[0] > 10_000
        assert len(made.data) < 6_000
        inked.append(sum(strengths[128:]))
    assert inked == sorted(inked)


@pytest.mark.parametrize("way", ["link", "embed"])
def test_nothing_is_loaded_from_elsewhere(sqlite_store: Store, tmp_path: Path, way: str) -> None:
    """By either setting every picture is the site's own or in the message, and nothing else is asked for."""
    told = full()
    stored(sqlite_store.media, told)
    house = settings(tmp_path, pictures=way)
    made = draw(sqlite_store, house, told, issue())
    message = message_from_bytes(
        made.master.join(nobody(sqlite_store, house, issue(), now=issue().send_at)), policy=policy.default
    )
    body = message.get_body(("html",))
    assert body is not None
    page = body.get_content()
    assert faults(page, own=SITE) == []
    sources = re.findall(r'<img[^>]*\ssrc="([^"]*)"', page)
    assert len(sources) == 4
    linked = [source for source in sources if source.startswith(f"{SITE}/media/")]
    assert len(linked) == (3 if way == "link" else 0)
    inside = {part["Content-ID"].strip("<>") for part in message.walk() if part["Content-ID"]}
    assert {source.removeprefix("cid:") for source in sources} - set(linked) == inside


def test_a_picture_that_may_not_stand_on_the_web_travels_inside(sqlite_store: Store, tmp_path: Path) -> None:
    """A right for mail alone is kept: no link to it, whatever the setting."""
    told = letter(1)
    first = told.sections[0].items[0]
    assert first.picture is not None
    mail_only = replace(first, picture=replace(first.picture, web=False))
    told = replace(told, sections=(replace(told.sections[0], items=(mail_only,)),))
    stored(sqlite_store.media, told)
    page = draw(sqlite_store, settings(tmp_path, pictures="link"), told, issue()).rendered.html
    assert "/media/" not in page
    assert 'src="cid:aaaa' in page
