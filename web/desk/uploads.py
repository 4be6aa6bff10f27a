"""Reads forms that carry files: one small table as text, or pictures as they are.

Whoever reads pictures knows first who sends them: they are large.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from web.forms import Form

MOST_BYTES = 5_000_000

#: Stands in the field of a file that was too big, or no text: the handler says it beside the field.
TOO_BIG = "\0too big"
NOT_TEXT = "\0not text"


#: A form with pictures: as many as a story has, of the size that phones make them. One picture may be larger.
MOST_OF_PICTURES = 120_000_000
_MOST_FILES = 12
_MOST_FIELDS = 400

#: Where a form carries pictures.
PICTURES_AT = frozenset(("/desk/stories/new", "/desk/stories/pictures", "/desk/posts/{post_id}/write"))

#: Where a form carries a spreadsheet, which is no text.
SHEETS_AT = frozenset(
    ("/desk/strategy/new", "/desk/strategy/{strategy}/sheet", "/desk/strategy/{strategy}/figures",
     "/desk/figures/{indicator_id}", "/desk/subscribers/import")
)  # fmt: skip


class PictureForm(Form):
    """A form with files; the door closes them."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[UploadFile] = []

    def close(self) -> None:
        """Let go of the files, read or not."""
        for each in self.files:
            each.file.close()


async def read_pictures(request: Request) -> PictureForm:
    """Return the fields and files of a multipart form. Answers 413 for one that is or claims to be too large."""
    # One more than a story may have, so that too many are told of beside the field.
    return await _read_files(request, most=MOST_OF_PICTURES, files=_MOST_FILES + 1)


async def read_sheet(request: Request) -> PictureForm:
    """Return the fields and the one file of a form; room is left so that a file too large is told beside its field."""
    return await _read_files(request, most=2 * MOST_BYTES + 200_000, files=1)


async def _read_files(request: Request, *, most: int, files: int) -> PictureForm:
    claimed = request.headers.get("content-length", "")
    if claimed.isascii() and claimed.isdigit() and (len(claimed) > 12 or int(claimed) > most):
        raise HTTPException(413)
    stream = _capped(request, most)
    parser = MultiPartParser(request.headers, stream, max_files=files, max_fields=_MOST_FIELDS, max_part_size=200_000)
    form = PictureForm()
    for name, value in await _parsed(parser):
        if isinstance(value, UploadFile):
            if value.filename or value.size:
                form.files.append(value)
            else:  # a browser sends a nameless, empty one for a field in which none was chosen
                await value.close()
        else:
            form[name] = value.replace("\r\n", "\n").replace("\0", "")
    return form


async def _parsed(parser: MultiPartParser) -> list[tuple[str, UploadFile | str]]:
    try:
        return (await parser.parse()).multi_items()
    except (MultiPartException, KeyError) as error:
        raise HTTPException(400) from error


async def read_upload(request: Request) -> Form:
    """Return the fields of a multipart form. Answers 413 for a body far beyond ``MOST_BYTES``, 400 for a broken one."""
    stream = _capped(request, MOST_BYTES + 200_000)
    parser = MultiPartParser(request.headers, stream, max_files=1, max_fields=20, max_part_size=100_000)
    form = Form()
    for name, value in await _parsed(parser):
        if isinstance(value, UploadFile):
            form[name] = _text(await value.read(MOST_BYTES + 1))
            await value.close()
        else:
            form[name] = value.replace("\r\n", "\n").replace("\0", "")
    return form


async def _capped(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    taken = 0
    async for chunk in request.stream():
        taken += len(chunk)
        if taken > most:
            raise HTTPException(413)
        yield chunk


def _text(body: bytes) -> str:
    """Return a file's text: UTF-8, or what Swedish spreadsheets write."""
    if len(body) > MOST_BYTES:
        return TOO_BIG
    if b"\0" in body:
        return NOT_TEXT
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")
