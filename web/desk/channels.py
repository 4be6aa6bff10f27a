"""The truth table at the desk: what each channel gives, needs and costs, and which of them the campaign uses."""

from __future__ import annotations

from collections import Counter

from fastapi import APIRouter
from starlette.responses import Response

from campaign.channels import channels, closed
from web.desk.visit import AtDesk, DeskRoute

router = APIRouter(route_class=DeskRoute)


@router.get("/desk/channels")
def table(desk: AtDesk) -> Response:
    """Show every channel, and what cannot be had."""
    used = Counter(source.kind for source in desk.settings.sources.values() if desk.sees(source.campaigns))
    return desk.page("desk/channels.html", channels=channels(desk.language), closed=closed(desk.language), used=used)
