"""How far back the first asking of a source goes: its option ``since``."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from campaign.errors import CollectError
from campaign.settings import SourceSettings

USUAL = timedelta(days=30)
_SPAN = re.compile(r"(\d{1,4})\s*([hdw])")


def since(source: SourceSettings, now: datetime) -> datetime:
    """Return from when a source is read, UTC: "30d", "12h", "4w" before now, or a day ("2026-01-01") in its zone.

    Thirty days where nothing is written. Raises CollectError ``since_bad``.
    """
    written = str(source.options.get("since") or "").strip().lower()
    if not written:
        return now - USUAL
    if span := _SPAN.fullmatch(written):
        hours = {"h": 1, "d": 24, "w": 168}[span.group(2)]
        return now - timedelta(hours=int(span.group(1)) * hours)
    try:
        return datetime.fromisoformat(written).replace(tzinfo=source.timezone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise CollectError("since_bad", permanent=True, since=written) from error
