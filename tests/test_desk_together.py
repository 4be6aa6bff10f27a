"""Two people at one queue, each in a browser of their own, pressing as fast as they can."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from builders import candidate, ingest
from campaign.records import Role
from conftest import NOW
from desk import CHROMIUM
from moody import Moody, moody
from storage.logins import begin_login
from storage.people import add_account
from storage.store import Store
from storage.trail import trail

PRESSES = 250

#: Writes down every story of which the page says that somebody else was first.
_LISTEN = """
window.told = new Set();
new MutationObserver((changes) => {
  for (const { target, addedNodes } of changes) {
    for (const each of [target, ...addedNodes]) {
      if (!each.matches?.(".queue-item")) continue;
      if (each.classList.contains("returned") || each.dataset.overtaken) window.told.add(Number(each.dataset.story));
    }
  }
}).observe(document, {
  subtree: true, childList: true, attributes: true, attributeFilter: ["class", "data-overtaken"],
});
"""


@dataclass
class Reviewer:
    """Somebody at the desk. ``pressed`` are the stories in the order of their keys; ``told`` those called taken."""

    name: str
    key: str
    pressed: list[int] = field(default_factory=list)
    told: set[int] = field(default_factory=set)
    fault: BaseException | None = None

    def review(self, site: Moody, token: str, both: threading.Barrier) -> None:
        """Press until enough was pressed, moving on from cards that came back."""
        from playwright.sync_api import sync_playwright

        try:
            with sync_playwright() as play:
                browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
                opened = browser.new_context(locale="sv-SE")
                opened.add_cookies([{"name": "skord", "value": token, "domain": "127.0.0.1", "path": "/desk"}])
                page = opened.new_page()
                page.add_init_script(_LISTEN)
                page.goto(f"{site.address}/desk")
                both.wait(60)
                self._press_all(page)
                page.locator("#presses:is([data-count='0'], :not([data-count]))").wait_for(
                    state="attached", timeout=400_000
                )
                self.told = set(page.evaluate("[...window.told]"))
                browser.close()
        except BaseException as fault:  # noqa: BLE001 - told by the thread that waits
            self.fault = fault
            both.abort()

    def _press_all(self, page: Any) -> None:
        here = """() => {
          const chosen = ".queue-item:not(.gone) > .queue-card[aria-current]";
          const item = document.querySelector(chosen)?.closest(".queue-item");
          if (!item) return null;
          return [Number(item.dataset.story), item.classList.contains("returned") || Boolean(item.dataset.overtaken)];
        }"""
        while len(self.pressed) < PRESSES:
            found = page.evaluate(here)
            if found is None:
                page.wait_for_timeout(20)
            elif found[1]:
                page.keyboard.press("j")
            else:
                page.keyboard.press(self.key)
                self.pressed.append(found[0])


@pytest.mark.timeout(900)
def test_no_story_is_decided_twice_unnoticed_in_five_hundred_presses(sqlite_store: Store) -> None:
    """Each story has one decision that stands, and whoever pressed in vain was told of that very story."""
    if not Path(CHROMIUM).exists():
        pytest.skip("chromium: no browser is installed")
    for number in range(2 * PRESSES + 40):
        made = candidate(text=f"Berättelse {number} om #hallandväxer", published_at=NOW - timedelta(hours=number + 1))
        ingest(sqlite_store, made)
    anna, karim = Reviewer(name="anna", key="a"), Reviewer(name="karim", key="h")
    accounts = {
        each.name: add_account(sqlite_store, each.name, role=Role.EDITOR, password=None, now=NOW).id
        for each in (anna, karim)
    }
    both = threading.Barrier(2)
    with moody(sqlite_store) as site:
        threads = [
            threading.Thread(
                target=each.review, args=(site, begin_login(sqlite_store, accounts[each.name], now=NOW), both)
            )
            for each in (anna, karim)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (anna.fault, karim.fault) == (None, None)

    decided = [record for record in trail(sqlite_store, limit=5000) if record.story_id]
    who = {record.story_id: record.who for record in decided}
    assert len(who) == len(decided), "a story was decided twice"
    assert len(anna.pressed) + len(karim.pressed) == 2 * PRESSES
    assert set(who) == {*anna.pressed, *karim.pressed}
    for each in (anna, karim):
        in_vain = {story for story in each.pressed if who[story] != each.name}
        assert in_vain <= each.told, f"{each.name} was not told"
    print(f"{len(decided)} decided, {sum(len(each.told & set(each.pressed)) for each in (anna, karim))} told in vain")
