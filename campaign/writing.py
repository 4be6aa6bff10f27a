"""What is written at the desk: the words and pictures of a story of our own, and what an uploaded file is. Pure."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from campaign import hashtags
from campaign.records import Candidate, CandidateMedia

#: The network of what is written at the desk, and how its posts are named.
NETWORK = "desk"
_IDENTITY = "written:"

#: The address of a picture that was uploaded: this and the SHA-256 of the file as it came.
_UPLOAD = "upload:"

TITLE_MAX = 300
TEXT_MAX = 30_000
AUTHOR_MAX = 200
ALT_MAX = 1_500
MOST_PICTURES = 12

_SHA256 = re.compile(r"[0-9a-f]{64}")
_PRESS = re.compile(r"[0-9a-f]{32}")
_ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)

_HEIC = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")

#: What may end a sentence rather than an address.
_TRAILING = ".,;:!?'’”»"


class UploadKind(StrEnum):
    """What a file is by its first bytes. Only the first three are taken in."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    HEIC = "heic"
    SVG = "svg"
    OTHER = "other"

    @property
    def taken(self) -> bool:
        """Whether we can make our own copies of it."""
        return self in (UploadKind.JPEG, UploadKind.PNG, UploadKind.WEBP)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPicture:
    """A picture of a draft. ``file`` is the SHA-256 of the file as it was uploaded, ``name`` what it was called."""

    file: str
    name: str = ""
    alt: str = ""
    decorative: bool = False

    @property
    def wordless(self) -> bool:
        """Whether nobody has said what it shows, nor that it needs no words: then it is not shown to anybody."""
        return not self.decorative and not self.alt


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A story as a person left it in the form. ``published_at`` None means now, and later when it was before."""

    title: str = ""
    text: str = ""
    author: str = ""
    published_at: datetime | None = None
    pictures: tuple[DraftPicture, ...] = ()


def as_candidate(draft: Draft, identity: str, language: str, alts: dict[str, str | None]) -> Candidate:
    """Return a draft as it is stored. ``alts`` are the words that pictures which stand already were stored with."""
    media = tuple(
        CandidateMedia(
            url=upload_address(each.file),
            alt=alts.get(each.file, None if each.decorative else each.alt or None),
        )
        for each in draft.pictures
    )
    return Candidate(
        network=NETWORK,
        identity=identity,
        url="",
        published_at=draft.published_at,
        title=draft.title,
        text=draft.text,
        html=as_html(draft.text),
        author_name=draft.author,
        language=language,
        tags=hashtags.find(f"{draft.title}\n{draft.text}"),
        media=media,
    )


def identity_of(press: str) -> str:
    """Return what a story is called that was first saved by a press. ValueError where the press has no name."""
    if not _PRESS.fullmatch(press):
        raise ValueError("a press is named by 32 hexadecimal digits")
    return _IDENTITY + press


def upload_address(file: str) -> str:
    """Return the address under which an uploaded picture is stored."""
    return _UPLOAD + file


def uploaded(url: str) -> str:
    """Return the SHA-256 of an uploaded picture's file, "" for a picture with another address."""
    name = url.removeprefix(_UPLOAD)
    return name if url.startswith(_UPLOAD) and _SHA256.fullmatch(name) else ""


def is_file_name(text: str) -> bool:
    """Return whether a text is the name of an uploaded file, and nothing but that."""
    return _SHA256.fullmatch(text) is not None


def as_html(text: str) -> str:
    """Return written words as paragraphs, lines and links; everything else in them is words."""
    blocks = [block.strip("\n") for block in re.split(r"\n(?:[ \t]*\n)+", text) if block.strip()]
    return "".join(f"<p>{_linked(block).replace(chr(10), '<br>')}</p>" for block in blocks)


def _linked(text: str) -> str:
    made, at = [], 0
    for match in _ADDRESS.finditer(text):
        address = _address(match[0])
        made += [html.escape(text[at : match.start()]), f'<a href="{html.escape(address)}">{html.escape(address)}</a>']
        at = match.start() + len(address)
    return "".join((*made, html.escape(text[at:])))


def _address(found: str) -> str:
    """Return an address without the sentence's end; a bracket that the sentence opened is not the address's own."""
    while found and (found[-1] in _TRAILING or (found[-1] == ")" and found.count(")") > found.count("("))):
        found = found[:-1]
    return found


def kind_of(start: bytes) -> UploadKind:
    """Return what a file is by its first bytes (some hundred are enough), whatever its name claims."""
    if start.startswith(b"\xff\xd8\xff"):
        return UploadKind.JPEG
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return UploadKind.PNG
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return UploadKind.WEBP
    if start[4:8] == b"ftyp" and start[8:12] in (
        b"heic",
        b"heix",
        b"hevc",
        b"hevx",
        b"mif1",
        b"msf1",
        b"heim",
        b"heis",
    ):
        return UploadKind.HEIC
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return UploadKind.SVG if text.startswith(b"<") and b"<svg" in text else UploadKind.OTHER
