"""Our own copies of pictures, and the campaign's colours."""

from __future__ import annotations

import re

from starlette.responses import FileResponse, Response

from campaign.errors import NotFoundError
from storage.archive import public_picture
from storage.media import path_of
from web.colours import sheet
from web.house import KEEP, House
from web.public.growth import trees

#: Letters that link their pictures show them inside a reader's webmail: pictures alone may be used from elsewhere.
_SHARED = {"Cross-Origin-Resource-Policy": "cross-origin"}

_KEPT = "public, max-age=30, must-revalidate"

_NAME = re.compile(r"([0-9a-f]{64})(?:-(\d{1,4})\.(jpg|webp))?")
_TYPES = {".jpg": "image/jpeg", ".webp": "image/webp"}
_WIDTH = 960


def picture(house: House, name: str, *, asked: str = "") -> Response:
    """Answer with a copy of a picture that may be shown to anybody; 404 as soon as it may not.

    ``asked`` is If-None-Match: who has the picture already is told so.
    Letters name a picture without a width; a name that ends in .webp gets that, or JPEG where there is none. Nobody
    keeps it for longer than half a minute without asking again, browser or proxy: what is hidden must be gone within
    one. Asking again costs no picture.
    """
    match = _NAME.fullmatch(name)
    if match is None or not house.is_open or not _shown(house, match[1]):
        raise NotFoundError("page")
    path = path_of(house.store, match[1], int(match[2] or _WIDTH), modern=match[3] == "webp")
    if path is None:
        raise NotFoundError("page")
    tag = f'"{path.name}"'  # the name is made of the content
    headers = {"Cache-Control": _KEPT, "ETag": tag, "Content-Disposition": "inline", **_SHARED}
    if tag in [each.strip().removeprefix("W/") for each in asked.split(",")]:
        return Response(status_code=304, headers=headers)
    return FileResponse(path, media_type=_TYPES[path.suffix], headers=headers)


def _shown(house: House, file: str) -> bool:
    # Rights end with a day, in whatever zone: what was found out holds for its minute.
    now = house.clock()
    return house.keep(("picture", file, int(now.timestamp()) // 60), lambda: public_picture(house.store, file, now=now))


def colours(house: House, campaign_id: str) -> Response:
    """Answer with the campaign's own colours as tokens."""
    campaign = house.settings.campaigns.get(campaign_id)
    if campaign is None:
        raise NotFoundError("page")
    areas = [node.colour for tree in trees(house, campaign_id) for node in tree.nodes]
    return Response(sheet(campaign.accent, areas), headers={KEEP: "1"}, media_type="text/css")


def embed_script(house: House, *, asked: str = "") -> Response:
    """Answer with the script of the element that other sites use, at an address that never changes.

    Any page may load it, as a module too; a browser asks once an hour whether there is another one.
    """
    found = house.renderer.static_files.find("embed.js")
    if found is None:
        raise NotFoundError("page")
    tag = f'"{house.renderer.static_files.stamp}"'
    headers = {"Cache-Control": "public, max-age=3600", "ETag": tag, "Access-Control-Allow-Origin": "*", **_SHARED}
    if tag in [each.strip().removeprefix("W/") for each in asked.split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(found[0], headers=headers, media_type=found[2])
