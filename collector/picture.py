"""Turns the bytes of a foreign picture into our own: small, without metadata, in colours that every screen knows.

What comes in is hostile until it is drawn anew. Kind and size are read from the header before a pixel is unpacked;
only five kinds are opened; what goes out are new JPEG files that carry pixels and nothing else.
"""

from __future__ import annotations

import hashlib
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO

# Named one by one: each import makes one kind known, and Pillow is never told to look for others.
from PIL import (
    AvifImagePlugin,
    GifImagePlugin,
    Image,
    ImageCms,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from campaign.errors import CollectError

#: The widths of our copies in pixels. Narrower pictures are never enlarged: they are kept in their own width.
WIDTHS = (480, 960, 1600)

#: The decoders of WebP and AVIF hold a picture several times over, and a kilobyte can claim any size.
MOST_PIXELS = {"JPEG": 40_000_000, "PNG": 40_000_000, "GIF": 40_000_000, "WEBP": 20_000_000, "AVIF": 20_000_000}
LEAST_SIDE = 40
MOST_ELONGATED = 10
#: A progressive JPEG has about ten scans; each costs a walk over the whole picture, however few bytes it takes.
MOST_SCANS = 100
#: A picture as wide as our widest copy, and as high as a page.
_MOST_MODERN_PIXELS = 4_000_000
#: Steps of grey, of 256, between the brightest and the darkest part of a picture that can be known again.
_LEAST_CONTRAST = 24

_KINDS = tuple(
    plugin.format
    for plugin in (
        JpegImagePlugin.JpegImageFile,
        PngImagePlugin.PngImageFile,
        WebPImagePlugin.WebPImageFile,
        AvifImagePlugin.AvifImageFile,
        GifImagePlugin.GifImageFile,
    )
)
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# One picture is unpacked at a time: so many pixels need so much memory once, and the filters for warnings, which
# belong to the whole process, are never changed by two threads at once.
_alone = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Our own copies of one picture as JPEG, by width in pixels; ``modern`` are those that are smaller as WebP.

    ``sha256`` is the hash of the widest and names them all; ``width`` and ``height`` are the widest's too.
    The same bytes always give the same copies. ``look`` is what it looks like in 128 bits, of which another copy of
    the picture differs in few; None where it is too plain to be told from others.
    """

    sha256: str
    width: int
    height: int
    look: int | None
    renditions: dict[int, bytes] = field(repr=False)
    modern: dict[int, bytes] = field(repr=False)


def prepare(body: bytes) -> Prepared:
    """Return our copies of the picture in ``body``; of a moving picture its first frame.

    Raises CollectError: ``picture_no_image``, ``picture_svg``, ``picture_pixels``, ``picture_small``,
    ``picture_shape``, ``picture_scans``, ``picture_damaged``.
    """
    _check_kind(body)
    with _alone, _foreign(), Image.open(BytesIO(body), formats=_KINDS) as opened:
        _check_size(opened)
        widest = _drawn(opened)
    return _prepared(widest)


def _check_kind(body: bytes) -> None:
    """Refuse what needs no decoder to be refused."""
    start = body[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"<") and b"<svg" in start:
        raise CollectError("picture_svg", permanent=True)
    if body.startswith(b"\xff\xd8") and body.count(b"\xff\xda") > MOST_SCANS:
        raise CollectError("picture_scans", permanent=True)


def _check_size(opened: ImageFile.ImageFile) -> None:
    width, height = opened.size
    # What comes through the JPEG reader may call itself by another name, such as MPO.
    most = MOST_PIXELS.get(opened.format or "", MOST_PIXELS["JPEG"])
    if width * height > most:
        raise _too_many_pixels(most)
    if min(width, height) < LEAST_SIDE:
        raise CollectError("picture_small", permanent=True, width=width, height=height)
    if max(width, height) > MOST_ELONGATED * min(width, height):
        raise CollectError("picture_shape", permanent=True, width=width, height=height)


def _too_many_pixels(most: int) -> CollectError:
    return CollectError("picture_pixels", permanent=True, limit=most // 1_000_000)


@contextmanager
def _foreign() -> Iterator[None]:
    """Name whatever Pillow makes of a hostile file; what it merely warns of is no concern of ours, bombs are."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            yield
        except CollectError:
            raise
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as problem:
            raise _too_many_pixels(max(MOST_PIXELS.values())) from problem
        except UnidentifiedImageError as problem:
            raise CollectError("picture_no_image") from problem
        except Exception as problem:  # its readers let through whatever the bytes lead them to
            raise CollectError("picture_damaged") from problem


def _drawn(opened: ImageFile.ImageFile) -> Image.Image:
    """Return the picture as people see it: upright, on white, in sRGB, not wider than our widest copy."""
    # A large JPEG is unpacked at a half, a quarter or an eighth at once: still wider than what is made of it.
    opened.draft(None, (2 * WIDTHS[-1], 2 * WIDTHS[-1]))
    opened.load()
    orientation = _orientation(opened)  # after loading: PNG may tell it behind the pixels
    width = opened.height if orientation >= 5 else opened.width
    small = _scaled(_plain(opened), min(1, WIDTHS[-1] / width))
    if orientation in _TURNS:
        small = small.transpose(_TURNS[orientation])
    return _srgb(_on_white(small), opened.info.get("icc_profile"))


def _orientation(opened: ImageFile.ImageFile) -> int:
    try:
        told = opened.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - broken metadata says nothing; the picture itself may be whole
        return 1
    return told if isinstance(told, int) and told in _TURNS else 1


def _plain(image: Image.Image) -> Image.Image:
    """Return the pixels in a mode that can be scaled: grey, colour or print colours, with or without alpha."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        # Sixteen bits a pixel: Pillow's own conversion would cut everything above 255 off to white.
        return image.point(lambda value: value * (1 / 257)).convert("L")
    if image.has_transparency_data:
        return image if image.mode in ("RGBA", "LA") else image.convert("RGBA")
    return image if image.mode in ("RGB", "L", "CMYK") else image.convert("RGB")


def _scaled(image: Image.Image, factor: float) -> Image.Image:
    if factor >= 1:
        return image
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)


def _on_white(image: Image.Image) -> Image.Image:
    """Lay what is see-through on paper."""
    if image.mode not in ("RGBA", "LA"):
        return image
    paper = Image.new("RGB", image.size, "white")
    paper.paste(image.convert("RGB"), mask=image.getchannel("A"))
    return paper


def _srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return new pixels in sRGB, free of everything the file said about itself; a useless profile is left aside."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            shown = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            pass  # not a profile, or one of another colour space than the picture's: the plain conversion is close
        else:
            image = shown or image
    clean = Image.new("RGB", image.size)
    clean.paste(image.convert("RGB"))
    return clean


def _prepared(widest: Image.Image) -> Prepared:
    copies = {width: _scaled(widest, width / widest.width) for width in WIDTHS if width < widest.width}
    copies[widest.width] = widest
    renditions = {width: _jpeg(copy) for width, copy in copies.items()}
    modern = {width: body for width, copy in copies.items() if len(body := _webp(copy)) < len(renditions[width])}
    return Prepared(
        sha256=hashlib.sha256(renditions[widest.width]).hexdigest(),
        width=widest.width,
        height=widest.height,
        look=_look(widest),
        renditions=renditions,
        modern={width: body for width, body in modern.items() if body},
    )


def _look(image: Image.Image) -> int | None:
    """Return where a picture grows brighter, from left to right and from top to bottom, on a grid of 8 by 8."""
    grey = image.convert("L")
    across = list(grey.resize((9, 8), Image.Resampling.BOX).tobytes())
    down = list(grey.resize((8, 9), Image.Resampling.BOX).tobytes())
    bits = [across[9 * row + column] < across[9 * row + column + 1] for row in range(8) for column in range(8)]
    bits += [down[8 * row + column] < down[8 * (row + 1) + column] for row in range(8) for column in range(8)]
    # Plain pictures, such as a logo on white, have nearly all their bits alike.
    is_plain = max(across) - min(across) < _LEAST_CONTRAST or not 16 <= sum(bits) <= 112
    return None if is_plain else int("".join("1" if bit else "0" for bit in bits), 2)


def _jpeg(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=82, progressive=True, optimize=True)
    return out.getvalue()


def _webp(image: Image.Image) -> bytes:
    """Return a picture as WebP, which takes a third less; nothing for what would take it seconds to pack."""
    if image.width * image.height > _MOST_MODERN_PIXELS:
        return b""
    out = BytesIO()
    image.save(out, "WEBP", quality=78, method=2)
    return out.getvalue()
