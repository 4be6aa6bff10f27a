"""Reads a form that carries one small file. The file's text stands in the field of its name."""

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


async def read_upload(request: Request) -> Form:
    """Return the fields of a multipart form. Answers 413 for a body far beyond ``MOST_BYTES``, 400 for a broken one."""
    parser = MultiPartParser(request.headers, _capped(request), max_files=1, max_fields=20, max_part_size=100_000)
    try:
        given = await parser.parse()
    except (MultiPartException, KeyError) as error:
        raise HTTPException(400) from error
    form = Form()
    for name, value in given.multi_items():
        if isinstance(value, UploadFile):
            form[name] = _text(await value.read(MOST_BYTES + 1))
            await value.close()
        else:
            form[name] = value.replace("\r\n", "\n").replace("\0", "")
    return form


async def _capped(request: Request) -> AsyncGenerator[bytes, None]:
    taken = 0
    async for chunk in request.stream():
        taken += len(chunk)
        if taken > MOST_BYTES + 200_000:
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
