from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from campaign.language import Language
from digest.letter import Letter
from digest.message import build_master
from digest.pictures import rings
from digest.render import render
from digest.weight import Weight, weigh
from digest_samples import letter, newsletter

SV = Language("sv", ZoneInfo("Europe/Stockholm"))


def weighed(made: Letter, *, budget_bytes: int = 90_000) -> Weight:
    rendered = render(made, SV, ornament="cid:rings@skord", budget_bytes=budget_bytes)
    pictures = {"rings@skord": rings(made.accent, date(2026, 11, 20))}
    master = build_master(made, rendered, newsletter(), pictures=pictures, issue_id=42)
    return weigh(made, rendered, SV, message=b"".join(piece for piece in master.pieces if isinstance(piece, bytes)))


def test_the_parts_make_up_the_whole() -> None:
    """Frame and stories are the HTML; HTML, text and pictures are most of the message, headers the rest."""
    found = weighed(letter(4))
    assert found.frame + found.stories == found.html
    assert 0 < found.total - (found.html + found.text + found.pictures) < 4_000
    assert (found.items, found.lines, found.picture_count) == (4, (), 1)


def test_the_story_with_the_most_words_is_named() -> None:
    """The longest text is found by its own words, as they are sent."""
    made = letter(3)
    section = made.sections[0]
    long = replace(section.items[1], text="Å" * 600)
    made = replace(made, sections=(replace(section, items=(section.items[0], long, section.items[2])),))
    found = weighed(made)
    assert found.longest == long
    assert found.longest_bytes > 600 * len("=C3=85")


def test_what_is_cut_to_lines_is_named() -> None:
    """Over the budget the last stories are lines, in their order, and the meter says that it is tight."""
    whole = weighed(letter(12))
    assert not whole.is_tight
    cut = weighed(letter(12), budget_bytes=whole.html - 500)
    assert cut.lines == letter(12).items[-len(cut.lines) :]
    assert cut.lines
    assert cut.is_tight


def test_an_empty_letter_is_all_frame() -> None:
    """Without stories nothing is longest and the frame is all there is."""
    found = weighed(replace(letter(1), sections=()))
    assert (found.longest, found.longest_bytes, found.stories) == (None, 0, 0)
