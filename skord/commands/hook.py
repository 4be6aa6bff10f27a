"""``skord hook``: how the receivers of changes fare."""

from __future__ import annotations

from argparse import Namespace
from urllib.parse import urlsplit

from campaign.errors import InputError
from skord.wiring import House


def list_(house: House, args: Namespace) -> int:  # noqa: ARG001
    """Print every receiver; 1 where one has stopped."""
    from storage.hooks import hook_state

    rows, stopped = [], False
    for campaign, hook in house.settings.hooks.items():
        state = hook_state(house.store, campaign)
        error = state.error if state else None
        stopped = stopped or (state is not None and state.stopped)
        rows.append(
            (
                campaign,
                urlsplit(hook.url).hostname or "",
                state.told_at if state else None,
                state.retry_at if state else None,
                str(house.language.explain(error)) if error else "",
            )
        )
    house.table(("campaign_id", "host", "last_told", "again_at", "error"), rows)
    return 1 if stopped else 0


def start(house: House, args: Namespace) -> int:
    """Try a receiver again at once."""
    from storage.hooks import start_hook

    if args.campaign not in house.settings.hooks:
        raise InputError("campaign", "hook_missing")
    start_hook(house.store, args.campaign, now=house.clock())
    house.tell("cli.hook.started", campaign=args.campaign)
    return 0
