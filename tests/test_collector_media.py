"""Pictures: what is refused and why, what our own copies hold, and how they come onto the disk."""

from __future__ import annotations

import hashlib
import io
import os
import random
import signal
import struct
import subprocess
import sys
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image, ImageCms, ImageDraw
from sqlalchemy import select, update

from builders import account, approved, picture, story
from campaign.errors import CollectError, StorageError
from campaign.language import LANGUAGES, catalogue
from campaign.records import PostState, Right, Story
from campaign.settings import FetchSettings
from collector.media import _MEANINGS, PictureResult, fetch_pictures
from collector.picture import MOST_SCANS, Prepared, prepare
from conftest import NOW
from net.http import Fetcher
from servers import Reply, Request, Route, Server
from storage import schema
from storage.archive import public_picture
from storage.media import (
    MOST_TRIES,
    PAUSES,
    media_due,
    media_failures,
    path_of,
    renditions,
    set_failed,
    set_file,
    sweep,
    write_renditions,
)
from storage.rights import set_alt, set_right
from storage.store import Actor, Store, public_revision

HOUSE = Path(__file__).parents[1]


# --- pictures made here -----------------------------------------------------------------------------------


def drawn(width: int = 800, height: int = 600, mode: str = "RGB") -> Image.Image:
    """A picture whose upper left corner is red and whose rest is a gradient of greens."""
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    image = Image.merge("RGB", (Image.new("L", image.size, 30), image.getchannel("G"), Image.new("L", image.size, 60)))
    ImageDraw.Draw(image).rectangle((0, 0, width // 2 - 1, height // 2 - 1), fill=(220, 20, 20))
    return image.convert(mode)


def saved(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def widest(prepared: Prepared) -> Image.Image:
    with Image.open(io.BytesIO(prepared.renditions[prepared.width])) as image:
        image.load()
        return image


def near(pixel: object, wanted: tuple[int, int, int], within: int = 12) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(is_ - should) <= within for is_, should in zip(pixel, wanted, strict=True))


def png_header(width: int, height: int) -> bytes:
    """The beginning of a PNG that claims a size, and a body that would unpack to it."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    rows = zlib.compressobj(9)
    body = b"".join(rows.compress(bytes(1 + width // 8)) for _ in range(height)) + rows.flush()
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
        + chunk(b"IDAT", body)
        + chunk(b"IEND", b"")
    )


def refusal(body: bytes) -> str:
    """The key of the error that a picture is refused with, "" where it is taken."""
    try:
        prepare(body)
    except CollectError as error:
        return error.key
    return ""


# --- judging ----------------------------------------------------------------------------------------------

REFUSED = {
    "apng/chunk_no_fctl.png": "picture_damaged",
    "apng/different_durations.png": "picture_small",
    "apng/syntax_num_frames_zero.png": "picture_damaged",
    "blend_transparency.png": "picture_small",
    "broken.png": "picture_no_image",
    "broken_data_stream.png": "picture_damaged",
    "decompression_bomb.gif": "picture_pixels",
    "decompression_bomb.ico": "picture_no_image",
    "dispose_bgnd_transparency.gif": "picture_small",
    "duplicate_frame.gif": "picture_small",
    "duplicate_number_of_loops.gif": "picture_small",
    "empty_gps_ifd.jpg": "picture_small",
    "exif_gps.jpg": "picture_small",
    "icc-after-SOF.jpg": "picture_small",
    "multiple_exif.jpg": "picture_small",
    "orientation_rectangle.jpg": "picture_small",
    "transparent_dispose.gif": "picture_small",
    "truncated_end_chunk.png": "picture_damaged",
    "truncated_image.png": "picture_damaged",
    "truncated_jpeg.jpg": "picture_damaged",
    "ultrahdr.jpg": "picture_damaged",
    "xmp_no_prefix.jpg": "picture_small",
    "xmp_padded.jpg": "picture_small",
    "xmp_tags_orientation_exiftool.png": "picture_small",
    "zero_width.gif": "picture_no_image",
}
"""Every picture of the corpus that is refused; all others are taken."""


def test_real_and_hostile_files_have_named_outcomes(corpus: Path) -> None:
    """Of a hundred and fifty files exactly the known ones are refused, each with its name; none does anything else."""
    folder = corpus / "images" / "pillow"
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and (key := refusal(path.read_bytes())):
            found[str(path.relative_to(folder))] = key
    assert found == REFUSED


def test_any_beginning_of_a_file_is_taken_or_refused_by_name(corpus: Path) -> None:
    """A file cut or scrambled anywhere raises nothing but a named error."""
    folder, rng = corpus / "images" / "pillow", random.Random(47)
    for name in ("flower.webp", "avif/hopper.avif", "hopper_orientation_6.jpg", "transparent.gif", "icc_profile.png"):
        body = (folder / name).read_bytes()
        for _ in range(25):
            cut = bytearray(body[: rng.randrange(len(body))] if rng.random() < 0.5 else body)
            for _ in range(rng.randrange(20) if cut else 0):
                cut[rng.randrange(len(cut))] = rng.randrange(256)
            key = refusal(bytes(cut))
            assert not key or f"error.{key}.what" in catalogue("sv"), name


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (b"", "picture_no_image"),
        (b"<!doctype html><title>Logga in</title>", "picture_no_image"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>', "picture_svg"),
        (b"\xef\xbb\xbf\n<SVG width='9'/>", "picture_svg"),
        (saved(drawn(39, 400)), "picture_small"),
        (saved(drawn(1000, 40)), "picture_shape"),
        (saved(drawn(), "TIFF"), "picture_no_image"),
        (saved(drawn(), "BMP"), "picture_no_image"),
        (png_header(8000, 5001), "picture_pixels"),
        (png_header(12000, 8000), "picture_pixels"),
        (png_header(20000, 15000), "picture_pixels"),
    ],
    ids=["empty", "page", "svg", "svg-mark", "thin", "line", "tiff", "bmp", "over-ours", "pillow-warns", "pillow-ends"],
)
def test_what_is_no_usable_picture_is_refused_by_name(body: bytes, key: str) -> None:
    """Each kind of unusable body has its own error."""
    assert refusal(body) == key


@pytest.mark.parametrize("size", [(40, 40), (40, 400), (400, 40)])
def test_the_smallest_and_thinnest_pictures_are_taken(size: tuple[int, int]) -> None:
    """Forty pixels a side and ten to one are still pictures."""
    assert prepare(saved(drawn(*size))).renditions.keys() == {size[0]}


#: What a process of its own had in memory at most, in kilobytes. Not ru_maxrss: it is inherited from whoever starts it.
PEAK = "def peak():\n    lines = open('/proc/self/status')\n"
PEAK += "    return next(int(line.split()[1]) for line in lines if line.startswith('VmHWM'))\n"


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    """A few kilobytes that would unpack to 300 million pixels cost less than a megabyte of memory."""
    bomb = png_header(20000, 15000)
    assert len(bomb) < 60_000
    code = (
        "import sys\n"
        "from campaign.errors import CollectError\n"
        "from collector.picture import prepare\n"
        f"{PEAK}"
        "body = sys.stdin.buffer.read()\n"
        "before = peak()\n"
        "try:\n"
        "    prepare(body)\n"
        "except CollectError as error:\n"
        "    print(error.key, peak() - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], input=bomb, capture_output=True, cwd=HOUSE, check=True)
    key, kilobytes = done.stdout.split()
    assert key == b"picture_pixels"
    assert int(kilobytes) < 1000


def test_a_jpeg_of_endless_scans_is_refused_at_once() -> None:
    """Scans that cost seconds each but only bytes to send are counted before anything is unpacked."""
    body = saved(drawn(200, 200), progressive=True)
    last = body.rindex(b"\xff\xda")
    bomb = body[:last] + body[last:-2] * (MOST_SCANS + 1) + body[-2:]
    assert refusal(body) == ""
    assert refusal(bomb) == "picture_scans"


def test_pillows_settings_and_warnings_are_left_as_they_were() -> None:
    """Judging a picture leaves the process's warning filters and Pillow's own limit alone."""
    before = (list(warnings.filters), Image.MAX_IMAGE_PIXELS)
    for body in (saved(drawn()), png_header(12000, 8000), b"nothing"):
        refusal(body)
    assert (list(warnings.filters), Image.MAX_IMAGE_PIXELS) == before


# --- drawing anew -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("width", "widths"),
    [
        (300, {300}),
        (480, {480}),
        (700, {480, 700}),
        (960, {480, 960}),
        (1600, {480, 960, 1600}),
        (3000, {480, 960, 1600}),
    ],
)
def test_copies_are_made_in_our_widths_and_never_enlarged(width: int, widths: set[int]) -> None:
    """A picture gets each of our widths below its own, and its own up to the widest."""
    prepared = prepare(saved(drawn(width, width // 2)))
    assert prepared.renditions.keys() == widths
    for wide, body in prepared.renditions.items():
        with Image.open(io.BytesIO(body)) as image:
            assert (image.format, image.size, image.mode) == ("JPEG", (wide, wide // 2), "RGB")
            assert image.info.get("progressive")
    assert (prepared.width, prepared.height) == (max(widths), max(widths) // 2)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "MPO"])
def test_each_kind_of_picture_is_taken(kind: str) -> None:
    """The kinds that networks and phones send all come out with the same colours."""
    image = widest(prepare(saved(drawn(), kind)))
    assert image.size == (800, 600)
    assert near(image.getpixel((100, 100)), (220, 20, 20), 20)


def test_a_large_photograph_of_several_pictures_is_taken() -> None:
    """What phones call JPEG and is several pictures in one gives its first."""
    body = saved(drawn(4000, 3000), "MPO", save_all=True, append_images=[drawn(100, 100)])
    assert prepare(body).renditions.keys() == {480, 960, 1600}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_stand_upright(orientation: int) -> None:
    """Whatever the camera wrote about how it was held, the red corner comes out at the upper left."""
    upright = drawn(2000, 1000)
    turns = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the Transpose that undoes each
    held = upright.transpose(Image.Transpose(turns[orientation])) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = widest(prepare(saved(held, exif=exif)))
    assert image.size == (1600, 800)
    assert near(image.getpixel((400, 200)), (220, 20, 20), 20)
    assert not near(image.getpixel((1200, 600)), (220, 20, 20), 60)


@pytest.mark.parametrize("profiled", [True, False])
def test_nothing_that_the_file_says_about_itself_is_kept(profiled: bool) -> None:
    """Position, device, names, comments, previews and profiles are gone from every copy."""
    exif = Image.Exif()
    exif[0x010F] = "SECRETCAMERA"
    exif[0x9C9D] = "SECRETAUTHOR".encode("utf-16-le")
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (56.0, 40.0, 27.0)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() if profiled else None
    body = saved(
        drawn(1200, 900),
        exif=exif,
        comment=b"SECRETCOMMENT",
        xmp=b"<x>SECRETXMP</x>",
        icc_profile=profile,
        dpi=(72, 72),
    )
    assert all(word in body for word in (b"SECRETCAMERA", b"SECRETCOMMENT", b"SECRETXMP"))
    for copy in prepare(body).renditions.values():
        assert b"SECRET" not in copy
        with Image.open(io.BytesIO(copy)) as image:
            assert not image.getexif()
            assert not image.getexif().get_ifd(0x8825)
            assert image.info.keys() <= {
                "jfif",
                "jfif_version",
                "jfif_unit",
                "jfif_density",
                "progressive",
                "progression",
            }


def test_real_positions_are_gone(corpus: Path) -> None:
    """No copy of any file of the corpus has a metadata segment of any kind."""
    for path in sorted((corpus / "images" / "pillow").rglob("*")):
        if not path.is_file() or str(path.relative_to(corpus / "images" / "pillow")) in REFUSED:
            continue
        for copy in prepare(path.read_bytes()).renditions.values():
            with Image.open(io.BytesIO(copy)) as image:
                assert [name for name, _ in image.applist] == ["APP0"], path.name  # type: ignore[attr-defined] # JPEG's


def test_what_is_see_through_lies_on_white() -> None:
    """Alpha, palette transparency and grey with alpha all show white paper behind."""
    clear = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    ImageDraw.Draw(clear).rectangle((0, 0, 49, 99), fill=(220, 20, 20, 255))
    bodies = [saved(clear, "PNG"), saved(clear, "WEBP"), saved(clear, "GIF"), saved(clear.convert("LA"), "PNG")]
    for body in bodies:
        assert near(widest(prepare(body)).getpixel((80, 50)), (255, 255, 255))
    assert near(widest(prepare(bodies[0])).getpixel((20, 50)), (220, 20, 20))


def test_sixteen_bits_a_pixel_keep_their_tones() -> None:
    """A deep grey picture is not bleached: the middle stays the middle."""
    deep = Image.new("I;16", (100, 100), 32768)
    assert near(widest(prepare(saved(deep, "PNG"))).getpixel((50, 50)), (128, 128, 128), 2)


def test_print_colours_and_strange_profiles_become_screen_colours() -> None:
    """CMYK comes out as RGB; a profile that swaps or breaks colours is applied or left aside, never fatal."""
    red = Image.new("CMYK", (100, 100), (0, 255, 255, 0))
    for profile in (None, b"no profile at all"):
        assert near(widest(prepare(saved(red, icc_profile=profile))).getpixel((50, 50)), (255, 0, 0), 6)
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert near(widest(prepare(saved(drawn(), icc_profile=lab))).getpixel((100, 100)), (220, 20, 20), 20)


def test_a_pictures_own_colours_are_translated() -> None:
    """A profile whose red is blue turns the red corner blue: profiles are applied, not merely dropped."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    crossed = profile.replace(b"rXYZ", b"....").replace(b"bXYZ", b"rXYZ").replace(b"....", b"bXYZ")
    assert near(widest(prepare(saved(drawn(), icc_profile=profile))).getpixel((100, 100)), (220, 20, 20))
    assert near(widest(prepare(saved(drawn(), icc_profile=crossed))).getpixel((100, 100)), (20, 20, 220))


def test_a_moving_picture_gives_its_first_frame() -> None:
    """Later frames are not looked at."""
    body = saved(drawn(), "GIF", save_all=True, append_images=[Image.new("RGB", (800, 600), "blue")] * 3)
    assert near(widest(prepare(body)).getpixel((100, 100)), (220, 20, 20), 20)


def test_the_same_picture_has_the_same_name() -> None:
    """The name is the hash of the widest copy, and making it again gives the same."""
    once, again = prepare(saved(drawn())), prepare(saved(drawn()))
    assert once == again
    assert once.renditions == again.renditions
    assert once.sha256 == hashlib.sha256(once.renditions[once.width]).hexdigest()


@pytest.mark.parametrize(
    ("kind", "mode", "size"),
    [("PNG", "P", (8000, 5000)), ("JPEG", "CMYK", (8000, 5000)), ("AVIF", "RGB", (5000, 4000))],
)
def test_the_largest_pictures_allowed_fit_in_bounded_memory(kind: str, mode: str, size: tuple[int, int]) -> None:
    """As many pixels as each kind may have take less than 900 MB while they are drawn anew.

    Decoders keep frames of their own, more of them where more threads are free.
    """
    options = {"transparency": 0} if mode == "P" else {}
    code = (
        "import sys\n"
        "from collector.picture import prepare\n"
        f"{PEAK}"
        "prepare(sys.stdin.buffer.read())\n"
        "print(peak() // 1000)\n"
    )
    body = saved(Image.new(mode, size), kind, **options)
    done = subprocess.run([sys.executable, "-c", code], input=body, capture_output=True, cwd=HOUSE, check=True)
    assert int(done.stdout) < 900


def test_kinds_that_unpack_dearly_may_have_fewer_pixels() -> None:
    """A WebP or AVIF of more than 20 million pixels is refused, with its own limit in the words."""
    for kind in ("WEBP", "AVIF"):
        with pytest.raises(CollectError, match=r"picture_pixels \(limit=20\)"):
            prepare(saved(Image.new("RGB", (5000, 4001)), kind, **({"speed": 10} if kind == "AVIF" else {"method": 0})))


# --- files ------------------------------------------------------------------------------------------------


def files(store: Store) -> dict[str, bytes]:
    """Everything in the picture folder, by path."""
    return {str(path.relative_to(store.media)): path.read_bytes() for path in store.media.rglob("*") if path.is_file()}


def test_files_lie_under_their_names_and_are_found_by_width(sqlite_store: Store) -> None:
    """A width that we lack gives the next wider copy, and the widest where none is wide enough."""
    made = prepare(saved(drawn(1200, 900)))
    write_renditions(sqlite_store, made.sha256, made.renditions)
    name = made.sha256
    assert files(sqlite_store) == {f"{name[:2]}/{name}-{width}.jpg": body for width, body in made.renditions.items()}
    assert renditions(sqlite_store, name) == (480, 960, 1200)
    found = {width: path_of(sqlite_store, name, width) for width in (1, 480, 481, 960, 1000, 1600)}
    assert {wanted: path.name.split("-")[1] for wanted, path in found.items() if path} == {
        1: "480.jpg",
        480: "480.jpg",
        481: "960.jpg",
        960: "960.jpg",
        1000: "1200.jpg",
        1600: "1200.jpg",
    }


def test_browsers_get_the_smaller_copy_where_there_is_one(sqlite_store: Store) -> None:
    """WebP of the same width, without metadata, kept only where it is smaller; else JPEG, which letters always get."""
    made = prepare(saved(drawn(1200, 900)))
    assert set(made.modern) <= set(made.renditions)
    assert made.modern
    for width, body in made.modern.items():
        with Image.open(io.BytesIO(body)) as copy:
            assert (copy.format, copy.width, copy.info.get("exif")) == ("WEBP", width, None)
        assert len(body) < len(made.renditions[width])
    some = {480: made.modern[480]}
    write_renditions(sqlite_store, made.sha256, made.renditions, some)
    names = [path_of(sqlite_store, made.sha256, width, modern=True) for width in (300, 960)]
    assert [path.name.split("-")[1] for path in names if path] == ["480.webp", "960.jpg"]
    assert renditions(sqlite_store, made.sha256) == (480, 960, 1200)
    assert renditions(sqlite_store, made.sha256, kind="webp") == (480,)


def test_what_would_take_seconds_to_pack_stays_jpeg() -> None:
    """A picture many times as high as wide has more points at our widest than are packed twice."""
    made = prepare(saved(Image.effect_noise((1600, 2600), 40), quality=30))
    assert set(made.renditions) == {480, 960, 1600}
    assert 1600 not in made.modern


@pytest.mark.parametrize("name", ["0" * 64, "", "../../etc/passwd", "*", "A" * 64, "0" * 63 + "\n"])
def test_a_name_that_is_none_finds_nothing(sqlite_store: Store, name: str) -> None:
    """Names that visitors write never lead anywhere but to our own copies."""
    made = prepare(saved(drawn(100, 100)))
    write_renditions(sqlite_store, made.sha256, made.renditions)
    assert path_of(sqlite_store, name, 480) is None
    assert renditions(sqlite_store, name) == ()


def test_a_folder_that_cannot_be_written_is_said(sqlite_store: Store) -> None:
    """Where a file stands in place of the folder, the error names the setting's folder."""
    sqlite_store.media.write_bytes(b"")
    with pytest.raises(StorageError, match="media_unwritable"):
        write_renditions(sqlite_store, "a" * 64, {480: b"x"})


def test_a_kill_in_the_middle_leaves_no_half_file(sqlite_store: Store) -> None:
    """A process that dies between two bytes of a file leaves only what is whole, and a left-over that is swept."""
    code = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from types import SimpleNamespace\n"
        "from storage.media import write_renditions\n"
        "store = SimpleNamespace(media=Path(sys.argv[1]))\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_DFL)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
        "write_renditions(store, 'a' * 64, {480: b'small' * 10_000, 960: b'large' * 200_000})\n"
    )
    arguments = [sys.executable, "-c", code, str(sqlite_store.media)]
    assert subprocess.run(arguments, cwd=HOUSE, check=False).returncode == -signal.SIGXFSZ
    left = {Path(name).suffix: len(body) for name, body in files(sqlite_store).items()}
    assert left == {".jpg": 50_000, ".part": 500_000}
    assert renditions(sqlite_store, "a" * 64) == (480,)
    write_renditions(sqlite_store, "a" * 64, {480: b"small" * 10_000, 960: b"large" * 200_000})
    assert renditions(sqlite_store, "a" * 64) == (480, 960)
    assert sweep(sqlite_store, now=NOW + timedelta(days=36500)) == 3
    assert files(sqlite_store) == {}


# --- fetching ---------------------------------------------------------------------------------------------


@contextmanager
def fetching(server: Server) -> Iterator[Fetcher]:
    given = FetchSettings(allow=(server.address,), per_host=timedelta(0), total=timedelta(seconds=5))
    with Fetcher(given, version="0", clock=lambda: NOW) as fetcher:
        yield fetcher


def fetched(store: Store, server: Server, **more: object) -> dict[str, PictureResult]:
    """Fetch what is due and return how each picture went, by the path of its address."""
    now = more.pop("now", NOW)
    with fetching(server) as fetcher:
        results = fetch_pictures(store, fetcher, clock=lambda: now, **more)  # type: ignore[arg-type, return-value] # tests
    return {result.url.removeprefix(server.url("")): result for result in results}


def shown(server: Server, *paths: str, alt: str = "Ett fält.") -> tuple[object, ...]:
    return tuple(picture(url=server.url(path), alt=alt) for path in paths)


def rows(store: Store) -> list[object]:
    with store.read() as connection:
        return [tuple(row) for row in connection.execute(select(schema.media).order_by(schema.media.c.id))]


def test_a_picture_is_fetched_once_and_the_second_run_changes_nothing(store: Store) -> None:
    """A post's picture gets its copy, size and name; running again asks nothing and writes nothing."""
    with Server({"/bild.jpg": saved(drawn(1200, 900))}) as server:
        told = story(store, media=shown(server, "/bild.jpg"))
        done = fetched(store, server)["/bild.jpg"]
        assert done.error is None
        first = (files(store), rows(store), public_revision(store))
        assert fetched(store, server) == {}
        assert (files(store), rows(store), public_revision(store)) == first
        assert len(server.requests) == 1
    with store.read() as connection:
        row = connection.execute(select(schema.media).where(schema.media.c.post_id == told.lead.id)).one()
    assert (row.file, row.width, row.height, row.tries, row.error) == (done.file, 1200, 900, 0, None)
    assert renditions(store, row.file) == (480, 960, 1200)


def test_posts_share_the_copies_of_one_picture(sqlite_store: Store) -> None:
    """The same picture under two addresses is one name and one set of files."""
    body = saved(drawn())
    with Server({"/a.jpg": body, "/b.jpg": body}) as server:
        story(sqlite_store, media=shown(server, "/a.jpg"))
        story(sqlite_store, media=shown(server, "/b.jpg"))
        assert len({result.file for result in fetched(sqlite_store, server).values()}) == 1
    assert sorted(Path(name).suffix for name in files(sqlite_store)) == [".jpg", ".jpg", ".webp", ".webp"]


def test_one_failing_picture_stops_no_other(store: Store) -> None:
    """Each picture ends with its own name, and the good ones among them are kept."""
    routes: dict[str, Route] = {
        "/bra.jpg": saved(drawn()),
        "/sida": "<html>Logga in</html>",
        "/svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
        "/halv.jpg": saved(drawn())[:3000],
        "/pixel.gif": saved(Image.new("P", (1, 1)), "GIF"),
        "/borta.jpg": Reply(status=410),
        "/stangd.jpg": Reply(status=403),
        "/trasig": Reply(status=500),
        "/tung.jpg": Reply(body=b"", headers={"Content-Length": "15000001"}, chunks=[b"x"]),
        "/runt": Reply(status=302, headers={"Location": "http://10.0.0.1/"}),
        "/sist.png": saved(drawn(), "PNG"),
    }
    with Server(routes) as server:
        story(store, media=shown(server, *routes))
        ended = {path: done.error and done.error.key for path, done in fetched(store, server).items()}
    assert ended == {
        "/bra.jpg": None,
        "/sida": "picture_no_image",
        "/svg": "picture_svg",
        "/halv.jpg": "picture_damaged",
        "/pixel.gif": "picture_small",
        "/borta.jpg": "picture_gone",
        "/stangd.jpg": "picture_closed",
        "/trasig": "picture_unreachable",
        "/tung.jpg": "picture_heavy",
        "/runt": "picture_address",
        "/sist.png": None,
    }
    assert {Path(name).suffix for name in files(store)} == {".jpg", ".webp"}


def test_a_failure_is_tried_again_with_growing_pauses_and_then_left(store: Store) -> None:
    """Three tries, ten minutes and six hours apart; then the picture is left alone and its reason stays readable."""
    with Server({"/b.jpg": Reply(status=500)}) as server:
        told = story(store, media=shown(server, "/b.jpg"))
        now = NOW
        for pause in PAUSES:
            assert len(fetched(store, server, now=now)) == 1
            assert fetched(store, server, now=now + pause - timedelta(seconds=1)) == {}
            now += pause
        assert len(fetched(store, server, now=now)) == 1
        assert fetched(store, server, now=now + timedelta(days=400)) == {}
        assert len(server.requests) == MOST_TRIES
    media_id = told.lead.media[0].id
    failure = media_failures(store, [media_id, media_id + 1])[media_id]
    assert (failure.key, failure.tries, failure.retry_at) == ("picture_unreachable", MOST_TRIES, None)
    assert failure.facts["host"] == "127.0.0.1"


def test_what_cannot_change_is_tried_once(sqlite_store: Store) -> None:
    """A refused picture is not asked for again."""
    with Server({"/pixel.gif": saved(Image.new("P", (1, 1)), "GIF")}) as server:
        story(sqlite_store, media=shown(server, "/pixel.gif"))
        assert len(fetched(sqlite_store, server)) == 1
        assert fetched(sqlite_store, server, now=NOW + timedelta(days=400)) == {}


def test_a_server_that_asks_for_a_pause_gets_it(sqlite_store: Store) -> None:
    """Retry-After beyond our own pause wins."""
    with Server({"/b.jpg": Reply(status=503, headers={"Retry-After": "7200"})}) as server:
        story(sqlite_store, media=shown(server, "/b.jpg"))
        fetched(sqlite_store, server)
        assert media_due(sqlite_store, now=NOW + timedelta(seconds=7199), limit=5) == []
        assert len(media_due(sqlite_store, now=NOW + timedelta(seconds=7200), limit=5)) == 1


def test_a_picture_that_comes_back_is_kept(sqlite_store: Store) -> None:
    """A success after a failure removes the reason."""
    with Server({"/b.jpg": Reply(status=500)}) as server:
        story(sqlite_store, media=shown(server, "/b.jpg"))
        fetched(sqlite_store, server)
        server.routes["/b.jpg"] = saved(drawn())
        fetched(sqlite_store, server, now=NOW + PAUSES[0])
    with sqlite_store.read() as connection:
        row = connection.execute(select(schema.media)).one()
    assert row.file
    assert (row.error, row.retry_at) == (None, None)


def gone(store: Store, told: Story) -> None:
    with store.write() as connection:
        connection.execute(update(schema.post).where(schema.post.c.id == told.lead.id).values(state=PostState.GONE))


def test_pictures_of_deleted_posts_are_not_asked_for(store: Store) -> None:
    """What was taken away at its source is not fetched afterwards."""
    with Server({"/b.jpg": saved(drawn())}) as server:
        gone(store, story(store, media=shown(server, "/b.jpg")))
        assert fetched(store, server) == {}
        assert server.requests == []


def test_a_post_that_goes_away_meanwhile_keeps_no_picture(sqlite_store: Store) -> None:
    """A deletion while the picture is on its way wins, and the file is swept."""
    with Server() as server:
        told = story(sqlite_store, media=shown(server, "/b.jpg"))

        def answer(request: Request) -> bytes:
            gone(sqlite_store, told)
            return saved(drawn())

        server.routes["/b.jpg"] = answer
        done = fetched(sqlite_store, server)["/b.jpg"]
    assert (done.file, done.error) == (None, None)
    assert sweep(sqlite_store, now=NOW + timedelta(days=36500)) == 4
    assert files(sqlite_store) == {}


def test_films_are_left_alone(sqlite_store: Store) -> None:
    """Only pictures are fetched."""
    with Server({"*": saved(drawn())}) as server:
        story(sqlite_store, media=(picture(url=server.url("/film.mp4"), kind="video"),))
        assert fetched(sqlite_store, server) == {}


def test_stopping_leaves_the_rest_due(sqlite_store: Store) -> None:
    """What was not begun when the work was told to stop is fetched the next time."""
    with Server({"*": saved(drawn())}) as server:
        story(sqlite_store, media=shown(server, *(f"/{number}.jpg" for number in range(6))))
        done = fetched(sqlite_store, server, workers=1, stopping=lambda: len(server.requests) >= 2)
        assert len(done) == 2
        assert len(fetched(sqlite_store, server)) == 4


def test_the_limit_holds_and_the_newest_come_first(sqlite_store: Store) -> None:
    """A long backlog is taken a piece at a time, from its newest end."""
    with Server({"*": saved(drawn(100, 100))}) as server:
        story(sqlite_store, media=shown(server, "/1.jpg", "/2.jpg", "/3.jpg"))
        assert fetched(sqlite_store, server, limit=2).keys() == {"/3.jpg", "/2.jpg"}
        assert fetched(sqlite_store, server, limit=2).keys() == {"/1.jpg"}


def test_sweeping_keeps_what_is_named_or_fresh(sqlite_store: Store) -> None:
    """A file goes only when no picture names it and it is a day old; foreign files in the folder stay."""
    with Server({"/b.jpg": saved(drawn())}) as server:
        story(sqlite_store, media=shown(server, "/b.jpg"))
        kept = fetched(sqlite_store, server)["/b.jpg"].file
    lost = prepare(saved(drawn(100, 100)))
    write_renditions(sqlite_store, lost.sha256, lost.renditions)
    (sqlite_store.media / "README").write_text("not ours")
    written = path_of(sqlite_store, lost.sha256, 1)
    assert written is not None
    os.utime(written, (NOW.timestamp(), NOW.timestamp()))
    assert sweep(sqlite_store, now=NOW + timedelta(hours=23)) == 0
    assert sweep(sqlite_store, now=NOW + timedelta(hours=25)) == 1
    assert renditions(sqlite_store, lost.sha256) == ()
    assert kept is not None
    assert renditions(sqlite_store, kept) == (480, 800)
    assert (sqlite_store.media / "README").exists()


def test_readers_are_told_only_of_pictures_that_they_may_see(store: Store) -> None:
    """The public revision rises for a picture with a right in an approved post, and not for the others."""
    with Server({"*": saved(drawn())}) as server:
        approved(store, media=shown(server, "/utan-ratt.jpg"))
        story(store, media=shown(server, "/ej-granskad.jpg"))
        before = public_revision(store)
        fetched(store, server)
        assert public_revision(store) == before
        right = approved(store, media=shown(server, "/med-ratt.jpg")).lead.media[0]
        person = Actor(kind="person", account_id=account(store))
        set_right(store, right.id, Right.PERMISSION, by=person, now=NOW, right_from="Anna")
        set_alt(store, right.id, "Ett fält.", by=person, now=NOW)
        before = public_revision(store)
        name = fetched(store, server)["/med-ratt.jpg"].file
        assert public_revision(store) == before + 1
    assert name is not None
    assert public_picture(store, name, now=NOW)


def test_recording_for_a_picture_that_is_not_there_does_nothing(store: Store) -> None:
    """A picture erased meanwhile is neither failed nor filed."""
    set_failed(store, 4711, CollectError("picture_damaged"), now=NOW)
    assert set_file(store, 4711, "a" * 64, width=1, height=1) is False


def test_every_failure_has_all_its_words() -> None:
    """Each error of a picture says what, whether to wait, and what to do, in both languages."""
    keys = {
        *_MEANINGS.values(),
        *REFUSED.values(),
        "picture_unreachable",
        "picture_svg",
        "picture_shape",
        "picture_scans",
    }
    missing = [
        f"{code} {key}.{part}"
        for code in LANGUAGES
        for key in sorted(keys)
        for part in ("what", "wait", "do")
        if not catalogue(code).get(f"error.{key}.{part}")
    ]
    assert missing == []


EXPIRING = (
    "https://scontent.cdninstagram.com/v/1.jpg?oh=1",
    "https://scontent-arn2-1.xx.fbcdn.net/v/2.jpg",
    "https://bucket.example.se/3.jpg?X-Amz-Expires=3600&X-Amz-Signature=1",
    "https://cdn.example.se/4.jpg?a=1&oe=6740ABCD",
)


def test_addresses_that_expire_are_fetched_before_all_others(store: Store) -> None:
    """However many pictures wait, and however new they are: a signed address has hours, the others have years."""
    story(store, media=tuple(picture(url=url) for url in EXPIRING))
    lasting = [f"https://example.se/{number}.jpg?shoe=1" for number in range(10)]
    story(store, media=tuple(picture(url=url) for url in lasting))
    due = [picture.url for picture in media_due(store, now=NOW, limit=5)]
    assert set(due[:4]) == set(EXPIRING)
    assert due[4] == lasting[-1]
