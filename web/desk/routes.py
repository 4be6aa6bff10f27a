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
    issue_presses,
    issues,
    links,
    merging,
    notes,
    pictures,
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
    pictures,
    credits,
    notes,
    cases,
    sources,
    channels,
    accounts,
    issues,
    issue_presses,
    subscribers,
    views,
    writing,
)
for part in PARTS:
    router.include_router(part.router)
