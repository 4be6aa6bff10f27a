"""Pictures in a letter: sharp, light, without traces of where they were taken, and from nowhere else."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from campaign.language import Language
from digest.edition import draw, nobody
from digest.letter import Letter
from digest.pictures import NARROW, WIDE, Frame, for_mail, rings, shown_size
from digest.render import render
from digest_samples import issue, letter, settings
from letter_checks import faults
from letter_samples import SITE, full
from storage.store import Store

SV = Language("sv", ZoneInfo("Europe/Stockholm"))


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


@pytest.mark.parametrize(("size", "frame", "cut"), [
    ((1200, 1200), Frame.BESIDE, (352, 235)), ((600, 1600), Frame.BESIDE, (352, 235)),
    ((1600, 900), Frame.BESIDE, (352, 198)), ((1600, 1200), Frame.BAND, (1072, 487)),
    ((1600, 1200), Frame.WHOLE, (1072, 804)),
])  # fmt: skip
def test_what_is_too_high_for_its_frame_is_cut(size: tuple[int, int], frame: Frame, cut: tuple[int, int]) -> None:
    """Beside words it is three to two at the highest, across a band; what leads a letter, or is low, is whole."""
    made = for_mail(photo(*size), frame.width, ratio=frame.ratio)
    assert (made.width, made.height) == pytest.approx(cut, abs=1)
    shown = shown_size(*size, frame.width, ratio=frame.ratio)
    assert (shown[0] * 2, (shown[1] or 0) * 2) == pytest.approx(cut, abs=2)


def test_a_picture_is_cut_around_what_matters() -> None:
    """What the editors pointed at stays: a dark top or a light bottom, the middle where nobody said."""
    shades = []
    for focus in ((50, 0), None, (50, 100)):
        made = for_mail(photo(600, 1600), NARROW, ratio=Frame.BESIDE.ratio, focus=focus)
        with Image.open(io.BytesIO(made.data)) as image:
            shades.append(image.convert("L").resize((1, 1)).getpixel((0, 0)))
    assert shades[0] < 60
    assert 100 < shades[1] < 150
    assert shades[2] > 200


def test_a_linked_picture_is_cut_where_a_program_can() -> None:
    """The site's own copy is whole: its own size is written, and the sheet cuts it around its focus."""
    told = letter(2)
    picture = replace(told.items[0].picture, width=900, height=1600, focus=(20, 80))
    items = (told.items[0], replace(told.items[1], picture=picture))
    told = replace(told, sections=(replace(told.sections[0], items=items),))
    linked = render(told, SV, picture=lambda picture, _frame: f"https://x.example/{picture.file}").html
    found = re.search(r'<img class="narrow three"[^>]*>', linked)
    assert found is not None
    assert re.search("object-position: ?20% 80%", found[0])
    assert 'width="99" height="176"' in found[0]
    inside = render(told, SV, picture=lambda picture, _frame: f"cid:{picture.file}").html
    assert re.search(r'<img class="narrow"[^>]*width="176" height="117"', inside)


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
