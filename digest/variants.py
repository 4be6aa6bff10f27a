"""A letter in the other languages that its subscribers have chosen: the stories are the same, what stands around them
is not.

They are made from what was approved, frozen beside it, and drawn again with it where a paused sending goes on.
"""

from __future__ import annotations

import json
from datetime import datetime

from campaign.newsletter import Issue
from campaign.records import Use
from campaign.settings import NewsletterSettings, Settings
from digest import edition
from digest.letter import Letter, from_json, to_json, web_copy
from digest.message import Master, from_kept
from storage import issues, subscribers
from storage.store import Store


def offered(settings: Settings, newsletter: NewsletterSettings) -> tuple[str, ...]:
    """Return the languages that a subscriber can choose, the site's first."""
    return tuple(dict.fromkeys((settings.site.language, *newsletter.languages)))


def wanted(store: Store, settings: Settings, issue: Issue) -> tuple[str, ...]:
    """Return the languages beside the site's in which an issue must be drawn: offered, and chosen by somebody."""
    used = subscribers.languages(store, issue.newsletter)
    return tuple(code for code in offered(settings, edition.newsletter_of(settings, issue))[1:] if code in used)


def renders(store: Store, settings: Settings, issue: Issue, *, now: datetime) -> dict[str, bytes]:
    """Return what is kept of an issue in other languages than the site's, by kind: "master.en" and so on."""
    kept: dict[str, bytes] = {}
    for code in wanted(store, settings, issue):
        letter = edition.load(store, settings, issue.id, now=now, language=code).letter
        kept |= _drawn(store, settings, issue, letter)
        kept[f"letter.{code}"] = json.dumps(to_json(letter), ensure_ascii=False).encode()
    return kept


def redrawn(store: Store, settings: Settings, issue: Issue, *, now: datetime) -> dict[str, bytes]:
    """Return the same for a frozen issue as it may be read now: what was hidden since is a gap in every language."""
    kept: dict[str, bytes] = {}
    for kind, body in issues.renders_like(store, issue.id, "letter.").items():
        frozen = json.loads(body)
        seen = edition._still_visible(store, [frozen])[0]
        letter = web_copy(frozen, seen, now=now, use=Use.MAIL)
        kept |= {kind: body} | _drawn(store, settings, issue, letter)
    return kept


def masters(store: Store, settings: Settings, issue_id: int) -> dict[str, Master]:
    """Return an issue's frozen messages by language; that of the site also stands under ""."""
    kept = issues.renders_like(store, issue_id, "master")
    found = {kind.partition(".")[2]: from_kept(body) for kind, body in kept.items()}
    return found | {settings.site.language: found[""]}


def kept_letter(store: Store, issue_id: int, language: str) -> Letter | None:
    """Return an issue's frozen letter in another language than the site's, None where it was not drawn in it."""
    kept = issues.renders_like(store, issue_id, f"letter.{language}").get(f"letter.{language}")
    return from_json(json.loads(kept)) if kept else None


def _drawn(store: Store, settings: Settings, issue: Issue, letter: Letter) -> dict[str, bytes]:
    drawn = edition.draw(store, settings, letter, issue)
    return {
        f"master.{letter.language}": drawn.master.keep(),
        f"html.{letter.language}": drawn.rendered.html.encode(),
        f"text.{letter.language}": drawn.rendered.text.encode(),
    }
