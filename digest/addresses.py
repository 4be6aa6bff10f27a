"""Absolute addresses of public pages, as letters and mails name them."""

from __future__ import annotations

from urllib.parse import quote

from campaign.settings import Settings


class Addresses:
    """The public pages of one campaign in one language, from the site's base address.

    With several campaigns each has its part of the site under ``/c/``; the language that is not the site's stands
    under its own code.
    """

    def __init__(self, settings: Settings, campaign: str, language: str) -> None:
        self.site = settings.site.base_url
        path = "" if language == settings.site.language else f"/{language}"
        if len(settings.campaigns) > 1:
            path += f"/c/{quote(campaign)}"
        self.base = self.site + path

    def story(self, story_id: int) -> str:
        """The page of a story."""
        return f"{self.base}/stories/{story_id}"

    def issue(self, newsletter: str, number: int) -> str:
        """The web copy of an issue."""
        return f"{self.base}/issues/{quote(newsletter)}/{number}"

    def event(self, newsletter: str, number: int, item_id: int) -> str:
        """The calendar file of one event of an issue."""
        return f"{self.issue(newsletter, number)}/events/{item_id}.ics"

    def page(self, name: str) -> str:
        """One of the fixed pages: archive, subscribe, privacy, about."""
        return f"{self.base}/{name}"

    def picture(self, file: str) -> str:
        """Our own copy of a picture by its SHA-256."""
        return f"{self.site}/media/{file}"

    def leave(self, token: str) -> str:
        """Where a subscriber leaves; short, since mail headers take 76 letters at most."""
        return f"{self.site}/u/{token}"

    def confirm(self, token: str) -> str:
        """Where a subscriber confirms."""
        return f"{self.base}/subscribe/confirm/{token}"

    def desk_issue(self, issue_id: int) -> str:
        """Where an editor works on an issue."""
        return f"{self.site}/desk/issues/{issue_id}"

    def desk_source(self, source_id: str) -> str:
        """Where a source is seen as it is."""
        return f"{self.site}/desk/sources/{quote(source_id)}"
