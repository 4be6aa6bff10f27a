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

_NAME = re.compile(r"([0-9a-f]{64})(?:-(\d{1,4})\.jpg)?")
_WIDTH = 960


def picture(house: House, name: str) -> Response:
    """Answer with a copy of a picture that may be shown to anybody; 404 as soon as it may not.

    Letters name a picture without a width. Browsers keep it for an hour only: a right that is withdrawn must end.
    """
    match = _NAME.fullmatch(name)
    if match is None or not house.is_open or not _shown(house, match[1]):
        raise NotFoundError("page")
    path = path_of(house.store, match[1], int(match[2] or _WIDTH))
    if path is None:
        raise NotFoundError("page")
    headers = {"Cache-Control": "public, max-age=3600", "Content-Disposition": "inline", **_SHARED}
    return FileResponse(path, media_type="image/jpeg", headers=headers)


def _shown(house: House, file: str) -> bool:
    return house.keep(("picture", file), lambda: public_picture(house.store, file))


def colours(house: House, campaign_id: str) -> Response:
    """Answer with the campaign's own colours as tokens."""
    campaign = house.settings.campaigns.get(campaign_id)
    if campaign is None:
        raise NotFoundError("page")
    areas = [node.colour for tree in trees(house, campaign_id) for node in tree.nodes]
    return Response(sheet(campaign.accent, areas), headers={KEEP: "1"}, media_type="text/css")
