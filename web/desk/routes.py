"""Every address of the desk, for the application to include."""

from __future__ import annotations

from fastapi import APIRouter

from web.desk import accounts, cases, decisions, entry, queue, sources, stories

router = APIRouter(include_in_schema=False)
for part in (entry, queue, decisions, stories, cases, sources, accounts):
    router.include_router(part.router)
