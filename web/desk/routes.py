"""Every address of the desk, for the application to include."""

from __future__ import annotations

from fastapi import APIRouter

from web.desk import (
    accounts,
    bulk,
    cases,
    channels,
    corrections,
    credits,
    decisions,
    entry,
    excerpts,
    flags,
    issue_presses,
    issues,
    links,
    log,
    merging,
    notes,
    oidc,
    picture_list,
    pictures,
    places,
    proving,
    pulse,
    queue,
    rules,
    sources,
    stories,
    subscribers,
    views,
    writing,
)

router = APIRouter(include_in_schema=False)
PARTS = (
    entry,
    oidc,
    proving,
    queue,
    pulse,
    links,
    decisions,
    bulk,
    writing,
    stories,
    merging,
    picture_list,
    pictures,
    places,
    credits,
    notes,
    log,
    excerpts,
    flags,
    cases,
    rules,
    sources,
    channels,
    accounts,
    issues,
    issue_presses,
    corrections,
    subscribers,
    views,
)
for part in PARTS:
    router.include_router(part.router)
