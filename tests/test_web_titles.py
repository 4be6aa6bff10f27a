"""What letters and goals are called in lists."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from campaign.language import Language
from storage.archive import Hit
from storage.shelf import Kind
from web.public.titles import title_of_hit
from website import settings


def test_a_letter_without_a_subject_is_named_by_its_number(tmp_path: Path) -> None:
    """Newsletter and number stand where nobody wrote a subject."""
    made, language = settings(tmp_path), Language("sv", ZoneInfo("Europe/Stockholm"))
    name = made.newsletters["veckobrevet"].name
    bare = Hit(key=1, kind=Kind.ISSUE, subject=1, path="/issues/veckobrevet/44")
    told = Hit(key=1, kind=Kind.ISSUE, subject=1, path="/issues/veckobrevet/44", title="Byta håll")
    assert title_of_hit(made, language, bare) == f"{name} 44"
    assert title_of_hit(made, language, told) == "Byta håll"


def test_a_goal_stands_without_a_code_that_is_a_word(tmp_path: Path) -> None:
    """A number helps a reader to find a goal in the strategy, a word says the title twice."""
    made, language = settings(tmp_path), Language("sv", ZoneInfo("Europe/Stockholm"))
    word = Hit(key=1, kind=Kind.NODE, subject=1, path="/strategy/x/attraktiv", title="attraktiv En attraktiv region")
    number = Hit(key=1, kind=Kind.NODE, subject=2, path="/strategy/x/1.2", title="1.2 Fler jobb")
    assert title_of_hit(made, language, word) == "En attraktiv region"
    assert title_of_hit(made, language, number) == "1.2 Fler jobb"
