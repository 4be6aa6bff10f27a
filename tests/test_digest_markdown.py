"""The editors' Markdown as plain words."""

from __future__ import annotations

import subprocess
import sys

import pytest

from digest.markdown import to_text


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("Läs [mer här](https://e.se/a_b_c) nu", "Läs mer här (https://e.se/a_b_c) nu"),
        ("[a](https://sv.e.se/X_(Y))", "a (https://sv.e.se/X_(Y))"),
        ('[a](<https://e.se/> "titel") b', "a (https://e.se/) b"),
        ("[https://e.se/](https://e.se/)", "https://e.se/"),
        ("**[a](https://e.se/_x_/)** b", "a (https://e.se/_x_/) b"),
        ("Ett *ord*, **två** och ***tre***, _fyra_.", "Ett ord, två och tre, fyra."),
        ("**allt *och* mer**", "allt och mer"),
        ("2 * 3 * 4, snake_case_ord, \\*stjärna\\*", "2 * 3 * 4, snake_case_ord, *stjärna*"),
        ("*öppen\nrad*", "*öppen\nrad*"),
        ("- ett\n- två", "- ett\n- två"),
        ("\\[inte](länk)", "[inte](länk)"),
        ("****", "****"),
    ],
)
def test_markdown_as_plain_words(written: str, told: str) -> None:
    """Words stay, signs go, addresses are whole."""
    assert to_text(written) == told


@pytest.mark.parametrize(
    "piece",
    ["[a](", "[", "[a](x", "[a](x ", "[a](b(c)", "[a](x[a](y)", "_a ", "*a ", "**a *b ", "(", "a_", "*", "\\", "[a](<"],
)
def test_no_text_takes_long(piece: str) -> None:
    """A quarter of a million signs that never end what they begin are read before a process of their own is stopped."""
    program = f"from digest.markdown import to_text; to_text({piece!r} * (250_000 // {len(piece)}))"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
