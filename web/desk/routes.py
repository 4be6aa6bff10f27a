"""Every address of the desk, for the application to include."""

from __future__ import annotations

from fastapi import APIRouter

from web.desk import (
    accounts,
    cases,
    channels,
    credits,
    decisions,
    entry,
    flags,
    issue_presses,
    issues,
    links,
    merging,
    notes,
    picture_list,
    pictures,
    places,
    pulse,
    queue,
    sources,
    stories,
    subscribers,
    views,
    writing,
)

router = APIRouter(include_in_schema=False)
PARTS = (
    entry,
    queue,
    pulse,
    links,
    decisions,
    writing,
    stories,
    merging,
    picture_list,
    pictures,
    places,
    credits,
    notes,
    flags,
    cases,
    sources,
    channels,
    accounts,
    issues,
    issue_presses,
    subscribers,
    views,
)
for part in PARTS:
    router.include_router(part.router)
