import pytest

from web.desk.cards import cut
from web.desk.differences import Piece, differences


def told(before: str, after: str) -> str:
    marks = {"same": "{}", "gone": "[-{}-]", "new": "[+{}+]"}
    return "".join(marks[piece.how].format(piece.text) for piece in differences(before, after))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("Tre kilometer", "Fyra kilometer", "[-Tre-][+Fyra+] kilometer"),
        ("Vi ses", "Vi ses i kväll", "Vi ses[+ i kväll+]"),
        ("en två tre fyra", "en fem sex fyra", "en [-två tre-][+fem sex+] fyra"),
        ("#hallandväxer", "#hallandväxer2", "[-#hallandväxer-][+#hallandväxer2+]"),
        ("", "ny", "[+ny+]"),
        ("gammal", "", "[-gammal-]"),
    ],
)
def test_changes_are_told_word_by_word(before: str, after: str, said: str) -> None:
    """What went, what came and what stayed, in reading order; neighbouring words are one change."""
    assert told(before, after) == said


def test_both_texts_can_be_read_out_of_the_pieces() -> None:
    """Nothing is lost or added: without the new pieces it is the old text, without the gone ones the new."""
    before = "Vid Ätran,\n\nklockan 7: möte om laxen & vattnet. Välkomna!"
    after = "Vid Ätran\n\nklockan 8: ett möte om laxen och vattnet! Välkomna"
    pieces = differences(before, after)
    assert "".join(piece.text for piece in pieces if piece.how != "new") == before
    assert "".join(piece.text for piece in pieces if piece.how != "gone") == after


def test_a_long_text_is_compared_line_by_line() -> None:
    """A book does not hold the page up: its lines are compared instead of its words."""
    lines = [f"Rad {number} med några ord till fyllnad." for number in range(2_000)]
    changed = [*lines[:1_000], "En ny rad.", *lines[1_000:]]
    found = differences("\n".join(lines), "\n".join(changed))
    assert [piece for piece in found if piece.how != "same"] == [Piece(how="new", text="En ny rad.\n")]


def test_a_long_text_is_cut_between_words_and_nothing_is_lost() -> None:
    """The card shows the beginning and the rest can be opened; a little too long is shown whole."""
    text = "ord " * 400
    shown, rest = cut(text.strip())
    assert f"{shown} {rest}" == text.strip()
    assert len(shown) <= 560
    assert cut("x" * 600) == ("x" * 600, "")
