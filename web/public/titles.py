"""What a thing of the archive is called where it is no story: letters by their number, goals without inner codes."""

from __future__ import annotations

from campaign.language import Language
from campaign.settings import Settings
from storage.archive import Hit
from storage.shelf import Kind
from web.rendering import has_number


def title_of_hit(settings: Settings, language: Language, hit: Hit) -> str:
    """Return the title of an issue, a yearbook or a node. A letter without a subject is "Veckobrevet 44"."""
    if hit.kind in (Kind.ISSUE, Kind.YEARBOOK):
        return hit.title.strip() or issue_name(settings, language, hit.path)
    code = hit.path.rpartition("/")[2]
    # A code that is a word says nothing to readers beside the title.
    return hit.title if hit.kind is not Kind.NODE or has_number(code) else hit.title.removeprefix(f"{code} ")


def issue_name(settings: Settings, language: Language, path: str) -> str:
    """Return the newsletter's name and the number of an issue, by its path "/issues/veckobrevet/44"."""
    newsletter, _, number = path.removeprefix("/issues/").partition("/")
    known = settings.newsletters.get(newsletter)
    return language.t("archive.issue", name=known.name if known else newsletter, number=number)
