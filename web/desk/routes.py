"""Every address of the desk, for the application to include."""

from __future__ import annotations

from fastapi import APIRouter

from web.desk import accounts, cases, decisions, entry, queue, sources, stories

router = APIRouter(include_in_schema=False)
PARTS = (entry, queue, decisions, stories, cases, sources, accounts)
for part in PARTS:
    router.include_router(part.router)
