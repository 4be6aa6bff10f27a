"""The drawn letter before judges from outside, where they are installed (``make letter-standards``)."""

from __future__ import annotations

from pathlib import Path

import pytest

from letter_standards import (
    MOST_SPAM,
    allowed,
    caniemail,
    have_node,
    have_spamassassin,
    html_validate,
    own_letters,
    spam,
)

node = pytest.mark.skipif(not have_node(), reason="html-validate and caniemail: make letter-standards installs them")


@node
def test_html_validate_finds_nothing(tmp_path: Path) -> None:
    """Nesting, ids, headings, alt: the letter keeps the rules of HTML but for what only mail needs."""
    assert html_validate(own_letters(tmp_path)[0]) == []
    wrong = tmp_path / "wrong.html"
    wrong.write_text("<!doctype html><html lang=sv><title>x</title><p><div>x</div></p>", encoding="utf-8")
    assert html_validate([wrong])


@node
def test_what_some_mail_program_does_not_understand_has_a_reason(tmp_path: Path) -> None:
    """No feature without a reason, and no reason without a feature."""
    assert caniemail(own_letters(tmp_path)[0]) == set(allowed())
    assert all(len(reason) > 10 for reason in allowed().values())


@pytest.mark.skipif(not have_spamassassin(), reason="SpamAssassin: make letter-standards installs it")
def test_spamassassin_takes_it_for_a_letter(tmp_path: Path) -> None:
    """Judged offline, the letter stays far below what is taken for spam."""
    for message in own_letters(tmp_path)[1]:
        score, hit = spam(message.read_bytes())
        assert score < MOST_SPAM, hit
