"""What somebody else just did to a story, in a sentence for the person who has it open."""

from __future__ import annotations

from collections.abc import Collection

from storage.arrivals import Latest, latest
from web.desk.visit import Desk


def changed_words(desk: Desk, story_ids: Collection[int], *, since: int, but: int | None = None) -> dict[int, str]:
    """Return for each story who did what to it after a row of the trail; "" where no person did.

    What the account ``but`` did is left out.
    """
    found = latest(desk.store, story_ids, since=since)
    return {story_id: _said(desk, found.get(story_id), but) for story_id in story_ids}


def _said(desk: Desk, done: Latest | None, but: int | None) -> str:
    if done is None or done.actor != "person" or not done.who or done.account_id == but:
        return ""
    key = f"flow.did.{'undo' if done.action.startswith('undo_') else done.action}"
    return desk.t(key if desk.language.has(key) else "flow.did.other", who=done.who)
