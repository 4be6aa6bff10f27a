"""What of a post the public archive is searched by: what readers can see of it, and nothing that names one person.

Who wrote it is not among it, a credit that the desk wrote neither, nor whom it speaks to: a handle is one person's
alone. A picture's words are among it while it may be shown, for they may say what nobody may see.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from campaign.records import SHOWING, Use
from storage import schema

_MEDIA = schema.media.c

#: A handle ("@anna", "@anna@exempel.social") or an address.
_HANDLE = re.compile(r"[\w.+-]*[@＠][\w.-]+(?:[@＠][\w.-]+)?")


def _said(row: Row[Any], alts: Mapping[int, str | None]) -> list[str]:
    """Return the words of a post that readers look for, its title first. ``alts`` are those of ``_alts``."""
    shown = [entry for entry in row.media if entry["id"] in alts]
    pictures = [alts[entry["id"]] or entry["alt"] or "" for entry in shown]
    return [_without_handles(each) for each in (row.title, row.text, *(f"#{tag}" for tag in row.tags), *pictures)]


def _without_handles(text: str) -> str:
    return _HANDLE.sub(" ", text) if "@" in text or "＠" in text else text


def _alts(connection: Connection, story_ids: Sequence[int], now: datetime) -> dict[int, str | None]:
    """Return the pictures of stories that may be shown to readers, with the words of the desk, None for the author's.

    Rights that end are ended by a job, which draws the story anew.
    """
    query = (
        select(_MEDIA.id, _MEDIA.alt, _MEDIA.right_uses)
        .join(schema.post, schema.post.c.id == _MEDIA.post_id)
        .where(schema.post.c.story_id.in_(story_ids), _MEDIA.right.in_(SHOWING), ~_MEDIA.decorative)
        .where(or_(_MEDIA.right_until.is_(None), _MEDIA.right_until > now))
    )
    return {row.id: row.alt for row in connection.execute(query) if Use.WEB in row.right_uses}
