"""When a person is told by mail of what waits; and how the webhook fares, for administrators."""

from __future__ import annotations

from dataclasses import dataclass

from campaign.language import Explanation
from campaign.records import Role
from digest.waiting import DAYS, parse_time
from digest.webhook import WebhookState, webhook_state
from storage.waiting import notice_times, set_notice_times
from web.desk.visit import Desk

#: The hour that is proposed to somebody who has chosen none.
_HOUR = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """What the form shows: the chosen days and hour, and of the webhook how the last call went."""

    days: tuple[str, ...]
    hour: int
    choices: tuple[str, ...]
    has_address: bool
    webhook: WebhookState | None
    failed: Explanation | None


def save_notices(desk: Desk) -> None:
    """Store on which days and at what hour a person is told, where the form that was sent asked for it."""
    hour = desk.form["hour"]
    if not hour:
        return
    chosen = int(hour) if hour.isascii() and hour.isdigit() and len(hour) < 3 and int(hour) < 24 else _HOUR
    times = [f"{day} {chosen:02}:00" for day in DAYS if desk.form[f"day-{day}"] == "yes"]
    set_notice_times(desk.store, desk.account.id, times)


def notices_of(desk: Desk) -> Notices:
    """Return what a person has chosen."""
    times = [parse_time(each) for each in notice_times(desk.store).get(desk.account.id, ())]
    known = [each for each in times if each is not None]
    is_told = bool(desk.settings.notices.webhook) and desk.may_everywhere(Role.ADMINISTRATOR)
    state = webhook_state(desk.store) if is_told else None
    return Notices(
        days=tuple(DAYS[each.weekday] for each in known),
        hour=known[0].hour if known else _HOUR,
        choices=DAYS,
        has_address="@" in desk.account.email,
        webhook=state,
        failed=desk.explain(state.error) if state and state.error else None,
    )
